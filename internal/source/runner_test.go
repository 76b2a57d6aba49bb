package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
)

// device is a Connect that plays a script: each connection takes the next entry.
type device struct {
	script []func(ctx context.Context, s *Session) error
	times  []time.Time
}

func (d *device) connect(ctx context.Context, _ Config, s *Session) error {
	n := len(d.times)
	d.times = append(d.times, time.Now())
	return d.script[min(n, len(d.script)-1)](ctx, s)
}

// playFor sends pictures every 40 ms and then waits or ends with err.
func playFor(d time.Duration, err error) func(context.Context, *Session) error {
	return func(ctx context.Context, s *Session) error {
		s.Offer([]media.Track{trackH264})
		s.Playing("tcp")
		for i := range int(d / (40 * time.Millisecond)) {
			s.Unit(0, uint32(i)*3600, s.Now(), avcc(spsOrdered, ppsOne, idr))
			select {
			case <-time.After(40 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return err
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}
}

func failing(err error) func(context.Context, *Session) error {
	return func(context.Context, *Session) error { return err }
}

// run lets a runner live for d on a fake clock and gives back what it reported.
func run(t *testing.T, d *device, life time.Duration, tune func(*Runner)) (states []Status, rec *record, r *Runner) {
	t.Helper()
	rec = &record{}
	stream := &media.Stream{}
	stream.AddSink(rec)
	r = &Runner{Stream: stream, Connect: d.connect, Clock: clock.Clock(time.Now), OnStatus: func(s Status) { states = append(states, s) }}
	if tune != nil {
		tune(r)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(life) // the fake clock's
	r.Close()
	return states, rec, r
}

func codes(states []Status) (out []string) {
	for _, s := range states {
		out = append(out, string(s.State)+"/"+s.Reason.Code)
	}
	return out
}

func TestRunnerWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{script: []func(context.Context, *Session) error{playFor(2*time.Second, nil)}}
		states, rec, r := run(t, d, 10*time.Second, nil)
		want := []string{"connecting/connecting", "live/live", "stalled/no_frames", "live/live", "off/off"}
		if got := codes(states); fmt.Sprint(got[:3]) != fmt.Sprint(want[:3]) || got[len(got)-1] != want[4] {
			t.Errorf("states %v", got)
		}
		if rec.ends[0] != media.CauseNoFrames || rec.ends[len(rec.ends)-1] != media.CauseStopped {
			t.Errorf("ends %v", rec.ends)
		}
		// The gap begins with the last picture, not with its discovery.
		if got := time.UnixMicro(rec.endAt[0]).Sub(time.UnixMicro(rec.runs[0].Start)); got != 2*time.Second {
			t.Errorf("the first run is %v long", got)
		}
		if f := r.Status().Figures; f.Reconnects == 0 || f.Frames != uint64(len(rec.units)) || f.Codec != media.H264 || f.Width != 1920 {
			t.Errorf("figures %+v", f)
		}
	})
}

// TestRunnerHeldUp: where this process stood still, as a halted or starved one
// does, pictures that wait in the socket are read before silence is judged.
func TestRunnerHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pause = 8 * time.Second
		d := &device{script: []func(context.Context, *Session) error{func(ctx context.Context, s *Session) error {
			s.Offer([]media.Track{trackH264})
			s.Playing("tcp")
			s.Unit(0, 0, s.Now(), avcc(spsOrdered, ppsOne, idr))
			time.Sleep(pause + 200*time.Millisecond)
			return playFor(time.Minute, nil)(ctx, s)
		}}}
		states, rec, _ := run(t, d, 20*time.Second, func(r *Runner) {
			report := r.OnStatus
			r.OnStatus = func(s Status) {
				report(s)
				if s.State == Live {
					time.Sleep(pause) // the runner does nothing meanwhile
				}
			}
		})
		if got, want := codes(states), []string{"connecting/connecting", "live/live", "off/off"}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("states %v, want %v", got, want)
		}
		if len(d.times) != 1 || rec.ends[len(rec.ends)-1] != media.CauseStopped {
			t.Errorf("%d connections, ends %v", len(d.times), rec.ends)
		}
	})
}

func TestRunnerNeverSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(hint bool) func(context.Context, *Session) error {
			return func(ctx context.Context, s *Session) error {
				s.Offer([]media.Track{trackH264})
				s.Playing("tcp")
				if hint {
					s.Hint(Reason{Code: "payload_type_unexpected"})
				}
				<-ctx.Done()
				return ctx.Err()
			}
		}
		d := &device{script: []func(context.Context, *Session) error{silent(false), silent(true)}}
		states, rec, _ := run(t, d, 30*time.Second, nil)
		if got := codes(states); got[1] != "stalled/no_frames" || got[2] != "stalled/payload_type_unexpected" {
			t.Errorf("states %v", got)
		}
		if states[1].Cause != media.CauseNoFrames || len(rec.runs) != 0 {
			t.Errorf("cause %s, runs %d", states[1].Cause, len(rec.runs))
		}
	})
}

func TestRunnerNoKeyFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{script: []func(context.Context, *Session) error{func(ctx context.Context, s *Session) error {
			s.Offer([]media.Track{trackH264})
			s.Playing("tcp")
			for i := 0; ; i++ {
				s.Unit(0, uint32(i)*90000, s.Now(), avcc(slice))
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}}}
		states, _, _ := run(t, d, 70*time.Second, nil)
		if got := codes(states); got[1] != "connecting/waiting_for_key_frame" || got[2] != "stalled/no_key_frame" {
			t.Errorf("states %v", got)
		}
	})
}

func TestRunnerKeyFramesEvery20Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{script: []func(context.Context, *Session) error{func(ctx context.Context, s *Session) error {
			s.Offer([]media.Track{trackH264})
			s.Playing("tcp")
			for i := 0; ; i++ {
				data := avcc(slice)
				if i%20 == 19 {
					data = avcc(spsOrdered, ppsOne, idr)
				}
				s.Unit(0, uint32(i)*90000, s.Now(), data)
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}}}
		states, rec, r := run(t, d, 3*time.Minute, nil)
		if got := codes(states); fmt.Sprint(got) != "[connecting/connecting connecting/waiting_for_key_frame live/live off/off]" || len(rec.runs) != 1 {
			t.Errorf("states %v, %d runs", got, len(rec.runs))
		}
		if f := r.Status().Figures; f.KeyInterval != 20 || f.FPS < 0.9 || f.FPS > 1.1 {
			t.Errorf("figures %+v", f)
		}
	})
}

func TestRunnerBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := Fail(WrongCredentials, "credentials_refused", "", nil, nil)
		for _, c := range []struct {
			err      error
			min, max int // attempts in ten minutes
			longest  time.Duration
		}{
			{syscall.ECONNREFUSED, 80, 300, 11 * time.Second},
			{refused, 12, 60, 61 * time.Second},
		} {
			d := &device{script: []func(context.Context, *Session) error{failing(c.err)}}
			states, _, _ := run(t, d, 10*time.Minute, nil)
			if n := len(d.times); n < c.min || n > c.max {
				t.Errorf("%v: %d attempts", c.err, n)
			}
			if len(states) != 3 {
				t.Errorf("%v: reported %v", c.err, codes(states))
			}
			for i := 1; i < len(d.times); i++ {
				pause := d.times[i].Sub(d.times[i-1])
				if c.err == error(refused) && pause < 7*time.Second || pause > c.longest {
					t.Errorf("%v: pause of %v", c.err, pause)
				}
			}
		}
	})
}

func TestRunnerNetworkFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{script: []func(context.Context, *Session) error{playFor(time.Second, io.EOF), failing(syscall.ECONNREFUSED), playFor(time.Hour, nil)}}
		states, rec, _ := run(t, d, time.Minute, nil)
		if got := fmt.Sprint(codes(states)); got != "[connecting/connecting live/live connecting/connection_lost unreachable/connection_refused live/live off/off]" {
			t.Errorf("states %v", got)
		}
		if rec.ends[0] != media.CauseNetwork || states[2].Cause != media.CauseNetwork || states[4].Cause != media.CauseNone {
			t.Errorf("ends %v", rec.ends)
		}
	})
}

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(3, 3*time.Second)
		var mu sync.Mutex
		inside, most := 0, 0
		for range 20 {
			go func() {
				leave, err := g.Enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				inside--
				mu.Unlock()
				leave()
				leave()
			}()
		}
		time.Sleep(30 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if most != 3 || inside != 0 {
			t.Errorf("%d at once, %d left", most, inside)
		}
		// Handshakes that hang let others pass after a while.
		for range 3 {
			if _, err := g.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		leave, err := g.Enter(t.Context())
		if err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("waited %v, %v", time.Since(began), err)
		}
		leave()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		full := NewGate(1, time.Hour)
		if leave, err := full.Enter(t.Context()); err != nil {
			t.Fatal(err)
		} else {
			defer leave()
		}
		if _, err := full.Enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

func TestClassify(t *testing.T) {
	op := func(err error) error { return &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", err)} }
	cases := []struct {
		err   error
		live  bool
		state State
		code  string
		cause media.Cause
	}{
		{op(syscall.ECONNREFUSED), false, Unreachable, "connection_refused", media.CauseUnreachable},
		{op(syscall.EHOSTUNREACH), false, Unreachable, "no_route", media.CauseUnreachable},
		{op(syscall.ETIMEDOUT), false, Unreachable, "timeout", media.CauseUnreachable},
		{op(syscall.ETIMEDOUT), true, Connecting, "connection_lost", media.CauseNetwork},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), false, Unreachable, "timeout", media.CauseUnreachable},
		{&net.DNSError{Name: "cam", IsNotFound: true}, false, Unreachable, "name_unknown", media.CauseUnreachable},
		{io.EOF, false, Refused, "closed_by_camera", media.CauseRefused},
		{io.EOF, true, Connecting, "connection_lost", media.CauseNetwork},
		{op(syscall.ECONNRESET), false, Refused, "closed_by_camera", media.CauseRefused},
		{fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}), false, Refused, "tls_certificate_untrusted", media.CauseRefused},
		{x509.HostnameError{Host: "cam", Certificate: &x509.Certificate{}}, false, Refused, "tls_certificate_name", media.CauseRefused},
		{x509.CertificateInvalidError{Reason: x509.Expired}, false, Refused, "tls_certificate_expired", media.CauseRefused},
		{x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}, false, Refused, "tls_certificate_invalid", media.CauseRefused},
		{tls.RecordHeaderError{}, false, Refused, "tls_not_spoken", media.CauseRefused},
		{tls.AlertError(40), false, Refused, "tls_handshake", media.CauseRefused},
		{errors.New("what"), false, Refused, "protocol_error", media.CauseRefused},
		{errors.New("what"), true, Connecting, "connection_lost", media.CauseNetwork},
		{fmt.Errorf("x: %w", Fail(Stalled, "no_frames", "", nil, nil)), true, Stalled, "no_frames", media.CauseNoFrames},
	}
	for _, c := range cases {
		if f := Classify(c.err, c.live); f.State != c.state || f.Reason.Code != c.code || f.Cause != c.cause {
			t.Errorf("%v (live %v): %s %s %s, want %s %s %s", c.err, c.live, f.State, f.Reason.Code, f.Cause, c.state, c.code, c.cause)
		}
	}
}
