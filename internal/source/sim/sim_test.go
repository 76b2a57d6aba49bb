package sim

import (
	"encoding/base64"
	"errors"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/google/go-cmp/cmp"

	"watchroom/internal/media"
	"watchroom/internal/testkit/await"
)

func TestEveryFrameIsAccountedFor(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: Mix(6)})
	both := []media.Which{media.Main, media.Sub}
	var viewers []*viewer
	for n := 1; n <= 6; n++ {
		for _, which := range both {
			viewers = append(viewers, need(t, s, n, which))
		}
	}
	for i, v := range viewers {
		n, which := i/2+1, both[i%2]
		first := v.next(t)
		last, keys := first, 0
		for range 26 { // more than a GOP
			g := v.next(t)
			if g.counter != last.counter+1 || g.ts-last.ts != 7500 {
				t.Fatalf("camera %d %s: counter %d after %d, timestamp step %d", n, which, g.counter, last.counter, g.ts-last.ts)
			}
			if g.sentAt.Before(last.sentAt) || time.Since(g.sentAt) > time.Minute {
				t.Fatalf("camera %d %s: sent at %v after %v", n, which, g.sentAt, last.sentAt)
			}
			if g.key {
				keys++
			}
			last = g
		}
		if keys == 0 {
			t.Fatalf("camera %d %s: no key frame in a GOP", n, which)
		}
		v.client.Close()
		log := s.Sessions(n, which)
		if len(log) != 1 || len(log[0].Handed) != 1 || log[0].Dropped != 0 {
			t.Fatalf("camera %d %s: sessions %+v", n, which, log)
		}
		if h := log[0].Handed[0]; h.First > first.counter || h.Last < last.counter {
			t.Fatalf("camera %d %s: %d…%d came, %+v was handed", n, which, first.counter, last.counter, h)
		}
		// What was sent is counted when it has left, which who receives it may be ahead of.
		await.Until(t, "the newest picture to be counted", func() bool { return s.Sent(n, which).Counter >= last.counter })
		v.mu.Lock()
		for k := 1; k < len(v.seqs); k++ {
			if v.seqs[k] != v.seqs[k-1]+1 {
				t.Fatalf("camera %d %s: sequence number %d after %d", n, which, v.seqs[k], v.seqs[k-1])
			}
		}
		v.mu.Unlock()
	}
}

func TestCountersGoOnOverTheEndOfTheLoop(t *testing.T) {
	t.Parallel()
	// The long clip is 20 s; a file of one GOP is short enough to see it repeat.
	file := filepath.Join(t.TempDir(), "short.h264")
	run(t, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=30", "-frames:v", "10",
		"-c:v", "libx264", "-bf", "0", "-g", "10", "-f", "h264", file)
	s := start(t, Options{Cameras: []Camera{{File: file, NoSub: true}, {File: file, NoSub: true}}})
	for n := 1; n <= 2; n++ {
		v := need(t, s, n, media.Main)
		last, keys := v.next(t), 0
		for range 45 {
			g := v.next(t)
			if g.counter != last.counter+1 || g.ts-last.ts != 3000 {
				t.Fatalf("counter %d after %d, step %d", g.counter, last.counter, g.ts-last.ts)
			}
			if g.key {
				keys++
			}
			last = g
		}
		if keys < 4 {
			t.Fatalf("%d key frames in 45 frames of a loop of 10", keys)
		}
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Audio: media.PCMA}, {Audio: media.AAC}, {Audio: media.PCMU}}})
	for n, step := range []uint32{320, 1024, 320} {
		v := need(t, s, n+1, media.Main)
		a, b := <-v.audio, <-v.audio
		if b.SequenceNumber != a.SequenceNumber+1 || b.Timestamp-a.Timestamp != step || len(b.Payload) == 0 {
			t.Fatalf("camera %d: %v then %v", n+1, a.Header, b.Header)
		}
	}
	var aac *format.MPEG4Audio
	v := need(t, s, 2, media.Main)
	if m := v.desc.FindFormat(&aac); m == nil || aac.Config.SampleRate != 16000 {
		t.Fatalf("AAC described as %+v", aac)
	}
}

func TestOddCameras(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{
		{BFrames: true}, {LongGOP: true}, {SetsInSDPOnly: true}, {Silent: true}, {Tiny: true}, {},
	}})
	t.Run("b-frames", func(t *testing.T) {
		v := need(t, s, 1, media.Main)
		last, back := v.next(t), false
		for range 12 {
			g := v.next(t)
			if g.counter != last.counter+1 {
				t.Fatalf("counter %d after %d", g.counter, last.counter)
			}
			back = back || int32(g.ts-last.ts) < 0
			last = g
		}
		if !back {
			t.Fatal("pictures came in the order in which they are shown")
		}
	})
	t.Run("long gop", func(t *testing.T) {
		i, err := s.Info(2)
		if err != nil || i.Main.Loop != 240 {
			t.Fatalf("%+v, %v", i.Main, err)
		}
		v := need(t, s, 2, media.Main)
		for range 30 {
			if g := v.next(t); g.key && g.counter > 1 && g.counter%240 != 1 {
				t.Fatalf("key frame at counter %d", g.counter)
			}
		}
	})
	t.Run("parameter sets", func(t *testing.T) {
		for n, inBand := range map[int]bool{3: false, 6: true} {
			v := need(t, s, n, media.Main)
			var f *format.H264
			if v.desc.FindFormat(&f); len(f.SPS) == 0 {
				t.Fatal("none in the SDP")
			}
			g := v.until(t, "a key frame", func(g got) bool { return g.key })
			if has := strings.Contains(string(g.sample), string(f.SPS)); has != inBand {
				t.Fatalf("camera %d: in the stream: %v", n, has)
			}
		}
	})
	t.Run("silent", func(t *testing.T) {
		v := need(t, s, 4, media.Main)
		need(t, s, 5, media.Main).until(t, "1.5 s of another camera", func(g got) bool { return g.counter > 18 })
		if n := len(v.pictures); n != 0 {
			t.Fatalf("%d pictures from a silent camera", n)
		}
	})
	t.Run("tiny", func(t *testing.T) {
		if i, err := s.Info(5); err != nil || i.Main.Width != 320 {
			t.Fatalf("%+v, %v", i.Main, err)
		}
	})
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	for _, way := range []Auth{Basic, DigestMD5, DigestSHA256} {
		t.Run(string(way), func(t *testing.T) {
			s := start(t, Options{Cameras: []Camera{{Tiny: true}, {Tiny: true, Username: "other", Password: "pass2"}}, Auth: []Auth{way}, Username: "admin", Password: "pass1"})
			if _, err := connect(t, s, 1, media.Main, want{}); err == nil {
				t.Fatal("no password was needed")
			}
			if _, err := connect(t, s, 1, media.Main, want{user: "admin", password: "wrong"}); err == nil {
				t.Fatal("a wrong password was taken")
			}
			for n, w := range map[int]want{1: {user: "admin", password: "pass1"}, 2: {user: "other", password: "pass2"}} {
				v, err := connect(t, s, n, media.Main, w)
				if err != nil {
					t.Fatal(err)
				}
				v.next(t)
			}
		})
	}
}

func TestTransports(t *testing.T) {
	t.Parallel()
	t.Run("udp", func(t *testing.T) {
		s := start(t, Options{Cameras: []Camera{{Tiny: true}}, UDP: true})
		v, err := connect(t, s, 1, media.Main, want{udp: true})
		if err != nil {
			t.Fatal(err)
		}
		v.next(t)
		if got := s.Sessions(1, media.Main)[0].Transport; got != "udp" {
			t.Fatalf("transport %q", got)
		}
	})
	t.Run("tls", func(t *testing.T) {
		s := start(t, Options{Cameras: []Camera{{Tiny: true}}, TLS: true})
		if u := s.URL(1, media.Main); !strings.HasPrefix(u, "rtsps://") {
			t.Fatal(u)
		}
		need(t, s, 1, media.Main).next(t)
	})
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	s := start(t, Options{Cameras: Mix(3), Control: "127.0.0.1:0", UDP: true})
	v := need(t, s, 1, media.Main)
	v.next(t)
	s.Close()
	<-v.ended
	v.client.Close()
	deadline := time.After(patience)
	for runtime.NumGoroutine() > before {
		select {
		case <-deadline:
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		default:
			runtime.Gosched()
		}
	}
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no cameras":     {},
		"unknown scene":  {Cameras: []Camera{{Scene: "moon"}}},
		"unknown codec":  {Cameras: []Camera{{Codec: media.MJPEG}}},
		"h265 elsewhere": {Cameras: []Camera{{Codec: media.H265, Scene: "gate"}}},
		"live and odd":   {Cameras: []Camera{{Live: true, Tiny: true}}},
		"bad fault":      {Cameras: []Camera{{Faults: []Fault{{Kind: "rain"}}}}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, o := range map[string]Options{
		"no such file":    {Cameras: []Camera{{File: "/nonexistent.mp4"}}},
		"unknown auth":    {Cameras: Mix(1), Auth: []Auth{"magic"}},
		"unknown sound":   {Cameras: []Camera{{Audio: media.Opus}}},
		"bad address":     {Cameras: Mix(1), Listen: "nowhere"},
		"no ffmpeg":       {Cameras: []Camera{{Live: true}}, FFmpeg: "no-such-ffmpeg"},
		"bad control":     {Cameras: Mix(1), Control: "nowhere"},
		"fault in a file": {Cameras: []Camera{{BFrames: true, Faults: []Fault{{Kind: Cover}}}}},
	} {
		s, err := New(o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := s.Start(t.Context()); err == nil {
			t.Errorf("%s: started", name)
			s.Close()
		} else if name == "no ffmpeg" && !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParameterSetsAreTheSameInEveryVariant(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: Mix(6)})
	for _, c := range s.cams {
		for _, w := range []media.Which{media.Main, media.Sub} {
			for _, k := range pictureKinds {
				r, err := c.reel(w, k)
				if err != nil {
					if k == LampOff && c.scene.Daylight {
						continue
					}
					t.Fatal(err)
				}
				set := func(b ...[]byte) (out []string) {
					for _, x := range b {
						out = append(out, base64.StdEncoding.EncodeToString(x))
					}
					return out
				}
				base := c.streams()[0].clip
				if w == media.Sub {
					base = c.sub.clip
				}
				if d := cmp.Diff(set(base.VPS, base.SPS, base.PPS), set(r.clip.VPS, r.clip.SPS, r.clip.PPS)); d != "" {
					t.Errorf("%s %s %s:\n%s", c.scene.ID, w, k, d)
				}
			}
		}
	}
}

func TestURLHasNoCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: Mix(1), Username: "admin", Password: "pass1"})
	u, err := url.Parse(s.URL(1, media.Sub))
	if err != nil || u.User != nil || u.Path != "/cam1/sub" || u.Scheme != "rtsp" {
		t.Fatalf("%v, %v", u, err)
	}
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, stderr.String())
	}
	return out
}
