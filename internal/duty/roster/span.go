package roster

import (
	"cmp"
	"slices"
	"time"

	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// What the institution sets of rosters.
var (
	// rest is the shortest time between two shifts of one person.
	rest = rule.Duration{Key: "duty.rest", Default: 8 * time.Hour, Least: 0, Most: 48 * time.Hour, Guard: rule.Lower, Clauses: []string{"C024", "C045"}}
	// longest is the longest shift.
	longest = rule.Duration{Key: "duty.longest_shift", Default: 12 * time.Hour, Least: time.Hour, Most: 24 * time.Hour, Guard: rule.Higher, Clauses: []string{"C024", "C045"}}
	// weekly is the longest time on watch in any seven days.
	weekly = rule.Duration{Key: "duty.longest_week", Default: 84 * time.Hour, Least: 8 * time.Hour, Most: 168 * time.Hour, Guard: rule.Higher, Clauses: []string{"C024", "C045"}}
	// Papers are those that somebody has on file who is on the roster, beside what ends rights anyway.
	Papers = rule.Words{Key: "duty.papers", Default: []string{}, Words: []string{"licence", "qualification", "vetting", "pledge"}, Guard: rule.Lower, Clauses: []string{"C024", "C025", "C020"}}
)

// Parameters gives what an institution sets of rosters.
func Parameters() []rule.Parameter { return []rule.Parameter{rest, longest, weekly, Papers} }

// Refusals by the hours of a person. from and to are the other shift of theirs.
var (
	ErrTwice    = problem.New(problem.Conflict, "roster_overlap", "This person has another shift at that time.").On("people")
	ErrTwoRooms = problem.New(problem.Conflict, "roster_two_rooms", "This person is on the roster of another room at that time.").On("people")
	ErrRest     = problem.New(problem.Conflict, "roster_rest", "There is too little rest between this shift and another of this person.").On("people") // longest
	ErrLong     = problem.New(problem.Invalid, "roster_shift_long", "This shift is longer than the rules allow.").On("to")                             // longest
	ErrWeek     = problem.New(problem.Conflict, "roster_week_long", "This person would be on watch for longer in seven days than the rules allow.").On("people")
)

// Span is from an instant (µs) to another, exclusive.
type Span struct{ From, To int64 }

func (s Span) compare(o Span) int {
	return cmp.Or(cmp.Compare(s.From, o.From), cmp.Compare(s.To, o.To))
}

// common is how long both last together, in µs.
func (s Span) common(o Span) int64 { return max(0, min(s.To, o.To)-max(s.From, o.From)) }

// Limits are the hours that a person may have, in µs.
type Limits struct{ Rest, Longest, Week int64 }

// LimitsOf reads what is set.
func LimitsOf(rules *rule.Set) Limits {
	return Limits{Rest: rest.Get(rules).Microseconds(), Longest: longest.Get(rules).Microseconds(), Week: weekly.Get(rules).Microseconds()}
}

const week = 7 * 24 * int64(time.Hour/time.Microsecond)

// Clash is why somebody who has other shifts cannot have s as well, and with which it clashes.
func (l Limits) Clash(s Span, others []Span) (why *problem.Error, with Span) {
	if s.To-s.From > l.Longest {
		return ErrLong.With("longest", rule.Span(time.Duration(l.Longest)*time.Microsecond)), Span{}
	}
	for _, o := range others {
		if s.common(o) > 0 {
			return ErrTwice, o
		}
	}
	for _, o := range others {
		if between := max(s.From-o.To, o.From-s.To); between < l.Rest {
			return ErrRest.With("longest", rule.Span(time.Duration(l.Rest)*time.Microsecond)), o
		}
	}
	if l.week(s, others) {
		return ErrWeek.With("longest", rule.Span(time.Duration(l.Week)*time.Microsecond)), Span{}
	}
	return nil, Span{}
}

// week tells whether some seven days have too many hours with s. The most of them begin where a
// shift begins, or end where one ends.
func (l Limits) week(s Span, others []Span) bool {
	near := slices.DeleteFunc(slices.Clone(others), func(o Span) bool { return o.To <= s.To-week || o.From >= s.From+week })
	near = append(near, s)
	for _, o := range near {
		for _, from := range []int64{o.From, o.To - week} {
			window := Span{from, from + week}
			if window.common(s) == 0 {
				continue
			}
			var sum int64
			for _, n := range near {
				sum += window.common(n)
			}
			if sum > l.Week {
				return true
			}
		}
	}
	return false
}
