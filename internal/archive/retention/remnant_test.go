package retention_test

import (
	"slices"
	"testing"
	"time"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/remnant"
	"watchroom/internal/archive/retention/compliance"
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

// TestWhatAHoldKeepsIsThere in the days, in what is told of the minimum and in the count of its
// order, for as long as it plays.
func TestWhatAHoldKeepsIsThere(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newShelved(t, d, 10, 6)
		r.catalogue.Elsewhere, r.catalogue.Kept = r.places.Open, remnant.Beside(d, r.catalogue)
		r.record(r.gate, 1, 1) // so that the account goes on
		r.taken(r.gate)
		from := present - 10*day
		r.shelf.forbidden = true
		o := r.order(r.gate, from, from+3600*second)
		r.old(func() {
			for range 2 {
				r.settle()
				r.engine.Pass(t.Context())
			}
		})
		r.stands("told of", 6, 1, 6)
		audit := &compliance.Audit{Rules: r.rules, Account: r.catalogue, Kept: r.catalogue.Kept, Proofs: nothing{}, Clock: r.clock()}
		start, end := daybook.Midnight(from, time.UTC)
		shows := func(when string, n int64, oldest int64) {
			t.Helper()
			if _, err := r.catalogue.KeepDays(t.Context(), r.gate, time.UTC, start.UnixMicro(), end.UnixMicro(), 0); err != nil {
				t.Fatal(err)
			}
			days, err := r.catalogue.Days(t.Context(), "UTC", []string{r.gate}, start.UnixMicro(), end.UnixMicro())
			if err != nil || len(days) != 1 || days[0].Removed != 3600*second || days[0].Recorded != 0 {
				t.Fatalf("%s: the rows: %+v, %v", when, days, err) // as the journals tell
			}
			if err := daily.Return(t.Context(), r.catalogue, days); err != nil {
				t.Fatal(err)
			}
			if got := days[0]; got.Recorded != n*600*second || got.Removed != (6-n)*600*second || got.Length != n*600*second || (got.Bytes > 0) != (n > 0) {
				t.Errorf("%s: %+v", when, got)
			}
			all, err := audit.List(t.Context(), r.chief, r.gate)
			if err != nil || all[0].Oldest != oldest || slices.Contains(all[0].Reasons, compliance.ReasonMissing) {
				t.Errorf("%s: %+v, %v", when, all, err)
			}
			if o, err := r.orders.Get(t.Context(), o.ID); err != nil || o.State != order.Approved || o.Removed != 0 || o.Bytes != 0 {
				t.Errorf("%s: %+v, %v", when, o, err)
			}
		}
		shows("told of as removed", 0, present-day)
		h := r.hold(r.gate, from+600*second, from+1800*second)
		shows("held", 2, from+600*second)
		if _, err := r.holds.AskRelease(t.Context(), r.lead, h.ID, "reason"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.holds.Decide(t.Context(), r.boss, h.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		shows("released", 0, present-day)
		r.shelf.forbidden = false
		r.now.Add(2 * 3600 * second)
		r.pass()
		r.stands("gone", 0, 1, 0)
		if o, err := r.orders.Get(t.Context(), o.ID); err != nil || o.State != order.Executed || o.Removed != 6 || o.Bytes == 0 {
			t.Errorf("%+v, %v", o, err)
		}
	})
}
