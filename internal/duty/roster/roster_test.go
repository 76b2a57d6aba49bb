package roster_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/roster"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

const hour = int64(time.Hour / time.Microsecond)

// watch has two rooms, a duty lead who plans, and four guards.
type watch struct {
	*roster.Rosters
	t           *testing.T
	hand        *clocktest.Hand
	lead, chief access.Actor
	room, other string
	guards      []access.Actor
	midnight    int64
	unfit       map[string][]string
}

func each(t *testing.T, fn func(w *watch)) {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &watch{t: t, hand: clocktest.At(time.Date(2026, 3, 2, 9, 0, 0, 0, z)), unfit: map[string][]string{}}
		w.midnight = time.Date(2026, 3, 3, 0, 0, 0, 0, z).UnixMicro()
		w.lead, w.chief = people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "chief", access.Supervisor)
		for _, n := range []string{"a", "b", "c", "d"} {
			w.guards = append(w.guards, people.Add(t, d, n, access.Operator))
		}
		rooms := &duty.Rooms{DB: d, Clock: w.hand.Now}
		w.Rosters = &roster.Rosters{DB: d, Clock: w.hand.Now, Zone: z, Rooms: rooms}
		w.Fit = func(_ context.Context, _ bun.IDB, _ *duty.Room, person string, _ int64) ([]string, int64, error) {
			return w.unfit[person], 0, nil
		}
		for i, name := range []string{"一号监控室", "二号监控室"} {
			r, err := rooms.Add(t.Context(), w.chief, duty.Content{Name: name, Head: w.lead.Person, Staff: 2 - i, Hours: duty.RoundTheClock})
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				w.room = r.ID
			} else {
				w.other = r.ID
			}
		}
		fn(w)
	})
}

// shift is one of the day after, from an hour to another.
func (w *watch) shift(from, to int64, guards ...int) roster.Content {
	c := roster.Content{Name: "早班", From: w.midnight + from*hour, To: w.midnight + to*hour, Staff: 2}
	for _, g := range guards {
		c.People = append(c.People, roster.Place{Person: w.guards[g].Person})
	}
	return c
}

func (w *watch) plan(room string, list ...roster.Content) []roster.Shift {
	w.t.Helper()
	all, err := w.Plan(w.t.Context(), w.lead, room, list)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *watch) publish(room string) int {
	w.t.Helper()
	n, err := w.Publish(w.t.Context(), w.lead, room, w.days(10))
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *watch) days(n int64) roster.Span {
	return roster.Span{From: w.midnight - 24*hour, To: w.midnight + n*24*hour}
}

func TestADraftIsPublished(t *testing.T) {
	clause.Covers(t, "C024")
	clause.Covers(t, "C044")
	each(t, func(w *watch) {
		ctx := t.Context()
		made := w.plan(w.room, w.shift(8, 16, 0, 1), w.shift(16, 24, 2))
		if !made[0].People[0].Charge || made[0].People[1].Charge {
			t.Errorf("nobody is in charge: %+v", made[0])
		}
		v, err := w.Window(ctx, w.guards[0], w.room, w.days(2))
		if err != nil || len(v.Shifts) != 0 || len(v.Drawn) != 0 || v.Plans {
			t.Errorf("a guard sees drafts: %+v %v", v, err)
		}
		if turn, err := w.Turn(ctx, w.DB.Read(), w.room, w.guards[0].Person, w.midnight+9*hour, 0); turn != nil || err != nil {
			t.Errorf("a draft is a turn: %+v %v", turn, err)
		}
		d, err := w.Check(ctx, w.lead, w.room, w.days(2))
		if err != nil || len(d.Shifts) != 2 || len(d.Faults) != 0 || len(d.Gaps) != 3 || d.Gaps[1].Have != 1 || d.Gaps[1].Need != 2 {
			t.Errorf("%+v %v", d, err)
		}
		if n := w.publish(w.room); n != 2 {
			t.Errorf("%d were published", n)
		}
		if n := w.publish(w.room); n != 0 {
			t.Errorf("%d were published twice", n)
		}
		v, err = w.Window(ctx, w.guards[0], w.room, w.days(2))
		if err != nil || len(v.Shifts) != 2 || v.Shifts[0].State != roster.Published || len(v.Gaps) != 3 || v.Gaps[0].Have != 0 {
			t.Errorf("%+v %v", v, err)
		}
		turn, err := w.Turn(ctx, w.DB.Read(), w.room, w.guards[1].Person, w.midnight+7*hour+45*60_000_000, 15*60_000_000)
		if err != nil || turn == nil || turn.Charge || turn.From != w.midnight+8*hour || turn.Shift != made[0].ID || turn.Staff != 2 {
			t.Errorf("%+v %v", turn, err)
		}
		if turn, err := w.Turn(ctx, w.DB.Read(), w.room, w.guards[1].Person, w.midnight+7*hour, 15*60_000_000); turn != nil || err != nil {
			t.Errorf("too early: %+v %v", turn, err)
		}
		if turn, err := w.Turn(ctx, w.DB.Read(), w.room, w.guards[1].Person, w.midnight+16*hour, 15*60_000_000); turn != nil || err != nil {
			t.Errorf("over: %+v %v", turn, err)
		}
		room, turn, err := w.Next(ctx, w.DB.Read(), w.guards[2].Person, w.midnight)
		if err != nil || room != w.room || turn == nil || !turn.Charge || turn.From != w.midnight+16*hour {
			t.Errorf("%s %+v %v", room, turn, err)
		}
		if own, err := w.Own(ctx, w.guards[0]); err != nil || len(own) != 1 {
			t.Errorf("%+v %v", own, err)
		}
		if due, err := w.Due(ctx, w.DB.Read(), w.room, roster.Span{From: w.midnight + 15*hour, To: w.midnight + 17*hour}); err != nil || len(due) != 2 {
			t.Errorf("%+v %v", due, err)
		}
	})
}

// TestWhatNobodyIsPutOnTheRosterFor: by a draft, and all that is refused leaves nothing behind.
func TestWhatNobodyIsPutOnTheRosterFor(t *testing.T) {
	clause.Covers(t, "C025")
	each(t, func(w *watch) {
		w.plan(w.room, w.shift(8, 16, 0))
		w.plan(w.other, w.shift(24, 32, 1))
		w.unfit[w.guards[3].Person] = []string{"licence"}
		w.Away = func(_ context.Context, _ bun.IDB, person string, s roster.Span) (bool, error) {
			return person == w.guards[2].Person && s.From < w.midnight+40*hour, nil
		}
		twice, charges, nobody, long := w.shift(8, 16, 1, 1), w.shift(8, 16, 1, 2), w.shift(8, 16), w.shift(8, 16)
		charges.People[0].Charge, charges.People[1].Charge = true, true
		nobody.People = []roster.Place{{Person: "0123456789"}}
		long.Name = "一个名字很长很长很长很长很长很长很长很长很长很长很长很长很长的班次"
		staff := w.shift(8, 16)
		staff.Staff = 0
		for name, c := range map[string]struct {
			room string
			c    roster.Content
			want error
		}{
			"overlapping":   {w.room, w.shift(15, 23, 0), roster.ErrTwice},
			"in two rooms":  {w.other, w.shift(8, 16, 0), roster.ErrTwoRooms},
			"without rest":  {w.room, w.shift(16, 24, 0), roster.ErrRest},
			"rest, rooms":   {w.room, w.shift(16, 23, 1), roster.ErrRest},
			"too long":      {w.room, w.shift(40, 53, 1), roster.ErrLong},
			"past":          {w.room, w.shift(-20, -12, 1), roster.ErrPast},
			"begun":         {w.room, w.shift(-16, 0, 1), roster.ErrPast},
			"far":           {w.room, w.shift(24*500, 24*500+8, 1), roster.ErrFar},
			"on leave":      {w.room, w.shift(8, 16, 2), roster.ErrLeave},
			"unfit":         {w.room, w.shift(8, 16, 3), roster.ErrUnfit},
			"twice":         {w.room, twice, roster.ErrTwin},
			"two in charge": {w.room, charges, roster.ErrCharge},
			"nobody":        {w.room, nobody, roster.ErrNobody},
			"backwards":     {w.room, w.shift(16, 8, 1), roster.ErrTimes},
			"no staff":      {w.room, staff, roster.ErrStaff},
			"a long name":   {w.room, long, problem.New(problem.Invalid, "field_too_long", "")},
			"no such room":  {"nowhere", w.shift(8, 16), duty.ErrRoomUnknown},
		} {
			if _, err := w.Plan(t.Context(), w.lead, c.room, []roster.Content{w.shift(100, 108), c.c}); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		v, err := w.Window(t.Context(), w.lead, w.room, w.days(30))
		if err != nil || len(v.Shifts) != 1 {
			t.Errorf("%d shifts, %v", len(v.Shifts), err)
		}
		if _, err := w.Plan(t.Context(), w.lead, w.room, make([]roster.Content, 401)); !errors.Is(err, roster.ErrMany) {
			t.Error(err)
		}
		if _, err := w.Plan(t.Context(), w.guards[0], w.room, []roster.Content{w.shift(8, 16)}); problem.Of(err).Kind != problem.Forbidden {
			t.Error(err)
		}
	})
}

// TestWhatIsChangedStaysOnRecord: what was published is changed with a reason, and what was stays.
func TestWhatIsChangedStaysOnRecord(t *testing.T) {
	each(t, func(w *watch) {
		ctx := t.Context()
		s := w.plan(w.room, w.shift(8, 16, 0, 1))[0]
		c := s.Content
		c.People = []roster.Place{{Person: w.guards[0].Person, Charge: true}}
		s, err := w.Change(ctx, w.lead, s.ID, 1, c, "")
		if err != nil || s.Version != 2 {
			t.Fatalf("a draft: %+v %v", s, err)
		}
		w.publish(w.room)
		c.People = []roster.Place{{Person: w.guards[1].Person}, {Person: w.guards[0].Person, Charge: true}}
		if _, err := w.Change(ctx, w.lead, s.ID, 2, c, "家中有事"); !errors.Is(err, roster.ErrChanged) {
			t.Errorf("what somebody looked at before: %v", err)
		}
		if _, err := w.Change(ctx, w.lead, s.ID, 3, c, " "); problem.Of(err).Kind != problem.Invalid {
			t.Errorf("without a reason: %v", err)
		}
		if s, err = w.Change(ctx, w.lead, s.ID, 3, c, "增援一人 😀𠮷"); err != nil || s.Version != 4 || len(s.People) != 2 || s.People[0].Person != w.guards[0].Person {
			t.Fatalf("%+v %v", s, err)
		}
		if same, err := w.Change(ctx, w.lead, s.ID, 4, s.Content, ""); err != nil || same.Version != 4 {
			t.Errorf("nothing is another: %+v %v", same, err)
		}
		if _, err := w.Change(ctx, w.guards[0], s.ID, 4, c, "我想休息"); problem.Of(err).Kind != problem.Forbidden {
			t.Error(err)
		}
		w.hand.Set(time.UnixMicro(w.midnight + 17*hour))
		if err := w.Cancel(ctx, w.lead, s.ID, 4, "不需要了"); !errors.Is(err, roster.ErrPast) {
			t.Errorf("what is over was cancelled: %v", err)
		}
		w.hand.Set(time.UnixMicro(w.midnight + 9*hour))
		if err := w.Cancel(ctx, w.lead, s.ID, 4, "不需要了"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Change(ctx, w.lead, s.ID, 5, c, "还是需要"); !errors.Is(err, roster.ErrCancelled) {
			t.Error(err)
		}
		all, err := w.History(ctx, w.lead, w.room, s.ID, 0)
		var kinds []string
		for _, c := range all {
			kinds = append(kinds, c.Kind)
		}
		if err != nil || !slices.Equal(kinds, []string{"cancelled", "changed", "published", "changed", "planned"}) || all[1].Reason != "增援一人 😀𠮷" || all[1].By != w.lead.Person {
			t.Errorf("%v %+v %v", kinds, all, err)
		}
		if all, err := w.History(ctx, w.guards[0], w.room, "", 0); err != nil || len(all) != 3 {
			t.Errorf("a guard sees what was done to drafts: %+v %v", all, err)
		}
		acts, _, err := ledger.List(ctx, w.DB.Read(), ledger.Filter{Kind: "roster.", Limit: 50})
		if err != nil || len(acts) != 5 {
			t.Errorf("%d acts, %v", len(acts), err)
		}
		for _, statement := range []string{"UPDATE roster_changes SET reason = ''", "DELETE FROM roster_changes", "DELETE FROM shifts", "UPDATE shifts SET room = '" + w.other + "'"} {
			err := w.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, statement); return err })
			if err == nil {
				t.Errorf("%s went through", statement)
			}
		}
	})
}

// TestFaultsStopPublishing: what became wrong since it was drawn is named, and nothing is published.
func TestFaultsStopPublishing(t *testing.T) {
	each(t, func(w *watch) {
		ctx := t.Context()
		w.plan(w.room, w.shift(8, 16, 0, 1), w.shift(16, 24, 2))
		w.unfit[w.guards[1].Person] = []string{"licence", "pledge"}
		d, err := w.Check(ctx, w.lead, w.room, w.days(2))
		if err != nil || len(d.Faults) != 1 || d.Faults[0].Person != w.guards[1].Person || !errors.Is(d.Faults[0].Why, roster.ErrUnfit) {
			t.Fatalf("%+v %v", d, err)
		}
		if _, err := w.Publish(ctx, w.lead, w.room, w.days(2)); !errors.Is(err, roster.ErrFaults) {
			t.Error(err)
		}
		v, err := w.Window(ctx, w.guards[0], w.room, w.days(2))
		if err != nil || len(v.Shifts) != 0 {
			t.Errorf("%+v %v", v.Shifts, err)
		}
		if _, err := w.Publish(ctx, w.lead, w.room, w.days(100)); !errors.Is(err, roster.ErrInterval) {
			t.Error(err)
		}
	})
}

func TestPatternsOfARoom(t *testing.T) {
	each(t, func(w *watch) {
		ctx := t.Context()
		plan := roster.Plan{Name: "三班", Shifts: []roster.Piece{{Name: "早班", Begin: "08:00", End: "16:00", Staff: 1}, {Name: "中班", Begin: "16:00", End: "00:00", Staff: 1}, {Name: "夜班", Begin: "00:00", End: "08:00", Staff: 1}}}
		p, err := w.AddPattern(ctx, w.lead, w.room, plan)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.AddPattern(ctx, w.lead, w.room, plan); !errors.Is(err, roster.ErrPatternName) {
			t.Error(err)
		}
		who := []string{}
		for _, g := range w.guards {
			who = append(who, g.Person)
		}
		w.unfit[w.guards[3].Person] = []string{"licence"}
		w.plan(w.room, w.shift(8, 16, 0))
		first := roster.DayOf(w.midnight, time.FixedZone("", 8*3600))
		out, err := w.Propose(ctx, w.lead, p.ID, who, first, first.Next(6))
		if err != nil || len(out.Shifts) != 20 { // one of the 21 is there already
			t.Fatalf("%d shifts, %v", len(out.Shifts), err)
		}
		if !slices.ContainsFunc(out.Left, func(l roster.Left) bool {
			return l.Person == w.guards[3].Person && l.Why == roster.WhyUnfit && l.Shift == (roster.Span{})
		}) {
			t.Errorf("%+v", out.Left)
		}
		var drafts []roster.Content
		for _, s := range out.Shifts {
			c := roster.Content{Name: s.Name, From: s.From, To: s.To, Staff: s.Staff}
			for i, id := range s.Chosen {
				c.People = append(c.People, roster.Place{Person: id, Charge: i == 0})
			}
			drafts = append(drafts, c)
		}
		w.plan(w.room, drafts...) // what is proposed is not refused
		if again, err := w.Propose(ctx, w.lead, p.ID, who, first, first.Next(6)); err != nil || len(again.Shifts) != 0 {
			t.Errorf("%d shifts again, %v", len(again.Shifts), err)
		}
		if _, err := w.Propose(ctx, w.lead, p.ID, who, first, first.Next(92)); !errors.Is(err, roster.ErrProposeDays) {
			t.Error(err)
		}
		plan.Name = "三班倒"
		if _, err := w.ChangePattern(ctx, w.lead, p.ID, plan); err != nil {
			t.Error(err)
		}
		if _, err := w.ChangePattern(ctx, w.guards[0], p.ID, plan); problem.Of(err).Kind != problem.Forbidden {
			t.Error(err)
		}
		if err := w.RetirePattern(ctx, w.lead, p.ID); err != nil {
			t.Error(err)
		}
		if all, err := w.Patterns(ctx, w.lead, w.room); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if err := w.RetirePattern(ctx, w.lead, p.ID); !errors.Is(err, roster.ErrPatternUnknown) {
			t.Error(err)
		}
	})
}

// TestAnExchangeIsWholeOrNothing: two trade shifts that neither could have beside their own.
func TestAnExchangeIsWholeOrNothing(t *testing.T) {
	each(t, func(w *watch) {
		ctx := t.Context()
		all := w.plan(w.room, w.shift(8, 16, 0), w.shift(16, 24, 1))
		w.publish(w.room)
		trade := func(moves ...roster.Move) error {
			return w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := w.Exchange(ctx, tx, w.lead.For(access.DutyDecide, ""), roster.BySwap, "swap", w.hand.Micro(), moves)
				return err
			})
		}
		if err := trade(roster.Move{Shift: all[0].ID, Out: w.guards[0].Person, In: w.guards[1].Person}); !errors.Is(err, roster.ErrRest) {
			t.Errorf("one who has no rest: %v", err)
		}
		if err := trade(roster.Move{Shift: all[0].ID, Out: w.guards[0].Person, In: w.guards[1].Person}, roster.Move{Shift: all[1].ID, Out: w.guards[1].Person, In: w.guards[0].Person}); err != nil {
			t.Fatal(err)
		}
		s, err := w.Shift(ctx, w.DB.Read(), all[1].ID)
		if err != nil || len(s.People) != 1 || s.People[0] != (roster.Place{Person: w.guards[0].Person, Charge: true}) {
			t.Errorf("%+v %v", s, err)
		}
		if err := trade(roster.Move{Shift: all[0].ID, Out: w.guards[0].Person}); !errors.Is(err, roster.ErrNotIn) {
			t.Error(err)
		}
	})
}
