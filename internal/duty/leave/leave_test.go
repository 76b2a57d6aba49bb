package leave_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/leave"
	"watchroom/internal/duty/roster"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

const hour = int64(time.Hour / time.Microsecond)

// desk is a room with a head who is no duty lead, two duty leads, and three guards, of whom a and
// b have a shift each of the day after.
type desk struct {
	*leave.Leaves
	t              *testing.T
	hand           *clocktest.Hand
	head, lead     access.Actor
	second         access.Actor
	a, b, c        access.Actor
	room           string
	midnight       int64
	early, evening roster.Shift
	lines          []duty.Line
}

func each(t *testing.T, fn func(d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, records *db.DB) {
		d := &desk{t: t, hand: clocktest.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), midnight: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC).UnixMicro()}
		d.lead, d.second = people.Add(t, records, "lead", access.DutyLead), people.Add(t, records, "second", access.DutyLead)
		chief := people.Add(t, records, "chief", access.Supervisor)
		d.head = people.Add(t, records, "head", access.Operator)
		d.a, d.b, d.c = people.Add(t, records, "a", access.Operator), people.Add(t, records, "b", access.Operator), people.Add(t, records, "c", access.Operator)
		rooms := &duty.Rooms{DB: records, Clock: d.hand.Now}
		r, err := rooms.Add(t.Context(), chief, duty.Content{Name: "监控室", Head: d.head.Person, Staff: 1, Hours: duty.RoundTheClock})
		if err != nil {
			t.Fatal(err)
		}
		d.room = r.ID
		d.Leaves = &leave.Leaves{DB: records, Clock: d.hand.Now, Rooms: rooms, Rosters: &roster.Rosters{DB: records, Clock: d.hand.Now, Rooms: rooms}}
		d.Rosters.Away = d.Away
		d.Note = func(_ context.Context, _ bun.IDB, l duty.Line) error { d.lines = append(d.lines, l); return nil }
		all, err := d.Rosters.Plan(t.Context(), d.lead, d.room, []roster.Content{d.shift("早班", 8, d.a), d.shift("晚班", 16, d.b)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Rosters.Publish(t.Context(), d.lead, d.room, roster.Span{From: d.midnight, To: d.midnight + 48*hour}); err != nil {
			t.Fatal(err)
		}
		d.early, d.evening = all[0], all[1]
		fn(d)
	})
}

func (d *desk) shift(name string, from int64, who access.Actor) roster.Content {
	return roster.Content{Name: name, From: d.midnight + from*hour, To: d.midnight + (from+8)*hour, Staff: 1, People: []roster.Place{{Person: who.Person}}}
}

func (d *desk) day(kind leave.Kind) leave.Content {
	return leave.Content{Room: d.room, Kind: kind, From: d.midnight, To: d.midnight + 24*hour, Reason: "家中有事 😀"}
}

func (d *desk) ask(who access.Actor) leave.Leave {
	d.t.Helper()
	l, err := d.Ask(d.t.Context(), who, d.day(leave.Personal))
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

func (d *desk) in(shift string) string {
	d.t.Helper()
	s, err := d.Rosters.Shift(d.t.Context(), d.DB.Read(), shift)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(s.People) == 0 {
		return ""
	}
	return s.People[0].Person
}

func TestLeaveIsAskedForBeforehandAndTheRosterFollows(t *testing.T) {
	clause.Covers(t, "C047")
	each(t, func(d *desk) {
		ctx := t.Context()
		past, odd, bare, backwards := d.day(leave.Personal), d.day("holiday"), d.day(leave.Sick), d.day(leave.Other)
		past.From, bare.Reason, backwards.To = d.hand.Micro()-hour, " ", backwards.From
		for name, c := range map[string]struct {
			c    leave.Content
			want error
		}{
			"afterwards": {past, leave.ErrLate}, "no such kind": {odd, leave.ErrKind}, "without a reason": {bare, problem.New(problem.Invalid, "field_required", "")}, "backwards": {backwards, leave.ErrTimes},
		} {
			if _, err := d.Ask(ctx, d.a, c.c); !errors.Is(err, c.want) && problem.Of(err).Kind != problem.Of(c.want).Kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		l := d.ask(d.a)
		if _, err := d.Ask(ctx, d.a, d.day(leave.Sick)); !errors.Is(err, leave.ErrTwice) {
			t.Error(err)
		}
		if d.in(d.early.ID) != d.a.Person {
			t.Error("what is only asked for changes the roster")
		}
		if _, err := d.Decide(ctx, d.b, l.ID, true, "", nil); problem.Of(err).Kind != problem.Forbidden {
			t.Errorf("a guard decides: %v", err)
		}
		if freed, err := d.Freed(ctx, d.lead, l.ID); err != nil || len(freed) != 1 || freed[0].ID != d.early.ID {
			t.Errorf("%+v %v", freed, err)
		}
		if _, err := d.Decide(ctx, d.lead, l.ID, true, "", nil); !errors.Is(err, leave.ErrReplacement) {
			t.Errorf("without a replacement: %v", err)
		}
		if _, err := d.Decide(ctx, d.lead, l.ID, true, "", []leave.Replacement{{Shift: d.early.ID, Person: d.b.Person}}); !errors.Is(err, roster.ErrRest) {
			t.Errorf("by somebody who has no rest: %v", err)
		}
		if len(d.lines) != 0 || d.in(d.early.ID) != d.a.Person {
			t.Fatalf("something is left of what was refused: %+v", d.lines)
		}
		if after, err := d.Decide(ctx, d.lead, l.ID, true, "", []leave.Replacement{{Shift: d.early.ID, Person: d.c.Person}}); err != nil || len(after) != 1 || !after[0].People[0].Charge {
			t.Fatalf("%+v %v", after, err)
		}
		if d.in(d.early.ID) != d.c.Person || len(d.lines) != 1 || d.lines[0].Code != "leave_approved" || d.lines[0].Params["person"] != d.a.Person {
			t.Errorf("%+v", d.lines)
		}
		if _, err := d.Decide(ctx, d.lead, l.ID, false, "还是不行", nil); !errors.Is(err, leave.ErrDecided) {
			t.Error(err)
		}
		if _, err := d.Rosters.Plan(ctx, d.lead, d.room, []roster.Content{d.shift("加班", 10, d.a)}); !errors.Is(err, roster.ErrLeave) {
			t.Errorf("who is on leave is put on the roster: %v", err)
		}
		acts, _, err := ledger.List(ctx, d.DB.Read(), ledger.Filter{Kind: "leave.", Limit: 10})
		if err != nil || len(acts) != 2 {
			t.Errorf("%+v %v", acts, err)
		}
		for _, a := range acts {
			if a.Detail["reason"] != nil || a.Detail["kind"] != nil {
				t.Errorf("an act tells why: %+v", a)
			}
		}
	})
}

func TestAShiftIsLeftOpenOnPurpose(t *testing.T) {
	clause.Covers(t, "C047")
	each(t, func(d *desk) {
		ctx := t.Context()
		l := d.ask(d.a)
		if _, err := d.Decide(ctx, d.lead, l.ID, true, "", []leave.Replacement{{Shift: d.early.ID}}); err != nil {
			t.Fatal(err)
		}
		room, err := duty.Load(ctx, d.DB.Read(), d.room)
		if err != nil {
			t.Fatal(err)
		}
		gaps, err := d.Rosters.Gaps(ctx, d.DB.Read(), &room, roster.Span{From: d.midnight + 8*hour, To: d.midnight + 24*hour})
		if err != nil || len(gaps) != 1 || gaps[0].Have != 0 || gaps[0].To != d.midnight+16*hour {
			t.Errorf("%+v %v", gaps, err)
		}
	})
}

// TestSickLeaveByTelephone: entered by the duty lead, decided on, and signed by the person afterwards (P18).
func TestSickLeaveByTelephone(t *testing.T) {
	each(t, func(d *desk) {
		ctx := t.Context()
		if _, err := d.Enter(ctx, d.a, d.b.Person, d.day(leave.Sick)); problem.Of(err).Kind != problem.Forbidden {
			t.Error(err)
		}
		if _, err := d.Enter(ctx, d.lead, d.lead.Person, d.day(leave.Sick)); !errors.Is(err, leave.ErrOneself) {
			t.Error(err)
		}
		if _, err := d.Enter(ctx, d.lead, "0123", d.day(leave.Sick)); !errors.Is(err, leave.ErrPerson) {
			t.Error(err)
		}
		c := d.day(leave.Sick)
		c.From = d.hand.Micro() - hour
		l, err := d.Enter(ctx, d.lead, d.a.Person, c)
		if err != nil || l.SignedAt != nil || l.EnteredBy != d.lead.Person {
			t.Fatalf("%+v %v", l, err)
		}
		if _, err := d.Decide(ctx, d.lead, l.ID, true, "", []leave.Replacement{{Shift: d.early.ID, Person: d.c.Person}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Sign(ctx, d.lead, l.ID); !errors.Is(err, leave.ErrNotYours) {
			t.Error(err)
		}
		if err := d.Sign(ctx, d.b, l.ID); !errors.Is(err, leave.ErrUnknown) {
			t.Error(err)
		}
		if err := d.Sign(ctx, d.a, l.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.Sign(ctx, d.a, l.ID); !errors.Is(err, leave.ErrSigned) {
			t.Error(err)
		}
		later := d.day(leave.Sick)
		later.From, later.To = d.midnight+48*hour, d.midnight+72*hour
		if _, err := d.Ask(ctx, d.a, later); err != nil {
			t.Fatal(err)
		}
		all, err := d.List(ctx, d.second)
		if err != nil || len(all) != 2 || all[0].Sick != 1 || all[1].Sick != 0 {
			t.Errorf("repeated cases are not seen: %+v %v", all, err)
		}
		if all, err := d.List(ctx, d.b); err != nil || len(all) != 0 {
			t.Errorf("a colleague reads why somebody is ill: %+v %v", all, err)
		}
	})
}

// TestNobodyDecidesOnTheirOwnLeave holds for a duty lead too.
func TestNobodyDecidesOnTheirOwnLeave(t *testing.T) {
	each(t, func(d *desk) {
		l, err := d.Ask(t.Context(), d.lead, d.day(leave.Other))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decide(t.Context(), d.lead, l.ID, true, "", nil); !errors.Is(err, leave.ErrOwn) {
			t.Error(err)
		}
		if err := d.Withdraw(t.Context(), d.second, l.ID); !errors.Is(err, leave.ErrNotYours) {
			t.Error(err)
		}
		if err := d.Withdraw(t.Context(), d.lead, l.ID); err != nil {
			t.Error(err)
		}
		if _, err := d.Decide(t.Context(), d.second, l.ID, true, "", nil); !errors.Is(err, leave.ErrDecided) {
			t.Error(err)
		}
		for _, statement := range []string{"UPDATE leaves SET reason = ''", "UPDATE leaves SET state = 'approved'", "DELETE FROM leaves"} {
			if err := d.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, statement); return err }); err == nil {
				t.Errorf("%s went through", statement)
			}
		}
	})
}

// TestASwapTakesThree: both people, and the head of the room or who decides there.
func TestASwapTakesThree(t *testing.T) {
	each(t, func(d *desk) {
		ctx := t.Context()
		for name, c := range map[string]struct {
			who                 access.Actor
			shift, other, their string
			want                error
		}{
			"not in it":        {d.c, d.early.ID, d.b.Person, "", leave.ErrSwapShift},
			"with oneself":     {d.a, d.early.ID, d.a.Person, "", leave.ErrSwapOther},
			"no such person":   {d.a, d.early.ID, "0123", "", leave.ErrSwapOther},
			"no such shift":    {d.a, "0123", d.b.Person, "", roster.ErrUnknown},
			"not the other's":  {d.a, d.early.ID, d.c.Person, d.evening.ID, leave.ErrSwapOther},
			"one's own for it": {d.a, d.early.ID, d.b.Person, d.early.ID, leave.ErrSwapOther},
		} {
			if _, err := d.AskSwap(ctx, c.who, c.shift, c.other, c.their, "孩子家长会"); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		s, err := d.AskSwap(ctx, d.a, d.early.ID, d.b.Person, d.evening.ID, "孩子家长会")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.AskSwap(ctx, d.a, d.early.ID, d.c.Person, "", "孩子家长会"); !errors.Is(err, leave.ErrSwapOpen) {
			t.Error(err)
		}
		if err := d.DecideSwap(ctx, d.lead, s.ID, true, ""); !errors.Is(err, leave.ErrSwapWaits) {
			t.Errorf("before the other agreed: %v", err)
		}
		if err := d.Answer(ctx, d.c, s.ID, true); !errors.Is(err, leave.ErrSwapNot) {
			t.Error(err)
		}
		if err := d.Answer(ctx, d.b, s.ID, true); err != nil {
			t.Fatal(err)
		}
		if err := d.DecideSwap(ctx, d.c, s.ID, true, ""); problem.Of(err).Kind != problem.Forbidden {
			t.Errorf("a guard consents: %v", err)
		}
		if err := d.DecideSwap(ctx, d.a, s.ID, true, ""); !errors.Is(err, leave.ErrSwapParty) {
			t.Error(err)
		}
		if all, err := d.Swaps(ctx, d.head); err != nil || len(all) != 1 || !all[0].Decides || len(all[0].Shifts) != 2 {
			t.Errorf("%+v %v", all, err)
		}
		if all, err := d.Swaps(ctx, d.c); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if err := d.DecideSwap(ctx, d.head, s.ID, true, ""); err != nil {
			t.Fatalf("the head: %v", err)
		}
		if d.in(d.early.ID) != d.b.Person || d.in(d.evening.ID) != d.a.Person || len(d.lines) != 1 || d.lines[0].Code != "swap_made" {
			t.Errorf("%s %s %+v", d.in(d.early.ID), d.in(d.evening.ID), d.lines)
		}
		if err := d.WithdrawSwap(ctx, d.a, s.ID); !errors.Is(err, leave.ErrSwapDecided) {
			t.Error(err)
		}
	})
}

// TestASwapThatTheRosterForbids changes nothing, and stays open.
func TestASwapThatTheRosterForbids(t *testing.T) {
	each(t, func(d *desk) {
		ctx := t.Context()
		s, err := d.AskSwap(ctx, d.a, d.early.ID, d.b.Person, "", "孩子家长会")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Answer(ctx, d.b, s.ID, true); err != nil {
			t.Fatal(err)
		}
		if err := d.DecideSwap(ctx, d.lead, s.ID, true, ""); !errors.Is(err, roster.ErrRest) {
			t.Errorf("sixteen hours on end: %v", err)
		}
		if d.in(d.early.ID) != d.a.Person || len(d.lines) != 0 {
			t.Error("half of it was done")
		}
		if err := d.DecideSwap(ctx, d.lead, s.ID, false, "连续值班"); err != nil {
			t.Error(err)
		}
	})
}

func TestLateIsToldBefore(t *testing.T) {
	clause.Covers(t, "C069")
	each(t, func(d *desk) {
		ctx := t.Context()
		for _, minutes := range []int{0, -1, 481} {
			if _, err := d.TellLate(ctx, d.a, d.early.ID, minutes, "堵车"); !errors.Is(err, leave.ErrMinutes) {
				t.Error(err)
			}
		}
		if _, err := d.TellLate(ctx, d.b, d.early.ID, 20, "堵车"); !errors.Is(err, leave.ErrLateShift) {
			t.Error(err)
		}
		l, err := d.TellLate(ctx, d.a, d.early.ID, 20, "堵车")
		if err != nil || l.Room != d.room || len(d.lines) != 1 || d.lines[0].Code != "late_notice" || d.lines[0].Params["minutes"] != 20 {
			t.Fatalf("%+v %+v %v", l, d.lines, err)
		}
		if all, err := d.Lates(ctx, d.lead, d.room, d.midnight-48*hour); err != nil || len(all) != 1 || all[0].Minutes != 20 || all[0].Person != d.a.Person {
			t.Errorf("%+v %v", all, err)
		}
		d.hand.Set(time.UnixMicro(d.midnight + 17*hour))
		if _, err := d.TellLate(ctx, d.a, d.early.ID, 20, "堵车"); !errors.Is(err, leave.ErrLateShift) {
			t.Errorf("afterwards: %v", err)
		}
	})
}
