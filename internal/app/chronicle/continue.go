package chronicle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/access"
	"watchroom/internal/app/mended"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/moved"
	"watchroom/internal/ledger/reason"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
)

// kindContinued is the kind of the act that a log took the place of another.
const kindContinued = "ledger.continued"

// Continue begins a new log in a data folder that no server works in, where the old one
// must not be signed any more: what that lacks of the acts goes into the new one. What
// journals say is told anew by the sealer, since its place in them belongs to one log.
// It is an act on record, and nothing is removed until a person has looked.
func Continue(ctx context.Context, cfg *config.Config, roots []seal.Root, d *db.DB, why string, log *slog.Logger) (next evidence.Continuation, err error) {
	dir := Folder(cfg.Data)
	m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: log}
	m.attach(d)
	var made mended.Files
	l := &tlog.Log{Dir: dir, Node: cmp.Or(cfg.Ledger.Node, NodeName()), Guard: cfg.Ledger.Guard, Recall: m.recall, OnMended: made.Add, Log: log}
	witnesses, err := witness.Parse(cfg.Ledger.Witnesses)
	if err != nil {
		return next, err
	}
	if len(witnesses) > 0 {
		c := &witness.Client{Log: l, Dir: dir, Witnesses: witnesses, GoOn: cfg.Ledger.SignUnwitnessed, Logger: log}
		if err := c.Open(); err != nil {
			return next, err
		}
		l.Ask = c.Ask
	}
	moved.Bring(dir, cfg.Ledger.Guard, ctx.Done(), log)
	if err := l.Start(ctx); err != nil {
		return next, err
	}
	defer l.Close()
	// It is looked at within a moment; before that nobody knows why it is refused.
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		s := l.Status()
		if s.Ready || s.Refusal != nil || s.Trouble != nil {
			tick.Stop()
			break
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return next, ctx.Err()
		case <-tick.C:
		}
	}
	if err := made.Note(ctx, d, access.CommandLine(), clock.Clock(nil).Micro()); err != nil {
		return next, err
	}
	if next, err = l.Continue(why); err != nil {
		return next, err
	}
	if err := rosterOf(l, dir, witnesses, nil).Note(ctx); err != nil {
		log.Warn("which keys count comes into the new log when the server starts", "error", err)
	}
	if err := adopt(ctx, d, dir, access.CommandLine(), next, clock.Clock(nil).Micro()); err != nil {
		return next, fmt.Errorf("the new log is there; acts that the old one lacks come into it when the server starts: %w", err)
	}
	m.keep(ctx, l, true)
	return next, reason.Forget(disk.OS{}, dir)
}

// adopt puts on record that a log took the place of another, once: acts that the old one
// lacks wait for the new one, and a person has to look before anything is removed, since
// what the old one told of may be gone.
func adopt(ctx context.Context, d *db.DB, dir string, by access.Actor, c evidence.Continuation, now int64) error {
	books, err := tlog.Books(dir)
	if err != nil {
		return err
	}
	if a, err := ledger.Sole(ctx, d.Read(), kindContinued, c.Key.Name()); err != nil || a != nil {
		return errors.Join(err, refreeze(ctx, d, a, now))
	}
	number := 0
	for _, b := range books {
		if b.Key == c.Key {
			number = b.Number
		}
	}
	before := beforeOf(books, number, &c)
	held, err := ledger.Held(ctx, d.Read(), c.Key.Name(), func(origin string) iter.Seq2[[]byte, error] {
		e, err := before.of(origin)
		if err != nil {
			return nil // it is not here, or nobody can tell what it held
		}
		return e.Tiles().Entries(0, e.Size)
	})
	if err != nil {
		return err
	}
	given, ok := reason.Read(disk.OS{}, dir, c.Commitment)
	if !ok {
		given = reason.Given{Text: c.Reason} // an entry of version 1 has it; else it was lost
	}
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if a, err := ledger.Sole(ctx, tx, kindContinued, c.Key.Name()); err != nil || a != nil {
			return err
		}
		if err := ledger.Continued(ctx, tx, held); err != nil {
			return err
		}
		return noteContinued(ctx, tx, by, c, given, now)
	})
}

func noteContinued(ctx context.Context, tx bun.IDB, by access.Actor, c evidence.Continuation, given reason.Given, now int64) error {
	origin := c.Key.Name()
	detail := map[string]any{"from": c.Origin, "found": c.Size, "signed": c.Known, "cause": c.Cause, "reason": given.Text, "key": c.Key.String(), "at": c.At}
	if given.Kept != "" {
		detail["salt"] = given.Kept
	}
	err := ledger.Record(ctx, tx, by.Act(now, kindContinued, origin, "", detail))
	if err != nil {
		return err
	}
	return frozen.Set(ctx, tx, now, frozen.Continued, origin)
}

// refreeze freezes removal anew where the act that a log took the place of another is on
// record and the freeze, which was noted with it, is not: somebody has deleted it.
func refreeze(ctx context.Context, d *db.DB, a *ledger.Act, now int64) error {
	if a == nil {
		return nil
	}
	told, err := frozen.Told(ctx, d.Read(), frozen.Continued, a.Subject)
	if err != nil || told {
		return err
	}
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return frozen.Set(ctx, tx, now, frozen.Continued, a.Subject)
	})
}

// continued puts on record what the log itself says of that it continues: the process
// that decided it may have died before it could.
func (c *Chronicle) continued(ctx context.Context, d *db.DB) error {
	entry, err := c.log.Entry(0)
	if err != nil || !evidence.IsContinuation(entry) {
		return nil //nolint:nilerr // a log without entries continues nothing
	}
	from, _, err := evidence.ParseContinuation(entry, evidence.Key{})
	if err != nil {
		return nil //nolint:nilerr // the verification names it
	}
	if err := adopt(ctx, d, c.Dir, access.Actor{}, from, c.Clock.Micro()); err != nil {
		return err
	}
	return reason.Forget(disk.OS{}, c.Dir) // it is on record
}

// Reason is why a log continues, as the act on record tells it; ok is false where no act opens
// what the entry commits to.
func (r *Reading) Reason(ctx context.Context, c *evidence.Continuation) (why string, ok bool) {
	if c.Commitment == (evidence.Hash{}) {
		return c.Reason, true
	}
	if r.records == nil {
		return "", false
	}
	a, err := ledger.Sole(ctx, r.records.Read(), kindContinued, c.Key.Name())
	if err != nil || a == nil {
		return "", false
	}
	given, ok := reason.Of(a.Detail, c.Commitment)
	return given.Text, ok
}
