package cedar

import (
	"fmt"
	"slices"
	"strings"

	"watchroom/internal/access"
)

// graded is what the house demands of footage by the grade of its camera.
type graded struct {
	access.Demands
	urgent string // that an emergency right reaches to the footage
}

func grades(r *access.Rights) graded {
	return graded{r.Demands(), urgent(r.Rules())}
}

// of are the conditions that they add to a rule: those of the rule itself are said already.
func (g *graded) of(rule *access.Rule) []string {
	var all []string
	for _, a := range []access.Action{access.PlaybackView, access.SnapshotTake} {
		if !slices.Contains(rule.Actions, a) {
			continue
		}
		if a == access.PlaybackView && g.Request != 0 && !rule.Request {
			all = append(all, g.from(g.Request, rule, a, "context.approved", g.review()))
		}
		if g.Second != 0 && !rule.Second {
			ways := []string{"context.second"}
			if a == access.SnapshotTake {
				ways = append(ways, g.urgent)
			}
			all = append(all, g.from(g.Second, rule, a, ways...))
		}
	}
	return all
}

// from is that one of some ways is open, from a grade on and for one action of a rule.
func (g *graded) from(least access.Grade, rule *access.Rule, a access.Action, ways ...string) string {
	var all []string
	if len(rule.Actions) > 1 {
		all = append(all, "action != "+action(a))
	}
	if least > access.LowestGrade {
		all = append(all, "resource is House", fmt.Sprintf("resource.grade < %d", least))
	}
	for _, w := range ways {
		if w != "" {
			all = append(all, w)
		}
	}
	return "(" + strings.Join(all, " ||\n   ") + ")"
}

// review is that the newest footage is looked at as duty review.
func (g *graded) review() string {
	if g.Review == 0 {
		return ""
	}
	all := []string{"context.review", "context.age <= duration(" + quote(span(g.Review)) + ")"}
	if g.OnDuty {
		all = append(all, "(if resource is Camera then resource in context.watch else !context.watch.isEmpty())")
	}
	return "(" + strings.Join(all, " && ") + ")"
}

// urgent is that an emergency right to footage was taken, where a position lets it be and no
// rule denies that, or the footage.
func urgent(rules []access.Rule) string {
	var takes []string
	all := append([]string{"context has emergency", "context.emergency.actions.contains(" + quote(string(access.PlaybackView)) + ")"}, reaches()...)
	for i := range rules {
		rule := &rules[i]
		take := slices.Contains(rule.Actions, access.EmergencyTake)
		switch {
		case rule.Deny && (take || slices.Contains(rule.Actions, access.PlaybackView)):
			all = append(all, "!("+strings.Join(denies(rule), " && ")+")")
		case take:
			takes = append(takes, "("+strings.Join(allows(rule), " && ")+")")
		}
	}
	if len(takes) == 0 {
		return ""
	}
	return "(" + strings.Join(append(all, "("+strings.Join(takes, " ||\n   ")+")"), " && ") + ")"
}
