package clip

import (
	"bytes"
	"image"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/clip"
	"watchroom/internal/source/sim/scene"
)

func TestClipHasItsRateAndBarCodes(t *testing.T) {
	for _, codec := range []media.Codec{media.H264, media.H265} {
		t.Run(string(codec), func(t *testing.T) {
			s := Spec{Codec: codec, Width: 480, Height: 288, FPS: 10, Kilobits: 800, Seconds: 4, KeyFrames: 2}
			folder := t.TempDir()
			path, err := Make(t.Context(), folder, s)
			if err != nil {
				t.Fatal(err)
			}
			c, err := clip.Load(path, 0)
			if err != nil {
				t.Fatal(err)
			}
			bytesOf := 0
			for i, f := range c.Frames {
				if f.Key != (i%20 == 0) {
					t.Errorf("frame %d: key is %v", i, f.Key)
				}
				for _, n := range f.NALs {
					bytesOf += len(n)
				}
			}
			if len(c.Frames) != 40 || c.FPS() != 10 || c.Codec != codec {
				t.Errorf("%d frames of %s at %v a second", len(c.Frames), c.Codec, c.FPS())
			}
			if rate := bytesOf * 8 / 4; rate < 600_000 || rate > 1_000_000 {
				t.Errorf("%d bit/s, want 800,000", rate)
			}
			for _, n := range []int{0, 1, 22, 39} {
				if got, ok := scene.ReadBar(picture(t, path, s, n)); !ok || int(got) != n {
					t.Errorf("the bar code of frame %d says %d, %v", n, got, ok)
				}
			}
			before, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Make(t.Context(), folder, s); err != nil {
				t.Fatal(err)
			}
			if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
				t.Errorf("it was made a second time (%v)", err)
			}
		})
	}
}

func picture(t *testing.T, path string, s Spec, n int) image.Image {
	t.Helper()
	var out, said bytes.Buffer
	c := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-vf", "select=eq(n\\,"+strconv.Itoa(n)+")",
		"-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	if out.Len() != s.Width*s.Height {
		t.Fatalf("%d bytes of picture", out.Len())
	}
	return &image.Gray{Pix: out.Bytes(), Stride: s.Width, Rect: image.Rect(0, 0, s.Width, s.Height)}
}

func TestFailureLeavesNoFile(t *testing.T) {
	s := Spec{Codec: media.H264, Width: 480, Height: 288, FPS: 0, Kilobits: 800, Seconds: 1, KeyFrames: 2}
	folder := t.TempDir()
	if _, err := Make(t.Context(), folder, s); err == nil {
		t.Fatal("no frames a second were accepted")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
