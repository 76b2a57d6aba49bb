package means

import (
	"context"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// day is how often (µs) it is noted that a token is used.
const day = int64(24 * time.Hour / time.Microsecond)

// Uses notes on which day tokens were last used, with one write a day. The day gives no right and
// is held against no act.
type Uses struct {
	mu sync.Mutex
	of map[string]int64 // µs, the day that was tried last, by token
}

// Note notes a use at an instant (µs) of a token whose row tells of a day before, if any. What
// could not be written is not tried again on that day: nobody waits for it.
func (u *Uses) Note(ctx context.Context, d *db.DB, token string, before *int64, at int64) error {
	today := at - at%day
	if before != nil && *before >= today || u.tried(token, today) {
		return nil
	}
	err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("tokens").Set("used_on = ?", today).Where("id = ? AND (used_on IS NULL OR used_on < ?)", token, today).Exec(ctx)
		return err
	})
	return problem.Wrap(err, "note the use of a token")
}

func (u *Uses) tried(token string, today int64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of == nil {
		u.of = map[string]int64{}
	}
	before := u.of[token]
	u.of[token] = today
	return before == today
}
