// Package lasting says how long a session lasts at most, however much it is used: whoever sits
// there shows again who they are (C058, C113).
package lasting

import (
	"time"

	"watchroom/internal/access"
	"watchroom/internal/rule"
)

// longest ends a session so long after its sign-in. Walls that nobody signs in at every shift, as
// on consoles that do nothing else, have positions and a time of their own. It holds for sessions
// that are open, too.
var (
	longest = rule.Duration{Key: "session.longest", Default: 12 * time.Hour, Least: 30 * time.Minute, Most: 7 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C113", "C058"}}
	wallPositions = rule.Names{Key: "session.wall_positions", Register: "position", Default: []string{}, Longest: 40,
		Guard: rule.Higher, Clauses: []string{"C113", "C058"}}
	wallLongest = rule.Duration{Key: "session.wall_longest", Default: 24 * time.Hour, Least: 30 * time.Minute, Most: 31 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C113", "C058"}}
)

// Parameters gives what an institution sets of it.
func Parameters() []rule.Parameter { return []rule.Parameter{longest, wallPositions, wallLongest} }

// Most is how long the session of who holds these positions lasts at most. That of walls counts
// where all of them are named, or go by one that is: who may do more has the shorter time.
func Most(held []access.Own, rules *rule.Set) time.Duration {
	names := wallPositions.Get(rules)
	for _, o := range held {
		if !o.Named(names) {
			return longest.Get(rules)
		}
	}
	if len(held) == 0 {
		return longest.Get(rules)
	}
	return wallLongest.Get(rules)
}
