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

// TokenSees is the highest security grade of cameras whose pictures a token may fetch; 0 for
// none. It holds for tokens that are there, too.
var TokenSees = rule.Int{Key: "token.sees", Default: 4, Least: 0, Most: 4, Unit: "grade",
	Guard: rule.Higher, Clauses: []string{"C100"}}

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

// Tokens of programs end: by themselves after tokenLasts, where nobody says when, and at
// the latest after tokenMost. TokenWarn is how long before it their owners are told.
var (
	tokenLasts = rule.Duration{Key: "token.lasts", Default: 90 * 24 * time.Hour, Least: time.Hour, Most: 366 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C113"}}
	tokenMost = rule.Duration{Key: "token.most", Default: 366 * 24 * time.Hour, Least: 24 * time.Hour, Most: 3 * 366 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C113"}}
	TokenWarn = rule.Duration{Key: "token.warn", Default: 14 * 24 * time.Hour, Least: 24 * time.Hour, Most: 90 * 24 * time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
)

// Parameters gives what an institution sets of accounts and their passwords.
func Parameters() []rule.Parameter {
	return slices.Concat(password.Parameters(), []rule.Parameter{IdleAfter, TokenSees, nameBurst, nameRefill, addressBurst, addressRefill,
		tokenLasts, tokenMost, TokenWarn})
}
