package source

import (
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

// TestDecodeTimesFallBack never stops for data that no decoding time can be found
// for, and counts each guess.
func TestDecodeTimesFallBack(t *testing.T) {
	for _, codec := range []media.Codec{media.H264, media.H265} {
		d := newDecodeTimes(media.Track{Codec: codec, SPS: [][]byte{{0x67, 1}}, PPS: [][]byte{{0x68}}}, false)
		last, guesses := int64(-1<<60), 0
		for i, pts := range []int64{0, 10800, 3600, 7200, 21600, 14400, 18000, 18000, 5} {
			dts, fellBack := d.next(pts, i == 0, avcc([]byte{0x41, 0xff, 0xff}))
			if fellBack {
				guesses++
			}
			if dts <= last {
				t.Errorf("%s: dts %d after %d", codec, dts, last)
			}
			last = dts
		}
		if guesses != 9 {
			t.Errorf("%s: %d guesses", codec, guesses)
		}
	}
}

func TestDecodeTimesGiveUp(t *testing.T) {
	d := newDecodeTimes(media.Track{Codec: media.H264}, false)
	asked := 0
	d.extract = func([][]byte, int64) (int64, error) { asked++; return 0, errExtractor }
	for i := range int64(3 * giveUpAfter) {
		if dts, fellBack := d.next(i*3600, true, avcc(idr)); dts != i*3600 || !fellBack {
			t.Fatalf("dts %d, %v", dts, fellBack)
		}
	}
	if asked != giveUpAfter {
		t.Errorf("asked %d times", asked)
	}
	d = newDecodeTimes(media.Track{Codec: media.H264}, false)
	d.extract = func([][]byte, int64) (int64, error) { panic("index out of range") }
	if dts, fellBack := d.next(7, true, avcc(idr)); dts != 7 || !fellBack {
		t.Errorf("dts %d, %v after a panic", dts, fellBack)
	}
}

// TestDecodeTimesReordered follows a stream with pictures out of order, made by
// x264 with two B frames: 320x240, pictures I P B B in order of decoding.
func TestDecodeTimesReordered(t *testing.T) {
	sets := nal.Sets{Codec: media.H264}
	sps := []byte{
		0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x6c, 0x80, 0x00, 0x00, 0x03,
		0x00, 0x80, 0x00, 0x00, 0x1e, 0x07, 0x8c, 0x18, 0xcb,
	}
	if !sets.Take(sps) || sets.Picture().Ordered {
		t.Fatalf("picture %+v", sets.Picture())
	}
	d := newDecodeTimes(media.Track{Codec: media.H264, SPS: [][]byte{sps}, PPS: [][]byte{ppsOne}}, false)
	last := int64(-1 << 60)
	for i, c := range []struct {
		nal []byte
		pts int64
	}{
		{[]byte{0x65, 0x88, 0x84, 0x00, 0x33, 0xff}, 33333},
		{[]byte{0x41, 0x9a, 0x21, 0x6c, 0x45, 0xff}, 66666},
		{[]byte{0x41, 0x9a, 0x42, 0x3c, 0x21, 0x93}, 100000},
		{[]byte{0x41, 0x9a, 0x63, 0x49, 0xe1, 0x0f}, 133333},
	} {
		dts, fellBack := d.next(c.pts, i == 0, avcc(c.nal))
		if fellBack || dts <= last || dts > c.pts {
			t.Errorf("unit %d: pts %d dts %d, guessed %v", i, c.pts, dts, fellBack)
		}
		last = dts
	}
}
