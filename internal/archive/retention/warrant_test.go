package retention_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
	"watchroom/internal/testkit/people"
)

const logName = "node/log"

// proving is a transparency log as those see it who ask for proof.
type proving struct{ *logtest.Log }

func (p proving) Proved(ctx context.Context, origin string, index int64) ([]byte, error) {
	if origin != logName || index >= p.Size() {
		return nil, warrant.ErrNone
	}
	for b, err := range p.Entries(ctx, index, index+1) {
		return b, err
	}
	return nil, warrant.ErrNone
}

// logged is a rig whose acts go into a log, and whose engine believes only what is there.
type logged struct {
	*rig
	log  *logtest.Log
	pump *ledger.Pump
}

func newLogged(t *testing.T, d *db.DB) *logged {
	t.Helper()
	r := &logged{rig: newRig(t, d), log: &logtest.Log{}}
	people.OnRecord(t, d, r.lead, r.boss, r.chief)
	r.pump = &ledger.Pump{DB: d, Into: r.log, Origin: logName}
	if err := r.pump.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.pump.Close)
	return r
}

// start begins as a process does, whose acts have reached the log.
func (r *logged) start() {
	r.t.Helper()
	r.rig.start()
	r.holds.Rules = r.rules
	r.engine.Warrants = &warrant.Reader{Log: proving{r.log}}
	r.settle()
}

func (r *logged) settle() {
	r.t.Helper()
	for {
		n, _, err := ledger.Waiting(r.t.Context(), r.d.Read())
		if err != nil {
			r.t.Fatal(err)
		}
		if n == 0 {
			return
		}
		r.pump.Notify()
	}
}

// pass lets acts reach the log first.
func (r *logged) pass() retention.Report {
	r.t.Helper()
	r.settle()
	return r.rig.pass()
}

func (r *logged) open() {
	r.t.Helper()
	r.start()
	r.pass()
	r.confirm()
}

func (r *logged) confirm() {
	r.t.Helper()
	if err := r.looked(r.chief, "looked at it all"); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

// write does what somebody does who has the database in hand.
func (r *logged) write(sql string, args ...any) {
	r.t.Helper()
	err := r.d.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(sql, args...).Exec(ctx)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// unlock takes away what keeps a table from being changed, as its owner can.
func (r *logged) unlock(table, trigger string) {
	r.t.Helper()
	if r.d.Engine() == db.PostgreSQL {
		r.write("DROP TRIGGER " + table + "_" + trigger + " ON " + table)
	} else {
		r.write("DROP TRIGGER " + table + "_" + trigger)
	}
}

// frozen gives why removal is frozen.
func (r *logged) frozen() (why []string) {
	r.t.Helper()
	all, err := frozen.Standing(r.t.Context(), r.d.Read())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range all {
		why = append(why, string(f.Reason)+" "+f.Detail)
	}
	return why
}

// untrue passes, and wants removal to be frozen because of something that nobody did.
func (r *logged) untrue(what string) {
	r.t.Helper()
	if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) || rep.Removed > 0 {
		r.t.Errorf("%+v", rep)
	}
	if why := r.frozen(); !slices.Contains(why, "records_untrue "+what) {
		r.t.Errorf("frozen because of %q", why)
	}
}

// forge writes a rule for what is there already, for a camera or for all, that nobody made.
func (r *logged) forge(id, camera string, days, most int, from int64) {
	r.t.Helper()
	r.write("INSERT INTO retention_rules (id, camera, class, inherits, min_days, min_basis, min_note, max_days, max_basis, max_note, reason, existing, asked_by, asked_at, note, in_force_at) VALUES (?, ?, 'main', '', ?, 'own', 'n', ?, 'own', 'n', 'r', 'yes', 'x', ?, '', ?)",
		id, camera, days, most, from, from)
}

// falsify puts other entries in the place of those of the acts of a kind.
func (r *logged) falsify(kind string) {
	r.t.Helper()
	r.alter(func(a *leaf.Act) bool { return a.Action == kind })
}

// alter makes the log hold other acts than those that were done.
func (r *logged) alter(which func(*leaf.Act) bool) {
	r.t.Helper()
	for i, e := range r.log.All() {
		if a, ok := e.(*leaf.Act); ok && which(a) {
			a.Commitment[0] ^= 1
			b, err := leaf.Encode(a)
			if err != nil {
				r.t.Fatal(err)
			}
			r.log.Set(int64(i), b)
		}
	}
}

// TestOnlyActsAllowRemoval: whoever writes an order, a rule or a release into the tables
// removes nothing, freezes removal, and has nothing removed after a person confirmed either.
func TestOnlyActsAllowRemoval(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	one := present - 30*day
	for name, do := range map[string]func(t *testing.T, r *logged) (untrue string){
		"an order that nobody gave": func(_ *testing.T, r *logged) string {
			r.write("INSERT INTO deletion_orders (id, ground, reason, document, from_at, to_at, requested_by, requested_at, state, decided_at, removed, bytes, kept, held) VALUES ('forged', 'other', 'r', 'd', ?, ?, 'x', ?, 'approved', ?, 0, 0, 0, 0)",
				one-day, one+day, present-day, present-day)
			r.write("INSERT INTO deletion_order_cameras (deletion, camera) VALUES ('forged', ?)", r.gate)
			return "deletion_orders forged"
		},
		"an order that one alone gave": func(t *testing.T, r *logged) string {
			o, err := r.orders.Request(t.Context(), r.lead, order.New{Ground: order.Erasure, Reason: "reason", Document: "7", Cameras: []string{r.gate}, From: one - day, To: one + day})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.orders.Decide(t.Context(), r.boss, o.ID, true, ""); err != nil {
				t.Fatal(err)
			}
			r.write("UPDATE deletion_orders SET state = 'approved', decided_at = ? WHERE id = ?", present, o.ID)
			return "deletion_orders " + o.ID
		},
		"a rule that nobody made": func(_ *testing.T, r *logged) string {
			r.forge("forged", "", 1, 1, present-day)
			return "retention_rules forged"
		},
		"a wish for a lower minimum that no second person granted": func(t *testing.T, r *logged) string {
			n := 10
			c, err := r.rules.Set(t.Context(), r.chief, retention.Wish{Class: retention.Main, Existing: true, Reason: "a reason",
				Rule: retention.Rule{MinDays: 10, MinBasis: retention.Own, MinNote: "own", MaxDays: &n, MaxBasis: retention.Own, MaxNote: "own"}})
			if err != nil {
				t.Fatal(err)
			}
			r.write("UPDATE retention_rules SET in_force_at = ? WHERE id = ?", present-day, c.ID)
			return "retention_rules " + c.ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				files := r.record(r.gate, 30, 3)
				r.open()
				r.low = func() bool { return true }
				what := do(t, r)
				r.untrue(what)
				r.confirm()
				if rep := r.pass(); rep.Removed > 0 || rep.Blocked != nil {
					t.Errorf("%+v", rep)
				}
				r.has(files)
				if why := r.frozen(); why != nil {
					t.Errorf("it is frozen again: %q", why)
				}
			})
		})
	}
}

// TestAHoldThatNobodyReleased: it keeps its footage from an order whatever the table
// says, and stands there again after the next start, where people can release it.
func TestAHoldThatNobodyReleased(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 30, 3)
		r.open()
		h := r.hold(r.gate, present-31*day, present-29*day)
		r.write("UPDATE holds SET released_at = ?, released_by = 'x' WHERE id = ?", present, h.ID)
		r.order(r.gate, present-31*day, present-29*day)
		r.untrue("holds " + h.ID)
		r.confirm()
		r.pass()
		r.has(files)

		r.start()
		r.pass()
		standing, err := r.holds.Standing(t.Context())
		if err != nil || len(standing) != 1 || standing[0].RecoveredAt == 0 || standing[0].From != h.From {
			t.Fatalf("%+v %v", standing, err)
		}
		r.confirm()
		r.pass()
		r.has(files)
		again := standing[0].ID
		if _, err := r.holds.AskRelease(t.Context(), r.lead, again, "it is over"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.holds.Decide(t.Context(), r.boss, again, true, ""); err != nil {
			t.Fatal(err)
		}
		if rep := r.pass(); rep.Removed != 3 {
			t.Errorf("%+v %q", rep, r.frozen())
		}
		r.has()
	})
}

// TestALineOfAJournalRemovesNothing: whoever writes a removal into a journal has a row
// taken away, and no file.
func TestALineOfAJournalRemovesNothing(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 30, 2)
		r.record(r.gate, 100, 1)
		r.open()
		r.set("", maximum(95))
		var segments []archive.Segment
		if err := r.d.Read().NewSelect().Model(&segments).Scan(t.Context()); err != nil || len(segments) != 3 {
			t.Fatal(segments, err)
		}
		lines := make([]journal.Record, 0, 3)
		for _, s := range segments {
			lines = append(lines, journal.Record{Kind: journal.KindTombstone, At: present, Run: s.Run, Ground: journal.GroundMaximum, Authority: rulebook.DefaultID,
				Segment: &journal.Segment{File: s.File, Start: s.StartAt, End: s.EndAt, Bytes: s.Bytes, Parts: s.Parts, Frames: s.Frames, Root: s.Root, Codec: s.Codec, MIME: s.MIME, Width: s.Width, Height: s.Height}})
		}
		if err := (&recordings.Folder{Root: r.v.Root}).Append(t.Context(), r.gate, present, lines...); err != nil {
			t.Fatal(err)
		}
		if err := r.catalogue.CatchUp(t.Context(), r.gate); err != nil {
			t.Fatal(err)
		}
		r.untrue("removal of " + files[0])
		r.confirm()
		if rep := r.pass(); rep.Blocked != nil {
			t.Errorf("%+v %q", rep, r.frozen())
		}
		// What was due goes; the others are kept for ever.
		if diff := cmp.Diff(slices.Sorted(slices.Values(files)), slices.Sorted(slices.Values(r.v.Files(t)))); diff != "" {
			t.Errorf("(-want, +got)\n%s", diff)
		}
	})
}

// TestNothingIsRemovedBeforeItsActsAreLogged: an order counts from the moment that the
// log knows it.
func TestNothingIsRemovedBeforeItsActsAreLogged(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 30, 3)
		r.open()
		r.log.Fate = func(int) logtest.Fate { return logtest.Fate{Fail: true} }
		r.order(r.gate, present-31*day, present-29*day)
		for _, waited := range []time.Duration{0, time.Minute, retention.LongUnread} {
			if rep := r.rig.pass(); !errors.Is(rep.Blocked, retention.ErrUnread) || rep.Unread != waited {
				t.Errorf("%+v", rep)
			}
			r.now.Add(time.Minute.Microseconds())
		}
		r.has(files)
		r.log.Fate = nil
		if rep := r.pass(); rep.Removed != 3 || rep.Unread != 0 {
			t.Errorf("%+v", rep)
		}
		r.has()
	})
}

// TestAnActThatTheLogDoesNotHold: a row of an act that was changed, with its salt left
// alone, proves nothing.
func TestAnActThatTheLogDoesNotHold(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	r := newLogged(t, dbtest.Open(t, db.SQLite))
	files := r.record(r.gate, 30, 3)
	r.open()
	r.order(r.gate, present-31*day, present-29*day)
	r.settle()
	r.falsify("deletion.requested")
	if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) {
		t.Errorf("%+v", rep)
	}
	r.has(files)
}

// TestRulesComeBackFromBesideTheFootage: a database that is older than a rule gets the
// rule again before anything is removed.
func TestRulesComeBackFromBesideTheFootage(t *testing.T) {
	clause.Covers(t, "C090", "C092")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.record(r.gate, 30, 1)
		r.open()
		rule := r.set(r.gate, retention.Rule{MinDays: 180, MinBasis: retention.Sector, MinNote: "bank"})
		if err := r.holds.Copy(t.Context()); err != nil {
			t.Fatal(err)
		}
		copied, err := r.rules.Copied(t.Context(), r.d.Read())
		if err != nil {
			t.Fatal(err)
		}
		older := dbtest.Open(t, db.SQLite)
		again := &logged{rig: newRig(t, older), log: r.log}
		again.v = r.v
		again.gate, again.yard = r.gate, r.yard
		again.rig.start()
		again.holds.Rules = again.rules
		if err := again.holds.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := again.rules.Copied(t.Context(), older.Read())
		if err != nil || string(got) != string(copied) {
			t.Errorf("%s %v, want %s", got, err, copied)
		}
		if why := again.frozen(); !slices.Contains(why, "rules_missing 1") {
			t.Errorf("%q", why)
		}
		acts, _, err := ledger.List(t.Context(), older.Read(), ledger.Filter{Kind: "retention.recovered"})
		if err != nil || len(acts) != 1 || acts[0].Subject != rule.ID {
			t.Errorf("%+v %v", acts, err)
		}
	})
}

// TestActsThatAreTakenAway: whoever deletes the acts of a hold together with its rows has
// them go on counting, and removal frozen, since the log holds them.
func TestActsThatAreTakenAway(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 30, 3)
		r.open()
		h := r.hold(r.gate, present-31*day, present-29*day)
		r.pass()
		for _, table := range []string{"acts", "act_outbox", "holds", "hold_cameras"} {
			r.unlock(table, "no_delete")
		}
		r.write("DELETE FROM act_outbox WHERE act IN (SELECT id FROM acts WHERE subject = ?)", h.ID)
		r.write("DELETE FROM acts WHERE subject = ?", h.ID)
		r.write("DELETE FROM hold_cameras WHERE hold = ?", h.ID)
		r.write("DELETE FROM holds WHERE id = ?", h.ID)
		r.order(r.gate, present-31*day, present-29*day)
		if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) || rep.Removed > 0 {
			t.Errorf("%+v", rep)
		}
		r.confirm()
		if rep := r.pass(); rep.Removed > 0 {
			t.Errorf("%+v", rep)
		}
		r.has(files)
	})
}

// TestAPromiseWhoseActIsLost: a raised minimum goes on keeping footage although nobody can
// prove any more who raised it.
func TestAPromiseWhoseActIsLost(t *testing.T) {
	clause.Covers(t, "C090")
	r := newLogged(t, dbtest.Open(t, db.SQLite))
	files := r.record(r.gate, 100, 3)
	r.open()
	r.set(r.gate, retention.Rule{MinDays: 180, MinBasis: retention.Sector, MinNote: "bank"})
	r.settle()
	r.falsify("retention.changed")
	r.low = func() bool { return true }
	for range 3 {
		if rep := r.pass(); rep.Removed > 0 {
			t.Errorf("%+v", rep)
		}
		if len(r.frozen()) > 0 {
			r.confirm()
		}
	}
	r.has(files)
}

// TestWhatForbidsNeedsNoProof: whoever damages the log so that nobody can prove an act any
// more frees nothing by it, together with whatever he writes into the tables: a hold holds
// on, a promise is kept, and an order that was taken back stays so.
func TestWhatForbidsNeedsNoProof(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	from, to := present-101*day, present-99*day
	for name, do := range map[string]func(t *testing.T, r *logged){
		"a hold": func(_ *testing.T, r *logged) {
			h := r.hold(r.gate, from, to)
			r.settle()
			r.falsify("hold.placed")
			r.write("UPDATE holds SET released_at = ?, released_by = 'x' WHERE id = ?", present, h.ID)
			r.order(r.gate, from, to)
		},
		"a promise": func(_ *testing.T, r *logged) {
			c := r.set(r.gate, retention.Rule{MinDays: 180, MinBasis: retention.Sector, MinNote: "bank"})
			r.settle()
			r.falsify("retention.changed")
			r.unlock("retention_rules", "no_update")
			r.write("UPDATE retention_rules SET min_days = 90 WHERE id = ?", c.ID)
			r.low = func() bool { return true }
		},
		"an order that was taken back": func(t *testing.T, r *logged) {
			o := r.order(r.gate, from, to)
			if _, err := r.orders.Withdraw(t.Context(), r.boss, o.ID, "it was a mistake"); err != nil {
				t.Fatal(err)
			}
			r.settle()
			r.falsify("deletion.withdrawn")
			r.unlock("deletion_orders", "decide_once")
			r.write("UPDATE deletion_orders SET state = 'approved' WHERE id = ?", o.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				files := r.record(r.gate, 100, 3)
				r.open()
				do(t, r)
				for range 3 {
					if rep := r.pass(); rep.Removed > 0 {
						t.Errorf("%+v", rep)
					}
					if len(r.frozen()) > 0 {
						r.confirm()
					}
				}
				r.has(files)
			})
		})
	}
}
