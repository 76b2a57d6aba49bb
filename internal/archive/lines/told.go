package lines

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// first is what was told of a segment first.
type first struct {
	File  string
	EndAt int64 // µs since 1970 UTC
	Bytes int64
	Root  string
	// By its tombstone, which says for certain only from when to when it was.
	dead bool
}

func (t first) other(r *journal.Record) bool {
	return t.EndAt != r.End || !t.dead && r.Kind != journal.KindTombstone && (t.Bytes != r.Bytes || t.Root != r.Root)
}

// AsTold tells, by their places, which of n lines of a camera's journals tell of a segment
// otherwise than the row that is there, or than one of them before.
func AsTold(ctx context.Context, tx bun.IDB, camera string, n int, record func(i int) *journal.Record) (map[int]Why, error) {
	var files []string
	for i := range n {
		if r := record(i); r.Segment != nil {
			files = append(files, r.File)
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	known := map[string]first{}
	for _, table := range []string{"tombstones", "segments"} {
		var rows []first
		err := tx.NewSelect().Table(table).Column("file", "end_at", "bytes", "root").
			Where("camera = ?", camera).Where("file IN (?)", bun.List(files)).Scan(ctx, &rows)
		if err != nil {
			return nil, problem.Wrap(err, "read what was told of segments")
		}
		for _, t := range rows {
			t.dead = table == "tombstones"
			known[t.File] = t
		}
	}
	why := map[int]Why{}
	for i := range n {
		r := record(i)
		if r.Segment == nil {
			continue
		}
		switch t, told := known[r.File]; {
		case told && t.other(r) && r.Kind == journal.KindMove:
			why[i] = Unmoved
		case told && t.other(r):
			why[i] = Otherwise
		case !told && r.Kind == journal.KindSegment:
			known[r.File] = first{File: r.File, EndAt: r.End, Bytes: r.Bytes, Root: r.Root}
		}
	}
	return why, nil
}
