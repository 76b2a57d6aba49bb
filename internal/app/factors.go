package app

import (
	"context"
	"fmt"
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/access/factor"
	"watchroom/internal/db"
)

// factors starts what people show besides the password. Which positions must have a
// second factor stands in the configuration until the institution's rules are kept in
// the program.
func (a *App) factors(ctx context.Context, f *flow, d *db.DB) (*factor.Factors, error) {
	var required []access.Position
	for _, word := range a.Config.SecondFactor {
		p := access.Position(word)
		if !slices.Contains(access.Positions(), p) {
			return nil, fmt.Errorf("configuration: second_factor names %q, which is no position; positions are %v", word, access.Positions())
		}
		required = append(required, p)
	}
	factors := &factor.Factors{DB: d, Bus: f.bus, Clock: a.Clock, Box: f.box, Account: a.Access, Log: a.Log, Site: a.Config.Site.Name,
		Settings: func() factor.Settings { return factor.Settings{Required: required} }}
	return factors, factors.Start(ctx)
}
