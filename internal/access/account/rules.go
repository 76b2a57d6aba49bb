package account

import (
	"slices"
	"time"

	"watchroom/internal/access/password"
	"watchroom/internal/rule"
)

// IdleAfter ends a session that was not used for so long. It holds for sessions that are
// open, too.
var IdleAfter = rule.Duration{Key: "session.idle", Default: 12 * time.Hour, Least: 5 * time.Minute, Most: 24 * time.Hour,
	Guard: rule.Higher, Clauses: []string{"C113", "C058"}}

// Attempts at a sign-in: so many at once, and one more after each refill. A guard
// mistypes a few times; a whole shift signs in from one address.
var (
	nameBurst = rule.Int{Key: "attempts.name_burst", Default: 8, Least: 3, Most: 20, Unit: "attempts",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	nameRefill = rule.Duration{Key: "attempts.name_refill", Default: 15 * time.Second, Least: 5 * time.Second, Most: time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
	addressBurst = rule.Int{Key: "attempts.address_burst", Default: 40, Least: 5, Most: 400, Unit: "attempts",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	addressRefill = rule.Duration{Key: "attempts.address_refill", Default: time.Second, Least: time.Second, Most: time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
)

// Parameters gives what an institution sets of accounts and their passwords.
func Parameters() []rule.Parameter {
	return slices.Concat(password.Parameters(), []rule.Parameter{IdleAfter, nameBurst, nameRefill, addressBurst, addressRefill})
}
