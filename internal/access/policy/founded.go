package policy

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/access/roll"
)

// kindConfirmed puts the rules in force on record anew; see Confirm.
const kindConfirmed = "rights.confirmed"

// kinds are those of the acts that make rights.
func kinds() []string {
	return append(position.Kinds(), kindProposed, kindApproved, kindConfirmed)
}

// Acts gives the acts of some kinds that the transparency log proves, of people of whom it
// proves that they held the position by which they acted. One that is on its way into the
// log is none yet.
type Acts func(ctx context.Context, tx bun.IDB, kinds ...string) ([]roll.Act, error)

// Founded is what acts make of the rights. A row that says so is a row like any other.
type Founded struct {
	Version string // access.BuiltIn where no act made another
	Rules   []Rule
	Own     []access.Own // positions of the house that people can hold

	passed map[string]bool // versions that stood before, this one included
}

// told is what an act tells that concerns rights.
type told struct {
	Base      string
	Rules     []Rule
	Basis     access.Position
	Positions []ownTold
	By        string
	Decision  struct{ Position access.Position }
	Actor     struct{ Positions []access.Position }
}

type ownTold struct {
	Code  access.Position `json:"code"`
	Basis access.Position `json:"basis"`
}

// Found makes it of acts that are proved. A version counts that one person asked for and
// another approved, both by positions that had the right to by the version before it. It
// takes the place of that, or of one that nobody made, as where people put right what
// somebody wrote into the table: rules are approved whole.
func Found(acts []roll.Act) *Founded {
	f := &Founded{Version: access.BuiltIn, passed: map[string]bool{access.BuiltIn: true}}
	asked := map[string][]*roll.Act{}
	var rest []*roll.Act
	for _, a := range inOrder(acts) {
		if a.Kind == kindProposed {
			asked[a.Subject] = append(asked[a.Subject], a)
			continue
		}
		rest = append(rest, a)
	}
	// Acts may stand in the log behind those that build on them, where two nodes wrote.
	for {
		var left []*roll.Act
		for _, a := range rest {
			if !f.take(a, asked[a.Subject]) {
				left = append(left, a)
			}
		}
		if len(left) == 0 || len(left) == len(rest) {
			return f
		}
		rest = left
	}
}

// inOrder gives acts in that of the log: of several logs the one first that began first, and
// last what is on its way.
func inOrder(acts []roll.Act) []*roll.Act {
	all := make([]*roll.Act, len(acts))
	for i := range acts {
		all[i] = &acts[i]
	}
	slices.SortFunc(all, func(a, b *roll.Act) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	logs := map[string]int{}
	for _, a := range all {
		if _, known := logs[a.Log]; !known && a.Log != "" {
			logs[a.Log] = len(logs)
		}
	}
	logs[""] = len(logs)
	slices.SortStableFunc(all, func(a, b *roll.Act) int {
		return cmp.Or(cmp.Compare(logs[a.Log], logs[b.Log]), cmp.Compare(a.Leaf, b.Leaf))
	})
	return all
}

// take takes in an act, and tells whether it counts.
func (f *Founded) take(a *roll.Act, asked []*roll.Act) bool {
	t, ok := tellOf(a)
	if !ok {
		return false
	}
	switch a.Kind {
	case kindConfirmed: // nobody vouches for rules alone but on the machine
		if a.Person != "" || t.By != "command_line" {
			return false
		}
		f.stand(a.Subject, t.Rules)
		f.Own = nil
		for _, p := range t.Positions {
			f.Own = append(f.Own, access.Own{Position: p.Code, Basis: p.Basis})
		}
	case kindApproved:
		if t.Base != f.Version && f.passed[t.Base] || f.passed[a.Subject] || !f.may(a, &t, access.RightsApprove) || !slices.ContainsFunc(asked, func(w *roll.Act) bool {
			wish, ok := tellOf(w)
			return ok && w.Person != a.Person && wish.Base == t.Base && same(wish.Rules, t.Rules) && f.may(w, &wish, access.RightsPropose)
		}) {
			return false
		}
		f.stand(a.Subject, t.Rules)
	case position.KindAdded, position.KindRestored:
		own := access.Own{Position: access.Position(a.Subject), Basis: t.Basis}
		if !f.may(a, &t, access.RightsPropose) || f.has(own.Position) || own.Position.BuiltIn() || own.Basis == access.Administrator || own.Basis != "" && !own.Basis.BuiltIn() {
			return false
		}
		f.Own = append(f.Own, own)
	case position.KindRetired:
		n := len(f.Own)
		f.Own = slices.DeleteFunc(slices.Clone(f.Own), func(o access.Own) bool { return o.Position == access.Position(a.Subject) })
		return len(f.Own) < n
	}
	return true
}

func (f *Founded) has(code access.Position) bool {
	return slices.ContainsFunc(f.Own, func(o access.Own) bool { return o.Position == code })
}

func (f *Founded) stand(version string, rules []Rule) {
	f.Version, f.Rules, f.passed[version] = version, rules, true
}

// may tells whether the person of an act could do something by the position by which they
// acted, or, where the act does not say by which, by one of those that they held.
func (f *Founded) may(a *roll.Act, t *told, action access.Action) bool {
	by := t.Actor.Positions
	if t.Decision.Position != "" {
		by = []access.Position{t.Decision.Position}
	}
	return a.Person != "" && compile(f.Version, f.Rules, nil, f.Own).Decide(access.Standing{Holdings: access.Everywhere(by...)}, action, "", nil).Allowed
}

func tellOf(a *roll.Act) (t told, ok bool) { return t, json.Unmarshal([]byte(a.Detail), &t) == nil }

// same tells whether two lists of rules are written alike.
func same(a, b []Rule) bool { return written(a) == written(b) }

// written is a list of rules as one text.
func written(rules []Rule) string {
	if len(rules) == 0 {
		return "[]"
	}
	b, err := json.Marshal(rules)
	if err != nil {
		return err.Error() // nothing in it can fail
	}
	return string(b)
}

// is tells whether rows say the same.
func (f *Founded) is(v *Version, own []access.Own) bool {
	return f.Version == v.ID && same(f.Rules, v.Rules) && slices.Equal(byCode(f.Own), byCode(own))
}

func byCode(own []access.Own) []access.Own {
	return slices.SortedFunc(slices.Values(own), func(a, b access.Own) int { return cmp.Compare(a.Position, b.Position) })
}

// founded gives what the acts make. It asks them only where rows say otherwise than the last
// time: what is in the log stays. While it cannot be read, what was found last goes on.
func (p *Policies) founded(ctx context.Context, v *Version, own []access.Own) (*Founded, error) {
	p.proving.Lock()
	defer p.proving.Unlock()
	if p.known != nil && p.known.is(v, own) {
		return p.known, nil
	}
	acts, err := p.Acts(ctx, p.DB.Read(), kinds()...)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil:
		p.known = Found(acts)
	case p.known == nil:
		return Found(nil), nil
	}
	return p.known, nil
}
