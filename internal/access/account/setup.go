package account

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/holding"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Refusals of the first set-up.
var (
	ErrSetupDone  = problem.New(problem.Conflict, "setup_done", "The set-up is done: there is an administrator already.")
	ErrSetupToken = problem.New(problem.Forbidden, "setup_token_wrong", "This set-up link is not valid. The log of the last start has the one that is.")
)

type setupRow struct {
	bun.BaseModel `bun:"table:setup"`
	ID            int64 `bun:",pk"`
	SecretHash    []byte
	CreatedAt     int64
}

// SetupNeeded tells whether there is no administrator yet. One whom a directory has left out
// counts: that it is away must not open the first set-up again.
func (c *Control) SetupNeeded(ctx context.Context) (bool, error) {
	n, err := holding.Administrators(ctx, c.DB.Read(), false)
	return n == 0, err
}

// SetupToken makes the one-time token of the set-up link while there is no
// administrator, and makes every earlier one invalid. Empty means that none is needed.
func (c *Control) SetupToken(ctx context.Context) (secret.Text, error) {
	value := secret.Random()
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := noAdministrator(ctx, tx); err != nil {
			return err
		}
		row := setupRow{ID: 1, SecretHash: secret.HashOf(value), CreatedAt: c.Clock.Micro()}
		_, err := tx.NewInsert().Model(&row).
			On("CONFLICT (id) DO UPDATE").Set("secret_hash = EXCLUDED.secret_hash").Set("created_at = EXCLUDED.created_at").Exec(ctx)
		return problem.Wrap(err, "make set-up token")
	})
	if errors.Is(err, ErrSetupDone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return value, nil
}

// Setup makes the first administrator and signs them in. The token works once.
func (c *Control) Setup(ctx context.Context, token secret.Text, n NewPerson, from access.Origin) (SignedIn, error) {
	try, err := c.door.Source(from, c.Clock.Now())
	if err != nil {
		return SignedIn{}, err
	}
	if err := c.checkSetup(ctx, c.DB.Read(), token); err != nil { // before anything is hashed
		return SignedIn{}, err
	}
	n.Holdings = access.Everywhere(access.Administrator)
	r, held, err := c.newPerson(ctx, n)
	if err != nil {
		return SignedIn{}, err
	}
	in, err := c.openSession(ctx, r, from, func(ctx context.Context, tx bun.Tx) error {
		if err := c.checkSetup(ctx, tx, token); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*setupRow)(nil)).Where("id = 1").Exec(ctx); err != nil {
			return problem.Wrap(err, "use set-up token")
		}
		_, err := c.insertPerson(ctx, tx, access.ActorOf(r.ID), r, appointment.Wish{After: held}, nil)
		return err
	})
	if err == nil {
		try.Succeeded()
	}
	return in, err
}

func (c *Control) checkSetup(ctx context.Context, tx bun.IDB, token secret.Text) error {
	var row setupRow
	err := tx.NewSelect().Model(&row).Where("id = 1").Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return problem.Wrap(err, "read set-up token")
	}
	// In this order whoever comes second is told that it is done, not that the
	// token is wrong.
	if err := noAdministrator(ctx, tx); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(row.SecretHash, secret.HashOf(token)) != 1 {
		return ErrSetupToken
	}
	return nil
}

func noAdministrator(ctx context.Context, tx bun.IDB) error {
	n, err := holding.Administrators(ctx, tx, false)
	if err == nil && n > 0 {
		return ErrSetupDone
	}
	return err
}

// EnsureAdmin makes the account "admin" in the position administrator, for automation, while
// nobody is an administrator: what is left over of a set-up makes no second one.
func (c *Control) EnsureAdmin(ctx context.Context, password secret.Text) (created bool, err error) {
	if err := noAdministrator(ctx, c.DB.Read()); err != nil {
		if errors.Is(err, ErrSetupDone) {
			err = nil
		}
		return false, err
	}
	_, _, err = c.CreatePerson(ctx, access.CommandLine(), NewPerson{Username: "admin", Holdings: access.Everywhere(access.Administrator), Password: password})
	if errors.Is(err, ErrUsernameTaken) { // another node was first
		return false, nil
	}
	return err == nil, err
}
