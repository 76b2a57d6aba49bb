// Package locks knows until when archive tiers do not let footage be removed, so that
// nobody decides to remove what stays, nor asks a tier twice. A row is what a tier was told
// when a file was put there, or what it said when it was asked; a lock can have been made
// longer since, which is why a tier is asked once more before anything is removed from it.
package locks

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// Slack is for how long after its end (µs) a lock counts still: the clock of a tier may be
// behind that of this machine.
const Slack = int64(10 * time.Minute / time.Microsecond)

// ErrLocked says that a tier does not remove a file yet.
var ErrLocked = problem.New(problem.Conflict, "footage_locked", "The archive does not let this footage be removed yet.")

// ErrForbidden says that the keys of a tier have no right to remove a file.
var ErrForbidden = problem.New(problem.Conflict, "footage_removal_forbidden", "The keys of the archive tier have no right to remove this footage.")

// Lock is a file that a tier keeps.
type Lock struct {
	bun.BaseModel `bun:"table:tier_locks,alias:tier_lock"`

	File  string `bun:",pk"`
	Tier  string `bun:",pk"`
	Until int64  `bun:"until_at"` // µs since 1970 UTC; 0: it was not locked when asked
}

// Note keeps what is known of locks, in place of what was known before.
func Note(ctx context.Context, tx bun.IDB, all ...Lock) error {
	if len(all) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&all).On("CONFLICT (file, tier) DO UPDATE").Set("until_at = EXCLUDED.until_at").Exec(ctx)
	return problem.Wrap(err, "note a lock")
}

// Forget is for files that are gone.
func Forget(ctx context.Context, tx bun.IDB, files ...string) error {
	if len(files) == 0 {
		return nil
	}
	_, err := tx.NewDelete().Model((*Lock)(nil)).Where("file IN (?)", bun.List(files)).Exec(ctx)
	return problem.Wrap(err, "forget a lock")
}

// Open narrows a query over segments to those that nothing is known to lock at an instant (µs).
func Open(q *bun.SelectQuery, now int64) *bun.SelectQuery {
	return q.Where("NOT EXISTS (SELECT 1 FROM tier_locks l WHERE l.file = segment.file AND l.until_at > ?)", now-Slack)
}

// Shut narrows it to the others.
func Shut(q *bun.SelectQuery, now int64) *bun.SelectQuery {
	return q.Where("EXISTS (SELECT 1 FROM tier_locks l WHERE l.file = segment.file AND l.until_at > ?)", now-Slack)
}

// Of gives until when some files are locked (µs), of those that are at an instant.
func Of(ctx context.Context, tx bun.IDB, now int64, files ...string) (map[string]int64, error) {
	out := map[string]int64{}
	if len(files) == 0 {
		return out, nil
	}
	var all []Lock
	if err := tx.NewSelect().Model(&all).Where("file IN (?)", bun.List(files)).Where("until_at > ?", now-Slack).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read locks")
	}
	for _, l := range all {
		out[l.File] = max(out[l.File], l.Until)
	}
	return out, nil
}
