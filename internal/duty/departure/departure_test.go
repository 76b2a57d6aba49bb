package departure_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/departure"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

type house struct {
	*departure.Departures
	now                       time.Time
	head, lead, anna, bo, cai access.Actor
	room                      duty.Room
	lines                     []string
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := &house{now: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)}
	now := clock.Clock(func() time.Time { return h.now })
	w := &duty.Watch{DB: d, Clock: now, Rooms: &duty.Rooms{DB: d, Clock: now}}
	w.Rooms.Answers = w.Headed
	turn := &duty.Turn{Shift: "early", From: h.now.UnixMicro(), To: h.now.Add(8 * time.Hour).UnixMicro(), Staff: 2}
	w.Rostered = func(context.Context, bun.IDB, string, string, int64, int64) (*duty.Turn, error) { return turn, nil }
	h.Departures = &departure.Departures{DB: d, Clock: now, Watch: w, Note: func(_ context.Context, _ bun.IDB, l duty.Line) error { h.lines = append(h.lines, l.Code); return nil },
		Stands: func(_ context.Context, _ bun.IDB, p string, _ *duty.Room) (bool, error) {
			return p != h.head.Person && p != "nobody", nil
		}}
	h.head, h.lead = people.Add(t, d, "head"+db.NewID(), access.Supervisor), people.Add(t, d, "lead"+db.NewID(), access.DutyLead)
	h.anna, h.bo, h.cai = people.Add(t, d, "anna"+db.NewID(), access.Operator), people.Add(t, d, "bo"+db.NewID(), access.Operator), people.Add(t, d, "cai"+db.NewID(), access.Operator)
	var err error
	if h.room, err = w.Rooms.Add(t.Context(), h.head, duty.Content{Name: "监控室 " + db.NewID(), Head: h.head.Person, Staff: 1, Hours: duty.RoundTheClock}); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) on(ctx context.Context, who access.Actor) error {
	start, _ := h.Watch.Checks()
	var all []duty.Check
	for _, i := range start {
		all = append(all, duty.Check{Item: i, OK: true})
	}
	_, err := h.Watch.SignOn(ctx, who, h.room.ID, duty.SigningOn{Checks: all})
	return err
}

type fails interface{ Fatalf(string, ...any) }

func is(t fails, err, want error) {
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
}

// TestADeparture: a leader agrees, the relief is there, and only then somebody goes; who is in
// charge hands over first.
func TestADeparture(t *testing.T) {
	clause.Covers(t, "C048")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		ask := departure.Asking{Relief: h.cai.Person, Reason: "the child is unwell", BackAt: h.now.Add(time.Hour).UnixMicro()}
		_, err := h.Ask(ctx, h.bo, ask)
		is(t, err, duty.ErrOffWatch)
		is(t, h.on(ctx, h.anna), nil)
		is(t, h.on(ctx, h.bo), nil)
		for name, c := range map[string]struct {
			a    departure.Asking
			want error
		}{
			"nobody":       {departure.Asking{Relief: "nobody", Reason: "unwell"}, departure.ErrRelief},
			"themselves":   {departure.Asking{Relief: h.bo.Person, Reason: "unwell"}, departure.ErrRelief},
			"back before":  {departure.Asking{Relief: h.cai.Person, Reason: "unwell", BackAt: h.now.UnixMicro()}, departure.ErrBack},
			"back in 2038": {departure.Asking{Relief: h.cai.Person, Reason: "unwell", BackAt: h.now.AddDate(12, 0, 0).UnixMicro()}, departure.ErrBack},
		} {
			if _, err := h.Ask(ctx, h.bo, c.a); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if _, err := h.Ask(ctx, h.bo, departure.Asking{Relief: h.cai.Person}); problem.Of(err).Kind != problem.Invalid {
			t.Fatalf("without a reason: %v", err)
		}
		one, err := h.Ask(ctx, h.bo, ask)
		is(t, err, nil)
		_, err = h.Ask(ctx, h.bo, ask)
		is(t, err, departure.ErrOpen)
		_, err = h.Leave(ctx, h.bo, one.ID)
		is(t, err, departure.ErrWaits)
		_, err = h.Decide(ctx, h.anna, one.ID, true, "")
		is(t, err, access.ErrRightMissing)
		_, err = h.Decide(ctx, h.lead, one.ID, true, "")
		is(t, err, nil)
		_, err = h.Decide(ctx, h.head, one.ID, false, "too few people")
		is(t, err, departure.ErrOver)
		_, err = h.Leave(ctx, h.bo, one.ID)
		is(t, err, departure.ErrAbsent)
		_, err = h.Leave(ctx, h.anna, one.ID)
		is(t, err, departure.ErrNotMine)
		is(t, h.on(ctx, h.cai), nil)
		got, err := h.Leave(ctx, h.bo, one.ID)
		if is(t, err, nil); got.State != departure.Left || len(h.lines) != 1 || h.lines[0] != "departure" {
			t.Fatalf("%+v %v", got, h.lines)
		}
		if on, err := duty.OnWatch(ctx, d.Read(), h.room.ID, h.bo.Person); err != nil || on {
			t.Fatalf("still on watch: %v %v", on, err)
		}
		// In charge: the handover comes first.
		if one, err = h.Ask(ctx, h.anna, departure.Asking{Relief: h.cai.Person, Reason: "to the doctor"}); err != nil {
			t.Fatal(err)
		}
		_, err = h.Decide(ctx, h.lead, one.ID, true, "")
		is(t, err, nil)
		_, err = h.Leave(ctx, h.anna, one.ID)
		is(t, err, departure.ErrCharge)
		is(t, d.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := h.Watch.Pass(ctx, tx, h.cai, h.room.ID, h.anna.Person, h.cai.Person, "handover")
			return err
		}), nil)
		_, err = h.Leave(ctx, h.anna, one.ID)
		is(t, err, nil)
		all, err := h.List(ctx, h.lead, h.room.ID)
		if is(t, err, nil); len(all) != 2 || all[0].State != departure.Left {
			t.Fatalf("%+v", all)
		}
		if on, err := duty.Present(ctx, d.Read(), h.room.ID); err != nil || len(on) != 1 || on[0].Person != h.cai.Person {
			t.Fatalf("%+v %v", on, err)
		}
	})
}

// TestNobodyGoesWithoutALeaderAndARelief walks departures through every order of steps.
func TestNobodyGoesWithoutALeaderAndARelief(t *testing.T) {
	clause.Covers(t, "C048")
	ctx, test, d := context.Background(), t, dbtest.Open(t, db.SQLite)
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse(test, d)
		is(t, h.on(ctx, h.anna), nil)
		is(t, h.on(ctx, h.bo), nil)
		one, err := h.Ask(ctx, h.bo, departure.Asking{Relief: h.cai.Person, Reason: "unwell today"})
		is(t, err, nil)
		state, here := departure.Asked, false
		agree := func(t *rapid.T, err error, want bool) bool {
			if (err == nil) != want || err != nil && problem.Of(err).Kind == problem.Internal {
				t.Fatalf("%v, want success %v in %s", err, want, state)
			}
			return want
		}
		t.Repeat(map[string]func(*rapid.T){
			"approve": func(t *rapid.T) {
				_, err := h.Decide(ctx, h.lead, one.ID, true, "")
				if agree(t, err, state == departure.Asked) {
					state = departure.Approved
				}
			},
			"refuse": func(t *rapid.T) {
				_, err := h.Decide(ctx, h.lead, one.ID, false, "too few people")
				if agree(t, err, state == departure.Asked) {
					state = departure.Refused
				}
			},
			"withdraw": func(t *rapid.T) {
				_, err := h.Withdraw(ctx, h.bo, one.ID)
				if agree(t, err, state == departure.Asked || state == departure.Approved) {
					state = departure.Withdrawn
				}
			},
			"the relief comes": func(t *rapid.T) { agree(t, h.on(ctx, h.cai), !here); here = true },
			"leave": func(t *rapid.T) {
				_, err := h.Leave(ctx, h.bo, one.ID)
				if agree(t, err, state == departure.Approved && here) {
					state = departure.Left
				}
			},
			"": func(t *rapid.T) {
				on, err := duty.OnWatch(ctx, h.DB.Read(), h.room.ID, h.bo.Person)
				if is(t, err, nil); on != (state != departure.Left) {
					t.Fatalf("on watch %v in %s", on, state)
				}
			},
		})
	})
}
