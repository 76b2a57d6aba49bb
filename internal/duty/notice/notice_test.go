package notice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/notice"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// board is two control rooms, east and west, with a leader of both and one of the east, two who
// keep watch and read what is told to the east, and one of the west.
type board struct {
	*notice.Book
	t                                      *testing.T
	east, west                             string
	leader, half, guard, mate, far, expert access.Actor
	now                                    time.Time
	lines                                  []string
}

func newBoard(t *testing.T, d *db.DB) *board {
	t.Helper()
	s := &board{t: t, now: time.Date(2026, 11, 27, 2, 20, 0, 0, time.UTC)}
	now := func() time.Time { return s.now }
	rooms := &duty.Rooms{DB: d, Clock: now, Chain: func(_ context.Context, _ bun.IDB, area string) ([]string, error) { return []string{area}, nil }}
	chief := people.Add(t, d, "chief", access.Supervisor)
	of := func(name string, position access.Position, areas ...string) access.Actor {
		a := people.Add(t, d, name, position)
		return access.NewActor(a.Person, access.NewRights(access.BuiltIn, nil, nil), access.Standing{Holdings: []access.Holding{{Position: position, Areas: areas}}})
	}
	s.leader, s.half = people.Add(t, d, "leader", access.Leader), of("half", access.Leader, "east")
	s.guard, s.mate, s.far = of("guard", access.Operator, "east"), of("mate", access.Operator, "east"), of("far", access.Operator, "west")
	s.expert = people.Add(t, d, "expert", access.Technician)
	for name, id := range map[string]*string{"east": &s.east, "west": &s.west} {
		r, err := rooms.Add(t.Context(), chief, duty.Content{Name: name, Areas: []string{name}, Head: chief.Person, Staff: 1, Hours: duty.RoundTheClock})
		if err != nil {
			t.Fatal(err)
		}
		*id = r.ID
	}
	s.Book = &notice.Book{DB: d, Clock: now, Rooms: rooms,
		Note: func(_ context.Context, _ bun.IDB, l duty.Line) error {
			s.lines = append(s.lines, fmt.Sprint(l.Code, " ", map[string]string{s.east: "east", s.west: "west"}[l.Room]))
			return nil
		},
		May: func(_ context.Context, _ bun.IDB, person string, r *duty.Room) (bool, error) {
			return person == s.leader.Person || person == s.half.Person && r.ID == s.east, nil
		},
		Readers: func(_ context.Context, _ bun.IDB, room string) ([]string, error) {
			return map[string][]string{s.east: {s.guard.Person, s.mate.Person}, s.west: {s.far.Person}}[room], nil
		}}
	return s
}

func each(t *testing.T, fn func(s *board)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(newBoard(t, d)) })
}

// ok goes on after a step that must be taken.
func (s *board) ok(e notice.Entry, err error) notice.Entry {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	return e
}

func (s *board) in(d time.Duration) int64 { return s.now.Add(d).UnixMicro() }

func (s *board) matters(room string) []duty.Matter {
	s.t.Helper()
	m, err := s.Matters(s.t.Context(), s.DB.Read(), &duty.Room{ID: room}, s.now.UnixMicro())
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (s *board) mine(actor access.Actor) int {
	s.t.Helper()
	all, err := s.Mine(s.t.Context(), actor)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

func (s *board) order(rooms ...string) notice.New {
	return notice.New{Kind: notice.Instruction, Rooms: rooms, Text: "夜间每两小时巡查北门😀"}
}

// TestAnInstructionFromItsBeginningToItsEnd: nobody hands over before somebody sees to it until a
// day; each who is to read it confirms; what came of it is written before it is closed.
func TestAnInstructionFromItsBeginningToItsEnd(t *testing.T) {
	clause.Covers(t, "C067")
	each(t, func(s *board) {
		ctx := t.Context()
		e := s.ok(s.Give(ctx, s.leader, s.order(s.east)))
		if m := s.matters(s.east); len(m) != 1 || m[0].Kind != "instruction" || m[0].Bars != "instruction_unowned" || !m[0].Urgent || m[0].Text != e.Text {
			t.Errorf("%+v", m)
		}
		if m := s.matters(s.west); len(m) != 0 || s.mine(s.far) != 0 || s.mine(s.guard) != 1 || s.mine(s.leader) != 0 {
			t.Errorf("%+v, %d, %d, %d", m, s.mine(s.far), s.mine(s.guard), s.mine(s.leader))
		}
		for name, x := range map[string]struct {
			owner string
			due   int64
			err   error
		}{"nobody": {"", s.in(time.Hour), notice.ErrOwner}, "no such person": {"x", s.in(time.Hour), notice.ErrOwner}, "no day": {s.mate.Person, 0, notice.ErrDue},
			"yesterday": {s.mate.Person, s.in(-time.Hour), notice.ErrDue}, "in ten years": {s.mate.Person, s.in(87600 * time.Hour), notice.ErrDue}} {
			if _, err := s.Assign(ctx, s.guard, e.ID, x.owner, x.due); !errors.Is(err, x.err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Assign(ctx, s.far, e.ID, s.far.Person, s.in(time.Hour)); !errors.Is(err, notice.ErrUnknown) {
			t.Errorf("from elsewhere: %v", err)
		}
		due := s.in(time.Hour)
		s.ok(s.Assign(ctx, s.guard, e.ID, s.mate.Person, due))
		if m := s.matters(s.east); m[0].Bars != "" || m[0].Owner != s.mate.Person || m[0].Due != due {
			t.Errorf("%+v", m)
		}
		e = s.ok(s.Confirm(ctx, s.guard, e.ID))
		if _, err := s.Confirm(ctx, s.guard, e.ID); !errors.Is(err, notice.ErrRead) {
			t.Errorf("read twice: %v", err)
		}
		if un := e.Unread([]string{s.guard.Person, s.mate.Person, s.leader.Person}); !slices.Equal(un, []string{s.mate.Person}) {
			t.Errorf("unread by %q", un)
		}
		s.ok(s.Confirm(ctx, s.mate, e.ID))
		if m := s.matters(s.east); m[0].Urgent {
			t.Errorf("all have read it: %+v", m)
		}
		s.now = s.now.Add(2 * time.Hour)
		if m := s.matters(s.east); !m[0].Urgent {
			t.Errorf("it is overdue: %+v", m)
		}
		if _, err := s.Result(ctx, s.guard, e.ID, "已经办好", true); !errors.Is(err, notice.ErrNotYours) {
			t.Errorf("by somebody else: %v", err)
		}
		if _, err := s.Result(ctx, s.mate, e.ID, " ", true); !errors.Is(err, text.ErrRequired) {
			t.Errorf("without a word: %v", err)
		}
		s.ok(s.Result(ctx, s.mate, e.ID, "已巡查三次", false))
		e = s.ok(s.Result(ctx, s.mate, e.ID, "夜间巡查完成", true))
		if e.State != notice.Closed || len(e.Steps) != 3 || len(s.matters(s.east)) != 0 {
			t.Errorf("%+v", e)
		}
		for name, try := range map[string]func() error{
			"withdraw": func() error { _, err := s.Withdraw(ctx, s.leader, e.ID, "不用了"); return err },
			"result":   func() error { _, err := s.Result(ctx, s.mate, e.ID, "再写一句", false); return err },
			"assign":   func() error { _, err := s.Assign(ctx, s.guard, e.ID, s.mate.Person, s.in(time.Hour)); return err },
		} {
			if err := try(); !errors.Is(err, notice.ErrState) {
				t.Errorf("%s after its end: %v", name, err)
			}
		}
		if want := []string{"instruction_given east", "instruction_read east", "instruction_read east"}; !slices.Equal(s.lines, want) {
			t.Errorf("%q", s.lines)
		}
		acts, _, err := ledger.List(ctx, s.DB.Read(), ledger.Filter{Kind: "instruction."})
		if err != nil || len(acts) != 6 || acts[5].Kind != "instruction.given" || acts[0].Kind != "instruction.closed" || acts[0].Detail["note"] != "夜间巡查完成" {
			t.Errorf("%+v, %v", acts, err)
		}
	})
}

// TestNotices: they are read, are red for two shifts, and end by themselves.
func TestNotices(t *testing.T) {
	each(t, func(s *board) {
		ctx := t.Context()
		n := notice.New{Kind: notice.Notice, Text: "明日停电检修", Until: s.in(30 * time.Hour), Owner: s.mate.Person, Due: s.in(time.Hour)}
		e := s.ok(s.Give(ctx, s.leader, n)) // to all rooms
		if e.Owner != "" || e.Due != 0 || len(e.Rooms) != 2 {
			t.Errorf("%+v", e)
		}
		if half := s.ok(s.Give(ctx, s.half, n)); !slices.Equal(half.Rooms, []string{s.east}) {
			t.Errorf("to all that they may: %+v", half)
		}
		if got, err := s.Get(ctx, s.guard, e.ID); err != nil || !slices.Equal(got.Rooms, []string{s.east}) {
			t.Errorf("rooms elsewhere are told: %+v, %v", got, err)
		}
		if m := s.matters(s.west); len(m) != 1 || m[0].Kind != "notice" || m[0].Bars != "" || !m[0].Urgent {
			t.Errorf("%+v", m)
		}
		if _, err := s.Assign(ctx, s.guard, e.ID, s.mate.Person, s.in(time.Hour)); !errors.Is(err, notice.ErrNotice) {
			t.Error(err)
		}
		s.ok(s.Confirm(ctx, s.far, e.ID))
		if m := s.matters(s.west); len(m) != 0 {
			t.Errorf("%+v", m)
		}
		s.now = s.now.Add(24 * time.Hour)
		if m := s.matters(s.east); len(m) != 2 || m[0].Urgent {
			t.Errorf("red after two shifts: %+v", m)
		}
		s.now = s.now.Add(7 * time.Hour)
		if m := s.matters(s.east); len(m) != 0 || s.mine(s.guard) != 0 {
			t.Errorf("it is over: %+v", m)
		}
		if _, err := s.Withdraw(ctx, s.half, e.ID, "写错了"); !errors.Is(err, notice.ErrNotGiver) {
			t.Error(err)
		}
		if e = s.ok(s.Withdraw(ctx, s.leader, e.ID, "写错了")); e.State != notice.Withdrawn {
			t.Errorf("%+v", e)
		}
	})
}

// TestALeaderOnTheTelephone: who keeps watch enters it in the leader's name, who signs within a day
// or denies it.
func TestALeaderOnTheTelephone(t *testing.T) {
	clause.Covers(t, "C067")
	each(t, func(s *board) {
		ctx := t.Context()
		for name, x := range map[string]struct {
			n   notice.New
			by  notice.Telling
			err error
		}{
			"nobody":          {s.order(s.east), notice.Telling{}, notice.ErrGiver},
			"oneself":         {s.order(s.east), notice.Telling{Giver: s.guard.Person}, notice.ErrGiver},
			"who may not":     {s.order(s.east), notice.Telling{Giver: s.mate.Person}, notice.ErrGiver},
			"tomorrow":        {s.order(s.east), notice.Telling{Giver: s.leader.Person, At: s.in(time.Minute)}, notice.ErrFuture},
			"no room":         {s.order(), notice.Telling{Giver: s.leader.Person}, notice.ErrRooms},
			"a room of other": {s.order(s.west), notice.Telling{Giver: s.leader.Person}, duty.ErrRoomUnknown},
		} {
			if _, err := s.Told(ctx, s.guard, x.n, x.by); !errors.Is(err, x.err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		var p *problem.Error
		if _, err := s.Give(ctx, s.guard, s.order(s.east)); !errors.As(err, &p) || p.Kind != problem.Forbidden {
			t.Errorf("given by who keeps watch: %v", err)
		}
		n := s.order(s.east)
		n.Owner, n.Due = s.guard.Person, s.in(2*time.Hour)
		said := s.in(-time.Hour)
		e := s.ok(s.Told(ctx, s.guard, n, notice.Telling{Giver: s.leader.Person, At: said}))
		if e.Giver != s.leader.Person || e.By != s.guard.Person || e.SaidAt != said || e.Awaits != s.leader.Person || e.AwaitsUntil != e.At+24*3600e6 {
			t.Errorf("%+v", e)
		}
		if m := s.matters(s.east); len(m) != 1 || m[0].Params["unsigned"] != true || s.mine(s.leader) != 1 {
			t.Errorf("%+v", m)
		}
		if _, err := s.Result(ctx, s.guard, e.ID, "已经办好", true); !errors.Is(err, notice.ErrUnsigned) {
			t.Errorf("closed before it was signed: %v", err)
		}
		if _, err := s.Countersign(ctx, s.half, e.ID, true, ""); !errors.Is(err, notice.ErrNotAsked) {
			t.Error(err)
		}
		e = s.ok(s.Countersign(ctx, s.leader, e.ID, true, ""))
		if e.Awaits != "" || e.State != notice.Open || s.mine(s.leader) != 0 {
			t.Errorf("%+v", e)
		}
		f := s.ok(s.Told(ctx, s.guard, n, notice.Telling{Giver: s.leader.Person}))
		if _, err := s.Countersign(ctx, s.leader, f.ID, false, ""); !errors.Is(err, text.ErrRequired) {
			t.Error(err)
		}
		if f = s.ok(s.Countersign(ctx, s.leader, f.ID, false, "没有说过")); f.State != notice.Withdrawn || len(s.matters(s.east)) != 1 {
			t.Errorf("%+v", f)
		}
	})
}

// TestBadInstructions: each refusal names its field and leaves nothing.
func TestBadInstructions(t *testing.T) {
	each(t, func(s *board) {
		many := make([]string, 101)
		for i := range many {
			many[i] = fmt.Sprint(i)
		}
		for name, x := range map[string]struct {
			change func(n *notice.New)
			err    error
			field  string
		}{
			"no kind":       {func(n *notice.New) { n.Kind = "order" }, notice.ErrKind, "kind"},
			"no text":       {func(n *notice.New) { n.Text = "" }, text.ErrRequired, "text"},
			"hardly a text": {func(n *notice.New) { n.Text = "啊啊啊" }, text.ErrTooShort, "text"},
			"a book":        {func(n *notice.New) { n.Text = strings.Repeat("长", 2001) }, text.ErrTooLong, "text"},
			"no such room":  {func(n *notice.New) { n.Rooms = []string{"x"} }, duty.ErrRoomUnknown, ""},
			"many rooms":    {func(n *notice.New) { n.Rooms = many }, notice.ErrRooms, "rooms"},
			"valid no more": {func(n *notice.New) { n.Until = s.in(-1) }, notice.ErrUntil, "until"},
			"for ever":      {func(n *notice.New) { n.Until = s.in(90000 * time.Hour) }, notice.ErrUntil, "until"},
			"due before":    {func(n *notice.New) { n.Due = s.in(-1) }, notice.ErrDue, "due"},
			"a stranger":    {func(n *notice.New) { n.Owner = "x" }, notice.ErrOwner, "owner"},
		} {
			n := s.order(s.east)
			x.change(&n)
			_, err := s.Give(t.Context(), s.leader, n)
			var p *problem.Error
			if !errors.Is(err, x.err) || !errors.As(err, &p) || p.Field != x.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Give(t.Context(), s.half, s.order(s.west)); !errors.Is(err, duty.ErrRoomUnknown) {
			t.Errorf("elsewhere: %v", err)
		}
		if all, _, err := s.List(t.Context(), s.leader, notice.Filter{}); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		for range 7 {
			if _, err := s.Give(t.Context(), s.leader, s.order(s.east)); err != nil {
				t.Fatal(err)
			}
		}
		n, before := 0, ""
		for {
			page, next, err := s.List(t.Context(), s.mate, notice.Filter{Room: s.east, Limit: 3, Before: before})
			if err != nil {
				t.Fatal(err)
			}
			n += len(page)
			if before = next; next == "" {
				break
			}
		}
		if n != 7 {
			t.Errorf("%d on the pages", n)
		}
		if _, _, err := s.List(t.Context(), s.far, notice.Filter{Room: s.east}); !errors.Is(err, duty.ErrRoomUnknown) {
			t.Error(err)
		}
		if all, _, err := s.List(t.Context(), s.far, notice.Filter{}); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		for _, statement := range []string{"DELETE FROM instructions", "DELETE FROM instruction_rooms", "UPDATE instructions SET text = 'x'", "UPDATE instruction_rooms SET room = room"} {
			if err := s.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, statement); return err }); err == nil {
				t.Error(statement)
			}
		}
	})
}

// TestAnInstructionAsAStateMachine: whatever is tried in whatever order, what is on record stays, one
// that nobody sees to bars a handover and no other does, and only who may ends it.
func TestAnInstructionAsAStateMachine(t *testing.T) {
	clause.Covers(t, "C067")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newBoard(t, d)
		ctx := t.Context()
		rapid.Check(t, func(r *rapid.T) {
			n := s.order(s.east)
			n.Kind = rapid.SampledFrom([]notice.Kind{notice.Instruction, notice.Notice}).Draw(r, "kind")
			if rapid.Bool().Draw(r, "owned") {
				n.Owner, n.Due = s.mate.Person, s.in(time.Hour)
			}
			var e notice.Entry
			var err error
			if rapid.Bool().Draw(r, "by telephone") {
				e, err = s.Told(ctx, s.guard, n, notice.Telling{Giver: s.leader.Person})
			} else {
				e, err = s.Give(ctx, s.leader, n)
			}
			if err != nil {
				r.Fatal(err)
			}
			for range rapid.IntRange(1, 10).Draw(r, "steps") {
				was := e
				s.now = s.now.Add(time.Duration(rapid.IntRange(0, 600).Draw(r, "passes")) * time.Second)
				actor := rapid.SampledFrom([]access.Actor{s.leader, s.half, s.guard, s.mate, s.far, s.expert}).Draw(r, "who")
				what := rapid.SampledFrom([]string{"assign", "read", "sign", "deny", "result", "close", "withdraw"}).Draw(r, "what")
				switch what {
				case "assign":
					_, err = s.Assign(ctx, actor, e.ID, rapid.SampledFrom([]string{s.guard.Person, s.mate.Person, ""}).Draw(r, "owner"), s.in(time.Hour))
				case "read":
					_, err = s.Confirm(ctx, actor, e.ID)
				case "sign", "deny":
					_, err = s.Countersign(ctx, actor, e.ID, what == "sign", "没有说过")
				case "result", "close":
					_, err = s.Result(ctx, actor, e.ID, "已经办好", what == "close")
				case "withdraw":
					_, err = s.Withdraw(ctx, actor, e.ID, "不用了")
				}
				var p *problem.Error
				if err != nil && !errors.As(err, &p) {
					r.Fatalf("%s: %v", what, err)
				}
				if e, err = s.Get(ctx, s.leader, e.ID); err != nil {
					r.Fatal(err)
				}
				kept := len(e.Steps) >= len(was.Steps) && slices.Equal(e.Steps[:len(was.Steps)], was.Steps) && len(e.Reads) >= len(was.Reads) && e.Text == was.Text && e.Giver == was.Giver
				if !kept || p != nil && (len(e.Steps) != len(was.Steps) || len(e.Reads) != len(was.Reads) || e.State != was.State) || was.State != notice.Open && len(e.Steps) != len(was.Steps) {
					r.Fatalf("%s (%v) made %+v of %+v", what, p, e, was)
				}
				if p == nil && (actor.Person == s.far.Person || actor.Person == s.expert.Person) {
					r.Fatalf("%s by who knows nothing of the room", what)
				}
				if e.State != was.State && !(what == "close" && (actor.Person == was.Owner || actor.Person == e.Giver) && was.Awaits == "" || what == "withdraw" && actor.Person == e.Giver || what == "deny" && actor.Person == was.Awaits) {
					r.Fatalf("%s by %s ended %+v", what, actor.Person, was)
				}
				bars := false
				for _, m := range s.matters(s.east) {
					if m.ID == e.ID {
						bars = m.Bars == "instruction_unowned"
					}
				}
				if want := e.State == notice.Open && e.Kind == notice.Instruction && (e.Owner == "" || e.Due == 0); bars != want {
					r.Fatalf("bars %v: %+v", bars, e)
				}
			}
			if e.State == notice.Open {
				if _, err := s.Withdraw(ctx, s.leader, e.ID, "不用了"); err != nil {
					r.Fatal(err)
				}
			}
		})
	})
}
