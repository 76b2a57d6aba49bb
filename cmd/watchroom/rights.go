package main

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/position"
)

type rightsCommand struct {
	Confirm rightsConfirmCommand `cmd:"" help:"Put on record anew the rules about rights that are in force and whose approval the transparency log cannot show any more. A running server need not be stopped."`
}

type rightsConfirmCommand struct {
	settings
	vouched
}

// Run confirms the rules in force and the positions of the house, and prints them: who runs it
// vouches for them.
func (c *rightsConfirmCommand) Run(ctx context.Context, std streams) error {
	if err := c.said(); err != nil {
		return err
	}
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	return withAccess(ctx, cfg, std, func(a *account.Control) error {
		var v policy.Version
		var own []position.Position
		err := a.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			v, own, err = policy.Confirm(ctx, tx, c.actor(), a.Clock.Micro())
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "confirmed %s: %d rules, %d positions of the house\n", v.ID, len(v.Rules), len(own))
		for _, r := range v.Rules {
			verb := "may"
			if r.Deny {
				verb = "may not"
			}
			fmt.Fprintf(std.out, "  %s  %s %s %v\n", r.ID, r.Position, verb, r.Actions)
		}
		for _, p := range own {
			fmt.Fprintf(std.out, "  %s  based on %q\n", p.Code, p.Basis)
		}
		return nil
	})
}
