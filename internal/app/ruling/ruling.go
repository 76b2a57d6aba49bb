// Package ruling gathers what every part declares for the institution to set: the one
// list of all parameters of the program.
package ruling

import (
	"context"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/disclosure"
	"watchroom/internal/regime"
	"watchroom/internal/rule"
)

// Set makes the set of all parameters, each with its default.
func Set() (*rule.Set, error) {
	return rule.NewSet(
		account.Parameters(),
		disclosure.Parameters(),
	)
}

// Registers gives the registers whose names parameters may hold.
func Registers() map[string]regime.Register {
	return map[string]regime.Register{
		"position": func(context.Context) ([]string, error) {
			var names []string
			for _, p := range access.Positions() {
				names = append(names, string(p))
			}
			return names, nil
		},
	}
}
