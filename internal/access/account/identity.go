package account

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/identity"
	"watchroom/internal/problem"
)

// Refusals of acts on identities.
var (
	ErrIdentityLinked = problem.New(problem.Conflict, "identity_linked", "This identity, or this account, is linked already.")
	ErrOwnIdentity    = problem.New(problem.Forbidden, "own_identity", "Nobody says whose account their own identity is; another administrator does.")
)

// Identities lists who came from directories, who waits for an administrator first, then
// the newest; at most 1000.
func (c *Control) Identities(ctx context.Context, actor access.Actor) ([]identity.Row, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return nil, err
	}
	return identity.All(ctx, c.DB.Read())
}

// LinkIdentity says whose account an identity is. The account has no password any more:
// from now on the directory opens it, and its groups say what positions it holds. Its
// sessions end, so that whose account it was until now notices. Who administers could name an
// identity of their own: so what two people give waits for another person, see
// appointment.Reopen, whatever second factor the owner has.
func (c *Control) LinkIdentity(ctx context.Context, actor access.Actor, id, person string) error {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return err
	}
	if actor.Person == person {
		return ErrOwnIdentity
	}
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := identity.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		r, held, err := load(ctx, tx, "id", person)
		if err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*identity.Row)(nil)).Where("person = ?", person).Count(ctx)
		if err != nil {
			return problem.Wrap(err, "read identity")
		}
		if row.Person != nil || n > 0 {
			return ErrIdentityLinked
		}
		row.Person = &person
		if _, err := tx.NewUpdate().Model(&row).Column("person").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "link identity")
		}
		at := c.Clock.Micro()
		// It opens at the first sign-in through the directory, which also says what it holds.
		r.Directory, r.DirectoryLeftAt, r.PasswordHash, r.PasswordBy, r.PasswordAt = row.Directory, &at, "", "", nil
		if _, err := tx.NewUpdate().Model(&r).Column("directory", "directory_left_at", "password_hash", "password_by", "password_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "link identity")
		}
		if administers(r.person(held)) {
			if err := holding.Administered(ctx, tx); err != nil {
				return err
			}
		}
		if err := endSessions(ctx, tx, person, ""); err != nil {
			return err
		}
		err = recordAct(ctx, tx, actor.For(access.PeopleManage, "").Act(at, "person.identity_linked", person, "", map[string]any{
			"directory": row.Directory, "issuer": row.Issuer, "subject": row.Subject, "username": row.Username}))
		if err != nil {
			return err
		}
		_, err = appointment.Reopen(ctx, tx, actor, appointment.Wish{Person: person, Before: held}, at)
		return err
	})
	if err == nil {
		c.tell(person, "", "ended", "directory")
	}
	return err
}

// UnlinkIdentity takes an account from its directory, or forgets an identity that waits.
// The account has no password then: an administrator makes one.
func (c *Control) UnlinkIdentity(ctx context.Context, actor access.Actor, id string) error {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return err
	}
	person := ""
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		person = ""
		row, err := identity.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		subject := row.ID
		if row.Person != nil {
			if person, subject = *row.Person, *row.Person; actor.Person == person {
				return ErrOwnIdentity
			}
			r, _, err := load(ctx, tx, "id", person)
			if err != nil {
				return err
			}
			r.Directory, r.DirectoryLeftAt = "", nil
			if _, err := tx.NewUpdate().Model(&r).Column("directory", "directory_left_at").WherePK().Exec(ctx); err != nil {
				return problem.Wrap(err, "unlink identity")
			}
			if err := endSessions(ctx, tx, person, ""); err != nil {
				return err
			}
		}
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "unlink identity")
		}
		return recordAct(ctx, tx, actor.For(access.PeopleManage, "").Act(c.Clock.Micro(), "person.identity_unlinked", subject, "", map[string]any{
			"directory": row.Directory, "issuer": row.Issuer, "subject": row.Subject, "username": row.Username}))
	})
	if err == nil && person != "" {
		c.tell(person, "", "ended", "directory")
	}
	return err
}
