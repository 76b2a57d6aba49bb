package card

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Try gives the card of a person whose number and PIN are typed. Before the PIN is hashed it is
// counted, so that never more than Most in a row are looked at, however many come at once. Whatever
// is wrong, one PIN is hashed and as much is written, so that the time tells nothing; but for a
// failure of this server, err tells the acts why.
func (c *Cards) Try(ctx context.Context, person string, typed, pin secret.Text, from access.Origin) (Row, error) {
	own, why, err := c.held(ctx, person, typed)
	if err != nil {
		return Row{}, err
	}
	nth, err := c.count(ctx, own, why == nil)
	if err != nil {
		return Row{}, err
	}
	hash, why, err := c.hashed(ctx, own, nth, why)
	if err != nil {
		return Row{}, err
	}
	right, err := c.Hashes.Matches(ctx, pin, hash)
	if err != nil {
		return Row{}, problem.Wrap(err, "check a PIN")
	}
	if right && why == nil {
		return *own, c.forget(ctx, own.ID)
	}
	if own != nil && nth >= int64(Most.Get(c.Rules)) && own.LockedAt == nil {
		if err := c.lock(ctx, *own, from); err != nil {
			return Row{}, err
		}
	}
	if why == nil {
		why = errWrong
	}
	return Row{}, why
}

// held finds the card of a person, and why what the reader typed is not its number.
func (c *Cards) held(ctx context.Context, person string, typed secret.Text) (own *Row, why, err error) {
	if own, err = Of(ctx, c.DB.Read(), person); err != nil {
		return nil, nil, err
	}
	n, why := number(typed)
	found, err := find(ctx, c.DB.Read(), "number_hash = ?", c.hash(n))
	switch {
	case err != nil:
		return nil, nil, err
	case why != nil:
	case found == nil:
		why = errUnknown
	case own == nil || own.ID != found.ID:
		why = &Other{Card: found.ID, Person: found.Person, Problem: errOther}
	}
	return own, why, nil
}

// count notes that a PIN of a card is about to be looked at, and gives how many in a row were with
// it. One more than Most is not counted: the card is as good as locked. Where the number was not
// that of the card, nothing is counted and as much is written.
func (c *Cards) count(ctx context.Context, own *Row, right bool) (nth int64, err error) {
	if own == nil {
		return 0, nil
	}
	more := 0
	if right {
		more = 1
	}
	most := int64(Most.Get(c.Rules))
	err = c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Model((*Row)(nil)).Set("wrong = wrong + ?", more).Where("id = ? AND locked_at IS NULL AND wrong < ?", own.ID, most).Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "count a PIN")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			nth = most + 1
			return err
		}
		return problem.Wrap(tx.NewSelect().Model((*Row)(nil)).Column("wrong").Where("id = ?", own.ID).Scan(ctx, &nth), "count a PIN")
	})
	if !right && nth <= most {
		nth = 0
	}
	return nth, err
}

// hashed gives the hash of the PIN that counts, or an empty one, which nothing matches, with why.
func (c *Cards) hashed(ctx context.Context, own *Row, nth int64, why error) (hash string, _, err error) {
	if own == nil {
		return "", why, nil
	}
	recorded, err := recorded(ctx, c.DB.Read(), own)
	switch {
	case err != nil:
		return "", nil, err
	case why != nil:
		return "", why, nil
	case nth > int64(Most.Get(c.Rules)):
		return "", errLocked, nil
	case own.PIN == nil:
		return "", errNoPIN, nil
	}
	value, err := c.Box.Open(own.PIN, own.place())
	if err != nil || !recorded {
		return "", errForged, nil //nolint:nilerr // a row that this server did not write is no failure of it
	}
	return value.Reveal(), nil, nil
}

// forget begins the row of wrong PINs anew.
func (c *Cards) forget(ctx context.Context, id string) error {
	return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*Row)(nil)).Set("wrong = 0").Where("id = ? AND locked_at IS NULL", id).Exec(ctx)
		return problem.Wrap(err, "forget wrong PINs")
	})
}

func (c *Cards) lock(ctx context.Context, r Row, from access.Origin) error {
	return c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		at := c.Clock.Micro()
		done, err := tx.NewUpdate().Model((*Row)(nil)).Set("locked_at = ?", at).
			Where("id = ? AND locked_at IS NULL AND wrong >= ?", r.ID, Most.Get(c.Rules)).Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "lock a staff card")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 { // locked, withdrawn or rightly used meanwhile
			return err
		}
		act := ledger.Act{At: at, Person: r.Person, Kind: kindLocked, Subject: r.ID,
			Detail: map[string]any{"person": r.Person, "name": r.Name, "wrong": Most.Get(c.Rules), "address": from.Address}}
		if err := ledger.Record(ctx, tx, act); err != nil || c.Locked == nil {
			return err
		}
		return c.Locked(ctx, tx, r, from)
	})
}

// Use notes in tx that a card was used that Try gave. ok is false where it was taken back, locked,
// or given another PIN meanwhile.
func (c *Cards) Use(ctx context.Context, tx bun.Tx, r Row) (ok bool, err error) {
	done, err := tx.NewUpdate().Model((*Row)(nil)).Set("used_at = ?", c.Clock.Micro()).
		Where("id = ? AND person = ? AND pins = ? AND locked_at IS NULL", r.ID, r.Person, r.Pins).Exec(ctx)
	if err != nil {
		return false, problem.Wrap(err, "use a staff card")
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// Choose checks that a person holds the card that was issued to them, and the PIN before where
// there is one, and gives what puts a new PIN in. Its refusals are ErrNone, ErrNumber, ErrPIN and,
// for the acts alone, those of Try.
func (c *Cards) Choose(ctx context.Context, person string, typed, old, pin secret.Text, from access.Origin) (Row, func(ctx context.Context, tx bun.Tx, by access.Actor) error, error) {
	n, err := number(typed)
	if err != nil {
		return Row{}, nil, err
	}
	if err := checkPIN(pin, n); err != nil {
		return Row{}, nil, err
	}
	own, why, err := c.held(ctx, person, typed)
	switch {
	case err != nil:
		return Row{}, nil, err
	case own == nil:
		return Row{}, nil, ErrNone
	case own.PIN != nil:
		if *own, err = c.Try(ctx, person, typed, old, from); err != nil {
			return Row{}, nil, err
		}
	case why != nil:
		return Row{}, nil, why
	default:
		if right, err := recorded(ctx, c.DB.Read(), own); err != nil || !right {
			return Row{}, nil, or(err, errForged)
		}
	}
	hash, err := c.Hashes.Hash(ctx, pin)
	if err != nil {
		return Row{}, nil, problem.Wrap(err, "hash a PIN")
	}
	r := *own
	r.PIN, r.Pins = c.Box.Seal(secret.Text(hash), r.place()), r.Pins+1
	return r, func(ctx context.Context, tx bun.Tx, by access.Actor) error {
		done, err := tx.NewUpdate().Model((*Row)(nil)).Set("pin = ?", r.PIN).Set("pins = ?", r.Pins).Set("wrong = 0").
			Where("id = ? AND person = ? AND pins = ? AND locked_at IS NULL", r.ID, person, r.Pins-1).Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "choose a PIN")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return or(err, ErrNone)
		}
		return ledger.Record(ctx, tx, by.Act(c.Clock.Micro(), kindPIN, r.ID, "", map[string]any{"name": r.Name, "nth": r.Pins, keyPIN: mark("pin", r.PIN), "address": from.Address}))
	}, nil
}

func or(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
