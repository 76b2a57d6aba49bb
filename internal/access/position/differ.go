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
	added   bool
	basis   string
	created int64    // µs
	out     int      // how often it was retired, less how often it was taken into use again
	retired []int64  // when, µs
	zh, en  []string // the names that it was given last, by the clock and by the log
}

// brought are the positions that the migration puts into the register, and their names.
func brought() map[access.Position]Words {
	return map[access.Position]Words{
		access.Administrator: {"系统管理员", "Administrator"}, access.Operator: {"监控员", "Operator"}, access.DutyLead: {"值班长", "Duty lead"},
		access.Supervisor: {"安保主管", "Supervisor"}, access.Technician: {"维护人员", "Technician"}, access.Auditor: {"审核人员", "Auditor"},
		access.Leader: {"分管领导", "Leader"}, access.StandIn: {"临时顶岗", "Stand-in"},
		access.Principal: {"总经理/校长", "General manager or principal"}, access.Contractor: {"承包商/外包人员", "Contractor"},
	}
}

// Differ names positions of which the register tells otherwise than the acts do, in whatever
// order they are: the clock may have been set back between two of them. Those that come with
// the program are as it brought them, but for the names that acts gave them.
func Differ(ctx context.Context, tx bun.IDB, acts []facts.Act, passed map[string]bool) (found []facts.Difference, err error) {
	stories := map[string]*story{}
	of := func(code string) *story {
		if stories[code] == nil {
			stories[code] = &story{}
		}
		return stories[code]
	}
	for code, name := range brought() {
		of(string(code)).zh, of(string(code)).en = []string{name.ZH}, []string{name.EN}
	}
	byLog := slices.Clone(acts)
	facts.InLog(byLog)
	for n, order := range [][]facts.Act{acts, byLog} {
		last := map[string][2]*string{}
		for i := range order {
			a := &order[i]
			if !slices.Contains([]string{KindAdded, KindRetired, KindRestored, KindRenamed}, a.Kind) {
				continue
			}
			s := of(a.Subject)
			if n == 0 && !access.Position(a.Subject).BuiltIn() { // one that the house had before it came with the program began anew
				s.hear(a)
			}
			last[a.Subject] = named(a, last[a.Subject])
		}
		for code, names := range last {
			s := stories[code]
			for k, to := range []*[]string{&s.zh, &s.en} {
				switch {
				case names[k] == nil:
				case n == 0:
					*to = []string{*names[k]}
				default:
					*to = append(*to, *names[k])
				}
			}
		}
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
			found = append(found, facts.Difference{Row: "positions " + code, Why: "it is not there, and an act or the program made it"})
		}
	}
	return slices.DeleteFunc(found, func(d facts.Difference) bool { return passed[d.Row[len("positions "):]] }), nil
}

func (s *story) hear(a *facts.Act) {
	switch a.Kind {
	case KindAdded:
		s.added, s.created = true, a.At
		s.basis, _ = a.Get("basis")
	case KindRetired:
		s.out++
		s.retired = append(s.retired, a.At)
	case KindRestored:
		s.out--
	}
}

// named gives the names in Chinese and English after an act; nil: no act gave one.
func named(a *facts.Act, before [2]*string) [2]*string {
	var changes map[string]struct{ To string }
	a.Read("changes", &changes)
	for k, field := range []string{"nameZh", "nameEn"} {
		if to, ok := changes[field]; ok && a.Kind == KindRenamed {
			before[k] = &to.To
		}
		if to, ok := a.Get(field); ok && a.Kind == KindAdded {
			before[k] = &to
		}
	}
	return before
}

func (s *story) differ(p *Position) (found []facts.Difference) {
	say := func(format string, args ...any) {
		found = append(found, facts.Difference{Row: "positions " + string(p.Code), Why: fmt.Sprintf(format, args...)})
	}
	own := !p.Code.BuiltIn()
	switch {
	case own && !s.added:
		say("no act adds it")
	case access.Position(s.basis) != p.Basis:
		say("it is based on %q, by the acts on %q", p.Basis, s.basis)
	case s.created != p.CreatedAt:
		say("it was added at %d, by the acts at %d", p.CreatedAt, s.created)
	}
	if retired := s.out > 0; own && retired == p.InUse() {
		say("it is retired: %v, by the acts %v", !p.InUse(), retired)
	} else if retired && !slices.Contains(s.retired, *p.RetiredAt) {
		say("it was retired at %d, and no act did so then", *p.RetiredAt)
	}
	for _, n := range []struct {
		is    string
		given []string
	}{{p.Name.ZH, s.zh}, {p.Name.EN, s.en}} {
		if len(n.given) > 0 && !slices.Contains(n.given, n.is) {
			say("its name is %q, by the acts %q", n.is, n.given[len(n.given)-1])
		}
	}
	return found
}
