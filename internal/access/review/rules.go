package review

import (
	"time"

	"watchroom/internal/rule"
)

// What an institution sets of the review of rights, and from when on its reports name
// somebody.
var (
	months = rule.Int{Key: "review.months", Default: 6, Least: 1, Most: 24, Unit: "months",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	days = rule.Int{Key: "review.days", Default: 14, Least: 1, Most: 90, Unit: "days",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	followUp = rule.Duration{Key: "review.follow_up", Default: 24 * time.Hour, Least: time.Hour, Most: 30 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C105"}}
	repeats = rule.Int{Key: "review.repeats", Default: 5, Least: 2, Most: 100, Unit: "times",
		Guard: rule.Higher, Clauses: []string{"C105"}}
)

// Parameters gives what an institution sets of the review of rights.
func Parameters() []rule.Parameter { return []rule.Parameter{months, days, followUp, repeats} }
