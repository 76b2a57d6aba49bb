package rows

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/archive/carried"
	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/loss"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/plan"
	"watchroom/internal/db"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/ledger/trail"
)

// Grave is a tombstone of the log. Times are µs since 1970 UTC.
type Grave struct {
	Leaf            int64
	Log             int // number of the log
	Camera          string
	Start, Stop, At int64
	Ground, Rule    string
	Bytes           sql.NullInt64 // of the segment, where the log tells of it
	Root            []byte
}

// Differs names what a row tells otherwise than the entry.
func (g *Grave) Differs(r *archive.Tombstone) (differs []string) {
	for _, c := range []struct {
		what      string
		row, leaf any
	}{
		{"camera", r.Camera, g.Camera}, {"start", r.StartAt, g.Start}, {"end", r.EndAt, g.Stop}, {"at", r.At, g.At},
		{"ground", wordOf(r.Ground), g.Ground}, {"authority", wordOf(r.Authority), g.Rule},
	} {
		if c.row != c.leaf {
			differs = append(differs, fmt.Sprintf("%s %v, by the log %v", c.what, c.row, c.leaf))
		}
	}
	if g.Bytes.Valid && (g.Bytes.Int64 != r.Bytes || hex.EncodeToString(g.Root) != r.Root) {
		differs = append(differs, fmt.Sprintf("%d bytes with the root %s, by the log %d with %x", r.Bytes, r.Root, g.Bytes.Int64, g.Root))
	}
	return differs
}

// wordOf is a text of a row as it stands in an entry.
func wordOf(s string) string {
	if s == "" {
		return ""
	}
	return leaf.Word(s)
}

// Differ names rows that tell otherwise than the acts that made them.
type Differ func(context.Context, bun.IDB) ([]facts.Difference, error)

// Otherwise names rows that tell otherwise than the acts that made them: maintenance windows,
// hours, footage-loss statements, orders to delete, storage faults, proofs and damaged footage, the index by which acts are searched, and
// what more looks at. The acts are compared with the log. Kept days are added up anew.
func Otherwise(ctx context.Context, d *db.DB, more ...Differ) (found []facts.Difference, err error) {
	for _, differ := range append([]Differ{plan.Differ, loss.Differ, order.Differ, fault.Differ, carried.Differ}, more...) {
		err := d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
			all, err := differ(ctx, tx)
			found = append(found, all...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	days, err := daily.Differ(ctx, d)
	if err != nil {
		return nil, err
	}
	hidden, err := trail.Check(ctx, d)
	return append(append(found, days...), hidden...), err
}
