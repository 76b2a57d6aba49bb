package forger

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Tried is what came of changes that were made and looked for.
type Tried struct {
	Times  int
	Counts map[string]int // by what was changed
	Missed []string       // changes that no verification named
}

// Try makes so many changes at a place where nothing works, one at a time, verifies after each
// and takes it back.
func Try(ctx context.Context, place Place, times int) (t Tried, err error) {
	s, err := Open(ctx, place)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if found, err := s.Verify(ctx); err != nil || len(found) > 0 {
		return t, fmt.Errorf("before anything was changed: %w, %q", err, found)
	}
	t.Counts = map[string]int{}
	row := func() (Change, error) { return s.Row(ctx) }
	for n := range times {
		kind := []func() (Change, error){s.Footage, s.Log, row, row, row, row}[n%6]
		c, err := kind()
		if err != nil {
			return t, err
		}
		found, err := s.Verify(ctx)
		if ctx.Err() != nil {
			return t, errors.Join(ctx.Err(), c.Undo())
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
			t.Missed = append(t.Missed, fmt.Sprintf("%s was changed, and what was found is %q", c.What, found))
		}
		if err := c.Undo(); err != nil {
			return t, err
		}
		t.Times++
		what, _, _ := strings.Cut(c.What, ":")
		t.Counts[what]++
	}
	return t, nil
}
