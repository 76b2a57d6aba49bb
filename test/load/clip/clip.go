// Package clip makes the footage that the measurements record and play: pictures
// full of noise at a constant bit rate, each with the bar code of its number.
package clip

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/scene"
)

// Spec says what to make. Width and Height are multiples of 40 and 36, which the
// bar code is laid out for.
type Spec struct {
	Codec         media.Codec // H264 or H265
	Width, Height int
	FPS           int
	Kilobits      int // a second
	Seconds       int
	KeyFrames     int // seconds between them
}

// FullHD is the camera of the targets: 1080p25, 4 Mbit/s, a key frame every two seconds.
func FullHD(codec media.Codec) Spec {
	return Spec{Codec: codec, Width: 1920, Height: 1080, FPS: 25, Kilobits: 4000, Seconds: 20, KeyFrames: 2}
}

func (s Spec) name() string {
	return fmt.Sprintf("%s-%dx%d-%dfps-%dk-%ds-%ds.mp4", s.Codec, s.Width, s.Height, s.FPS, s.Kilobits, s.Seconds, s.KeyFrames)
}

// Make gives the file of a clip in a folder, made with ffmpeg unless it is there.
func Make(ctx context.Context, folder string, s Spec) (string, error) {
	path := filepath.Join(folder, s.name())
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	temporary := path + ".new"
	out, err := exec.CommandContext(ctx, "ffmpeg", s.arguments(temporary)...).CombinedOutput()
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("ffmpeg: %w\n%s", err, out), os.RemoveAll(temporary))
	}
	return path, nil
}

func (s Spec) arguments(to string) []string {
	rate := fmt.Sprintf("%dk", s.Kilobits)
	gop := s.FPS * s.KeyFrames
	args := []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=%d:duration=%d", s.Width, s.Height, s.FPS, s.Seconds),
		"-vf", "noise=alls=6:allf=t," + s.bar() + ",format=yuv420p", "-b:v", rate}
	switch s.Codec {
	case media.H265:
		args = append(args, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", fmt.Sprintf(
			"log-level=error:keyint=%d:min-keyint=%d:scenecut=0:open-gop=0:bframes=0:vbv-maxrate=%d:vbv-bufsize=%d", gop, gop, s.Kilobits, s.Kilobits))
	default:
		g := fmt.Sprint(gop)
		args = append(args, "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-bf", "0", "-g", g, "-keyint_min", g,
			"-sc_threshold", "0", "-minrate", rate, "-maxrate", rate, "-bufsize", rate)
	}
	return append(args, "-an", "-f", "mp4", "-y", to)
}

// bar is the filter that draws the bar code of scene.Bar: dark cells, and over each
// that can be light a box that is drawn while it is.
func (s Spec) bar() string {
	all := scene.Bar(s.Width, s.Height, 0).Union(scene.Bar(s.Width, s.Height, scene.BarCells-1))
	boxes := []string{fmt.Sprintf("drawbox=x=%d:y=%d:w=%d:h=%d:color=0x101010:t=fill", all.Min.X, all.Min.Y, all.Dx(), all.Dy())}
	light := func(cell int, when string) {
		c := scene.Bar(s.Width, s.Height, cell)
		box := fmt.Sprintf("drawbox=x=%d:y=%d:w=%d:h=%d:color=0xeeeeee:t=fill", c.Min.X, c.Min.Y, c.Dx(), c.Dy())
		if when != "" {
			box += ":enable='" + when + "'"
		}
		boxes = append(boxes, box)
	}
	light(0, "")
	light(scene.BarCells-1, "")
	var bits []string
	for i := range 16 {
		bit := fmt.Sprintf("mod(floor(n/%d),2)", 1<<(15-i))
		light(2+i, bit)
		bits = append(bits, bit)
	}
	light(18, "mod("+strings.Join(bits, "+")+",2)")
	return strings.Join(boxes, ",")
}
