package account

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/problem"
)

// Refusals of acts on identities.
var (
	ErrIdentityUnknown = problem.New(problem.NotFound, "identity_unknown", "There is no such identity of a directory.")
	ErrIdentityLinked  = problem.New(problem.Conflict, "identity_linked", "This identity, or this account, is linked already.")
	ErrOwnIdentity     = problem.New(problem.Forbidden, "own_identity", "Nobody says whose account their own identity is; another administrator does.")
)

// DirectoryIdentity is who somebody is in a directory.
type DirectoryIdentity struct {
	ID              string
	Directory       string // its name in the configuration
	Issuer, Subject string
	Person          string // id; empty while it waits for an administrator
	Username        string // as the directory last told
	DisplayName     string
	FirstAt         int64  // µs
	CheckedAt       int64  // µs, when the directory last vouched for the person
	Ticket          []byte // sealed
}

func (r identityRow) identity() DirectoryIdentity {
	i := DirectoryIdentity{ID: r.ID, Directory: r.Directory, Issuer: r.Issuer, Subject: r.Subject, Username: r.Username,
		DisplayName: r.DisplayName, FirstAt: r.FirstAt, CheckedAt: r.CheckedAt, Ticket: r.Ticket}
	if r.Person != nil {
		i.Person = *r.Person
	}
	return i
}

// mostIdentities bounds a list of identities.
const mostIdentities = int64(1000)

// Identities lists who came from directories, who waits for an administrator first, then
// the newest; at most 1000.
func (c *Control) Identities(ctx context.Context, actor access.Actor) ([]DirectoryIdentity, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return nil, err
	}
	var rows []identityRow
	err := c.DB.Read().NewSelect().Model(&rows).
		OrderExpr("CASE WHEN person IS NULL THEN 0 ELSE 1 END, first_at DESC, id").Limit(mostIdentities).Scan(ctx)
	all := make([]DirectoryIdentity, len(rows))
	for i, r := range rows {
		all[i] = r.identity()
		all[i].Ticket = nil
	}
	return all, problem.Wrap(err, "list identities")
}

// IdentityOf gives who a person is in their directory, or ErrIdentityUnknown.
func (c *Control) IdentityOf(ctx context.Context, person string) (DirectoryIdentity, error) {
	var row identityRow
	err := c.DB.Read().NewSelect().Model(&row).Where("person = ?", person).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return DirectoryIdentity{}, ErrIdentityUnknown
	}
	return row.identity(), problem.Wrap(err, "read identity")
}

// LinkIdentity says whose account an identity is. The account has no password any more:
// from now on the directory opens it, and its groups say what positions it holds. Its
// sessions end, so that whose account it was until now notices.
func (c *Control) LinkIdentity(ctx context.Context, actor access.Actor, id, person string) error {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return err
	}
	if actor.Person == person {
		return ErrOwnIdentity
	}
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := identityByID(ctx, tx, id)
		if err != nil {
			return err
		}
		r, held, err := load(ctx, tx, "id", person)
		if err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*identityRow)(nil)).Where("person = ?", person).Count(ctx)
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
		return recordAct(ctx, tx, actor.For(access.PeopleManage, "").Act(at, "person.identity_linked", person, "", map[string]any{
			"directory": row.Directory, "issuer": row.Issuer, "subject": row.Subject, "username": row.Username}))
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
		row, err := identityByID(ctx, tx, id)
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

// Due gives the identities of a directory whose accounts are open and that it last vouched
// for before (µs), the longest ago first, at most most.
func (c *Control) Due(ctx context.Context, directory string, before, most int64) ([]DirectoryIdentity, error) {
	var rows []identityRow
	err := c.DB.Read().NewSelect().Model(&rows).Join("JOIN people AS person ON person.id = identity.person").
		Where("identity.directory = ?", directory).Where("identity.checked_at < ?", before).
		Where("NOT person.disabled").Where("person.directory_left_at IS NULL").
		OrderExpr("identity.checked_at, identity.id").Limit(most).Scan(ctx)
	all := make([]DirectoryIdentity, len(rows))
	for i, r := range rows {
		all[i] = r.identity()
	}
	return all, problem.Wrap(err, "list identities to check")
}

// Ticket replaces what an identity's directory is asked with, because it gave another one.
func (c *Control) Ticket(ctx context.Context, id string, sealed []byte) error {
	return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*identityRow)(nil)).Set("ticket = ?", sealed).Where("id = ?", id).Exec(ctx)
		return problem.Wrap(err, "note ticket")
	})
}

func identityByID(ctx context.Context, tx bun.Tx, id string) (row identityRow, err error) {
	err = tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row, ErrIdentityUnknown
	}
	return row, problem.Wrap(err, "read identity")
}
