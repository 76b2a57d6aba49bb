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

// Tokens of programs end: by themselves after tokenLasts, where nobody says when, and at
// the latest after tokenMost. TokenWarn is how long before it their owners are told.
var (
	tokenLasts = rule.Duration{Key: "token.lasts", Default: 90 * 24 * time.Hour, Least: time.Hour, Most: 366 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C113"}}
	tokenMost = rule.Duration{Key: "token.most", Default: 366 * 24 * time.Hour, Least: 24 * time.Hour, Most: 3 * 366 * 24 * time.Hour, NotBelow: "token.lasts",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	TokenWarn = rule.Duration{Key: "token.warn", Default: 14 * 24 * time.Hour, Least: 24 * time.Hour, Most: 90 * 24 * time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
)

// Parameters gives what an institution sets of accounts and their passwords.
func Parameters() []rule.Parameter {
	return slices.Concat(password.Parameters(), []rule.Parameter{IdleAfter, TokenSees, tokenLasts, tokenMost, TokenWarn})
}
