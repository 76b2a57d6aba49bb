package roll

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// ErrShut refuses to confirm what nobody holds who is shut out.
var ErrShut = problem.New(problem.Conflict, "confirmed_disabled", "This account is disabled. Enable it first, if the person is to act again.")

// Confirm puts what a person holds now on record anew, and that the account is open. It is for
// people whose making the log cannot show any more, so that nothing that they decide counts:
// from this act on it does. What they did before does not count for it. actor is the command
// line: nobody vouches for it but whoever has the machine in hand. at is µs since 1970 UTC.
func Confirm(ctx context.Context, d *db.DB, actor access.Actor, person string, at int64) (held []access.Holding, err error) {
	err = d.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row struct {
			Username string
			Disabled bool
		}
		err := tx.NewSelect().Table("people").Column("username", "disabled").Where("id = ?", person).Scan(ctx, &row)
		if err != nil {
			return problem.Wrap(err, "read a person")
		}
		if row.Disabled {
			return ErrShut
		}
		all, err := holding.Read(ctx, tx, person)
		if err != nil {
			return err
		}
		held = all[person]
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kindConfirmed, person, "", map[string]any{"username": row.Username, "positions": holding.Words(held)}))
	})
	return held, err
}
