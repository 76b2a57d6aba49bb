// Package rule has the types of parameters: values that an institution sets within
// bounds, declared beside the code that they steer and read there at every use.
//
//	var Lasts = rule.Duration{Key: "viewing.lasts", Default: 8 * time.Hour, Least: 15 * time.Minute, Most: 24 * time.Hour,
//		Guard: rule.Higher, Clauses: []string{"C104"}}
//
//	until := at + Lasts.Get(v.Rules).Microseconds()
//
// A package exports its declarations as Parameters(); the composition root makes one Set
// of all of them, and whoever keeps the values puts them into it. Nothing here knows
// where values come from or who agreed to them (ruling R17).
package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"watchroom/internal/problem"
)

// Refusals of values.
var (
	ErrType   = problem.New(problem.Invalid, "parameter_type", "This is not a value of the kind that the parameter takes.") // key, kind
	ErrBounds = problem.New(problem.Invalid, "parameter_bounds", "This value is outside the bounds of the parameter.")      // key, kind, least, most
	ErrWord   = problem.New(problem.Invalid, "parameter_word", "The parameter does not take this word.")                    // key, word
	ErrBelow  = problem.New(problem.Invalid, "parameter_below", "This parameter is never below another.").On("value")       // key, other
	ErrCount  = problem.New(problem.Invalid, "parameter_count", "The list has too few or too many entries.")                // key, least, most
)

// Kind is what sort of value a parameter takes.
type Kind string

// Kinds, with the form of their values in JSON.
const (
	KindInt      Kind = "int"      // 12
	KindDuration Kind = "duration" // "12h", "1d12h", "90s"; see Span
	KindBool     Kind = "bool"     // true
	KindWord     Kind = "word"     // "monday"
	KindWords    Kind = "words"    // ["monday", "friday"], in the order of the declaration
	KindNames    Kind = "names"    // ["leader"], sorted
)

// Guard says which changes protect less than before. Those need a second approver.
type Guard string

// Guards. Of a yes or no, no is the lower; of words, what stands earlier in the
// declaration; of a list, the one that lacks an entry.
const (
	Free   Guard = ""
	Lower  Guard = "lower"
	Higher Guard = "higher"
	Either Guard = "either"
)

// About is what every declaration says of itself, for people and screens.
type About struct {
	Key     string // such as "viewing.lasts": what stands before the first point is its group
	Kind    Kind
	Clauses []string // ids of the demands that it serves
	Guard   Guard
	// Unread says that nothing reads the value yet: it is kept for a part that is to come.
	Unread bool

	Default     json.RawMessage
	Least, Most json.RawMessage // of KindInt and KindDuration
	Unit        string          // what a whole number counts, such as "characters"
	NotBelow    string          // key of another parameter of the kind that this one is never below; empty: none
	OfDay       bool            // the duration is a time of the day, counted from midnight
	Words       []string        // of KindWord and KindWords
	Register    string          // of KindNames: what the names are of, such as "position"
	Fewest      int             // entries of a list
	Longest     int             // entries of a list
}

// Parameter is one declaration: an Int, Duration, Bool, Word, Words or Names.
type Parameter interface {
	About() About
	take(raw []byte) (any, error)       // the typed value, or one of the refusals without its key
	give(v any) json.RawMessage         // the one form of a typed value
	moves(from, to any) (down, up bool) // in which direction a change goes; a list may go both ways
}

// Parse checks a value in JSON and gives its one form. Refusals carry the key.
func Parse(p Parameter, raw []byte) (json.RawMessage, error) {
	v, err := p.take(raw)
	if err != nil {
		about := p.About()
		return nil, problem.Of(err).With("key", about.Key).With("kind", string(about.Kind)).On("value")
	}
	return p.give(v), nil
}

// Weakens tells whether a change is one that the guard of p watches. Values that p does
// not take count as a change of both directions.
func Weakens(p Parameter, before, after json.RawMessage) bool {
	guard := p.About().Guard
	if guard == Free || string(before) == string(after) {
		return false
	}
	from, err := p.take(before)
	to, err2 := p.take(after)
	if err != nil || err2 != nil {
		return true
	}
	down, up := p.moves(from, to)
	return down && guard != Higher || up && guard != Lower
}

// Below tells whether a value of one parameter is below a value of another of its kind. Values
// that they do not take are not.
func Below(p Parameter, value json.RawMessage, q Parameter, other json.RawMessage) bool {
	a, err := p.take(value)
	b, err2 := q.take(other)
	if err != nil || err2 != nil {
		return false
	}
	switch a := a.(type) {
	case int:
		b, ok := b.(int)
		return ok && a < b
	case time.Duration:
		b, ok := b.(time.Duration)
		return ok && a < b
	}
	return false
}

// Set holds the values in force of all parameters of a program. Reading them takes no
// lock. A nil Set holds the defaults, for tests and tools.
type Set struct {
	all    []Parameter // by key
	by     map[string]Parameter
	values atomic.Pointer[map[string]any] // never changed once it is stored
}

var (
	keyForm    = regexp.MustCompile(`^[a-z][a-z_]*(\.[a-z][a-z_]*)+$`)
	clauseForm = regexp.MustCompile(`^C\d{3}$`)
)

// NewSet makes a set with the default of every parameter. It refuses declarations that
// are wrong in themselves and keys that were declared twice.
func NewSet(groups ...[]Parameter) (*Set, error) {
	s := &Set{by: map[string]Parameter{}}
	values := map[string]any{}
	var wrong []error
	for _, p := range slices.Concat(groups...) {
		about := p.About()
		v, err := p.take(about.Default)
		switch {
		case !keyForm.MatchString(about.Key):
			err = fmt.Errorf("rule: %q is no key", about.Key)
		case s.by[about.Key] != nil:
			err = fmt.Errorf("rule: %s is declared twice", about.Key)
		case err != nil:
			err = fmt.Errorf("rule: the default of %s: %w", about.Key, err)
		case string(p.give(v)) != string(about.Default):
			err = fmt.Errorf("rule: the default of %s is not in its one form, %s", about.Key, p.give(v))
		case len(about.Clauses) == 0 || slices.ContainsFunc(about.Clauses, func(c string) bool { return !clauseForm.MatchString(c) }):
			err = fmt.Errorf("rule: %s names no clause that it serves", about.Key)
		}
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		s.all, s.by[about.Key], values[about.Key] = append(s.all, p), p, v
	}
	slices.SortFunc(s.all, func(a, b Parameter) int { return strings.Compare(a.About().Key, b.About().Key) })
	s.values.Store(&values)
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return s, nil
}

// All gives the declarations by key. The caller does not change the slice.
func (s *Set) All() []Parameter { return s.all }

// Find gives the declaration of a key.
func (s *Set) Find(key string) (Parameter, bool) {
	p, ok := s.by[key]
	return p, ok
}

// Value gives the value in force of a declared key in its one form, nil for any other.
func (s *Set) Value(key string) json.RawMessage {
	p, ok := s.by[key]
	if !ok {
		return nil
	}
	return p.give((*s.values.Load())[key])
}

// Put lets values be in force, all at once: readers see either all of them or none. What
// is not named has its default. Values of keys that are not declared, or that their
// declarations do not take any more, are left out, the default holds in their place, and
// their keys are given back in order.
func (s *Set) Put(values map[string]json.RawMessage) (left []string) {
	next := make(map[string]any, len(s.all))
	for _, p := range s.all {
		about := p.About()
		raw, ok := values[about.Key]
		if !ok {
			raw = about.Default
		}
		v, err := p.take(raw)
		if err != nil {
			left = append(left, about.Key)
			v, _ = p.take(about.Default) // NewSet has looked at it
		}
		next[about.Key] = v
	}
	for key := range values {
		if s.by[key] == nil {
			left = append(left, key)
		}
	}
	slices.Sort(left)
	s.values.Store(&next)
	return left
}

// read gives the typed value of a key, nil where the set does not have it.
func (s *Set) read(key string) any {
	if s == nil {
		return nil
	}
	return (*s.values.Load())[key]
}
