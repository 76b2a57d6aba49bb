package second

import (
	"time"

	"watchroom/internal/rule"
)

var (
	// Waits is how long an ask waits for a second person. A shorter one also ends what waits.
	Waits = rule.Duration{Key: "viewing.second_waits", Default: 10 * time.Minute, Least: time.Minute, Most: 2 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C104", "C112"}}
	// Holds is how long an agreement may be made use of. Live pictures that break off come
	// back within it without another.
	Holds = rule.Duration{Key: "viewing.second_holds", Default: 5 * time.Minute, Least: time.Minute, Most: time.Hour,
		Guard: rule.Higher, Clauses: []string{"C104", "C112"}}
)

// Parameters gives what an institution sets of second persons.
func Parameters() []rule.Parameter { return []rule.Parameter{Waits, Holds} }
