package archive_test

import (
	"slices"
	"testing"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/retold"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestLinesThatNoRecorderWrote: whoever can write into the folder appends a line with a right
// checksum. It changes nothing of what the recorder told, and is told of; whoever makes the
// account anew comes to the same.
func TestLinesThatNoRecorderWrote(t *testing.T) {
	clause.Covers(t, "C093")
	begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	at := func(minutes int) int64 { return begin.Add(time.Duration(minutes) * time.Minute).UnixMicro() }
	seg := func(kind string, from, to int) journal.Record {
		return journal.Record{Kind: kind, At: at(to), Run: "run1", Segment: &journal.Segment{
			File: segment.Name{Camera: "cam1", Start: at(from), Run: "run1"}.Path(), Start: at(from), End: at(to), Bytes: 9, Frames: 1, Parts: 2, Root: "00"}}
	}
	nowhere := "nowhere"
	for name, c := range map[string]struct {
		line func() journal.Record
		want lines.Why
	}{
		"an outage that was removed": {func() journal.Record {
			return journal.Record{Kind: journal.KindGap, At: at(10), Cause: media.CauseDeletedOrder}
		}, lines.Unburied},
		"a segment from the beginning on": {func() journal.Record {
			r := seg(journal.KindSegment, 30, 40)
			r.Start, r.Recovered = at(0), true
			return r
		}, lines.Renamed},
		"a segment that lasts longer": {func() journal.Record {
			r := seg(journal.KindSegment, 0, 50)
			r.Recovered = true
			return r
		}, lines.Otherwise},
		"a removal of more than there was": {func() journal.Record {
			r := seg(journal.KindTombstone, 0, 50)
			r.Ground, r.Authority = journal.GroundOrder, "none"
			return r
		}, lines.Otherwise},
		"a segment of all times": {func() journal.Record {
			r := seg(journal.KindSegment, 30, 40)
			r.Start, r.End = -1<<63, 1<<63-1
			return r
		}, lines.Timeless},
		"a move of another file": {func() journal.Record {
			r := seg(journal.KindMove, 30, 40)
			r.Bytes, r.To = 1, &nowhere
			return r
		}, lines.Unmoved},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWeek(t, d, begin)
				const cam = "cam1"
				w.now.Set(time.UnixMicro(at(60)))
				w.at = at(60)
				for _, r := range []journal.Record{
					{Kind: journal.KindStart, At: at(0)}, {Kind: journal.KindRun, At: at(0), Run: "run1"}, seg(journal.KindSegment, 0, 10),
					{Kind: journal.KindGap, At: at(10), Cause: media.CauseNetwork}, {Kind: journal.KindRun, At: at(30), Run: "run1"}, seg(journal.KindSegment, 30, 40),
				} {
					w.write(t, r)
				}
				var strange []lines.Found
				cat := w.c
				cat.OnStrange = func(s lines.Found) { strange = append(strange, s) }
				spans := func() []coverage.Span {
					t.Helper()
					if err := cat.CatchUp(t.Context(), cam); err != nil {
						t.Fatal(err)
					}
					lanes, err := cat.Timeline(t.Context(), []string{cam}, at(0), at(40), 0)
					if err != nil {
						t.Fatal(err)
					}
					return lanes[0].Spans
				}
				before := spans()
				w.write(t, c.line())
				cat.Notify(cam)
				if after := spans(); !slices.Equal(before, after) {
					t.Errorf("told %v, now %v", before, after)
				}
				if len(strange) != 1 || strange[0].Why != c.want || strange[0].Camera != cam {
					t.Errorf("told of %+v", strange)
				}
				all, err := cat.Segments(t.Context(), cam, at(0), at(40))
				if err != nil || len(all) != 2 || all[0].Volume != "" || all[1].Volume != "" {
					t.Errorf("segments %+v, %v", all, err)
				}
				upto, err := archive.Taken(t.Context(), d.Read(), cam)
				if err != nil {
					t.Fatal(err)
				}
				a, err := retold.Of(t.Context(), cam, []archive.Volume{{Root: w.c.Root}}, upto)
				if err != nil {
					t.Fatal(err)
				}
				var rows []coverage.Span
				if err := d.Read().NewRaw("SELECT start_at AS start, end_at AS \"end\", kind, cause, detail FROM coverage WHERE camera = ? ORDER BY start_at", cam).Scan(t.Context(), &rows); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(a.Spans, rows) {
					t.Errorf("made anew %v, stored %v", a.Spans, rows)
				}
			})
		})
	}
}
