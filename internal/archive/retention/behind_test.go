package retention_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// step puts into a journal that the clock was set from an instant to another, as a
// recorder does: where the last picture ended, and the run that follows, both on the day
// that the clock then shows.
func (r *rig) step(camera string, from, to int64) {
	r.t.Helper()
	w := journal.Writer{Root: r.v.Root, Camera: camera}
	defer w.Close()
	err := w.Append(to, journal.Record{Kind: journal.KindGap, At: from, Cause: media.CauseClockStep},
		journal.Record{Kind: journal.KindRun, At: to, Run: "after"})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestAClockThatWasBehind: what was recorded before the clock was set forward is as old
// as it really is, whoever asks: the maximum, room, a catalogue that is made anew. An
// order takes it all the same.
func TestAClockThatWasBehind(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.record(r.gate, 100, 1) // under the right clock, before the battery died
		const long = 2517        // days back: the clock stood in 2020
		behind, began := r.record(r.gate, long, 2), present-long*day
		r.step(r.gate, began+1200*second, present-5*day)
		halfway := r.record(r.yard, 3000, 1) // set twice, a part of the way each time
		r.step(r.yard, present-3000*day+600*second, present-901*day)
		again := r.record(r.yard, 900, 1)
		r.step(r.yard, present-900*day+600*second, present-5*day)
		r.open()
		guard := access.ActorOf(r.lead.Person, access.Operator)
		picture, err := r.pictures.Take(t.Context(), guard, snapshot.New{Camera: r.gate, At: began + 5*second}, []byte("picture"))
		if err != nil {
			t.Fatal(err)
		}
		r.set("", maximum(95))
		r.pass()
		r.has(behind, halfway, again)
		if one, err := r.pictures.Get(t.Context(), picture.ID); err != nil || one.RemovedAt != 0 {
			t.Errorf("its picture went: %+v, %v", one, err)
		}
		r.low = func() bool { return true }
		r.pass()
		r.has(behind, halfway, again)
		for _, table := range []string{"segments", "coverage", "journal_cursors"} { // a rebuild
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "DELETE FROM "+table)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		r.open()
		r.pass()
		r.has(behind, halfway, again)
		r.order(r.gate, began, began+600*second)
		r.pass()
		r.has(behind[1:], halfway, again)
		r.now.Add(83 * day) // room is needed, and it is 89 and 88 days old of 90
		r.pass()
		r.has(behind[1:], halfway, again)
		r.low = func() bool { return false }
		r.now.Add(5 * day) // no room is needed, and it is 94 and 93 days old of 95
		r.pass()
		r.has(behind[1:], halfway, again)
		r.now.Add(3 * day)
		r.pass()
		r.has(nil)
	})
}

// TestAClockThatWasSetWhileNothingRan: the machine was switched off before its clock was
// set, so that no journal tells of a step. Nobody recorded in 2020: how old the footage is
// is not known until a later run tells the time, and then it is no older than that.
func TestAClockThatWasSetWhileNothingRan(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		behind := r.record(r.gate, 2517, 2)
		r.open()
		r.set("", maximum(95))
		r.pass()
		r.has(behind)
		r.low = func() bool { return true }
		r.pass()
		r.has(behind)
		after := r.record(r.gate, 5, 1)
		r.taken(r.gate)
		r.now.Add(83 * day) // 88 days of 90
		r.pass()
		r.has(behind, after)
		for _, table := range []string{"segments", "coverage", "journal_cursors", "clock_steps"} { // a rebuild
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "DELETE FROM "+table)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		r.open()
		r.low = func() bool { return false }
		r.now.Add(6 * day) // no room is needed, and it is 94 days old of 95
		r.pass()
		r.has(behind, after)
		r.now.Add(2 * day)
		r.pass()
		r.has(nil)
	})
}

// TestAClockThatWasBehindInSmallSteps: it was led back and then set forward twenty times by less
// than an hour. What was recorded meanwhile is as old as the steps in sum let it be.
func TestAClockThatWasBehindInSmallSteps(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		const hop, hops = 50 * 60 * second, 20
		footage := r.record(r.gate, 90, 1) // it ended ten minutes too late for its minimum
		away := r.record(r.yard, 90, 1)    // of a camera that was away; the recorder noted the steps
		node := journal.Writer{Root: r.v.Root, Camera: journal.Node}
		defer node.Close()
		from, by := present-90*day+600*second, hop
		for range hops {
			r.step(r.gate, from, from+hop)
			if err := node.Append(from+hop, journal.Record{Kind: journal.KindTime, At: from + hop, State: "synchronised", Step: &by}); err != nil {
				t.Fatal(err)
			}
			from += hop + 60*second
		}
		r.open()
		r.low = func() bool { return true }
		r.now.Store(present + 600*second + hops*hop - 1)
		for range 2 { // the rows of the second learn of it first
			r.pass()
		}
		r.has(footage, away)
		if standing, err := r.engine.Frozen(t.Context()); err != nil || len(standing) > 0 {
			t.Errorf("somebody is accused: %+v, %v", standing, err)
		}
		r.now.Add(1)
		r.pass()
		r.has()
	})
}
