package fault

import (
	"cmp"
	"time"

	"watchroom/internal/rule"
)

// shiftLength is after how long a fault is signalled again, and leadersAfter after how long it
// reaches leaders (P25). start is what the configuration says until the institution has set it,
// 0 says nothing.
func shiftLength(start time.Duration) rule.Duration {
	return rule.Duration{Key: "coverage.shift_length", Default: cmp.Or(start, 8*time.Hour), Least: time.Hour, Most: 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C098"}}
}

func leadersAfter(start time.Duration) rule.Duration {
	return rule.Duration{Key: "coverage.leaders_after", Default: cmp.Or(start, 24*time.Hour), Least: time.Hour, Most: 168 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C098"}}
}

// Parameters are what the institution sets here.
func Parameters() []rule.Parameter { return Begun(0, 0) }

// Begun are the same where the configuration says what holds until the institution has set
// it; 0 says nothing.
func Begun(shift, leaders time.Duration) []rule.Parameter {
	return []rule.Parameter{shiftLength(shift), leadersAfter(leaders)}
}
