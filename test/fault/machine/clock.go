package machine

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
	"sync/atomic"
	"time"

	"watchroom/test/load/account"
)

// Clock sets the clock of a program that was built for it (tag testclock), while
// the cameras, this program and the time server go by the true one.
type Clock struct {
	file   *os.File
	Binary string
	Steps  []Step
	server net.PacketConn
	told   atomic.Int64 // by how much the time server is ahead of the truth, ns
}

// Step is a setting of the clock: from then on it shows by more than the truth.
type Step struct {
	At time.Time
	By time.Duration
}

// NewClock builds that program below a folder, and begins with a clock that is by ahead.
func NewClock(ctx context.Context, folder string, by time.Duration) (*Clock, error) {
	w := &Clock{Binary: filepath.Join(folder, "watchroom-testclock")}
	build := exec.CommandContext(ctx, "go", "build", "-tags", "testclock", "-o", w.Binary, "watchroom/cmd/watchroom")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	var err error
	if w.file, err = os.Create(filepath.Join(folder, "clock-shift")); err != nil {
		return nil, err
	}
	if w.server, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, w.file.Close())
	}
	go w.tellTime()
	return w, w.Set(by)
}

// File is what the clock is set by, Server who tells the true time (SNTP).
func (w *Clock) File() string   { return w.file.Name() }
func (w *Clock) Server() string { return w.server.LocalAddr().String() }

// Close ends it.
func (w *Clock) Close() error { return errors.Join(w.server.Close(), w.file.Close()) }

// Set makes the clock show so much more than the truth.
func (w *Clock) Set(by time.Duration) error {
	w.Steps = append(w.Steps, Step{time.Now(), by})
	_, err := w.file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(by)), 0)
	return err
}

// Ahead is by how much the clock was wrong at a true instant.
func (w *Clock) Ahead(at time.Time) (by time.Duration) {
	for _, s := range w.Steps {
		if !s.At.After(at) {
			by = s.By
		}
	}
	return by
}

// Tell makes the time server tell so much more than the truth.
func (w *Clock) Tell(by time.Duration) { w.told.Store(int64(by)) }

// tellTime answers questions for the time (SNTP, RFC 4330) with the true one, or what Tell
// wants, until the connection is closed.
func (w *Clock) tellTime() {
	const to1970 = 2_208_988_800
	b := make([]byte, 1024)
	for {
		n, from, err := w.server.ReadFrom(b)
		if err != nil {
			return
		}
		if n < 48 {
			continue
		}
		a := make([]byte, 48)
		a[0], a[1] = 4<<3|4, 1 // version 4, a server with a clock of its own
		copy(a[24:32], b[40:48])
		now := time.Now().Add(time.Duration(w.told.Load()))
		for _, at := range []int{32, 40} {
			binary.BigEndian.PutUint32(a[at:], uint32(now.Unix()+to1970))
			binary.BigEndian.PutUint32(a[at+4:], uint32(uint64(now.Nanosecond())<<32/1e9))
		}
		// Who asked may be gone.
		_, _ = w.server.WriteTo(a, from)
	}
}

// Reckoning is how footage stands that was recorded under a clock that was set.
type Reckoning struct {
	Wrong    []string
	Shadowed int // pictures at times that were recorded once more, after the clock was set back
	Future   int // pictures at times that have not come yet
}

// uncertain is how long after a step pictures may still bear the time before it: until
// the next key frame.
const uncertain = 3 * time.Second

// near tells whether a picture was sent about when the clock was set.
func (w *Clock) near(at time.Time) bool {
	return slices.ContainsFunc(w.Steps, func(s Step) bool {
		return at.After(s.At.Add(-time.Second)) && at.Before(s.At.Add(uncertain))
	})
}

// again tells whether a time that was shown when a picture was sent was recorded once
// more later, because the clock was set back.
func (w *Clock) again(sent, shown, end time.Time) bool {
	for n, s := range w.Steps {
		over := end
		if n+1 < len(w.Steps) {
			over = w.Steps[n+1].At
		}
		if s.At.After(sent) && shown.After(s.At.Add(s.By-uncertain)) && shown.Before(over.Add(s.By+uncertain)) {
			return true
		}
	}
	return false
}

// Misplayed holds what was played against what is there. What was played must go forward
// on the clock that was set, each picture once. What was not played must lie at times
// that were recorded once more, of which the later footage is played, or in the future.
func (w *Clock) Misplayed(camera string, played, there []account.Picture, end time.Time) (r Reckoning) {
	shown := func(p account.Picture) time.Time { return p.Sent.Add(w.Ahead(p.Sent)) }
	seen := map[uint64]bool{}
	var last time.Time
	twice, back, without := 0, 0, 0
	var from, to time.Time // of what is left out
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
		// One on its way may bear the time after the step, and until the next key frame all
		// may bear the one before.
		before := p.Sent.Add(-uncertain)
		times := []time.Time{shown(p), p.Sent.Add(w.Ahead(before)), p.Sent.Add(w.Ahead(p.Sent.Add(time.Second)))}
		switch {
		case slices.ContainsFunc(times, func(at time.Time) bool { return w.again(p.Sent, at, end) }), w.again(before, times[1], end):
			r.Shadowed++
		case slices.ContainsFunc(times, end.Add(-uncertain).Before):
			r.Future++
		default:
			if without++; without == 1 {
				from = p.Sent
			}
			to = p.Sent
		}
	}
	for _, x := range []struct {
		n    int
		what string
	}{{twice, "shows %d pictures of %s twice"}, {back, "goes back %d times within %s"}, {without, "leaves out %d pictures of %s"}} {
		if x.n > 0 {
			r.Wrong = append(r.Wrong, fmt.Sprintf("playback "+x.what, x.n, camera))
		}
	}
	if without > 0 {
		for _, s := range w.Steps {
			r.Wrong[len(r.Wrong)-1] += fmt.Sprintf("; set by %v at %s", s.By, s.At.Format("15:04:05.000"))
		}
		r.Wrong[len(r.Wrong)-1] += fmt.Sprintf("; left out are those sent from %s to %s, of what was sent until %s", from.Format("15:04:05.000"), to.Format("15:04:05.000"), end.Format("15:04:05.000"))
	}
	return r
}
