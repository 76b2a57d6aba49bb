// Package died tells people that the process before ended without a word: it was killed, or the
// machine was without power. What that cost each camera is in its coverage (C076); that it
// happened is an act, and an alarm for a day.
package died

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/app/alive"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Kind is the kind of the act. Its detail has alive, when the last sign of life was given, and
// back, when the next process was there, µs since 1970 UTC.
const Kind = "recorder.died"

// Stands is for how long the alarm stands: every shift of a day sees it, also where the server
// was begun anew meanwhile.
const Stands = 24 * time.Hour

const key = "died" // of the alarm

// Teller tells it, and leaves the sign of life by which the next process knows of this one.
type Teller struct {
	Clock clock.Clock
	Log   *slog.Logger
	// Alarm raises an alarm under a key, or takes it down where code is empty.
	Alarm func(key, code, detail, camera string, params map[string]any)

	db          *db.DB
	alive, back int64 // that the process before died, while that is not on record; see Kind
	sign        alive.Sign
	loop        every.Loop
}

// Live begins to give signs of life at a path, and gives when the process before did last, µs
// since 1970 UTC; 0 where nothing tells. after is true where that one handed over to this one.
// onAside is told what lay in the place of the sign and was no file.
func (t *Teller) Live(ctx context.Context, path string, after bool, onAside func(file, aside string)) (before int64, err error) {
	w, err := alive.Last(path)
	if err != nil {
		t.Log.Warn("nobody knows until when the process before lived", "err", err)
	}
	if w.Lives && !after {
		t.alive, t.back = w.At, t.Clock.Micro()
	}
	t.sign = alive.Sign{Path: path, Clock: t.Clock, Log: t.Log, OnAside: onAside}
	return w.At, t.sign.Start(ctx)
}

// End ends in good order. A death before of which nobody could be told is left to the next process.
func (t *Teller) End() { t.sign.Close(t.alive) }

// Start puts it on record and begins to look for what the room is to be told.
func (t *Teller) Start(ctx context.Context, d *db.DB) {
	t.db = d
	t.loop.Start(ctx, time.Minute, every.Trying(t.look, func(err error) {
		t.Log.Warn("that the recorder ended without a word could not be told", "err", err)
	}))
}

// Close ends looking and waits.
func (t *Teller) Close() { t.loop.Close() }

// look is one round: it puts the end on record if that is not done, and raises or takes down the
// alarm.
func (t *Teller) look(ctx context.Context) error {
	now := t.Clock.Micro()
	if t.alive != 0 {
		err := t.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, access.Actor{}.Act(now, Kind, "", "", map[string]any{"alive": t.alive, "back": t.back}))
		})
		if err != nil {
			return problem.Wrap(err, "put on record that the recorder died")
		}
		t.alive = 0
	}
	var last []string
	err := t.db.Read().NewRaw("SELECT detail FROM acts WHERE kind = ? AND at > ? AND at <= ? ORDER BY at DESC, id DESC", Kind, now-Stands.Microseconds(), now).Scan(ctx, &last)
	if err != nil {
		return problem.Wrap(err, "read when the recorder died")
	}
	if len(last) == 0 {
		t.Alarm(key, "", "", "", nil)
		return nil
	}
	var d struct{ Alive, Back int64 }
	if err := json.Unmarshal([]byte(last[0]), &d); err != nil {
		return problem.Wrap(err, "read when the recorder died")
	}
	instant := func(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339) }
	t.Alarm(key, "recorder_died", "The recorder ended without a word: it was killed, or the machine was without power.", "",
		map[string]any{"at": instant(d.Alive), "back": instant(d.Back), "count": len(last), "since": time.UnixMicro(d.Back)})
	return nil
}
