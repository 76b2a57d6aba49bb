// Package mended puts on record which damaged files of the log, and which rows that remember it,
// were made again.
package mended

import (
	"context"
	"sync"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
)

// Kind is the kind of the act that a damaged file of the log was made again.
const Kind = "ledger.mended"

// Files are files of the log that were made again and of which no act tells yet: the
// records are open later than the log.
type Files struct {
	mu  sync.Mutex
	all []tlog.Mended // guarded by mu
}

// Add takes one.
func (m *Files) Add(one tlog.Mended) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, one)
}

// Note puts them on record.
func (m *Files) Note(ctx context.Context, d *db.DB, by access.Actor, now int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.all) == 0 {
		return nil
	}
	err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, one := range m.all {
			what, name := "file", one.File
			if one.Row != "" {
				what, name = "row", one.Row
			}
			err := ledger.Record(ctx, tx, by.Act(now, Kind, one.Origin, "", map[string]any{what: name, "size": one.Size, "signed": one.Signed}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		m.all = nil
	}
	return err
}
