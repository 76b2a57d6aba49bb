package retention

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/text"
)

// thawed is nil where no row says that removal is frozen.
func thawed(ctx context.Context, tx bun.IDB) error {
	all, err := frozen.Standing(ctx, tx)
	if err == nil && len(all) > 0 {
		return ErrFrozen.With("reason", string(all[0].Reason))
	}
	return err
}

// proved is nil where the acts, too, say that nothing is frozen: a row that is gone, or says
// that it is over, ends no freeze.
func (e *Engine) proved(ctx context.Context) error {
	is, err := frozen.Now(ctx, e.Warrants, e.DB)
	if errors.Is(err, warrant.ErrWaiting) {
		return ErrUnread.Because(err)
	}
	for _, u := range is.Untrue {
		e.accuse("a freeze of removal tells otherwise than the acts, by which it stands", "", u.Row, "why", u.Why)
	}
	if err == nil && len(is.Standing) > 0 {
		if err := e.doubt(ctx, is.Strangers...); err != nil { // who confirmed is told why it did not help
			return err
		}
		return ErrFrozen.With("reason", string(is.Standing[0].Reason))
	}
	return err
}

// Frozen tells why nothing may be removed until a person has looked.
func (e *Engine) Frozen(ctx context.Context) ([]frozen.Freeze, error) {
	return frozen.Shown(ctx, e.Warrants, e.DB.Read())
}

// Confirm says that a person has looked at these freezes: holds and rules are as they should
// be, and removal may go on as far as they are concerned. One that came meanwhile stands.
func (e *Engine) Confirm(ctx context.Context, actor access.Actor, seen []string, note string) error {
	if err := access.Throughout(actor, access.RetentionConfigure, ""); err != nil {
		return err
	}
	if !actor.InPerson() {
		return ErrNobody
	}
	note, err := text.Block("note", note, 4, 1000)
	if err != nil {
		return err
	}
	at, leapt := e.Clock.Micro(), false
	err = e.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := frozen.Shown(ctx, e.Warrants, tx)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(f frozen.Freeze) bool { return !slices.Contains(seen, f.ID) })
		if len(all) == 0 {
			return ErrNothing
		}
		leapt = slices.ContainsFunc(all, func(f frozen.Freeze) bool { return f.Reason == frozen.Leapt })
		return frozen.Confirm(ctx, tx, actor.For(access.RetentionConfigure, ""), all, at, note)
	})
	if err == nil && leapt && e.Time != nil {
		e.Time.Believe()
	}
	if err == nil {
		e.Wake()
	}
	return err
}
