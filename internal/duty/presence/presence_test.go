package presence_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/presence"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

type house struct {
	*presence.Presence
	t                    *testing.T
	now                  time.Time
	watch                *duty.Watch
	head, lead, anna, bo access.Actor
	room                 duty.Room
	seen                 map[string]time.Time
	busy                 bool
	lines                []string
	alarms               map[string]string
	turn                 *duty.Turn
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC), seen: map[string]time.Time{}, alarms: map[string]string{}}
	now := clock.Clock(func() time.Time { return h.now })
	rules, err := rule.NewSet(presence.Parameters(), duty.Parameters())
	if err != nil {
		t.Fatal(err)
	}
	if left := rules.Put(map[string]json.RawMessage{"presence.prompts": json.RawMessage("true")}); len(left) > 0 {
		t.Fatal(left)
	}
	note := func(_ context.Context, _ bun.IDB, l duty.Line) error { h.lines = append(h.lines, l.Code); return nil }
	h.watch = &duty.Watch{DB: d, Clock: now, Rules: rules, Rooms: &duty.Rooms{DB: d, Clock: now},
		Rostered: func(context.Context, bun.IDB, string, string, int64, int64) (*duty.Turn, error) { return h.turn, nil }}
	h.watch.Rooms.Answers = h.watch.Headed
	h.Presence = &presence.Presence{DB: d, Clock: now, Rules: rules, Rooms: h.watch.Rooms, Note: note,
		Active: func(_ context.Context, _ bun.IDB, p string) (int64, error) { return h.seen[p].UnixMicro(), nil },
		Busy:   func(context.Context, bun.IDB, string) (bool, error) { return h.busy, nil },
		Alarm: func(key, code, _ string, _ map[string]any) {
			if delete(h.alarms, key); code != "" {
				h.alarms[key] = code
			}
		},
		Random: func(int64) int64 { return 1 }} // one second of delay in µs is nothing; no tile
	h.head = people.Add(t, d, "head", access.Supervisor)
	h.lead = people.Add(t, d, "lead", access.DutyLead)
	h.anna = people.Add(t, d, "anna", access.Operator)
	h.bo = people.Add(t, d, "bo", access.Operator)
	if h.room, err = h.watch.Rooms.Add(t.Context(), h.head, duty.Content{Name: "监控室", Head: h.head.Person, Staff: 1, Hours: duty.RoundTheClock}); err != nil {
		t.Fatal(err)
	}
	h.turn = &duty.Turn{Shift: "night", From: h.now.UnixMicro(), To: h.now.Add(8 * time.Hour).UnixMicro(), Staff: 1}
	return h
}

func (h *house) on(who access.Actor) {
	h.t.Helper()
	start, _ := h.watch.Checks()
	var all []duty.Check
	for _, i := range start {
		all = append(all, duty.Check{Item: i, OK: true})
	}
	if _, err := h.watch.SignOn(h.t.Context(), who, h.room.ID, duty.SigningOn{Checks: all}); err != nil {
		h.t.Fatal(err)
	}
}

// passes lets time go by, looking every so often.
func (h *house) passes(d time.Duration) {
	h.t.Helper()
	for end := h.now.Add(d); h.now.Before(end); {
		h.now = h.now.Add(min(30*time.Second, end.Sub(h.now)))
		if err := h.Look(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) mine(who access.Actor) *presence.Prompt {
	h.t.Helper()
	p, err := h.Mine(h.t.Context(), who)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) acts(kind string) (n int) {
	h.t.Helper()
	n64, err := h.DB.Read().NewSelect().Table("acts").Where("kind = ?", kind).Count(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return int(n64)
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
}

// TestAPrompt: it comes after a while of quiet, and an answer ends it.
func TestAPrompt(t *testing.T) {
	clause.Covers(t, "C046")
	clause.Covers(t, "C049")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.on(h.anna)
		h.passes(19 * time.Minute)
		if p := h.mine(h.anna); p != nil {
			t.Fatalf("asked after 19 minutes: %+v", p)
		}
		h.seen[h.anna.Person] = h.now // a key
		h.passes(19 * time.Minute)
		if p := h.mine(h.anna); p != nil {
			t.Fatal("asked although there was an act")
		}
		h.busy = true
		h.passes(10 * time.Minute)
		if p := h.mine(h.anna); p != nil {
			t.Fatal("asked while an alarm is handled")
		}
		h.busy = false
		h.passes(time.Minute)
		p := h.mine(h.anna)
		if p == nil || p.ShownAt == nil {
			t.Fatalf("never asked: %+v", p)
		}
		is(t, h.Answer(t.Context(), h.bo, p.ID, 0), presence.ErrNotMine)
		is(t, h.Answer(t.Context(), h.anna, p.ID, 0), nil)
		is(t, h.Answer(t.Context(), h.anna, p.ID, 0), presence.ErrOver)
		h.passes(19 * time.Minute)
		if h.mine(h.anna) != nil || h.acts("presence.missed") != 0 {
			t.Fatal("an answer does not count as a sign")
		}
	})
}

// TestATileIsAskedFor: a wrong key costs nothing.
func TestATileIsAskedFor(t *testing.T) {
	h := newHouse(t, dbtest.Open(t, db.SQLite))
	h.Random = func(int64) int64 { return 0 }
	h.on(h.anna)
	h.passes(21 * time.Minute)
	p := h.mine(h.anna)
	if p == nil || p.Tile != 1 {
		t.Fatalf("%+v", p)
	}
	is(t, h.Answer(t.Context(), h.anna, p.ID, 2), presence.ErrTile)
	is(t, h.Answer(t.Context(), h.anna, p.ID, 1), nil)
}

// TestAMissedPrompt goes from the room to the duty lead and the supervisor, is a fact, and is judged
// by somebody else; two in a shift are the draft of a breach.
func TestAMissedPrompt(t *testing.T) {
	clause.Covers(t, "C046")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		h.on(h.anna)
		h.passes(20*time.Minute + time.Second)
		p := h.mine(h.anna)
		if p == nil {
			t.Fatal("never asked")
		}
		key := "presence " + p.ID
		h.passes(2*time.Minute + 30*time.Second)
		if h.alarms[key] != "presence_missed" || h.acts("presence.missed") != 1 || !slices.Contains(h.lines, "prompt_missed") {
			t.Fatalf("missed: %v, %v", h.alarms, h.lines)
		}
		is(t, h.Answer(ctx, h.anna, p.ID, 0), presence.ErrOver)
		h.passes(2 * time.Minute)
		if h.alarms[key] != "presence_missed_lead" {
			t.Fatalf("after two minutes: %v", h.alarms)
		}
		h.passes(3 * time.Minute)
		if h.alarms[key] != "presence_missed_leader" {
			t.Fatalf("after five minutes: %v", h.alarms)
		}
		is(t, h.Judge(ctx, h.anna, p.ID, "working", ""), access.ErrRightMissing)
		is(t, h.Judge(ctx, h.lead, p.ID, "tired", ""), presence.ErrVerdict)
		is(t, h.Judge(ctx, h.lead, p.ID, "asleep", "seen by the room's camera"), nil)
		is(t, h.Judge(ctx, h.head, p.ID, "fault", ""), presence.ErrJudged)
		if len(h.alarms) > 0 {
			t.Fatalf("judged, and still told: %v", h.alarms)
		}
		h.passes(24 * time.Minute) // nobody answers the next either
		if h.acts("presence.missed") != 2 || h.acts("presence.missed_twice") != 1 || !slices.Contains(h.lines, "prompts_missed_twice") {
			t.Fatalf("two in a shift: %v", h.lines)
		}
		all, err := h.List(ctx, h.lead, h.room.ID, 0, h.now.UnixMicro()+1)
		if is(t, err, nil); len(all) != 2 || all[1].Judgement == nil || all[1].Judgement.Verdict != "asleep" || all[0].Outcome != presence.Missed {
			t.Fatalf("%+v", all)
		}
	})
}

// TestWhoIsBackIsNotToldOfFurther: an act after a missed prompt ends the alarm; what is left is to judge it.
func TestWhoIsBackIsNotToldOfFurther(t *testing.T) {
	h := newHouse(t, dbtest.Open(t, db.SQLite))
	h.on(h.anna)
	h.passes(23 * time.Minute)
	if len(h.alarms) != 1 {
		t.Fatalf("%v", h.alarms)
	}
	h.seen[h.anna.Person] = h.now.Add(time.Second)
	h.passes(10 * time.Minute)
	if len(h.alarms) != 0 {
		t.Fatalf("back, and still told: %v", h.alarms)
	}
}

// TestAPromptThatAFaultSwallowedIsVoid: nobody could answer while the program was not there.
func TestAPromptThatAFaultSwallowedIsVoid(t *testing.T) {
	clause.Covers(t, "C046")
	h := newHouse(t, dbtest.Open(t, db.SQLite))
	h.on(h.anna)
	h.passes(20*time.Minute + time.Second)
	p := h.mine(h.anna)
	if p == nil {
		t.Fatal("never asked")
	}
	again := &presence.Presence{DB: h.DB, Clock: h.Clock, Rules: h.Rules, Rooms: h.Rooms, Note: h.Note, Active: h.Active, Alarm: h.Alarm}
	h.now = h.now.Add(10 * time.Minute)
	is(t, again.Look(t.Context()), nil)
	all, err := again.List(t.Context(), h.lead, h.room.ID, 0, h.now.UnixMicro()+1)
	if is(t, err, nil); len(all) != 1 || all[0].Outcome != presence.Void || h.acts("presence.missed") != 0 {
		t.Fatalf("%+v", all)
	}
}

// TestNobodyIsAskedAtTheEdges: neither in the first nor in the last quarter of an hour.
func TestNobodyIsAskedAtTheEdges(t *testing.T) {
	h := newHouse(t, dbtest.Open(t, db.SQLite))
	h.on(h.anna)
	h.now = h.now.Add(7*time.Hour + 50*time.Minute)
	h.passes(10 * time.Minute)
	if h.mine(h.anna) != nil {
		t.Fatal("asked in the last minutes of a shift")
	}
	h.passes(16 * time.Minute) // the relief is late
	if h.mine(h.anna) == nil {
		t.Fatal("who stays on is never asked again")
	}
}

// TestShortAbsences: somebody stays or alarms ring elsewhere, so many a shift, and what lasts too
// long is told.
func TestShortAbsences(t *testing.T) {
	clause.Covers(t, "C046")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		_, err := h.StepOut(ctx, h.anna, presence.Leaving{Elsewhere: "gate"})
		is(t, err, duty.ErrOffWatch)
		h.on(h.anna)
		_, err = h.StepOut(ctx, h.anna, presence.Leaving{})
		is(t, err, presence.ErrRing)
		_, err = h.StepOut(ctx, h.anna, presence.Leaving{Cover: h.bo.Person})
		is(t, err, presence.ErrCover)
		_, err = h.Back(ctx, h.anna)
		is(t, err, presence.ErrHere)
		_, err = h.StepOut(ctx, h.anna, presence.Leaving{Elsewhere: "gate post"})
		is(t, err, nil)
		_, err = h.StepOut(ctx, h.anna, presence.Leaving{Elsewhere: "gate post"})
		is(t, err, presence.ErrAway)
		h.on(h.bo)
		_, err = h.StepOut(ctx, h.bo, presence.Leaving{Cover: h.anna.Person}) // who is away covers nobody
		is(t, err, presence.ErrCover)
		h.passes(9 * time.Minute)
		if len(h.alarms) > 0 {
			t.Fatalf("%v", h.alarms)
		}
		h.passes(2 * time.Minute)
		if !slices.Contains(h.lines, "absence_overdue") || len(h.alarms) != 1 {
			t.Fatalf("away for eleven minutes: %v, %v", h.lines, h.alarms)
		}
		out, err := h.Back(ctx, h.anna)
		if is(t, err, nil); out.EndedAt == nil || len(h.alarms) > 0 {
			t.Fatalf("%+v, %v", out, h.alarms)
		}
		for range 3 {
			_, err = h.StepOut(ctx, h.anna, presence.Leaving{Cover: h.bo.Person})
			is(t, err, nil)
			_, err = h.Back(ctx, h.anna)
			is(t, err, nil)
		}
		_, err = h.StepOut(ctx, h.anna, presence.Leaving{Cover: h.bo.Person})
		is(t, err, presence.ErrMany)
		if h.acts("presence.absence_begun") != 4 || h.acts("presence.absence_ended") != 4 {
			t.Fatal("absences are not on record")
		}
		h.passes(19 * time.Minute)
		if h.mine(h.anna) != nil {
			t.Fatal("coming back is no sign of somebody")
		}
		h.passes(90 * time.Second)
		if h.mine(h.anna) == nil {
			t.Fatal("who is back is never asked")
		}
	})
}
