// Package roll tells from acts who is a person here, and who held which position when. A row
// that says so is a row like any other: whoever has the database in hand writes it. The acts
// by which people are made and get positions are in the transparency log, and whoever asks
// gives those that it proves (promise 3, ruling R5).
//
// An act of somebody who makes people counts only if they were such a person themselves. What
// the command line does on the machine, and what a directory says of its people, are acts of
// nobody and count; and one person makes themselves, at the set-up, while nobody administers.
// Positions that two people give count where another proposed them, or where nobody could
// confirm them yet; see package appointment. Acts of earlier versions, of which neither is
// told, count up to the first that tells it.
package roll

import (
	"cmp"
	"encoding/json"
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
)

// kinds of acts that make a person, give positions, and close or open an account.
const (
	kindCreated   = "person.created"
	kindPositions = "person.positions_changed"
	kindDisabled  = "person.disabled"
	kindEnabled   = "person.enabled"
	kindLeft      = "person.left"
	// kindProposed tells what somebody is to hold once another confirms it.
	kindProposed = "person.positions_proposed"
	// kindConfirmed tells anew what somebody holds whose making cannot be shown any more.
	kindConfirmed = "person.confirmed"
)

// Kinds are those of the acts that a roll is made of.
func Kinds() []string {
	return []string{kindCreated, kindPositions, kindDisabled, kindEnabled, kindLeft, kindConfirmed, kindProposed}
}

// Shuts tells whether acts of a kind shut somebody out. They count without proof.
func Shuts(kind string) bool { return kind == kindDisabled || kind == kindLeft }

// Grace is for how long (µs) after a position was taken away an act by it is still honest:
// rights are looked up when a request comes in, and the act is recorded at its end.
const Grace = int64(60_000_000)

// Act is an act on record: with the log that holds it and its index there, and what it tells.
type Act struct {
	ID, Person, Kind, Subject string
	At                        int64 // µs since 1970 UTC
	Log                       string
	Leaf                      int64
	Detail                    string // JSON
}

// Roll is who held what, from when on.
type Roll struct {
	logs  []string // in the order of their first acts
	lives map[string][]change
	wish  map[string]*Act // what was proposed, by the id of the proposal
	since []*Act          // that tell by how many people positions are given
}

// change is what an act changed of a person.
type change struct {
	at, leaf int64
	log      int
	id       string
	held     []access.Holding // if positions
	open     bool             // if not
	// positions tells that it is about these, made that it makes the account or opens it again,
	// restated that it only puts on record anew what is held.
	positions, made, restated bool

	from      []access.Holding // what was held before, as the act tells it; nil: it does not
	alone     bool             // one person gave what two give otherwise
	confirmed access.Position  // that a review confirmed, if it did
}

// state is what somebody is.
type state struct {
	known, open bool
	held        []access.Holding
}

// Of makes the roll of acts that are proved.
func Of(acts []Act) *Roll {
	acts = slices.Clone(acts)
	slices.SortFunc(acts, func(a, b Act) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	r := &Roll{lives: map[string][]change{}, wish: map[string]*Act{}}
	whole := slices.Clone(acts) // acts is shortened below
	for i := range whole {
		r.hear(&whole[i])
	}
	for i := range acts {
		if !slices.Contains(r.logs, acts[i].Log) {
			r.logs = append(r.logs, acts[i].Log)
		}
	}
	slices.SortStableFunc(acts, func(a, b Act) int {
		return cmp.Or(cmp.Compare(r.log(a.Log), r.log(b.Log)), cmp.Compare(a.Leaf, b.Leaf))
	})
	// Who was made may stand in the log behind what they did, where the clock was set back or
	// two nodes wrote; so what does not count at first is asked again.
	for {
		var left []Act
		for i := range acts {
			if !r.counts(&acts[i]) {
				left = append(left, acts[i])
				continue
			}
			r.take(&acts[i])
		}
		if len(left) == 0 || len(left) == len(acts) {
			return r
		}
		acts = left
	}
}

func (r *Roll) log(name string) int {
	if i := slices.Index(r.logs, name); i >= 0 {
		return i
	}
	return len(r.logs)
}

// counts tells whether an act about a person was done by who might.
func (r *Roll) counts(a *Act) bool {
	switch {
	case a.Person == "": // the command line, or a directory
		return true
	case a.Kind == kindConfirmed: // nobody vouches for another but on the machine
		return false
	case a.Kind == kindCreated && a.Person == a.Subject: // the first of all, or an account of a directory, which gets positions by another act
		d, ok := told(a)
		return ok && (len(d.Positions) == 0 || !r.administered(a))
	}
	return r.May(*a) && r.two(a)
}

// administered tells whether an open account of an administrator stands before an act.
func (r *Roll) administered(a *Act) bool {
	for person := range r.lives {
		s := r.before(person, a)
		if s.open && slices.ContainsFunc(s.held, func(h access.Holding) bool { return h.Position == access.Administrator }) {
			return true
		}
	}
	return false
}

// detail is what an act tells that concerns people.
type detail struct {
	Positions []holding.Told
	To        []holding.Told
	From      []holding.Told
	Decision  struct{ Position access.Position }
	Alone     bool
	Proposal  string
}

func told(a *Act) (d detail, ok bool) {
	return d, json.Unmarshal([]byte(a.Detail), &d) == nil
}

func (r *Roll) take(a *Act) {
	d, ok := told(a)
	c := change{at: a.At, leaf: a.Leaf, log: r.log(a.Log), id: a.ID}
	list := d.Positions
	switch a.Kind {
	case kindProposed:
		return // changes nothing
	case kindPositions:
		list, c.positions = d.To, true
		if d.From != nil {
			c.from = append([]access.Holding{}, holdings(d.From)...)
		}
	case kindCreated, kindConfirmed:
		c.positions, c.made, c.restated = true, true, a.Kind == kindConfirmed
	case kindEnabled:
		c.open = true
	}
	if c.positions && !ok {
		return // what it gives nobody can read
	}
	c.held, c.alone = holdings(list), d.Alone
	r.lives[a.Subject] = append(r.lives[a.Subject], c)
}

// then is what somebody is after a change. One of positions makes a person, too: whose first
// act is lost is one again who gets a position.
func (s state) then(c *change) state {
	if c.positions {
		if c.made || !s.known {
			s.open = true
		}
		s.known, s.held = true, c.held
		return s
	}
	s.open = c.open
	return s
}

// before is what somebody is by the acts that stand in the log before one.
func (r *Roll) before(person string, a *Act) (s state) {
	log := r.log(a.Log)
	for _, c := range r.byLog(person) {
		if c.log < log || c.log == log && c.leaf < a.Leaf {
			s = s.then(&c)
		}
	}
	return s
}

func (r *Roll) byLog(person string) []change { return inLog(r.lives[person]) }

func (r *Roll) byTime(person string) []change { return inTime(r.lives[person]) }

func inLog(changes []change) []change {
	return slices.SortedStableFunc(slices.Values(changes), func(a, b change) int { return cmp.Or(cmp.Compare(a.log, b.log), cmp.Compare(a.leaf, b.leaf)) })
}

func inTime(changes []change) []change {
	return slices.SortedStableFunc(slices.Values(changes), func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
}

// May tells whether the person of an act held the position by which it says that it was done;
// one of v0.2.0 or earlier says none, then any position. It goes by the place of the acts in
// the log and by their time: either may be out of order in an honest house, since clocks are
// set back and acts may come into the log a moment late.
func (r *Roll) May(a Act) bool {
	d, _ := told(&a)
	if s := r.before(a.Person, &a); s.has(d.Decision.Position, a.At) {
		return true
	}
	s := state{}
	for _, c := range r.byTime(a.Person) {
		if c.at > a.At {
			break
		}
		if c.at > a.At-Grace && s.has(d.Decision.Position, a.At) {
			return true // it ended while they acted
		}
		s = s.then(&c)
	}
	return s.has(d.Decision.Position, a.At)
}

// has tells whether who is so held a position at an instant (µs); an empty one is any.
func (s *state) has(p access.Position, at int64) bool {
	return s.known && s.open && slices.ContainsFunc(s.held, func(h access.Holding) bool {
		return (p == "" || h.Position == p) && at >= h.From && (h.Until == 0 || at < h.Until+Grace)
	})
}
