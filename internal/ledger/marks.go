package ledger

import (
	"bytes"
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/db"
)

// Marked is the last entry of a log that an act is marked with.
type Marked struct {
	Log  string // origin
	Act  string // id
	Leaf int64
}

// Row names its row.
func (m Marked) Row() string { return "act_outbox " + m.Act }

// Is tells whether an entry is that of the act.
func (m Marked) Is(entry []byte) bool {
	word := leaf.Word(m.Act)
	if !bytes.Contains(entry, []byte(word)) {
		return false
	}
	e, err := leaf.Decode(entry)
	act, ok := e.(*leaf.Act)
	return err == nil && ok && act.ID == word
}

// Put has the row say that the act stands at an index of another log, or at another index,
// where the entry there is the one that the act was committed to with; false says that it is
// not, or that the row is another by now. A log holds an act once.
func (m Marked) Put(ctx context.Context, d *db.DB, origin string, index int64, entry []byte) (done bool, err error) {
	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		l, err := One(ctx, tx, m.Act)
		if l == nil {
			return err
		}
		if err != nil {
			return nil //nolint:nilerr // an act that is damaged is not shown to be this one
		}
		e, err := leaf.Decode(entry)
		act, ok := e.(*leaf.Act)
		if err != nil || !ok || *act != *l.Entry() {
			return nil //nolint:nilerr // likewise
		}
		r, err := tx.NewUpdate().Model((*outboxRow)(nil)).Set("log = ?", origin).Set("leaf = ?", index).
			Where("act = ?", m.Act).Where("log = ?", m.Log).Where("leaf = ?", m.Leaf).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		done = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("mark an act anew: %w", err)
	}
	return done, nil
}

// MarkedBefore tells whether an act from before an instant (µs since 1970 UTC) is marked with an
// entry of a log.
func MarkedBefore(ctx context.Context, tx bun.IDB, origin string, at int64) (bool, error) {
	is, err := tx.NewSelect().Model((*outboxRow)(nil)).Join("JOIN acts AS act ON act.id = outbox.act").
		Where("outbox.log = ?", origin).Where("act.at < ?", at).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for acts in a log: %w", err)
	}
	return is, nil
}
