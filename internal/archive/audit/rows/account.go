// Package rows holds rows that people see against what made them: the account of a camera's
// time against its journals, removals against their entries of the log, and windows, hours,
// statements and orders against their acts. It only says what differs.
package rows

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/retold"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
)

// mostTold bounds how many rows of one camera are named.
const mostTold = 100

// Account is what the rows tell of a camera's time.
type Account struct {
	rows    []coverage.Span
	removed []string // files with a tombstone
	clocks  []retold.Clock
	taken   map[archive.JournalOf]int64
}

// AccountOf reads the account of a camera, how its clock was measured, and how much of its
// journals that was made of, as of the instant of the transaction.
func AccountOf(ctx context.Context, tx bun.IDB, camera string) (is Account, err error) {
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
	var clocks []struct {
		At, OffsetUs int64
		Source       string
	}
	if err := tx.NewRaw("SELECT at, offset_us, source FROM camera_clocks WHERE camera = ? ORDER BY at", camera).Scan(ctx, &clocks); err != nil {
		return is, err
	}
	for _, c := range clocks {
		is.clocks = append(is.clocks, retold.Clock{At: c.At, Offset: c.OffsetUs, Source: c.Source})
	}
	is.taken, err = archive.Taken(ctx, tx, camera)
	return is, err
}

// Compare compares the account with what the journals below the roots come to, and names
// files of which a removal is told and no row is there. Where a journal of which it was made
// is not here the error is retold.ErrGone.
func (is *Account) Compare(ctx context.Context, camera string, roots []archive.Volume) (untrue []facts.Difference, missing []string, err error) {
	told, err := retold.Of(ctx, camera, roots, is.taken)
	if err != nil {
		return nil, nil, fmt.Errorf("make the account of %s anew: %w", camera, err)
	}
	slices.Sort(is.removed) // as Go sorts, whatever the database does
	for _, file := range told.Removed {
		if _, there := slices.BinarySearch(is.removed, file); !there {
			missing = append(missing, file)
		}
	}
	untrue = is.measured(camera, told.Clocks)
	for _, d := range told.Differ(is.rows) {
		one := facts.Difference{Row: fmt.Sprintf("coverage %s %d", camera, d.Row),
			Why: fmt.Sprintf("from %s to %s it says %s, by the journals %s", instant(d.From), instant(d.To), words(d.Is), words(d.Want))}
		if len(untrue) >= mostTold {
			one.Why += "; and more behind it"
			return append(untrue, one), missing, nil
		}
		untrue = append(untrue, one)
	}
	return untrue, missing, nil
}

// measured compares how the camera's clock was measured with what journals tell: of two lines
// of one instant the row may be of either.
func (is *Account) measured(camera string, told []retold.Clock) (untrue []facts.Difference) {
	at := map[int64][]retold.Clock{}
	for _, c := range told {
		at[c.At] = append(at[c.At], c)
	}
	say := func(at int64, why string) {
		if len(untrue) < mostTold {
			untrue = append(untrue, facts.Difference{Row: fmt.Sprintf("camera_clocks %s %d", camera, at), Why: why})
		}
	}
	for _, c := range is.clocks {
		switch of := at[c.At]; {
		case len(of) == 0:
			say(c.At, "no line of a journal tells of it")
		case !slices.Contains(of, c):
			say(c.At, fmt.Sprintf("%d µs %q, by the journals %d µs %q", c.Offset, c.Source, of[0].Offset, of[0].Source))
		}
		at[c.At] = nil
	}
	for _, c := range told {
		if at[c.At] != nil {
			say(c.At, "a line of a journal tells of it, and it is not there")
			at[c.At] = nil
		}
	}
	return untrue
}

// Gone gives the journals of which the account was made and that are not here.
func (is *Account) Gone(camera string, roots []archive.Volume) (gone []archive.JournalOf) {
	for j := range is.taken {
		i := slices.IndexFunc(roots, func(v archive.Volume) bool { return v.Name == j.Volume })
		if i >= 0 {
			if journal.Whole(filepath.Join(roots[i].Root, camera, j.Day, journal.FileName)) == nil {
				continue
			}
		}
		gone = append(gone, j)
	}
	return gone
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
