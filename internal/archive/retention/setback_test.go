package retention_test

import (
	"testing"

	"watchroom/internal/archive"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// decided is what people decide that lets footage of 30 and of 100 days go.
var decided = map[string]func(r *logged){
	"an order":  func(r *logged) { r.order(r.gate, present-101*day, present-29*day) },
	"a maximum": func(r *logged) { r.set("", maximum(95)) },
	"the release of a hold": func(r *logged) {
		r.now.Add(-3600 * second)
		h := r.hold(r.gate, present-101*day, present-99*day)
		r.now.Add(3600 * second)
		r.set("", maximum(95))
		if _, err := r.holds.AskRelease(r.t.Context(), r.lead, h.ID, "it is over"); err != nil {
			r.t.Fatal(err)
		}
		if _, err := r.holds.Decide(r.t.Context(), r.boss, h.ID, true, ""); err != nil {
			r.t.Fatal(err)
		}
	},
}

// TestTheClockWasSetBackSincePeopleDecided: it was an hour ahead when they did. What is
// removed then is lawful by its place in the log, and a removal that was half done is
// finished.
func TestTheClockWasSetBackSincePeopleDecided(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	for name, decide := range decided {
		for _, killed := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, d *db.DB) {
					r := newLogged(t, d)
					r.record(r.gate, 100, 1)
					r.open()
					r.now.Add(3600 * second)
					decide(r)
					r.settle()
					r.now.Add(-3600 * second)
					if killed {
						r.at = func(step string) {
							if step == "remove" {
								panic(errKilled)
							}
						}
						func() {
							defer func() { _ = recover() }()
							r.engine.Pass(t.Context())
						}()
						r.at = func(string) {}
						r.start()
					}
					r.pass()
					if why := r.frozen(); len(why) > 0 {
						t.Fatalf("frozen because of %q", why)
					}
					r.has(nil)
					r.judged(func(warrant.Place) bool { return true }, true)
					r.judged(func(p warrant.Place) bool { return p.Before(warrant.Place{Log: logName, Leaf: 1 << 40}) }, true)
					r.judged(func(p warrant.Place) bool { return p.Before(warrant.Place{Log: "another", Leaf: 1 << 40}) }, false)
				})
			})
		}
	}
}

// judged asks of every removal whether it was lawful where these acts were in the log.
func (r *logged) judged(before func(warrant.Place) bool, want bool) {
	r.t.Helper()
	var all []archive.Tombstone
	if err := r.d.Read().NewSelect().Model(&all).Scan(r.t.Context()); err != nil || len(all) == 0 {
		r.t.Fatal(len(all), err)
	}
	w := r.warrants()
	for i := range all {
		if err := w.FoundedAfter(&all[i], all[i].At, before); (err == nil) != want {
			r.t.Errorf("%s: %v", all[i].File, err)
		}
	}
}

// TestAHoldWhoseRowWasChanged: nobody could release it, since who approves would be shown
// something else. It is named, and goes on with the words of its acts, to be released.
func TestAHoldWhoseRowWasChanged(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	for _, set := range []string{"reason = 'x'", "owner = 'x'", "document = 'x'", "kind = 'notice'", "to_at = from_at + 1000000"} {
		t.Run(set, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				files := r.record(r.gate, 100, 1)
				r.open()
				h := r.hold(r.gate, present-101*day, present-99*day)
				r.set("", maximum(95))
				r.bare("UPDATE holds SET " + set)
				r.untrue("holds " + h.ID)
				r.has(files)
				r.confirm()
				if rep := r.pass(); rep.Blocked != nil {
					t.Fatalf("%+v %q", rep, r.frozen())
				}
				all, err := r.holds.Standing(t.Context())
				if err != nil || len(all) != 1 {
					t.Fatalf("%+v, %v", all, err)
				}
				one := all[0]
				if one.ID == h.ID || one.Reason != h.Reason || one.Owner != h.Owner || one.Document != h.Document || one.Kind != h.Kind || one.From != h.From || one.To != h.To || one.PlacedBy != h.PlacedBy {
					t.Errorf("it is %+v, was %+v", one, h)
				}
				r.start() // and as others see it who begin
				if rep := r.pass(); rep.Blocked != nil {
					t.Fatalf("%+v %q", rep, r.frozen())
				}
				r.has(files)
				_, err = r.holds.AskRelease(t.Context(), r.lead, one.ID, "it is over")
				if err == nil {
					_, err = r.holds.Decide(t.Context(), r.boss, one.ID, true, "")
				}
				if err != nil {
					t.Fatal(err)
				}
				r.pass()
				r.has(nil)
			})
		})
	}
}
