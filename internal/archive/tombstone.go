package archive

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/spans"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Deleting is the state of a segment whose removal was decided.
const Deleting = "deleting"

// Tombstone tells of a segment that was removed. Like segments it is made from the
// journals; rows are never deleted.
type Tombstone struct {
	bun.BaseModel `bun:"table:tombstones,alias:tombstone"`

	File      string `bun:",pk"` // below the recordings folder
	Camera    string
	StartAt   int64 // µs since 1970 UTC
	EndAt     int64
	Bytes     int64
	Root      string
	Ground    string  // journal.GroundMaximum, …
	Authority string  // id of the rule or order
	At        int64   // when the removal was written down
	Place     *string // where the file lay then; nil: nobody knows
	// When the file was seen to be gone; nil: it may still be there, as after a crash.
	FinishedAt *int64
}

// Cause is what the time of the segment is called in the account.
func (t *Tombstone) Cause() media.Cause {
	if t.Ground == journal.GroundOrder {
		return media.CauseDeletedOrder
	}
	return media.CauseDeletedRetention
}

// Detail of the gap: an order is told by its id, what retention removed is one span
// however many rules there were.
func (t *Tombstone) Detail() string {
	if t.Ground == journal.GroundOrder {
		return t.Authority
	}
	return ""
}

func tombstoneOf(camera string, r *journal.Record) Tombstone {
	return Tombstone{File: r.File, Camera: camera, StartAt: r.Start, EndAt: r.End, Bytes: r.Bytes, Root: r.Root,
		Ground: r.Ground, Authority: r.Authority, At: r.At}
}

// bury takes tombstones in: the rows of their segments go, and the time that no other
// segment covers becomes a gap that says why. Burying twice changes nothing.
func bury(ctx context.Context, tx bun.Tx, camera string, dead []Tombstone) (stale bool, err error) {
	if len(dead) == 0 {
		return false, nil
	}
	files := make([]string, len(dead))
	from, to := dead[0].StartAt, dead[0].EndAt
	for i, t := range dead {
		files[i] = t.File
		from, to = min(from, t.StartAt), max(to, t.EndAt)
	}
	var lying []Segment
	if err := tx.NewSelect().Model(&lying).Column("file", "volume").Where("camera = ?", camera).Where("file IN (?)", bun.List(files)).Scan(ctx); err != nil {
		return false, err
	}
	rows := slices.Clone(dead) // an insert reads back what it did, and so empties the list
	for i := range rows {
		if k := slices.IndexFunc(lying, func(s Segment) bool { return s.File == rows[i].File }); k >= 0 {
			rows[i].Place = &lying[k].Volume
		}
	}
	if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (file) DO NOTHING").Exec(ctx); err != nil {
		return false, err
	}
	if _, err := tx.NewDelete().Model((*Segment)(nil)).Where("camera = ?", camera).Where("file IN (?)", bun.List(files)).Exec(ctx); err != nil {
		return false, err
	}
	acc, err := spans.Around(ctx, tx, camera, from, to)
	if err != nil {
		return false, err
	}
	left, err := spans.Living(ctx, tx, camera, from, to)
	if err != nil {
		return false, err
	}
	for i := range dead {
		t := &dead[i]
		acc.Erase(coverage.Interval{Start: t.StartAt, End: t.EndAt}, t.Cause(), t.Detail(), left)
	}
	return spans.Write(ctx, tx, camera, acc)
}

// buried takes away segments again that a tombstone names: a journal may tell of the
// removal before it tells of the segment, where the clock was set back in between.
func buried(ctx context.Context, tx bun.Tx, camera string, segments []Segment) (stale bool, err error) {
	if len(segments) == 0 {
		return false, nil
	}
	files := make([]string, len(segments))
	for i, s := range segments {
		files[i] = s.File
	}
	var dead []Tombstone
	if err := tx.NewSelect().Model(&dead).Where("file IN (?)", bun.List(files)).Scan(ctx); err != nil {
		return false, err
	}
	return bury(ctx, tx, camera, dead)
}

// TombstoneFilter narrows Tombstones. Empty fields narrow nothing.
type TombstoneFilter struct {
	Camera    string
	Within    *[]string // cameras; nil: whichever
	Authority string    // a rule or an order
	From, To  int64     // µs, of the footage
	Before    string    // a file: only what was removed earlier, to page on
	Limit     int       // 1…1000; 0 means 100
}

// Tombstones lists what was removed, the latest removal first.
func (c *Catalogue) Tombstones(ctx context.Context, f TombstoneFilter) ([]Tombstone, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var all []Tombstone
	q := c.DB.Read().NewSelect().Model(&all).OrderExpr("tombstone.at DESC, tombstone.file DESC").Limit(int64(min(f.Limit, 1000)))
	if f.Before != "" {
		q.Join("JOIN tombstones AS mark ON mark.file = ?", f.Before).
			Where("tombstone.at < mark.at OR (tombstone.at = mark.at AND tombstone.file < mark.file)")
	}
	if f.Camera != "" {
		q.Where("tombstone.camera = ?", f.Camera)
	}
	if f.Within != nil {
		q.Where("tombstone.camera IN (?)", bun.List(*f.Within))
	}
	if f.Authority != "" {
		q.Where("tombstone.authority = ?", f.Authority)
	}
	if f.From != 0 {
		q.Where("tombstone.end_at > ?", f.From)
	}
	if f.To != 0 {
		q.Where("tombstone.start_at < ?", f.To)
	}
	return all, problem.Wrap(q.Scan(ctx), "list tombstones")
}

// Unfinished lists tombstones whose files were not yet seen to be gone, in order of
// the files, those behind after.
func (c *Catalogue) Unfinished(ctx context.Context, after string, limit int) ([]Tombstone, error) {
	var all []Tombstone
	err := c.DB.Read().NewSelect().Model(&all).Where("finished_at IS NULL").Where("file > ?", after).OrderExpr("file").Limit(int64(limit)).Scan(ctx)
	return all, problem.Wrap(err, "list unfinished removals")
}

// Finish notes that files are gone, at an instant (µs).
func (c *Catalogue) Finish(ctx context.Context, files []string, at int64) error {
	if len(files) == 0 {
		return nil
	}
	return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*Tombstone)(nil)).Set("finished_at = ?", at).
			Where("file IN (?)", bun.List(files)).Where("finished_at IS NULL").Exec(ctx)
		return problem.Wrap(err, "finish removals")
	})
}

// Reappeared notes that files are there again that were removed: the removal is to be
// finished once more, under the tombstone that stands.
func (c *Catalogue) Reappeared(ctx context.Context, files []string) error {
	if len(files) == 0 {
		return nil
	}
	return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*Tombstone)(nil)).Set("finished_at = NULL").Set("place = NULL").Where("file IN (?)", bun.List(files)).Exec(ctx)
		return problem.Wrap(err, "take removals up again")
	})
}

// Cameras lists the cameras of which something was taken in.
func (c *Catalogue) Cameras(ctx context.Context) ([]string, error) {
	var all []string
	err := c.DB.Read().NewSelect().Model((*cursorRow)(nil)).ColumnExpr("DISTINCT camera").OrderExpr("camera").Scan(ctx, &all)
	return all, problem.Wrap(err, "list the catalogue's cameras")
}

// CatchUp takes in what the camera's journals hold beyond the rows, and returns when
// that is done.
func (c *Catalogue) CatchUp(ctx context.Context, camera string) error {
	c.Notify(camera)
	return c.Current(ctx, camera)
}

// Anew has the rows of a camera made again from the journals when it is followed next. All
// recording disks have to be there: what lies on others would have no row any more.
func (c *Catalogue) Anew(camera string) { c.anew.Store(camera, true) }

// Oldest gives the oldest closed segment of a camera that plays, nil where there is none:
// what stands as missing, altered or unproved is passed over.
func (c *Catalogue) Oldest(ctx context.Context, camera string) (*Segment, error) {
	return c.oldest(ctx, camera, damage.Unproved, damage.Missing, damage.Altered)
}

// OldestKept gives the oldest closed segment of a camera that ought to play, also where it
// stands as missing or altered: who proves the footage looks at it again. What nothing
// proves is passed over.
func (c *Catalogue) OldestKept(ctx context.Context, camera string) (*Segment, error) {
	return c.oldest(ctx, camera, damage.Unproved)
}

func (c *Catalogue) oldest(ctx context.Context, camera string, but ...damage.Kind) (*Segment, error) {
	var s []Segment
	err := c.DB.Read().NewSelect().Model(&s).Where("camera = ?", camera).Where("state = ''").
		Where("NOT EXISTS (SELECT 1 FROM footage_damages d WHERE d.file = segment.file AND d.mended_at IS NULL AND d.kind IN (?))", bun.List(but)).
		OrderExpr("start_at, run").Limit(1).Scan(ctx)
	if err != nil || len(s) == 0 {
		return nil, problem.Wrap(err, "find the oldest footage")
	}
	return &s[0], nil
}
