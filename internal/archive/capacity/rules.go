package capacity

import (
	"cmp"
	"time"

	"watchroom/internal/rule"
)

// refusing makes a shortfall a refusal (R15), and warnDays is so many days before it there is
// an alarm. start is what the configuration says until the institution has set it; no days say
// nothing.
func refusing(start bool) rule.Bool {
	return rule.Bool{Key: "capacity.refuse", Default: start, Guard: rule.Lower, Clauses: []string{"C090"}}
}

func warnDays(start int) rule.Int {
	return rule.Int{Key: "capacity.warn_days", Default: cmp.Or(start, 28), Least: 1, Most: 365, Unit: "days", Guard: rule.Lower, Clauses: []string{"C090"}}
}

// Parameters are what the institution sets here.
func Parameters() []rule.Parameter { return Begun(false, 0) }

// Begun are the same where the configuration says what holds until the institution has set it.
func Begun(refuse bool, warn int) []rule.Parameter {
	return []rule.Parameter{refusing(refuse), warnDays(warn)}
}

// Refuses tells whether a shortfall is a refusal.
func (k *Keeper) Refuses() bool { return refusing(k.Refuse).Get(k.Rules) }

// soon is how long before a date it is warned of.
func (k *Keeper) soon() time.Duration {
	return time.Duration(warnDays(k.Warn).Get(k.Rules)) * 24 * time.Hour
}
