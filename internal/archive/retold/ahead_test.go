package retold_test

import (
	"testing"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/retold"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
)

// TestWhatLiesAheadOfTheClock: a clock was a year ahead twice, and was put right. The catalogue
// heard of it in the order in which it happened; the journals are read by the names of days. The
// gaps ahead of the present say nothing, and nobody is accused; a recording ahead of it counts.
func TestWhatLiesAheadOfTheClock(t *testing.T) {
	clause.Covers(t, "C091")
	root := t.TempDir()
	w := journal.Writer{Root: root, Camera: "cam1"}
	defer w.Close()
	right := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	wrong := right.AddDate(1, 0, 0)
	var rows coverage.Account
	tell := func(at time.Time, r journal.Record) {
		t.Helper()
		if r.At == 0 {
			r.At = at.UnixMicro()
		}
		if err := w.Append(at.UnixMicro(), r); err != nil {
			t.Fatal(err)
		}
		rows.Apply(&r)
	}
	minute := func(from time.Time, n int) time.Time { return from.Add(time.Duration(n) * time.Minute) }
	record := func(run string, from time.Time, n int) {
		t.Helper()
		start, end := minute(from, n), minute(from, n+1)
		tell(start, journal.Record{Kind: journal.KindRun, Run: run})
		name := segment.Name{Camera: "cam1", Start: start.UnixMicro(), Run: run}
		tell(end, journal.Record{Kind: journal.KindSegment, Run: run, Segment: &segment.Closed{File: name.Path(), Start: start.UnixMicro(), End: end.UnixMicro(), Bytes: 1, Root: "00"}})
	}
	back := func(n int) { // with the next run
		tell(minute(right, n), journal.Record{Kind: journal.KindGap, At: minute(wrong, n).UnixMicro(), Cause: media.CauseClockStep})
	}
	tell(minute(wrong, 0), journal.Record{Kind: journal.KindStart})
	record("hb1", wrong, 0)
	back(1)
	record("hb2", right, 1)
	record("hb3", wrong, 3)
	back(4)
	record("hb4", right, 4)
	tell(minute(right, 5), journal.Record{Kind: journal.KindGap, Cause: media.CauseSwitchedOff, Detail: "Wang: measuring"})

	upto := map[archive.JournalOf]int64{}
	for _, day := range []string{"2026-11-30", "2027-11-30"} {
		_, next, _, err := journal.Read(root+"/cam1/"+day+"/"+journal.FileName, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		upto[archive.JournalOf{Day: day}] = next
	}
	told, err := retold.Of(t.Context(), "cam1", []archive.Volume{{Root: root}}, upto)
	if err != nil {
		t.Fatal(err)
	}
	if !told.Mixed {
		t.Error("the order is said to be known")
	}
	spans := rows.Spans()
	if all := told.Differ(spans); len(all) > 0 {
		t.Errorf("accused: %+v", all)
	}
	for i, s := range spans {
		if s.Kind != coverage.Recorded || s.Start < wrong.UnixMicro() {
			continue
		}
		false1 := append([]coverage.Span(nil), spans...)
		false1[i].Kind, false1[i].Cause = coverage.Gap, media.CauseSwitchedOff
		if len(told.Differ(false1)) == 0 {
			t.Errorf("a recording ahead of the clock became a gap, and nobody says so: %+v", s)
		}
	}
	for i, s := range spans {
		if s.Kind == coverage.Gap && s.Start < minute(right, 5).UnixMicro() && s.End-s.Start > time.Minute.Microseconds()/2 {
			false1 := append([]coverage.Span(nil), spans...)
			false1[i].Cause = media.CauseMaintenance
			if len(told.Differ(false1)) == 0 {
				t.Errorf("a gap of the past has another cause, and nobody says so: %+v", s)
			}
		}
	}
}
