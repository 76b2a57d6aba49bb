package archive

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/frozen"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Segment is the row of one segment. Times are µs since 1970 UTC.
type Segment struct {
	bun.BaseModel `bun:"table:segments" json:"-"`

	Camera    string `bun:",pk"`
	StartAt   int64  `bun:",pk"`
	EndAt     int64
	Run       string `bun:",pk"`
	File      string // below the recordings folder
	Bytes     int64
	Parts     int
	Frames    int
	Root      string
	Codec     string
	MIME      string `bun:"mime"`
	Width     int
	Height    int
	Audio     string
	Recovered int
	// What it is short of, nil where nobody counted: RTP packets that did not arrive,
	// access units given up because they were damaged or too large.
	Lost    *int64
	Dropped *int64
	State   string // empty, or Deleting

	Open *recording.OpenSegment `bun:"-"` // set for the one that is being written
}

type coverageRow struct {
	bun.BaseModel `bun:"table:coverage"`
	Camera        string `bun:",pk"`
	StartAt       int64  `bun:",pk"`
	EndAt         int64
	Kind          string
	Cause         string
	Detail        string
}

// clockRow says by how much a camera's clock differed from the recorder's.
type clockRow struct {
	bun.BaseModel `bun:"table:camera_clocks"`
	Camera        string `bun:",pk"`
	At            int64  `bun:",pk"` // µs since 1970 UTC
	OffsetUS      int64  `bun:"offset_us"`
	Source        string
}

type cursorRow struct {
	bun.BaseModel `bun:"table:journal_cursors"`
	Camera        string `bun:",pk"`
	Day           string `bun:",pk"`
	Next          int64
}

// Catalogue follows the journals below Root into the database and answers what
// was recorded when.
type Catalogue struct {
	DB    *db.DB
	Root  string // the recordings folder
	Clock clock.Clock
	Log   *slog.Logger
	// OpenSegment gives the segment a camera's recorder is writing, or nil.
	OpenSegment func(camera string) *recording.OpenSegment
	// OnChange is called after rows of a camera have changed.
	OnChange func(camera string)
	// Plan tells in which stretches of [from, to) no recording of a camera was demanded,
	// in order and without overlap. Nil: all gaps are as the journals tell them.
	Plan func(camera string, from, to int64) []Stretch
	// OnStale is called when kept days of a camera were forgotten, because rows under
	// them have changed; see KeepDays.
	OnStale func(camera string)

	mu     sync.Mutex // guards dirty and taking; never held over I/O, since recorders call Notify
	dirty  map[string]bool
	taking string // the camera that is being taken in
	wake   chan struct{}

	bytes     atomic.Int64 // of all segments
	countedAt time.Time    // belongs to the goroutine that follows

	ingest  sync.Mutex      // one camera is taken in at a time; held over database calls
	checked map[string]bool // cameras whose rows have been compared with the files; guarded by ingest
	queries queries
	cancel  context.CancelFunc
	done    chan struct{}
}

// queries are the prepared statements of the hot paths.
type queries struct {
	coverage, segments, before *sql.Stmt
}

// Start prepares the queries and begins to follow every journal below Root.
func (c *Catalogue) Start(ctx context.Context) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	c.checked = map[string]bool{}
	c.dirty = map[string]bool{}
	c.wake = make(chan struct{}, 1)
	entries, err := os.ReadDir(c.Root)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") { // those with a dot are the node's own
			c.dirty[e.Name()] = true
		}
	}
	c.wake <- struct{}{}
	ctx, c.cancel = context.WithCancel(ctx)
	c.done = make(chan struct{})
	go c.follow(ctx)
	return nil
}

func (c *Catalogue) prepare(ctx context.Context) (err error) {
	for _, q := range []struct {
		into **sql.Stmt
		text string
	}{
		// Spans follow one another, so the first that matters is the newest that
		// begins at or before from.
		{&c.queries.coverage, `SELECT start_at, end_at, kind, cause, detail FROM coverage
			WHERE camera = ? AND start_at >= COALESCE((SELECT MAX(start_at) FROM coverage WHERE camera = ? AND start_at <= ?), 0)
			AND start_at < ? ORDER BY start_at`},
		{&c.queries.segments, `SELECT start_at, end_at, run, file, bytes, frames, codec, mime, width, height, audio FROM segments
			WHERE camera = ? AND start_at >= ? AND start_at < ? AND end_at > ? ORDER BY start_at, run`},
		{&c.queries.before, `SELECT start_at, end_at, run, file, bytes, frames, codec, mime, width, height, audio FROM segments
			WHERE camera = ? AND start_at <= ? ORDER BY start_at DESC LIMIT 1`},
	} {
		if *q.into, err = c.DB.PrepareRead(ctx, q.text); err != nil {
			return problem.Wrap(err, "prepare the catalogue's queries")
		}
	}
	return nil
}

// Close stops following. What is not taken in yet is, at the next start.
func (c *Catalogue) Close() {
	c.cancel()
	<-c.done
	for _, s := range []*sql.Stmt{c.queries.coverage, c.queries.segments, c.queries.before} {
		s.Close()
	}
}

// Notify says that a camera's journal has grown. It never blocks.
func (c *Catalogue) Notify(camera string) {
	c.mu.Lock()
	c.dirty[camera] = true
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Catalogue) follow(ctx context.Context) {
	defer close(c.done)
	const retry = 2 * time.Second
	var again <-chan time.Time
	said := complaint{log: c.Log} // by the steady clock, not that of the records
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-again:
		}
		again = nil
		c.count(ctx)
		c.mu.Lock()
		var cameras []string
		for camera := range c.dirty {
			cameras = append(cameras, camera)
		}
		c.mu.Unlock()
		slices.Sort(cameras)
		var first error
		failed := ""
		for _, camera := range cameras {
			err := c.catchUp(ctx, camera)
			if err == nil || ctx.Err() != nil {
				continue
			}
			if first == nil {
				first, failed = err, camera
			}
			again = time.After(retry)
			if c.DB.Healthy(ctx) != nil {
				break // nor could it follow another camera
			}
		}
		said.about(failed, first)
	}
}

// complaint says that the catalogue cannot follow: when it begins, once a minute
// while it lasts, and when it is over.
type complaint struct {
	log   *slog.Logger
	clock clock.Clock
	since time.Time // zero: all is well
	last  time.Time
}

func (s *complaint) about(camera string, err error) {
	now := s.clock.Now()
	switch {
	case err == nil && s.since.IsZero():
	case err == nil:
		s.log.Info("the catalogue follows again", "after", now.Sub(s.since))
		s.since, s.last = time.Time{}, time.Time{}
	case now.Sub(s.last) >= time.Minute:
		if s.since.IsZero() {
			s.since = now
		}
		s.last = now
		s.log.Warn("the catalogue cannot follow; it goes on trying", "first_camera", camera, "since", s.since, "err", err)
	}
}

// current is catchUp for somebody who wants to read. Where it fails, the follower
// goes on trying: it may have looked while the camera was in this call's hands.
func (c *Catalogue) current(ctx context.Context, camera string) error {
	err := c.catchUp(ctx, camera)
	if err != nil {
		c.Notify(camera)
	}
	return err
}

// catchUp takes in what a camera's journals hold beyond the rows.
func (c *Catalogue) catchUp(ctx context.Context, camera string) error {
	c.mu.Lock()
	due := c.dirty[camera] || c.taking == camera
	c.mu.Unlock()
	if !due {
		return nil
	}
	c.ingest.Lock()
	defer c.ingest.Unlock()
	c.mu.Lock()
	due = c.dirty[camera]
	delete(c.dirty, camera)
	c.taking = camera
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.taking = ""
		c.mu.Unlock()
	}()
	if !due {
		return nil // another goroutine was first
	}
	changed, err := c.takeIn(ctx, camera)
	if err != nil {
		c.mu.Lock()
		c.dirty[camera] = true
		c.mu.Unlock()
		return err
	}
	if changed && c.OnChange != nil {
		c.OnChange(camera)
	}
	return nil
}

// maxBatch bounds the records of one transaction.
const maxBatch = 500

func (c *Catalogue) takeIn(ctx context.Context, camera string) (changed bool, err error) {
	entries, err := os.ReadDir(filepath.Join(c.Root, camera))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return false, err
	}
	var days []string
	for _, e := range entries {
		if _, err := time.Parse(time.DateOnly, e.Name()); err == nil && e.IsDir() {
			days = append(days, e.Name())
		}
	}
	if c.checked[camera] {
		return c.takeInDays(ctx, camera, days)
	}
	lost, err := c.lostCursors(ctx, camera, days)
	if err != nil {
		return false, err
	}
	if !lost {
		if changed, err = c.takeInDays(ctx, camera, days); err != nil {
			return changed, err
		}
		if lost, err = c.lostRows(ctx, camera, days); err != nil {
			return changed, err
		}
	}
	if lost {
		c.Log.Warn("rows of the catalogue are missing; they are made again from the files", "camera", camera)
		if err := c.forget(ctx, camera); err != nil {
			return changed, err
		}
		if c.OnStale != nil {
			c.OnStale(camera)
		}
		if _, err := c.takeInDays(ctx, camera, days); err != nil {
			return true, err
		}
		changed = true
	}
	c.checked[camera] = true
	return changed, nil
}

func (c *Catalogue) cursors(ctx context.Context, camera string) (map[string]int64, error) {
	var rows []cursorRow
	if err := c.DB.Read().NewSelect().Model(&rows).Where("camera = ?", camera).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the journal cursors")
	}
	cursors := map[string]int64{}
	for _, r := range rows {
		cursors[r.Day] = r.Next
	}
	return cursors, nil
}

// takeInDays takes in what every day's journal holds beyond its cursor. Old days
// are looked at, too: a clock that was set may have lines written there.
func (c *Catalogue) takeInDays(ctx context.Context, camera string, days []string) (changed bool, err error) {
	cursors, err := c.cursors(ctx, camera)
	if err != nil {
		return false, err
	}
	for _, day := range days {
		path := filepath.Join(c.Root, camera, day, journal.FileName)
		st, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return changed, err
		}
		if st.Size() > cursors[day] {
			n, err := c.takeInFile(ctx, camera, day, path, cursors[day], len(cursors) == 0)
			changed = changed || n > 0
			if err != nil {
				return changed, err
			}
		}
	}
	return changed, nil
}

// takeInFile takes in one journal. anew: nothing of the camera was taken in before.
func (c *Catalogue) takeInFile(ctx context.Context, camera, day, path string, offset int64, anew bool) (int, error) {
	for taken := 0; ; {
		records, next, torn, err := journal.Read(path, offset, maxBatch)
		if err != nil {
			return taken, err
		}
		if torn > 0 {
			c.Log.Warn("torn lines in a journal were passed over", "file", path, "lines", torn)
		}
		if next == offset {
			return taken, nil
		}
		records = slices.DeleteFunc(records, func(r journal.Record) bool {
			if own(camera, &r) {
				return false
			}
			c.Log.Warn("a line of a journal that names another camera's file was passed over", "camera", camera, "file", r.File)
			return true
		})
		stale := false
		err = c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			if anew && slices.ContainsFunc(records, func(r journal.Record) bool { return r.Segment != nil }) {
				if err := frozen.Set(ctx, tx, c.Clock.Micro(), frozen.Rebuilt, camera); err != nil {
					return err
				}
			}
			stale, err = apply(ctx, tx, camera, day, next, records)
			return err
		})
		if err != nil {
			return taken, problem.Wrap(err, "take a journal in")
		}
		if stale && c.OnStale != nil {
			c.OnStale(camera)
		}
		taken += len(records)
		offset = next
	}
}

// own tells whether a record speaks of the camera's own footage: somebody may have
// copied a folder.
func own(camera string, r *journal.Record) bool {
	if r.Segment == nil {
		return true
	}
	name, _, err := segment.ParseName(r.File)
	return err == nil && name.Camera == camera && name.Path() == r.File
}

// accountFor reads the spans that a batch of records may change: those from before
// its earliest segment on, which may be late, and the newest.
func accountFor(ctx context.Context, tx bun.Tx, camera string, batch []journal.Record) (*account, error) {
	from := int64(math.MaxInt64)
	for i := range batch {
		switch r := &batch[i]; {
		case r.Segment != nil:
			from = min(from, r.Start-tolerance-1)
		case r.Kind == journal.KindGap, r.Kind == journal.KindStop, r.Kind == journal.KindStart:
			from = min(from, r.At) // earlier than the newest where the clock was set back
		}
	}
	var starts []int64
	err := tx.NewSelect().Model((*coverageRow)(nil)).Column("start_at").Where("camera = ?", camera).Where("start_at <= ?", from).
		OrderExpr("start_at DESC").Limit(2).Scan(ctx, &starts)
	if err != nil {
		return nil, err
	}
	from = math.MinInt64
	if len(starts) > 0 {
		from = starts[len(starts)-1]
	}
	var rows []coverageRow
	err = tx.NewSelect().Model(&rows).Where("camera = ?", camera).Where("start_at >= ?", from).OrderExpr("start_at").Scan(ctx)
	if err != nil {
		return nil, err
	}
	return newAccount(spansOf(rows)...), nil
}

func spansOf(rows []coverageRow) []Span {
	spans := make([]Span, len(rows))
	for i, r := range rows {
		spans[i] = Span{Start: r.StartAt, End: r.EndAt, Kind: Kind(r.Kind), Cause: media.Cause(r.Cause), Detail: r.Detail}
	}
	return spans
}

// apply writes the rows of a batch of records and the cursor behind it. It tells
// whether days were kept that these rows change.
func apply(ctx context.Context, tx bun.Tx, camera, day string, cursor int64, batch []journal.Record) (stale bool, err error) {
	for len(batch) > 0 { // in order: what was recorded, what was removed
		removal := batch[0].Kind == journal.KindTombstone
		n := slices.IndexFunc(batch, func(r journal.Record) bool { return (r.Kind == journal.KindTombstone) != removal })
		if n < 0 {
			n = len(batch)
		}
		part := batch[:n]
		batch = batch[n:]
		changed := false
		if removal {
			changed, err = buryAll(ctx, tx, camera, part)
		} else {
			changed, err = record(ctx, tx, camera, part)
		}
		if err != nil {
			return false, err
		}
		stale = stale || changed
	}
	_, err = tx.NewInsert().Model(&cursorRow{Camera: camera, Day: day, Next: cursor}).
		On("CONFLICT (camera, day) DO UPDATE").Set("next = EXCLUDED.next").Exec(ctx)
	return stale, err
}

// buryAll takes in what a batch tells of removals.
func buryAll(ctx context.Context, tx bun.Tx, camera string, batch []journal.Record) (stale bool, err error) {
	var dead []Tombstone
	for i := range batch {
		if batch[i].Segment != nil {
			dead = append(dead, tombstoneOf(camera, &batch[i]))
		}
	}
	return bury(ctx, tx, camera, dead)
}

// record writes the rows of what was recorded, and why there was nothing.
func record(ctx context.Context, tx bun.Tx, camera string, batch []journal.Record) (stale bool, err error) {
	acc, err := accountFor(ctx, tx, camera, batch)
	if err != nil {
		return false, err
	}
	var segments []Segment
	var clocks []clockRow
	for i := range batch {
		r := &batch[i]
		acc.apply(r)
		if r.Segment != nil {
			segments = append(segments, rowOf(camera, r))
		}
		if r.Kind == journal.KindClock && r.Offset != nil {
			clocks = append(clocks, clockRow{Camera: camera, At: r.At, OffsetUS: *r.Offset, Source: r.Source})
		}
	}
	if stale, err = writeSpans(ctx, tx, camera, acc); err != nil {
		return false, err
	}
	if len(segments) > 0 {
		rows := slices.Clone(segments) // an insert reads back what it did, and so empties the list
		if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return false, err
		}
	}
	if len(clocks) > 0 {
		if _, err := tx.NewInsert().Model(&clocks).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return false, err
		}
	}
	changed, err := buried(ctx, tx, camera, segments)
	return stale || changed, err
}

// writeSpans brings the rows of coverage in step with an account, and tells whether
// days were kept that these change.
func writeSpans(ctx context.Context, tx bun.Tx, camera string, acc *account) (stale bool, err error) {
	if since, ok := acc.since(); ok {
		if stale, err = staleDays(ctx, tx, camera, since); err != nil {
			return false, err
		}
	}
	removed, changed, inserted := acc.take()
	for _, start := range removed {
		if _, err := tx.NewDelete().Model((*coverageRow)(nil)).Where("camera = ?", camera).Where("start_at = ?", start).Exec(ctx); err != nil {
			return false, err
		}
	}
	for _, s := range changed {
		_, err := tx.NewUpdate().Model((*coverageRow)(nil)).Set("end_at = ?", s.End).Set("kind = ?", string(s.Kind)).
			Set("cause = ?", string(s.Cause)).Set("detail = ?", s.Detail).
			Where("camera = ?", camera).Where("start_at = ?", s.Start).Exec(ctx)
		if err != nil {
			return false, err
		}
	}
	if len(inserted) > 0 {
		out := make([]coverageRow, len(inserted))
		for i, s := range inserted {
			out[i] = coverageRow{Camera: camera, StartAt: s.Start, EndAt: s.End, Kind: string(s.Kind), Cause: string(s.Cause), Detail: s.Detail}
		}
		if _, err := tx.NewInsert().Model(&out).Exec(ctx); err != nil {
			return false, err
		}
	}
	return stale, nil
}
