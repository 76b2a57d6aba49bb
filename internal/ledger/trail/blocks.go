package trail

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
)

const (
	firstBlocks = 8   // looked at together, then more and more
	mostBlocks  = 256 // at once
	fetchActs   = 128 // candidates that are read together
)

// inside gives acts of the index; reached is the place up to which it looked, nil if it
// looked at all.
func (c *conditions) inside(ctx context.Context, tx bun.IDB, mark place, newer bool) (found []Entry, reached *place, err error) {
	looked, at := 0, mark.at
	// Two at least: a page begins in the block where the one before it was cut short.
	most := max(2, min(mostBlocks, c.rows/max(c.terms, 1)))
	for size := min(firstBlocks, most); ; size = min(4*size, most) {
		blocks, err := c.blocks(ctx, tx, at, newer, size)
		if err != nil || len(blocks) == 0 {
			return found, nil, err
		}
		hits, err := c.match(ctx, tx, blocks)
		if err != nil {
			return nil, nil, err
		}
		for i := range blocks {
			b := &blocks[i]
			if hits[b.Start] == nil {
				continue
			}
			ats, err := candidates(ctx, tx, b, hits[b.Start], mark, c.Query, newer)
			if err != nil {
				return nil, nil, err
			}
			for some := range slices.Chunk(ats, fetchActs) {
				acts, err := ledger.ActsAt(ctx, tx, some)
				if err != nil {
					return nil, nil, err
				}
				if !newer {
					slices.Reverse(acts)
				}
				for i := range acts {
					e := Entry{acts[i], FacetsOf(&acts[i].Act)}
					p := placeOf(&e)
					if !newer && !p.before(mark) || newer && !mark.before(p) || !c.holds(&e) {
						continue
					}
					found = append(found, e)
				}
				if looked += len(acts); len(acts) > 0 && (len(found) > c.Limit || looked >= lookAt) {
					p := place{acts[len(acts)-1].Act.At, acts[len(acts)-1].Act.ID}
					return found, &p, nil
				}
			}
		}
		if len(blocks) < size { // there are no more; a page that told of another would not end
			return found, nil, nil
		}
		last := &blocks[len(blocks)-1]
		if c.read >= c.rows {
			p, err := edge(ctx, tx, last, newer)
			return found, p, err
		}
		if newer {
			at = last.Stop + 1
		} else {
			at = last.Start - 1
		}
	}
}

// edge is the place of the act of a block that is farthest from where the reading began.
func edge(ctx context.Context, tx bun.IDB, b *blockRow, newer bool) (*place, error) {
	p := place{at: b.Start}
	q := tx.NewSelect().TableExpr("acts AS act").Limit(1)
	if newer {
		p.at = b.Stop
		q.ColumnExpr("act.id").OrderExpr("act.id DESC")
	} else {
		q.ColumnExpr("act.id").OrderExpr("act.id")
	}
	return &p, q.Where("act.at = ?", p.at).Scan(ctx, &p.id)
}

// blocks gives some blocks from an instant on, the nearest first, without the times of
// their acts.
func (c *conditions) blocks(ctx context.Context, tx bun.IDB, at int64, newer bool, limit int) (blocks []blockRow, err error) {
	q := tx.NewSelect().Model(&blocks).Column("start", "stop", "n").Limit(int64(limit))
	if newer {
		// Blocks do not overlap: the one that holds the instant is the last that begins before it.
		q.Where("start >= COALESCE((SELECT MAX(start) FROM act_blocks WHERE start <= ?), 0)", at).Where("stop >= ?", at).OrderExpr("start")
		if c.To != 0 {
			q.Where("start < ?", c.To)
		}
	} else {
		q.Where("start <= ?", at).OrderExpr("start DESC")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	if newer {
		return blocks, nil
	}
	if i := slices.IndexFunc(blocks, func(b blockRow) bool { return b.Stop < c.From }); i >= 0 {
		blocks = blocks[:i]
	}
	return blocks, nil
}

// match gives for each block in which of its acts there is a term of every group; blocks
// without any are left out.
func (c *conditions) match(ctx context.Context, tx bun.IDB, blocks []blockRow) (map[int64]set, error) {
	first, last := blocks[0].Start, blocks[len(blocks)-1].Start
	n, hits := map[int64]int{}, map[int64]set{}
	for i := range blocks {
		b := &blocks[i]
		n[b.Start], first, last = b.N, min(first, b.Start), max(last, b.Start)
		if len(c.groups) == 0 {
			hits[b.Start] = whole(b.N)
		}
	}
	for g, group := range c.groups {
		var rows []postingRow
		q := tx.NewSelect().Model(&rows).Column("start", "places").Where("term IN (?)", bun.List(group))
		if g > 0 && len(hits) <= len(blocks)/4 { // few blocks are left
			q.Where("start IN (?)", bun.List(slices.Collect(maps.Keys(hits))))
		} else {
			q.Where("start >= ?", first).Where("start <= ?", last)
		}
		if err := q.Scan(ctx); err != nil {
			return nil, err
		}
		c.read += len(rows)
		of := map[int64]set{}
		for i := range rows {
			r := &rows[i]
			if _, known := n[r.Start]; !known || g > 0 && hits[r.Start] == nil {
				continue
			}
			if of[r.Start] == nil {
				of[r.Start] = newSet(n[r.Start])
			}
			if err := decode(r.Places, n[r.Start], of[r.Start]); err != nil {
				return nil, fmt.Errorf("block %d: %w", r.Start, err)
			}
		}
		if c.Then && strings.HasPrefix(group[0], ofDay) {
			// What was done then counts whatever it was about; which acts those are holds tells.
			for i := range blocks {
				if b := &blocks[i]; b.Start < c.FootageTo && b.Stop >= c.FootageFrom && (g == 0 || hits[b.Start] != nil) {
					of[b.Start] = whole(b.N)
				}
			}
		}
		for start, s := range of {
			if g > 0 {
				s.and(hits[start])
			}
			if s.empty() {
				delete(of, start)
			}
		}
		if hits = of; len(hits) == 0 {
			return hits, nil
		}
	}
	return hits, nil
}

// whole is the set of all n acts of a block.
func whole(n int) set {
	all := newSet(n)
	for i := range n {
		all.add(i)
	}
	return all
}

// candidates are when the acts of a block that are hit were, the nearest first, each
// instant once.
func candidates(ctx context.Context, tx bun.IDB, b *blockRow, hit set, mark place, q *Query, newer bool) ([]int64, error) {
	var packed []byte
	if err := tx.NewSelect().Model((*blockRow)(nil)).Column("ats").Where("start = ?", b.Start).Scan(ctx, &packed); err != nil {
		return nil, err
	}
	ats, err := decodeTimes(packed, b.Start, b.N)
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", b.Start, err)
	}
	from, to := q.From, int64(math.MaxInt64)
	if q.To != 0 {
		to = q.To - 1
	}
	if newer {
		from = max(from, mark.at)
	} else {
		to = min(to, mark.at)
	}
	lo := sort.Search(len(ats), func(i int) bool { return ats[i] >= from })
	hi := sort.Search(len(ats), func(i int) bool { return ats[i] > to })
	var out []int64
	hit.each(newer, func(i int) bool {
		if i >= lo && i < hi && (len(out) == 0 || out[len(out)-1] != ats[i]) {
			out = append(out, ats[i])
		}
		return true
	})
	return out, nil
}
