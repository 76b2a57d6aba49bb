// Package timekeeping watches the clock of the machine for a recorder: it tells the
// node's journal, the alarms, and where the clock was set the cameras.
package timekeeping

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/api/system"
	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Keeper watches this machine's clock and tells what it finds: the alarms, the
// node's journal, and where the clock was set the cameras.
type Keeper struct {
	Watch *reference.Watch
	Clock clock.Clock
	Log   *slog.Logger
	Root  string // the recordings folder
	// Before is the newest instant that is known to have passed before the start, zero if
	// none is: when the log was last signed, by what it shows itself.
	Before time.Time
	// File remembers across starts how far the time was known when the clock went far
	// ahead of it, since the log is signed again by that clock; empty remembers nothing.
	File string
	// Logged is what the log told last of what nobody has borne out, as Watch.Unproved. The file
	// may say more, and nobody makes it less by taking the file away.
	Logged [2]time.Duration
	// Away, if set, tells that the folder cannot be written to at present.
	Away  func() bool
	Alarm func(key, code, detail, camera string, params map[string]any)
	// Stepped is told from where to where the clock was set, µs since 1970 UTC.
	Stepped func(from, to int64)
	every   time.Duration // how often the alarms are looked at; 0 means 5 s
	grace   time.Duration // how long a clock may be unsynchronised before that is an alarm; 0 means 10 min

	checkpoint atomic.Pointer[func() (time.Time, bool)]

	leapt  bool             // File tells of it; belongs to run once that runs
	gained [2]time.Duration // likewise, as Watch.Unproved

	mu    sync.Mutex // guards lines; never held over I/O
	lines []journal.Record
	wake  chan struct{}

	cancel context.CancelFunc
	done   chan struct{}
}

// maxTimeLines bounds what waits for a disk that takes nothing.
const maxTimeLines = 1000

// WitnessedBy names who knows when the log's last checkpoint was made. Until then nobody
// does.
func (k *Keeper) WitnessedBy(last func() (at time.Time, ok bool)) {
	k.checkpoint.Store(&last)
}

// Start begins to watch.
func (k *Keeper) Start(ctx context.Context) error {
	if k.every <= 0 {
		k.every = 5 * time.Second
	}
	if k.grace <= 0 {
		k.grace = 10 * time.Minute
	}
	k.wake, k.done = make(chan struct{}, 1), make(chan struct{})
	k.Watch.OnState = func(s reference.State) { k.note(s, nil) }
	k.Watch.OnStep = func(s reference.Step) {
		k.Log.Warn("the clock was set", "by", s.By(), "from", s.From, "to", s.To)
		k.note(k.Watch.State(), &s)
		k.Stepped(s.From.UnixMicro(), s.To.UnixMicro())
	}
	k.Watch.LastCheckpoint = func() (time.Time, bool) {
		if last := k.checkpoint.Load(); last != nil {
			return (*last)()
		}
		return time.Time{}, false
	}
	k.Watch.OnLeap = k.look
	if err := k.Watch.Start(ctx); err != nil {
		return err
	}
	if before, more := k.known(); !before.IsZero() {
		k.Watch.Since(before, more)
	}
	if err := k.remember(); err != nil { // before anything is signed
		k.Log.Error("that the clock went far ahead could not be kept for the next start; it is tried again", "err", err)
	}
	ctx, k.cancel = context.WithCancel(ctx)
	go k.run(ctx)
	return nil
}

// look has run look at what has changed. It never blocks.
func (k *Keeper) look() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Close ends it.
func (k *Keeper) Close() {
	k.Watch.Close()
	k.cancel()
	<-k.done
}

// note puts a line for the node's journal up.
func (k *Keeper) note(s reference.State, step *reference.Step) {
	r := journal.Record{Kind: journal.KindTime, At: k.Clock.Micro(), State: string(s.Sync), Detail: string(s.Reason), Source: s.Source, Stratum: s.Stratum}
	if s.Offset != nil {
		micro := s.Offset.Microseconds()
		r.Offset = &micro
	}
	if step != nil {
		micro := step.By().Microseconds()
		r.Step = &micro
	}
	k.mu.Lock()
	if len(k.lines) < maxTimeLines {
		k.lines = append(k.lines, r)
	}
	k.mu.Unlock()
	k.look()
}

func (k *Keeper) run(ctx context.Context) {
	defer close(k.done)
	writer := journal.Writer{Root: k.Root, Camera: journal.Node}
	defer writer.Close()
	hour, look := time.NewTicker(time.Hour), time.NewTicker(k.every)
	defer hour.Stop()
	defer look.Stop()
	var failed, forgets bool
	var since time.Time // of a clock that is not synchronised, with the monotonic reading
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-k.wake:
		case <-hour.C:
			k.note(k.Watch.State(), nil)
		case <-look.C:
			s := k.Watch.State()
			switch {
			case s.Sync != reference.Unsynchronised:
				since = time.Time{}
			case since.IsZero():
				since = time.Now()
			}
			k.raise(s, !since.IsZero() && time.Since(since) >= k.grace)
		}
		err := k.write(&writer)
		if err != nil && !failed {
			k.Log.Error("the state of the clock could not be written beside the recordings", "err", err)
		}
		failed = err != nil
		err = k.remember()
		if err != nil && !forgets {
			k.Log.Error("that the clock went far ahead could not be kept for the next start; it is tried again", "err", err)
		}
		forgets = err != nil
	}
}

// write brings the lines that wait into the node's journal. Those it does not take
// go on waiting.
func (k *Keeper) write(to *journal.Writer) error {
	k.mu.Lock()
	lines := k.lines
	k.mu.Unlock()
	if len(lines) == 0 || k.Away != nil && k.Away() {
		return nil
	}
	err := to.Append(k.Clock.Micro(), lines...)
	to.Close() // lines are rare, and an open file would keep a disk that is ill from being unmounted
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.lines = k.lines[len(lines):]
	k.mu.Unlock()
	return nil
}

// raise puts up the alarms of the clock, or takes them down. lasting tells that it has
// not been synchronised for as long as is tolerated.
func (k *Keeper) raise(s reference.State, lasting bool) {
	params := map[string]any{"reason": string(s.Reason), "source": s.Source}
	if s.Offset != nil {
		params["offset"] = s.Offset.Seconds()
	}
	code, detail := "", ""
	switch level := k.Watch.Level(); {
	case level == reference.Alarm:
		code, detail = "clock_off", "The recorder's clock is wrong. Times of recordings are wrong with it, and nothing is removed."
	case lasting:
		code, detail = "clock_unsynchronised", "The recorder's clock is not synchronised. Nothing is removed until it is."
	case level == reference.Warning:
		code, detail = "clock_drifts", "The recorder's clock differs from its reference."
	}
	k.Alarm("clock", code, detail, "", params)
	code, detail = "", ""
	if s.Step != nil {
		params = map[string]any{"by": s.Step.By().Seconds(), "at": s.Step.To}
		if k.Watch.Stepped() {
			code, detail = "clock_stepped", "The recorder's clock was set."
		}
	}
	k.Alarm("clock step", code, detail, "", params)
}

// State is what people see of the clock.
func (k *Keeper) State() system.Time {
	w := k.Watch
	s := w.State()
	out := system.Time{
		State: string(s.Sync), Reason: string(s.Reason), Since: s.Since, CheckedAt: s.Checked, ErrorSeconds: s.Error.Seconds(),
		Source: s.Source, Stratum: s.Stratum, Level: w.Level().String(), Servers: []system.Server{}, Trusted: true,
		OffsetSeconds: seconds(s.Offset),
	}
	for _, v := range s.Servers {
		server := system.Server{Address: v.Address}
		if v.Answer != nil {
			server.OffsetSeconds, server.Stratum = seconds(&v.Answer.Offset), v.Answer.Stratum
		}
		out.Servers = append(out.Servers, server)
	}
	if s.Step != nil {
		out.SetAt, out.SetBySeconds = &s.Step.To, s.Step.By().Seconds()
	}
	if err := w.Trusted(); err != nil {
		out.Trusted, out.Distrust = false, problem.Of(err).Code
	}
	return out
}

func seconds(d *time.Duration) *float64 {
	if d == nil {
		return nil
	}
	v := d.Seconds()
	return &v
}
