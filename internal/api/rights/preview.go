package rights

import (
	"context"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/policy"
	"watchroom/internal/api/route"
)

// mostChanges bounds an answer; who changes more than that looks at a few.
const mostChanges = 2000

func (x *Routes) preview(ctx context.Context, in *trialInput) (*route.Answer[Effect], error) {
	rules := typed(in.Body.Rules)
	after, err := x.Policies.Preview(ctx, route.Actor(ctx), rules)
	if err != nil {
		return nil, err
	}
	now, err := x.Policies.InForce(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	before, err := x.Policies.Current(ctx)
	if err != nil {
		return nil, err
	}
	cameras, err := x.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	cameras = access.ReachOf(route.Actor(ctx), access.RightsRead).Of(cameras)
	out := Effect{Changes: []Change{}}
	for _, p := range policy.Touched(now.Rules, rules) {
		both := comparison{before: before, after: after, holder: access.Standing{Holdings: access.Everywhere(p), Now: x.Clock.Micro()}}
		for _, a := range named(p, now.Rules, rules) {
			for _, c := range both.of(a, cameras) {
				out.add(c)
			}
		}
	}
	return route.Reply(out), nil
}

func (e *Effect) add(c Change) {
	if len(e.Changes) == mostChanges {
		e.Left++
		return
	}
	e.Changes = append(e.Changes, c)
}

// named gives the rights that rules of a position speak of: no other can change.
func named(p access.Position, versions ...[]policy.Rule) []access.Action {
	said := map[access.Action]bool{}
	for _, rules := range versions {
		for _, r := range rules {
			if r.Position == p {
				for _, a := range r.Actions {
					said[a] = true
				}
			}
		}
	}
	return slices.DeleteFunc(access.Actions(), func(a access.Action) bool { return !said[a] })
}

// comparison is of what somebody who holds a position everywhere may do by two policies.
type comparison struct {
	before, after *access.Rights
	holder        access.Standing
}

// of gives what changes about a right: one change where all cameras are alike in it.
func (x *comparison) of(a access.Action, cameras []string) []Change {
	all, changes := x.on(a, "")
	var list []Change
	alone := false // something is so on some cameras alone
	for _, camera := range cameras {
		c, differs := x.on(a, camera)
		if differs {
			list = append(list, c)
		}
		alone = alone || differs != changes || c.Before != all.Before || c.After != all.After || !alike(c.Was, all.Was) || !alike(c.Is, all.Is)
	}
	if changes && (!alone || len(list) == 0) {
		return []Change{all}
	}
	return list
}

func (x *comparison) on(a access.Action, camera string) (Change, bool) {
	was, wasAway := x.decide(x.before, a, camera)
	is, isAway := x.decide(x.after, a, camera)
	c := Change{Position: string(x.holder.Holdings[0].Position), Action: string(a), Camera: camera, Before: was.Allowed, After: is.Allowed,
		Was: terms(was, wasAway), Is: terms(is, isAway)}
	return c, c.Before != c.After || !alike(c.Was, c.Is)
}

// decide answers for somebody on watch and for somebody who is not.
func (x *comparison) decide(r *access.Rights, a access.Action, camera string) (on, away access.Decision) {
	s := x.holder
	away = r.Decide(s, a, camera, nil)
	s.Duty = []string{""}
	return r.Decide(s, a, camera, nil), away
}

// terms are those on which a right is held; nil: on none, or not at all.
func terms(on, away access.Decision) *Terms {
	if !on.Allowed {
		return nil
	}
	t := Terms{OnDuty: !away.Allowed, Ways: conditions(on.Terms)}
	if others := conditions(away.Terms); away.Allowed && !slices.EqualFunc(t.Ways, others, alikeTerm) {
		t.Away = others
	}
	if !t.OnDuty && t.Ways == nil && t.Away == nil {
		return nil
	}
	return &t
}

// conditions are the ways that demand something; nil where there is one that demands nothing.
func conditions(all []access.Term) []Term {
	if slices.ContainsFunc(all, func(t access.Term) bool { return t.Back == 0 && !t.Request && !t.Second }) {
		return nil
	}
	return ways(all)
}

func ways(all []access.Term) []Term {
	var out []Term
	for _, t := range all {
		out = append(out, Term{Rule: t.Rule, BackMinutes: int(t.Back / time.Minute), Request: t.Request, Second: t.Second, Review: t.Review, Graded: t.RequestGraded || t.SecondGraded})
	}
	return out
}

// alikeTerm tells whether two terms demand the same, whichever rule says so.
func alikeTerm(a, b Term) bool {
	a.Rule, b.Rule = "", ""
	return a == b
}

func alike(a, b *Terms) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.OnDuty == b.OnDuty && slices.EqualFunc(a.Ways, b.Ways, alikeTerm) && slices.EqualFunc(a.Away, b.Away, alikeTerm)
}
