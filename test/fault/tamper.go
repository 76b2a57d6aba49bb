package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"watchroom/test/fault/forger"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// tamper changes single bytes of sealed footage and of the log itself, and columns of any rows
// that are held against something, or deletes them, one at a time, and verifies after each:
// every change must be found and named.
func (b *bench) tamper(ctx context.Context) error {
	o := newOutcome("single bytes changed")
	return b.suffer(ctx, "tamper", station.ServerOptions{}, o, func(i *installation) error {
		if err := program.Wait(ctx, 32*time.Second); err != nil {
			return err
		}
		if err := i.busy(ctx); err != nil {
			return err
		}
		// What the end wrote comes into the log in the next life.
		for _, life := range []time.Duration{12 * time.Second, 0} {
			if err := i.Stop(); err != nil {
				return err
			}
			if life == 0 {
				break
			}
			if err := i.start(ctx); err != nil {
				return err
			}
			if err := program.Wait(ctx, life); err != nil {
				return err
			}
		}
		o.unnamed = b.changes(ctx, i, o)
		return i.start(ctx) // it is judged as every other
	})
}

// changes makes them and tells of those that were not found.
func (b *bench) changes(ctx context.Context, i *installation, o *outcome) (missed []string) {
	s, err := forger.Open(ctx, forger.Place{Data: i.options.Data, Root: i.roots[0], Work: b.folder, Random: b.random})
	if err != nil {
		return []string{err.Error()}
	}
	defer func() {
		if err := s.Close(); err != nil {
			missed = append(missed, err.Error())
		}
	}()
	if found, err := s.Verify(ctx); err != nil || len(found) > 0 {
		return []string{fmt.Sprintf("before anything was changed: %v, %q", err, found)}
	}
	counts := map[string]int{}
	row := func() (forger.Change, error) { return s.Row(ctx) }
	for n := range b.often(60, 1000) {
		kind := []func() (forger.Change, error){s.Footage, s.Log, row, row, row, row}[n%6]
		c, err := kind()
		if err != nil {
			return append(missed, err.Error())
		}
		found, err := s.Verify(ctx)
		if ctx.Err() != nil {
			return append(missed, ctx.Err().Error(), fmt.Sprint(c.Undo()))
		}
		if err != nil {
			found = append(found, err.Error())
		}
		all := strings.Join(found, "\n")
		named := false
		for _, name := range c.Names {
			named = named || strings.Contains(all, name)
		}
		if !named {
			missed = append(missed, fmt.Sprintf("%s was changed, and what was found is %q", c.What, found))
		}
		if err := c.Undo(); err != nil {
			return append(missed, err.Error())
		}
		o.times++
		what, _, _ := strings.Cut(c.What, ":")
		counts[what]++
	}
	b.Say("changed and looked for: %v, not named: %d", counts, len(missed))
	return missed
}
