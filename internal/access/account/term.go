package account

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/username"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// What follows is for the packages beside this one, which keep more about people: it works
// inside their transactions, so that the change and its act are one. The rights to it and
// the acts are theirs, unless a function says otherwise.

// Load gives one account as it is inside a transaction, or ErrPersonUnknown.
func Load(ctx context.Context, tx bun.IDB, id string) (Person, error) {
	r, held, err := load(ctx, tx, "id", id)
	return r.person(held), err
}

// LoadNamed is Load by user name, in any case.
func LoadNamed(ctx context.Context, tx bun.IDB, username string) (Person, error) {
	_, key, err := usernameKey(username)
	if err != nil {
		return Person{}, ErrPersonUnknown
	}
	r, held, err := load(ctx, tx, "username_key", key)
	return r.person(held), err
}

// InUnits gives the ids of those who belong to some units, in order of their accounts; all
// of them, or those whose accounts are open.
func InUnits(ctx context.Context, tx bun.IDB, units []string, open bool) (ids []string, err error) {
	if len(units) == 0 {
		return nil, nil
	}
	q := tx.NewSelect().Model((*personRow)(nil)).Column("id").Where("unit IN (?)", bun.List(units)).OrderExpr("created_at, id")
	if open {
		q.Where("NOT disabled")
	}
	return ids, problem.Wrap(q.Scan(ctx, &ids), "list the people of units")
}

// Place says to which unit a person belongs and from when until when (µs, exclusive) the
// account may be used.
func Place(ctx context.Context, tx bun.IDB, id, unit string, from, until *int64) error {
	r := personRow{ID: id, Unit: unit, ValidFrom: from, ValidUntil: until}
	_, err := tx.NewUpdate().Model(&r).Column("unit", "valid_from", "valid_until").WherePK().Exec(ctx)
	return problem.Wrap(err, "place person")
}

// Closed is what Shut found and ended.
type Closed struct {
	Was      bool  `json:"wasClosed,omitempty"` // the account was disabled before
	Sessions int64 `json:"sessions"`
	Tokens   int64 `json:"tokens"`
}

// Shut disables an account, ends its sessions and revokes its tokens for good. The last
// administrator stays: ErrLastAdministrator. Those who shut it call Told when the
// transaction is done.
func (c *Control) Shut(ctx context.Context, tx bun.Tx, id string) (Closed, error) {
	r, held, err := load(ctx, tx, "id", id)
	if err != nil {
		return Closed{}, err
	}
	out := Closed{Was: r.Disabled}
	gone, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("person = ?", id).Exec(ctx)
	if err != nil {
		return out, problem.Wrap(err, "end sessions")
	}
	if out.Sessions, err = gone.RowsAffected(); err != nil {
		return out, problem.Wrap(err, "end sessions")
	}
	revoked, err := tx.NewUpdate().Model((*tokenRow)(nil)).Set("revoked_at = ?", c.Clock.Micro()).
		Where("person = ? AND revoked_at IS NULL", id).Exec(ctx)
	if err != nil {
		return out, problem.Wrap(err, "revoke tokens")
	}
	if out.Tokens, err = revoked.RowsAffected(); err != nil {
		return out, problem.Wrap(err, "revoke tokens")
	}
	was := r.person(held)
	r.Disabled = true
	if _, err := tx.NewUpdate().Model(&r).Column("disabled").WherePK().Exec(ctx); err != nil {
		return out, problem.Wrap(err, "disable person")
	}
	if administers(was) {
		return out, holding.Administered(ctx, tx)
	}
	return out, nil
}

// Told lets everything that runs for people whose account was shut end, and everything of
// those whose term is another be decided anew.
func (c *Control) Told(ids []string, change, reason string) {
	for _, id := range ids {
		c.tell(id, "", change, reason)
	}
}

// Draft is an account that is checked and hashed, and not made yet.
type Draft struct {
	row  personRow
	wish appointment.Wish
}

// ID is that which the account will have.
func (d *Draft) ID() string { return d.row.ID }

// Draft checks a new account. Its password is hashed here, outside any transaction, and
// opens nothing before the person has chosen one of their own. A locked one has none, and
// opens nothing before an administrator has made one.
func (c *Control) Draft(ctx context.Context, actor access.Actor, n NewPerson, locked bool) (d *Draft, err error) {
	d = &Draft{}
	if locked {
		d.row, d.wish.After, err = c.checkPerson(ctx, n)
	} else {
		d.row, d.wish.After, err = c.newPerson(ctx, n)
	}
	if err != nil {
		return nil, err
	}
	if !actor.Local() {
		d.row.PasswordBy, d.row.PasswordAt = actor.Person, &d.row.CreatedAt
	}
	return d, nil
}

// Shift makes it the account of a stand-in, who holds that position for one shift at once.
func (d *Draft) Shift() { d.wish.Shift = true }

// Admit makes a drafted account and its act "person.created".
func (c *Control) Admit(ctx context.Context, tx bun.Tx, actor access.Actor, d *Draft) (Person, error) {
	return c.insertPerson(ctx, tx, actor, d.row, d.wish, nil)
}

// Rename gives a person another name to show, with its act, unless it is that already.
func (c *Control) Rename(ctx context.Context, tx bun.Tx, actor access.Actor, p Person, name string) error {
	name, err := text.Line("displayName", name, 1, 100)
	if err != nil || name == p.DisplayName {
		return err
	}
	if err := username.Shown(ctx, tx, p.ID, name, c.Clock.Micro()); err != nil {
		return err
	}
	r := personRow{ID: p.ID, DisplayName: name}
	if _, err := tx.NewUpdate().Model(&r).Column("display_name").WherePK().Exec(ctx); err != nil {
		return problem.Wrap(err, "rename person")
	}
	return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(c.Clock.Micro(), "person.renamed", p.ID, "", map[string]any{"from": p.DisplayName, "to": name}))
}
