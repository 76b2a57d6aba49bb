package console

import (
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/rule"
)

// locking are the positions whose consoles lock by themselves. Nobody's do before the house
// has said so (ruling R16).
var locking = rule.Names{Key: "lock.positions", Register: "position", Default: []string{}, Longest: 40,
	Guard: rule.Lower, Clauses: []string{"C058", "C113"}}

// after is how long the console of a position stands without input before it locks.
func after(p access.Position) rule.Duration {
	return rule.Duration{Key: "lock." + string(p), Default: 10 * time.Minute, Least: 30 * time.Second, Most: 12 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C058", "C113"}}
}

// Parameters gives what an institution sets of consoles.
func Parameters() []rule.Parameter {
	all := []rule.Parameter{locking}
	for _, p := range access.Positions() {
		all = append(all, after(p))
	}
	return all
}

// After gives after how long without input the console of who holds these positions locks,
// by the strictest of them; 0: never. A position of the house has the default time.
func After(held []access.Position, rules *rule.Set) time.Duration {
	least := time.Duration(0)
	for _, name := range locking.Get(rules) {
		p := access.Position(name)
		if !slices.Contains(held, p) {
			continue
		}
		if d := after(p).Get(rules); least == 0 || d < least {
			least = d
		}
	}
	return least
}
