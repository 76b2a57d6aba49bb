package handover_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

type house struct {
	*handover.Handovers
	now                       time.Time
	head, lead, anna, bo, cai access.Actor
	room                      duty.Room
	open                      []duty.Matter
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := &house{now: time.Date(2026, 11, 30, 7, 50, 0, 0, time.UTC)}
	now := clock.Clock(func() time.Time { return h.now })
	w := &duty.Watch{DB: d, Clock: now, Rooms: &duty.Rooms{DB: d, Clock: now}}
	w.Rooms.Answers = w.Headed
	h.Handovers = &handover.Handovers{DB: d, Clock: now, Watch: w, Matters: []duty.Matters{
		func(context.Context, bun.IDB, *duty.Room, int64) ([]duty.Matter, error) {
			return slices.Clone(h.open), nil
		}}}
	w.Taking = h.Taking
	h.head = people.Add(t, d, "head"+db.NewID(), access.Supervisor)
	h.lead = people.Add(t, d, "lead"+db.NewID(), access.DutyLead)
	h.anna = people.Add(t, d, "anna"+db.NewID(), access.Operator)
	h.bo = people.Add(t, d, "bo"+db.NewID(), access.Operator)
	h.cai = people.Add(t, d, "cai"+db.NewID(), access.Operator)
	var err error
	if h.room, err = w.Rooms.Add(t.Context(), h.head, duty.Content{Name: "监控室 " + db.NewID(), Head: h.head.Person, Staff: 1, Hours: duty.RoundTheClock}); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) on(ctx context.Context, who access.Actor) error {
	start, _ := h.Watch.Checks()
	var seen []duty.Check
	for _, i := range start {
		seen = append(seen, duty.Check{Item: i, OK: true})
	}
	_, err := h.Watch.SignOn(ctx, who, h.room.ID, duty.SigningOn{Checks: seen})
	return err
}

func (h *house) counts() (all []handover.Count) {
	for _, i := range h.Counted() {
		all = append(all, handover.Count{Item: i, Count: 3, Complete: true})
	}
	return all
}

func (h *house) out(ctx context.Context, who access.Actor, id string, to access.Actor) error {
	return h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return h.SignOut(ctx, tx, who, id, handover.Statement{Incoming: to.Person, Fit: true, Round: true, Counts: h.counts(), Remarks: "nothing else"})
	})
}

func (h *house) in(ctx context.Context, who access.Actor, id string, read ...string) error {
	var a handover.Acceptance
	for _, r := range read {
		a.Acknowledged = append(a.Acknowledged, handover.Acknowledged{Kind: "camera", ID: r})
	}
	return h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return h.SignIn(ctx, tx, who, id, a, &handover.Checkpoint{Origin: "node", Size: 7, Root: "cm9vdA=="})
	})
}

type fails interface{ Fatal(...any) }

func (h *house) charge(t fails) string {
	now, err := duty.Running(context.Background(), h.DB.Read(), h.room.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now.Person
}

func is(t testing.TB, err, want error) {
	t.Helper()
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
}

// TestAHandover: both sign, in order, for just what is open; the watch passes with the second
// signature and at no other instant.
func TestAHandover(t *testing.T) {
	clause.Covers(t, "C066")
	clause.Covers(t, "C067")
	clause.Covers(t, "C068")
	clause.Covers(t, "C070")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		_, err := h.Begin(ctx, h.anna, h.room.ID)
		is(t, err, duty.ErrOffWatch)
		_, err = h.Begin(ctx, h.lead, h.room.ID)
		is(t, err, handover.ErrUnwatched)
		is(t, h.on(ctx, h.anna), nil)
		h.now = h.now.Add(8 * time.Hour)
		h.open = []duty.Matter{{Kind: "camera", ID: "gate", Since: h.now.UnixMicro(), Text: "offline"}}
		one, err := h.Begin(ctx, h.anna, h.room.ID)
		is(t, err, nil)
		if len(one.Sheet.Items) != 1 || one.State != handover.Open || len(one.Sheet.On) != 1 {
			t.Fatalf("the sheet: %+v", one)
		}
		again, err := h.Begin(ctx, h.lead, h.room.ID)
		if is(t, err, nil); again.ID != one.ID {
			t.Fatal("two handovers of one watch")
		}
		is(t, h.out(ctx, h.anna, one.ID, h.bo), handover.ErrAbsent)
		is(t, h.on(ctx, h.bo), nil)
		is(t, h.in(ctx, h.bo, one.ID, "gate"), handover.ErrFirst)
		is(t, h.out(ctx, h.bo, one.ID, h.anna), handover.ErrOutgoing)
		is(t, h.out(ctx, h.anna, one.ID, h.anna), handover.ErrSelf)
		is(t, h.out(ctx, h.cai, one.ID, h.bo), handover.ErrOutgoing)

		h.open[0].Bars = "alarm_unacknowledged"
		is(t, h.out(ctx, h.anna, one.ID, h.bo), handover.ErrBarred)
		h.open[0].Bars = ""
		is(t, h.out(ctx, h.anna, one.ID, h.bo), nil)
		if h.charge(t) != h.anna.Person {
			t.Fatal("one signature moved the watch")
		}
		// Meanwhile something else comes up: it is acknowledged, too.
		h.open = append(h.open, duty.Matter{Kind: "camera", ID: "yard", Since: h.now.UnixMicro()})
		is(t, h.in(ctx, h.cai, one.ID, "gate", "yard"), handover.ErrOther)
		is(t, h.in(ctx, h.bo, one.ID, "gate"), handover.ErrUnread)
		h.open[1].Bars = "alarm_unacknowledged"
		is(t, h.in(ctx, h.bo, one.ID, "gate", "yard"), handover.ErrBarred)
		h.open[1].Bars = ""
		h.now = h.now.Add(4 * time.Minute)
		is(t, h.in(ctx, h.bo, one.ID, "gate", "yard"), nil)
		if h.charge(t) != h.bo.Person {
			t.Fatal("both have signed, and the watch did not pass")
		}
		is(t, h.in(ctx, h.bo, one.ID, "gate", "yard"), handover.ErrSigned)
		is(t, h.out(ctx, h.anna, one.ID, h.bo), handover.ErrSigned)

		got, _, err := h.Get(ctx, h.head, one.ID)
		is(t, err, nil)
		if got.State != handover.Done || got.Taken == nil || len(got.Taken.Added) != 1 || got.Taken.Sheet != got.Signature(handover.Outgoing).Hash ||
			got.Taken.Checkpoint == nil || got.Taken.Checkpoint.Size != 7 || len(got.Sheet.Counts) != len(h.Counted()) {
			t.Fatalf("what was signed: %+v", got)
		}

		// Afterwards: remarks for a day, of those concerned; a defect told at once was found at the takeover.
		r, err := h.Remark(ctx, h.bo, one.ID, "defect", "the torch does not light")
		if is(t, err, nil); !r.Found {
			t.Fatal("a defect told at once is not found at the takeover")
		}
		_, err = h.Remark(ctx, h.cai, one.ID, "remark", "I was not there")
		is(t, err, handover.ErrNotYours)
		h.now = h.now.Add(31 * time.Minute)
		if r, err = h.Remark(ctx, h.anna, one.ID, "defect", "it did at noon"); err != nil || r.Found {
			t.Fatalf("%+v %v", r, err)
		}
		is(t, h.Review(ctx, h.bo, one.ID, ""), access.ErrRightMissing)
		is(t, h.Review(ctx, h.lead, one.ID, "seen"), nil)
		is(t, h.Review(ctx, h.head, one.ID, "seen"), handover.ErrSigned)
		h.now = h.now.Add(24 * time.Hour)
		_, err = h.Remark(ctx, h.bo, one.ID, "remark", "much later")
		is(t, err, handover.ErrLate)
		if got, _, err = h.Get(ctx, h.bo, one.ID); err != nil || len(got.Remarks) != 2 {
			t.Fatalf("%+v %v", got.Remarks, err)
		}
	})
}

// TestTheOutgoingSignsAnew: who was named does not come, and somebody else takes over; the last
// signature counts, and the one before stays on record.
func TestTheOutgoingSignsAnew(t *testing.T) {
	h, ctx := newHouse(t, dbtest.Open(t, db.SQLite)), t.Context()
	is(t, h.on(ctx, h.anna), nil)
	is(t, h.on(ctx, h.bo), nil)
	is(t, h.on(ctx, h.cai), nil)
	one, err := h.Begin(ctx, h.anna, h.room.ID)
	is(t, err, nil)
	is(t, h.out(ctx, h.anna, one.ID, h.bo), nil)
	is(t, h.out(ctx, h.anna, one.ID, h.cai), nil)
	is(t, h.in(ctx, h.bo, one.ID), handover.ErrOther)
	is(t, h.in(ctx, h.cai, one.ID), nil)
	got, _, err := h.Get(ctx, h.head, one.ID)
	if is(t, err, nil); len(got.Signatures) != 3 {
		t.Fatalf("%+v", got.Signatures)
	}
}

// TestBadInputOfAHandover: each gets a word, and nothing is signed.
func TestBadInputOfAHandover(t *testing.T) {
	h, ctx := newHouse(t, dbtest.Open(t, db.SQLite)), t.Context()
	is(t, h.on(ctx, h.anna), nil)
	is(t, h.on(ctx, h.bo), nil)
	one, err := h.Begin(ctx, h.anna, h.room.ID)
	is(t, err, nil)
	sign := func(s handover.Statement) error {
		return h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error { return h.SignOut(ctx, tx, h.anna, one.ID, s) })
	}
	broken := h.counts()
	broken[0].Complete = false
	negative := h.counts()
	negative[1].Count = -1
	for name, c := range map[string]struct {
		s    handover.Statement
		want error
	}{
		"unfit":           {handover.Statement{Incoming: h.bo.Person, Counts: h.counts()}, handover.ErrUnfit},
		"nothing counted": {handover.Statement{Incoming: h.bo.Person, Fit: true}, handover.ErrCounts},
		"broken, no word": {handover.Statement{Incoming: h.bo.Person, Fit: true, Counts: broken}, handover.ErrCounts},
		"fewer than none": {handover.Statement{Incoming: h.bo.Person, Fit: true, Counts: negative}, handover.ErrCounts},
		"nobody":          {handover.Statement{Fit: true, Counts: h.counts()}, handover.ErrAbsent},
		"a character":     {handover.Statement{Incoming: h.bo.Person, Fit: true, Counts: h.counts(), Remarks: "a\x00b"}, nil},
	} {
		if err := sign(c.s); err == nil || c.want != nil && !errors.Is(err, c.want) || problem.Of(err).Kind == problem.Internal {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	h.Recorded = func(context.Context, bun.IDB, *duty.Room, int64, int64) error { return handover.ErrRecord }
	is(t, h.out(ctx, h.anna, one.ID, h.bo), handover.ErrRecord)
	if _, _, err := h.Get(ctx, h.anna, "nothing"); !errors.Is(err, handover.ErrUnknown) {
		t.Error(err)
	}
	token := h.anna
	token.Token = "t"
	is(t, h.out(ctx, token, one.ID, h.bo), duty.ErrPersonal)
	if got, _, err := h.Get(ctx, h.anna, one.ID); err != nil || got.State != handover.Open {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestTwoConsolesSignAtOnce: of two that race, one signs and the other is told.
func TestTwoConsolesSignAtOnce(t *testing.T) {
	clause.Covers(t, "C068")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		is(t, h.on(ctx, h.anna), nil)
		is(t, h.on(ctx, h.bo), nil)
		one, err := h.Begin(ctx, h.anna, h.room.ID)
		is(t, err, nil)
		is(t, h.out(ctx, h.anna, one.ID, h.bo), nil)
		errs := make([]error, 4)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() { errs[i] = h.in(ctx, h.bo, one.ID) })
		}
		wait.Wait()
		signed := 0
		for _, err := range errs {
			if err == nil {
				signed++
			} else if !errors.Is(err, handover.ErrSigned) && !errors.Is(err, handover.ErrOvertaken) {
				t.Errorf("the other is told %v", err)
			}
		}
		all, err := duty.Tenures(ctx, d.Read(), h.room.ID, 0, 1<<62, 100)
		if is(t, err, nil); signed != 1 || len(all) != 3 {
			t.Fatalf("%d signed, %d tenures", signed, len(all))
		}
	})
}

// TestHandoversKeepTheWatch walks through handovers, takeovers and comings and goings in every
// order: the watch moves with two signatures or a recorded takeover, and by nothing else.
func TestHandoversKeepTheWatch(t *testing.T) {
	clause.Covers(t, "C066")
	clause.Covers(t, "C068")
	ctx, test, d := context.Background(), t, dbtest.Open(t, db.SQLite)
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse(test, d)
		staff := map[string]access.Actor{"anna": h.anna, "bo": h.bo, "cai": h.cai, "lead": h.lead}
		names := []string{"anna", "bo", "cai", "lead"}
		name := func(person string) string {
			for n, a := range staff {
				if a.Person == person {
					return n
				}
			}
			return ""
		}
		if err := h.on(ctx, h.anna); err != nil {
			t.Fatal(err)
		}
		charge := name(h.charge(t))
		here := map[string]bool{}
		for _, a := range must(duty.Present(ctx, h.DB.Read(), h.room.ID)) {
			here[name(a.Person)] = true
		}
		open, signedFor := "", "" // the handover of this watch, and whom the outgoing signed it for
		one, err := h.Begin(ctx, h.lead, h.room.ID)
		if err != nil {
			t.Fatal(err)
		}
		if open = one.ID; one.State == handover.Signed {
			signedFor = name(one.Sheet.Incoming)
		}
		past := []string{}
		t.Repeat(map[string]func(*rapid.T){
			"come": func(t *rapid.T) {
				n := rapid.SampledFrom(names).Draw(t, "who")
				if err := h.on(ctx, staff[n]); (err == nil) == here[n] {
					t.Fatal(err)
				}
				here[n] = true
			},
			"go": func(t *rapid.T) {
				n := rapid.SampledFrom(names).Draw(t, "who")
				_, err := h.Watch.SignOff(ctx, staff[n], h.room.ID, "")
				if (err == nil) != (here[n] && n != charge) {
					t.Fatal(err)
				}
				if err == nil {
					delete(here, n)
				}
			},
			"sign out": func(t *rapid.T) {
				n, to := rapid.SampledFrom(names).Draw(t, "who"), rapid.SampledFrom(names).Draw(t, "to")
				id := rapid.SampledFrom(append(past, open)).Draw(t, "handover")
				err := h.out(ctx, staff[n], id, staff[to])
				if (err == nil) != (id == open && n == charge && to != n && here[to] && to != signedFor) || err != nil && problem.Of(err).Kind == problem.Internal {
					t.Fatal(err)
				}
				if err == nil {
					signedFor = to
				}
			},
			"sign in": func(t *rapid.T) {
				n := rapid.SampledFrom(names).Draw(t, "who")
				id := rapid.SampledFrom(append(past, open)).Draw(t, "handover")
				err := h.in(ctx, staff[n], id)
				if (err == nil) != (id == open && n == signedFor && here[n]) || err != nil && problem.Of(err).Kind == problem.Internal {
					t.Fatal(err)
				}
				if err == nil {
					delete(here, charge)
					charge, signedFor, past = n, "", append(past, open)
					open = must(h.Begin(ctx, h.lead, h.room.ID)).ID
				}
			},
			"take over": func(t *rapid.T) {
				_, err := h.Watch.TakeOver(ctx, h.lead, h.room.ID, "nobody signs")
				if (err == nil) != (charge != "lead") {
					t.Fatal(err)
				}
				if err == nil {
					delete(here, charge)
					here["lead"] = true
					charge, signedFor, past = "lead", "", append(past, open)
					open = must(h.Begin(ctx, h.lead, h.room.ID)).ID
				}
			},
			"time": func(t *rapid.T) {
				h.now = h.now.Add(time.Duration(rapid.IntRange(-30, 300).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				if now := name(h.charge(t)); now != charge {
					t.Fatalf("%s is in charge, want %s", now, charge)
				}
				for _, id := range past {
					got, _, err := h.Get(ctx, h.head, id)
					if err != nil || got.State != handover.Done && got.State != handover.Overtaken {
						t.Fatalf("a watch that passed: %s, %v", got.State, err)
					}
				}
			},
		})
	})
}

// BenchmarkSheet: a sheet of 500 cameras that are all offline.
func BenchmarkSheet(b *testing.B) {
	h, ctx := newHouse(b, dbtest.Open(b, db.SQLite)), b.Context()
	for i := range 500 {
		h.open = append(h.open, duty.Matter{Kind: "camera", ID: fmt.Sprint("camera", i), Since: 1, Text: "offline"})
	}
	if err := h.on(ctx, h.anna); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := h.Begin(ctx, h.anna, h.room.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestRowsAgreeWithTheActs: nobody is accused, and whoever changes a row is found out.
func TestRowsAgreeWithTheActs(t *testing.T) {
	clause.Covers(t, "C068")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := newHouse(t, d), t.Context()
		h.bo.Shown = "totp"
		is(t, h.on(ctx, h.anna), nil)
		is(t, h.on(ctx, h.bo), nil)
		one, err := h.Begin(ctx, h.anna, h.room.ID)
		is(t, err, nil)
		is(t, h.out(ctx, h.anna, one.ID, h.bo), nil)
		is(t, h.in(ctx, h.bo, one.ID), nil)
		_, err = h.Remark(ctx, h.bo, one.ID, "defect", "the torch does not light")
		is(t, err, nil)
		is(t, h.Review(ctx, h.lead, one.ID, "seen"), nil)
		held.Honest(t, d, handover.Differ, duty.Differ)
		held.Altered(t, d, map[string][]string{"handovers": nil, "handover_signatures": {"role"}, // another has the place of each
			"handover_remarks": nil}, handover.Differ)
	})
}
