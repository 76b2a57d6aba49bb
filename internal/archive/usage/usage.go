// Package usage counts the bytes of all segments by the volume or tier that they lie on.
package usage

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// row is kept by triggers: see segment_bytes.
type row struct {
	bun.BaseModel `bun:"table:segment_bytes"`
	Volume        string `bun:",pk"`
	Bytes         int64
}

// Stored asks the database, in bytes.
func Stored(ctx context.Context, tx bun.IDB) (map[string]int64, error) {
	var rows []row
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the size of all segments")
	}
	used := map[string]int64{}
	for _, r := range rows {
		used[r.Volume] = r.Bytes
	}
	return used, nil
}

// Count is what was counted last.
type Count struct {
	used atomic.Pointer[map[string]int64]
	at   time.Time // belongs to whoever renews it
}

// Known is what was counted last, in bytes; nil until it was counted first. It waits for
// nobody.
func (c *Count) Known() map[string]int64 {
	if used := c.used.Load(); used != nil {
		return *used
	}
	return nil
}

// Renew counts again, at most once a minute.
func (c *Count) Renew(ctx context.Context, tx bun.IDB) {
	if time.Since(c.at) < time.Minute {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if used, err := Stored(ctx, tx); err == nil {
		c.used.Store(&used)
	}
	c.at = time.Now() // also after a failure: the count is not worth a second query
}
