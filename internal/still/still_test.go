package still_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/still"
	"watchroom/internal/still/ffmpeg"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/leak"
)

func TestKeyFramesOfEveryCodec(t *testing.T) {
	leak.Check(t)
	for _, codec := range []media.Codec{media.H264, media.H265, media.MJPEG} {
		t.Run(string(codec), func(t *testing.T) {
			clip := footage.Make(t, footage.Spec{Codec: codec, Seconds: 1})
			for _, width := range []int{0, 160} {
				b, err := (&still.Maker{}).JPEG(t.Context(), clip.Tracks[0], &clip.Units[0], width)
				if err != nil {
					t.Fatal(err)
				}
				picture, err := jpeg.Decode(bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				want := [2]int{320, 180}
				if width > 0 {
					want = [2]int{160, 90}
				}
				if size := picture.Bounds().Size(); size.X != want[0] || size.Y != want[1] {
					t.Errorf("width %d: %v", width, size)
				}
			}
		})
	}
}

func TestGarbageIsNoPicture(t *testing.T) {
	leak.Check(t)
	clip := footage.Make(t, footage.Spec{Seconds: 1})
	track := clip.Tracks[0]
	for name, data := range map[string][]byte{
		"nothing": nil, "noise": bytes.Repeat([]byte{0, 0, 0, 4, 0x65, 0xff, 0x13, 0x88}, 100),
		"half a length": {0, 0}, "too long a length": {0xff, 0xff, 0xff, 0xff, 0x65},
	} {
		b, err := (&still.Maker{}).JPEG(t.Context(), track, &media.Unit{Key: true, Data: data}, 160)
		if !errors.Is(err, still.ErrPicture) || strings.Contains(err.Error(), "%!") {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
	if _, err := (&still.Maker{}).JPEG(t.Context(), media.Track{Codec: media.AAC}, &media.Unit{}, 160); !errors.Is(err, still.ErrPicture) {
		t.Errorf("sound: %v", err)
	}
}

func TestWithoutFFmpeg(t *testing.T) {
	m := &still.Maker{FFmpeg: filepath.Join(t.TempDir(), "ffmpeg")}
	if v := m.Version(); v != "" {
		t.Errorf("version %q", v)
	}
	if _, err := m.JPEG(t.Context(), media.Track{Codec: media.H264}, &media.Unit{}, 0); !errors.Is(err, still.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	data := []byte{0xff, 0xd8, 1}
	if b, err := m.JPEG(t.Context(), media.Track{Codec: media.MJPEG}, &media.Unit{Data: data}, 0); err != nil || !bytes.Equal(b, data) {
		t.Errorf("a JPEG needs no ffmpeg: %v", err)
	}
}

// program writes a stand-in for ffmpeg: a shell script that tells its version.
func program(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ffmpeg")
	script := "#!/bin/sh\n[ \"$1\" = -version ] && { echo ffmpeg version 9; exit; }\n" + body + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTooSlowIsNoBrokenPicture: a picture that is not ready in time may come when it
// is asked for again; one that cannot be decoded never does.
func TestTooSlowIsNoBrokenPicture(t *testing.T) {
	leak.Check(t)
	m := &still.Maker{FFmpeg: program(t, "kill -STOP $$"), Timeout: 2 * time.Second}
	_, err := m.JPEG(t.Context(), media.Track{Codec: media.H264}, &media.Unit{}, 0)
	p := problem.Of(err)
	if !errors.Is(err, still.ErrSlow) || p.Kind != problem.Unavailable || p.Params["retryAfterSeconds"] == nil {
		t.Errorf("%v with %v", err, p.Params)
	}
}

// TestFFmpegComesLater: a machine that was too busy to tell the version at the first
// picture, or on which ffmpeg is installed afterwards, makes pictures without a restart.
func TestFFmpegComesLater(t *testing.T) {
	leak.Check(t)
	m := &still.Maker{FFmpeg: filepath.Join(t.TempDir(), "ffmpeg")}
	if _, err := m.JPEG(t.Context(), media.Track{Codec: media.H264}, &media.Unit{}, 0); !errors.Is(err, still.ErrUnavailable) {
		t.Fatalf("%v", err)
	}
	if v := m.Version(); v != "" {
		t.Fatalf("version %q", v)
	}
	if err := os.Rename(program(t, "printf picture"), m.FFmpeg); err != nil {
		t.Fatal(err)
	}
	if b, err := m.JPEG(t.Context(), media.Track{Codec: media.H264}, &media.Unit{}, 0); err != nil || string(b) != "picture" {
		t.Errorf("%q: %v", b, err)
	}
	if v := m.Version(); v != "9" {
		t.Errorf("version %q", v)
	}
}

// TestCancel ends a program that never answers, with the children it has.
func TestCancel(t *testing.T) {
	leak.Check(t)
	begun := filepath.Join(t.TempDir(), "begun")
	if err := syscall.Mkfifo(begun, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m := &still.Maker{FFmpeg: program(t, "sleep 1000 & echo $! > "+begun+"; kill -STOP $$"), Limit: 1, Timeout: time.Hour}
	var callers sync.WaitGroup
	for range 2 { // one runs, one waits for its seat
		callers.Go(func() {
			if _, err := m.JPEG(ctx, media.Track{Codec: media.H264}, &media.Unit{}, 0); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
	child, err := os.ReadFile(begun) // returns once the program runs
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	callers.Wait()
	// Its child is killed with it; what is left of it is reaped by init.
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(child)) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") || strings.Contains(string(stat), ") X ") {
			return
		}
		select {
		case <-look.C:
		case <-patience.C:
			t.Fatalf("the program's child lives on: %s", stat)
		}
	}
}

// TestLimit runs more callers than seats; the program fails when it finds a second
// one of itself.
func TestLimit(t *testing.T) {
	leak.Check(t)
	lock := filepath.Join(t.TempDir(), "lock")
	m := &still.Maker{FFmpeg: program(t, "cat >/dev/null; mkdir "+lock+" || exit 1; printf picture; rmdir "+lock), Limit: 1}
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			b, err := m.JPEG(t.Context(), media.Track{Codec: media.H264}, &media.Unit{Data: []byte{0, 0, 0, 1, 0x65}}, 0)
			if err != nil || string(b) != "picture" {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	callers.Wait()
}

// units encodes a moving picture and cuts it into access units behind delimiters.
func units(t *testing.T, params string) (track media.Track, list []*media.Unit) {
	t.Helper()
	out, err := ffmpeg.Command(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "4",
		"-c:v", "libx264", "-x264-params", "aud=1:"+params, "-f", "h264", "pipe:1").Output()
	if err != nil {
		t.Fatal(err)
	}
	track.Codec = media.H264
	for n := range bytes.SplitSeq(out, []byte{0, 0, 1}) {
		n = bytes.TrimRight(n, "\x00")
		if len(n) == 0 {
			continue
		}
		switch n[0] & 0x1f {
		case 7:
			track.SPS = [][]byte{n}
		case 8:
			track.PPS = [][]byte{n}
		case 9:
			list = append(list, &media.Unit{})
		}
		u := list[len(list)-1]
		u.Data = append(binary.BigEndian.AppendUint32(u.Data, uint32(len(n))), n...)
	}
	return track, list
}

// TestRefreshed decodes from the middle of streams without key frames: one that
// refreshes its pictures column by column, and one of open groups of pictures.
func TestRefreshed(t *testing.T) {
	leak.Check(t)
	m := &still.Maker{}
	t.Run("intra refresh", func(t *testing.T) {
		track, list := units(t, "intra-refresh=1:keyint=25:bframes=0")
		var points []int
		for i, u := range list {
			if i > 0 && recovers(u) {
				points = append(points, i)
			}
		}
		if len(points) < 3 {
			t.Fatalf("recovery points %v", points)
		}
		from, to := points[len(points)-2], points[len(points)-1]
		want := picture(t, m, track, list[points[0]:to+1])
		if d := distance(picture(t, m, track, list[from:to+1]), want); d > 4 {
			t.Errorf("the picture differs by %.1f", d)
		}
		if d := distance(picture(t, m, track, list[to:to+1]), want); d < 8 {
			t.Errorf("a single unit differs by %.1f only: the test shows nothing", d)
		}
	})
	t.Run("open group", func(t *testing.T) {
		track, list := units(t, "open-gop=1:keyint=25:bframes=3:scenecut=0")
		for i, u := range list {
			if i == 0 || !recovers(u) {
				continue
			}
			b, err := m.JPEG(t.Context(), track, u, 0)
			if err != nil || len(b) == 0 {
				t.Errorf("unit %d: %v", i, err)
			}
			return
		}
		t.Error("no open group of pictures")
	})
}

// recovers finds a recovery point message (payload type 6) in a unit's SEI.
func recovers(u *media.Unit) bool {
	for d := u.Data; len(d) > 6; {
		n := int(binary.BigEndian.Uint32(d))
		if d[4]&0x1f == 6 && d[5] == 6 {
			return true
		}
		d = d[min(4+n, len(d)):]
	}
	return false
}

func picture(t *testing.T, m *still.Maker, track media.Track, list []*media.Unit) image.Image {
	t.Helper()
	var u media.Unit
	for _, l := range list {
		u.Data = append(u.Data, l.Data...)
	}
	b, err := m.JPEG(t.Context(), track, &u, 0)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// distance is the mean difference of the green parts, 0 to 255.
func distance(a, b image.Image) float64 {
	sum, size := 0.0, a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			_, g, _, _ := a.At(x, y).RGBA()
			_, h, _, _ := b.At(x, y).RGBA()
			sum += math.Abs(float64(g)-float64(h)) / 257
		}
	}
	return sum / float64(size.X*size.Y)
}

func TestElementaryStream(t *testing.T) {
	track := media.Track{Codec: media.H265, VPS: [][]byte{{1}}, SPS: [][]byte{{2}}, PPS: [][]byte{{3}, {4}}}
	got := still.ElementaryStream(track, &media.Unit{Data: []byte{0, 0, 0, 2, 5, 6, 0, 0, 0, 1, 7, 0, 0, 0, 9, 8}})
	want := []byte{0, 0, 0, 1, 1, 0, 0, 0, 1, 2, 0, 0, 0, 1, 3, 0, 0, 0, 1, 4, 0, 0, 0, 1, 5, 6, 0, 0, 0, 1, 7}
	if !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}
