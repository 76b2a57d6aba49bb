package logged

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/lines"
	"watchroom/internal/recording/journal"
)

// Lost are the lines of a camera's journals that call a segment lost which had been sealed:
// no entry of the log tells of them. Its zero value knows of none.
type Lost struct {
	lines []lost
	told  map[string]bool // of their files, those that were closed afterwards by who wrote them
}

type lost struct {
	volume, camera, day, file string
	offset, at, bytes         int64
}

// Take takes the next line of a journal.
func (l *Lost) Take(volume, camera, day string, r *journal.Line) {
	switch {
	case r.Kind == journal.KindLost && r.Sealed != nil && lines.Strange(camera, &r.Record) == lines.Fine:
		l.lines = append(l.lines, lost{volume, camera, day, r.Sealed.File, r.Offset, r.At, r.Sealed.Bytes})
		if l.told == nil {
			l.told = map[string]bool{}
		}
		l.told[r.Sealed.File] = l.told[r.Sealed.File] || false
	case r.Kind == journal.KindSegment && r.Segment != nil && !r.Recovered:
		if _, is := l.told[r.File]; is {
			l.told[r.File] = true
		}
	}
}

// Untrue names those lines whose segment had been told of before, or is there. there tells
// whether a file is, at least so long.
func (l *Lost) Untrue(ctx context.Context, tx *sql.Tx, there func(file string, bytes int64) bool) (found []finding.Finding, err error) {
	for _, one := range l.lines {
		var volume, day string
		var place, stop int64
		var gone sql.NullInt64
		err := tx.QueryRowContext(ctx, "SELECT volume, day, place, stop, gone FROM segs WHERE file = ?", one.file).Scan(&volume, &day, &place, &stop, &gone)
		none := errors.Is(err, sql.ErrNoRows)
		if err != nil && !none {
			return nil, err
		}
		before := !none && (volume != one.volume && stop < one.at || volume == one.volume && (day < one.day || day == one.day && place < one.offset))
		if gone.Valid || !before && !l.told[one.file] && (!none || !there(one.file, one.bytes)) {
			continue
		}
		found = append(found, strange(-1, 0, one.volume, one.camera, one.day, one.offset, lines.Present, "%s is there, or was closed", one.file))
	}
	return found, nil
}

// Missed gives the files that stand as missing since a line of a journal called them lost.
func Missed(ctx context.Context, tx bun.IDB) (map[string]bool, error) {
	standing, err := damage.Standing(ctx, tx)
	missed := map[string]bool{}
	for i := range standing {
		if d := &standing[i]; d.FoundBy == damage.Start && d.Kind == damage.Missing {
			missed[d.File] = true
		}
	}
	return missed, err
}
