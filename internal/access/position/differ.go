package position

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger/facts"
)

// story is what acts tell of a position.
type story struct {
	added  bool
	basis  string
	out    int      // how often it was retired, less how often it was taken into use again
	zh, en []string // every name that it was given
}

// Differ names positions of which the register tells otherwise than the acts do, in whatever
// order they are: the clock may have been set back between two of them.
func Differ(ctx context.Context, tx bun.IDB, acts []facts.Act, passed map[string]bool) (found []facts.Difference, err error) {
	stories := map[string]*story{}
	for i := range acts {
		a := &acts[i]
		if !slices.Contains([]string{KindAdded, KindRetired, KindRestored, KindRenamed}, a.Kind) {
			continue
		}
		if stories[a.Subject] == nil {
			stories[a.Subject] = &story{}
		}
		stories[a.Subject].hear(a)
	}
	all, err := Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for _, p := range all {
		here[string(p.Code)] = true
		if s := stories[string(p.Code)]; s != nil {
			found = append(found, s.differ(&p)...)
		} else if !p.Code.BuiltIn() {
			found = append(found, facts.Difference{Row: "positions " + string(p.Code), Why: "no act tells of it"})
		}
	}
	for _, code := range slices.Sorted(maps.Keys(stories)) {
		if !here[code] {
			found = append(found, facts.Difference{Row: "positions " + code, Why: "an act tells of it, and it is not there"})
		}
	}
	return slices.DeleteFunc(found, func(d facts.Difference) bool { return passed[d.Row[len("positions "):]] }), nil
}

func (s *story) hear(a *facts.Act) {
	name := func(to *[]string, text string, ok bool) {
		if ok {
			*to = append(*to, text)
		}
	}
	switch a.Kind {
	case KindAdded:
		s.added = true
		s.basis, _ = a.Get("basis")
		zh, ok := a.Get("nameZh")
		name(&s.zh, zh, ok)
		en, ok := a.Get("nameEn")
		name(&s.en, en, ok)
	case KindRetired:
		s.out++
	case KindRestored:
		s.out--
	case KindRenamed:
		var changes map[string]struct{ To string }
		if a.Read("changes", &changes) {
			zh, ok := changes["nameZh"]
			name(&s.zh, zh.To, ok)
			en, ok := changes["nameEn"]
			name(&s.en, en.To, ok)
		}
	}
}

func (s *story) differ(p *Position) (found []facts.Difference) {
	say := func(format string, args ...any) {
		found = append(found, facts.Difference{Row: "positions " + string(p.Code), Why: fmt.Sprintf(format, args...)})
	}
	own := !p.Code.BuiltIn()
	switch {
	case own && !s.added:
		say("no act adds it")
	case own && access.Position(s.basis) != p.Basis:
		say("it is based on %q, by the acts on %q", p.Basis, s.basis)
	}
	if retired := s.out > 0; own && retired == p.InUse() {
		say("it is retired: %v, by the acts %v", !p.InUse(), retired)
	}
	for _, n := range []struct {
		is    string
		given []string
	}{{p.Name.ZH, s.zh}, {p.Name.EN, s.en}} {
		if len(n.given) > 0 && !slices.Contains(n.given, n.is) {
			say("its name is %q, and no act gave it", n.is)
		}
	}
	return found
}
