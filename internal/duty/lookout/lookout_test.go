package lookout_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/lookout"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// TestEveryUncoveredMinuteIsTold: nobody, too few, somebody late, and a relief that does not come.
func TestEveryUncoveredMinuteIsTold(t *testing.T) {
	clause.Covers(t, "C044")
	clause.Covers(t, "C045")
	clause.Covers(t, "C070")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 11, 30, 7, 50, 0, 0, time.UTC)
		begin := at.Add(10 * time.Minute)
		now := clock.Clock(func() time.Time { return at })
		w := &duty.Watch{DB: d, Clock: now, Rooms: &duty.Rooms{DB: d, Clock: now}}
		w.Rooms.Answers = w.Headed
		head, anna, bo := people.Add(t, d, "head", access.Supervisor), people.Add(t, d, "anna", access.Operator), people.Add(t, d, "bo", access.Operator)
		turn := &duty.Turn{Shift: "early", From: begin.UnixMicro(), To: begin.Add(8 * time.Hour).UnixMicro(), Staff: 2}
		w.Rostered = func(context.Context, bun.IDB, string, string, int64, int64) (*duty.Turn, error) { return turn, nil }
		room, err := w.Rooms.Add(t.Context(), head, duty.Content{Name: "监控室", Head: head.Person, Staff: 1, Hours: duty.RoundTheClock})
		if err != nil {
			t.Fatal(err)
		}
		up := map[string]string{}
		var lines []string
		l := &lookout.Lookout{DB: d, Clock: now, Watch: w,
			Note: func(_ context.Context, _ bun.IDB, line duty.Line) error { lines = append(lines, line.Code); return nil },
			Planned: func(_ context.Context, _ bun.IDB, _ string, at int64) ([]lookout.Planned, error) {
				if at < turn.From || at >= turn.To {
					return nil, nil
				}
				return []lookout.Planned{{Person: anna.Person, Shift: "early", From: turn.From, To: turn.To}, {Person: bo.Person, Shift: "early", From: turn.From, To: turn.To}}, nil
			},
			Alarm: func(key, code, _ string, _ map[string]any) {
				if delete(up, key); code != "" {
					up[key] = code
				}
			}}
		told := func(want ...string) {
			t.Helper()
			if err := l.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, c := range up {
				codes = append(codes, c)
			}
			slices.Sort(codes)
			if !slices.Equal(codes, want) {
				t.Fatalf("at %s told %v, want %v", at.Format("15:04"), codes, want)
			}
		}
		on := func(who access.Actor) {
			t.Helper()
			start, _ := w.Checks()
			var all []duty.Check
			for _, i := range start {
				all = append(all, duty.Check{Item: i, OK: true})
			}
			if _, err := w.SignOn(t.Context(), who, room.ID, duty.SigningOn{Checks: all}); err != nil {
				t.Fatal(err)
			}
		}
		told("room_vacant")
		on(anna)
		told()
		at = begin.Add(30 * time.Second)
		told() // a moment is not worth a word
		at = begin.Add(2 * time.Minute)
		told("room_understaffed", "watch_late")
		on(bo)
		told()
		at = begin.Add(8*time.Hour + 30*time.Second)
		told()
		at = begin.Add(8*time.Hour + 2*time.Minute)
		told("relief_absent")
		told("relief_absent") // once each half hour
		at = begin.Add(8*time.Hour + 31*time.Minute)
		told("relief_absent")
		at = begin.Add(12 * time.Hour)
		told("watch_overlong")
		n, err := d.Read().NewSelect().Table("acts").Where("kind IN ('duty.extended', 'duty.overlong')").Count(t.Context())
		if err != nil || n != 3 || len(lines) != 3 {
			t.Fatalf("%d acts, lines %v, %v", n, lines, err)
		}
		for _, who := range []access.Actor{bo} {
			if _, err := w.SignOff(t.Context(), who, room.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.TakeOver(t.Context(), head, room.ID, "nobody came to relieve them"); err != nil {
			t.Fatal(err)
		}
		told() // whoever took over is on no roster, and enough
	})
}
