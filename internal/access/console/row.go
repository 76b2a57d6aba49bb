package console

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// row is the part of a session that is its console's.
type row struct {
	bun.BaseModel `bun:"table:sessions,alias:session"`
	ID            string `bun:",pk"`
	InputAt       int64  // µs
	LockedAt      *int64 // µs
}

// Touch notes in tx that somebody touched the console of a session at (µs).
func Touch(ctx context.Context, tx bun.Tx, session string, at int64) error {
	_, err := tx.NewUpdate().Model((*row)(nil)).Set("input_at = ?", at).Where("id = ?", session).Where("input_at < ?", at).Exec(ctx)
	return problem.Wrap(err, "note input")
}

// setLock locks the console of a session in tx, since (µs), unless it was touched after
// touched (µs); with nil it unlocks it, touched then. changed is false where it was so already.
func setLock(ctx context.Context, tx bun.Tx, session string, since *int64, touched int64) (changed bool, err error) {
	q := tx.NewUpdate().Model((*row)(nil)).Set("locked_at = ?", since).Where("id = ?", session)
	if since == nil {
		q.Set("input_at = ?", touched).Where("locked_at IS NOT NULL")
	} else {
		q.Where("locked_at IS NULL").Where("input_at <= ?", touched)
	}
	done, err := q.Exec(ctx)
	if err != nil {
		return false, problem.Wrap(err, "lock a console")
	}
	n, err := done.RowsAffected()
	return n > 0, problem.Wrap(err, "lock a console")
}

// InputOf tells when somebody last touched a console of theirs (µs); 0: none is open.
func InputOf(ctx context.Context, tx bun.IDB, person string) (at int64, err error) {
	err = tx.NewSelect().Model((*row)(nil)).ColumnExpr("COALESCE(MAX(input_at), 0)").Where("person = ?", person).Scan(ctx, &at)
	return at, problem.Wrap(err, "read when a console was touched")
}
