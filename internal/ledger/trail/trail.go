// Package trail reads the acts as auditors ask for them: who looked at what, why, by what
// right. Any combination of conditions is answered from an index of its own (0045) that is
// made from the acts and only proposes; every act is held against the conditions before it
// is given, so that a wrong index can hide an act but never invent one. What it hides Check
// finds.
package trail

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Query says which acts. Empty fields narrow nothing; of several values one suffices.
type Query struct {
	Persons   []string
	System    bool // what the program did itself, besides what the persons did
	Positions []string
	Units     []string
	Addresses []string
	Cameras   []string
	Kinds     []string // whole kinds, or chapters with their dot: "camera."
	Purposes  []string
	Present   []string // people of the register who were at the screen as well
	Verdicts  []string
	Rules     []string
	Marks     []string // that pictures bore
	Text      string   // stands in what people wrote, names from outside included, in any case

	From, To               int64 // of the act, µs, To exclusive
	FootageFrom, FootageTo int64 // footage of that time was seen or spoken of, µs, To exclusive
	// Then takes in what was done at the time of the footage as well, whatever it was about:
	// who looked in that night, and who looked at it later.
	Then bool

	// Scope is the cameras that whoever asks may know of; nil: all, and acts that are about
	// no camera.
	Scope *[]string

	Before, After string // id of an act: only older ones, or only newer ones; one of them at most
	Limit         int    // 1…MaxLimit; 0 means 50

	rows int // of the index that are read for one page; 0 means lookUp. Tests make it small
}

// Limits of a query.
const (
	MaxLimit   = 500
	MaxValues  = 300    // of one field
	lookAt     = 4096   // acts that are held against the conditions for one page
	lookUp     = 20_000 // rows of the index that are read for one page
	mostGroups = 64
)

// Refusals.
var (
	ErrMark  = problem.New(problem.Invalid, "act_unknown", "There is no such act.")
	ErrQuery = problem.New(problem.Invalid, "search_invalid", "This search cannot be made: an interval ends before it begins, or too much is asked for at once.")
)

// Entry is an act of the trail.
type Entry struct {
	ledger.Logged
	Facets
}

// Page is a part of the trail, the newest first.
type Page struct {
	Entries []Entry
	Older   string // Before of the next page; empty where nothing older is left
	Newer   string // After of the page before; empty where nothing newer was asked past
	// Partial tells that the page was cut short because much had to be looked through; the
	// page behind Older, or Newer, goes on.
	Partial bool
	// Unindexed is how many acts the index has not taken in yet, as far as that was noticed.
	Unindexed int
}

// place is where an act stands in the trail.
type place struct {
	at int64
	id string
}

func (p place) before(o place) bool { return p.at < o.at || p.at == o.at && p.id < o.id }

// Read gives a page.
func Read(ctx context.Context, d *db.DB, q Query) (*Page, error) {
	c, err := compile(&q)
	if err != nil {
		return nil, err
	}
	var page *Page
	err = d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		page, err = c.page(ctx, tx, &q)
		return err
	})
	var p *problem.Error
	if err != nil && !errors.As(err, &p) {
		err = fmt.Errorf("search the acts: %w", err)
	}
	return page, err
}

// EntryOf is an act with what it says of itself.
func EntryOf(l *ledger.Logged) Entry { return Entry{*l, FacetsOf(&l.Act)} }

// Holds tells whether an act is one of those that are asked for.
func (q *Query) Holds(e *Entry) bool {
	c := conditions{Query: q, needle: string(fold(q.Text))}
	return c.holds(e)
}

// conditions are a query as it is held against acts.
type conditions struct {
	*Query
	groups [][]string // of each one term at least; those of few terms first
	terms  int        // in all of them
	read   int        // rows of the index so far
	needle string
}

func compile(q *Query) (*conditions, error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	q.Limit = min(q.Limit, MaxLimit)
	c := &conditions{Query: q, needle: string(fold(q.Text))}
	persons := q.Persons
	if q.System {
		persons = append(slices.Clone(persons), "")
	}
	for _, g := range []struct {
		of     string
		values []string
	}{
		{ofPerson, persons}, {ofPosition, q.Positions}, {ofUnit, q.Units}, {ofAddress, q.Addresses}, {ofCamera, q.Cameras},
		{ofKind, q.Kinds}, {ofPurpose, q.Purposes}, {ofPresent, q.Present}, {ofVerdict, q.Verdicts}, {ofRule, q.Rules}, {ofMark, q.Marks},
	} {
		if len(g.values) > MaxValues {
			return nil, ErrQuery
		}
		if len(g.values) > 0 {
			c.groups = append(c.groups, termsOf(g.of, g.values))
		}
	}
	if q.Scope != nil {
		c.groups = append(c.groups, termsOf(ofCamera, *q.Scope))
	}
	if q.Then && q.FootageFrom == 0 && q.FootageTo == 0 {
		return nil, ErrQuery
	}
	if q.FootageFrom != 0 || q.FootageTo != 0 {
		if q.FootageTo == 0 {
			q.FootageTo = math.MaxInt64
		}
		if q.FootageFrom < 0 || q.FootageTo <= q.FootageFrom {
			return nil, ErrQuery
		}
		if list := days(q.FootageFrom, q.FootageTo); list[0] != ofLong {
			c.groups = append(c.groups, append(list, ofLong))
		}
	}
	if q.To != 0 && q.To <= q.From || q.Before != "" && q.After != "" {
		return nil, ErrQuery
	}
	for _, p := range pairs(q.Text, mostGroups) {
		c.groups = append(c.groups, []string{p})
	}
	slices.SortStableFunc(c.groups, func(a, b []string) int { return len(a) - len(b) })
	for _, g := range c.groups {
		c.terms += len(g)
	}
	if q.rows == 0 {
		q.rows = lookUp
	}
	return c, nil
}

func termsOf(of string, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = term(of, v)
	}
	return out
}

// holds tells whether an act is one of those that are asked for.
func (c *conditions) holds(e *Entry) bool {
	seen := c.FootageTo == 0 || e.Facets.To > c.FootageFrom && e.Facets.From < c.FootageTo && e.Facets.To != 0
	then := c.Then && e.Act.At >= c.FootageFrom && e.Act.At < c.FootageTo
	return (seen || then) && c.besides(e)
}

// besides is holds but for the footage.
func (c *conditions) besides(e *Entry) bool {
	one := func(asked []string, is ...string) bool {
		return len(asked) == 0 || slices.ContainsFunc(is, func(s string) bool { return slices.Contains(asked, s) })
	}
	a := &e.Act
	if len(c.Persons) > 0 || c.System {
		if !(c.System && a.Person == "" || slices.Contains(c.Persons, a.Person)) {
			return false
		}
	}
	chapter, _, _ := strings.Cut(a.Kind, ".")
	return one(c.Positions, e.Positions...) && one(c.Units, e.Unit) && one(c.Addresses, e.Address) && one(c.Cameras, a.Camera) &&
		one(c.Kinds, a.Kind, chapter+".") && one(c.Purposes, e.Purpose) && one(c.Present, e.beside()...) && one(c.Verdicts, e.Verdict) && one(c.Rules, e.Rule) && one(c.Marks, e.Mark) &&
		(c.Scope == nil || slices.Contains(*c.Scope, a.Camera)) &&
		a.At >= c.From && (c.To == 0 || a.At < c.To) &&
		(c.needle == "" || strings.Contains(string(fold(e.said())), c.needle))
}

// page reads the acts beside the index and those in it, and puts them together.
func (c *conditions) page(ctx context.Context, tx bun.IDB, q *Query) (*Page, error) {
	newer := q.After != ""
	mark := place{math.MaxInt64, ""}
	if id := q.Before + q.After; id != "" {
		at, err := atOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		mark = place{at, id}
	}
	switch {
	case !newer && c.To != 0 && c.To < mark.at:
		mark = place{c.To, ""}
	case newer && c.From > mark.at:
		mark = place{c.From, ""}
	}
	beside, reached, err := c.beside(ctx, tx, mark, newer)
	if err != nil {
		return nil, err
	}
	inside, got, err := c.inside(ctx, tx, mark, newer)
	if err != nil {
		return nil, err
	}
	// What lies behind the place that one of both did not get past is not known yet.
	end := farther(reached, got, newer)
	standing, err := c.standing(ctx, tx, mark, end, newer)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(beside, inside, standing)
	slices.SortFunc(all, func(x, y Entry) int {
		switch {
		case x.Act.ID == y.Act.ID:
			return 0
		case newer == placeOf(&x).before(placeOf(&y)):
			return -1
		}
		return 1
	})
	all = slices.CompactFunc(all, func(x, y Entry) bool { return x.Act.ID == y.Act.ID })
	page := &Page{Partial: end != nil}
	if end != nil {
		all = slices.DeleteFunc(all, func(e Entry) bool { return !newer && placeOf(&e).before(*end) || newer && end.before(placeOf(&e)) })
	}
	more := len(all) > q.Limit
	if more {
		all, page.Partial = all[:q.Limit], false
	}
	next := ""
	switch {
	case more:
		next = all[q.Limit-1].Act.ID
	case end != nil:
		next = end.id
	}
	first := ""
	if len(all) > 0 {
		first = all[0].Act.ID
	}
	if newer {
		slices.Reverse(all)
		page.Newer, page.Older = next, first
	} else {
		page.Older = next
		if q.Before != "" {
			page.Newer = first
		}
	}
	page.Entries = all
	return page, nil
}

func placeOf(e *Entry) place { return place{e.Act.At, e.Act.ID} }

// farther is, of two places beyond which nothing was looked at, the one that is nearer to
// where the reading began; nil says that all was.
func farther(a, b *place, newer bool) *place {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case newer == a.before(*b):
		return a
	}
	return b
}

func atOf(ctx context.Context, tx bun.IDB, id string) (int64, error) {
	l, err := ledger.One(ctx, tx, id)
	if err == nil && l == nil {
		err = ErrMark
	}
	if err != nil && (l == nil || l.Act.ID == "") {
		return 0, err
	}
	return l.Act.At, nil
}

// beside gives acts that the index has not taken in; reached is the place up to which it
// looked, nil if it looked at all.
func (c *conditions) beside(ctx context.Context, tx bun.IDB, mark place, newer bool) (found []Entry, reached *place, err error) {
	acts, err := ledger.Unindexed(ctx, tx, mark.at, mark.id, newer, lookAt)
	if err != nil {
		return nil, nil, err
	}
	for i := range acts {
		e := Entry{acts[i], FacetsOf(&acts[i].Act)}
		if !newer && e.Act.At < c.From || newer && c.To != 0 && e.Act.At >= c.To {
			return found, nil, nil
		}
		if c.holds(&e) {
			found = append(found, e)
		}
		if len(found) > c.Limit || i == lookAt-1 {
			p := placeOf(&e)
			return found, &p, nil
		}
	}
	return found, nil, nil
}
