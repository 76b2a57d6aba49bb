package duty_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestTwoConsolesRace: several people sign on to a room that nobody watches, and one of them at
// two consoles, all at once: each has signed on once, and exactly one is in charge.
func TestTwoConsolesRace(t *testing.T) {
	clause.Covers(t, "C044")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		h.Note = nil
		people := []access.Actor{h.anna, h.bo, h.cai, h.temp, h.anna}
		rooms := []duty.Room{h.gate, h.gate, h.gate, h.gate, h.office}
		var all sync.WaitGroup
		errs := make([]error, len(people))
		for i := range people {
			all.Go(func() { errs[i] = h.on(ctx, people[i], rooms[i]) })
		}
		all.Wait()
		refused := 0
		for i, err := range errs {
			if err != nil {
				refused++
				if k := problem.Of(err).Kind; k != problem.Conflict && k != problem.Forbidden {
					t.Errorf("%d: %v", i, err)
				}
			}
		}
		if refused != 1 {
			t.Errorf("%d are refused: %v", refused, errs)
		}
		for _, r := range []duty.Room{h.gate, h.office} {
			last := must(duty.Running(ctx, d.Read(), r.ID))
			on := must(duty.Present(ctx, d.Read(), r.ID))
			tenures := must(duty.Tenures(ctx, d.Read(), r.ID, 0, 1<<62, 100))
			if (last.Kind == duty.Kept) != (len(on) > 0) || len(tenures) > 2 || len(on) > 0 && !slices.ContainsFunc(on, func(a duty.Attendance) bool { return a.Person == last.Person }) {
				t.Errorf("%s: %d on watch, %+v", r.Name, len(on), tenures)
			}
		}
	})
}

// TestTheClockIsSetBack: the one who took over last is in charge at once, whatever the clock says,
// and of every instant one person answers.
func TestTheClockIsSetBack(t *testing.T) {
	h, ctx := newHouse(t, dbtest.Open(t, db.SQLite)), t.Context()
	is(t, h.on(ctx, h.anna, h.gate), nil)
	before := h.now
	h.now = h.now.Add(-3 * time.Hour)
	_, err := h.TakeOver(ctx, h.lead, h.gate.ID, "fainted at the desk")
	is(t, err, nil)
	if last := must(duty.Running(ctx, h.DB.Read(), h.gate.ID)); last.Person != h.lead.Person || last.Since != before.UnixMicro() {
		t.Errorf("in charge: %+v", last)
	}
	if a := h.answers(t, h.gate, before); a.Person != h.lead.Person {
		t.Errorf("at that instant %+v answers", a)
	}
	if a := h.answers(t, h.gate, before.Add(-time.Microsecond)); a != nil && a.Person == h.lead.Person {
		t.Errorf("before it %+v answers", a)
	}
	if a := must(duty.Of(ctx, h.DB.Read(), h.lead.Person)); a == nil || a.Room != h.gate.ID {
		t.Errorf("the lead is on watch: %+v", a)
	}
}

// TestTheAreasOfARoomChange: whose rights go with the watch is told when the room watches others.
func TestTheAreasOfARoomChange(t *testing.T) {
	h, ctx := newHouse(t, dbtest.Open(t, db.SQLite)), t.Context()
	h.Rooms.Chain = func(_ context.Context, _ bun.IDB, a string) ([]string, error) { return []string{a}, nil }
	var told []string
	h.Changed = func(p string) { told = append(told, p) }
	h.Rooms.Moved = h.Moved
	is(t, h.on(ctx, h.anna, h.gate), nil)
	told = nil
	c := h.gate.Content
	c.Phone = "8110"
	_, err := h.Rooms.Change(ctx, h.head, h.gate.ID, c)
	if is(t, err, nil); len(told) != 0 {
		t.Errorf("another telephone tells %v", told)
	}
	c.Areas = []string{"east"}
	_, err = h.Rooms.Change(ctx, h.head, h.gate.ID, c)
	if is(t, err, nil); !slices.Equal(told, []string{h.anna.Person}) {
		t.Errorf("other areas tell %v", told)
	}
	if areas := must(h.Areas(ctx, h.anna.Person)); !slices.Equal(areas, []string{"east"}) {
		t.Errorf("on watch over %v", areas)
	}
}
