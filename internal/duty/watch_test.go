package duty_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// house has a room that is watched around the clock, one of business hours, and people.
type house struct {
	*duty.Watch
	now                             time.Time
	head, lead, anna, bo, cai, temp access.Actor
	gate, office                    duty.Room
	lines                           []duty.Line
	turns                           map[string]*duty.Turn // by person
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := &house{now: time.Date(2026, 11, 30, 7, 50, 0, 0, time.UTC), turns: map[string]*duty.Turn{}}
	now := clock.Clock(func() time.Time { return h.now })
	h.Watch = &duty.Watch{DB: d, Clock: now, Rooms: &duty.Rooms{DB: d, Clock: now}}
	h.Note = func(_ context.Context, _ bun.IDB, l duty.Line) error { h.lines = append(h.lines, l); return nil }
	h.Rooms.Answers, h.Rooms.Ends = h.Headed, h.Unwatched
	h.head = people.Add(t, d, "head"+db.NewID(), access.Supervisor)
	h.lead = people.Add(t, d, "lead"+db.NewID(), access.DutyLead)
	h.anna = people.Add(t, d, "anna"+db.NewID(), access.Operator)
	h.bo = people.Add(t, d, "bo"+db.NewID(), access.Operator)
	h.cai = people.Add(t, d, "cai"+db.NewID(), access.Operator)
	h.temp = people.Add(t, d, "temp"+db.NewID(), access.StandIn)
	h.gate = h.add(t, duty.Content{Name: "门岗监控室 " + db.NewID(), Head: h.head.Person, Staff: 1, Hours: duty.RoundTheClock})
	h.office = h.add(t, duty.Content{Name: "Office " + db.NewID(), Head: h.lead.Person, Staff: 2, Hours: duty.Business})
	return h
}

func (h *house) add(t testing.TB, c duty.Content) duty.Room {
	t.Helper()
	r, err := h.Rooms.Add(t.Context(), h.head, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all looks at everything on the list and finds it in order.
func (h *house) all() []duty.Check {
	start, _ := h.Checks()
	return fine(start)
}

func fine(items []string) (seen []duty.Check) {
	for _, i := range items {
		seen = append(seen, duty.Check{Item: i, OK: true})
	}
	return seen
}

func (h *house) on(ctx context.Context, who access.Actor, room duty.Room) error {
	_, err := h.SignOn(ctx, who, room.ID, duty.SigningOn{Checks: h.all()})
	return err
}

func (h *house) answers(t testing.TB, room duty.Room, at time.Time) *duty.Tenure {
	t.Helper()
	a, err := duty.Answers(context.Background(), h.DB.Read(), room.ID, at.UnixMicro())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (h *house) kinds(t testing.TB) (kinds []string) {
	t.Helper()
	if err := h.DB.Read().NewSelect().Table("acts").Column("kind").OrderExpr("at, id").Scan(t.Context(), &kinds); err != nil {
		t.Fatal(err)
	}
	return kinds
}

func is(t testing.TB, err, want error) {
	t.Helper()
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
}

// TestAWatch goes through a morning: who signs on first is in charge, nobody leaves it without a
// successor, and both rights and answerability pass with the signatures.
func TestAWatch(t *testing.T) {
	clause.Covers(t, "C044")
	clause.Covers(t, "C070")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		if a := h.answers(t, h.gate, h.now); a.Kind != duty.Vacant || a.Person != h.head.Person {
			t.Fatalf("a new room is answered for by %+v", a)
		}
		if a := h.answers(t, h.gate, h.now.Add(-time.Second)); a != nil {
			t.Fatalf("before it was there %+v answers for it", a)
		}
		is(t, h.on(ctx, h.anna, h.gate), nil)
		is(t, h.on(ctx, h.anna, h.gate), duty.ErrOnWatch)
		is(t, h.on(ctx, h.anna, h.office), duty.ErrElsewhere)
		if a := h.answers(t, h.gate, h.now); a.Kind != duty.Kept || a.Person != h.anna.Person {
			t.Fatalf("who signed on first is not in charge: %+v", a)
		}
		areas, err := h.Areas(ctx, h.anna.Person)
		if is(t, err, nil); !slices.Equal(areas, []string{""}) {
			t.Fatalf("areas on watch: %q", areas)
		}
		_, err = h.SignOff(ctx, h.anna, h.gate.ID, "")
		is(t, err, duty.ErrSuccessor)
		if l := h.lines[len(h.lines)-1]; l.Code != "leaving_refused" || l.Person != h.anna.Person {
			t.Fatalf("the attempt is not in the record: %+v", l)
		}
		h.now = h.now.Add(8 * time.Hour)
		is(t, h.on(ctx, h.bo, h.gate), nil)
		if a := h.answers(t, h.gate, h.now); a.Person != h.anna.Person {
			t.Fatal("signing on took the room from who is in charge")
		}
		h.now = h.now.Add(5 * time.Minute)
		err = d.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := h.Pass(ctx, tx, h.bo, h.gate.ID, h.anna.Person, h.bo.Person, "handover")
			return err
		})
		is(t, err, nil)
		if a := h.answers(t, h.gate, h.now); a.Person != h.bo.Person || a.How != duty.HowHandedOver || a.Handover != "handover" {
			t.Fatalf("after the handover %+v answers", a)
		}
		if a := h.answers(t, h.gate, h.now.Add(-time.Microsecond)); a.Person != h.anna.Person {
			t.Fatalf("a moment before it %+v answers", a)
		}
		if areas, err := h.Areas(ctx, h.anna.Person); err != nil || areas != nil {
			t.Fatalf("who handed over still has %q on watch, %v", areas, err)
		}
		kinds := h.kinds(t)
		for _, k := range []string{"room.added", "duty.signed_on", "duty.answers", "duty.signed_off"} {
			if !slices.Contains(kinds, k) {
				t.Errorf("%s is not among the acts: %v", k, kinds)
			}
		}
	})
}

// TestRefusalsOfTheWatch: bad input and wrong people get a word each, and nothing changes.
func TestRefusalsOfTheWatch(t *testing.T) {
	clause.Covers(t, "C044")
	clause.Covers(t, "C046")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		auditor := people.Add(t, d, "auditor", access.Auditor)
		is(t, h.on(ctx, auditor, h.gate), access.ErrRightMissing)
		_, err := h.SignOn(ctx, h.anna, h.gate.ID, duty.SigningOn{Checks: h.all()[1:]})
		is(t, err, duty.ErrChecks)
		bad := h.all()
		bad[0].OK = false
		_, err = h.SignOn(ctx, h.anna, h.gate.ID, duty.SigningOn{Checks: bad})
		if problem.Of(err).Kind != problem.Invalid {
			t.Fatalf("something is amiss without a word: %v", err)
		}
		_, err = h.SignOn(ctx, h.anna, "nowhere", duty.SigningOn{Checks: h.all()})
		is(t, err, duty.ErrRoomUnknown)
		token := h.anna
		token.Token = "t"
		is(t, h.on(ctx, token, h.gate), duty.ErrPersonal)
		h.Proves = func(context.Context, string) (bool, error) { return false, nil }
		is(t, h.on(ctx, h.anna, h.gate), nil) // only where the house demands a factor

		_, err = h.Close(ctx, h.anna, h.gate.ID, duty.Closing{StandBy: h.head.Person, Phone: "8001", Checks: h.closing()})
		is(t, err, duty.ErrRoundRoom)
		_, err = h.TakeOver(ctx, h.bo, h.gate.ID, "gone without a word")
		is(t, err, access.ErrRightMissing)
		_, err = h.TakeOver(ctx, h.lead, h.gate.ID, "")
		if problem.Of(err).Kind != problem.Invalid {
			t.Fatalf("taken over without a reason: %v", err)
		}
		is(t, h.Rooms.Retire(ctx, h.head, h.gate.ID, "given up"), duty.ErrRoomWatched)

		is(t, h.on(ctx, h.bo, h.office), nil)
		is(t, h.on(ctx, h.cai, h.office), nil)
		if _, err := h.SignOff(ctx, h.cai, h.office.ID, ""); err != nil { // not on a roster: nobody holds them
			t.Fatal(err)
		}
		_, err = h.Close(ctx, h.cai, h.office.ID, duty.Closing{StandBy: h.head.Person, Phone: "8001", Checks: h.closing()})
		is(t, err, duty.ErrOffWatch)
		h.Serves = func(_ context.Context, p string) (bool, error) { return p == h.head.Person, nil }
		_, err = h.Close(ctx, h.bo, h.office.ID, duty.Closing{StandBy: "nobody", Phone: "8001", Checks: h.closing()})
		is(t, err, duty.ErrStandBy)
		tenure, err := h.Close(ctx, h.bo, h.office.ID, duty.Closing{StandBy: h.head.Person, Phone: "8001", Checks: h.closing()})
		is(t, err, nil)
		if tenure.Kind != duty.Closed || tenure.Person != h.head.Person || tenure.Phone != "8001" {
			t.Fatalf("closed: %+v", tenure)
		}
	})
}

func (h *house) closing() []duty.Check {
	_, closing := h.Checks()
	return fine(closing)
}

// TestTheRosterIsHeldAgainstWhoComes: early is normal, lateness and leaving early are facts.
func TestTheRosterIsHeldAgainstWhoComes(t *testing.T) {
	clause.Covers(t, "C045")
	clause.Covers(t, "C046")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		begin := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
		var asked int64
		h.Rostered = func(_ context.Context, _ bun.IDB, _, person string, at, early int64) (*duty.Turn, error) {
			asked = early
			if turn := h.turns[person]; turn != nil && at >= turn.From-early && at < turn.To {
				return turn, nil
			}
			return nil, nil
		}
		for _, p := range []string{h.anna.Person, h.bo.Person} {
			h.turns[p] = &duty.Turn{Shift: "early", Name: "早班", From: begin.UnixMicro(), To: begin.Add(8 * time.Hour).UnixMicro(), Staff: 1}
		}
		a, err := h.SignOn(ctx, h.anna, h.gate.ID, duty.SigningOn{Checks: h.all()})
		if is(t, err, nil); a.Turn.Shift != "early" || a.Late != 0 || asked != (30*time.Minute).Microseconds() {
			t.Fatalf("ten minutes early: %+v, asked %d", a, asked)
		}
		_, err = h.SignOn(ctx, h.cai, h.gate.ID, duty.SigningOn{Checks: h.all()})
		is(t, err, duty.ErrUnplanned)
		h.Drawn = func(_ context.Context, _ bun.IDB, room string, _ int64) (bool, error) { return room == h.gate.ID, nil }
		_, err = h.SignOn(ctx, h.cai, h.gate.ID, duty.SigningOn{Checks: h.all()})
		is(t, err, duty.ErrUnplanned)
		if a, err := h.SignOn(ctx, h.cai, h.office.ID, duty.SigningOn{Checks: h.all()}); err != nil || a.Reason != "" { // no roster says who comes there
			t.Fatalf("%+v %v", a, err)
		}
		_, err = h.Close(ctx, h.cai, h.office.ID, duty.Closing{StandBy: h.head.Person, Phone: "8001", Checks: h.closing()})
		is(t, err, nil)
		h.now = begin.Add(12 * time.Minute)
		if a, err = h.SignOn(ctx, h.bo, h.gate.ID, duty.SigningOn{Checks: h.all()}); err != nil || a.Late != (12*time.Minute).Microseconds() {
			t.Fatalf("late: %+v, %v", a, err)
		}
		if l := h.lines[len(h.lines)-1]; l.Code != "signed_on_late" || l.Params["minutes"] != int64(12) {
			t.Fatalf("lateness is no fact: %+v", l)
		}
		if a, err = h.SignOn(ctx, h.cai, h.gate.ID, duty.SigningOn{Reason: "bo is unwell", Checks: h.all()}); err != nil || a.Reason == "" {
			t.Fatalf("not on the roster: %+v, %v", a, err)
		}
		if a, err = h.SignOff(ctx, h.bo, h.gate.ID, "unwell"); err != nil || a.Early == 0 {
			t.Fatalf("left early: %+v, %v", a, err)
		}
		if l := h.lines[len(h.lines)-1]; l.Code != "left_early" {
			t.Fatalf("leaving early is no fact: %+v", l)
		}
		h.turns[h.cai.Person] = h.turns[h.anna.Person]
		if end, err := h.Ends(ctx, h.anna.Person); err != nil || end != begin.Add(8*time.Hour).UnixMicro() {
			t.Fatalf("ends %d, %v", end, err)
		}
	})
}

// TestNobodyLeavesTooFew: who is on the roster stays until the relief is there.
func TestNobodyLeavesTooFew(t *testing.T) {
	clause.Covers(t, "C070")
	h, ctx := newHouse(t, dbtest.Open(t, db.SQLite)), t.Context()
	turn := &duty.Turn{Shift: "early", From: h.now.UnixMicro(), To: h.now.Add(8 * time.Hour).UnixMicro(), Staff: 2}
	h.Rostered = func(context.Context, bun.IDB, string, string, int64, int64) (*duty.Turn, error) { return turn, nil }
	is(t, h.on(ctx, h.anna, h.gate), nil)
	is(t, h.on(ctx, h.bo, h.gate), nil)
	_, err := h.SignOff(ctx, h.bo, h.gate.ID, "")
	is(t, err, duty.ErrRelief)
	h.now = h.now.Add(8 * time.Hour) // the shift is over
	_, err = h.SignOff(ctx, h.bo, h.gate.ID, "")
	is(t, err, nil)
}

// TestPeopleSignOnInTheRoom: at its computers, where it is known which those are.
func TestPeopleSignOnInTheRoom(t *testing.T) {
	clause.Covers(t, "C045")
	h, ctx := newHouse(t, dbtest.Open(t, db.SQLite)), t.Context()
	c := h.gate.Content
	c.Networks = []string{"10.1.2.0/24"}
	room, err := h.Rooms.Change(ctx, h.head, h.gate.ID, c)
	is(t, err, nil)
	is(t, h.on(ctx, h.anna.From(access.Origin{Address: "10.1.3.9"}), room), duty.ErrNotHere)
	is(t, h.on(ctx, h.anna.From(access.Origin{Address: "10.1.2.9"}), room), nil)
	h.now = h.now.Add(time.Hour)
	tenure, err := h.TakeOver(ctx, h.lead.From(access.Origin{Address: "192.0.2.1"}), room.ID, "fainted at the desk")
	if is(t, err, nil); tenure.Person != h.lead.Person || tenure.How != duty.HowTakenOver {
		t.Fatalf("taken over: %+v", tenure)
	}
	if areas, err := h.Areas(ctx, h.anna.Person); err != nil || areas != nil {
		t.Fatalf("the watch of who was relieved goes on: %q %v", areas, err)
	}
	if _, err := h.TakeOver(ctx, h.lead, room.ID, "once more"); !errors.Is(err, duty.ErrOwnWatch) {
		t.Fatal(err)
	}
}

// TestOneAnswers walks rooms through every order of acts, with a clock that is also set back, and
// holds what happens against a model: at every instant since a room was set up exactly one person
// answers for it, a charge passes by a signature, a takeover, signing on to an unwatched room or
// closing, and by nothing else, and whoever is in charge has signed on.
func TestOneAnswers(t *testing.T) {
	clause.Covers(t, "C044")
	clause.Covers(t, "C066")
	clause.Covers(t, "C070")
	ctx, test, d := context.Background(), t, dbtest.Open(t, db.SQLite)
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse(test, d)
		staff := map[string]access.Actor{"anna": h.anna, "bo": h.bo, "cai": h.cai, "lead": h.lead, "temp": h.temp}
		names := []string{"anna", "bo", "cai", "lead", "temp"}
		rooms := []duty.Room{h.gate, h.office}
		type model struct {
			kind   duty.TenureKind
			person string
		}
		charge, where := map[string]model{}, map[string]string{}
		passed := map[string]int{} // how often the charge of a room moved
		for _, r := range rooms {  // what earlier walks left
			for _, a := range must(duty.Present(ctx, h.DB.Read(), r.ID)) {
				for n, p := range staff {
					if p.Person == a.Person {
						where[n] = r.ID
					}
				}
			}
			last := must(duty.Tenures(ctx, h.DB.Read(), r.ID, 0, 1<<62, 1<<20))
			charge[r.ID], passed[r.ID] = model{last[len(last)-1].Kind, last[len(last)-1].Person}, len(last)
		}
		move := func(room, person string, kind duty.TenureKind) {
			charge[room] = model{kind, person}
			passed[room]++
		}
		who := func(t *rapid.T) (string, access.Actor) {
			n := rapid.SampledFrom(names).Draw(t, "who")
			return n, staff[n]
		}
		some := func(t *rapid.T) duty.Room { return rapid.SampledFrom(rooms).Draw(t, "room") }
		agree := func(t *rapid.T, err error, want bool) bool {
			t.Helper()
			if (err == nil) != want || err != nil && problem.Of(err).Kind == problem.Internal {
				t.Fatalf("err %v, want success %v", err, want)
			}
			return want
		}
		t.Repeat(map[string]func(*rapid.T){
			"sign on": func(t *rapid.T) {
				n, a := who(t)
				r := some(t)
				if agree(t, h.on(ctx, a, r), where[n] == "") {
					where[n] = r.ID
					if charge[r.ID].kind != duty.Kept {
						move(r.ID, a.Person, duty.Kept)
					}
				}
			},
			"sign off": func(t *rapid.T) {
				n, a := who(t)
				r := some(t)
				_, err := h.SignOff(ctx, a, r.ID, "")
				if agree(t, err, where[n] == r.ID && charge[r.ID].person != a.Person) {
					delete(where, n)
				}
			},
			"hand over": func(t *rapid.T) {
				n, from := who(t)
				m, to := who(t)
				r := some(t)
				err := h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
					_, err := h.Pass(ctx, tx, to, r.ID, from.Person, to.Person, "h")
					return err
				})
				if agree(t, err, charge[r.ID] == model{duty.Kept, from.Person} && n != m && where[m] == r.ID) {
					delete(where, n)
					move(r.ID, to.Person, duty.Kept)
				}
			},
			"take over": func(t *rapid.T) {
				n, a := who(t)
				r := some(t)
				_, err := h.TakeOver(ctx, a, r.ID, "nobody signs here")
				before := charge[r.ID]
				if agree(t, err, n == "lead" && before != model{duty.Kept, a.Person} && (where[n] == "" || where[n] == r.ID)) {
					if before.kind == duty.Kept {
						for name, p := range staff {
							if p.Person == before.person {
								delete(where, name)
							}
						}
					}
					where[n] = r.ID
					move(r.ID, a.Person, duty.Kept)
				}
			},
			"close": func(t *rapid.T) {
				_, a := who(t)
				r := some(t)
				_, err := h.Close(ctx, a, r.ID, duty.Closing{StandBy: h.head.Person, Phone: "8001", Checks: h.closing()})
				if agree(t, err, r.Hours == duty.Business && charge[r.ID] == model{duty.Kept, a.Person}) {
					for name, at := range where {
						if at == r.ID {
							delete(where, name)
						}
					}
					move(r.ID, h.head.Person, duty.Closed)
				}
			},
			"time": func(t *rapid.T) {
				h.now = h.now.Add(time.Duration(rapid.IntRange(-120, 600).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				for _, r := range rooms {
					all := must(duty.Tenures(ctx, h.DB.Read(), r.ID, 0, 1<<62, 1<<20))
					for i := range all {
						if all[i].Seq != i+1 || all[i].Person == "" || i > 0 && all[i].Since < all[i-1].Since {
							t.Fatalf("tenure %d after %+v: %+v", i, all[max(0, i-1)], all[i])
						}
					}
					last := all[len(all)-1]
					if (charge[r.ID] != model{last.Kind, last.Person}) || passed[r.ID] != len(all) {
						t.Fatalf("%+v answers after %d, want %+v after %d", last, len(all), charge[r.ID], passed[r.ID])
					}
					// Whoever asks of any instant is told of one person, the last to begin by then.
					at := max(last.Since, h.now.UnixMicro())
					if a, err := duty.Answers(ctx, h.DB.Read(), r.ID, at); err != nil || a == nil || a.Seq != last.Seq {
						t.Fatalf("at %d %+v, %v", at, a, err)
					}
					on := must(duty.Present(ctx, h.DB.Read(), r.ID))
					if (last.Kind == duty.Kept) != slices.ContainsFunc(on, func(a duty.Attendance) bool { return a.Person == last.Person }) && last.Kind == duty.Kept {
						t.Fatalf("%+v is in charge and has not signed on", last)
					}
					if last.Kind != duty.Kept && len(on) > 0 {
						t.Fatalf("%d people keep watch in a room that is %s", len(on), last.Kind)
					}
				}
			},
		})
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestRowsAgreeWithTheActs: nobody is accused, and whoever changes a row is found out.
func TestRowsAgreeWithTheActs(t *testing.T) {
	clause.Covers(t, "C070")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		turn := &duty.Turn{Shift: "early", From: h.now.UnixMicro(), To: h.now.Add(8 * time.Hour).UnixMicro(), Staff: 1}
		h.Rostered = func(context.Context, bun.IDB, string, string, int64, int64) (*duty.Turn, error) { return turn, nil }
		bad := h.all()
		bad[1] = duty.Check{Item: bad[1].Item, Note: "dust on the desk"}
		_, err := h.SignOn(ctx, h.anna, h.gate.ID, duty.SigningOn{Checks: bad})
		is(t, err, nil)
		h.now = h.now.Add(time.Hour)
		is(t, h.on(ctx, h.bo, h.gate), nil)
		is(t, h.on(ctx, h.cai, h.office), nil)
		h.now = h.now.Add(time.Hour)
		_, err = h.SignOff(ctx, h.bo, h.gate.ID, "unwell")
		is(t, err, nil)
		_, err = h.TakeOver(ctx, h.lead, h.gate.ID, "anna does not answer")
		is(t, err, nil)
		_, err = h.Close(ctx, h.cai, h.office.ID, duty.Closing{StandBy: h.head.Person, Phone: "8001", Checks: h.closing()})
		is(t, err, nil)
		c := h.office.Content
		c.Name, c.Phone = "Office 2", "8002"
		_, err = h.Rooms.Change(ctx, h.head, h.office.ID, c)
		is(t, err, nil)
		is(t, h.Rooms.Retire(ctx, h.head, h.office.ID, "given up"), nil)
		held.Honest(t, d, duty.Differ)
		held.Altered(t, d, map[string][]string{"rooms": nil, "tenures": nil, "attendances": nil}, duty.Differ)
	})
}
