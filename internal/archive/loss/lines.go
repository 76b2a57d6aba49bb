package loss

import (
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Line is one of the lines that a statement is signed on. Each says what its signer answers for
// (P20), so that three of one position do not vouch for each other.
type Line string

// The lines.
const (
	OnWatch  Line = "on_watch" // had the watch; which person it was, the watch will say
	Informed Line = "informed" // was told, and had to see to it
	Repaired Line = "repaired" // put it right
)

// Lines gives all lines, in the order of the paper.
func Lines() []Line { return []Line{OnWatch, Informed, Repaired} }

// Refusals of signatures.
var (
	ErrLine         = problem.New(problem.Invalid, "loss_line", "A statement has three lines: who had the watch, who was told, and who repaired it.").On("line")
	ErrLineTaken    = problem.New(problem.Conflict, "loss_line_signed", "Somebody has signed this line. The others must be signed by those whom they name.").On("line") // line
	ErrLinePosition = problem.New(problem.Forbidden, "loss_line_position", "This line is signed by somebody in another position.").On("position")                       // line, positions
)

// signs are the positions of which one signs a line; the more there are, the easier it is to
// find one.
var signs = map[Line]rule.Names{
	OnWatch:  signedBy("coverage.signs_on_watch", access.Operator, access.DutyLead),
	Informed: signedBy("coverage.signs_informed", access.DutyLead, access.Supervisor, access.Leader),
	Repaired: signedBy("coverage.signs_repaired", access.Technician, access.Contractor),
}

func signedBy(key string, positions ...access.Position) rule.Names {
	names := make([]string, len(positions))
	for i, p := range positions {
		names[i] = string(p)
	}
	return rule.Names{Key: key, Register: "position", Default: names, Fewest: 1, Longest: 20, Guard: rule.Higher, Clauses: []string{"C076"}}
}

// SignedBy are the positions of which one signs a line.
func (k *Keeper) SignedBy(l Line) []string { return signs[l].Get(k.Rules) }

// may is nil where somebody in a position may sign a line of a statement.
func (k *Keeper) may(actor access.Actor, s *Statement, l Line, as access.Position) error {
	positions := k.SignedBy(l)
	switch {
	case slices.ContainsFunc(s.Signatures, func(g Signature) bool { return g.Line == l }):
		return ErrLineTaken.With("line", string(l))
	case !access.Fills(actor, as, positions):
		return ErrLinePosition.With("line", string(l)).With("positions", positions)
	}
	return nil
}
