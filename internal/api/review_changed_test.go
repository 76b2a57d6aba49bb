package api

import (
	"fmt"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/testkit/clause"
)

// TestWhatAReviewerConfirmsIsWhatTheLineSays: a position that is wider by now, given by one
// alone, is not confirmed unseen; the line is renewed first.
func TestWhatAReviewerConfirmsIsWhatTheLineSays(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.holds("operator", access.Operator, "east")
	type held struct {
		ID, Person, Position, Decision string
		Areas                          []string
		Alone                          bool
		Now                            *struct{ Areas []string }
	}
	type campaign struct {
		ID    string
		Items []held
	}
	const all = "/api/v1/rights-reviews"
	one := get[campaign](h, "auditor", "POST", all, `{"note":"the yearly one"}`, 201)
	line := func(r campaign) held {
		for _, i := range r.Items {
			if i.Person == h.person("operator") {
				return i
			}
		}
		t.Fatal("the operator has no line")
		return held{}
	}
	alone := func() bool {
		for _, l := range get[struct{ Items []held }](h, "auditor", "GET", all+"/held", "", 200).Items {
			if l.Person == h.person("operator") {
				return l.Alone
			}
		}
		return false
	}
	h.holds("operator", access.Operator) // everywhere, by one alone on the machine
	decide := func(decision, reason string) string {
		return fmt.Sprintf(`{"items":[%q],"decision":%q,"reason":%q}`, line(one).ID, decision, reason)
	}
	to := all + "/" + one.ID + "/decisions"
	h.run([]scenario{{name: "unseen", as: "auditor", method: "POST", path: to, body: decide("confirmed", "guards the east"), status: 409,
		content: []string{"review_changed", `"differs":["areas","since"]`, line(one).ID}}})
	if !alone() {
		t.Error("what nobody saw is confirmed")
	}
	if i := line(get[campaign](h, "auditor", "GET", all+"/"+one.ID, "", 200)); i.Now == nil || len(i.Now.Areas) != 0 || len(i.Areas) != 1 {
		t.Errorf("the line does not tell: %+v", i)
	}
	if i := line(get[campaign](h, "auditor", "POST", to, decide("renewed", ""), 200)); i.Now != nil || len(i.Areas) != 0 || i.Decision != "" || !i.Alone {
		t.Errorf("renewed: %+v", i)
	}
	if i := line(get[campaign](h, "auditor", "POST", to, decide("confirmed", "guards it all"), 200)); i.Decision != "confirmed" {
		t.Errorf("%+v", i)
	}
	if alone() {
		t.Error("what a review confirmed counts as given by one alone")
	}
}
