package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/ledger/facts"
)

// mostTold bounds the differences that Check names.
const mostTold = 100

var errEnough = errors.New("enough differences")

// Check makes the index of the acts anew in memory, block by block, and names where the one
// on record tells otherwise: an act that it hides from some search, or that nothing leads to.
// The acts themselves are compared with the log.
func Check(ctx context.Context, d *db.DB) (found []facts.Difference, err error) {
	tell := func(row, why string, args ...any) error {
		if len(found) == mostTold {
			return errEnough
		}
		found = append(found, facts.Difference{Row: row, Why: fmt.Sprintf(why, args...)})
		return nil
	}
	after, end := int64(-1), int64(-1) // start of the block before, and its stop
	for {
		var more bool
		err := d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			more, after, end, err = checkNext(ctx, tx, after, end, tell)
			return err
		})
		switch {
		case errors.Is(err, errEnough):
			return found, nil
		case err != nil:
			return found, fmt.Errorf("compare the index of the acts: %w", err)
		case !more:
			return found, nil
		}
	}
}

type teller func(row, why string, args ...any) error

// checkNext compares the block behind one, and what lies between them.
func checkNext(ctx context.Context, tx bun.IDB, after, end int64, tell teller) (more bool, start, stop int64, err error) {
	var b []blockRow
	if err := tx.NewSelect().Model(&b).Where("start > ?", after).OrderExpr("start").Limit(1).Scan(ctx); err != nil {
		return false, 0, 0, err
	}
	q := tx.NewSelect().TableExpr("acts AS act").Where("act.at > ?", end).
		Where("NOT EXISTS (SELECT 1 FROM act_unindexed AS u WHERE u.at = act.at AND u.act = act.id)").
		// Blocks may have been put together since the one before was looked at.
		Where("NOT EXISTS (SELECT 1 FROM act_blocks AS b WHERE b.start <= act.at AND b.stop >= act.at)")
	if len(b) > 0 {
		q.Where("act.at < ?", b[0].Start)
	}
	n, err := q.Count(ctx)
	if err == nil && n > 0 {
		err = tell(fmt.Sprintf("act_blocks %d", max(after, 0)), "%d acts behind it are in no block and do not wait for one", n)
	}
	if err != nil || len(b) == 0 {
		return false, after, end, err
	}
	var before int64
	err = tx.NewSelect().Model((*blockRow)(nil)).ColumnExpr("COALESCE(MAX(stop), -1)").Where("start < ?", b[0].Start).Scan(ctx, &before)
	if err != nil {
		return false, 0, 0, err
	}
	if b[0].Start <= before {
		if err := tell(fmt.Sprintf("act_blocks %d", b[0].Start), "it begins before the one before it ends"); err != nil {
			return false, 0, 0, err
		}
	}
	return true, b[0].Start, max(b[0].Stop, b[0].Start), compare(ctx, tx, &b[0], tell)
}

// compare holds a block against its acts.
func compare(ctx context.Context, tx bun.IDB, is *blockRow, tell teller) error {
	row := fmt.Sprintf("act_blocks %d", is.Start)
	acts, err := between(ctx, tx, is.Start, is.Stop)
	if err != nil {
		return err
	}
	var waiting []string
	if err := tx.NewSelect().Model((*unindexedRow)(nil)).Column("act").Where("at >= ?", is.Start).Where("at <= ?", is.Stop).Scan(ctx, &waiting); err != nil {
		return err
	}
	late := map[string]bool{}
	for _, id := range waiting {
		late[id] = true
	}
	if len(acts)-len(waiting) < is.N && len(acts) >= is.N { // taken in twice, by a journal that was read again
		late = map[string]bool{}
	}
	kept := acts[:0]
	for _, a := range acts {
		if !late[a.ID] {
			kept = append(kept, a)
		}
	}
	if len(kept) == 0 || len(kept) != is.N || kept[0].At != is.Start {
		return tell(row, "it holds %d acts, and there are %d", is.N, len(kept))
	}
	want, postings := blockOf(kept)
	if want.Stop != is.Stop || !bytes.Equal(want.Ats, is.Ats) {
		return tell(row, "its times are not those of its acts")
	}
	var there []postingRow
	if err := tx.NewSelect().Model(&there).Where("start = ?", is.Start).Scan(ctx); err != nil {
		return err
	}
	slices.SortFunc(there, func(x, y postingRow) int { return bytes.Compare([]byte(x.Term), []byte(y.Term)) })
	i := 0
	for _, p := range postings {
		for ; i < len(there) && there[i].Term < p.Term; i++ {
			if err := tell(row, "it has %q, which none of its acts says", there[i].Term); err != nil {
				return err
			}
		}
		if i == len(there) || there[i].Term != p.Term {
			if err := tell(row, "it lacks %q, which its acts say", p.Term); err != nil {
				return err
			}
			continue
		}
		if !bytes.Equal(there[i].Places, p.Places) {
			if err := tell(row, "%q leads to other acts than those that say it", p.Term); err != nil {
				return err
			}
		}
		i++
	}
	for ; i < len(there); i++ {
		if err := tell(row, "it has %q, which none of its acts says", there[i].Term); err != nil {
			return err
		}
	}
	return nil
}
