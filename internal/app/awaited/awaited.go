// Package awaited watches the witnesses of the transparency log: which do not cosign it, for
// which it waits after a start before anything is signed, and that a person lets it go on
// without them. That is an act, and nothing besides it is kept: it holds for the process that
// waits, and an alarm stands until the witness agrees.
package awaited

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Kind is that of the act that a person lets the log go on without some witnesses. Its detail:
// witnesses (names) and reason.
const Kind = "ledger.unwitnessed"

// ErrNobody says that there is nothing to let go on.
var ErrNobody = problem.New(problem.Conflict, "ledger_awaits_nobody", "The transparency log waits for no witness.")

// silent is how long a witness may have cosigned nothing new before that is an alarm.
const silent = 24 * time.Hour

// Witnesses are those of one log.
type Witnesses struct {
	Client *witness.Client // nil: there are none
	Clock  clock.Clock
	Alarm  func(key, code, detail string, params map[string]any)
	Since  time.Time // since when they are asked

	reading sync.Mutex
	known   map[string]bool // acts that are on record from before; nil until they were read; guarded by reading
}

// States tells how each witness does.
func (w *Witnesses) States() []witness.State {
	if w.Client == nil {
		return nil
	}
	return w.Client.States()
}

// Look raises the alarm of each witness, or takes it down.
func (w *Witnesses) Look() {
	for _, s := range w.States() {
		code, detail, params := "", "", map[string]any{"witness": s.Name}
		switch {
		case s.Refused != nil:
			code, detail = "witness_refuses", "A witness refuses to cosign the transparency log: it has cosigned more of it than there is, or something else."
			params["cosigned"], params["have"] = s.Refused.Cosigned, s.Refused.Have
		case s.Without != "":
			code, detail = "witness_passed_over", "The transparency log is signed although a witness has not said since the start how far it knows it."
			params["why"] = s.Without
		case s.Failure != nil && w.Clock.Now().Sub(w.heard(s)) > silent:
			code, detail = "witness_silent", "A witness of the transparency log has cosigned nothing for a day."
		}
		w.Alarm("witness "+s.Name, code, detail, params)
	}
	if w.Client == nil {
		return
	}
	for name, why := range w.Client.Unasked() { // until the next start: then the log tells of it no more
		w.Alarm("witness taken out "+name, "witness_removed", "A witness of the transparency log was taken out of the configuration, or has another key.", map[string]any{"witness": name, "why": why})
	}
}

// heard is when a witness cosigned last; of one that never has, since when it is asked.
func (w *Witnesses) heard(s witness.State) time.Time {
	if s.At > 0 {
		return time.Unix(s.At, 0)
	}
	return w.Since
}

// Trouble tells what keeps a log from being signed that is not refused: code and detail of an
// alarm.
func Trouble(err error) (code, detail string, params map[string]any) {
	if !errors.Is(err, tlog.ErrAwaited) {
		return "ledger_unsigned", "The transparency log cannot be signed at present. Recording goes on.", map[string]any{}
	}
	names, _ := problem.Of(err).Params["witnesses"].([]string)
	return "ledger_awaits_witness", "The transparency log is not signed before its witnesses have said how far they know it. Recording goes on.",
		map[string]any{"witnesses": strings.Join(names, ", ")}
}

// GoOn puts on record that a person lets the log be signed without the witnesses that it waits
// for, and lets it. reason has 4 to 1000 characters. Its errors are ErrNobody and of the reason.
func (w *Witnesses) GoOn(ctx context.Context, d *db.DB, by access.Actor, reason string) error {
	if err := access.Throughout(by, access.RetentionConfigure, ""); err != nil {
		return err
	}
	var names []string
	if w.Client != nil {
		names = w.Client.Awaited()
	}
	if len(names) == 0 {
		return ErrNobody
	}
	if err := Note(ctx, d, by.For(access.RetentionConfigure, ""), w.Clock.Micro(), reason, names...); err != nil {
		return err
	}
	w.Client.PassOver(names...)
	return nil
}

// Note puts on record, now in µs since 1970 UTC, that somebody lets the log be signed without
// some witnesses; a server that waits for them at that moment does so within a second.
func Note(ctx context.Context, d *db.DB, by access.Actor, now int64, reason string, names ...string) error {
	reason, err := text.Block("reason", reason, 4, 1000)
	if err != nil {
		return err
	}
	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, by.Act(now, Kind, "", "", map[string]any{"witnesses": names, "reason": reason}))
	})
	return problem.Wrap(err, "put on record that the transparency log is signed without a witness")
}

// Read looks for acts by which a person let the log go on since it was called first: a command
// on the machine writes one, too.
func (w *Witnesses) Read(ctx context.Context, d *db.DB) {
	if w.Client == nil || d == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	w.reading.Lock()
	defer w.reading.Unlock()
	acts, _, err := ledger.List(ctx, d.Read(), ledger.Filter{Kind: Kind, Limit: ledger.MaxLimit})
	if err != nil {
		return // it is read again
	}
	first := w.known == nil
	if first {
		w.known = map[string]bool{}
	}
	for _, a := range acts {
		if w.known[a.ID] {
			continue
		}
		w.known[a.ID] = true
		names, _ := a.Detail["witnesses"].([]any)
		for _, n := range names {
			if name, ok := n.(string); ok && !first {
				w.Client.PassOver(name)
			}
		}
	}
}

// telling are the kinds of acts by which footage may be removed that could not be before, or by
// which a loss is accepted: that a disk is given up, that no more is recorded at some hours, that
// a hold was made anew without its row, and that the log is signed without a witness. The
// sooner a witness has cosigned them, the less can be undone by putting a copy in their place.
var telling = map[string]bool{
	"deletion.approved": true, "deletion.continued": true, "hold.released": true, "hold.recovered": true, "retention.changed": true,
	"retention.change_approved": true, "retention.confirmed": true, "retention.time_witnessed": true, "parameter.approved": true,
	"fault.given_up": true, "schedule.set": true, Kind: true,
}

// hurries tells whether acts of some kinds are to be cosigned soon.
func hurries(kinds []string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool { return telling[k] })
}

// Logged is told of the kinds of acts that came into the log, and has witnesses cosign soon
// what allows removal or release, or accepts a loss.
func (w *Witnesses) Logged(kinds []string) {
	if w.Client != nil && hurries(kinds) {
		w.Client.Soon()
	}
}
