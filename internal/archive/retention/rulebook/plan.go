package rulebook

import (
	"cmp"
	"math"
	"slices"

	"watchroom/internal/archive/warrant"
)

// Day is a day in µs.
const Day = int64(86_400_000_000)

// promise is a minimum that holds for all footage that began before until. Of snapshots it
// may be none of their own: 0, for as long as their footage must be kept.
type promise struct {
	until int64
	days  int
}

// Plan is what holds for one camera: the rule in force, and what was promised before.
type Plan struct {
	Rule
	ID       string // of the rule in force
	Own      bool   // the camera has a rule of its own
	Since    int64  // µs, when it came into force; 0: it always was
	Footage  bool   // nobody has set how long snapshots are kept: the minimum is that of their footage
	promises []promise
}

// MinimumFor is how many days footage that began at start (µs) must be kept.
func (p *Plan) MinimumFor(start int64) int {
	days := 0
	for _, q := range p.promises {
		if start < q.until {
			days = max(days, q.days)
		}
	}
	return days
}

// Promised is the highest minimum that any footage has; above MinDays where the
// minimum was lowered for what came after.
func (p *Plan) Promised() int { return p.MinimumFor(math.MinInt64) }

// Under gives a plan of snapshots beside that of their footage, which tells for how long they
// must be kept where nobody has set anything else.
func (p Plan) Under(footage *Plan) Plan {
	out := p
	if p.MinDays == 0 {
		out.Footage, out.MinDays, out.MinBasis, out.MinNote = true, footage.MinDays, footage.MinBasis, footage.MinNote
	}
	out.promises = pieces(func(start int64) int {
		days := p.MinimumFor(start)
		if slices.ContainsFunc(p.promises, func(q promise) bool { return q.days == 0 && start < q.until }) {
			days = max(days, footage.MinimumFor(start))
		}
		return days
	}, p.promises, footage.promises)
	return out
}

// Stricter joins two plans: footage is kept for as long as either demands. The rule that
// is told of is that of the acts, unless the table demands more.
func Stricter(acts, table Plan) Plan {
	p := acts
	if table.MinDays > acts.MinDays {
		p = table
	}
	p.MaxDays, p.MaxBasis, p.MaxNote = acts.MaxDays, acts.MaxBasis, acts.MaxNote
	if acts.MaxDays != nil && (table.MaxDays == nil || *table.MaxDays > *acts.MaxDays) {
		p.MaxDays, p.MaxBasis, p.MaxNote = table.MaxDays, table.MaxBasis, table.MaxNote
	}
	p.promises = pieces(func(start int64) int { return max(acts.MinimumFor(start), table.MinimumFor(start)) }, acts.promises, table.promises)
	return p
}

// pieces makes promises of a minimum that changes where those of others do.
func pieces(days func(start int64) int, of ...[]promise) (out []promise) {
	from := int64(math.MinInt64)
	for _, until := range ends(slices.Concat(of...)) {
		out = append(out, promise{until, days(from)})
		from = until
	}
	return out
}

func ends(promises []promise) []int64 {
	all := []int64{math.MaxInt64}
	for _, q := range promises {
		all = append(all, q.until)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Window is footage that may go (µs): segments that begin in [From, To) and end at or before By.
type Window struct{ From, To, By int64 }

// Beyond gives the windows of what is past its minimum at now (µs), or past its maximum.
func (p *Plan) Beyond(now int64, maximum bool) []Window { return p.BeyondFor(now, now, maximum) }

// BeyondFor is Beyond where the clock shows now and passed has passed for certain: the minimum
// goes by that.
func (p *Plan) BeyondFor(now, passed int64, maximum bool) (out []Window) {
	if maximum && p.MaxDays == nil {
		return nil
	}
	from := int64(math.MinInt64)
	for _, to := range ends(p.promises) {
		by := passed - int64(p.MinimumFor(from))*Day
		if maximum {
			by = min(by, now-int64(*p.MaxDays)*Day)
		}
		w := Window{From: from, To: min(to, by), By: by}
		if w.From < w.To {
			out = append(out, w)
		}
		from = to
	}
	return out
}

// Entry is a rule as it came into force for a camera or, with an empty camera, for
// all that have none of their own.
type Entry struct {
	ID       string
	Class    Class
	Camera   string
	Inherits bool // from here on the rule for all holds again
	Existing bool // what was promised before it is annulled, by two
	At       int64
	Rule     Rule
	Place    warrant.Place // of the act that put it in force
}

// Equal tells whether two entries say the same; where their acts stand does not matter.
func (e *Entry) Equal(o *Entry) bool {
	a, b := e.Rule, o.Rule
	if e.Inherits && o.Inherits { // what they say themselves is of no meaning
		a, b = Rule{}, Rule{}
	}
	days := a.MaxDays == nil && b.MaxDays == nil || a.MaxDays != nil && b.MaxDays != nil && *a.MaxDays == *b.MaxDays
	a.MaxDays, b.MaxDays = nil, nil
	return days && a == b && e.ID == o.ID && e.Class == o.Class && e.Camera == o.Camera && e.Inherits == o.Inherits && e.Existing == o.Existing && e.At == o.At
}

// Sort brings entries into the order in which they came into force.
func Sort(all []Entry) {
	slices.SortFunc(all, func(x, y Entry) int { return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.ID, y.ID)) })
}

// Book is every rule of a class that is or was in force, in order.
type Book struct {
	Class Class
	Rules []Entry
}

// Equal tells whether two books say the same.
func (b *Book) Equal(o *Book) bool {
	return slices.EqualFunc(b.Rules, o.Rules, func(x, y Entry) bool { return x.Equal(&y) })
}

// And gives the book with one rule more.
func (b *Book) And(one Entry) *Book {
	more := &Book{b.Class, append(slices.Clone(b.Rules), one)}
	Sort(more.Rules)
	return more
}

// Until is the book as it was at an instant; before, if given, tells of acts that were in
// the log by then, whatever clock they bear.
func (b *Book) Until(at int64, before func(warrant.Place) bool) *Book {
	return &Book{b.Class, slices.DeleteFunc(slices.Clone(b.Rules), func(r Entry) bool { return r.At > at && (before == nil || !before(r.Place)) })}
}

// Next is when a rule that is set at now comes into force: later than all before it,
// also where the clock was set back since.
func (b *Book) Next(now int64) int64 {
	for _, r := range b.Rules {
		now = max(now, r.At+1)
	}
	return now
}

// Least is the minimum of a camera, as far as one person alone may not lower it: what the rules
// of surveillance ask of all (C090), where it is not below that already.
func (b *Book) Least(camera string) int {
	least := Regime.Least()
	if days := b.Plan(camera).MinDays; days != 0 {
		least = min(days, least)
	}
	return least
}

// Lowers tells whether a rule that comes behind those of the book brings a minimum to below
// what the rules of surveillance ask of all (C090). That takes two people.
func (b *Book) Lowers(one *Entry) bool {
	days := one.Rule.MinDays
	if one.Inherits {
		days = b.Plan("").MinDays
	}
	return days != 0 && days < b.Least(one.Camera)
}

// Plan works out what holds for a camera. What it promises to snapshots of which nobody has
// set anything Plan.Under tells.
func (b *Book) Plan(camera string) Plan {
	all := Entry{ID: DefaultID, At: math.MinInt64, Rule: b.Class.Default()}
	var own *Entry
	type stretch struct {
		Entry
		until int64
	}
	var told []stretch
	follow := func(at int64) {
		now := all
		if own != nil {
			now = *own
		}
		if n := len(told); n > 0 {
			told[n-1].until = at
		}
		told = append(told, stretch{now, math.MaxInt64})
	}
	follow(math.MinInt64)
	for i := range b.Rules {
		r := &b.Rules[i]
		switch r.Camera {
		case "":
			all = *r
		case camera:
			if own = r; r.Inherits {
				own = nil
			}
		default:
			continue
		}
		follow(r.At)
		if r.Existing {
			told = slices.DeleteFunc(told, func(s stretch) bool {
				return s.until <= r.At && s.until != math.MaxInt64 && (r.Camera != "" || s.Camera == "")
			})
		}
	}
	last := told[len(told)-1]
	p := Plan{Rule: last.Rule, ID: last.ID, Own: last.Camera != "", Since: max(last.At, 0)}
	for _, s := range told {
		p.promises = append(p.promises, promise{s.until, s.Rule.MinDays})
	}
	return p
}
