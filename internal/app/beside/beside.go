// Package beside sees what commands do in the records beside a running server. A command has no
// way to tell the server; what it did is an act, written in the transaction of the change, and
// so the newest acts of commands are looked at each half second: what runs is then decided anew,
// and supervisors are told of what went past the second person. They are told as well that
// another server answers for a directory, which the file decides alone.
package beside

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
)

const (
	// LookEvery leaves half a second of the one in which what runs ends.
	LookEvery = 500 * time.Millisecond
	// back is how far back each look reaches: transactions end in another order than their
	// acts were made, and clocks are set by seconds.
	back = time.Minute
	// Told is for how long supervisors see what was done past the second person.
	Told = 24 * time.Hour
	// anew is between looks at whether an alarm is over.
	anew = time.Minute
)

// Watch sees it.
type Watch struct {
	DB    *db.DB
	Clock clock.Clock
	Log   *slog.Logger
	// Changed lets everything that runs be decided anew, by rights that are read anew.
	Changed func()
	// Alarm puts an alarm up under a key, or takes it down where code is empty; nil: nobody is told.
	Alarm func(key, code, detail, camera string, params map[string]any)

	seen   map[string]int64 // acts of the last while, by id, with their instants
	told   int64            // µs, when the alarm was last looked at
	primed bool             // what was there at the start is no news
	loop   every.Loop
}

// Start begins to look.
func (w *Watch) Start(ctx context.Context) error {
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	if err := w.Look(ctx); err != nil {
		return err
	}
	w.loop.Start(ctx, LookEvery, every.Trying(w.Look, func(err error) {
		// The database is away; who keeps watch over it has said so.
		w.Log.Debug("what commands have done could not be looked at", "err", err)
	}))
	return nil
}

// Close stops and waits.
func (w *Watch) Close() { w.loop.Close() }

// Look looks once. It is not for use beside the loop.
func (w *Watch) Look(ctx context.Context) error {
	now := w.Clock.Micro()
	acts, err := ledger.OfCommands(ctx, w.DB.Read(), now-back.Microseconds())
	if err != nil {
		return err
	}
	fresh := false
	if w.seen == nil {
		w.seen = map[string]int64{}
	}
	for _, a := range acts {
		if _, known := w.seen[a.ID]; !known {
			w.seen[a.ID], fresh = a.At, true
		}
	}
	for id, at := range w.seen {
		if at < now-2*back.Microseconds() {
			delete(w.seen, id)
		}
	}
	if fresh && w.primed {
		// Which sessions, tokens and rights it ended is not asked: commands are rare.
		w.Changed()
	}
	w.primed = true
	if fresh || now-w.told >= anew.Microseconds() || now < w.told {
		if err := w.tell(ctx, now); err != nil {
			return err
		}
		w.told = now
	}
	return nil
}

// tell says what was done past the second person within a day.
func (w *Watch) tell(ctx context.Context, now int64) error {
	if w.Alarm == nil {
		return nil
	}
	acts, err := ledger.OfCommands(ctx, w.DB.Read(), now-Told.Microseconds())
	if err != nil {
		return err
	}
	var last *ledger.Act
	count := 0
	for _, a := range acts {
		if past(a) {
			last, count = &a, count+1
		}
	}
	if err := w.directories(ctx, now); err != nil {
		return err
	}
	const key = "commands"
	if last == nil {
		w.Alarm(key, "", "", "", nil)
		return nil
	}
	hand, _ := last.Detail[access.KeyHand].(map[string]any)
	params := map[string]any{"count": count, "act": last.ID, "at": time.UnixMicro(last.At).UTC()}
	for _, k := range []string{"user", "sudo", "host"} {
		if v, ok := hand[k].(string); ok {
			params[k] = v
		}
	}
	w.Alarm(key, "commands_alone", "By a command on the machine somebody did alone what two people do otherwise, or let somebody in.", "", params)
	return nil
}

// directories says that another server answers for a directory than before.
func (w *Watch) directories(ctx context.Context, now int64) error {
	acts, _, err := ledger.List(ctx, w.DB.Read(), ledger.Filter{Kind: "directory.server_changed", From: now - Told.Microseconds(), Limit: ledger.MaxLimit})
	if err != nil {
		return err
	}
	var names []string
	for _, a := range acts {
		if a.Detail["from"] != nil && !slices.Contains(names, a.Subject) { // else it is new
			names = append(names, a.Subject)
		}
	}
	if len(names) == 0 {
		w.Alarm("directories", "", "", "", nil)
		return nil
	}
	slices.Sort(names)
	w.Alarm("directories", "directory_changed", "Another server answers for a directory than before. What its people held waits to be confirmed.", "",
		map[string]any{"directories": strings.Join(names, ", ")})
	return nil
}

// past tells whether an act of a command did alone what two people do otherwise: such commands
// ask for a reason, and say whose hand it was.
func past(a ledger.Act) bool {
	return a.Detail[access.KeyHand] != nil && a.Detail["reason"] != nil
}
