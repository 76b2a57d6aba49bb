package trail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
)

const (
	blockActs  = 8192            // at most in one block
	startActs  = 256             // a new block is begun for so many
	atOnce     = 4               // blocks that are made together, where many acts wait
	settle     = int64(60e6)     // µs: younger acts may still have older ones come in before them
	dozing     = 5 * time.Second // between two looks where nothing waits
	resting    = 4               // after a piece of work it rests for so many times as long as it took
	pieceLimit = 32 * blockActs  // acts of one rebuild, beyond which it is an error
)

// Index keeps the index of the acts up to date. Nothing waits for it: what it has not taken
// in is searched beside it, one by one.
type Index struct {
	DB    *db.DB
	Clock clock.Clock
	Every time.Duration // between two looks where nothing waits; 0 means 5 s
	Log   *slog.Logger

	size, least int // acts of a block, and for which one is begun; 0 means blockActs and startActs. Tests make them small

	cancel context.CancelFunc
	done   chan struct{}
}

func (x *Index) sizes() (size, least int) {
	size, least = x.size, x.least
	if size == 0 {
		size, least = blockActs, startActs
	}
	return size, least
}

// Start begins to take acts in.
func (x *Index) Start(ctx context.Context) error {
	if x.Log == nil {
		x.Log = slog.New(slog.DiscardHandler)
	}
	if x.Every <= 0 {
		x.Every = dozing
	}
	ctx, x.cancel = context.WithCancel(context.WithoutCancel(ctx))
	x.done = make(chan struct{})
	go x.run(ctx)
	return nil
}

// Close stops and waits.
func (x *Index) Close() {
	x.cancel()
	<-x.done
}

func (x *Index) run(ctx context.Context) {
	defer close(x.done)
	trouble := false
	for {
		began := time.Now()
		more, err := x.Step(ctx)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != trouble {
			trouble = err != nil
			if trouble {
				x.Log.Warn("the index of the acts cannot be kept up to date; searches go on without it", "err", err)
			} else {
				x.Log.Info("the index of the acts is kept up to date again")
			}
		}
		wait := x.Every
		if more && err == nil {
			wait = resting * time.Since(began)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

type blockRow struct {
	bun.BaseModel `bun:"table:act_blocks,alias:block"`
	Start         int64 `bun:",pk"`
	Stop          int64
	N             int
	Ats           []byte
}

type postingRow struct {
	bun.BaseModel `bun:"table:act_postings,alias:posting"`
	Term          string
	Start         int64
	Places        []byte
}

type unindexedRow struct {
	bun.BaseModel `bun:"table:act_unindexed,alias:unindexed"`
	At            int64
	Act           string
}

// piece is a stretch of time whose blocks are made anew.
type piece struct {
	from, to int64 // µs, both inclusive
	size     int   // acts of a block
	old      []int64
	blocks   []blockRow
	postings []postingRow
	taken    []unindexedRow
}

// Step does one piece of work; more tells that there may be another.
func (x *Index) Step(ctx context.Context) (more bool, err error) {
	var p *piece
	err = x.DB.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		if p, err = x.next(ctx, tx); err != nil || p == nil {
			return err
		}
		return p.read(ctx, tx)
	})
	if err != nil || p == nil {
		return false, err
	}
	return true, x.DB.Tx(ctx, p.write)
}

// next finds what to do: acts that came late, then new ones, then blocks that are small.
func (x *Index) next(ctx context.Context, tx bun.IDB) (*piece, error) {
	var last []blockRow
	err := tx.NewSelect().Model(&last).Column("start", "stop", "n").OrderExpr("start DESC").Limit(2).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the index of the acts: %w", err)
	}
	size, least := x.sizes()
	end := noBegin
	if len(last) > 0 {
		end = last[0].Stop
	}
	var late int64
	err = tx.NewSelect().Model((*unindexedRow)(nil)).Column("at").Where("at <= ?", end).OrderExpr("at").Limit(1).Scan(ctx, &late)
	switch {
	case err == nil:
		return around(ctx, tx, late, size)
	case !errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("look for acts that are not in the index: %w", err)
	}
	var fresh []int64
	err = tx.NewSelect().Model((*unindexedRow)(nil)).Column("at").Where("at > ?", end).Where("at <= ?", x.Clock.Micro()-settle).
		OrderExpr("at, act").Limit(int64(atOnce*size)+1).Scan(ctx, &fresh)
	if err != nil {
		return nil, fmt.Errorf("look for acts that are not in the index: %w", err)
	}
	if len(fresh) >= least {
		to := fresh[len(fresh)-1]
		if len(fresh) > atOnce*size { // a block ends between two instants
			if i, _ := slices.BinarySearch(fresh, to); i > 0 {
				to = fresh[i-1]
			}
		}
		return &piece{from: fresh[0], to: to, size: size}, nil
	}
	if len(last) == 2 && last[0].N+last[1].N <= size && 2*last[0].N >= last[1].N {
		return &piece{from: last[1].Start, to: last[0].Stop, size: size, old: []int64{last[1].Start, last[0].Start}}, nil
	}
	return nil, nil
}

// around is the block that an instant falls to.
func around(ctx context.Context, tx bun.IDB, at int64, size int) (*piece, error) {
	var b []blockRow
	err := tx.NewSelect().Model(&b).Column("start", "stop").Where("start <= ?", at).OrderExpr("start DESC").Limit(1).Scan(ctx)
	if err == nil && len(b) == 0 { // before all of them
		err = tx.NewSelect().Model(&b).Column("start", "stop").OrderExpr("start").Limit(1).Scan(ctx)
	}
	if err != nil || len(b) == 0 {
		return nil, errors.Join(errors.New("read the index of the acts"), err)
	}
	return &piece{from: min(b[0].Start, at), to: max(b[0].Stop, at), size: size, old: []int64{b[0].Start}}, nil
}

// read takes the acts of the piece in.
func (p *piece) read(ctx context.Context, tx bun.IDB) error {
	var waiting []unindexedRow
	if err := tx.NewSelect().Model(&waiting).Where("at >= ?", p.from).Where("at <= ?", p.to).Scan(ctx); err != nil {
		return fmt.Errorf("look for acts that are not in the index: %w", err)
	}
	p.taken = waiting
	acts, err := between(ctx, tx, p.from, p.to)
	if err != nil {
		return err
	}
	for len(acts) > 0 {
		pieces := (len(acts) + p.size - 1) / p.size
		n := (len(acts) + pieces - 1) / pieces
		for n < len(acts) && acts[n].At == acts[n-1].At {
			n++
		}
		b, postings := blockOf(acts[:n])
		p.blocks, p.postings, acts = append(p.blocks, b), append(p.postings, postings...), acts[n:]
	}
	return nil
}

// between gives the acts of a stretch, both ends inclusive, in order. One whose detail
// cannot be read stands there without any.
func between(ctx context.Context, tx bun.IDB, from, to int64) ([]ledger.Act, error) {
	acts, err := ledger.ActsBetween(ctx, tx, from, to, pieceLimit+1)
	if err == nil && len(acts) > pieceLimit {
		err = fmt.Errorf("more than %d acts from %d to %d", pieceLimit, from, to)
	}
	return acts, err
}

// blockOf makes the block of acts, which are in order.
func blockOf(acts []ledger.Act) (blockRow, []postingRow) {
	b := blockRow{Start: acts[0].At, Stop: acts[len(acts)-1].At, N: len(acts)}
	places, ats := map[string][]int{}, make([]int64, len(acts))
	for i := range acts {
		ats[i] = acts[i].At
		for _, t := range terms(&acts[i]) {
			if l := places[t]; len(l) == 0 || l[len(l)-1] != i {
				places[t] = append(l, i)
			}
		}
	}
	b.Ats = encodeTimes(ats)
	postings := make([]postingRow, 0, len(places))
	for _, t := range slices.Sorted(maps.Keys(places)) {
		postings = append(postings, postingRow{Term: t, Start: b.Start, Places: encode(places[t], len(acts))})
	}
	return b, postings
}

// write puts the blocks into the place of the old ones. What changed since they were read
// is left for the next step.
func (p *piece) write(ctx context.Context, tx bun.Tx) error {
	if len(p.old) > 0 {
		gone, err := tx.NewDelete().Model((*blockRow)(nil)).Where("start IN (?)", bun.List(p.old)).Exec(ctx)
		if err == nil {
			var n int64
			if n, err = gone.RowsAffected(); err == nil && int(n) != len(p.old) {
				return nil // somebody else has
			}
		}
		if err == nil {
			_, err = tx.NewDelete().Model((*postingRow)(nil)).Where("start IN (?)", bun.List(p.old)).Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("write the index of the acts: %w", err)
		}
	}
	if len(p.blocks) > 0 {
		if _, err := tx.NewInsert().Model(&p.blocks).Exec(ctx); err != nil {
			return fmt.Errorf("write the index of the acts: %w", err)
		}
	}
	for some := range slices.Chunk(p.postings, 500) {
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return fmt.Errorf("write the index of the acts: %w", err)
		}
	}
	for some := range slices.Chunk(p.taken, 500) {
		ids := make([]string, len(some))
		for i := range some {
			ids[i] = some[i].Act
		}
		_, err := tx.NewDelete().Model((*unindexedRow)(nil)).Where("at >= ?", p.from).Where("at <= ?", p.to).Where("act IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("write the index of the acts: %w", err)
		}
	}
	return nil
}
