package regime

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/regime/pack"
	"watchroom/internal/text"
)

const mostFile = 64 << 10 // characters of a pack of one's own; package pack counts bytes

// Choice is a pack: one of the program by its name, or one of the institution's own as a
// file. File wins.
type Choice struct {
	Name string
	File []byte
}

// Effect is what choosing a pack would change at present.
type Effect struct {
	Name   string
	Steps  []Step       // by key: all values, those too that stay as they are
	Own    []string     // keys whose value was set by itself and would be replaced
	Needs  int          // approvals
	Faults []pack.Fault // while there are any it cannot be chosen
}

// Packs gives the names of the packs that come with the program.
func (p *Parameters) Packs() []string { return pack.Names() }

// Preview tells what choosing a pack would change, or line by line what is wrong with it.
func (p *Parameters) Preview(ctx context.Context, actor access.Actor, c Choice) (Effect, error) {
	if err := access.Can(actor, access.ParameterRead, ""); err != nil {
		return Effect{}, err
	}
	chosen, faults, err := p.pack(c)
	if err != nil {
		return Effect{}, err
	}
	out := Effect{Name: chosen.Name, Faults: faults}
	if len(faults) > 0 {
		return out, nil
	}
	err = p.DB.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := current(ctx, tx)
		if err != nil {
			return err
		}
		out.Steps, out.Own = p.steps(chosen), nil
		for i, s := range out.Steps {
			out.Steps[i].ValueBefore = p.holds(rows, s.Key)
			if rows[s.Key].Origin == Own && out.Steps[i].Changes() {
				out.Own = append(out.Own, s.Key)
			}
		}
		out.Needs = p.needs(out.Steps)
		return nil
	})
	return out, err
}

// Choose proposes a pack. With its approval every parameter has the pack's value, or the
// default where the pack has none.
func (p *Parameters) Choose(ctx context.Context, actor access.Actor, c Choice, reason string) (Proposal, error) {
	if err := access.Throughout(actor, access.ParameterPropose, ""); err != nil {
		return Proposal{}, err
	}
	chosen, faults, err := p.pack(c)
	if err != nil {
		return Proposal{}, err
	}
	if len(faults) > 0 {
		lines := make([]map[string]any, len(faults))
		for i, f := range faults {
			lines[i] = map[string]any{"line": f.Line, "key": f.Key, "code": f.Problem.Code, "params": f.Problem.Params}
		}
		return Proposal{}, ErrPackWrong.With("faults", lines)
	}
	return p.propose(ctx, actor, chosen.Name, p.steps(chosen), reason)
}

// pack reads what was chosen.
func (p *Parameters) pack(c Choice) (pack.Pack, []pack.Fault, error) {
	if len(c.File) > 0 {
		// What turns the order of letters, or cannot be seen, would let a reader approve
		// another pack than the program reads.
		if _, err := text.Block("file", string(c.File), 1, mostFile); err != nil {
			return pack.Pack{}, nil, err
		}
		own, faults := pack.Parse(c.File, p.Set)
		if slices.Contains(pack.Names(), own.Name) {
			return own, nil, ErrPackName.With("pack", own.Name)
		}
		return own, faults, nil
	}
	one, faults, known := pack.BuiltIn(c.Name, p.Set)
	if !known {
		return one, nil, ErrPack.With("pack", cut(c.Name))
	}
	return one, faults, nil
}

// steps gives the values of all parameters under a pack, by key; what was before is for
// the caller to fill in.
func (p *Parameters) steps(of pack.Pack) []Step {
	var steps []Step
	for _, declared := range p.Set.All() {
		about := declared.About()
		s := Step{Key: about.Key, ValueAfter: string(about.Default), Origin: OfProgram, Clause: about.Clauses[0]}
		if v, ok := of.Values[about.Key]; ok {
			s.ValueAfter, s.Origin, s.Clause = string(v.Value), OfPack, v.Clause
		}
		steps = append(steps, s)
	}
	return steps
}
