package retention_test

import (
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/effect"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestEffect: what a change of a rule would do is told before anybody makes it, and is
// what the engine does then.
func TestEffect(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		oldest, old, young := r.record(r.gate, 100, 3), r.record(r.gate, 50, 2), r.record(r.gate, 20, 1)
		yard := r.record(r.yard, 50, 4)
		r.open()
		r.hold(r.gate, present-50*day, present-50*day+60*second) // touches the first of the two
		cameras := []string{r.gate, r.yard}
		thirty := retention.Rule{MinDays: 30, MinBasis: retention.Order799}
		limited := thirty
		limited.MaxDays, limited.MaxBasis = new(int), retention.Privacy
		*limited.MaxDays = 40
		cases := map[string]struct {
			wish           retention.Wish
			removed, freed int64
		}{
			"lower, for what comes":            {retention.Wish{Rule: thirty}, 0, 0},
			"lower, for what is there":         {retention.Wish{Rule: thirty, Existing: true}, 0, 1 + 4},
			"before its reason is written":     {retention.Wish{Rule: retention.Rule{MinDays: 30, MinBasis: retention.Own}, Existing: true}, 0, 1 + 4},
			"lower, for one camera":            {retention.Wish{Camera: r.gate, Rule: thirty, Existing: true}, 0, 1},
			"lower, with a maximum":            {retention.Wish{Rule: limited, Existing: true}, 3 + 1 + 4, 0},
			"a maximum alone":                  {retention.Wish{Rule: maximum(95)}, 3, 0},
			"a maximum for what was promised":  {retention.Wish{Rule: limited}, 3, 0},
			"a higher minimum":                 {retention.Wish{Rule: retention.Rule{MinDays: 200, MinBasis: retention.Regime}}, 0, 0},
			"as it is for a camera of its own": {retention.Wish{Camera: r.yard, Inherits: true}, 0, 0},
		}
		for name, c := range cases {
			c.wish.Class = retention.Main
			e, err := effect.Of(t.Context(), r.rules, r.pictures, r.chief, c.wish, cameras)
			if err != nil || e.Removed.Segments != c.removed || e.Freed.Segments != c.freed || (e.Removed.Bytes > 0) != (c.removed > 0) || (e.Freed.Bytes > 0) != (c.freed > 0) {
				t.Errorf("%s: %+v, %v, want %d and %d", name, e, err, c.removed, c.freed)
			}
		}
		// Of snapshots: with their footage, or by a rule of their own; but what is held.
		for _, at := range []int64{present - 100*day, present - 50*day, present - 20*day} {
			r.picture(r.gate, at)
		}
		for name, c := range map[string]struct {
			wish retention.Wish
			want int64
		}{
			"with their footage":     {retention.Wish{Class: retention.Main, Rule: maximum(95)}, 1},
			"by their own":           {retention.Wish{Class: retention.Snapshot, Rule: kept(7, 10), Existing: true}, 2},
			"what was promised more": {retention.Wish{Class: retention.Snapshot, Rule: kept(7, 10)}, 1},
			"no maximum":             {retention.Wish{Class: retention.Snapshot, Rule: kept(7, 0), Existing: true}, 0},
		} {
			e, err := effect.Of(t.Context(), r.rules, r.pictures, r.chief, c.wish, cameras)
			if err != nil || e.Snapshots.Pictures != c.want || c.wish.Class == retention.Snapshot && e.Removed.Segments+e.Freed.Segments != 0 {
				t.Errorf("snapshots, %s: %+v, %v, want %d", name, e, err, c.want)
			}
		}
		if _, err := effect.Of(t.Context(), r.rules, r.pictures, r.lead, retention.Wish{Class: retention.Main, Rule: thirty}, cameras); err == nil {
			t.Error("a duty lead may ask")
		}
		if _, err := effect.Of(t.Context(), r.rules, r.pictures, access.ActorOf("x", access.Leader), retention.Wish{Class: retention.Main, Rule: retention.Rule{MinDays: 0}}, cameras); err == nil {
			t.Error("a rule that cannot be is not refused")
		}
		r.has(oldest, old, young, yard) // nothing was changed
		r.set("", maximum(95))
		if rep := r.pass(); rep.Removed != 3 {
			t.Errorf("%d were removed", rep.Removed)
		}
		r.has(old, young, yard)
	})
}
