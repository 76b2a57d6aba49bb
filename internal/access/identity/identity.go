// Package identity has the rows of who people are in directories: an issuer, and the name
// that it will never give to anybody else. Whose account an identity opens package account
// decides.
package identity

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// ErrUnknown refuses an id that no identity has.
var ErrUnknown = problem.New(problem.NotFound, "identity_unknown", "There is no such identity of a directory.")

// Row is who somebody is in a directory.
type Row struct {
	bun.BaseModel `bun:"table:identities,alias:identity"`
	ID            string  `bun:",pk"`
	Directory     string  // its name in the configuration
	Issuer        string  // with Subject: who it is
	Subject       string  //
	Person        *string // id; nil while it waits for an administrator
	Username      string  // as the directory last told
	DisplayName   string
	FirstAt       int64  // µs
	CheckedAt     int64  // µs, when the directory last vouched for the person
	Ticket        []byte // sealed: what the directory is asked with
}

// Whose is the id of the person whose account it opens; empty while it waits.
func (r *Row) Whose() string {
	if r.Person == nil {
		return ""
	}
	return *r.Person
}

// most bounds a list of identities.
const most = 1000

// All lists who came from directories, who waits for an administrator first, then the newest;
// at most 1000, and without their tickets.
func All(ctx context.Context, tx bun.IDB) (rows []Row, err error) {
	err = tx.NewSelect().Model(&rows).ExcludeColumn("ticket").
		OrderExpr("CASE WHEN person IS NULL THEN 0 ELSE 1 END, first_at DESC, id").Limit(most).Scan(ctx)
	return rows, problem.Wrap(err, "list identities")
}

// ByID reads one, or refuses with ErrUnknown.
func ByID(ctx context.Context, tx bun.IDB, id string) (Row, error) {
	row, err := one(ctx, tx, "id = ?", id)
	if err == nil && row.ID == "" {
		return row, ErrUnknown
	}
	return row, err
}

// Of reads who that subject of an issuer is; the zero row where nobody has come so yet.
func Of(ctx context.Context, tx bun.IDB, issuer, subject string) (Row, error) {
	return one(ctx, tx, "issuer = ? AND subject = ?", issuer, subject)
}

// OfPerson reads a person's; the zero row where they have none.
func OfPerson(ctx context.Context, tx bun.IDB, person string) (Row, error) {
	return one(ctx, tx, "person = ?", person)
}

func one(ctx context.Context, tx bun.IDB, where string, args ...any) (row Row, err error) {
	err = tx.NewSelect().Model(&row).Where(where, args...).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Row{}, nil
	}
	return row, problem.Wrap(err, "read identity")
}

// Due gives the identities of a directory whose accounts are open and that it last vouched
// for before (µs), the longest ago first, at most limit.
func Due(ctx context.Context, tx bun.IDB, directory string, before, limit int64) (rows []Row, err error) {
	err = tx.NewSelect().Model(&rows).Join("JOIN people AS person ON person.id = identity.person").
		Where("identity.directory = ?", directory).Where("identity.checked_at < ?", before).
		Where("NOT person.disabled").Where("person.directory_left_at IS NULL").
		OrderExpr("identity.checked_at, identity.id").Limit(limit).Scan(ctx)
	return rows, problem.Wrap(err, "list identities to check")
}

// Ticket replaces what an identity's directory is asked with, because it gave another one.
func Ticket(ctx context.Context, d *db.DB, id string, sealed []byte) error {
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*Row)(nil)).Set("ticket = ?", sealed).Where("id = ?", id).Exec(ctx)
		return problem.Wrap(err, "note ticket")
	})
}
