// Package retention decides how long footage is kept, and is the only code that
// removes any. A rule says for a camera what must be kept at least and what may be
// kept at most, each with its basis. A minimum is a promise to the footage that was
// recorded under it: raising it covers all there is, lowering it frees nothing that
// was promised more, unless a second person approves that.
//
// # The removal of one segment
//
//  1. It is decided in a transaction that sees every hold, rule and order: the row
//     gets the state "deleting". A hold whose transaction comes first wins; one that
//     comes later is told what it came too late for.
//  2. A line of kind "del" is forced into the camera's journal.
//  3. What is derived from the footage (snapshots) is removed, then the file, and its
//     folder is forced to the disk.
//  4. The catalogue takes the line in: the row goes, a tombstone comes, and the time
//     becomes a gap with the cause deleted_retention or deleted_order.
//  5. The tombstone is marked as finished.
//
// Killed between 1 and 2 nothing has happened: the row goes back and is decided on
// anew. Killed after 2 the catalogue finds the line, and the next pass the tombstone
// that is not finished, and goes on with 3. There is never a file missing without a word.
package retention

import (
	"math"
	"slices"

	"watchroom/internal/archive/warrant"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Class is a kind of record with rules of its own.
type Class string

// Main is what the recorder writes of a camera's main stream; snapshots go with the
// footage that they show. Other classes come with the records they are of.
const Main Class = "main"

// Basis says why a number of days is what it is.
type Basis string

// Bases.
const (
	AntiTerror Basis = "anti_terror" // key target of the anti-terrorism law: 90 days at least
	Regime     Basis = "regime"      // the rules of the house: 90 days at least
	Order799   Basis = "order_799"   // State Council order 799 art. 17: 30 days at least, then deletion once the purpose is met
	Sector     Basis = "sector"      // rules of a trade, which the note names
	Privacy    Basis = "privacy"     // as short as the purpose allows (PIPL 19, GDPR 5)
	Own        Basis = "own"         // a rule of one's own, which the note gives reasons for
)

// Bases gives all bases there are.
func Bases() []Basis { return []Basis{AntiTerror, Regime, Order799, Sector, Privacy, Own} }

// Least is the minimum that a basis itself demands, in days.
func (b Basis) Least() int {
	switch b {
	case AntiTerror, Regime:
		return 90
	case Order799:
		return 30
	case Sector, Privacy, Own:
	}
	return 1
}

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrClass   = problem.New(problem.Invalid, "record_class_unknown", "There is no such class of records.").On("class")
	ErrBasis   = problem.New(problem.Invalid, "retention_basis_unknown", "There is no such basis.")                                     // basis
	ErrMinimum = problem.New(problem.Invalid, "retention_minimum", "The minimum is a number of days from 1 to 3650.").On("minimumDays") //
	ErrLeast   = problem.New(problem.Invalid, "retention_basis_least", "This basis demands more days.").On("minimumDays")               // basis, days
	ErrMaximum = problem.New(problem.Invalid, "retention_maximum", "The maximum must not be below the minimum, nor above 3650 days.").On("maximumDays")
)

// Rule is what must be kept, and what may be.
type Rule struct {
	MinDays  int
	MinBasis Basis
	MinNote  string
	MaxDays  *int // nil: kept until space is needed
	MaxBasis Basis
	MaxNote  string
}

// Default holds where nobody has set anything: 90 days by the rules of the house, and
// no maximum, since nothing that was removed comes back.
func Default() Rule { return Rule{MinDays: 90, MinBasis: Regime} }

// DefaultID stands for Default where the id of a rule is asked for.
const DefaultID = "default"

const mostDays = 3650

// Validate checks a rule and tidies its notes.
func (r *Rule) Validate() (err error) {
	if err := r.Possible(); err != nil {
		return err
	}
	if r.MinNote, err = text.Line("minimumNote", r.MinNote, noteFor(r.MinBasis), 500); err != nil {
		return err
	}
	if r.MaxDays == nil {
		r.MaxBasis, r.MaxNote = "", ""
		return nil
	}
	r.MaxNote, err = text.Line("maximumNote", r.MaxNote, noteFor(r.MaxBasis), 500)
	return err
}

// Possible checks what a rule does: its days and their bases. The notes only say why.
func (r *Rule) Possible() error {
	if r.MinDays < 1 || r.MinDays > mostDays {
		return ErrMinimum
	}
	if !slices.Contains(Bases(), r.MinBasis) {
		return ErrBasis.With("basis", string(r.MinBasis)).On("minimumBasis")
	}
	if least := r.MinBasis.Least(); r.MinDays < least {
		return ErrLeast.With("basis", string(r.MinBasis)).With("days", least)
	}
	if r.MaxDays == nil {
		return nil
	}
	if *r.MaxDays < r.MinDays || *r.MaxDays > mostDays {
		return ErrMaximum
	}
	if !slices.Contains(Bases(), r.MaxBasis) {
		return ErrBasis.With("basis", string(r.MaxBasis)).On("maximumBasis")
	}
	return nil
}

// noteFor is how many characters a basis needs that does not speak for itself.
func noteFor(b Basis) int {
	if b == Sector || b == Own {
		return 2
	}
	return 0
}

const day = int64(86_400_000_000) // µs

// promise is a minimum that holds for all footage that began before until.
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

// Window is footage that may go (µs): segments that begin in [From, To) and end at or before By.
type Window struct{ From, To, By int64 }

// Beyond gives the windows of what is past its minimum at now (µs), or past its maximum.
func (p *Plan) Beyond(now int64, maximum bool) []Window { return p.beyond(now, now, maximum) }

// beyond is Beyond where the clock shows now and passed has passed for certain: the minimum
// goes by that.
func (p *Plan) beyond(now, passed int64, maximum bool) (out []Window) {
	if maximum && p.MaxDays == nil {
		return nil
	}
	ends := []int64{math.MaxInt64}
	for _, q := range p.promises {
		ends = append(ends, q.until)
	}
	slices.Sort(ends)
	from := int64(math.MinInt64)
	for _, to := range slices.Compact(ends) {
		by := passed - int64(p.MinimumFor(from))*day
		if maximum {
			by = min(by, now-int64(*p.MaxDays)*day)
		}
		w := Window{From: from, To: min(to, by), By: by}
		if w.From < w.To {
			out = append(out, w)
		}
		from = to
	}
	return out
}

// ruled is a rule as it came into force for a camera or, with an empty camera, for
// all that have none of their own.
type ruled struct {
	id       string
	camera   string
	inherits bool // from here on the rule for all holds again
	existing bool // what was promised before it is annulled, by two
	at       int64
	rule     Rule
	place    warrant.Place // of the act that put it in force
}

// Book is every rule that is or was in force, in order.
type Book struct{ rules []ruled }

// next is when a rule that is set at now comes into force: later than all before it,
// also where the clock was set back since.
func (b *Book) next(now int64) int64 {
	for _, r := range b.rules {
		now = max(now, r.at+1)
	}
	return now
}

// Plan works out what holds for a camera.
func (b *Book) Plan(camera string) Plan {
	all := ruled{id: DefaultID, at: math.MinInt64, rule: Default()}
	var own *ruled
	type stretch struct {
		ruled
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
	for i := range b.rules {
		r := &b.rules[i]
		switch r.camera {
		case "":
			all = *r
		case camera:
			if own = r; r.inherits {
				own = nil
			}
		default:
			continue
		}
		follow(r.at)
		if r.existing {
			told = slices.DeleteFunc(told, func(s stretch) bool {
				return s.until <= r.at && s.until != math.MaxInt64 && (r.camera != "" || s.camera == "")
			})
		}
	}
	last := told[len(told)-1]
	p := Plan{Rule: last.rule, ID: last.id, Own: last.camera != "", Since: max(last.at, 0)}
	for _, s := range told {
		p.promises = append(p.promises, promise{s.until, s.rule.MinDays})
	}
	return p
}
