package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestOrders: below the minimum, by three people, wholly inside, and after the hold.
func TestOrders(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		young, other := r.record(r.gate, 5, 6), r.record(r.yard, 5, 6)
		r.open()
		from := present - 5*day
		h := r.hold(r.gate, from+1800*second, from+1801*second) // the fourth
		o := r.order(r.gate, from+300*second, from+3000*second) // the second to the fifth
		if o.State != order.Approved {
			t.Fatalf("%+v", o)
		}
		r.pass()
		r.has(young[:1], young[3:4], young[5:], other)
		if o, err := r.orders.Get(t.Context(), o.ID); err != nil || o.State != order.Approved || o.Removed != 3 || o.Kept != 1 || o.Held != 1 {
			t.Errorf("%+v, %v", o, err)
		}
		if _, err := r.holds.AskRelease(t.Context(), r.lead, h.ID, "reason"); err != nil {
			t.Fatal(err)
		}
		r.pass()
		r.has(young[:1], young[3:4], young[5:], other)
		if _, err := r.holds.Decide(t.Context(), r.boss, h.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		r.pass()
		r.has(young[:1], young[5:], other)
		if o, err := r.orders.Get(t.Context(), o.ID); err != nil || o.State != order.Executed || o.Removed != 4 || o.Held != 0 || o.ExecutedAt == 0 || o.Bytes == 0 {
			t.Errorf("%+v, %v", o, err)
		}
		lanes, err := r.catalogue.Timeline(t.Context(), []string{r.gate}, from, from+3600*second, 0)
		want := []coverage.Span{{Start: from, End: from + 600*second, Kind: coverage.Recorded},
			{Start: from + 600*second, End: from + 3000*second, Kind: coverage.Gap, Cause: media.CauseDeletedOrder, Detail: o.ID},
			{Start: from + 3000*second, End: from + 3600*second, Kind: coverage.Recorded}}
		if diff := cmp.Diff(want, lanes[0].Spans); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "deletion.executed"})
		if err != nil || len(acts) != 1 || acts[0].Person != "" || acts[0].Detail["segments"] != 4.0 {
			t.Errorf("%+v, %v", acts, err)
		}
	})
}

// TestFootageThatComesBackUnderAnOrder: a segment that was made whole after a crash, and
// told of late, goes under the order that was carried out before; not while it is held.
func TestFootageThatComesBackUnderAnOrder(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.record(r.gate, 5, 3)
		other := r.record(r.yard, 5, 6)
		r.open()
		from := present - 5*day
		o := r.order(r.gate, from, from+3600*second)
		r.now.Add(second)
		r.pass()
		r.has(other)
		done, err := r.orders.Get(t.Context(), o.ID)
		if err != nil || done.State != order.Executed || done.Removed != 3 {
			t.Fatalf("%+v, %v", done, err)
		}
		late := r.v.Record(t, r.gate, from+2000*second, 4, 10*time.Minute) // the third reaches beyond it
		r.taken(r.gate)
		r.now.Add(second)
		r.pass()
		r.has(other, late[2:])
		after, err := r.orders.Get(t.Context(), o.ID)
		if err != nil || after.State != order.Executed || after.Removed != 5 || after.ExecutedAt != done.ExecutedAt || after.Bytes <= done.Bytes {
			t.Errorf("%+v, %v", after, err)
		}
		graves, err := r.catalogue.Tombstones(t.Context(), archive.TombstoneFilter{Authority: o.ID})
		if err != nil || len(graves) != 5 {
			t.Errorf("%d tombstones, %v", len(graves), err)
		}
		h := r.hold(r.gate, from+120*second, from+121*second)
		held := r.v.Record(t, r.gate, from+30*second, 1, 5*time.Minute)
		r.taken(r.gate)
		r.now.Add(second)
		r.pass()
		r.has(other, late[2:], held)
		if o, err := r.orders.Get(t.Context(), o.ID); err != nil || o.Held != 1 || o.Removed != 5 {
			t.Errorf("%+v, %v", o, err)
		}
		_, err = r.holds.AskRelease(t.Context(), r.lead, h.ID, "reason")
		if err == nil {
			_, err = r.holds.Decide(t.Context(), r.boss, h.ID, true, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		r.now.Add(second)
		r.pass()
		r.has(other, late[2:])
		if o, err := r.orders.Get(t.Context(), o.ID); err != nil || o.Held != 0 || o.Removed != 6 {
			t.Errorf("%+v, %v", o, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "deletion.continued"})
		if err != nil || len(acts) != 2 || acts[0].Detail["segments"].(float64)+acts[1].Detail["segments"].(float64) != 3 {
			t.Errorf("%+v, %v", acts, err)
		}
		for what, differ := range map[string]func(context.Context, bun.IDB) ([]facts.Difference, error){"orders": order.Differ, "holds": hold.Differ} {
			if all, err := differ(t.Context(), d.Read()); err != nil || len(all) > 0 {
				t.Errorf("%s that nobody touched: %+v, %v", what, all, err)
			}
		}
		refused, err := r.orders.Request(t.Context(), r.lead, order.New{Ground: order.Erasure, Reason: "reason", Document: "8", Cameras: []string{r.yard}, From: from, To: from + 3600*second})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.orders.Decide(t.Context(), r.boss, refused.ID, false, "not this"); err != nil {
			t.Fatal(err)
		}
		r.now.Add(second)
		r.pass()
		r.has(other, late[2:])
	})
}
