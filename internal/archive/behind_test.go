package archive_test

import (
	"testing"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
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
