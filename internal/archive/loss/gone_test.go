package loss_test

import (
	"context"
	"testing"

	"watchroom/internal/archive"
	"watchroom/internal/archive/loss"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestFootageThatIsGoneHasAStatement (P20): whenever it was recorded, whatever the plan says,
// and beside outages that have one. What is there again is added.
func TestFootageThatIsGoneHasAStatement(t *testing.T) {
	clause.Covers(t, "C098")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		var gone []archive.GapRow
		r.Gone = func(context.Context) ([]archive.GapRow, error) { return gone, nil }
		is := func(rows ...archive.GapRow) { gone = rows }
		row := func(camera string, from, to float64) archive.GapRow {
			return archive.GapRow{Camera: camera, Start: at(from), End: at(to), Cause: media.CauseFootageMissing}
		}
		r.lose("gate", 0, 20, media.CauseNetwork)
		r.expect("an outage", r.scan(30), "1 open network: gate 0-20!")
		const month = -30 * 24 * 60
		// Five minutes are too short; what follows an outage is no part of it; a month ago is no excuse.
		is(row("gate", 20, 35), row("lane", month, month+5), row("yard", month, month+15))
		want := []string{"3 open footage_missing: gate 20-35!", "2 open footage_missing: yard -43200--43185", "1 open network: gate 0-20!"}
		r.expect("footage is gone", r.scan(40), want...)
		r.expect("and still is", r.scan(41), want...)
		r.Keeper = again(r.Keeper)
		r.expect("after a start", r.scan(42), want...)
		// More of it is noted: the rest has a statement of its own. A part is there again.
		is(row("gate", 20, 50), row("yard", month+5, month+15))
		want = []string{"4 open footage_missing: gate 35-50!", "3 open footage_missing: gate 20-35!", "2 open footage_missing: yard -43200--43185 (yard now -43195--43185)", "1 open network: gate 0-20!"}
		r.expect("more, and less", r.scan(60), want...)
		r.expect("and no more", r.scan(61), want...)
		is(row("gate", 20, 50))
		want[2] = "2 open footage_missing: yard -43200--43185 (yard now -43195--43185) (yard now -43200--43200)"
		r.expect("all of one is there again", r.scan(62), want...)
		is(row("gate", 20, 50), row("yard", month, month+15))
		want[2] += " (yard now -43200--43185)"
		r.expect("and gone once more", r.scan(63), want...)
		if diff, err := loss.Differ(t.Context(), d.Read()); err != nil || len(diff) > 0 {
			t.Errorf("the acts tell otherwise: %v, %v", diff, err)
		}
	})
}

// again is the same after a start.
func again(k *loss.Keeper) *loss.Keeper {
	return &loss.Keeper{DB: k.DB, Bus: k.Bus, Clock: k.Clock, Gaps: k.Gaps, Settled: k.Settled, Plan: k.Plan, Cameras: k.Cameras, Share: k.Share, Alarmed: k.Alarmed, Positions: k.Positions, Gone: k.Gone}
}
