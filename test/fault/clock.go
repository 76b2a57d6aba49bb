package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"watchroom/internal/recording/journal"
	"watchroom/test/load/account"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// wrongClock sets the clock of a program that was built for it (tag testclock), while
// the cameras, this program and the time server go by the true one.
type wrongClock struct {
	file   *os.File
	binary string
	steps  []step
	server net.PacketConn
}

// step is a setting of the clock: from then on it shows by more than the truth.
type step struct {
	at time.Time
	by time.Duration
}

func (b *bench) newWrongClock(ctx context.Context, by time.Duration) (*wrongClock, error) {
	w := &wrongClock{binary: filepath.Join(b.folder, "watchroom-testclock")}
	build := exec.CommandContext(ctx, "go", "build", "-tags", "testclock", "-o", w.binary, "watchroom/cmd/watchroom")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	var err error
	if w.file, err = os.Create(filepath.Join(b.folder, "clock-shift")); err != nil {
		return nil, err
	}
	if w.server, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, w.file.Close())
	}
	go tellTime(w.server)
	return w, w.set(by)
}

func (w *wrongClock) close() error { return errors.Join(w.server.Close(), w.file.Close()) }

// set makes the clock show so much more than the truth.
func (w *wrongClock) set(by time.Duration) error {
	w.steps = append(w.steps, step{time.Now(), by})
	_, err := w.file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(by)), 0)
	return err
}

// ahead is by how much the clock was wrong at a true instant.
func (w *wrongClock) ahead(at time.Time) (by time.Duration) {
	for _, s := range w.steps {
		if !s.at.After(at) {
			by = s.by
		}
	}
	return by
}

// tellTime answers questions for the time (SNTP, RFC 4330) with the true one, until the
// connection is closed.
func tellTime(c net.PacketConn) {
	const to1970 = 2_208_988_800
	b := make([]byte, 1024)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		if n < 48 {
			continue
		}
		a := make([]byte, 48)
		a[0], a[1] = 4<<3|4, 1 // version 4, a server with a clock of its own
		copy(a[24:32], b[40:48])
		now := time.Now()
		for _, at := range []int{32, 40} {
			binary.BigEndian.PutUint32(a[at:], uint32(now.Unix()+to1970))
			binary.BigEndian.PutUint32(a[at+4:], uint32(uint64(now.Nanosecond())<<32/1e9))
		}
		// Who asked may be gone.
		_, _ = c.WriteTo(a, from)
	}
}

// clock sets the wall clock to and fro under the recorders.
func (b *bench) clock(ctx context.Context) error {
	w, err := b.newWrongClock(ctx, 0)
	if err != nil {
		return err
	}
	defer b.putAway(w)
	o := newOutcome("clock set by an hour and by 20 s, to and fro")
	o.mostMissing = 0
	o.mustSay = []string{"clock_stepped", "clock_off"}
	o.steps = w
	c := *b
	c.binary = w.binary
	err = c.suffer(ctx, "clock", w.options(), o, func(i *installation) error {
		for _, by := range []time.Duration{time.Hour, 0, -time.Hour, 0, -20 * time.Second, 0} {
			if err := program.Wait(ctx, b.long(25*time.Second, time.Minute)); err != nil {
				return err
			}
			at := time.Now()
			if err := w.set(by); err != nil {
				return err
			}
			o.happened(event{at: at, over: at}, 1)
			if err := i.untrusted(ctx); err != nil {
				return err
			}
		}
		if err := program.Wait(ctx, b.long(25*time.Second, time.Minute)); err != nil {
			return err
		}
		return i.stepsTold(o, w.steps)
	})
	b.outcomes = c.outcomes
	return err
}

// options name the clock and who knows the true time.
func (w *wrongClock) options() station.ServerOptions {
	return station.ServerOptions{
		Settings: settings + "time:\n  step_hold: 1m\n  servers: [\"" + w.server.LocalAddr().String() + "\"]\n",
		Env:      []string{"WATCHROOM_TESTCLOCK=" + w.file.Name()},
	}
}

// untrusted waits until the program says that it removes nothing because of its clock.
func (i *installation) untrusted(ctx context.Context) error {
	for limit := time.Now().Add(5 * time.Second); ; {
		t, err := i.Time(ctx)
		if err == nil && !t.Trusted {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("the clock was set and is still trusted: %+v (%w)", t, err)
		}
		if err := program.Wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// stepsTold looks for every step in the node's journal.
func (i *installation) stepsTold(o *outcome, steps []step) error {
	days, err := filepath.Glob(filepath.Join(i.roots[0], journal.Node, "*", journal.FileName))
	if err != nil {
		return err
	}
	var told []time.Duration
	for _, d := range days {
		records, _, _, err := journal.Read(d, 0, 0)
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.Step != nil {
				told = append(told, time.Duration(*r.Step)*time.Microsecond)
			}
		}
	}
	for n := 1; n < len(steps); n++ {
		by := steps[n].by - steps[n-1].by
		if !slices.ContainsFunc(told, func(d time.Duration) bool { return (d - by).Abs() < 100*time.Millisecond }) {
			o.unlogged = append(o.unlogged, fmt.Sprintf("the journal does not tell that the clock was set by %v, but %v", by, told))
		}
	}
	if len(told) != len(steps)-1 {
		o.unlogged = append(o.unlogged, fmt.Sprintf("the clock was set %d times, the journal tells of %v", len(steps)-1, told))
	}
	return nil
}

// reckoning is how footage stands that was recorded under a clock that was set.
type reckoning struct {
	wrong    []string
	shadowed int // pictures at times that were recorded once more, after the clock was set back
	future   int // pictures at times that have not come yet
}

// uncertain is how long after a step pictures may still bear the time before it: until
// the next key frame.
const uncertain = 3 * time.Second

// near tells whether a picture was sent about when the clock was set.
func (w *wrongClock) near(at time.Time) bool {
	return slices.ContainsFunc(w.steps, func(s step) bool {
		return at.After(s.at.Add(-time.Second)) && at.Before(s.at.Add(uncertain))
	})
}

// misplayed holds what was played against what is there. What was played must go forward
// on the clock that was set, each picture once. What was not played must lie at times
// that were recorded once more, of which the later footage is played, or in the future.
func (w *wrongClock) misplayed(camera string, played, there []account.Picture, end time.Time) (r reckoning) {
	shown := func(p account.Picture) time.Time { return p.Sent.Add(w.ahead(p.Sent)) }
	seen := map[uint64]bool{}
	var last time.Time
	twice, back, without := 0, 0, 0
	for _, p := range played {
		if seen[p.Counter] {
			twice++
		}
		seen[p.Counter] = true
		if w.near(p.Sent) {
			continue
		}
		if shown(p).Before(last) {
			back++
		}
		last = shown(p)
	}
	for _, p := range there {
		if seen[p.Counter] {
			continue
		}
		again := false
		for n, s := range w.steps {
			over := end
			if n+1 < len(w.steps) {
				over = w.steps[n+1].at
			}
			from, to := s.at.Add(s.by), over.Add(s.by)
			again = again || s.at.After(p.Sent) && shown(p).After(from.Add(-uncertain)) && shown(p).Before(to.Add(uncertain))
		}
		switch {
		case again:
			r.shadowed++
		case shown(p).After(end.Add(-uncertain)):
			r.future++
		default:
			without++
		}
	}
	for _, x := range []struct {
		n    int
		what string
	}{{twice, "shows %d pictures of %s twice"}, {back, "goes back %d times within %s"}, {without, "leaves out %d pictures of %s"}} {
		if x.n > 0 {
			r.wrong = append(r.wrong, fmt.Sprintf("playback "+x.what, x.n, camera))
		}
	}
	return r
}
