package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/archive/loss"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/plan"
	"watchroom/internal/ledger/facts"
)

// grave is a tombstone of the log.
type grave struct {
	leaf            int64
	log             int
	camera          string
	start, stop, at int64
	ground, rule    string
	bytes           sql.NullInt64 // of the segment, where the log tells of it
	root            []byte
}

const selectGraves = `SELECT graves.leaf, graves.log, graves.camera, graves.start, graves.stop, graves.at, graves.ground, graves.rule, segs.bytes, segs.root
	FROM graves LEFT JOIN segs ON segs.file = graves.file WHERE graves.file = ? ORDER BY graves.log, graves.leaf`

// graves compares the rows of removals with the log. Where a removal is told of twice, the
// row is of either. Whether any row is missing retell sees.
func (a *Audit) graves(ctx context.Context) error {
	seen := ""
	for {
		var page []archive.Tombstone
		err := a.DB.Read().NewSelect().Model(&page).Where("file > ?", seen).OrderExpr("file").Limit(together).Scan(ctx)
		if err != nil {
			return fmt.Errorf("read tombstones: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		seen = page[len(page)-1].File
		err = a.step(ctx, func(t tx) (found []Finding, err error) {
			for i := range page {
				f, err := a.grave(t, &page[i])
				if err != nil {
					return nil, err
				}
				found = append(found, f...)
			}
			return found, nil
		})
		if err != nil {
			return err
		}
	}
}

func (a *Audit) grave(t tx, r *archive.Tombstone) ([]Finding, error) {
	f := Finding{Kind: TombstoneDiffers, Leaf: -1, File: r.File, Row: "tombstones " + r.File}
	rows, err := t.QueryContext(t.ctx, selectGraves, r.File)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var g grave
		if err := rows.Scan(&g.leaf, &g.log, &g.camera, &g.start, &g.stop, &g.at, &g.ground, &g.rule, &g.bytes, &g.root); err != nil {
			return nil, err
		}
		differs := g.differs(r)
		if len(differs) == 0 {
			return nil, rows.Err()
		}
		f.Leaf, f.Log, f.Detail = g.leaf, g.log, strings.Join(differs, "; ")
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if f.Leaf >= 0 {
		return []Finding{f}, nil
	}
	f.Kind = TombstoneUnlogged
	return nil, t.doubt(r.File, r.At, f)
}

// differs names what a row tells otherwise than the entry.
func (g *grave) differs(r *archive.Tombstone) (differs []string) {
	for _, c := range []struct {
		what      string
		row, leaf any
	}{
		{"camera", r.Camera, g.camera}, {"start", r.StartAt, g.start}, {"end", r.EndAt, g.stop}, {"at", r.At, g.at},
		{"ground", wordOf(r.Ground), g.ground}, {"authority", wordOf(r.Authority), g.rule},
	} {
		if c.row != c.leaf {
			differs = append(differs, fmt.Sprintf("%s %v, by the log %v", c.what, c.row, c.leaf))
		}
	}
	if g.bytes.Valid && (g.bytes.Int64 != r.Bytes || hex.EncodeToString(g.root) != r.Root) {
		differs = append(differs, fmt.Sprintf("%d bytes with the root %s, by the log %d with %x", r.Bytes, r.Root, g.bytes.Int64, g.root))
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

// otherwise names rows that tell otherwise than the acts that made them: maintenance windows,
// hours, footage-loss statements, orders to delete. The acts are compared with the log.
func (a *Audit) otherwise(ctx context.Context) (found []Finding, err error) {
	for _, differ := range []func(context.Context, bun.IDB) ([]facts.Difference, error){plan.Differ, loss.Differ, order.Differ} {
		var all []facts.Difference
		err := a.DB.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			all, err = differ(ctx, tx)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			found = append(found, Finding{Kind: RecordUntrue, Leaf: -1, Row: d.Row, Detail: d.Why})
		}
	}
	return found, nil
}
