// Package rulebook says what rules of retention are, and what they promise: for how long
// footage, and what was made from it, must be kept and may be.
package rulebook

import (
	"slices"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Class is a kind of record with rules of its own.
type Class string

// Classes. What people did is no class: acts are never removed.
const (
	Main     Class = "main"     // what the recorder writes of a camera's main stream
	Snapshot Class = "snapshot" // pictures that people took; they go with the footage that they show, or before it
)

// Classes gives all classes there are.
func Classes() []Class { return []Class{Main, Snapshot} }

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
	ErrBasis   = problem.New(problem.Invalid, "retention_basis_unknown", "There is no such basis.")                                                                                                   // basis
	ErrMinimum = problem.New(problem.Invalid, "retention_minimum", "The minimum is a number of days from 1 to 3650.").On("minimumDays")                                                               //
	ErrLeast   = problem.New(problem.Invalid, "retention_basis_least", "This basis demands more days.").On("minimumDays")                                                                             // basis, days
	ErrAbove   = problem.New(problem.Invalid, "retention_above_footage", "A snapshot goes with the footage that it shows: no longer minimum than that of the footage can be kept.").On("minimumDays") // days
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
// no maximum, since nothing that was removed comes back. Snapshots are kept for as long as
// their footage must be: a rule of no days.
func (c Class) Default() Rule {
	if c == Snapshot {
		return Rule{}
	}
	return Rule{MinDays: 90, MinBasis: Regime}
}

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
