package whep

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph265"
	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
	"pgregory.net/rapid"

	"watchroom/internal/media"
)

func avcc(nals ...[]byte) []byte {
	var b []byte
	for _, n := range nals {
		b = binary.BigEndian.AppendUint32(b, uint32(len(n)))
		b = append(b, n...)
	}
	return b
}

// decoder reassembles NAL units; it is not of our making.
func decoder(codec media.Codec) func(*rtp.Packet) ([][]byte, error) {
	if codec == media.H265 {
		d := &rtph265.Decoder{}
		if err := d.Init(); err != nil {
			panic(err)
		}
		return d.Decode
	}
	d := &rtph264.Decoder{PacketizationMode: 1}
	if err := d.Init(); err != nil {
		panic(err)
	}
	return d.Decode
}

// unpack reassembles what the packetiser made with an independent decoder.
func unpack(t rapid.TB, codec media.Codec, track media.Track, u *media.Unit) [][]byte {
	t.Helper()
	decode := decoder(codec)
	var nals [][]byte
	sequence, lasts := uint16(0), 0
	p := &packetiser{codec: codec}
	err := p.unit(&track, u, func(payload []byte, last bool) error {
		if len(payload) > payloadSize {
			t.Fatalf("payload of %d bytes", len(payload))
		}
		if last {
			lasts++
		}
		got, err := decode(&rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: last, SequenceNumber: sequence, PayloadType: 96},
			Payload: bytes.Clone(payload),
		})
		sequence++
		if err == nil {
			nals = append(nals, got...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(nals) > 0 && lasts != 1 {
		t.Fatalf("%d packets are marked as last", lasts)
	}
	return nals
}

func TestPacketsHoldWhatTheUnitHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codec := rapid.SampledFrom([]media.Codec{media.H264, media.H265}).Draw(t, "codec")
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(1100, 1200), rapid.IntRange(1, 20000)), 1, 12).Draw(t, "sizes")
		var nals, want [][]byte
		for i, n := range sizes {
			var nal []byte
			if codec == media.H264 {
				kind := rapid.SampledFrom([]byte{1, 5, 6, h264SPS, h264AUD, h264Filler}).Draw(t, "kind")
				nal = append([]byte{0x60 | kind}, bytes.Repeat([]byte{byte(i + 1)}, n)...)
				if kind != h264AUD && kind != h264Filler {
					want = append(want, nal)
				}
			} else {
				kind := rapid.SampledFrom([]byte{1, 19, 39, h265SPS, h265AUD, h265Filler}).Draw(t, "kind")
				nal = append([]byte{kind << 1, 1}, bytes.Repeat([]byte{byte(i + 1)}, n)...)
				if kind != h265AUD && kind != h265Filler {
					want = append(want, nal)
				}
			}
			nals = append(nals, nal)
		}
		data := avcc(nals...)
		before := bytes.Clone(data)
		got := unpack(t, codec, media.Track{Codec: codec}, &media.Unit{Data: data})
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if !bytes.Equal(before, data) {
			t.Fatal("the unit was changed")
		}
	})
}

func TestKeyFramesCarryParameterSets(t *testing.T) {
	vps, sps, pps := []byte{0x40, 1, 9}, []byte{0x67, 1, 2, 3}, []byte{0x68, 4}
	idr := []byte{0x65, 7, 7}
	h264 := media.Track{Codec: media.H264, SPS: [][]byte{sps}, PPS: [][]byte{pps}}
	sps5, pps5, idr5 := []byte{0x42, 1, 8}, []byte{0x44, 1, 8}, []byte{0x26, 1, 8}
	h265 := media.Track{Codec: media.H265, VPS: [][]byte{vps}, SPS: [][]byte{sps5}, PPS: [][]byte{pps5}}
	for _, c := range []struct {
		name  string
		track media.Track
		key   bool
		in    [][]byte
		want  [][]byte
	}{
		{"missing", h264, true, [][]byte{idr}, [][]byte{sps, pps, idr}},
		{"sent in band", h264, true, [][]byte{{0x67, 9}, {0x68, 9}, idr}, [][]byte{{0x67, 9}, {0x68, 9}, idr}},
		{"no key frame", h264, false, [][]byte{{0x41, 1}}, [][]byte{{0x41, 1}}},
		{"H.265", h265, true, [][]byte{idr5}, [][]byte{vps, sps5, pps5, idr5}},
		{"nothing but an access unit delimiter", h264, true, [][]byte{{0x09, 0x10}}, nil},
	} {
		got := unpack(t, c.track.Codec, c.track, &media.Unit{Key: c.key, Data: avcc(c.in...)})
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func FuzzPacketiser(f *testing.F) {
	f.Add(true, true, avcc([]byte{0x65, 1, 2}))
	f.Add(false, false, []byte{0, 0, 0, 200, 1})
	f.Add(true, false, []byte{0xff, 0xff, 0xff, 0xff, 1, 2})
	f.Fuzz(func(t *testing.T, avc, key bool, data []byte) {
		p := &packetiser{codec: media.H265}
		if avc {
			p.codec = media.H264
		}
		sets := [][]byte{{0x42, 1, 1}}
		before := slices.Clone(data)
		total := 0
		err := p.unit(&media.Track{Codec: p.codec, SPS: sets}, &media.Unit{Key: key, Data: data}, func(payload []byte, _ bool) error {
			if len(payload) == 0 || len(payload) > payloadSize {
				t.Fatalf("payload of %d bytes", len(payload))
			}
			total += len(payload)
			return nil
		})
		if err != nil || !bytes.Equal(before, data) {
			t.Fatal("changed the unit or failed", err)
		}
		// Each fragment adds at most three bytes to its 1,100.
		if total > len(data)*2+64 {
			t.Fatalf("%d bytes out of %d", total, len(data))
		}
	})
}

func BenchmarkPacketiser(b *testing.B) {
	unit := &media.Unit{Data: avcc(append([]byte{0x41}, make([]byte, 20_000)...))} // 4 Mbit/s at 25 fps
	p := &packetiser{codec: media.H264, scratch: make([]byte, 0, payloadSize)}
	track := &media.Track{Codec: media.H264}
	b.ReportAllocs()
	b.SetBytes(int64(len(unit.Data)))
	for b.Loop() {
		if err := p.unit(track, unit, func([]byte, bool) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
