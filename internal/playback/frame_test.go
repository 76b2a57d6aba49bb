package playback_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"os/exec"
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/testkit/footage"
)

// TestPictureOfAFrame holds the picture of an instant against the frames of the
// scene: it is the one that was to be seen, not the key frame before it.
func TestPictureOfAFrame(t *testing.T) {
	scene := frames(t)
	for name, spec := range map[string]footage.Spec{
		"H.264": {Seconds: 4}, "reordered": {Seconds: 4, BFrames: 2}, "H.265": {Seconds: 4, Codec: media.H265, BFrames: 2}, "MJPEG": {Seconds: 4, Codec: media.MJPEG},
	} {
		t.Run(name, func(t *testing.T) {
			p := record(t, false, spec)
			var shift int64
			for i, after := range []int64{200_000, 1_230_000, 1_990_000, 2_050_000, 3_110_000} {
				at := p.start + after
				b, taken, err := p.Picture(t.Context(), "cam1", at)
				if err != nil {
					t.Fatal(err)
				}
				if taken > at || at-taken >= 45_000 {
					t.Errorf("%d µs: taken %d µs before", after, at-taken)
				}
				img, err := jpeg.Decode(bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				n := nearest(scene, img)
				// Frame n of the scene is shown at the same distance from its beginning everywhere.
				if d := taken - p.start - int64(n)*40_000; i == 0 {
					shift = d
				} else if d < shift-5_000 || d > shift+5_000 {
					t.Errorf("%d µs: the picture is frame %d, said to be taken %d µs after the beginning; others are %d µs late", after, n, taken-p.start, shift)
				}
				if shift > 160_000 || shift < -5_000 {
					t.Errorf("%d µs: frame %d is taken %d µs off", after, n, shift)
				}
			}
		})
	}
}

// TestPictureWithoutKeyFrames falls back to what a thumbnail shows.
func TestPictureWithoutKeyFrames(t *testing.T) {
	p := record(t, false, footage.Spec{Seconds: 8, GOP: 25, Refresh: true})
	_, want, err := p.Thumbnail(t.Context(), "cam1", p.start+5_500_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	if b, taken, err := p.Picture(t.Context(), "cam1", p.start+5_500_000); err != nil || taken != want || len(b) == 0 {
		t.Errorf("%d bytes, taken %d, want %d: %v", len(b), taken, want, err)
	}
}

// frames are those of the scene that footage is made of.
func frames(t *testing.T) (all []image.Image) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-q:v", "2", "-f", "mjpeg", "pipe:1").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bytes.SplitAfter(out, []byte{0xff, 0xd9}) {
		if img, err := jpeg.Decode(bytes.NewReader(b)); err == nil {
			all = append(all, img)
		}
	}
	if len(all) != 100 {
		t.Fatalf("%d frames of the scene", len(all))
	}
	return all
}

func nearest(scene []image.Image, img image.Image) (n int) {
	least := math.Inf(1)
	for i, s := range scene {
		if d := apart(s.(*image.YCbCr).Y, img.(*image.YCbCr).Y); d < least {
			least, n = d, i
		}
	}
	return n
}

func apart(a, b []byte) (sum float64) {
	for i := range min(len(a), len(b)) {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum
}
