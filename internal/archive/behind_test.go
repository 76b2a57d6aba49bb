package archive_test

import (
	"testing"
	"time"

	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
)

// TestBehind: a journal that has grown and was not taken in is seen.
func TestBehind(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	w := newWeek(t, d, begin)
	w.now = begin.Add(time.Hour).UnixMicro()
	behind := func() bool {
		t.Helper()
		all, err := w.c.Behind(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all[w.camera]
	}
	w.record(t, begin, begin.Add(time.Hour))
	if _, err := w.c.Segments(t.Context(), w.camera, 0, w.now); err != nil { // takes in what was told of
		t.Fatal(err)
	}
	if behind() || !w.c.Settled(w.camera) {
		t.Error("behind although all was taken in")
	}
	quiet := *w.past // writes without telling
	quiet.at = w.now
	quiet.write(t, journalGap(w.now))
	if !behind() {
		t.Error("not behind although the journal has grown")
	}
	w.c.Notify(w.camera)
	if _, err := w.c.Segments(t.Context(), w.camera, 0, w.now); err != nil {
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
