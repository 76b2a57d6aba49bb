package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/plan"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// Friday, 08:00 in Shanghai.
var morning = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

type room struct {
	*plan.Plans
	t    *testing.T
	now  time.Time
	lead access.Actor
	boss access.Actor
	head access.Actor // who decides on what boss proposes
	gate string
	yard string
}

func open(t *testing.T, d *db.DB) *room {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, now: morning, gate: people.Camera(t, d, "gate"), yard: people.Camera(t, d, "yard")}
	r.lead, r.boss = people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "boss", access.Supervisor)
	r.head = people.Add(t, d, "head", access.Leader)
	r.Plans = &plan.Plans{DB: d, Bus: &event.Bus{}, Zone: zone, Clock: func() time.Time { return r.now }, Names: func(context.Context) (map[string]string, error) {
		return map[string]string{r.lead.Person: "王芳"}, nil
	}}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// agreed sets a schedule, and has another person approve it where that is needed.
func (r *room) agreed(s plan.Schedule) plan.Schedule {
	r.t.Helper()
	set, err := r.Set(r.t.Context(), r.boss, s)
	if err != nil {
		r.t.Fatal(err)
	}
	if set.Waits == "" {
		return set
	}
	if err := (&plan.Proposals{Plans: r.Plans}).Decide(r.t.Context(), r.head, set.Waits, true, ""); err != nil {
		r.t.Fatal(err)
	}
	all, err := r.Schedules(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return all[0]
}

func (r *room) stretches(camera string, from time.Time, length time.Duration) string {
	r.t.Helper()
	var said []string
	for _, s := range r.Stretches(camera, from.UnixMicro(), from.Add(length).UnixMicro()) {
		a, b := time.UnixMicro(s.Start).UTC().Sub(morning), time.UnixMicro(s.End).UTC().Sub(morning)
		said = append(said, strings.TrimSpace(fmt.Sprintf("%s-%s %s %s", a, b, s.Cause, s.Detail)))
	}
	return strings.Join(said, ", ")
}

// TestSchedulesHoldFromNowOn: nothing that has passed becomes planned.
func TestSchedulesHoldFromNowOn(t *testing.T) {
	clause.Covers(t, "C076")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		if got := r.stretches(r.gate, morning, 48*time.Hour); got != "" {
			t.Errorf("round the clock: %s", got)
		}
		week := []plan.Hours{{Days: []int{1, 2, 3, 4, 5}, From: "08:00", To: "18:00"}}
		r.now = morning.Add(12 * time.Hour) // 20:00
		r.agreed(plan.Schedule{Kind: plan.BusinessHours, Hours: week, Stops: true, Reason: "办公楼"})
		// From 20:00 on Friday to 08:00 on Monday.
		if got := r.stretches(r.gate, morning, 96*time.Hour); got != "12h0m0s-72h0m0s planned_off_hours, 82h0m0s-96h0m0s planned_off_hours" {
			t.Errorf("business hours: %s", got)
		}
		if planned, stopped := r.Now(r.gate, morning.Add(13*time.Hour).UnixMicro()); !planned || !stopped {
			t.Error("at 21:00 something is demanded")
		}
		if planned, stopped := r.Now(r.gate, morning.Add(11*time.Hour).UnixMicro()); planned || stopped {
			t.Error("before it was set, something was planned")
		}
		if next := r.Next([]string{r.gate}, morning.Add(71*time.Hour).UnixMicro()); next != morning.Add(72*time.Hour).UnixMicro() {
			t.Errorf("the next edge: %s", time.UnixMicro(next).UTC())
		}
		r.now = morning.Add(24 * time.Hour)
		r.agreed(plan.Schedule{Camera: r.gate, Kind: plan.Always, Reason: "大门"})
		if got := r.stretches(r.gate, morning, 96*time.Hour); got != "12h0m0s-24h0m0s planned_off_hours" {
			t.Errorf("a schedule of its own: %s", got)
		}
		r.now = morning.Add(30 * time.Hour)
		r.agreed(plan.Schedule{Camera: r.gate, Kind: plan.Site, Reason: "随全站"})
		again := &plan.Plans{DB: d, Zone: r.Zone, Clock: r.Clock}
		if err := again.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Plans = again // a restart changes nothing
		if got := r.stretches(r.gate, morning, 72*time.Hour); got != "12h0m0s-24h0m0s planned_off_hours, 30h0m0s-72h0m0s planned_off_hours" {
			t.Errorf("as the site again: %s", got)
		}
		if got := r.stretches(r.yard, morning, 72*time.Hour); got != "12h0m0s-72h0m0s planned_off_hours" {
			t.Errorf("the other camera: %s", got)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "schedule.set"})
		if err != nil || len(acts) != 3 || acts[1].Camera != r.gate || acts[2].Detail["stops"] != true {
			t.Errorf("acts: %+v, %v", acts, err)
		}
	})
}

// TestSchedulesThatSpareNearlyAll: what is planned is no gap, so that a schedule which asks
// for next to nothing is told of by name.
func TestSchedulesThatSpareNearlyAll(t *testing.T) {
	clause.Covers(t, "C076")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		cameras := []string{r.gate, r.yard}
		set := func(camera, to string, stops bool) plan.Schedule {
			t.Helper()
			r.now = r.now.Add(time.Second)
			return r.agreed(plan.Schedule{Camera: camera, Kind: plan.BusinessHours, Hours: []plan.Hours{{Days: []int{1, 2, 3, 4, 5}, From: "08:00", To: to}}, Stops: stops, Reason: "办公楼"})
		}
		spares := func() []plan.Spared { return r.Spares(cameras, r.now.UnixMicro()) }
		if all := spares(); len(all) != 0 {
			t.Errorf("round the clock: %+v", all)
		}
		set("", "18:00", true)
		if all := spares(); len(all) != 0 {
			t.Errorf("business hours: %+v", all)
		}
		few := set("", "08:01", true)
		if all := spares(); len(all) != 1 || all[0].Cameras != 2 || all[0].Week != 5*time.Minute || all[0].Schedule.ID != few.ID || all[0].Schedule.Person != r.boss.Person {
			t.Errorf("five minutes a week: %+v", all)
		}
		set(r.gate, "08:01", false)
		if all := spares(); len(all) != 1 || all[0].Cameras != 1 {
			t.Errorf("one is recorded all the same: %+v", all)
		}
	})
}

func TestScheduleRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		hours := []plan.Hours{{Days: []int{1}, From: "08:00", To: "18:00"}}
		for _, c := range []struct {
			name  string
			actor access.Actor
			s     plan.Schedule
			want  error
		}{
			{"without the right", r.lead, plan.Schedule{Kind: plan.Always, Reason: "why"}, access.ErrRightMissing},
			{"without a reason", r.boss, plan.Schedule{Kind: plan.Always}, text.ErrRequired},
			{"of no kind", r.boss, plan.Schedule{Kind: "sometimes", Reason: "why"}, plan.ErrKind},
			{"the site as itself", r.boss, plan.Schedule{Kind: plan.Site, Reason: "why"}, plan.ErrKind},
			{"without hours", r.boss, plan.Schedule{Kind: plan.BusinessHours, Reason: "why"}, plan.ErrHours},
			{"of no camera", r.boss, plan.Schedule{Camera: db.NewID(), Kind: plan.BusinessHours, Hours: hours, Reason: "why"}, plan.ErrCamera},
		} {
			if _, err := r.Set(t.Context(), c.actor, c.s); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		if all, err := r.Schedules(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("kept: %+v, %v", all, err)
		}
	})
}

// TestMaintenanceWindows: placed before they begin, over by themselves or by a person.
func TestMaintenanceWindows(t *testing.T) {
	clause.Covers(t, "C076")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		at := func(h time.Duration) int64 { return morning.Add(h).UnixMicro() }
		w, err := r.Place(t.Context(), r.lead, plan.NewWindow{Cameras: []string{r.gate, r.yard}, From: at(time.Hour), To: at(3 * time.Hour), Reason: "更换镜头"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Place(t.Context(), r.lead, plan.NewWindow{Cameras: []string{r.gate}, From: at(2 * time.Hour), To: at(5 * time.Hour), Reason: "布线"}); err != nil {
			t.Fatal(err)
		}
		if got := r.stretches(r.gate, morning, 24*time.Hour); got != "1h0m0s-3h0m0s maintenance_window 王芳: 更换镜头, 3h0m0s-5h0m0s maintenance_window 王芳: 布线" {
			t.Errorf("two that overlap: %s", got)
		}
		if got := r.stretches(r.yard, morning.Add(90*time.Minute), 10*time.Minute); got != "1h30m0s-1h40m0s maintenance_window 王芳: 更换镜头" {
			t.Errorf("in the middle: %s", got)
		}
		if o := r.Overrun(r.yard, at(3*time.Hour)); o == nil || o.ID != w.ID || r.Overrun(r.yard, at(2*time.Hour)) != nil || r.Overrun(r.yard, at(28*time.Hour)) != nil {
			t.Errorf("what it overruns: %+v", o)
		}
		r.now = morning.Add(2 * time.Hour)
		ended, err := r.EndNow(t.Context(), r.boss, w.ID, "提前完成")
		if err != nil || ended.Until() != at(2*time.Hour) || ended.End.Person != r.boss.Person {
			t.Fatalf("%+v, %v", ended, err)
		}
		if got := r.stretches(r.yard, morning, 24*time.Hour); got != "1h0m0s-2h0m0s maintenance_window 王芳: 更换镜头" {
			t.Errorf("ended early: %s", got)
		}
		if r.Overrun(r.yard, at(3*time.Hour)) != nil {
			t.Error("a window that a person ended is overrun")
		}
		if _, err := r.EndNow(t.Context(), r.lead, w.ID, ""); !errors.Is(err, plan.ErrOver) {
			t.Errorf("ended twice: %v", err)
		}
		running, err := r.Windows(t.Context(), r.now.UnixMicro())
		if err != nil || len(running) != 1 || running[0].Reason != "布线" {
			t.Errorf("running: %+v, %v", running, err)
		}
		kinds := []string{}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "maintenance."})
		for _, a := range acts {
			kinds = append(kinds, a.Kind+" "+a.Camera)
		}
		slices.Sort(kinds)
		if diff := cmp.Diff([]string{"maintenance.ended ", "maintenance.placed ", "maintenance.placed " + r.gate}, kinds); diff != "" || err != nil {
			t.Errorf("acts: %s %v", diff, err)
		}
	})
}

func TestWindowRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		at := func(h time.Duration) int64 { return morning.Add(h).UnixMicro() }
		one := []string{r.gate}
		for _, c := range []struct {
			name  string
			actor access.Actor
			n     plan.NewWindow
			want  error
		}{
			{"without the right", people.Add(t, d, "fitter", access.Technician), plan.NewWindow{Cameras: one, To: at(time.Hour), Reason: "why"}, access.ErrRightMissing},
			{"without a reason", r.lead, plan.NewWindow{Cameras: one, To: at(time.Hour)}, text.ErrRequired},
			{"in the past", r.lead, plan.NewWindow{Cameras: one, From: at(-time.Hour), To: at(time.Hour), Reason: "why"}, plan.ErrPast},
			{"over before it begins", r.lead, plan.NewWindow{Cameras: one, To: at(-time.Hour), Reason: "why"}, plan.ErrEnd},
			{"for ever", r.lead, plan.NewWindow{Cameras: one, To: at(32 * 24 * time.Hour), Reason: "why"}, plan.ErrLength},
			{"in two years", r.lead, plan.NewWindow{Cameras: one, From: at(17000 * time.Hour), To: at(17001 * time.Hour), Reason: "why"}, plan.ErrLength},
			{"of no camera", r.lead, plan.NewWindow{To: at(time.Hour), Reason: "why"}, plan.ErrNone},
			{"of one twice", r.lead, plan.NewWindow{Cameras: []string{r.gate, r.gate}, To: at(time.Hour), Reason: "why"}, plan.ErrNone},
			{"of none that is known", r.lead, plan.NewWindow{Cameras: []string{db.NewID()}, To: at(time.Hour), Reason: "why"}, plan.ErrCamera},
		} {
			if _, err := r.Place(t.Context(), c.actor, c.n); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		// Typing takes a moment: what should have begun two minutes ago begins now.
		w, err := r.Place(t.Context(), r.lead, plan.NewWindow{Cameras: one, From: at(-2 * time.Minute), To: at(time.Hour), Reason: "why"})
		if err != nil || w.From != at(0) {
			t.Errorf("%+v, %v", w, err)
		}
		if _, err := r.EndNow(t.Context(), r.lead, db.NewID(), ""); !errors.Is(err, plan.ErrUnknown) {
			t.Errorf("unknown: %v", err)
		}
		for _, sql := range []string{"UPDATE maintenance_windows SET to_at = 1", "DELETE FROM maintenance_cameras", "DELETE FROM schedules", "UPDATE schedules SET at = 1"} {
			if strings.Contains(sql, "schedules") {
				if _, err := r.Set(t.Context(), r.boss, plan.Schedule{Kind: plan.Always, Reason: "why"}); err != nil {
					t.Fatal(err)
				}
			}
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}
