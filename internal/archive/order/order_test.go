package order_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

var present = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const (
	second = int64(1_000_000)
	day    = 86400 * second
)

func store(d *db.DB) *order.Orders {
	return &order.Orders{DB: d, Clock: func() time.Time { return present }}
}

func erasure(cameras ...string) order.New {
	now := present.UnixMicro()
	return order.New{Ground: order.Erasure, Reason: "the person asked", Document: "2026-9", Cameras: cameras, From: now - 5*day, To: now - 5*day + 3600*second}
}

func TestAnOrderTakesThreePeople(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := store(d)
		told := 0
		o.Approved = func() { told++ }
		lead, boss, chief := people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
		one, err := o.Request(t.Context(), boss, erasure("yard", "gate"))
		if err != nil || one.State != order.Requested {
			t.Fatalf("%+v, %v", one, err)
		}
		if _, err := o.Decide(t.Context(), boss, one.ID, true, ""); !errors.Is(err, order.ErrOwn) {
			t.Errorf("one's own: %v", err)
		}
		if _, err := o.Decide(t.Context(), lead, one.ID, true, ""); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("without the right: %v", err)
		}
		if half, err := o.Decide(t.Context(), chief, one.ID, true, ""); err != nil || half.State != order.Requested || told != 0 {
			t.Errorf("approved by one: %+v, %v", half, err)
		}
		if _, err := o.Decide(t.Context(), chief, one.ID, true, ""); !errors.Is(err, order.ErrTwice) {
			t.Errorf("twice by the same: %v", err)
		}
		if due, err := o.Due(t.Context(), d.Read()); err != nil || len(due) != 0 {
			t.Errorf("%+v, %v", due, err)
		}
		other := people.Add(t, d, "other", access.Supervisor)
		whole, err := o.Decide(t.Context(), other, one.ID, true, "seen the document")
		if err != nil || whole.State != order.Approved || told != 1 || len(whole.Decisions) != 2 {
			t.Errorf("%+v, %v, told %d", whole, err, told)
		}
		if due, err := o.Due(t.Context(), d.Read()); err != nil || len(due) != 1 || !slices.Equal(due[0].Cameras, []string{"gate", "yard"}) {
			t.Errorf("%+v, %v", due, err)
		}
		if _, err := o.Withdraw(t.Context(), lead, one.ID, "a mistake"); !errors.Is(err, order.ErrNotYours) {
			t.Errorf("an approved one of another, by who approves none: %v", err)
		}
		two, err := o.Request(t.Context(), lead, erasure("gate"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Withdraw(t.Context(), boss, two.ID, "a mistake"); !errors.Is(err, order.ErrNotYours) {
			t.Errorf("another's: %v", err)
		}
		if gone, err := o.Withdraw(t.Context(), lead, two.ID, "a mistake"); err != nil || gone.State != order.Withdrawn || gone.WithdrawnBy != lead.Person || gone.WithdrawnNote != "a mistake" {
			t.Errorf("%+v, %v", gone, err)
		}
		three, err := o.Request(t.Context(), lead, erasure("gate"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Decide(t.Context(), chief, three.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Decide(t.Context(), chief, three.ID, false, ""); !errors.Is(err, text.ErrRequired) {
			t.Errorf("rejected without a word: %v", err)
		}
		if no, err := o.Decide(t.Context(), chief, three.ID, false, "on second thoughts"); err != nil || no.State != order.Rejected {
			t.Errorf("%+v, %v", no, err)
		}
		if _, err := o.Decide(t.Context(), boss, three.ID, true, ""); !errors.Is(err, order.ErrClosed) {
			t.Errorf("after it was rejected: %v", err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "deletion.", Camera: "gate"})
		var kinds []string
		for _, a := range acts {
			kinds = append(kinds, a.Kind)
			if a.Detail["from"] == nil || a.Detail["document"] != "2026-9" || a.Person == "" {
				t.Errorf("%+v", a)
			}
		}
		slices.Sort(kinds)
		want := []string{"deletion.approved", "deletion.approved", "deletion.approved", "deletion.rejected", "deletion.requested", "deletion.requested", "deletion.requested", "deletion.withdrawn"}
		if diff := cmp.Diff(want, kinds); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if list, err := o.List(t.Context(), lead, order.Filter{Camera: "gate"}); err != nil || len(list) != 3 {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := o.List(t.Context(), access.ActorOf("x", access.Operator), order.Filter{}); !errors.Is(err, access.ErrRightMissing) {
			t.Error(err)
		}
	})
}

// TestNoOrderByFewerThanThree lets everybody decide at once.
func TestNoOrderByFewerThanThree(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := store(d)
		var all []access.Actor
		for _, name := range []string{"a", "b", "c", "d"} {
			all = append(all, people.Add(t, d, name, access.Supervisor))
		}
		states := map[order.State]int{}
		for round := range 8 {
			one, err := o.Request(t.Context(), all[round%4], erasure("gate"))
			if err != nil {
				t.Fatal(err)
			}
			var crowd sync.WaitGroup
			for i, actor := range all {
				crowd.Go(func() {
					random := rand.New(rand.NewPCG(uint64(round), uint64(i)))
					for range 3 {
						var err error
						if random.IntN(8) == 0 {
							_, err = o.Withdraw(t.Context(), actor, one.ID, "a mistake")
						} else {
							_, err = o.Decide(t.Context(), actor, one.ID, random.IntN(8) != 0, "because")
						}
						if err != nil && problem.Of(err).Kind == problem.Internal {
							t.Error(err)
						}
					}
				})
			}
			crowd.Wait()
			after, err := o.Get(t.Context(), one.ID)
			if err != nil {
				t.Fatal(err)
			}
			states[after.State]++
			approved := map[string]bool{}
			for _, x := range after.Decisions {
				if x.Person == after.RequestedBy {
					t.Errorf("decided by who asked: %+v", after)
				}
				approved[x.Person] = x.Decision == "approved"
			}
			if (after.State == order.Approved) != (len(approved) >= 2) && after.State != order.Rejected && after.State != order.Withdrawn {
				t.Errorf("%s by %v", after.State, approved)
			}
		}
		if states[order.Approved] == 0 {
			t.Errorf("nothing was approved: %v", states)
		}
	})
}

func TestRequestRefusals(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	o := store(d)
	o.Known = func(_ context.Context, camera string) (bool, error) { return camera != "none", nil }
	lead := people.Add(t, d, "lead", access.DutyLead)
	now := present.UnixMicro()
	for name, c := range map[string]struct {
		actor access.Actor
		edit  func(*order.New)
		want  error
	}{
		"the administrator": {access.ActorOf("x", access.Administrator), func(*order.New) {}, access.ErrRightMissing},
		"the command line":  {access.CommandLine(), func(*order.New) {}, access.ErrRightMissing},
		"nobody":            {access.ActorOf("", access.Leader), func(*order.New) {}, order.ErrNobody},
		"no camera":         {lead, func(n *order.New) { n.Cameras = nil }, order.ErrCameras},
		"an unknown camera": {lead, func(n *order.New) { n.Cameras = []string{"none"} }, order.ErrCamera},
		"no ground":         {lead, func(n *order.New) { n.Ground = "" }, order.ErrGround},
		"no reason":         {lead, func(n *order.New) { n.Reason = "" }, text.ErrRequired},
		"no document":       {lead, func(n *order.New) { n.Document = "" }, text.ErrRequired},
		"backwards":         {lead, func(n *order.New) { n.To = n.From }, order.ErrInterval},
		"still to come":     {lead, func(n *order.New) { n.To = now + 1 }, order.ErrInterval},
		"all that ever was": {lead, func(n *order.New) { n.From = 1 }, order.ErrInterval},
	} {
		n := erasure("gate")
		c.edit(&n)
		if _, err := o.Request(t.Context(), c.actor, n); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := o.Decide(t.Context(), access.CommandLine(), db.NewID(), true, ""); !errors.Is(err, access.ErrRightMissing) {
		t.Error(err)
	}
	if _, err := o.Decide(t.Context(), access.ActorOf("x", access.Leader), db.NewID(), true, ""); !errors.Is(err, order.ErrUnknown) {
		t.Error(err)
	}
}

func TestLookTellsWhatGoesAndWhatStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := store(d)
		lead := people.Add(t, d, "lead", access.DutyLead)
		n := erasure("gate")
		var rows []archive.Segment
		for i := range int64(8) { // ten minutes each, the first begins five before the interval
			start := n.From + (i*10-5)*60*second
			rows = append(rows, archive.Segment{Camera: "gate", StartAt: start, EndAt: start + 600*second, Run: "r", File: "gate/" + db.NewID(), Bytes: 1 << i})
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			in := slices.Clone(rows)
			_, err := tx.NewInsert().Model(&in).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		h := &hold.Holds{DB: d, Clock: o.Clock, Volumes: func() []string { return []string{t.TempDir()} }}
		for _, at := range []int64{700, 710, 1900} { // two in the second whole segment, one in the fourth
			_, err := h.Place(t.Context(), lead, hold.New{Kind: hold.Case, Owner: "x", Reason: "reason", Cameras: []string{"gate"},
				From: n.From + at*second, To: n.From + (at+1)*second, ReviewAt: present.UnixMicro() + day})
			if err != nil {
				t.Fatal(err)
			}
		}
		got, err := o.Look(t.Context(), lead, n)
		want := order.Preview{Segments: 5, Bytes: 2 + 4 + 8 + 16 + 32, Held: 2, From: rows[0].StartAt, To: rows[6].EndAt,
			Edges: []order.Edge{{"gate", rows[0].StartAt, rows[0].EndAt}, {"gate", rows[6].StartAt, rows[6].EndAt}}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v; want (-), got (+):\n%s", err, diff)
		}
		n.From, n.To = got.From, got.To
		if wide, err := o.Look(t.Context(), lead, n); err != nil || wide.Segments != 7 || len(wide.Edges) != 0 {
			t.Errorf("%+v, %v", wide, err)
		}
		if _, err := o.Look(t.Context(), access.ActorOf("x", access.Auditor), n); !errors.Is(err, access.ErrRightMissing) {
			t.Error(err)
		}
	})
}

func TestOrdersAreAppendOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := store(d)
		one, err := o.Request(t.Context(), people.Add(t, d, "lead", access.DutyLead), erasure("gate"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Decide(t.Context(), people.Add(t, d, "boss", access.Leader), one.ID, false, "no ground"); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"DELETE FROM deletion_orders", "UPDATE deletion_orders SET from_at = 1", "UPDATE deletion_orders SET state = 'approved'",
			"UPDATE deletion_order_decisions SET decision = 'approved'", "DELETE FROM deletion_order_decisions", "DELETE FROM deletion_order_cameras"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, s)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", s, err)
			}
		}
	})
}

// TestAnApprovedOrderThatWaitsIsTakenBack, by who asked for it or by who may approve one;
// not once it was carried out.
func TestAnApprovedOrderThatWaitsIsTakenBack(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := store(d)
		lead, boss, chief := people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
		approved := func() order.Order {
			t.Helper()
			one, err := o.Request(t.Context(), lead, erasure("gate"))
			for _, by := range []access.Actor{boss, chief} {
				if err == nil {
					one, err = o.Decide(t.Context(), by, one.ID, true, "")
				}
			}
			if err != nil || one.State != order.Approved {
				t.Fatalf("%+v, %v", one, err)
			}
			return one
		}
		for name, by := range map[string]access.Actor{"who asked": lead, "who approves": people.Add(t, d, "other", access.Supervisor)} {
			one := approved()
			gone, err := o.Withdraw(t.Context(), by, one.ID, "the request was settled otherwise")
			if err != nil || gone.State != order.Withdrawn {
				t.Errorf("%s: %+v, %v", name, gone, err)
			}
			if due, err := o.Due(t.Context(), d.Read()); err != nil || len(due) != 0 {
				t.Errorf("%s: %+v, %v", name, due, err)
			}
			if _, _, stands, err := o.Stands(t.Context(), d.Read(), one.ID, "gate"); err != nil || stands {
				t.Errorf("%s: it stands, %v", name, err)
			}
		}
		one := approved()
		if err := o.Progress(t.Context(), one.ID); err != nil { // there is nothing that it covers
			t.Fatal(err)
		}
		if _, err := o.Withdraw(t.Context(), lead, one.ID, "too late"); !errors.Is(err, order.ErrClosed) {
			t.Errorf("carried out: %v", err)
		}
	})
}

// TestManyThatWaitKeepNoneBack: however many orders wait, all of them are due, the first that
// was approved first.
func TestManyThatWaitKeepNoneBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 1203
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i := range n {
				at := present.UnixMicro() + int64(i/3) // some at one instant
				_, err := tx.ExecContext(ctx, "INSERT INTO deletion_orders (id, ground, reason, document, from_at, to_at, requested_by, requested_at, state, removed, bytes, kept, held, decided_at) VALUES (?, 'erasure', 'r', 'd', 1, 2, 'p', ?, 'approved', 0, 0, 0, 0, ?)",
					fmt.Sprintf("o%04d", i), at, at+int64(i))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		due, err := store(d).Due(t.Context(), d.Read())
		if err != nil || len(due) != n {
			t.Fatalf("%d of %d are due, %v", len(due), n, err)
		}
		for i := range due {
			if want := fmt.Sprintf("o%04d", i); due[i].ID != want {
				t.Fatalf("%d: %s, want %s", i, due[i].ID, want)
			}
		}
	})
}
