package attempt

import (
	"time"

	"watchroom/internal/access/limit"
	"watchroom/internal/rule"
)

// Attempts at a sign-in: so many at once, then one more after a wait that doubles up to the
// longest. A guard mistypes a few times; a whole shift signs in from one address.
var (
	nameBurst = rule.Int{Key: "attempts.name_burst", Default: 8, Least: 3, Most: 20, Unit: "attempts",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	nameRefill = rule.Duration{Key: "attempts.name_refill", Default: 15 * time.Second, Least: 5 * time.Second, Most: time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
	nameLongest = rule.Duration{Key: "attempts.name_longest", Default: 15 * time.Minute, Least: time.Minute, Most: 24 * time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
	addressBurst = rule.Int{Key: "attempts.address_burst", Default: 40, Least: 5, Most: 400, Unit: "attempts",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	addressRefill = rule.Duration{Key: "attempts.address_refill", Default: time.Second, Least: time.Second, Most: time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
	addressLongest = rule.Duration{Key: "attempts.address_longest", Default: time.Minute, Least: time.Second, Most: time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
)

// Attempts at one name from places that do not know it, all together. When they are used up,
// each network has one more every attempts.name_longest.
var (
	strangerBurst = rule.Int{Key: "attempts.stranger_burst", Default: 40, Least: 10, Most: 1000, Unit: "attempts",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	strangerRefill = rule.Duration{Key: "attempts.stranger_refill", Default: time.Minute, Least: 10 * time.Second, Most: 24 * time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
)

// Attempts at a second factor. A code is one of a million, and three of them are right at a
// time: at one attempt a minute somebody who has the password needs more than half a year for
// an even chance, and the wait grows.
var (
	codeBurst = rule.Int{Key: "attempts.code_burst", Default: 5, Least: 3, Most: 10, Unit: "attempts",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	codeRefill = rule.Duration{Key: "attempts.code_refill", Default: time.Minute, Least: 30 * time.Second, Most: time.Hour,
		Guard: rule.Lower, Clauses: []string{"C113"}}
)

// Parameters gives what an institution sets of attempts.
func Parameters() []rule.Parameter {
	return []rule.Parameter{nameBurst, nameRefill, nameLongest, addressBurst, addressRefill, addressLongest,
		strangerBurst, strangerRefill, codeBurst, codeRefill}
}

func names(rules *rule.Set) func() limit.Bounds {
	return func() limit.Bounds {
		return limit.Bounds{Burst: float64(nameBurst.Get(rules)), Refill: nameRefill.Get(rules), Longest: nameLongest.Get(rules)}
	}
}

// Sources are the bounds of attempts from one network.
func Sources(rules *rule.Set) func() limit.Bounds {
	return func() limit.Bounds {
		return limit.Bounds{Burst: float64(addressBurst.Get(rules)), Refill: addressRefill.Get(rules), Longest: addressLongest.Get(rules)}
	}
}

// Codes are the bounds of attempts at the second factor of a person.
func Codes(rules *rule.Set) func() limit.Bounds {
	return func() limit.Bounds {
		return limit.Bounds{Burst: float64(codeBurst.Get(rules)), Refill: codeRefill.Get(rules), Longest: nameLongest.Get(rules)}
	}
}
