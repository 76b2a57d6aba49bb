package archive_test

import (
	"slices"
	"testing"
	"time"

	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestBehind: a journal that has grown and was not taken in is seen.
func TestBehind(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	w := newWeek(t, d, begin)
	w.now.Set(begin.Add(time.Hour))
	behind := func() bool {
		t.Helper()
		all, err := w.c.Behind(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all[w.camera]
	}
	w.record(t, begin, begin.Add(time.Hour))
	if _, err := w.c.Segments(t.Context(), w.camera, 0, w.now.Micro()); err != nil { // takes in what was told of
		t.Fatal(err)
	}
	if behind() || !w.c.Settled(w.camera) {
		t.Error("behind although all was taken in")
	}
	quiet := *w.past // writes without telling
	quiet.at = w.now.Micro()
	quiet.write(t, journalGap(w.now.Micro()))
	if !behind() {
		t.Error("not behind although the journal has grown")
	}
	w.c.Notify(w.camera)
	if _, err := w.c.Segments(t.Context(), w.camera, 0, w.now.Micro()); err != nil {
		t.Fatal(err)
	}
	if behind() {
		t.Error("still behind")
	}
}

func journalGap(at int64) journal.Record {
	return journal.Record{Kind: journal.KindGap, At: at, Cause: media.CauseNetwork}
}

// TestWhatWasAlteredIsNoted: a segment that was made whole and is not what was sealed of
// it stays noted, also when the catalogue is made again.
func TestWhatWasAlteredIsNoted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
		w := newWeek(t, d, begin)
		w.record(t, begin, begin.Add(time.Hour))
		name := segment.Name{Camera: w.camera, Start: begin.Add(time.Hour).UnixMicro(), Run: "r2"}
		w.at = begin.Add(2 * time.Hour).UnixMicro()
		w.write(t, journal.Record{Kind: journal.KindSegment, At: w.at, Run: "r2", Segment: &journal.Segment{
			File: name.Path(), Start: name.Start, End: w.at, Bytes: 1, Frames: 1, Parts: 2, Root: "00", Recovered: true, Altered: true}})
		if err := w.c.CatchUp(t.Context(), w.camera); err != nil {
			t.Fatal(err)
		}
		all, err := damage.Standing(t.Context(), d.Read())
		if err != nil || len(all) != 1 || all[0].File != name.Path() || all[0].FoundBy != damage.Start || all[0].FoundAt != w.at || all[0].StartAt != name.Start {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestWhatAStartFinds: what was made whole and is short of what had been sealed, what is
// gone, and what nothing proves stays noted; the last does not say since when the camera
// is recorded, and what is found again is noted no longer.
func TestWhatAStartFinds(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
		w := newWeek(t, d, begin)
		w.record(t, begin, begin.Add(time.Hour))
		of := func(at time.Time) segment.Name {
			return segment.Name{Camera: w.camera, Start: at.UnixMicro(), Run: "r2"}
		}
		found := func(at time.Time, mark func(*journal.Segment)) {
			s := &journal.Segment{File: of(at).Path(), Start: at.UnixMicro(), End: at.UnixMicro() + 300e6, Bytes: 1, Frames: 1, Parts: 2, Root: "00", Recovered: true}
			mark(s)
			w.write(t, journal.Record{Kind: journal.KindSegment, At: s.End, Run: "r2", Segment: s})
		}
		short, gone, strange := begin.Add(time.Hour), begin.Add(2*time.Hour), begin.AddDate(-7, 0, 0)
		found(short, func(s *journal.Segment) { s.Short = 2 })
		found(strange, func(s *journal.Segment) { s.Unproved = true })
		w.write(t, journal.Record{Kind: journal.KindLost, At: gone.UnixMicro() + 60e6, Sealed: &journal.Sealed{File: of(gone).Path(), Parts: 3, Root: "00"}})
		w.write(t, journal.Record{Kind: journal.KindLost, At: gone.UnixMicro() + 60e6, Sealed: &journal.Sealed{File: "another/2026-11-20/file.mp4", Parts: 3, Root: "00"}})
		stand := func(want ...damage.Kind) {
			t.Helper()
			if err := w.c.CatchUp(t.Context(), w.camera); err != nil {
				t.Fatal(err)
			}
			all, err := damage.Standing(t.Context(), d.Read())
			var got []damage.Kind
			for _, x := range all {
				got = append(got, x.Kind)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%v, want %v: %+v, %v", got, want, all, err)
			}
		}
		stand(damage.Unproved, damage.Short, damage.Missing)
		first, err := w.c.First(t.Context(), w.camera)
		if err != nil || first < begin.UnixMicro() {
			t.Errorf("in service since %s, %v", time.UnixMicro(first), err)
		}
		if from, to, err := w.c.Extent(t.Context(), w.camera); err != nil || from < begin.UnixMicro() || to <= from || to < short.UnixMicro() {
			t.Errorf("footage from %s to %s, %v", time.UnixMicro(from), time.UnixMicro(to), err)
		}
		if from, to, err := w.c.Extent(t.Context(), "another"); err != nil || from != 0 || to != 0 {
			t.Errorf("footage of nobody from %d to %d, %v", from, to, err)
		}
		if s, err := w.c.Oldest(t.Context(), w.camera); err != nil || s == nil || s.StartAt < begin.UnixMicro() {
			t.Errorf("the oldest is %+v, %v", s, err)
		}
		if s, err := w.c.Segments(t.Context(), w.camera, strange.UnixMicro(), strange.UnixMicro()+1); err != nil || len(s) != 1 {
			t.Errorf("what nothing proves cannot be seen: %+v, %v", s, err)
		}
		found(gone, func(*journal.Segment) {})
		stand(damage.Unproved, damage.Short)
	})
}
