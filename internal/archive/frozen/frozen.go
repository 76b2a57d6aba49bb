// Package frozen keeps the reasons for which nothing at all may be removed until a
// person has looked: the catalogue was made anew from files, or the records are not
// the ones that the footage knows. A freeze is set by whoever notices, in the
// transaction in which it is noticed, and ends only by a person's word. Both are acts: what
// stands is told by them as well as by the rows (see Read), so that nobody ends a freeze who
// has nothing but the database in hand.
package frozen

import (
	"context"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// Reason says what happened.
type Reason string

// Reasons.
const (
	Rebuilt   Reason = "catalogue_rebuilt" // rows were made again from journals and segments
	Replaced  Reason = "database_replaced" // the database is another than the one the volumes know
	Older     Reason = "database_older"    // holds or rules were changed after this copy was made
	Behind    Reason = "records_behind"    // the log holds acts that are not on record
	Leapt     Reason = "clock_leapt"       // the clock went far ahead, and nothing tells whether rightly
	Continued Reason = "log_continued"     // the transparency log was continued in a new one
	Foreign   Reason = "log_foreign"       // beside the transparency log lies one that it does not continue from
	Missing   Reason = "holds_missing"     // holds are on record that are not in their table
	Untrue    Reason = "records_untrue"    // a row or a journal tells of a rule, an order or a hold that no act in the log made
	Rules     Reason = "rules_missing"     // rules of retention are on record beside the footage that are not in their table
	Unlawful  Reason = "removal_unlawful"  // footage is gone whose removal a journal tells of, and nobody had allowed it
	Damaged   Reason = "hold_copy_damaged" // a copy of the holds beside the footage cannot be read
)

// Freeze is one reason.
type Freeze struct {
	bun.BaseModel `bun:"table:removal_freezes,alias:freeze"`

	ID          string `bun:",pk"`
	At          int64  // µs since 1970 UTC
	Reason      Reason
	Detail      string // such as the first camera it was seen at
	ConfirmedAt *int64
	ConfirmedBy *string // nil where no person did: Note names what else
	Note        string
}

// Set notes a reason, with its act, unless the same one stands and waits already.
func Set(ctx context.Context, tx bun.IDB, at int64, reason Reason, detail string) error {
	f := Freeze{ID: db.NewID(), At: at, Reason: reason, Detail: detail}
	done, err := tx.NewInsert().Model(&f).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return problem.Wrap(err, "freeze removal")
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return problem.Wrap(err, "freeze removal")
	}
	return f.tell(ctx, tx, at)
}

// Standing gives the reasons that wait for a person by the rows, oldest first. Read asks the
// acts, too.
func Standing(ctx context.Context, tx bun.IDB) ([]Freeze, error) {
	var all []Freeze
	err := tx.NewSelect().Model(&all).Where("confirmed_at IS NULL").OrderExpr("at, id").Scan(ctx)
	return all, problem.Wrap(err, "read why removal is frozen")
}

// Most gives the largest number that the details of a reason begin with, whether a person
// has looked at it or not; 0 where there is none.
func Most(ctx context.Context, tx bun.IDB, reason Reason) (most int64, err error) {
	var details []string
	err = tx.NewSelect().Model((*Freeze)(nil)).Column("detail").Where("reason = ?", string(reason)).Scan(ctx, &details)
	for _, d := range details {
		number, _, _ := strings.Cut(d, " ")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			most = max(most, n)
		}
	}
	return most, problem.Wrap(err, "read why removal was frozen")
}

// Told tells whether just this was noted before, whether a person has looked at it or not.
func Told(ctx context.Context, tx bun.IDB, reason Reason, detail string) (bool, error) {
	there, err := tx.NewSelect().Model((*Freeze)(nil)).Where("reason = ? AND detail = ?", string(reason), detail).Exists(ctx)
	return there, problem.Wrap(err, "read why removal was frozen")
}

// Confirmed tells whether a person has looked at just this before.
func Confirmed(ctx context.Context, tx bun.IDB, reason Reason, detail string) (bool, error) {
	n, err := tx.NewSelect().Model((*Freeze)(nil)).Where("reason = ? AND detail = ?", string(reason), detail).Where("confirmed_at IS NOT NULL").Count(ctx)
	return n > 0, problem.Wrap(err, "read why removal was frozen")
}
