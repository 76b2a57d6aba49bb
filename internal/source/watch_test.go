package source

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/media"
)

// sends is a device that sends what unit gives every so often, for ever or until
// unit gives nothing. fps is what it announces.
func sends(every time.Duration, fps float64, unit func(i int) []byte) func(context.Context, *Session) error {
	return func(ctx context.Context, s *Session) error {
		s.Offer([]media.Track{trackH264})
		s.Announce(fps)
		s.Playing("tcp")
		for i := 0; ; i++ {
			data := unit(i)
			if data == nil {
				<-ctx.Done()
				return ctx.Err()
			}
			s.Unit(0, uint32(int64(i)*int64(every)*9/100_000), s.Now(), data)
			select {
			case <-time.After(every):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// closing hangs up after a while.
func closing(f func(context.Context, *Session) error, after time.Duration) func(context.Context, *Session) error {
	return func(ctx context.Context, s *Session) error {
		ctx, cancel := context.WithTimeout(ctx, after)
		defer cancel()
		_ = f(ctx, s)
		return io.EOF
	}
}

func whole(int) []byte { return avcc(spsOrdered, ppsOne, idr) }

func noise(r *rand.Rand) []byte {
	n := make([]byte, 200)
	for i := range n {
		n[i] = byte(r.Uint32())
	}
	n[0] = [...]byte{0x41, 0x41, 0x41, 0x65}[r.IntN(4)] // a slice or a key frame
	return n
}

// TestSlowCameras are recorded in one run once their pace is known, or at once
// where they announce it, and their figures say what they do.
func TestSlowCameras(t *testing.T) {
	cases := []struct {
		every     time.Duration
		announced bool
		sessions  int // at most, before it stays
	}{
		{time.Second, false, 1},
		{3 * time.Second, false, 1},
		{5 * time.Second, false, 2},
		{20 * time.Second, false, 3},
		{20 * time.Second, true, 1},
		{55 * time.Second, false, 4},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.every, c.announced), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fps := 0.0
				if c.announced {
					fps = 1 / c.every.Seconds()
				}
				figures := make(chan Figures, 2)
				d := &device{script: []func(context.Context, *Session) error{sends(c.every, fps, whole)}}
				states, rec, _ := run(t, d, time.Hour, func(r *Runner) {
					time.AfterFunc(50*time.Minute, func() { figures <- r.Status().Figures })
					time.AfterFunc(50*time.Minute+c.every*9/10, func() { figures <- r.Status().Figures })
				})
				if len(d.times) > c.sessions || len(rec.runs) > c.sessions {
					t.Errorf("%d sessions, %d runs: %v", len(d.times), len(rec.runs), codes(states))
				}
				for range 2 {
					f := <-figures
					if got := f.FPS * c.every.Seconds(); got < 0.99 || got > 1.01 || f.Bitrate == 0 {
						t.Errorf("figures %+v", f)
					}
				}
			})
		})
	}
}

// TestSlowCameraStops is noticed at three times its pace.
func TestSlowCameraStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{script: []func(context.Context, *Session) error{sends(4*time.Second, 0, func(i int) []byte {
			if i == 20 {
				return nil
			}
			return whole(i)
		})}}
		states, rec, _ := run(t, d, 100*time.Second, nil)
		if got := codes(states); len(got) < 3 || got[2] != "stalled/no_frames" {
			t.Fatalf("states %v", got)
		}
		if got := states[2].Since.Sub(rec.time(19)); got != 12*time.Second {
			t.Errorf("noticed after %v", got)
		}
		// The gap begins where the last picture ends.
		if got := time.UnixMicro(rec.endAt[0]).Sub(rec.time(19)); got != 4*time.Second {
			t.Errorf("the run ends %v after the last picture", got)
		}
	})
}

func (r *record) time(i int) time.Time { return time.UnixMicro(r.units[i].Wall) }

// TestUndecodable tells why nothing is recorded although something comes, keeps
// the connection for a minute, and records nothing.
func TestUndecodable(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	cases := []struct {
		name string
		unit func(int) []byte
		code string
		says string
	}{
		{"no parameter sets", func(int) []byte { return avcc(idr) }, "no_parameter_sets", "SPS, PPS"},
		{"no PPS", func(int) []byte { return avcc(spsOrdered, idr) }, "no_parameter_sets", "PPS"},
		{"PPS of another id", func(int) []byte { return avcc(spsOrdered, []byte{0x68, 0x4e, 0x3c, 0x80}, idr) }, "no_parameter_sets", "PPS"},
		{"PPS of an SPS that never came", func(int) []byte { return avcc(spsOrdered, []byte{0x68, 0xa7, 0x3c, 0x80}, idr) }, "no_parameter_sets", "PPS"},
		{"random bytes", func(int) []byte { return avcc(noise(r)) }, "not_decodable", "H264"},
		{"encrypted slices", func(int) []byte { return avcc(spsOrdered, ppsOne, noise(r)) }, "not_decodable", "H264"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &device{script: []func(context.Context, *Session) error{sends(40*time.Millisecond, 25, c.unit)}}
				states, rec, _ := run(t, d, 59*time.Second, nil)
				got := codes(states)
				if len(got) != 3 || got[1] != "stalled/"+c.code || len(rec.runs) != 0 || len(d.times) != 1 {
					t.Fatalf("states %v, %d runs, %d sessions", got, len(rec.runs), len(d.times))
				}
				reason := states[1].Reason
				if says := strings.ToUpper(fmt.Sprint(reason.Params)); !strings.Contains(says, c.says) || reason.Detail == "" {
					t.Errorf("reason %+v", reason)
				}
				if at := states[1].Since.Sub(states[0].Since); at != 5*time.Second {
					t.Errorf("told after %v", at)
				}
			})
		})
	}
}

// TestWaitsForKeyFrame: a camera whose pictures make sense is no camera without
// pictures before the time for its first key frame is over.
func TestWaitsForKeyFrame(t *testing.T) {
	pictures := func(int) []byte { return avcc(spsOrdered, ppsOne, slice) }
	for _, c := range []struct {
		name string
		life time.Duration
		unit func(int) []byte
		want string
		last media.Cause // of the last state before the end
	}{
		{"still waiting", 59 * time.Second, pictures, "[connecting/connecting connecting/waiting_for_key_frame off/off]", media.CauseNoKeyFrame},
		{"none came", 10 * time.Minute, pictures, "[connecting/connecting connecting/waiting_for_key_frame stalled/no_key_frame off/off]", media.CauseNoKeyFrame},
		{"the pictures end", 26 * time.Second, func(i int) []byte {
			if i == 500 {
				return nil
			}
			return pictures(i)
		}, "[connecting/connecting connecting/waiting_for_key_frame stalled/no_frames off/off]", media.CauseNoFrames},
		{"one came", 59 * time.Second, func(i int) []byte {
			if i == 500 {
				return whole(i)
			}
			return pictures(i)
		}, "[connecting/connecting connecting/waiting_for_key_frame live/live off/off]", media.CauseNone},
		{"soon enough to say nothing", 59 * time.Second, func(i int) []byte {
			if i == 100 {
				return whole(i)
			}
			return pictures(i)
		}, "[connecting/connecting live/live off/off]", media.CauseNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &device{script: []func(context.Context, *Session) error{sends(40*time.Millisecond, 25, c.unit)}}
				states, _, _ := run(t, d, c.life, nil)
				if got := fmt.Sprint(codes(states)); got != c.want {
					t.Fatalf("states %v", got)
				}
				if s := states[len(states)-2]; s.Cause != c.last || s.Reason.Detail == "" {
					t.Errorf("before the end %+v", s)
				}
				if s := states[1]; s.State == Connecting && s.Since.Sub(states[0].Since) != 5*time.Second {
					t.Errorf("told after %v", s.Since.Sub(states[0].Since))
				}
			})
		})
	}
}

// TestGarbledLater ends a run when what comes has stopped being pictures, but not
// for a few broken ones.
func TestGarbledLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		d := &device{script: []func(context.Context, *Session) error{sends(40*time.Millisecond, 25, func(i int) []byte {
			if i >= 500 || i%10 == 9 {
				return avcc(noise(r))
			}
			return whole(i)
		})}}
		states, rec, _ := run(t, d, 38*time.Second, nil)
		if got := codes(states); len(got) < 3 || got[2] != "stalled/not_decodable" || rec.ends[0] != media.CauseNoFrames {
			t.Fatalf("states %v, ends %v", got, rec.ends)
		}
		if at := states[2].Since.Sub(states[1].Since); at < 20*time.Second || at > 35*time.Second {
			t.Errorf("told after %v", at)
		}
		if len(rec.units) < 500 {
			t.Errorf("%d units: what came was not kept", len(rec.units))
		}
	})
}

// TestOnlyBadPackets is a device none of whose packets can be understood.
func TestOnlyBadPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{script: []func(context.Context, *Session) error{func(ctx context.Context, s *Session) error {
			s.Offer([]media.Track{trackH264})
			s.Playing("tcp")
			s.Bad(30)
			<-ctx.Done()
			return ctx.Err()
		}}}
		states, _, _ := run(t, d, 6*time.Second, nil)
		if got := codes(states); got[1] != "stalled/not_decodable" {
			t.Errorf("states %v", got)
		}
	})
}

// TestClosesAfterPlay tells a device that hangs up after PLAY from one that hangs
// up during the handshake, and from one that had sent pictures.
func TestClosesAfterPlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{script: []func(context.Context, *Session) error{failing(io.EOF), playFor(0, io.EOF), playFor(time.Second, io.EOF), playFor(time.Hour, nil)}}
		states, _, _ := run(t, d, time.Minute, nil)
		want := "[connecting/connecting refused/closed_by_camera refused/closed_without_pictures live/live connecting/connection_lost live/live off/off]"
		if got := fmt.Sprint(codes(states)); got != want {
			t.Errorf("states %v", got)
		}
	})
}

// TestProbeFigures: the interval of key frames is waited for, within bounds, and
// neither it nor the rates are misled by the burst that a device begins with, or by
// pictures that came before the first key frame.
func TestProbeFigures(t *testing.T) {
	size := len(whole(0))
	for _, c := range []struct {
		gop, burst  int // pictures, 25 a second
		from        int // place in the group where the test joins
		interval    float64
		longer      float64 // at least
		took, atMax time.Duration
	}{
		{gop: 25, interval: 1, took: 2 * time.Second, atMax: 2100 * time.Millisecond},
		{gop: 50, interval: 2, took: 2 * time.Second, atMax: 2100 * time.Millisecond},
		{gop: 100, burst: 40, interval: 4, took: 2 * time.Second, atMax: 2500 * time.Millisecond},
		{gop: 500, longer: 4.9, took: 4900 * time.Millisecond, atMax: 5100 * time.Millisecond},
		{gop: 1, interval: 0.04, took: time.Second, atMax: 1500 * time.Millisecond},
		{gop: 25, from: 1, interval: 1, took: 2900 * time.Millisecond, atMax: 3100 * time.Millisecond},
		{gop: 25, from: 24, interval: 1, took: 2 * time.Second, atMax: 2200 * time.Millisecond},
		{gop: 50, from: 13, interval: 2, took: 3400 * time.Millisecond, atMax: 3600 * time.Millisecond},
		{gop: 100, from: 90, burst: 60, interval: 4, took: 2 * time.Second, atMax: 2500 * time.Millisecond},
		{gop: 500, from: 440, longer: 4.9, took: 7 * time.Second, atMax: 7500 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			d := &device{script: []func(context.Context, *Session) error{func(ctx context.Context, s *Session) error {
				s.Offer([]media.Track{trackH264})
				s.Playing("tcp")
				for i := c.from; ; i++ {
					data := whole(i)
					if i%c.gop != 0 {
						data = avcc(append(append([]byte{}, slice...), make([]byte, size-4-len(slice))...))
					}
					s.Unit(0, uint32(i*3600), s.Now(), data)
					if i < c.from+c.burst {
						continue
					}
					select {
					case <-time.After(40 * time.Millisecond):
					case <-ctx.Done():
						return ctx.Err()
					}
				}
			}}}
			r, err := Probe(t.Context(), d.connect, Config{})
			took, rate := time.Since(begun), float64(size)*8*25
			if err != nil || !r.OK || math.Abs(r.KeyInterval-c.interval) > 1e-6 || r.KeyLonger < c.longer || c.longer == 0 && r.KeyLonger != 0 {
				t.Errorf("every %d pictures: %+v, %v", c.gop, r, err)
			}
			if math.Abs(r.Bitrate/rate-1) > 0.02 {
				t.Errorf("every %d pictures: %.0f bit/s, sent %.0f", c.gop, r.Bitrate, rate)
			}
			if math.Abs(r.FPS-25) > 0.01 {
				t.Errorf("every %d pictures, from %d on: %.2f pictures a second", c.gop, c.from, r.FPS)
			}
			if took < c.took || took > c.atMax { // on the bubble's clock, which is exact
				t.Errorf("every %d pictures: took %v", c.gop, took)
			}
		})
	}
}

// TestProbeSlow waits for the second picture of a slow camera.
func TestProbeSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			every time.Duration
			fps   float64
		}{{time.Second, 1}, {4 * time.Second, 0.25}, {time.Minute, 0}} {
			d := &device{script: []func(context.Context, *Session) error{sends(c.every, 0, whole)}}
			r, err := Probe(t.Context(), d.connect, Config{})
			if err != nil || !r.OK || r.KeyFrame == nil || r.FPS != c.fps {
				t.Errorf("every %v: %+v, %v", c.every, r, err)
			}
		}
	})
}

// TestProbeWaits: a camera whose first key frame comes later than a test may wait
// works, and the test says what it waited.
func TestProbeWaits(t *testing.T) {
	for _, every := range []time.Duration{40 * time.Millisecond, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			d := &device{script: []func(context.Context, *Session) error{sends(every, 0, func(int) []byte { return avcc(spsOrdered, ppsOne, slice) })}}
			r, err := Probe(t.Context(), d.connect, Config{})
			if err != nil || !r.OK || r.State != Connecting || r.Reason.Code != "waiting_for_key_frame" || r.Reason.Detail == "" || r.KeyFrame != nil {
				t.Fatalf("every %v: %+v, %v", every, r, err)
			}
			if r.KeyInterval != 0 || r.KeyLonger < 5.9 || r.KeyLonger > time.Since(begun).Seconds() {
				t.Errorf("every %v: %v s between key frames, longer than %v s", every, r.KeyInterval, r.KeyLonger)
			}
			if fps := r.FPS * every.Seconds(); fps < 0.95 || fps > 1.05 || r.Bitrate == 0 {
				t.Errorf("every %v: %v pictures a second, %v bit/s", every, r.FPS, r.Bitrate)
			}
			if len(r.Tracks) != 1 || r.Tracks[0].Width != 1920 || r.Tracks[0].Height != 1080 {
				t.Errorf("every %v: tracks %+v", every, r.Tracks)
			}
		})
	}
}

// TestProbeObstacle names what is missing.
func TestProbeObstacle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		pictures := func(int) []byte { return avcc(slice) }
		for _, c := range []struct {
			code    string
			connect func(context.Context, *Session) error
		}{
			{"no_parameter_sets", sends(40*time.Millisecond, 0, func(int) []byte { return avcc(idr) })},
			{"no_frames", sends(40*time.Millisecond, 0, func(int) []byte { return nil })},
			{"no_frames", func(ctx context.Context, s *Session) error { // sound alone comes
				s.Offer([]media.Track{trackH264, trackPCMA})
				s.Playing("tcp")
				s.Unit(1, 0, s.Now(), make([]byte, 320))
				<-ctx.Done()
				return ctx.Err()
			}},
			{"closed_without_pictures", playFor(0, io.EOF)},
			{"closed_by_camera", failing(io.EOF)},
			{"no_key_frame", closing(sends(40*time.Millisecond, 0, pictures), 3*time.Second)},
			{"no_key_frame", sends(40*time.Millisecond, 0, func(i int) []byte { // and then falls silent
				if i == 25 {
					return nil
				}
				return pictures(i)
			})},
			{"no_key_frame", sends(time.Second, 0, func(int) []byte { return avcc(spsOrdered, ppsOne, []byte{0x41, 0, 0, 0, 0, 1}) })},      // too little of it to be sure
			{"no_key_frame", sends(40*time.Millisecond, 0, func(int) []byte { return avcc(spsOrdered, ppsOne, []byte{0x0c, 0xff, 0x80}) })}, // and never a slice
			{"not_decodable", sends(40*time.Millisecond, 0, func(int) []byte { return avcc(noise(r)) })},
		} {
			d := &device{script: []func(context.Context, *Session) error{c.connect}}
			r, err := Probe(t.Context(), d.connect, Config{})
			if err != nil || r.OK || r.Reason.Code != c.code {
				t.Errorf("%s: %+v, %v", c.code, r, err)
			}
		}
	})
}
