package staff

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/unit"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Item is something open in a person's name.
type Item struct {
	Kind string // unit: answers for it; or what another chapter calls it
	ID   string
	Name string
}

// Looks is how far back the looks of one who leaves are reviewed (P5).
const Looks = 30 * 24 * time.Hour

// MaxLooks is how many of them are listed; the count is whole.
const MaxLooks = ledger.MaxLimit

// Leaving is what there is to know before somebody leaves, and what is open afterwards.
type Leaving struct {
	Person   account.Person
	Sessions int
	Tokens   int
	Open     []Item
	Looks    []ledger.Act // of the last 30 days, newest first
	More     bool         // there are more than MaxLooks of a kind
	LeftAt   *int64       // µs; nil while the person is here
	Ticks    []Tick       // what is to be settled; none while the person is here
}

// Leaving lists what somebody still holds and what they have looked at.
func (f *Files) Leaving(ctx context.Context, actor access.Actor, person string) (Leaving, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Leaving{}, err
	}
	who, err := account.Load(ctx, f.DB.Read(), person)
	if err != nil {
		return Leaving{}, err
	}
	out := Leaving{Person: who, Open: []Item{}, Looks: []ledger.Act{}, Ticks: []Tick{}}
	if out.Sessions, out.Tokens, err = doors(ctx, f.DB.Read(), person, f.Clock.Micro()); err != nil {
		return Leaving{}, err
	}
	if out.Open, err = f.open(ctx, person); err != nil {
		return Leaving{}, err
	}
	left, err := leavingOf(ctx, f.DB.Read(), person)
	if err != nil {
		return Leaving{}, err
	}
	from := f.Clock.Micro()
	if left != nil && who.Disabled { // of the last days that the person was here
		if out.Ticks, err = ticks(ctx, f.DB.Read(), left.ID); err != nil {
			return Leaving{}, err
		}
		from, out.LeftAt = left.LeftAt, &left.LeftAt
	}
	from -= Looks.Microseconds()
	for _, kind := range []string{"live.opened", "live.picture", "viewing.opened", "snapshot."} {
		acts, next, err := ledger.List(ctx, f.DB.Read(), ledger.Filter{Person: person, Kind: kind, From: from, Limit: MaxLooks})
		if err != nil {
			return Leaving{}, err
		}
		out.Looks, out.More = append(out.Looks, acts...), out.More || next != ""
	}
	slices.SortFunc(out.Looks, func(a, b ledger.Act) int { return cmp.Compare(b.At, a.At) })
	return out, nil
}

// open lists what is open in a person's name.
func (f *Files) open(ctx context.Context, person string) ([]Item, error) {
	units, err := (&unit.Units{DB: f.DB, Clock: f.Clock}).List(ctx)
	if err != nil {
		return nil, err
	}
	items := []Item{}
	for i := range units {
		if units[i].Responsible == person && units[i].RetiredAt == nil {
			items = append(items, Item{"unit", units[i].ID, units[i].Name})
		}
	}
	if f.Open == nil {
		return items, nil
	}
	more, err := f.Open(ctx, person)
	return append(items, more...), err
}

// Leave carries out that somebody leaves: the account is disabled, sessions and tokens end,
// and one act says so with what was still open and what is settled already. The rest is open
// until Settle.
func (f *Files) Leave(ctx context.Context, actor access.Actor, person, reason string, returned []string) (closed account.Closed, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return closed, err
	}
	if actor.Person == person {
		return closed, ErrOwnFile
	}
	if reason, err = text.Line("reason", reason, 2, 500); err != nil {
		return closed, err
	}
	for _, one := range returned {
		if !slices.Contains(settled, one) {
			return closed, ErrHanded
		}
	}
	items, err := f.open(ctx, person)
	if err != nil {
		return closed, err
	}
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if closed, err = f.Accounts.Shut(ctx, tx, person); err != nil {
			return err
		}
		at := f.Clock.Micro()
		if err := card.Ended(ctx, tx, actor.For(access.PeopleManage, ""), person, at, reason); err != nil {
			return err
		}
		id, err := Left(ctx, tx, person, at)
		if err != nil {
			return err
		}
		for _, one := range returned {
			if err := tick(ctx, tx, actor, id, one, Done, at); err != nil {
				return err
			}
		}
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kindLeft, person, "", map[string]any{
			keyLeaving: id, "reason": reason, "sessions": closed.Sessions, "tokens": closed.Tokens, "open": len(items), "returned": append([]string{}, returned...)}))
	})
	if err == nil {
		f.Accounts.Told([]string{person}, "ended", "disabled")
	}
	return closed, err
}

// doors counts the open sessions and the valid tokens of a person.
func doors(ctx context.Context, tx bun.IDB, id string, now int64) (sessions, tokens int, err error) {
	s, err := tx.NewSelect().Table("sessions").Where("person = ? AND expires_at > ?", id, now).Count(ctx)
	if err != nil {
		return 0, 0, problem.Wrap(err, "count sessions")
	}
	k, err := tx.NewSelect().Table("tokens").Where("person = ? AND revoked_at IS NULL", id).
		Where("expires_at IS NULL OR expires_at > ?", now).Count(ctx)
	return int(s), int(k), problem.Wrap(err, "count tokens")
}
