package visitor_test

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
	"watchroom/internal/duty/visitor"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// door is a control room with two who keep watch, two who may let visitors in, and somebody of
// elsewhere.
type door struct {
	*visitor.Register
	t                                *testing.T
	room                             string
	guard, mate, lead, leader, other access.Actor
	now                              time.Time
	lines                            []string
}

func newDoor(t *testing.T, d *db.DB) *door {
	t.Helper()
	s := &door{t: t, now: time.Date(2026, 11, 27, 2, 20, 0, 0, time.UTC)}
	now := func() time.Time { return s.now }
	rooms := &duty.Rooms{DB: d, Clock: now, Chain: func(_ context.Context, _ bun.IDB, area string) ([]string, error) { return []string{area}, nil }}
	chief := people.Add(t, d, "chief", access.Supervisor)
	s.guard, s.mate = people.Add(t, d, "guard", access.Operator), people.Add(t, d, "mate", access.Operator)
	s.lead, s.leader = people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "leader", access.Leader)
	far := people.Add(t, d, "far", access.DutyLead)
	s.other = access.NewActor(far.Person, access.NewRights(access.BuiltIn, nil, nil), access.Standing{Holdings: []access.Holding{{Position: access.DutyLead, Areas: []string{"west"}}}})
	r, err := rooms.Add(t.Context(), chief, duty.Content{Name: "监控室", Areas: []string{"east"}, Head: s.lead.Person, Staff: 1, Hours: duty.RoundTheClock})
	if err != nil {
		t.Fatal(err)
	}
	s.room = r.ID
	s.Register = &visitor.Register{DB: d, Clock: now, Rooms: rooms,
		Note: func(_ context.Context, _ bun.IDB, l duty.Line) error {
			s.lines = append(s.lines, fmt.Sprint(l.Code, " ", l.Params["name"], " ", l.At))
			return nil
		},
		May: func(_ context.Context, _ bun.IDB, person string, _ *duty.Room) (bool, error) {
			return person == s.lead.Person || person == s.leader.Person, nil
		}}
	return s
}

func each(t *testing.T, fn func(s *door)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(newDoor(t, d)) })
}

func somebody(kind visitor.Kind) visitor.New {
	return visitor.New{Kind: kind, Content: visitor.Content{Name: "李明😀", Unit: "城东派出所", IDKind: "police", IDNumber: "城公证字 110234", Reason: "了解案件", HostName: "王芳", Papers: "调证 2026-7"}}
}

func (s *door) add(n visitor.New) visitor.Visit {
	s.t.Helper()
	v, err := s.Add(s.t.Context(), s.guard, s.room, n)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *door) acts() (kinds []string) {
	s.t.Helper()
	acts, _, err := ledger.List(s.t.Context(), s.DB.Read(), ledger.Filter{Kind: "visitor."})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, a := range acts {
		kinds = append(kinds, strings.TrimPrefix(a.Kind, "visitor."))
		if strings.Contains(fmt.Sprint(a.Detail), "110234") {
			s.t.Errorf("an act has the whole number of an identity: %v", a.Detail)
		}
	}
	slices.Sort(kinds)
	return kinds
}

func (s *door) inside() int {
	s.t.Helper()
	all, err := s.Inside(s.t.Context(), s.DB.Read(), s.room, s.now.UnixMicro())
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// ok goes on with a visit after a step that must be taken.
func (s *door) ok(v visitor.Visit, err error) visitor.Visit {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	return v
}

// TestNobodyGoesInWhomNobodyLetIn: a guest waits for somebody who may let them in, and is not the
// one who registered them; that they were to go in before is on record.
func TestNobodyGoesInWhomNobodyLetIn(t *testing.T) {
	clause.Covers(t, "C050", "C051", "C057")
	each(t, func(s *door) {
		ctx := t.Context()
		v := s.add(somebody(visitor.Guest))
		if v.State != visitor.Registered || v.In() != 0 {
			t.Fatalf("%+v", v)
		}
		if _, err := s.Enter(ctx, s.guard, v.ID, visitor.Entry{}); !errors.Is(err, visitor.ErrNotApproved) {
			t.Errorf("in without consent: %v", err)
		}
		if got, _, err := s.Get(ctx, s.guard, v.ID); err != nil || got.State != visitor.Registered || got.Step("stopped") == nil || s.inside() != 0 {
			t.Errorf("%+v, %v", got, err)
		}
		var p *problem.Error
		if _, err := s.Approve(ctx, s.mate, v.ID, ""); !errors.As(err, &p) || p.Kind != problem.Forbidden {
			t.Errorf("let in by who may not: %v", err)
		}
		if _, err := s.Approve(ctx, s.other, v.ID, ""); !errors.Is(err, visitor.ErrUnknown) {
			t.Errorf("let in by who may elsewhere: %v", err)
		}
		own, err := s.Add(ctx, s.lead, s.room, somebody(visitor.Guest))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Approve(ctx, s.lead, own.ID, ""); !errors.Is(err, visitor.ErrOwn) {
			t.Errorf("let in by who registered: %v", err)
		}
		if waits, err := s.Waiting(ctx, s.lead); err != nil || len(waits) != 1 || waits[0].ID != v.ID {
			t.Errorf("%+v, %v", waits, err)
		}
		if waits, err := s.Waiting(ctx, s.leader); err != nil || len(waits) != 2 {
			t.Errorf("%+v, %v", waits, err)
		}
		if waits, err := s.Waiting(ctx, s.other); err != nil || len(waits) != 0 {
			t.Errorf("%+v, %v", waits, err)
		}
		s.now = s.now.Add(time.Minute)
		s.ok(s.Approve(ctx, s.lead, v.ID, "可以"))
		at := s.now.UnixMicro()
		s.ok(s.Enter(ctx, s.guard, v.ID, visitor.Entry{Badge: "07", Phone: true, Secrecy: true}))
		if s.inside() != 1 {
			t.Error("is not inside")
		}
		if m, err := s.Matters(ctx, s.DB.Read(), &duty.Room{ID: s.room}, s.now.UnixMicro()); err != nil || len(m) != 1 || m[0].Kind != "visitor" || m[0].Bars != "" || m[0].ID != v.ID || m[0].Since != at {
			t.Errorf("%+v, %v", m, err)
		}
		for _, x := range []struct {
			l   visitor.Leaving
			err error
		}{{visitor.Leaving{}, visitor.ErrSaw}, {visitor.Leaving{Saw: "recorded"}, visitor.ErrCase}, {visitor.Leaving{Saw: "live", At: s.now.UnixMicro() + 1}, visitor.ErrFuture}, {visitor.Leaving{Saw: "live", At: at - 1}, visitor.ErrBefore}} {
			if _, err := s.Leave(ctx, s.guard, v.ID, x.l); !errors.Is(err, x.err) {
				t.Errorf("%+v: %v", x.l, err)
			}
		}
		out := s.ok(s.Leave(ctx, s.mate, v.ID, visitor.Leaving{Saw: "recorded", Case: "A-7"}))
		if out.State != visitor.Out || out.Step("left").Case != "A-7" || s.inside() != 0 {
			t.Errorf("%+v", out)
		}
		if then, err := s.Inside(ctx, s.DB.Read(), s.room, at); err != nil || len(then) != 1 {
			t.Errorf("who was inside then: %+v, %v", then, err)
		}
		if _, err := s.Enter(ctx, s.guard, v.ID, visitor.Entry{}); !errors.Is(err, visitor.ErrState) {
			t.Errorf("in again: %v", err)
		}
		if want := []string{"approved", "entered", "left", "registered", "registered", "stopped"}; !slices.Equal(s.acts(), want) {
			t.Errorf("%q", s.acts())
		}
		if want := []string{fmt.Sprint("visitor_in 李明😀 ", at), fmt.Sprint("visitor_out 李明😀 ", out.Out())}; !slices.Equal(s.lines, want) {
			t.Errorf("%q", s.lines)
		}
		if refused := s.ok(s.Refuse(ctx, s.leader, own.ID, "没有介绍信")); refused.State != visitor.Refused {
			t.Errorf("%+v", refused)
		}
		if _, err := s.Enter(ctx, s.guard, own.ID, visitor.Entry{}); !errors.Is(err, visitor.ErrNotApproved) {
			t.Errorf("in though refused: %v", err)
		}
	})
}

// TestWhoGoesInWithoutWaiting: leaders on check, police and technicians with an order; a guest whom
// a leader brings, who signs for it; and never a guest of who keeps watch, who is met outside.
func TestWhoGoesInWithoutWaiting(t *testing.T) {
	clause.Covers(t, "C051", "C057")
	each(t, func(s *door) {
		ctx := t.Context()
		for _, k := range []visitor.Kind{visitor.LeaderCheck, visitor.Police, visitor.Technician} {
			if v := s.add(somebody(k)); v.State != visitor.Approved || v.Step("preapproved") == nil || v.Awaits != "" {
				t.Errorf("%s: %+v", k, v)
			}
		}
		for _, k := range []visitor.Kind{visitor.Guest, visitor.Other} {
			n := somebody(k)
			n.Host = s.leader.Person
			v := s.add(n)
			if v.State != visitor.Approved || v.Awaits != s.leader.Person || v.AwaitsUntil != s.now.Add(24*time.Hour).UnixMicro() || v.HostName != "" {
				t.Errorf("%s: %+v", k, v)
			}
			if _, err := s.Countersign(ctx, s.lead, v.ID, true, ""); !errors.Is(err, visitor.ErrNotAsked) {
				t.Errorf("signed by somebody else: %v", err)
			}
			if v = s.ok(s.Countersign(ctx, s.leader, v.ID, true, "")); v.Awaits != "" || v.State != visitor.Approved {
				t.Errorf("%+v", v)
			}
			if _, err := s.Countersign(ctx, s.leader, v.ID, true, ""); !errors.Is(err, visitor.ErrNotAsked) {
				t.Errorf("signed twice: %v", err)
			}
		}
		n := somebody(visitor.Guest)
		n.Host = s.mate.Person // who may not let them in
		if v := s.add(n); v.State != visitor.Registered {
			t.Errorf("%+v", v)
		}
		n.Host = s.lead.Person
		if v, err := s.Add(ctx, s.lead, s.room, n); err != nil || v.State != visitor.Registered {
			t.Errorf("one's own guest: %+v, %v", v, err)
		}
		n.Kind, n.Met = visitor.OwnGuest, "inside"
		if _, err := s.Add(ctx, s.guard, s.room, n); !errors.Is(err, visitor.ErrInside) {
			t.Errorf("a guard's guest inside: %v", err)
		}
		n.Met = ""
		v := s.add(n)
		if v.State != visitor.Registered || v.Met != "outside" {
			t.Errorf("%+v", v)
		}
		s.ok(s.Approve(ctx, s.lead, v.ID, ""))
		if v = s.ok(s.Enter(ctx, s.guard, v.ID, visitor.Entry{})); v.State != visitor.Met {
			t.Errorf("%+v", v)
		}
		if _, err := s.Leave(ctx, s.guard, v.ID, visitor.Leaving{Saw: "live"}); !errors.Is(err, visitor.ErrSaw) {
			t.Errorf("who was outside saw pictures: %v", err)
		}
		s.ok(s.Leave(ctx, s.guard, v.ID, visitor.Leaving{Saw: "nothing"}))
	})
}

// TestConsentByTelephone: who gave it, by which number and when; they sign within a day, and who
// denies it is heard.
func TestConsentByTelephone(t *testing.T) {
	clause.Covers(t, "C057")
	each(t, func(s *door) {
		ctx := t.Context()
		v := s.add(somebody(visitor.Guest))
		for name, x := range map[string]struct {
			person, number string
			at             int64
			err            error
		}{
			"nobody": {"", "8110", 0, visitor.ErrApprover}, "oneself": {s.guard.Person, "8110", 0, visitor.ErrApprover}, "who may not": {s.mate.Person, "8110", 0, visitor.ErrApprover},
			"no number": {s.lead.Person, " ", 0, text.ErrRequired}, "to come": {s.lead.Person, "8110", s.now.Add(time.Second).UnixMicro(), visitor.ErrFuture}, "long ago": {s.lead.Person, "8110", 1, visitor.ErrOld},
		} {
			if _, err := s.Told(ctx, s.guard, v.ID, x.person, x.number, x.at, ""); !errors.Is(err, x.err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		said := s.now.Add(-10 * time.Minute).UnixMicro()
		v = s.ok(s.Told(ctx, s.guard, v.ID, s.lead.Person, "8110", said, "夜间"))
		if step := v.Step("told"); v.State != visitor.Approved || v.Awaits != s.lead.Person || step.DoneAt != said || !step.Late() {
			t.Errorf("%+v", v)
		}
		if waits, err := s.Waiting(ctx, s.lead); err != nil || len(waits) != 1 || waits[0].Awaits != s.lead.Person {
			t.Errorf("%+v, %v", waits, err)
		}
		s.ok(s.Enter(ctx, s.guard, v.ID, visitor.Entry{}))
		if _, err := s.Countersign(ctx, s.lead, v.ID, false, ""); !errors.Is(err, text.ErrRequired) {
			t.Errorf("denied without a word: %v", err)
		}
		v = s.ok(s.Countersign(ctx, s.lead, v.ID, false, "没有这个电话"))
		if m, err := s.Matters(ctx, s.DB.Read(), &duty.Room{ID: s.room}, s.now.UnixMicro()); err != nil || len(m) != 1 || !m[0].Urgent || v.State != visitor.Inside {
			t.Errorf("%+v, %v", m, err)
		}
		w := s.add(somebody(visitor.Guest))
		s.ok(s.Told(ctx, s.guard, w.ID, s.lead.Person, "8110", 0, ""))
		if w = s.ok(s.Countersign(ctx, s.lead, w.ID, false, "没有这个电话")); w.State != visitor.Refused {
			t.Errorf("%+v", w)
		}
	})
}

// TestBadVisits: what is missing or cannot be is refused with its field, and leaves nothing.
func TestBadVisits(t *testing.T) {
	each(t, func(s *door) {
		for name, x := range map[string]struct {
			change func(n *visitor.New)
			err    error
			field  string
		}{
			"no kind":                      {func(n *visitor.New) { n.Kind = "x" }, visitor.ErrKind, "kind"},
			"no name":                      {func(n *visitor.New) { n.Name = " " }, text.ErrRequired, "name"},
			"a huge name":                  {func(n *visitor.New) { n.Name = strings.Repeat("😀", 101) }, text.ErrTooLong, "name"},
			"a hidden character":           {func(n *visitor.New) { n.Unit = "派\u202e出所" }, text.ErrCharacter, "unit"},
			"no reason":                    {func(n *visitor.New) { n.Reason = "" }, text.ErrRequired, "reason"},
			"no identity":                  {func(n *visitor.New) { n.IDNumber = "" }, visitor.ErrIdentity, "identityNumber"},
			"no order":                     {func(n *visitor.New) { n.Kind, n.Papers = visitor.Technician, "" }, visitor.ErrPapers, "papers"},
			"nobody with them":             {func(n *visitor.New) { n.HostName = "" }, visitor.ErrHost, "host"},
			"a host whom nobody knows":     {func(n *visitor.New) { n.Host = "nobody" }, visitor.ErrHost, "host"},
			"somewhere":                    {func(n *visitor.New) { n.Met = "roof" }, visitor.ErrMet, "met"},
			"tomorrow":                     {func(n *visitor.New) { n.At = s.now.Add(time.Hour).UnixMicro() }, visitor.ErrFuture, "at"},
			"last month":                   {func(n *visitor.New) { n.At = s.now.AddDate(0, -1, 0).UnixMicro() }, visitor.ErrOld, "at"},
			"before there were such times": {func(n *visitor.New) { n.At = -1 }, visitor.ErrOld, "at"},
		} {
			n := somebody(visitor.Guest)
			x.change(&n)
			_, err := s.Add(t.Context(), s.guard, s.room, n)
			var p *problem.Error
			if !errors.Is(err, x.err) || !errors.As(err, &p) || p.Field != x.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Add(t.Context(), s.leader, s.room, somebody(visitor.Guest)); err == nil {
			t.Error("registered by who does not keep watch")
		}
		if _, err := s.Add(t.Context(), s.guard, "nothing", somebody(visitor.Guest)); !errors.Is(err, duty.ErrRoomUnknown) {
			t.Errorf("%v", err)
		}
		if _, _, err := s.Get(t.Context(), s.guard, "nothing"); !errors.Is(err, visitor.ErrUnknown) {
			t.Errorf("%v", err)
		}
		if all, next, err := s.List(t.Context(), s.guard, visitor.Filter{Room: s.room}); err != nil || len(all) != 0 || next != "" || len(s.acts()) != 0 {
			t.Errorf("%+v, %v, %v", all, err, s.acts())
		}
		late := somebody(visitor.Guest)
		late.At = s.now.Add(-time.Hour).UnixMicro()
		if v := s.add(late); !v.Late() || v.CameAt != late.At || v.At != s.now.UnixMicro() {
			t.Errorf("%+v", v)
		}
	})
}

// TestCorrections: what was said stays, and who was let in under another name waits anew.
func TestCorrections(t *testing.T) {
	each(t, func(s *door) {
		ctx := t.Context()
		v := s.add(somebody(visitor.Guest))
		s.ok(s.Approve(ctx, s.lead, v.ID, ""))
		said := v.Content
		for name, x := range map[string]struct {
			c   visitor.Content
			why string
			err error
		}{"the same": {said, "写错了", visitor.ErrSame}, "without a reason": {visitor.Content{Name: "x", IDKind: "a", IDNumber: "b", Reason: "办事", HostName: "y"}, "", text.ErrRequired}} {
			if _, err := s.Correct(ctx, s.guard, v.ID, x.c, x.why); !errors.Is(err, x.err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		said.Items, said.IDKind, said.IDNumber = "公文包", "", ""
		if v = s.ok(s.Correct(ctx, s.guard, v.ID, said, "漏写物品")); v.State != visitor.Approved || len(v.Versions) != 2 || v.Items != "公文包" || v.Versions[0].Items != "" || v.IDNumber != v.Versions[0].IDNumber || v.IDKind == "" {
			t.Errorf("%+v", v)
		}
		said.Name = "李鸣"
		if v = s.ok(s.Correct(ctx, s.guard, v.ID, said, "姓名写错")); v.State != visitor.Registered {
			t.Errorf("another name was let in: %+v", v)
		}
		s.ok(s.Approve(ctx, s.lead, v.ID, ""))
		s.ok(s.Enter(ctx, s.guard, v.ID, visitor.Entry{}))
		said.Name = "李明"
		if v = s.ok(s.Correct(ctx, s.guard, v.ID, said, "姓名写错")); v.State != visitor.Inside || len(v.Versions) != 4 {
			t.Errorf("%+v", v)
		}
		got, _, err := s.Get(ctx, s.mate, v.ID)
		if err != nil || got.Name != "李明" || got.Versions[2].Name != "李鸣" || got.Versions[2].Why != "姓名写错" {
			t.Errorf("%+v, %v", got, err)
		}
		for _, statement := range []string{"DELETE FROM visits", "DELETE FROM visit_contents", "DELETE FROM visit_steps", "UPDATE visit_contents SET name = 'x'", "UPDATE visit_steps SET at = 1", "UPDATE visits SET came_at = 1", "UPDATE visits SET by_person = by_person, room = 'x'"} {
			err := s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, statement); return err })
			if err == nil {
				t.Errorf("%s", statement)
			}
		}
	})
}

// TestThePagesOfTheRegister: every visit is on one page, by day, name and unit.
func TestThePagesOfTheRegister(t *testing.T) {
	each(t, func(s *door) {
		var want []string
		begin := s.now
		for i := range 23 {
			n := somebody(visitor.Guest)
			n.Name, n.Unit = fmt.Sprintf("访客%02d 100%%_ＡＢ", i), []string{"供电局", "消防救援站"}[i%2]
			want = append(want, s.add(n).ID)
			if i%3 != 0 { // several at one instant
				s.now = s.now.Add(time.Hour)
			}
		}
		list := func(f visitor.Filter) (ids []string) {
			f.Room = s.room
			for {
				page, next, err := s.List(t.Context(), s.guard, f)
				if err != nil {
					t.Fatal(err)
				}
				for i := range page {
					ids = append(ids, page[i].ID)
				}
				if next == "" {
					return ids
				}
				f.Before = next
			}
		}
		got := list(visitor.Filter{Limit: 5})
		slices.Sort(want)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%d of %d", len(got), len(want))
		}
		for text, n := range map[string]int{"供电": 12, "访客07": 1, "100%_ab": 23, "%": 23, "100_": 0, "救援": 11, "无": 0, "' OR 1=1 --": 0} {
			if got := list(visitor.Filter{Text: text, Limit: 7}); len(got) != n {
				t.Errorf("%q finds %d, not %d", text, len(got), n)
			}
		}
		if got := list(visitor.Filter{From: begin.UnixMicro(), To: begin.Add(time.Hour).UnixMicro()}); len(got) != 2 {
			t.Errorf("%d came in the first hour", len(got))
		}
		if _, _, err := s.List(t.Context(), s.guard, visitor.Filter{Room: s.room, Before: "x"}); !errors.Is(err, visitor.ErrCursor) {
			t.Error(err)
		}
		if _, _, err := s.List(t.Context(), s.other, visitor.Filter{Room: s.room}); !errors.Is(err, duty.ErrRoomUnknown) {
			t.Error(err)
		}
	})
}

// TestAVisitAsAStateMachine: whatever is tried in whatever order, a visitor is inside only after
// somebody let them in who may and did not register them, once, and never after they went.
func TestAVisitAsAStateMachine(t *testing.T) {
	clause.Covers(t, "C057")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newDoor(t, d)
		ctx := t.Context()
		rapid.Check(t, func(r *rapid.T) {
			n := somebody(rapid.SampledFrom(visitor.Kinds()).Draw(r, "kind"))
			n.Host = rapid.SampledFrom([]string{"", s.leader.Person, s.mate.Person, s.guard.Person}).Draw(r, "host")
			by := rapid.SampledFrom([]access.Actor{s.guard, s.lead}).Draw(r, "by")
			v, err := s.Add(ctx, by, s.room, n)
			if err != nil {
				r.Fatal(err)
			}
			before, lines := s.inside(), len(s.lines)
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				was := v
				s.now = s.now.Add(time.Duration(rapid.IntRange(0, 600).Draw(r, "passes")) * time.Second)
				actor := rapid.SampledFrom([]access.Actor{s.guard, s.mate, s.lead, s.leader, s.other}).Draw(r, "who")
				what := rapid.SampledFrom([]string{"approve", "refuse", "told", "sign", "deny", "enter", "leave", "withdraw", "rename"}).Draw(r, "what")
				switch what {
				case "approve":
					_, err = s.Approve(ctx, actor, v.ID, "")
				case "refuse":
					_, err = s.Refuse(ctx, actor, v.ID, "不见")
				case "told":
					_, err = s.Told(ctx, actor, v.ID, rapid.SampledFrom([]string{s.lead.Person, s.leader.Person, s.mate.Person}).Draw(r, "by telephone"), "8110", 0, "")
				case "sign", "deny":
					_, err = s.Countersign(ctx, actor, v.ID, what == "sign", "是这样")
				case "enter":
					_, err = s.Enter(ctx, actor, v.ID, visitor.Entry{})
				case "leave":
					_, err = s.Leave(ctx, actor, v.ID, visitor.Leaving{Saw: "nothing"})
				case "withdraw":
					_, err = s.Withdraw(ctx, actor, v.ID, "走了")
				case "rename":
					c := v.Content
					c.Name += "x"
					if len(c.Name) > 60 {
						continue
					}
					_, err = s.Correct(ctx, actor, v.ID, c, "写错了")
				}
				var p *problem.Error
				if err != nil && !errors.As(err, &p) {
					r.Fatalf("%s: %v", what, err)
				}
				if v, _, err = s.Get(ctx, s.guard, v.ID); err != nil {
					r.Fatal(err)
				}
				if p != nil && !errors.Is(p, visitor.ErrNotApproved) && (len(v.Steps) != len(was.Steps) || v.State != was.State || v.Name != was.Name) {
					r.Fatalf("%s was refused (%s) and changed %+v to %+v", what, p.Code, was, v)
				}
				check(r, s, &v, &was)
			}
			within := 0
			if v.State == visitor.Inside || v.State == visitor.Met {
				within = 1
			}
			if got := s.inside(); got != before+within {
				r.Fatalf("%d are inside, before %d: %+v", got, before, v)
			}
			passed := 0
			for _, kind := range []string{"entered", "left"} {
				if v.Step(kind) != nil {
					passed++
				}
			}
			if len(s.lines) != lines+passed {
				r.Fatalf("the record has %d lines more", len(s.lines)-lines)
			}
			if within == 1 { // the next begins with an empty room
				if _, err := s.Leave(ctx, s.guard, v.ID, visitor.Leaving{Saw: "nothing"}); err != nil {
					r.Fatal(err)
				}
			}
		})
	})
}

// check holds what a visit says against its steps.
func check(r *rapid.T, s *door, v, was *visitor.Visit) {
	if len(v.Steps) < len(was.Steps) || !slices.Equal(v.Steps[:len(was.Steps)], was.Steps) || !slices.Equal(v.Versions[:len(was.Versions)], was.Versions) {
		r.Fatalf("what was on record changed: %+v, %+v", was, v)
	}
	let, entered, left := false, 0, 0
	for i := range v.Steps {
		p := &v.Steps[i]
		switch p.Kind {
		case "approved":
			let = p.By != v.By && (p.By == s.lead.Person || p.By == s.leader.Person)
		case "told", "hosted":
			let = p.Person != v.By && p.Person != p.By && (p.Person == s.lead.Person || p.Person == s.leader.Person)
		case "preapproved":
			let = v.Kind == visitor.LeaderCheck || v.Kind == visitor.Police || v.Kind == visitor.Technician
		case "refused":
			let = false
		case "entered":
			entered++
			if !let {
				r.Fatalf("went in without consent: %+v", v)
			}
		case "left":
			left++
		}
		if i > 0 && p.At < v.Steps[i-1].At || p.DoneAt > p.At {
			r.Fatalf("times: %+v", v.Steps)
		}
	}
	if entered > 1 || left > entered || (v.State == visitor.Inside || v.State == visitor.Met) != (entered == 1 && left == 0) || (v.State == visitor.Out) != (left == 1) {
		r.Fatalf("%+v", v)
	}
	if v.Kind == visitor.OwnGuest && v.State == visitor.Inside || v.Awaits != "" && v.Awaits == v.By {
		r.Fatalf("%+v", v)
	}
}
