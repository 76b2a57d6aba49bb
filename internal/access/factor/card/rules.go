package card

import "watchroom/internal/rule"

// Most is how many wrong PINs in a row lock a card.
var Most = rule.Int{Key: "second_factor.card_wrong", Default: 5, Least: 3, Most: 10, Unit: "attempts", Guard: rule.Higher, Clauses: []string{"C113"}}

// Beyond are the positions for which a card is not enough where a second factor must be there:
// its number can be copied, which an app's secret and a passkey cannot.
var Beyond = rule.Names{Key: "second_factor.beyond_card", Register: "position", Default: []string{"administrator"}, Longest: 40,
	Guard: rule.Lower, Clauses: []string{"C113"}}

// Parameters gives what an institution sets of cards.
func Parameters() []rule.Parameter { return []rule.Parameter{Most, Beyond} }
