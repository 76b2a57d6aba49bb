package live

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"testing"
)

func tag(kind byte, body []byte) []byte {
	n := len(body)
	b := []byte{kind, byte(n >> 16), byte(n >> 8), byte(n), 0, 0, 0, 0, 0, 0, 0}
	return append(append(b, body...), 0, 0, 0, 0)
}

func file(tags ...[]byte) []byte {
	return append([]byte("FLV\x01\x01\x00\x00\x00\x09\x00\x00\x00\x00"), bytes.Join(tags, nil)...)
}

var (
	config = []byte{0x17, 0, 0, 0, 0, 1, 66, 0, 30, 0xff, 0xe1, 0, 2, 0x67, 66, 1, 0, 1, 0x68}
	idr    = []byte{0x17, 1, 0, 0, 0, 0, 0, 0, 2, 6, 5, 0, 0, 0, 3, 0x65, 0x88, 1}
	inter  = []byte{0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 0x9a}
)

func TestFLV(t *testing.T) {
	r := flvReader{r: bytes.NewReader(file(tag(18, []byte("script")), tag(9, config), tag(8, []byte{1, 2}), tag(9, idr), tag(9, inter)))}
	a, err := r.next()
	if err != nil || !a.Key || len(a.NALs) != 1 || a.NALs[0][0] != 0x65 {
		t.Fatalf("%+v, %v", a, err)
	}
	b, err := r.next()
	if err != nil || b.Key || b.NALs[0][0] != 0x41 {
		t.Fatalf("%+v, %v", b, err)
	}
	if !bytes.Equal(r.SPS, []byte{0x67, 66}) || !bytes.Equal(r.PPS, []byte{0x68}) {
		t.Fatalf("SPS %x, PPS %x", r.SPS, r.PPS)
	}
	if _, err := r.next(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

func TestBadFLV(t *testing.T) {
	for name, b := range map[string][]byte{
		"other format": bytes.Repeat([]byte("RIFF"), 8),
		"cut tag":      file(tag(9, idr))[:30],
		"huge tag":     file([]byte{9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0}),
		"short config": file(tag(9, config[:12])),
		"short NAL":    file(tag(9, []byte{0x17, 1, 0, 0, 0, 0, 0, 0, 9, 1})),
	} {
		r := flvReader{r: bytes.NewReader(b)}
		if f, err := r.next(); err == nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func FuzzFLV(f *testing.F) {
	f.Add(file(tag(9, config), tag(9, idr), tag(9, inter)))
	f.Add(file(tag(9, config[:9])))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := flvReader{r: bytes.NewReader(b)}
		for range 100 {
			fr, err := r.next()
			if err != nil {
				return
			}
			if len(fr.NALs) == 0 {
				t.Fatal("a picture without slices")
			}
		}
	})
}

func TestNoFFmpeg(t *testing.T) {
	c := &Camera{Program: "no-such-ffmpeg"}
	if _, err := c.Start(t.Context()); !errors.Is(err, exec.ErrNotFound) {
		t.Fatal(err)
	}
	c.Close()
}
