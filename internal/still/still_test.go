package still_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/still"
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
	patience := time.NewTimer(20 * time.Second)
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

func TestElementaryStream(t *testing.T) {
	track := media.Track{Codec: media.H265, VPS: [][]byte{{1}}, SPS: [][]byte{{2}}, PPS: [][]byte{{3}, {4}}}
	got := still.ElementaryStream(track, &media.Unit{Data: []byte{0, 0, 0, 2, 5, 6, 0, 0, 0, 1, 7, 0, 0, 0, 9, 8}})
	want := []byte{0, 0, 0, 1, 1, 0, 0, 0, 1, 2, 0, 0, 0, 1, 3, 0, 0, 0, 1, 4, 0, 0, 0, 1, 5, 6, 0, 0, 0, 1, 7}
	if !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}
