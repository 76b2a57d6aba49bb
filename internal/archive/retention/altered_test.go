package retention_test

import (
	"context"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// act writes an act that goes into the log, as an earlier version did without looking.
func (r *logged) act(actor access.Actor, kind, subject, camera string, detail map[string]any) {
	r.t.Helper()
	err := r.d.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, actor.Act(r.now.Load(), kind, subject, camera, detail))
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// wishes are a rule, an order and the release of a hold that wait for others.
type wishes struct {
	rule  retention.Change
	order order.Order
	hold  hold.Hold
}

func (r *logged) wish() (w wishes) {
	r.t.Helper()
	var errs [3]error
	ctx, n := r.t.Context(), 40
	w.rule, errs[0] = r.rules.Set(ctx, r.chief, retention.Wish{Class: retention.Main, Existing: true, Reason: "a reason",
		Rule: retention.Rule{MinDays: 40, MinBasis: retention.Own, MinNote: "own", MaxDays: &n, MaxBasis: retention.Own, MaxNote: "own"}})
	w.order, errs[1] = r.orders.Request(ctx, r.lead, order.New{Ground: order.Erasure, Reason: "reason", Document: "7", Cameras: []string{r.gate}, From: present - 31*day, To: present - 29*day})
	w.hold = r.rig.hold(r.gate, present-50*day, present-48*day)
	_, errs[2] = r.holds.AskRelease(ctx, r.lead, w.hold.ID, "it is over")
	if err := errors.Join(errs[:]...); err != nil {
		r.t.Fatal(err)
	}
	return w
}

// TestNobodyDecidesOnWhatWasNotAskedFor: a row that somebody changed between the wish and the
// decision is not approved; as it was, it is.
func TestNobodyDecidesOnWhatWasNotAskedFor(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.start()
		w := r.wish()
		decide := map[string]func(context.Context) error{
			"rule": func(ctx context.Context) error {
				_, err := r.rules.Decide(ctx, r.boss, w.rule.ID, true, "")
				return err
			},
			"order": func(ctx context.Context) error {
				_, err := r.orders.Decide(ctx, r.boss, w.order.ID, true, "")
				return err
			},
			"hold": func(ctx context.Context) error {
				_, err := r.holds.Decide(ctx, r.boss, w.hold.ID, true, "")
				return err
			},
		}
		for _, c := range []struct{ of, set, back string }{
			{"rule", "UPDATE retention_rules SET min_days = 7", "UPDATE retention_rules SET min_days = 40"},
			{"rule", "UPDATE retention_rules SET existing = ''", "UPDATE retention_rules SET existing = 'yes'"},
			{"rule", "UPDATE retention_rules SET reason = 'another'", "UPDATE retention_rules SET reason = 'a reason'"},
			{"rule", "UPDATE retention_rules SET asked_by = 'x'", "UPDATE retention_rules SET asked_by = '" + r.chief.Person + "'"},
			{"order", "UPDATE deletion_orders SET from_at = from_at + 1", "UPDATE deletion_orders SET from_at = from_at - 1"},
			{"order", "UPDATE deletion_orders SET reason = 'another'", "UPDATE deletion_orders SET reason = 'reason'"},
			{"order", "UPDATE deletion_order_cameras SET camera = 'elsewhere'", "UPDATE deletion_order_cameras SET camera = '" + r.gate + "'"},
			{"hold", "UPDATE holds SET to_at = to_at - 1", "UPDATE holds SET to_at = to_at + 1"},
			{"hold", "UPDATE holds SET reason = 'another'", "UPDATE holds SET reason = 'reason'"},
			{"hold", "UPDATE hold_releases SET reason = 'another'", "UPDATE hold_releases SET reason = 'it is over'"},
		} {
			r.bare(c.set)
			if err := decide[c.of](t.Context()); !errors.Is(err, warrant.ErrAltered) {
				t.Errorf("%s: %v", c.set, err)
			}
			r.bare(c.back)
		}
		for of, do := range decide {
			if err := do(t.Context()); err != nil {
				t.Errorf("%s as it was asked for: %v", of, err)
			}
		}
	})
}

// bare changes a row past the triggers.
func (r *logged) bare(sql string) {
	r.t.Helper()
	err := r.d.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := dbtest.Unguard(ctx, tx, r.d); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, sql)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestAnApprovalOfSomethingElse: whoever approved of less than was asked for has allowed
// nothing, and it is told.
func TestAnApprovalOfSomethingElse(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	for name, do := range map[string]func(r *logged, w wishes) (untrue string){
		"a rule": func(r *logged, w wishes) string {
			r.bare("UPDATE retention_rules SET decided_at = 1, decided_by = 'x', decision = 'approved', in_force_at = 1")
			r.act(r.boss, "retention.change_approved", w.rule.ID, "", map[string]any{"class": "main", "existing": true, "in_force": 1, "asked_by": r.chief.Person,
				"after": map[string]any{"minimum": 95, "minimum_basis": "own", "minimum_note": "own", "maximum": nil}})
			return "retention_rules " + w.rule.ID
		},
		"an order": func(r *logged, w wishes) string {
			r.bare("UPDATE deletion_orders SET state = 'approved', decided_at = 1")
			for _, who := range []access.Actor{r.boss, r.chief} {
				r.act(who, "deletion.approved", w.order.ID, r.gate, map[string]any{"cameras": []string{r.gate}, "of": 1, "from": w.order.From, "to": w.order.From + 1})
			}
			return "deletion_orders " + w.order.ID
		},
		"the release of a hold": func(r *logged, w wishes) string {
			r.bare("UPDATE holds SET released_at = 1, released_by = 'x'")
			r.act(r.boss, "hold.released", w.hold.ID, r.gate, map[string]any{"cameras": []string{r.gate}, "of": 1, "from": w.hold.From, "to": w.hold.From + 1, "asked_by": r.lead.Person})
			return "holds " + w.hold.ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				files := r.record(r.gate, 30, 3)
				r.open()
				what := do(r, r.wish())
				r.untrue(what)
				r.confirm()
				if rep := r.pass(); rep.Removed > 0 {
					t.Errorf("%+v", rep)
				}
				r.has(files)
			})
		})
	}
}
