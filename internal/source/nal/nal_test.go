package nal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"watchroom/internal/media"
)

var (
	sps264 = []byte{0x67, 0x42, 0xc0, 0x28, 0xd9, 0x00, 0x78, 0x02, 0x27, 0xe5, 0x84, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc9, 0x20}
	sps265 = []byte{
		0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
		0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x10, 0xe5, 0x96, 0x66, 0x69, 0x24, 0xca, 0xe0, 0x10, 0x00,
		0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x01, 0xe0, 0x80,
	}
)

func sample(nals ...[]byte) []byte {
	var b []byte
	for _, n := range nals {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(n))), n...)
	}
	return b
}

func TestSummarise(t *testing.T) {
	cases := []struct {
		name  string
		codec media.Codec
		data  []byte
		want  Summary
	}{
		{"key frame", media.H264, sample(sps264, []byte{0x68, 0xce}, []byte{0x65, 0x88, 0x84}), Summary{Picture: true, Random: true, Sets: true, Slices: 1}},
		{"slice", media.H264, sample([]byte{9, 0xf0}, []byte{0x41, 0x9a, 0x20}), Summary{Picture: true, Slices: 1}},
		{"recovery point", media.H264, sample([]byte{6, 6, 1, 0xc4, 0x80}, []byte{0x41, 0x9a, 0x20}), Summary{Picture: true, Recovery: true, Slices: 1}},
		{"recovery point behind another message", media.H264, sample([]byte{6, 0xff, 1, 1, 0xaa, 6, 1, 0xc4, 0x80}), Summary{Recovery: true}},
		{"other message", media.H264, sample([]byte{6, 5, 2, 6, 6, 0x80}), Summary{}},
		{"SEI cut short", media.H264, sample([]byte{6, 0xff, 0xff}), Summary{}},
		{"h265 CRA", media.H265, sample([]byte{0x40, 1, 12}, []byte{0x2a, 1, 0xaf, 0x80}), Summary{Picture: true, Random: true, Sets: true, Slices: 1}},
		{"h265 trailing", media.H265, sample([]byte{0x46, 1, 0x10}, []byte{0x02, 1, 0xd0, 0x80}), Summary{Picture: true, Slices: 1}},
		{"h265 recovery point", media.H265, sample([]byte{0x4e, 1, 6, 1, 0x80, 0x80}), Summary{Recovery: true}},
		{"second PPS", media.H264, sample([]byte{0x41, 0x99, 0x20, 0x20}), Summary{Picture: true, Slices: 1, PPS: 1}},
		{"broken beside whole", media.H264, sample([]byte{0x65, 0x00, 0x00, 0x00, 0x80}, []byte{0x65, 0x88, 0x84}), Summary{Picture: true, Random: true, Slices: 2, Broken: 1}},
		{"length beyond the end", media.H264, []byte{0, 0, 0, 9, 0x65}, Summary{}},
		{"empty", media.H264, nil, Summary{}},
	}
	for _, c := range cases {
		if got := Summarise(c.codec, c.data); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestSliceHeader(t *testing.T) {
	cases := []struct {
		name  string
		codec media.Codec
		data  []byte
		pps   int
		ok    bool
	}{
		{"IDR", media.H264, []byte{0x65, 0x88, 0x84, 0x00}, 0, true},
		{"P", media.H264, []byte{0x41, 0x9a, 0x21, 0x22}, 0, true},
		{"second slice", media.H264, []byte{0x41, 0x00, 0x80, 0x66, 0x80}, 0, true}, // first_mb_in_slice 255
		{"partition B", media.H264, []byte{0x43, 0x00, 0x00}, 0, true},
		{"forbidden bit", media.H264, []byte{0xe5, 0x88, 0x84}, 0, false},
		{"IDR that no picture refers to", media.H264, []byte{0x05, 0x88, 0x84}, 0, false},
		{"P slices in an IDR picture", media.H264, []byte{0x65, 0x9a, 0x21}, 0, false},
		{"macroblock beyond any picture", media.H264, []byte{0x41, 0, 0, 0x60, 0, 0x80}, 0, false},
		{"no such slice type", media.H264, []byte{0x41, 0x85, 0xff}, 0, false}, // 0000 1011: 10
		{"no such PPS", media.H264, []byte{0x41, 0xc0, 0x3f, 0xff}, 0, false},
		{"cut short", media.H264, []byte{0x41, 0x9a}, 0, false},
		{"ends in the header", media.H264, []byte{0x41, 0x98, 0x00}, 0, false},
		{"h265 IDR", media.H265, []byte{0x26, 1, 0xaf, 0x80}, 0, true},
		{"h265 trailing of PPS 1", media.H265, []byte{0x02, 1, 0xa0, 0x80}, 1, true},
		{"h265 without temporal id", media.H265, []byte{0x02, 0, 0xd0, 0x80}, 0, false},
		{"h265 IRAP of a higher layer", media.H265, []byte{0x26, 2, 0xaf, 0x80}, 0, false},
		{"h265 no such PPS", media.H265, []byte{0x02, 1, 0x81, 0xff}, 0, false},
		{"h265 forbidden bit", media.H265, []byte{0xa6, 1, 0xaf, 0x80}, 0, false},
	}
	for _, c := range cases {
		pps, ok := SliceHeader(c.codec, c.data)
		if ok != c.ok || ok && pps != c.pps {
			t.Errorf("%s: %d %v, want %d %v", c.name, pps, ok, c.pps, c.ok)
		}
	}
}

// TestRandomBytes counts how much of pure chance passes for pictures.
func TestRandomBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, codec := range []media.Codec{media.H264, media.H265} {
		slices, broken, keys := 0, 0, 0
		s := Sets{Codec: codec}
		for range 100_000 {
			n := make([]byte, 40)
			for i := range n {
				n[i] = byte(r.Uint32())
			}
			sum := Summarise(codec, sample(n))
			slices, broken = slices+sum.Slices, broken+sum.Broken
			if sum.Random {
				keys++
			}
			s.Take(n)
		}
		_, sps, _ := s.Lists()
		t.Logf("%s: %d slices, %d broken, %d key frames, %d SPS", codec, slices, broken, keys, len(sps))
		if broken*2 < slices || keys > 1000 {
			t.Errorf("%s: of %d slices %d are broken, %d are key frames", codec, slices, broken, keys)
		}
	}
}

func TestSets(t *testing.T) {
	s := Sets{Codec: media.H264}
	pps := []byte{0x68, 0xce, 0x38, 0x80}
	if s.Complete() || !s.Take(sps264) || s.Complete() || !s.Take(pps) || !s.Complete() {
		t.Error("complete with SPS and PPS only")
	}
	if s.Take(sps264) || s.Take(append(bytes.Clone(pps), 0, 0)) {
		t.Error("the same again is no change")
	}
	if !s.Take([]byte{0x68, 0xce, 0x3c, 0x80}) || !s.Take([]byte{0x68, 0x4e, 0x3c, 0x80}) {
		t.Error("other content and another id are changes")
	}
	if s.Take([]byte{0x65, 0x88}) || s.Take(nil) || s.Take([]byte{0x68}) || s.Take([]byte{0x67, 0x42, 0, 0x1f}) {
		t.Error("what is no parameter set changes nothing")
	}
	_, sps, got := s.Lists()
	if len(sps) != 1 || len(got) != 2 || !bytes.Equal(got[0], []byte{0x68, 0xce, 0x3c, 0x80}) {
		t.Errorf("lists %x %x", sps, got)
	}
	if s.Missing() != nil || !s.Has(0) || s.Has(7) {
		t.Errorf("missing %v, has 0 %v, has 7 %v", s.Missing(), s.Has(0), s.Has(7))
	}
	if p := s.Picture(); p.Width != 1920 || p.Height != 1080 || !p.Ordered {
		t.Errorf("picture %+v", p)
	}
	five := Sets{Codec: media.H265}
	if !five.Take([]byte{0x40, 1, 0x0c, 1}) || !five.Take(sps265) || !five.Take([]byte{0x44, 1, 0xc1, 0x73}) || !five.Complete() {
		t.Error("h265 sets")
	}
	if p := five.Picture(); p.Width != 1920 || p.Height != 1080 {
		t.Errorf("picture %+v", p)
	}
	if s := (&Sets{Codec: media.H265}); fmt.Sprint(s.Missing()) != "[VPS SPS PPS]" {
		t.Errorf("missing %v", s.Missing())
	}
	if s.Take([]byte{0x67, 0x99, 0x12, 0x34, 0x56, 0x78, 0x9a}) {
		t.Error("an SPS of no known profile that cannot be read was taken")
	}
	broken := Sets{Codec: media.H264}
	broken.Take([]byte{0x67, 0x64, 0, 0x1f, 0xff, 0xff})
	if p := broken.Picture(); p != (Picture{}) {
		t.Errorf("picture %+v of an SPS that cannot be read", p)
	}
}

// FuzzSets feeds samples of any bytes.
func FuzzSets(f *testing.F) {
	f.Add(true, sample(sps264, []byte{0x68, 0xce, 0x38, 0x80}, []byte{0x65, 0x88}))
	f.Add(false, sample(sps265, []byte{0x4e, 1, 6, 1, 0x80, 0x80}))
	f.Fuzz(func(t *testing.T, h264 bool, data []byte) {
		codec := media.H265
		if h264 {
			codec = media.H264
		}
		s := Sets{Codec: codec}
		keep := bytes.Clone(data)
		for n := range All(data) {
			s.Take(n)
		}
		s.Picture()
		sum := Summarise(codec, data)
		if sum.Random && !sum.Picture {
			t.Error("a key frame is a picture")
		}
		_, sps, _ := s.Lists()
		if len(sps) > 0 && !sum.Sets {
			t.Error("sets out of nowhere")
		}
		if !bytes.Equal(keep, data) {
			t.Error("the input was changed")
		}
	})
}
