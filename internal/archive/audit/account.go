package audit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/retold"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
)

// mostTold bounds how many rows of one camera are named.
const mostTold = 100

// account is what the rows tell of a camera's time.
type account struct {
	rows    []coverage.Span
	removed []string // files with a tombstone
	taken   map[archive.JournalOf]int64
}

// accountOf reads the account of a camera, and how much of its journals it was made of, as
// of the instant of the transaction.
func accountOf(ctx context.Context, tx bun.IDB, camera string) (is account, err error) {
	var all []struct {
		StartAt, EndAt      int64
		Kind, Cause, Detail string
	}
	err = tx.NewRaw("SELECT start_at, end_at, kind, cause, detail FROM coverage WHERE camera = ? ORDER BY start_at", camera).Scan(ctx, &all)
	if err != nil {
		return is, err
	}
	rows := make([]coverage.Span, len(all))
	for i, r := range all {
		rows[i] = coverage.Span{Start: r.StartAt, End: r.EndAt, Kind: coverage.Kind(r.Kind), Cause: media.Cause(r.Cause), Detail: r.Detail}
	}
	is.rows = rows
	if err := tx.NewRaw("SELECT file FROM tombstones WHERE camera = ?", camera).Scan(ctx, &is.removed); err != nil {
		return is, err
	}
	is.taken, err = archive.Taken(ctx, tx, camera)
	return is, err
}

// retell compares the account of a camera with what its journals come to, whose lines have
// been compared with the log. Where a journal of which it was made is not here, which is
// named by itself, nothing can be compared.
func (a *Audit) retell(ctx context.Context, camera string, is *account) (found []Finding, err error) {
	roots := make([]archive.Volume, len(a.Volumes))
	for i, r := range a.Volumes {
		roots[i] = archive.Volume{Name: r.Volume, Root: r.Path}
	}
	told, err := retold.Of(ctx, camera, roots, is.taken)
	if errors.Is(err, retold.ErrGone) {
		for j := range is.taken {
			n, err := a.st.count(ctx, "SELECT COUNT(*) FROM journals WHERE volume = ? AND camera = ? AND day = ?", j.Volume, camera, j.Day)
			if err != nil {
				return nil, err
			}
			path := filepath.Join(a.path(j.Volume), camera, j.Day, journal.FileName)
			if _, err := os.Stat(path); n == 0 && err != nil { // or it would be a way out for whoever writes the row
				found = append(found, Finding{Kind: CoverageUntrue, Leaf: -1, Row: fmt.Sprintf("journal_cursors %s %s %s", camera, j.Volume, j.Day),
					Detail: "it tells of a journal that is not here and of which the log does not know"})
			}
		}
		a.st.Report.Untold++
		return found, nil
	}
	if err != nil {
		return nil, fmt.Errorf("make the account of %s anew: %w", camera, err)
	}
	slices.Sort(is.removed) // as Go sorts, whatever the database does
	for _, file := range told.Removed {
		if _, there := slices.BinarySearch(is.removed, file); !there {
			found = append(found, Finding{Kind: TombstoneMissing, Leaf: -1, File: file, Row: "tombstones " + file})
		}
	}
	most := mostTold + len(found)
	for _, d := range told.Differ(is.rows) {
		f := Finding{Kind: CoverageUntrue, Leaf: -1, Row: fmt.Sprintf("coverage %s %d", camera, d.Row),
			Detail: fmt.Sprintf("from %s to %s it says %s, by the journals %s", instant(d.From), instant(d.To), words(d.Is), words(d.Want))}
		if len(found) == most {
			f.Detail += "; and more behind it"
			return append(found, f), nil
		}
		found = append(found, f)
	}
	return found, nil
}

// path is the folder of a volume; empty where it is not here.
func (a *Audit) path(volume string) string {
	for _, r := range a.Volumes {
		if r.Volume == volume {
			return r.Path
		}
	}
	return ""
}

// words says what a span is.
func words(s coverage.Span) string {
	switch {
	case s.Kind == "":
		return "nothing"
	case s.Cause == "":
		return string(s.Kind)
	case s.Detail == "":
		return fmt.Sprintf("%s %s", s.Kind, s.Cause)
	}
	return fmt.Sprintf("%s %s %q", s.Kind, s.Cause, s.Detail)
}

// instant writes an instant for people.
func instant(at int64) string {
	if at == math.MaxInt64 {
		return "now"
	}
	return time.UnixMicro(at).UTC().Format(time.RFC3339)
}
