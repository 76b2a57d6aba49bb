// Package bookmark keeps the marks that people set in the footage. They are
// append-only: who takes one back adds a retraction with a reason.
package bookmark

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown   = problem.New(problem.NotFound, "bookmark_unknown", "There is no such bookmark.")
	ErrRetracted = problem.New(problem.Conflict, "bookmark_retracted", "This bookmark was taken back already.")
	ErrCamera    = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("camera")
	ErrInterval  = problem.New(problem.Invalid, "interval_invalid", "The interval ends before it begins, or is too long.").On("end") // days
	ErrFuture    = problem.New(problem.Invalid, "bookmark_in_future", "A bookmark marks what has been, not what will be.").On("at")
)

// longest keeps the search for bookmarks that reach into an interval short.
const longest = 31 * 24 * time.Hour

// Bookmark marks a moment or an interval of one camera.
type Bookmark struct {
	ID         string
	Camera     string
	At         int64 // µs
	End        int64 // µs; the same as At for a moment
	Title      string
	Note       string
	Person     string
	CreatedAt  int64       // µs
	Retraction *Retraction // nil: it stands
}

// Retraction takes a bookmark back.
type Retraction struct {
	At     int64 // µs
	Person string
	Reason string
}

// New is what a person writes.
type New struct {
	Camera string
	At     int64 // µs
	End    int64 // µs; 0 for a moment
	Title  string
	Note   string
}

// Bookmarks keeps them.
type Bookmarks struct {
	DB    *db.DB
	Clock clock.Clock
}

type bookmarkRow struct {
	bun.BaseModel `bun:"table:bookmarks,alias:bookmark"`
	ID            string `bun:",pk"`
	Camera        string
	At            int64
	EndAt         int64
	Title         string
	Note          string
	Person        string
	CreatedAt     int64
}

type retractionRow struct {
	bun.BaseModel `bun:"table:bookmark_retractions,alias:retraction"`
	Bookmark      string `bun:",pk"`
	At            int64
	Person        string
	Reason        string
}

func (r bookmarkRow) bookmark(taken *retractionRow) Bookmark {
	b := Bookmark{ID: r.ID, Camera: r.Camera, At: r.At, End: r.EndAt, Title: r.Title, Note: r.Note, Person: r.Person, CreatedAt: r.CreatedAt}
	if taken != nil {
		b.Retraction = &Retraction{At: taken.At, Person: taken.Person, Reason: taken.Reason}
	}
	return b
}

// Create sets a bookmark.
func (s *Bookmarks) Create(ctx context.Context, actor access.Actor, n New) (Bookmark, error) {
	if err := access.Can(actor, access.BookmarkWrite, n.Camera); err != nil {
		return Bookmark{}, err
	}
	if n.End == 0 {
		n.End = n.At
	}
	if at := s.Clock.Micro() + time.Minute.Microseconds(); n.At > at || n.End > at { // a browser's clock may be a little ahead
		return Bookmark{}, ErrFuture
	}
	if n.At <= 0 || n.End < n.At || n.End-n.At > longest.Microseconds() {
		return Bookmark{}, ErrInterval.With("days", int(longest.Hours()/24))
	}
	title, err := text.Line("title", n.Title, 1, 200)
	if err != nil {
		return Bookmark{}, err
	}
	note, err := text.Block("note", n.Note, 0, 4000)
	if err != nil {
		return Bookmark{}, err
	}
	row := bookmarkRow{ID: db.NewID(), Camera: n.Camera, At: n.At, EndAt: n.End, Title: title, Note: note,
		Person: actor.Person, CreatedAt: s.Clock.Micro()}
	err = s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrCamera
			}
			return problem.Wrap(err, "create bookmark")
		}
		return ledger.Record(ctx, tx, actor.For(access.BookmarkWrite, row.Camera).Act(row.CreatedAt, "bookmark.created", row.ID, row.Camera,
			map[string]any{"at": row.At, "end": row.EndAt, "title": title}))
	})
	if err != nil {
		return Bookmark{}, err
	}
	return row.bookmark(nil), nil
}

// Retract takes a bookmark back. It and the reason stay on record.
func (s *Bookmarks) Retract(ctx context.Context, actor access.Actor, id, reason string) (Bookmark, error) {
	reason, err := text.Line("reason", reason, 2, 500)
	if err != nil {
		return Bookmark{}, err
	}
	var after Bookmark
	err = s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row bookmarkRow
		err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return problem.Wrap(err, "read bookmark")
		}
		if err := access.Can(actor, access.BookmarkWrite, row.Camera); err != nil {
			return err
		}
		taken := retractionRow{Bookmark: id, At: s.Clock.Micro(), Person: actor.Person, Reason: reason}
		if _, err := tx.NewInsert().Model(&taken).Exec(ctx); err != nil {
			if db.IsUnique(err, "bookmark_retractions.bookmark") {
				return ErrRetracted
			}
			return problem.Wrap(err, "retract bookmark")
		}
		after = row.bookmark(&taken)
		return ledger.Record(ctx, tx, actor.For(access.BookmarkWrite, row.Camera).Act(taken.At, "bookmark.retracted", id, row.Camera, map[string]any{"reason": reason}))
	})
	if err != nil {
		return Bookmark{}, err
	}
	return after, nil
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	Camera    string
	From      int64 // µs: marks that reach past it, or lie on it
	To        int64 // µs: marks that begin before it
	Retracted bool  // those that were taken back too
	Limit     int   // 1…1000; 0 means 500
}

// List gives bookmarks in the order of the footage. Any person who may see the
// past, or what was done, may read them.
func (s *Bookmarks) List(ctx context.Context, actor access.Actor, f Filter) ([]Bookmark, error) {
	if err := access.Can(actor, access.PlaybackView, f.Camera); err != nil && access.Can(actor, access.ActRead, f.Camera) != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 500
	}
	var rows []bookmarkRow
	q := s.DB.Read().NewSelect().Model(&rows).OrderExpr("bookmark.at, bookmark.id").Limit(int64(min(f.Limit, 1000)))
	if f.Camera != "" {
		q.Where("bookmark.camera = ?", f.Camera)
	} else if cameras, narrow := access.ReachOf(actor, access.PlaybackView, access.ActRead).Narrow(); narrow {
		q.Where("bookmark.camera IN (?)", bun.List(cameras))
	}
	if f.From != 0 {
		q.Where("bookmark.at >= ?", f.From-longest.Microseconds()).Where("bookmark.end_at >= ?", f.From)
	}
	if f.To != 0 {
		q.Where("bookmark.at < ?", f.To)
	}
	if !f.Retracted {
		q.Where("NOT EXISTS (SELECT 1 FROM bookmark_retractions r WHERE r.bookmark = bookmark.id)")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list bookmarks")
	}
	taken := map[string]*retractionRow{}
	if f.Retracted && len(rows) > 0 {
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		var all []retractionRow
		if err := s.DB.Read().NewSelect().Model(&all).Where("bookmark IN (?)", bun.List(ids)).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "list bookmarks")
		}
		for i := range all {
			taken[all[i].Bookmark] = &all[i]
		}
	}
	bookmarks := make([]Bookmark, len(rows))
	for i, r := range rows {
		bookmarks[i] = r.bookmark(taken[r.ID])
	}
	return bookmarks, nil
}
