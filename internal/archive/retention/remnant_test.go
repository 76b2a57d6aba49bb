package retention_test

import (
	"testing"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/remnant"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestAHoldPlaysWhatItKeeps: footage whose removal was told of and not carried out plays while a
// hold keeps it, and goes when that is released.
func TestAHoldPlaysWhatItKeeps(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newShelved(t, d, 200, 6)
		r.catalogue.Elsewhere, r.catalogue.Kept = r.places.Open, remnant.Beside(d, r.catalogue)
		r.set("", maximum(100))
		r.shelf.forbidden = true
		r.old(func() {
			for range 2 {
				r.settle()
				r.engine.Pass(t.Context())
			}
		})
		r.stands("told of", 6, 0, 6)
		from, to := present-200*day, present-200*day+3600*second
		plays := func(when string, n int) {
			t.Helper()
			segments, err := r.catalogue.Segments(t.Context(), r.gate, from, to)
			if err != nil || len(segments) != n {
				t.Fatalf("%s: %d segments play, want %d, %v", when, len(segments), n, err)
			}
			lanes, err := r.catalogue.Timeline(t.Context(), []string{r.gate}, from, to, 0)
			if err != nil {
				t.Fatal(err)
			}
			recorded := int64(0)
			for _, s := range lanes[0].Spans {
				if s.Kind == coverage.Recorded {
					recorded += s.End - s.Start
				}
			}
			if recorded != int64(n)*600*second {
				t.Errorf("%s: %d s are shown as recorded: %+v", when, recorded/second, lanes[0].Spans)
			}
			for i := range segments {
				s := &segments[i]
				f, err := r.catalogue.Open(t.Context(), s)
				if err != nil {
					t.Fatalf("%s: %v", when, err)
				}
				if size, err := f.Size(); err != nil || size != s.Bytes || s.Frames == 0 || s.Codec == "" {
					t.Errorf("%s: %+v of %d bytes, %v", when, s, size, err)
				}
				f.Close()
			}
		}
		plays("told of as removed", 0)
		h := r.hold(r.gate, from, from+1200*second)
		plays("held", 2)
		plays("held, asked again", 2)
		r.write("UPDATE tombstones SET place = 'elsewhere' WHERE start_at = ?", from) // no disk, and no tier: it is tried where the row says
		if s, err := r.catalogue.Segments(t.Context(), r.gate, from, from+1); err != nil || len(s) != 1 || s[0].Volume != "elsewhere" {
			t.Errorf("%+v, %v", s, err)
		}
		r.write("UPDATE tombstones SET place = 'vault' WHERE start_at = ?", from)
		if _, err := r.holds.AskRelease(t.Context(), r.lead, h.ID, "reason"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.holds.Decide(t.Context(), r.boss, h.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		plays("released", 0)
		r.shelf.forbidden = false
		r.now.Add(2 * 3600 * second)
		r.pass()
		r.stands("gone", 0, 0, 0)
	})
}
