package access

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"
)

// Grade is how well what a camera shows is guarded (C111): 1 ordinary, 2 inner, 3
// important, 4 core. A camera of which nobody has said anything has grade 1.
type Grade int

// The grades there are.
const (
	LowestGrade  Grade = 1
	HighestGrade Grade = 4
)

// Place is where a camera hangs: the ids of its areas, from its own to the outermost, its
// grade, and whether it watches a control room.
type Place struct {
	Areas []string
	Grade Grade
	Room  bool
}

// Rule says how a position holds rights, or that it does not: a line of the policy.
type Rule struct {
	ID       string
	Position Position
	Actions  []Action
	Deny     bool // a denial wins over whatever allows

	// Where it holds. Empty fields narrow nothing.
	Areas    []string // and what lies in them
	From, To Grade    // 0: from the lowest, to the highest

	// On what terms it allows; a denial has none.
	OnDuty  bool          // only while the person has the watch over the camera
	Back    time.Duration // only footage that is no older; 0: all there is
	Request bool          // only under a request that was approved
	Second  bool          // only together with a second person
}

// holds tells whether the rule speaks of a place.
func (r *Rule) holds(p Place) bool {
	return inside(p.Areas, r.Areas) && p.Grade >= r.From && (r.To == 0 || p.Grade <= r.To)
}

// anywhere tells whether it speaks of every place.
func (r *Rule) anywhere() bool {
	return len(r.Areas) == 0 && r.From <= LowestGrade && (r.To == 0 || r.To >= HighestGrade)
}

// inside tells whether one of the areas of a place is among some; none means everywhere.
func inside(chain, areas []string) bool {
	if len(areas) == 0 {
		return true
	}
	for _, a := range chain {
		if slices.Contains(areas, a) {
			return true
		}
	}
	return false
}

// Holding is a position that a person holds: where, and for how long.
type Holding struct {
	Position Position
	Areas    []string // ids, and what lies in them; empty: everywhere
	From     int64    // µs; 0: always
	Until    int64    // µs, exclusive; 0: for good
}

// At tells whether it is held at an instant (µs).
func (h *Holding) At(now int64) bool { return now >= h.From && (h.Until == 0 || now < h.Until) }

// Rights is the policy in force with the places it speaks of. It never changes; a change
// of either makes another.
type Rights struct {
	version string
	rules   map[Position]map[Action][]Rule
	list    []Rule           // the same, each once
	places  map[string]Place // by camera; nil: nobody has told places, and all are alike
	bases   map[Position]Position
	within  *Rights // what is allowed must be allowed by these, too; nil: by whichever
	demands func() Demands
	aloof   func() []string // positions that are kept from cameras of control rooms; nil: Aloof
	awaited bool            // within is not what the acts will make: some are on their way into the log
}

// BuiltIn is the version of the policy that a house begins with.
const BuiltIn = "built-in"

// Own is a position that a house has added.
type Own struct {
	Position Position
	Basis    Position // of the program; it may what that one may here, by the program and the house. Empty: nothing
}

// NewRights compiles a policy: what every position may do where nobody has said otherwise,
// and the rules of the house. A rule that allows takes the place of what the position may
// do by itself; so does one that allows only in some places.
func NewRights(version string, house []Rule, places map[string]Place, own ...Own) *Rights {
	r := &Rights{version: version, rules: map[Position]map[Action][]Rule{}, list: slices.Clone(house), places: places, bases: map[Position]Position{}}
	add := func(p Position, a Action, rule Rule) {
		if r.rules[p] == nil {
			r.rules[p] = map[Action][]Rule{}
		}
		r.rules[p][a] = append(r.rules[p][a], rule)
	}
	replaced := map[Position]map[Action]bool{}
	take := func(rule Rule) {
		for _, a := range rule.Actions {
			add(rule.Position, a, rule)
			if !rule.Deny {
				if replaced[rule.Position] == nil {
					replaced[rule.Position] = map[Action]bool{}
				}
				replaced[rule.Position][a] = true
			}
		}
	}
	for _, rule := range house {
		take(rule)
	}
	// What the house narrowed or denied holds for who goes by that position, too: nobody adds
	// a position to get past what two people decided.
	for _, o := range own {
		for _, rule := range house {
			if o.Basis == "" || rule.Position != o.Basis {
				continue
			}
			if !rule.Deny { // what the house gave to this very position counts for it
				rule.Actions = slices.DeleteFunc(slices.Clone(rule.Actions), func(a Action) bool { return given(house, o.Position, a) })
			}
			if rule.Position = o.Position; len(rule.Actions) > 0 {
				r.list = append(r.list, rule)
				take(rule)
			}
		}
	}
	by := func(p, basis Position) {
		for _, a := range basis.Rights() {
			if !replaced[p][a] {
				rule := Rule{ID: BuiltIn + "/" + string(p) + "/" + string(a), Position: p, Actions: []Action{a}}
				r.list = append(r.list, rule)
				add(p, a, rule)
			}
		}
	}
	for _, p := range Positions() {
		by(p, p)
	}
	for _, o := range own {
		by(o.Position, o.Basis)
		r.bases[o.Position] = o.Basis
	}
	return r
}

// given tells whether a rule of the house allows a position an action.
func given(house []Rule, p Position, a Action) bool {
	return slices.ContainsFunc(house, func(r Rule) bool { return r.Position == p && !r.Deny && slices.Contains(r.Actions, a) })
}

// Kin tells whether two positions are one or go by one of the program, as the actor's policy
// has it: a second of that name would be another position in its name alone.
func Kin(a Actor, p, q Position) bool {
	for r := a.rights; r != nil; r = r.within {
		if cmp.Or(r.bases[p], p) == cmp.Or(r.bases[q], q) {
			return true
		}
	}
	return p == q
}

// GoneBy gives positions, each with the one of the program that it goes by: what a rule says
// of that one is said of it, too. Where the acts on record know another basis than the rows do,
// both count.
func (r *Rights) GoneBy(held []Position) []Own {
	all := []Own{}
	for _, p := range held {
		all = append(all, Own{Position: p, Basis: r.bases[p]})
		if r.within == nil {
			continue
		}
		if proved := (Own{Position: p, Basis: r.within.bases[p]}); proved.Basis != r.bases[p] {
			all = append(all, proved)
		}
	}
	return all
}

// Named tells whether a list of positions names it, or the one that it goes by.
func (o Own) Named(list []string) bool {
	return slices.Contains(list, string(o.Position)) || o.Basis != "" && slices.Contains(list, string(o.Basis))
}

// Fills tells whether a list of positions names one, or the one that it goes by, as the actor's
// policy has it. Where the acts on record know another basis, it must be named either way.
func Fills(a Actor, p Position, list []string) bool {
	if a.rights == nil {
		return Own{Position: p}.Named(list)
	}
	return !slices.ContainsFunc(a.rights.GoneBy([]Position{p}), func(o Own) bool { return !o.Named(list) })
}

// Version names the policy.
func (r *Rights) Version() string { return r.version }

// Rules gives what decides: the rules of the house in their order, then what positions may do
// by themselves where no rule takes its place. For who writes the policy down, see cedar.
func (r *Rights) Rules() []Rule { return slices.Clone(r.list) }

// Place gives where a camera hangs. One that nobody knows hangs nowhere and is guarded
// like the best.
func (r *Rights) Place(camera string) Place {
	if r.places == nil {
		return Place{Grade: LowestGrade}
	}
	if p, ok := r.places[camera]; ok {
		return p
	}
	return Place{Grade: HighestGrade}
}

// Knows tells whether there is such a camera, in service or not.
func (r *Rights) Knows(camera string) bool {
	_, ok := r.places[camera]
	return ok || r.places == nil
}

// GradeOf is the security grade of a camera as the actor's policy has it; where nobody knows
// anything, the highest.
func GradeOf(a Actor, camera string) Grade {
	if a.rights == nil {
		return HighestGrade
	}
	return a.rights.Place(camera).Grade
}

// Standing is what is known of a person when a right is decided.
type Standing struct {
	Holdings []Holding
	Now      int64 // µs
	// Duty is over which areas the person has the watch now; an empty id means all.
	// nil: no watch.
	Duty []string
	// Papers that ran out end what positions give of pictures, not emergency rights.
	Papers Papers
	// Emergencies are the emergency rights that the person has taken.
	Emergencies []Emergency
}

// on tells whether the person has the watch over a place.
func (s *Standing) on(p Place) bool {
	return slices.Contains(s.Duty, "") || len(s.Duty) > 0 && inside(p.Areas, s.Duty)
}

// Lack is why a right is not there.
type Lack string

// What can lack. The later in this list, the nearer somebody was.
const (
	LackRight  Lack = "right"  // no position held has it
	LackTime   Lack = "time"   // the position is held at another time
	LackArea   Lack = "area"   // it is held elsewhere
	LackGrade  Lack = "grade"  // not for a camera of this grade, or this place
	LackDuty   Lack = "duty"   // only on watch
	LackDenied Lack = "denied" // a rule denies it
	// LackUnproved: a rule allows it that no act in the transparency log made.
	LackUnproved Lack = "unproved"
	// LackUnlogged: a rule allows it whose act may be among those on their way into the log.
	LackUnlogged Lack = "unlogged"
	LackToken    Lack = "token" // the person may, the token may not
)

func (l Lack) rank() int {
	return slices.Index([]Lack{LackRight, LackTime, LackArea, LackGrade, LackDuty, LackPledge, LackVetting, LackLicence, LackBriefing, LackHost, LackDenied, LackRoom, LackUnproved, LackUnlogged, LackToken}, l)
}

// Decision is an answer with its grounds.
type Decision struct {
	Allowed  bool
	Lack     Lack     // why not
	Position Position // by which position; of those held the one that came nearest
	Rule     string   // id of the rule that decided; empty where none speaks of it
	Policy   string   // its version

	// Terms are on what conditions it is allowed, one for each rule that allows, the
	// least demanding first.
	Terms []Term
}

// Term is one way in which something is allowed.
type Term struct {
	Rule    string
	Back    time.Duration // only footage that is no older; 0: all there is
	Request bool          // only under a request that was approved
	Second  bool          // only together with a second person
	Review  bool          // only as duty review

	// That the security grade of the camera demands the request, or the second person, and not
	// the rule; see Demands.
	RequestGraded, SecondGraded bool
}

// For gives, of the terms that cover footage of an age, the first that demands neither a
// request nor, unless there is a second person, one; else the least demanding. Those of duty
// review count where it is that. ok is false where none covers it.
func (d Decision) For(age time.Duration, review, paired bool) (t Term, ok bool) {
	for _, one := range d.Terms {
		if one.Back != 0 && age > one.Back || one.Review && !review {
			continue
		}
		if !one.Request && (!one.Second || paired) {
			return one, true
		}
		if !ok {
			t, ok = one, true
		}
	}
	return t, ok
}

// Step is one position that was looked at on the way to a decision.
type Step struct {
	Holding Holding
	Rule    string
	Lack    Lack // empty: this one allows
}

// decide is Decide by these rules alone.
func (r *Rights) decide(s Standing, action Action, camera string, trace func(Step)) Decision {
	best := Decision{Lack: LackRight, Policy: r.version}
	place, everywhere := Place{}, camera == ""
	if !everywhere {
		place = r.Place(camera)
	}
	tell := func(h Holding, rule string, lack Lack) {
		if trace != nil {
			trace(Step{h, rule, lack})
		}
		if !best.Allowed && (lack.rank() > best.Lack.rank() || best.Position == "") && (lack != LackRight || best.Position == "") {
			best.Lack, best.Position, best.Rule = lack, h.Position, rule
		}
	}
	denied := ""
	var by Position
	for _, h := range s.Holdings {
		rules := r.rules[h.Position][action]
		switch {
		case len(rules) == 0:
			tell(h, "", LackRight)
			continue
		case !h.At(s.Now):
			tell(h, "", LackTime)
			continue
		case !everywhere && !inside(place.Areas, h.Areas):
			tell(h, "", LackArea)
			continue
		}
		lack, allows := LackGrade, false
		last := ""
		for i := range rules {
			rule := &rules[i]
			if everywhere && rule.Deny && (len(h.Areas) > 0 || !rule.anywhere()) || !everywhere && !rule.holds(place) {
				last = rule.ID
				continue
			}
			if rule.Deny {
				denied, by = rule.ID, h.Position
				lack, last = LackDenied, rule.ID
				allows = false
				break
			}
			if rule.OnDuty && (everywhere && len(s.Duty) == 0 || !everywhere && !s.on(place)) {
				lack, last = LackDuty, rule.ID
				continue
			}
			if s.Papers.Lapsed != "" && action.Shows() {
				lack, last = s.Papers.Lapsed, rule.ID
				continue
			}
			allows, last = true, rule.ID
			best = best.with(h.Position, rule.ID, r.ways(rule, action, camera, place, &s))
		}
		if allows {
			lack = ""
		}
		tell(h, last, lack)
	}
	if denied != "" {
		return Decision{Lack: LackDenied, Position: by, Rule: denied, Policy: r.version}
	}
	if len(s.Emergencies) > 0 {
		return r.emergency(s, action, camera, best, trace)
	}
	return best
}

// with takes in one more rule that allows.
func (d Decision) with(p Position, rule string, ways []Term) Decision {
	if !d.Allowed {
		d = Decision{Allowed: true, Position: p, Rule: rule, Policy: d.Policy}
	}
	d.Terms = append(slices.Clip(d.Terms), ways...)
	slices.SortStableFunc(d.Terms, byDemand)
	return d
}

// demand is how much has to be done for a term besides having it.
func demand(t Term) (n int) {
	if t.Request {
		n++
	}
	if t.Second {
		n += 2
	}
	return n
}

// reach is how far back a term goes.
func reach(t Term) time.Duration {
	if t.Back == 0 {
		return math.MaxInt64
	}
	return t.Back
}

// String is the grade as digits.
func (g Grade) String() string { return strconv.Itoa(int(g)) }
