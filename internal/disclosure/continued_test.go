package disclosure_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/disclosure"
	asks "watchroom/internal/disclosure/second"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
)

// TestAViewingGoesOnByAnotherRule: each rule by which footage is shown is on record before it is,
// once for each viewing and camera, and by which one the viewing was opened is not told again.
func TestAViewingGoesOnByAnotherRule(t *testing.T) {
	clause.Covers(t, "C094", "C111")
	each(t, func(t *testing.T, r *room) {
		by := func(rule string) access.Actor {
			p := playback(0, false, false)
			p.ID = rule
			return r.under([]access.Rule{p}, nil)
		}
		v, err := r.Open(t.Context(), by("plain"), []string{r.gate, r.hall}, begin, begin+60*second, disclosure.Incident, "a box is missing")
		if err != nil {
			t.Fatal(err)
		}
		look := func(on *disclosure.Viewings, rule, camera string) {
			t.Helper()
			if err := on.Check(t.Context(), v.ID, by(rule), camera, begin, begin+second); err != nil {
				t.Error(err)
			}
		}
		told := func() (rules []string) {
			for _, a := range slices.Backward(r.acts()) {
				if a.Kind == "viewing.continued" {
					d := a.Detail[access.KeyDecision].(map[string]any)
					if a.Subject != v.ID || a.Detail["to"] != float64(v.To) || a.Detail["from"] != float64(v.From) || d["position"] != "operator" {
						t.Errorf("%+v", a)
					}
					rules = append(rules, d["rule"].(string))
				}
			}
			slices.Sort(rules)
			return rules
		}
		expect := func(want ...string) {
			t.Helper()
			if got := told(); !slices.Equal(got, want) {
				t.Fatalf("%v, want %v", got, want)
			}
		}
		look(r.Viewings, "plain", r.gate)
		expect()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { look(r.Viewings, "other", r.gate) })
		}
		all.Wait()
		look(r.Viewings, "plain", r.gate)
		expect("other")
		look(r.Viewings, "other", r.hall)
		expect("other", "other")
		// Another process reads by which rule it was opened, and tells once more by which it goes on.
		again := &disclosure.Viewings{DB: r.DB, Clock: r.clock, Rules: r.Rules}
		look(again, "plain", r.gate)
		expect("other", "other")
		look(again, "other", r.gate)
		look(again, "other", r.gate)
		expect("other", "other", "other")
		// Asking for a second person shows nothing.
		again = &disclosure.Viewings{DB: r.DB, Clock: r.clock, Rules: r.Rules, Seconds: &asks.Asks{DB: r.DB, Clock: r.clock}}
		if _, err := again.AskToKeep(t.Context(), by("third"), disclosure.Picture{Camera: r.gate, At: begin, Viewing: v.ID}); err == nil {
			t.Error("a picture was asked for that nobody may keep")
		}
		expect("other", "other", "other")

		if err := r.execute(noMore(r)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Check(t.Context(), v.ID, by("third"), r.gate, begin, begin+second); !errors.Is(err, ledger.ErrNotRecorded) {
				t.Errorf("without a record: %v", err)
			}
		}
		look(r.Viewings, "other", r.gate)
		r.DB.Close()
		if err := r.Check(t.Context(), v.ID, by("third"), r.gate, begin, begin+second); !errors.Is(err, ledger.ErrNotRecorded) {
			t.Errorf("without a database: %v", err)
		}
	})
}
