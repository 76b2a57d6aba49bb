// Package called tells what something was called when somebody did it, from the acts by which
// names changed: whoever renames a purpose or a position renames no look of before.
package called

import (
	"context"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
)

// Past is the changes of words, as acts tell them.
type Past struct{ changes map[key][]change } // the earliest first

type key struct{ subject, field string }

type change struct {
	at       int64
	from, to string
}

// Read reads the acts of some kinds whose detail has changes, fields with what they were (from)
// and became (to). Acts that are damaged tell nothing; verification names them.
func Read(ctx context.Context, tx bun.IDB, kinds ...string) (Past, error) {
	p := Past{map[key][]change{}}
	acts, _, err := facts.Acts(ctx, tx, kinds...)
	if err != nil {
		return p, err
	}
	for i := range acts {
		a := &acts[i]
		var changes map[string]struct{ From, To any }
		a.Read("changes", &changes)
		for field, c := range changes {
			from, ok1 := c.From.(string)
			to, ok2 := c.To.(string)
			if ok1 && ok2 {
				k := key{a.Subject, field}
				p.changes[k] = append(p.changes[k], change{a.At, from, to})
			}
		}
	}
	return p, nil
}

// At gives what a field of a subject said at an instant (µs), which says now what is given. What
// changed at the very instant counts from then on.
func (p Past) At(subject, field, now string, at int64) string {
	for _, c := range p.changes[key{subject, field}] {
		if c.at > at {
			return c.from
		}
	}
	return now
}

// Ever gives all that fields of a subject said before and after each change, in any order.
func (p Past) Ever(subject string, fields ...string) []string {
	said := map[string]bool{}
	for _, f := range fields {
		for _, c := range p.changes[key{subject, f}] {
			said[c.from], said[c.to] = true, true
		}
	}
	delete(said, "")
	return slices.Collect(maps.Keys(said))
}
