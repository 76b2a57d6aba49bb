package archive_test

import (
	"slices"
	"testing"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatWasPutIntoAJournal: lines that somebody writes behind those of the recorder are
// taken in like any other, and what they tell of stays noted as unproved: in a pause, over
// what was recorded, and in the time to come. What the recorder itself tells does not, also
// when the process is another one.
func TestWhatWasPutIntoAJournal(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
		at := func(minutes int) int64 { return begin.Add(time.Duration(minutes) * time.Minute).UnixMicro() }
		w := newWeek(t, d, begin)
		w.now.Set(time.UnixMicro(at(120)))
		name := func(from int, run string) string {
			return segment.Name{Camera: w.camera, Start: at(from), Run: run}.Path()
		}
		run := func(from int, id string) journal.Record {
			return journal.Record{Kind: journal.KindRun, At: at(from), Run: id}
		}
		tell := func(from, to int, run string) journal.Record {
			return journal.Record{Kind: journal.KindSegment, At: at(to), Run: run, Segment: &journal.Segment{
				File: name(from, run), Start: at(from), End: at(to), Bytes: 1, Frames: 1, Parts: 2, Root: "00"}}
		}
		write := func(records ...journal.Record) {
			t.Helper()
			w.at = at(60)
			for _, r := range records {
				w.write(t, r)
			}
		}
		stand := func(c *archive.Catalogue, want ...string) {
			t.Helper()
			if err := c.CatchUp(t.Context(), w.camera); err != nil {
				t.Fatal(err)
			}
			all, err := damage.Standing(t.Context(), d.Read())
			var got []string
			for _, x := range all {
				if x.Kind == damage.Unproved {
					got = append(got, x.File)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if err != nil || len(got) != len(all) || !slices.Equal(got, want) {
				t.Fatalf("noted %q, want %q, %v", got, want, err)
			}
		}
		write(run(0, "ra"), tell(0, 5, "ra"), tell(5, 10, "ra"), journal.Record{Kind: journal.KindStop, At: at(10), Cause: media.CauseOffHours},
			run(30, "rb"), tell(30, 35, "rb"), tell(35, 40, "rb"))
		stand(w.c)
		write(tell(40, 45, "rb"))
		stand(w.c)
		forged := []string{name(11, "ra"), name(13, "ra")}
		write(tell(11, 13, "ra"), tell(13, 15, "ra"))
		stand(w.c, forged...)

		// A process that begins anew knows what was told before.
		c := &archive.Catalogue{DB: d, Root: w.c.Root, Clock: w.now.Now}
		w.c.Close()
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		write(tell(45, 50, "rb"), tell(20, 22, "rb"), tell(36, 38, "rb"), tell(300, 305, "rb"))
		forged = append(forged, name(20, "rb"), name(36, "rb"), name(300, "rb"))
		stand(c, forged...)
		if s, err := c.Segments(t.Context(), w.camera, at(11), at(13)); err != nil || len(s) != 1 {
			t.Errorf("it cannot be seen: %+v, %v", s, err)
		}
	})
}
