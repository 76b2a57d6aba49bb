// Command clips draws the simulator's clips and sounds again:
//
//	go run ./scripts/clips                   # all of them, about ten minutes on two cores
//	go run ./scripts/clips -only gate,audio  # some of them
//
// It needs ffmpeg with libx264, libx265 and aac. The pictures come from
// internal/source/sim/scene; the results go to internal/source/sim/clip/data and
// are committed, so that neither the simulator nor its tests need ffmpeg.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"watchroom/internal/source/sim/scene"
)

const (
	fps    = 12
	width  = 1280
	height = 720
)

// variant is one thing that may happen to the camera, drawn as a clip of its own.
type variant struct {
	name   string // empty for the ordinary loop
	frames int
	frozen bool
	state  scene.State
}

var variants = []variant{
	{name: "", frames: scene.Period * fps},
	{name: "freeze", frames: 2 * fps, frozen: true},
	{name: "cover", frames: 2 * fps, state: scene.State{Cover: true}},
	{name: "turn", frames: 2 * fps, state: scene.State{Turn: true}},
	{name: "darken", frames: 2 * fps, state: scene.State{Darken: true}},
	{name: "defocus", frames: 4 * fps, state: scene.State{Defocus: true}},
	{name: "lamp_off", frames: 4 * fps, state: scene.State{LampOff: true}},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	out := flag.String("out", "internal/source/sim/clip/data", "folder for the clips")
	only := flag.String("only", "", "comma-separated scenes, or audio; all if empty")
	crf := flag.Int("crf", 31, "quality of the main clips; lower is better and larger")
	flag.Parse()
	if err := run(ctx, *out, *only, *crf); err != nil {
		fmt.Fprintln(os.Stderr, "clips:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, only string, crf int) error {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return fmt.Errorf("ffmpeg is needed (apt-get install ffmpeg): %w", err)
	}
	want := func(name string) bool {
		return only == "" || strings.Contains(","+only+",", ","+name+",")
	}
	for _, s := range scene.All() {
		if !want(s.ID) {
			continue
		}
		r, err := scene.NewRenderer(s, width, height)
		if err != nil {
			return err
		}
		for _, v := range variants {
			if v.state.LampOff && s.Daylight {
				continue
			}
			if err := record(ctx, out, s, r, v, crf); err != nil {
				return fmt.Errorf("%s %s: %w", s.ID, v.name, err)
			}
		}
	}
	if want("audio") {
		return audio(ctx, out)
	}
	return nil
}

// record draws one variant of a scene and pipes it through ffmpeg.
func record(ctx context.Context, out string, s scene.Scene, r *scene.Renderer, v variant, crf int) error {
	name := func(kind string) string {
		n := s.ID + "-" + kind
		if v.name != "" {
			n += "-" + v.name
		}
		return filepath.Join(out, n+".mp4")
	}
	if v.name != "" {
		crf += 3 // a picture in trouble may be coarse
	}
	main := h264(crf, 2*fps, 0)
	args := []string{"-filter_complex", "[0:v]format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709,split=2[m][s];[s]scale=320:180:flags=area[t]"}
	args = append(args, "-map", "[m]")
	args = append(args, main...)
	args = append(args, name("main"), "-map", "[t]")
	args = append(args, h264(crf-2, 2*fps, 0)...)
	args = append(args, name("sub"))
	fmt.Fprintln(os.Stderr, s.ID, v.name)
	pictures := func(w io.Writer, frames int) error { return draw(w, s, r, v, frames) }
	if err := encode(ctx, args, func(w io.Writer) error { return pictures(w, v.frames) }); err != nil {
		return err
	}
	if s.ID == "server" {
		args := append([]string{"-vf", "format=yuv420p"}, h265(crf+1)...)
		if err := encode(ctx, append(args, name("h265")), func(w io.Writer) error { return pictures(w, v.frames) }); err != nil {
			return err
		}
	}
	if s.ID == "gate" && v.name == "" {
		// Odd cameras, small: one with B-frames, one with a key frame every 20 s.
		small := []string{"-vf", "scale=320:180:flags=area,format=yuv420p"}
		b := append(append(small[:2:2], h264(28, 2*fps, 2)...), filepath.Join(out, "odd-bframes.mp4"))
		if err := encode(ctx, b, func(w io.Writer) error { return pictures(w, v.frames) }); err != nil {
			return err
		}
		l := append(append(small[:2:2], h264(28, 20*fps, 0)...), filepath.Join(out, "odd-longgop.mp4"))
		return encode(ctx, l, func(w io.Writer) error { return pictures(w, 20*fps) })
	}
	return nil
}

// h264 are encoder options. Rate control is stitchable, so that all variants of a
// scene have the same parameter sets and one can follow the other in a stream.
func h264(crf, gop, b int) []string {
	return []string{
		"-c:v", "libx264", "-preset", "veryslow", "-profile:v", "main", "-crf", fmt.Sprint(crf), "-threads", "2",
		"-x264-params", fmt.Sprintf("keyint=%d:min-keyint=%d:scenecut=0:bframes=%d:b-pyramid=none:open-gop=0:stitchable=1:ref=2:weightp=0:info=0", gop, gop, b),
		"-bsf:v", "filter_units=remove_types=6", "-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4",
	}
}

func h265(crf int) []string {
	return []string{
		"-c:v", "libx265", "-preset", "slow", "-crf", fmt.Sprint(crf), "-tag:v", "hvc1",
		"-x265-params", fmt.Sprintf("keyint=%d:min-keyint=%d:scenecut=0:bframes=0:open-gop=0:ref=2:weightp=0:info=0:log-level=error:pools=2:frame-threads=1", 2*fps, 2*fps),
		"-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4",
	}
}

func draw(w io.Writer, s scene.Scene, r *scene.Renderer, v variant, frames int) error {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range frames {
		if i == 0 || !v.frozen {
			t := float64(i) / fps
			r.Draw(img, scene.Picture{
				Time: t, Number: uint16(i), Caption: s.Title, Clock: fmt.Sprintf("LOOP %04.1f", t), State: v.state,
			})
		}
		if _, err := w.Write(img.Pix); err != nil {
			return err
		}
	}
	return nil
}

// encode runs ffmpeg on raw pictures that feed writes.
func encode(ctx context.Context, args []string, feed func(io.Writer) error) error {
	all := append([]string{
		"-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba",
		"-s", fmt.Sprintf("%dx%d", width, height), "-r", fmt.Sprint(fps), "-i", "pipe:0", "-an",
	}, args...)
	cmd := exec.CommandContext(ctx, "ffmpeg", all...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = feed(in)
	return errors.Join(err, in.Close(), cmd.Wait())
}
