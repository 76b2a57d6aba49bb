package archive

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/usage"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// MaxSegment bounds how long before an instant a segment that covers it may have
// begun: far more than any configured length, so that a camera whose key frames
// are rare is found too.
const MaxSegment = lines.MaxSegment

// SegmentOf is the segment that a line of a journal tells of, which lies on a volume.
func SegmentOf(camera, volume string, r *journal.Record) Segment {
	s := Segment{
		Camera: camera, StartAt: r.Start, EndAt: r.End, Run: r.Run, File: r.File,
		Bytes: r.Bytes, Parts: r.Parts, Frames: r.Frames, Root: r.Root,
		Codec: r.Codec, MIME: r.MIME, Width: r.Width, Height: r.Height, Audio: r.Audio,
		Lost: r.Lost, Dropped: r.Dropped, Volume: volume,
	}
	if r.Recovered {
		s.Recovered = 1
	}
	return s
}

// Closed is what the journal says of the segment.
func (s *Segment) Closed() segment.Closed {
	return segment.Closed{
		File: s.File, Start: s.StartAt, End: s.EndAt, Bytes: s.Bytes, Parts: s.Parts, Frames: s.Frames, Root: s.Root,
		Codec: s.Codec, MIME: s.MIME, Width: s.Width, Height: s.Height, Audio: s.Audio, Recovered: s.Recovered != 0,
		Lost: s.Lost, Dropped: s.Dropped,
	}
}

func (c *Catalogue) open(camera string) *recording.OpenSegment {
	if c.OpenSegment == nil {
		return nil
	}
	return c.OpenSegment(camera)
}

func (c *Catalogue) spans(ctx context.Context, camera string, from, to int64) ([]coverage.Span, error) {
	rows, err := c.queries.coverage.QueryContext(ctx, camera, camera, from, to)
	if err != nil {
		return nil, problem.Wrap(err, "read coverage")
	}
	defer rows.Close()
	var out []coverage.Span
	for rows.Next() {
		var s coverage.Span
		if err := rows.Scan(&s.Start, &s.End, &s.Kind, &s.Cause, &s.Detail); err != nil {
			return nil, problem.Wrap(err, "read coverage")
		}
		out = append(out, s)
	}
	return out, problem.Wrap(rows.Err(), "read coverage")
}

// Segments gives the segments that hold footage of a camera between from and to
// (µs since 1970 UTC), in order of their start; the one being written is last.
func (c *Catalogue) Segments(ctx context.Context, camera string, from, to int64) ([]Segment, error) {
	tail := c.open(camera)
	if err := c.current(ctx, camera); err != nil {
		return nil, err
	}
	rows, err := c.queries.segments.QueryContext(ctx, camera, from-MaxSegment, to, from)
	if err != nil {
		return nil, problem.Wrap(err, "read segments")
	}
	defer rows.Close()
	var out []Segment
	for rows.Next() {
		s, err := scanSegment(rows, camera)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		return nil, problem.Wrap(err, "read segments")
	}
	if out, err = c.withKept(ctx, camera, out, from, to); err != nil {
		return nil, err
	}
	if tail != nil && tail.Start < to && tail.End > from {
		for _, s := range out {
			if s.File == tail.Name.Path() {
				return out, nil // closed since
			}
		}
		out = append(out, openRow(camera, tail))
	}
	return out, nil
}

// withKept adds to segments in order what a hold keeps although its removal is on record.
func (c *Catalogue) withKept(ctx context.Context, camera string, all []Segment, from, to int64) ([]Segment, error) {
	if c.Kept == nil {
		return all, nil
	}
	kept, err := c.Kept(ctx, camera, from, to)
	if err != nil || len(kept) == 0 {
		return all, err
	}
	all = append(all, kept...) // a row that is there comes first, and stays
	slices.SortStableFunc(all, func(a, b Segment) int { return cmp.Or(cmp.Compare(a.StartAt, b.StartAt), cmp.Compare(a.Run, b.Run)) })
	return slices.CompactFunc(all, func(a, b Segment) bool { return a.File == b.File }), nil
}

// keptWhen is when what is kept so was recorded.
func (c *Catalogue) keptWhen(ctx context.Context, camera string, from, to int64) ([]coverage.Interval, error) {
	kept, err := c.withKept(ctx, camera, nil, from, to)
	out := make([]coverage.Interval, len(kept))
	for i := range kept {
		out[i] = coverage.Interval{Start: kept[i].StartAt, End: kept[i].EndAt}
	}
	return out, err
}

// Before gives the newest segment that begins at or before an instant, or nil.
func (c *Catalogue) Before(ctx context.Context, camera string, at int64) (*Segment, error) {
	if tail := c.open(camera); tail != nil && tail.Start <= at {
		s := openRow(camera, tail)
		return &s, nil
	}
	if err := c.current(ctx, camera); err != nil {
		return nil, err
	}
	s, err := scanSegment(c.queries.before.QueryRowContext(ctx, camera, at), camera)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

type scanner interface{ Scan(...any) error }

func scanSegment(r scanner, camera string) (Segment, error) {
	s := Segment{Camera: camera}
	err := r.Scan(&s.StartAt, &s.EndAt, &s.Run, &s.File, &s.Bytes, &s.Frames, &s.Codec, &s.MIME, &s.Width, &s.Height, &s.Audio, &s.Volume)
	return s, problem.Wrap(err, "read segments")
}

func openRow(camera string, o *recording.OpenSegment) Segment {
	s := Segment{Camera: camera, StartAt: o.Start, EndAt: o.End, Run: o.Name.Run, File: o.Name.Path(), Bytes: o.Size, Volume: o.Volume, Open: o}
	mime := ""
	for _, t := range o.Run.Tracks {
		if m := t.MIME(); m != "" {
			if mime != "" {
				mime += ","
			}
			mime += m
		}
		switch {
		case t.Codec.Video() && s.Codec == "":
			s.Codec, s.Width, s.Height = string(t.Codec), t.Width, t.Height
		case !t.Codec.Video() && s.Audio == "":
			s.Audio = string(t.Codec)
		}
	}
	s.MIME = mime
	return s
}

// Bytes is the size of all segments, as counted within the last minute or so; 0
// until it was counted first. It never waits for the database.
func (c *Catalogue) Bytes() (sum int64) {
	for _, n := range c.Usage() {
		sum += n
	}
	return sum
}

// Usage is Bytes by the volume or tier that the segments lie on.
func (c *Catalogue) Usage() map[string]int64 { return c.usage.Known() }

// Stored is the size of all segments; unlike Bytes it asks the database where that is
// not known yet.
func (c *Catalogue) Stored(ctx context.Context) (sum int64, err error) {
	if n := c.Bytes(); n > 0 {
		return n, nil
	}
	used, err := usage.Stored(ctx, c.DB.Read())
	for _, n := range used {
		sum += n
	}
	return sum, err
}

// Holds tells whether there are segments that lie on a volume or tier.
func (c *Catalogue) Holds(ctx context.Context, volume string) (bool, error) {
	some, err := c.DB.Read().NewSelect().Model((*Segment)(nil)).Where("volume = ?", volume).Exists(ctx)
	return some, problem.Wrap(err, "look for segments of a volume")
}

// Extent is where a camera's closed segments begin and end, µs; zeros where there is none.
// Those whose times nothing proves do not count.
func (c *Catalogue) Extent(ctx context.Context, camera string) (from, to int64, err error) {
	closed := func() *bun.SelectQuery {
		return c.DB.Read().NewSelect().Model((*Segment)(nil)).Where("camera = ? AND state = ''", camera).
			Where("NOT EXISTS (SELECT 1 FROM footage_damages d WHERE d.file = segment.file AND d.kind = ?)", damage.Unproved)
	}
	if err := closed().ColumnExpr("COALESCE(MIN(start_at), 0)").Scan(ctx, &from); err != nil || from == 0 {
		return 0, 0, problem.Wrap(err, "read where footage begins")
	}
	err = closed().Column("end_at").OrderExpr("start_at DESC").Limit(1).Scan(ctx, &to)
	return from, to, problem.Wrap(err, "read where footage ends")
}
