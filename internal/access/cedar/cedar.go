// Package cedar writes the policy down in the Cedar language, for who audits it with tools of
// their own: policies, schema and entities. It is a mirror; what decides is access alone, and
// a test asks both the same questions (decision 0054; C112, C114).
package cedar

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"watchroom/internal/access"
)

// Everywhere is the id of the area that holds all others, and every camera that hangs in none.
const Everywhere = "everywhere"

// House is the id of the resource of a request that is about no camera.
const House = "house"

// Takeable are the rights that somebody can take in an emergency.
func Takeable() []access.Action { return []access.Action{access.LiveView, access.PlaybackView} }

// Words are for who reads the policies.
type Words struct {
	Head  []string          // lines above them
	Notes map[string]string // why a rule of the house is there, by its id
	Areas map[string]string // names by id
}

// Policies writes what decides, a policy for each rule, with the rule's id in @id.
func Policies(r *access.Rights, words Words) string {
	var b strings.Builder
	for _, line := range words.Head {
		b.WriteString("// " + plain(line) + "\n")
	}
	rules, asked := r.Rules(), grades(r)
	for i := range rules {
		rule := &rules[i]
		b.WriteString("\n")
		annotate(&b, rule.ID, rule.Position, clauses(rule))
		words.annotate(&b, rule)
		if rule.Deny {
			write(&b, "forbid", rule.Actions, clauseOf("when", denies(rule)))
			continue
		}
		write(&b, "permit", rule.Actions, clauseOf("when", slices.Concat(allows(rule), papers(rule), terms(rule), asked.of(rule))))
	}
	emergencies(&b, rules, words)
	rooms(&b, r.Aloof())
	return b.String()
}

// rooms writes that those who keep watch are kept from the cameras that watch control rooms,
// wherever they hold their position.
func rooms(b *strings.Builder, aloof []access.Position) {
	var steers []access.Action
	for _, a := range access.Actions() {
		if a.Steers() {
			steers = append(steers, a)
		}
	}
	var codes, holds []string
	for _, p := range aloof {
		codes = append(codes, string(p))
		holds = append(holds, "principal.hasTag("+quote(string(p))+")")
	}
	if len(holds) == 0 {
		return
	}
	b.WriteString("\n")
	annotate(b, access.RoomRule, access.Position(strings.Join(codes, " ")), []string{"C019", "C022", "C112"})
	write(b, "forbid", steers, clauseOf("when", []string{"resource is Camera", "resource.room", "(" + strings.Join(holds, " ||\n   ") + ")"}))
}

// emergencies writes what an emergency right that somebody took adds, wherever a position lets
// it be taken and no rule denies that.
func emergencies(b *strings.Builder, rules []access.Rule, words Words) {
	var never []string
	for i := range rules {
		if rules[i].Deny && slices.Contains(rules[i].Actions, access.EmergencyTake) {
			never = append(never, clauseOf("unless", denies(&rules[i])))
		}
	}
	names := make([]string, len(Takeable()))
	for i, a := range Takeable() {
		names[i] = fmt.Sprintf("action == %s && context.emergency.actions.contains(%s)", action(a), quote(string(a)))
	}
	taken := clauseOf("when", append([]string{"context has emergency", "(" + strings.Join(names, " ||\n   ") + ")"}, reaches()...))
	for i := range rules {
		rule := &rules[i]
		if rule.Deny || !slices.Contains(rule.Actions, access.EmergencyTake) {
			continue
		}
		b.WriteString("\n")
		annotate(b, access.EmergencyRule+rule.ID, rule.Position, []string{"C104", "C105", "C111", "C112"})
		words.annotate(b, &access.Rule{Areas: rule.Areas})
		write(b, "permit", Takeable(), append([]string{clauseOf("when", allows(rule)), taken}, never...)...)
	}
}

// reaches are how far an emergency right goes that was taken.
func reaches() []string {
	return []string{"(resource is House || resource.grade <= context.emergency.toGrade)",
		"(if context.emergency has back then context.age <= context.emergency.back else true)"}
}

func annotate(b *strings.Builder, id string, p access.Position, clauses []string) {
	fmt.Fprintf(b, "@id(%s)\n@position(%s)\n@clause(%s)\n", quote(id), quote(string(p)), quote(strings.Join(clauses, " ")))
}

// annotate says where a rule holds, in names, and why it is there.
func (w Words) annotate(b *strings.Builder, rule *access.Rule) {
	var where []string
	for _, a := range rule.Areas {
		if name := w.Areas[a]; name != "" {
			where = append(where, name)
		}
	}
	if len(where) > 0 {
		fmt.Fprintf(b, "@where(%s)\n", quote(strings.Join(where, "; ")))
	}
	if note := w.Notes[rule.ID]; note != "" {
		fmt.Fprintf(b, "@note(%s)\n", quote(note))
	}
}

func write(b *strings.Builder, effect string, actions []access.Action, clauses ...string) {
	which := "action == "
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = action(a)
	}
	if len(names) == 1 {
		which += names[0]
	} else {
		which = "action in [" + strings.Join(names, ", ") + "]"
	}
	fmt.Fprintf(b, "%s (principal, %s, resource)%s;\n", effect, which, strings.Join(clauses, ""))
}

func clauseOf(word string, conditions []string) string {
	return "\n" + word + " {\n  " + strings.Join(conditions, " &&\n  ") + "\n}"
}

// held is that the position is held, and where.
func held(rule *access.Rule) (holds, here string) {
	p := quote(string(rule.Position))
	return "principal.hasTag(" + p + ")", "resource in principal.getTag(" + p + ")"
}

// place is what a rule says of the camera besides.
func place(rule *access.Rule) []string {
	var all []string
	if len(rule.Areas) > 0 {
		areas := make([]string, len(rule.Areas))
		for i, a := range rule.Areas {
			areas[i] = "Area::" + quote(a)
		}
		all = append(all, "resource in ["+strings.Join(areas, ", ")+"]")
	}
	if rule.From > access.LowestGrade {
		all = append(all, fmt.Sprintf("resource.grade >= %d", rule.From))
	}
	if rule.To != 0 && rule.To < access.HighestGrade {
		all = append(all, fmt.Sprintf("resource.grade <= %d", rule.To))
	}
	return all
}

// denies are the conditions of a denial: one of all places denies what is about no camera,
// too, to who holds the position everywhere.
func denies(rule *access.Rule) []string {
	holds, here := held(rule)
	where := place(rule)
	if len(where) == 0 {
		return []string{holds, here}
	}
	return append([]string{holds, "resource is Camera", here}, where...)
}

// allows are the conditions under which a rule that allows speaks. Without a camera the
// question is whether there is any on which they may.
func allows(rule *access.Rule) []string {
	holds, here := held(rule)
	where := append([]string{here}, place(rule)...)
	if rule.OnDuty {
		return []string{holds, "(if resource is Camera\n   then " + strings.Join(append(where, "resource in context.watch"), " &&\n        ") + "\n   else !context.watch.isEmpty())"}
	}
	return []string{holds, "(resource is House ||\n   " + strings.Join(where, " &&\n   ") + ")"}
}

// papers are that none ran out without which nobody sees pictures. What a rule gives besides
// needs none, and an emergency right neither.
func papers(rule *access.Rule) []string {
	var shows []string
	for _, a := range rule.Actions {
		if a.Shows() {
			shows = append(shows, action(a))
		}
	}
	switch len(shows) {
	case 0:
		return nil
	case len(rule.Actions):
		return []string{"!context.lapsed"}
	}
	return []string{"(!context.lapsed || !(action in [" + strings.Join(shows, ", ") + "]))"}
}

// terms are what else is demanded.
func terms(rule *access.Rule) []string {
	var all []string
	if rule.Back != 0 {
		all = append(all, "context.age <= duration("+quote(span(rule.Back))+")")
	}
	if rule.Request {
		all = append(all, "context.approved")
	}
	if rule.Second {
		all = append(all, "context.second")
	}
	return all
}

// span is a duration as Cedar reads it: 1d2h30m. Less than a millisecond is cut off.
func span(d time.Duration) string {
	var b strings.Builder
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if n := d / u.unit; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.unit
		}
	}
	if b.Len() == 0 {
		return "0ms"
	}
	return b.String()
}

func action(a access.Action) string { return "Action::" + quote(string(a)) }

// quote is a string as the Cedar grammar has it. What cannot be seen, and what turns the
// direction of writing, stands as its code point.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plain is a line of a comment: nothing in it ends the comment.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != ' ' && !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
