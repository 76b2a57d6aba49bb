package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/archive/retold"
)

const selectGraves = `SELECT graves.leaf, graves.log, graves.camera, graves.start, graves.stop, graves.at, graves.ground, graves.rule, segs.bytes, segs.root, segs.volume
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
	f := Finding{Kind: finding.TombstoneDiffers, Leaf: -1, File: r.File, Row: "tombstones " + r.File}
	all, err := t.QueryContext(t.ctx, selectGraves, r.File)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	for all.Next() {
		var g rows.Grave
		var volume sql.NullString // where the segment lay last
		if err := all.Scan(&g.Leaf, &g.Log, &g.Camera, &g.Start, &g.Stop, &g.At, &g.Ground, &g.Rule, &g.Bytes, &g.Root, &volume); err != nil {
			return nil, err
		}
		differs := g.Differs(r)
		if len(differs) == 0 {
			if r.Place == nil || !volume.Valid || *r.Place == volume.String || a.young(r.At) { // a move may be on its way into the log
				return nil, all.Err()
			}
			f.Leaf, f.Log, f.Detail = g.Leaf, g.Log, fmt.Sprintf("it lay on %q, by the log on %q", *r.Place, volume.String)
			return []Finding{f}, all.Err()
		}
		f.Leaf, f.Log, f.Detail = g.Leaf, g.Log, strings.Join(differs, "; ")
	}
	if err := all.Err(); err != nil {
		return nil, err
	}
	if f.Leaf >= 0 {
		return []Finding{f}, nil
	}
	f.Kind = finding.TombstoneUnlogged
	return nil, t.doubt(r.File, r.At, f)
}

// retell compares the account of a camera with what its journals come to, whose lines have
// been compared with the log. Where a journal of which it was made is not here, which is
// named by itself, nothing can be compared.
func (a *Audit) retell(ctx context.Context, camera string, is *rows.Account) (found []Finding, err error) {
	roots := make([]archive.Volume, len(a.Volumes))
	for i, r := range a.Volumes {
		roots[i] = archive.Volume{Name: r.Volume, Root: r.Path}
	}
	untrue, missing, err := is.Compare(ctx, camera, roots)
	if errors.Is(err, retold.ErrGone) {
		a.st.Report.Untold++
		for _, j := range is.Gone(camera, roots) {
			n, err := a.st.count(ctx, "SELECT COUNT(*) FROM journals WHERE volume = ? AND camera = ? AND day = ?", j.Volume, camera, j.Day)
			if err != nil {
				return nil, err
			}
			if n == 0 { // or it would be a way out for whoever writes the row
				found = append(found, Finding{Kind: finding.CoverageUntrue, Leaf: -1, Row: fmt.Sprintf("journal_cursors %s %s %s", camera, j.Volume, j.Day),
					Detail: "it tells of a journal that is not here and of which the log does not know"})
			}
		}
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	for _, file := range missing {
		found = append(found, Finding{Kind: finding.TombstoneMissing, Leaf: -1, File: file, Row: "tombstones " + file})
	}
	for _, d := range untrue {
		found = append(found, Finding{Kind: finding.CoverageUntrue, Leaf: -1, Row: d.Row, Detail: d.Why})
	}
	return found, nil
}
