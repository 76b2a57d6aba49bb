package api

import (
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/testkit/clause"
)

// TestWhatIsAskedOfAPositionIsAskedOfThoseThatGoByIt: nobody gets past a rule that two people
// made by adding a position, which takes one (decision 0055).
func TestWhatIsAskedOfAPositionIsAskedOfThoseThatGoByIt(t *testing.T) {
	clause.Covers(t, "C113")
	clause.Covers(t, "C058")
	house := func(t *testing.T) *house {
		h := newHouse(t)
		if w := h.send("supervisor", "POST", "/api/v1/positions", `{"code":"hq_guard","name":{"zh":"总部岗","en":"Headquarters guard"},"basis":"operator"}`); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		h.deps.Rights.Changed()
		h.holds("colleague", "hq_guard")
		h.key("colleague")
		return h
	}
	missing := scenario{name: "a second factor", as: "colleague", path: "/api/v1/cameras", status: 403, content: []string{"factor_required"}}
	t.Run("second factor, by the rules", func(t *testing.T) {
		h := house(t)
		h.rule("second_factor.positions", `["operator"]`)
		h.run([]scenario{missing})
	})
	t.Run("second factor, by the configuration", func(t *testing.T) {
		h := house(t)
		h.deps.Factors.Required = []access.Position{access.Operator}
		h.run([]scenario{missing})
	})
	t.Run("consoles that lock", func(t *testing.T) {
		h := house(t)
		h.rule("lock.positions", `["operator"]`)
		h.rule("lock.operator", `"2m"`)
		h.run([]scenario{{name: "its time", as: "colleague", path: "/api/v1/session", status: 200, content: []string{`"afterSeconds":120`}}})
	})
	t.Run("a position that is named itself", func(t *testing.T) {
		h := house(t)
		h.rule("second_factor.positions", `["hq_guard"]`)
		h.key("operator")
		h.run([]scenario{missing, {name: "not of its basis", as: "operator", path: "/api/v1/cameras", status: 200}})
	})
}
