package archive

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/complaint"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/usage"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/durable/patience"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
)

// Segment is the row of one segment. Times are µs since 1970 UTC.
type Segment struct {
	bun.BaseModel `bun:"table:segments" json:"-"`

	Camera    string `bun:",pk"`
	StartAt   int64  `bun:",pk"`
	EndAt     int64
	Run       string `bun:",pk"`
	File      string // below the volume's folder
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
	Volume  string // or archive tier that it lies on; "" for recording.folder
	AgedAt  int64  // where the clock was behind, the latest instant at which it can have ended; else 0

	Open *recording.OpenSegment `bun:"-"` // set for the one that is being written
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
	Volume        string `bun:",pk"`
	Day           string `bun:",pk"`
	Next          int64
}

// Volume is a folder that recorders write below.
type Volume struct{ Name, Root string }

// Catalogue follows the journals of all volumes into the database and answers what
// was recorded when.
type Catalogue struct {
	DB      *db.DB
	Root    string   // recording.folder
	Volumes []Volume // others that recorders write below
	Clock   clock.Clock
	Log     *slog.Logger
	// Away, if set, tells whether a volume cannot be read at present. It is not waited for.
	Away func(volume string) bool
	// Elsewhere opens a segment's file that lies on no volume but on an archive tier.
	Elsewhere func(ctx context.Context, s *Segment) (File, error)
	// Weigh tells how many bytes a file has on an archive tier, and Tiers names those;
	// fs.ErrNotExist says that the tier answers and has none. Nil: nobody can tell.
	Weigh func(ctx context.Context, tier, file string) (int64, error)
	Tiers []string
	// Kept gives segments whose removal is on record and that a hold keeps all the same: their
	// rows are gone, and they play for as long as it stands. Nil: there are none.
	Kept func(ctx context.Context, camera string, from, to int64) ([]Segment, error)
	// OpenSegment gives the segment a camera's recorder is writing, or nil.
	OpenSegment func(camera string) *recording.OpenSegment
	// OnChange is called after rows of a camera have changed.
	OnChange func(camera string)
	// Plan tells in which stretches of [from, to) no recording of a camera was demanded,
	// in order and without overlap. Nil: all gaps are as the journals tell them.
	Plan func(camera string, from, to int64) []coverage.Stretch
	// OnStale is called when kept days of a camera were forgotten, because rows under
	// them have changed; see KeepDays.
	OnStale func(camera string)
	// OnStrange is called for every line that no recorder can have written; may be nil.
	OnStrange func(lines.Found)

	// reading, where set by a test, is called before anything is read of a volume, and may
	// stand still.
	reading func(volume string)
	omitted atomic.Bool // a volume that stands still was left out since a camera's taking in began

	mu     sync.Mutex                 // guards dirty, taking and guards; never held over I/O, since recorders call Notify
	guards map[string]*patience.Guard // by volume
	dirty  map[string]bool
	taking string // the camera that is being taken in
	wake   chan struct{}

	usage usage.Count // renewed by the goroutine that follows

	ingest  sync.Mutex                  // one camera is taken in at a time; held over database calls, and for longRead at most where a volume stands still
	glanced map[string]bool             // cameras whose newest days have been compared with the files; guarded by ingest
	checked map[string]bool             // those of which all have been; likewise
	runs    map[string]*lives.Account   // by camera, what its journals tell of its runs; guarded by ingest
	anew    sync.Map                    // cameras whose rows are to be made again from the journals
	told    map[string]map[string]int64 // by camera and volume, the latest instant taken in, µs; guarded by ingest
	unread  map[string]bool             // journals of which was told that they cannot be read; guarded by ingest
	queries queries
	begun   chan struct{} // closed when every camera has been followed once
	cancel  context.CancelFunc
	workers sync.WaitGroup
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
	c.glanced, c.checked = map[string]bool{}, map[string]bool{}
	c.dirty = map[string]bool{}
	c.wake = make(chan struct{}, 1)
	for _, v := range c.roots() {
		entries, err := read(ctx, c, v.Name, func() ([]os.DirEntry, error) { return os.ReadDir(v.Root) })
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			if v.Name == "" && !errors.Is(err, patience.ErrStands) {
				return err
			}
			c.Log.Error("a volume cannot be read", "volume", v.Name, "err", err)
		}
		for _, e := range entries {
			if e.IsDir() && journal.OfCamera(e.Name()) {
				c.dirty[e.Name()] = true
			}
		}
	}
	c.wake <- struct{}{}
	ctx, c.cancel = context.WithCancel(ctx)
	c.begun = make(chan struct{})
	past := slices.Sorted(maps.Keys(c.dirty))
	c.workers.Go(func() { c.follow(ctx) })
	c.workers.Go(func() { c.sweep(ctx, past) })
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
		{&c.queries.segments, `SELECT start_at, end_at, run, file, bytes, frames, codec, mime, width, height, audio, volume FROM segments
			WHERE camera = ? AND start_at >= ? AND start_at < ? AND end_at > ? ORDER BY start_at, run`},
		{&c.queries.before, `SELECT start_at, end_at, run, file, bytes, frames, codec, mime, width, height, audio, volume FROM segments
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
	c.workers.Wait()
	for _, s := range []*sql.Stmt{c.queries.coverage, c.queries.segments, c.queries.before} {
		s.Close()
	}
}

// Notify says that a camera's journal has grown. It never blocks.
func (c *Catalogue) Notify(camera string) {
	c.mu.Lock()
	c.dirty[camera] = true
	c.mu.Unlock()
	c.look()
}

func (c *Catalogue) follow(ctx context.Context) {
	const retry = 2 * time.Second
	first := true
	var again <-chan time.Time
	said := complaint.Complaint{Log: c.Log} // by the steady clock, not that of the records
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-again:
		}
		again = nil
		c.usage.Renew(ctx, c.DB.Read())
		c.mu.Lock()
		var cameras []string
		for camera := range c.dirty {
			cameras = append(cameras, camera)
		}
		c.mu.Unlock()
		slices.Sort(cameras)
		var wrong error
		failed := ""
		for _, camera := range cameras {
			err := c.catchUp(ctx, camera)
			if err == nil || ctx.Err() != nil {
				continue
			}
			if wrong == nil {
				wrong, failed = err, camera
			}
			again = time.After(retry)
			if c.DB.Healthy(ctx) != nil {
				break // nor could it follow another camera
			}
		}
		said.About(failed, wrong)
		if first && wrong == nil {
			first = false
			close(c.begun)
		}
	}
}

// Current takes in what a camera's journals hold, for somebody who works on rows. While a
// volume stands still that is not known to be away, nobody knows whether that is all.
func (c *Catalogue) Current(ctx context.Context, camera string) error {
	err := c.current(ctx, camera)
	if err == nil && c.stands() {
		err = ErrTierAway.Because(patience.ErrStands)
	}
	return err
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
	changed, err := c.takeIn(ctx, camera, false)
	if err != nil || c.omitted.Load() { // what stands still may have more to tell
		c.mu.Lock()
		c.dirty[camera] = true
		c.mu.Unlock()
		if err == nil && !c.stands() { // it has come back meanwhile, and told nobody who waits
			c.look()
		}
	}
	if err != nil {
		return err
	}
	if changed && c.OnChange != nil {
		c.OnChange(camera)
	}
	return nil
}
