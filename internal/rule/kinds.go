package rule

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"time"
)

// Int is a whole number within bounds.
type Int struct {
	Key         string
	Default     int
	Least, Most int
	Unit        string // what it counts, a word of the screens such as "characters"
	Off         bool   // 0 demands nothing: it protects as little as more than Most
	NotBelow    string // key of another whole number that it is never below
	Guard       Guard
	Clauses     []string
	Unread      bool
}

// Get gives the value in force.
func (p Int) Get(s *Set) int {
	if v, ok := s.read(p.Key).(int); ok {
		return v
	}
	return p.Default
}

// About implements Parameter.
func (p Int) About() About {
	return About{Key: p.Key, Kind: KindInt, Clauses: p.Clauses, Guard: p.Guard, Unread: p.Unread, Unit: p.Unit, NotBelow: p.NotBelow,
		Default: p.give(p.Default), Least: p.give(p.Least), Most: p.give(p.Most)}
}

func (p Int) take(raw []byte) (any, error) {
	number, err := decode[json.Number](raw)
	if err != nil {
		return nil, err
	}
	// 12.0 and 1.2e1 are not how anybody writes a whole number.
	n, err := number.Int64()
	if err != nil {
		return nil, ErrType
	}
	if n < int64(p.Least) || n > int64(p.Most) {
		return nil, ErrBounds.With("least", p.Least).With("most", p.Most)
	}
	return int(n), nil
}

func (p Int) give(v any) json.RawMessage { return encode(v) }

func (p Int) moves(from, to any) (down, up bool) {
	a, b := from.(int), to.(int)
	if p.Off {
		for _, n := range []*int{&a, &b} {
			if *n == 0 {
				*n = p.Most + 1
			}
		}
	}
	return b < a, b > a
}

// Duration is a time within bounds, in whole seconds.
type Duration struct {
	Key         string
	Default     time.Duration
	Least, Most time.Duration
	OfDay       bool   // it is a time of the day, counted from midnight; 24h is the end of the day
	NotBelow    string // key of another duration that it is never below
	Guard       Guard
	Clauses     []string
	Unread      bool
}

// Get gives the value in force.
func (p Duration) Get(s *Set) time.Duration {
	if v, ok := s.read(p.Key).(time.Duration); ok {
		return v
	}
	return p.Default
}

// About implements Parameter.
func (p Duration) About() About {
	return About{Key: p.Key, Kind: KindDuration, Clauses: p.Clauses, Guard: p.Guard, Unread: p.Unread, OfDay: p.OfDay, NotBelow: p.NotBelow,
		Default: p.give(p.Default), Least: p.give(p.Least), Most: p.give(p.Most)}
}

func (p Duration) take(raw []byte) (any, error) {
	text, err := decode[string](raw)
	if err != nil {
		return nil, err
	}
	d, err := ParseSpan(text)
	if err != nil {
		return nil, ErrType
	}
	if d < p.Least || d > p.Most {
		return nil, ErrBounds.With("least", Span(p.Least)).With("most", Span(p.Most))
	}
	return d, nil
}

func (p Duration) give(v any) json.RawMessage { return encode(Span(v.(time.Duration))) }

func (p Duration) moves(from, to any) (down, up bool) {
	a, b := from.(time.Duration), to.(time.Duration)
	return b < a, b > a
}

// Bool is a yes or no.
type Bool struct {
	Key     string
	Default bool
	Guard   Guard
	Clauses []string
	Unread  bool
}

// Get gives the value in force.
func (p Bool) Get(s *Set) bool {
	if v, ok := s.read(p.Key).(bool); ok {
		return v
	}
	return p.Default
}

// About implements Parameter.
func (p Bool) About() About {
	return About{Key: p.Key, Kind: KindBool, Clauses: p.Clauses, Guard: p.Guard, Unread: p.Unread, Default: p.give(p.Default)}
}

func (p Bool) take(raw []byte) (any, error) { return decode[bool](raw) }

func (p Bool) give(v any) json.RawMessage { return encode(v) }

func (p Bool) moves(from, to any) (down, up bool) {
	a, b := from.(bool), to.(bool)
	return a && !b, b && !a
}

// Word is one of a few words. What protects least stands first.
type Word struct {
	Key     string
	Default string
	Words   []string
	Guard   Guard
	Clauses []string
	Unread  bool
}

// Get gives the value in force.
func (p Word) Get(s *Set) string {
	if v, ok := s.read(p.Key).(string); ok {
		return v
	}
	return p.Default
}

// About implements Parameter.
func (p Word) About() About {
	return About{Key: p.Key, Kind: KindWord, Clauses: p.Clauses, Guard: p.Guard, Unread: p.Unread, Words: p.Words, Default: p.give(p.Default)}
}

func (p Word) take(raw []byte) (any, error) {
	word, err := decode[string](raw)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.Words, word) {
		return nil, ErrWord.With("word", short(word))
	}
	return word, nil
}

func (p Word) give(v any) json.RawMessage { return encode(v) }

func (p Word) moves(from, to any) (down, up bool) {
	c := cmp.Compare(slices.Index(p.Words, to.(string)), slices.Index(p.Words, from.(string)))
	return c < 0, c > 0
}

// Words is a list of some of a few words.
type Words struct {
	Key     string
	Default []string
	Words   []string
	Fewest  int // entries that there must be
	Guard   Guard
	Clauses []string
	Unread  bool
}

// Get gives the value in force, in the order of the declaration.
func (p Words) Get(s *Set) []string {
	if v, ok := s.read(p.Key).([]string); ok {
		return slices.Clone(v)
	}
	return slices.Clone(p.Default)
}

// About implements Parameter.
func (p Words) About() About {
	return About{Key: p.Key, Kind: KindWords, Clauses: p.Clauses, Guard: p.Guard, Unread: p.Unread, Words: p.Words,
		Fewest: p.Fewest, Longest: len(p.Words), Default: p.give(p.Default)}
}

func (p Words) take(raw []byte) (any, error) {
	given, err := decode[[]string](raw)
	if err != nil {
		return nil, err
	}
	for _, w := range given {
		if !slices.Contains(p.Words, w) {
			return nil, ErrWord.With("word", short(w))
		}
	}
	list := []string{}
	for _, w := range p.Words {
		if slices.Contains(given, w) {
			list = append(list, w)
		}
	}
	return counted(list, p.Fewest, len(p.Words))
}

func (p Words) give(v any) json.RawMessage { return encodeList(v) }

func (p Words) moves(from, to any) (down, up bool) { return listMoves(from, to) }

// Names is a list of names from a register that the institution keeps itself, such as
// the positions. Whether a name is in the register is for the keeper of the values to
// say: here it is a short text.
type Names struct {
	Key             string
	Register        string // such as "position"
	Default         []string
	Fewest, Longest int
	Guard           Guard
	Clauses         []string
	Unread          bool
}

// Get gives the value in force, sorted.
func (p Names) Get(s *Set) []string {
	if v, ok := s.read(p.Key).([]string); ok {
		return slices.Clone(v)
	}
	return slices.Sorted(slices.Values(p.Default))
}

// About implements Parameter.
func (p Names) About() About {
	return About{Key: p.Key, Kind: KindNames, Clauses: p.Clauses, Guard: p.Guard, Unread: p.Unread, Register: p.Register,
		Fewest: p.Fewest, Longest: p.Longest, Default: p.give(slices.Sorted(slices.Values(p.Default)))}
}

const longestName = 64 // bytes

func (p Names) take(raw []byte) (any, error) {
	list, err := decode[[]string](raw)
	if err != nil {
		return nil, err
	}
	slices.Sort(list)
	list = slices.Compact(list)
	for _, name := range list {
		if name == "" || len(name) > longestName {
			return nil, ErrWord.With("word", short(name))
		}
	}
	return counted(list, p.Fewest, p.Longest)
}

func (p Names) give(v any) json.RawMessage { return encodeList(v) }

func (p Names) moves(from, to any) (down, up bool) { return listMoves(from, to) }

func counted(list []string, fewest, longest int) (any, error) {
	if len(list) < fewest || len(list) > longest {
		return nil, ErrCount.With("least", fewest).With("most", longest)
	}
	return list, nil
}

func listMoves(from, to any) (down, up bool) {
	a, b := from.([]string), to.([]string)
	lacks := func(in []string) func(string) bool {
		return func(w string) bool { return !slices.Contains(in, w) }
	}
	return slices.ContainsFunc(a, lacks(b)), slices.ContainsFunc(b, lacks(a))
}

// decode reads exactly one value of T. JSON's null is none.
func decode[T any](raw []byte) (v T, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	var some *T
	if err := d.Decode(&some); err != nil || some == nil {
		return v, ErrType
	}
	if _, err := d.Token(); err != io.EOF {
		return v, ErrType
	}
	// A json.Number is also read from a text that holds one.
	if _, number := any(*some).(json.Number); number && bytes.HasPrefix(bytes.TrimSpace(raw), []byte(`"`)) {
		return v, ErrType
	}
	return *some, nil
}

func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // numbers, switches and texts can be written
	}
	return bytes.TrimSpace(b.Bytes())
}

func encodeList(v any) json.RawMessage {
	if list := v.([]string); list == nil {
		v = []string{}
	}
	return encode(v)
}

// short is as much of what somebody wrote as a refusal repeats.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
