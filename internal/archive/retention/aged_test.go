package retention_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// warrants are what whoever verifies believes, with or without the steps of the clock.
func (r *logged) warrants() *retention.Warrants {
	r.t.Helper()
	w, _, err := retention.WarrantsOf(r.t.Context(), &warrant.Reader{Log: proving{r.log}}, r.d)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// aged gives what rows say of how old footage is.
func (r *logged) aged() (at []int64) {
	r.t.Helper()
	if err := r.d.Read().NewRaw("SELECT aged_at FROM segments ORDER BY start_at").Scan(r.t.Context(), &at); err != nil {
		r.t.Fatal(err)
	}
	return at
}

// TestRowsThatSayFootageIsOlderThanItsJournals: nobody makes fresh footage, recorded under a
// clock that was behind, as old as its times by a row. It stays, removal is frozen, the row
// is put right, and whoever verifies would name the removal.
func TestRowsThatSayFootageIsOlderThanItsJournals(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	for name, sql := range map[string][]string{
		"rows":               {"UPDATE segments SET aged_at = end_at"},
		"rows of no age":     {"UPDATE segments SET aged_at = 0"},
		"rows and the steps": {"UPDATE segments SET aged_at = end_at", "DELETE FROM clock_steps"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				behind, began := r.record(r.gate, 200, 2), present-200*day
				r.step(r.gate, began+1200*second, present-5*day)
				far := r.record(r.yard, 2517, 1) // nobody knows how old
				r.open()
				r.set("", maximum(95))
				r.pass()
				r.has(behind, far)
				is := r.aged()
				for _, one := range sql {
					r.bare(one)
				}
				named := ""
				for range 3 { // a reason stands once
					if rep := r.pass(); rep.Removed > 0 {
						t.Errorf("%+v", rep)
					}
					r.has(behind, far)
					if why := r.frozen(); why != nil {
						named += strings.Join(why, " ")
						r.confirm()
					}
				}
				if !strings.Contains(named, "records_untrue segments "+behind[0]) || strings.Contains(named, far[0]) != (name != "rows of no age") {
					t.Errorf("frozen because of %q", named)
				}
				for i, at := range r.aged() {
					if at != is[i] {
						t.Errorf("row %d: %d, was %d", i, at, is[i])
					}
				}
				w := r.warrants()
				dead := archive.Tombstone{Camera: r.gate, StartAt: began, EndAt: began + 600*second, Ground: journal.GroundMaximum, Authority: "x"}
				if err := w.Founded(&dead, present); err != nil {
					t.Errorf("by its times alone: %v", err)
				}
				journals := &stepped.Journals{Roots: func() []string { return []string{r.v.Root} }}
				w.Then = func(camera string, end, at int64) (int64, error) { return journals.Then(t.Context(), camera, end, at) }
				if err := w.Founded(&dead, present); err == nil || !strings.Contains(err.Error(), "maximum") {
					t.Errorf("by its journals: %v", err)
				}
				r.now.Add(91 * day)
				r.pass()
				r.has(far)
			})
		})
	}
}

// TestAStepThatOnlyTheRecorderNoted: the camera was away when the clock was set, so that
// only the journal of the recorder tells of it. The footage stays, and nobody has lied.
func TestAStepThatOnlyTheRecorderNoted(t *testing.T) {
	clause.Covers(t, "C090")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.record(r.gate, 300, 2) // even so past its maximum
		behind := r.record(r.gate, 200, 2)
		w := journal.Writer{Root: r.v.Root, Camera: journal.Node}
		by := 195 * day
		if err := w.Append(present-5*day, journal.Record{Kind: journal.KindTime, At: present - 5*day + 7200*second, State: "synchronised", Step: &by}); err != nil {
			t.Fatal(err)
		}
		w.Close()
		r.open()
		r.set("", maximum(95))
		for range 2 { // the rows learn of it first
			r.pass()
		}
		r.has(behind)
		if why := r.frozen(); len(why) > 0 {
			t.Errorf("frozen because of %q", why)
		}
	})
}

// TestOneAloneLowersNothing: a row that nobody made does not let one person alone bring a
// minimum below 90 days into force, and an act by which one did counts for nothing. What
// one person could do in v0.2.0 goes on counting.
func TestOneAloneLowersNothing(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	const planted = "00000000000000000000000000"
	n := 30
	low := retention.Rule{MinDays: 30, MinBasis: retention.Order799, MaxDays: &n, MaxBasis: retention.Order799}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 40, 1)
		r.open()
		r.rules.Warrants = &warrant.Reader{Log: proving{r.log}, Passing: true}
		r.forge(planted, "", 30, 31, 1)
		c, err := r.rules.Set(t.Context(), r.chief, retention.Wish{Class: retention.Main, Rule: low, Reason: "a reason"})
		if err != nil || !c.Waiting() {
			t.Fatalf("%+v, %v", c, err)
		}
		r.rules.Warrants = nil // a program that believed the table
		if _, err := r.rules.Withdraw(t.Context(), r.chief, c.ID); err != nil {
			t.Fatal(err)
		}
		c, err = r.rules.Set(t.Context(), r.chief, retention.Wish{Class: retention.Main, Rule: low, Reason: "a reason"})
		if err != nil || c.Waiting() {
			t.Fatalf("%+v, %v", c, err)
		}
		r.bare("DELETE FROM retention_rules WHERE id = '" + planted + "'")
		r.untrue("retention_rules " + c.ID)
		r.confirm()
		r.pass()
		r.has(files)
		later := r.record(r.gate, -1, 1)
		r.taken(r.gate)
		r.now.Add(40 * day)
		r.pass()
		r.has(files, later)
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.start()
		r.made("v020", r.lead.Person, 30)
		if rep := r.pass(); rep.Blocked != nil {
			t.Fatalf("%+v %q", rep, r.frozen())
		}
		r.now.Add(day)
		r.set("", retention.Rule{MinDays: 60, MinBasis: retention.Order799})
		r.now.Add(day)
		if rep := r.pass(); rep.Blocked != nil {
			t.Fatalf("%+v %q", rep, r.frozen())
		}
		r.now.Add(day)
		r.made("pretends", r.lead.Person, 30) // behind an act of the present version
		r.untrue("retention_rules pretends")
	})
}

// made is a rule that one person made as v0.2.0 recorded it.
func (r *logged) made(id, person string, days int) {
	r.t.Helper()
	at := r.now.Load()
	r.write("INSERT INTO retention_rules (id, camera, class, inherits, min_days, min_basis, min_note, max_basis, max_note, reason, existing, asked_by, asked_at, note, in_force_at) VALUES (?, '', 'main', '', ?, 'order_799', '', '', '', 'r', '', ?, ?, '', ?)",
		id, days, person, at, at)
	rule := func(days int, basis string) map[string]any {
		return map[string]any{"minimum": days, "minimum_basis": basis, "minimum_note": "", "maximum": nil}
	}
	detail := map[string]any{"class": "main", "reason": "r", "existing": false, "in_force": at, "before": rule(90, "regime"), "after": rule(days, "order_799")}
	err := r.d.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error { // it says nothing of by what right
		return ledger.Record(ctx, tx, ledger.Act{At: at, Person: person, Kind: "retention.changed", Subject: id, Detail: detail})
	})
	if err != nil {
		r.t.Fatal(err)
	}
}
