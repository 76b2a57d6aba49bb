package console

import (
	"cmp"
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
// by the strictest of them; 0: never. A position of the house locks where the one that it goes
// by does, and after its time; one that goes by none has the default time.
func After(held []access.Own, rules *rule.Set) time.Duration {
	least, names := time.Duration(0), locking.Get(rules)
	for _, o := range held {
		if !o.Named(names) {
			continue
		}
		if d := after(cmp.Or(o.Basis, o.Position)).Get(rules); least == 0 || d < least {
			least = d
		}
	}
	return least
}
