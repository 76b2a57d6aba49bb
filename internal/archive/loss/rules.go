package loss

import (
	"cmp"
	"time"

	"watchroom/internal/rule"
)

// statementAfter is how long an unplanned gap has a statement of its own (P20); start is what
// the configuration says until the institution has set it, 0 says nothing.
func statementAfter(start time.Duration) rule.Duration {
	return rule.Duration{Key: "coverage.statement_after", Default: cmp.Or(start, 10*time.Minute), Least: time.Minute, Most: 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C076"}}
}

// Parameters are what the institution sets here.
func Parameters() []rule.Parameter { return Begun(0) }

// Begun are the same where the configuration says what holds until the institution has set
// it; 0 says nothing.
func Begun(start time.Duration) []rule.Parameter {
	all := []rule.Parameter{statementAfter(start)}
	for _, l := range Lines() {
		all = append(all, signs[l])
	}
	return all
}

// StatementAfter is how long an outage must last for a statement.
func (k *Keeper) StatementAfter() time.Duration { return statementAfter(k.After).Get(k.Rules) }
