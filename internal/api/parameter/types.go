package parameter

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/api/route"
	"watchroom/internal/regime"
	"watchroom/internal/regime/pack"
	"watchroom/internal/rule"
)

// Value is a value of whatever kind its parameter takes, as JSON.
type Value json.RawMessage

// MarshalJSON sends it as it is.
func (v Value) MarshalJSON() ([]byte, error) {
	if v == nil {
		return []byte("null"), nil
	}
	return v, nil
}

// UnmarshalJSON keeps it as it came; null is nil.
func (v *Value) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = nil
		return nil
	}
	*v = append(Value{}, b...)
	return nil
}

// Schema lets anything through: what fits is for the parameter to say.
func (v Value) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A whole number, a duration such as \"1d12h\" or \"90s\", true or false, a word, or a list of words, as the kind of the parameter says."}
}

// Parameter is one value that the institution sets.
type Parameter struct {
	Key     string   `json:"key" example:"viewing.lasts" doc:"What stands before the first point is its group."`
	Kind    string   `json:"kind" enum:"int,duration,bool,word,words,names"`
	Clauses []string `json:"clauses" nullable:"false" doc:"Demands of the rules that it serves."`
	Guard   string   `json:"guard,omitempty" enum:",lower,higher,either" doc:"Which changes protect less than before and need two who approve."`
	Unread  bool     `json:"unread" doc:"Nothing reads the value yet; it is kept for a part that is to come."`

	Value   Value  `json:"value" doc:"In force."`
	Default Value  `json:"default"`
	Pack    *Value `json:"pack,omitempty" doc:"What the chosen pack says, if it says anything."`
	Origin  string `json:"origin" enum:"default,pack,own"`
	Clause  string `json:"clause" doc:"The demand for which the value in force was set."`
	Unfit   *Value `json:"unfit,omitempty" doc:"A value that was agreed on and that this version does not take: the default holds in its place."`

	Since  *time.Time `json:"since,omitempty" doc:"Absent for a default that nobody touched."`
	By     string     `json:"by,omitempty" doc:"Who proposed it, a person."`
	Agreed []string   `json:"agreed" nullable:"false" doc:"Who approved it."`
	Reason string     `json:"reason,omitempty"`

	Least    *Value   `json:"least,omitempty"`
	Most     *Value   `json:"most,omitempty"`
	Unit     string   `json:"unit,omitempty" example:"characters"`
	OfDay    bool     `json:"ofDay,omitempty" doc:"The duration is a time of the day, counted from midnight."`
	Words    []string `json:"words" nullable:"false" doc:"Words to choose from."`
	Register string   `json:"register,omitempty" example:"position" doc:"What the names of a list are of."`
	Fewest   int      `json:"fewest" doc:"Entries that a list has at least."`
	Longest  int      `json:"longest" doc:"Entries that a list has at most."`
}

// ParameterGone is a value whose key this version does not know. It is kept.
type ParameterGone struct {
	Key   string    `json:"key"`
	Value Value     `json:"value"`
	Since time.Time `json:"since"`
}

// Parameters is everything that stands.
type Parameters struct {
	Pack       string              `json:"pack" example:"company" doc:"The pack that was chosen last; neutral before anybody chose."`
	Chosen     bool                `json:"chosen" doc:"Whether anybody has ever chosen a pack."`
	Packs      []string            `json:"packs" nullable:"false" doc:"Packs that come with the program."`
	Version    int64               `json:"version" doc:"One more with every proposal that came into force."`
	Parameters []Parameter         `json:"parameters" nullable:"false"`
	Gone       []ParameterGone     `json:"gone" nullable:"false"`
	Open       []ParameterProposal `json:"open" nullable:"false" doc:"Proposals that wait, the oldest first."`
	Names      map[string][]string `json:"names" doc:"Names to choose from, by register."`
}

// ParameterStep is one value before and after.
type ParameterStep struct {
	Key     string `json:"key"`
	Before  Value  `json:"before"`
	After   Value  `json:"after"`
	Origin  string `json:"origin" enum:"default,pack,own"`
	Clause  string `json:"clause"`
	Changes bool   `json:"changes"`
}

// ParameterDecision is what one person said of a proposal.
type ParameterDecision struct {
	Person   string    `json:"person"`
	At       time.Time `json:"at"`
	Decision string    `json:"decision" enum:"approved,rejected,withdrawn"`
	Note     string    `json:"note"`
}

// ParameterProposal is a wish to change values.
type ParameterProposal struct {
	ID         string              `json:"id"`
	Pack       string              `json:"pack,omitempty" doc:"The pack that is chosen with it; absent for single values."`
	Reason     string              `json:"reason"`
	ProposedBy string              `json:"proposedBy"`
	ProposedAt time.Time           `json:"proposedAt"`
	Needs      int                 `json:"needs" doc:"How many must approve."`
	State      string              `json:"state" enum:"proposed,approved,rejected,withdrawn"`
	DecidedAt  *time.Time          `json:"decidedAt,omitempty"`
	Overtaken  bool                `json:"overtaken" doc:"It waits, and a value is not any more what it was when it was proposed: it can only be rejected or withdrawn."`
	Changes    []ParameterStep     `json:"changes" nullable:"false" doc:"By key. Of a pack all values, those too that stay as they are."`
	Decisions  []ParameterDecision `json:"decisions" nullable:"false"`
}

// ParameterWish is one value that somebody wants to be in force.
type ParameterWish struct {
	Key    string `json:"key" maxLength:"100"`
	Value  Value  `json:"value" doc:"null: the default of the program, also of later versions."`
	Clause string `json:"clause,omitempty" maxLength:"10" doc:"The demand that it serves; the first of the parameter if absent."`
}

// NewParameterProposal asks for values.
type NewParameterProposal struct {
	Changes []ParameterWish `json:"changes" minItems:"1" maxItems:"50" nullable:"false"`
	Reason  string          `json:"reason" maxLength:"4000"`
}

// PackChoice names a pack of the program, or brings one.
type PackChoice struct {
	Pack string `json:"pack,omitempty" maxLength:"100" example:"company"`
	File string `json:"file,omitempty" maxLength:"65536" doc:"A pack of the institution's own, as YAML. Wins over pack."`
}

// NewPackProposal proposes a pack.
type NewPackProposal struct {
	PackChoice
	Reason string `json:"reason" maxLength:"4000"`
}

// PackFault is what is wrong with one line of a pack.
type PackFault struct {
	Line   int            `json:"line"`
	Key    string         `json:"key,omitempty"`
	Code   string         `json:"code"`
	Detail string         `json:"detail"`
	Params map[string]any `json:"params,omitempty"`
}

// PackEffect is what choosing a pack would change at present.
type PackEffect struct {
	Pack    string          `json:"pack"`
	Needs   int             `json:"needs" doc:"How many must approve."`
	Changes []ParameterStep `json:"changes" nullable:"false" doc:"By key: all values, those too that stay as they are."`
	Own     []string        `json:"own" nullable:"false" doc:"Keys whose value was set by itself and would be replaced."`
	Faults  []PackFault     `json:"faults" nullable:"false" doc:"While there are any it cannot be chosen."`
}

func some(raw json.RawMessage) *Value {
	if raw == nil {
		return nil
	}
	v := Value(raw)
	return &v
}

func face(s regime.Standing) Parameter {
	out := Parameter{
		Key: s.Key, Kind: string(s.Kind), Clauses: s.Clauses, Guard: string(s.Guard), Unread: s.Unread,
		Value: Value(s.Value), Default: Value(s.Default), Pack: some(s.Pack), Origin: string(s.Origin), Clause: s.Clause, Unfit: some(s.Unfit),
		Since: route.TimeOrNil(s.Since), By: s.By, Agreed: list(s.Agreed), Reason: s.Reason,
		Least: some(s.Least), Most: some(s.Most), Unit: s.Unit, OfDay: s.OfDay, Words: list(s.Words), Register: s.Register, Fewest: s.Fewest, Longest: s.Longest,
	}
	if s.Kind != rule.KindInt && s.Kind != rule.KindDuration {
		out.Least, out.Most = nil, nil
	}
	return out
}

func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

func steps(all []regime.Step) []ParameterStep {
	out := make([]ParameterStep, len(all))
	for i, s := range all {
		out[i] = ParameterStep{Key: s.Key, Before: Value(s.ValueBefore), After: Value(s.ValueAfter), Origin: string(s.Origin), Clause: s.Clause, Changes: s.Changes()}
	}
	return out
}

func proposed(p regime.Proposal) ParameterProposal {
	out := ParameterProposal{
		ID: p.ID, Pack: p.Pack, Reason: p.Reason, ProposedBy: p.ProposedBy, ProposedAt: route.Time(p.ProposedAt), Needs: p.Needs, State: string(p.State),
		DecidedAt: route.TimeOrNil(p.DecidedAt), Overtaken: p.Overtaken, Changes: steps(p.Changes), Decisions: make([]ParameterDecision, len(p.Decisions)),
	}
	for i, d := range p.Decisions {
		out.Decisions[i] = ParameterDecision{Person: d.Person, At: route.Time(d.At), Decision: d.Decision, Note: d.Note}
	}
	return out
}

func faults(all []pack.Fault) []PackFault {
	out := make([]PackFault, len(all))
	for i, f := range all {
		out[i] = PackFault{Line: f.Line, Key: f.Key, Code: f.Problem.Code, Detail: f.Problem.Detail, Params: f.Problem.Params}
	}
	return out
}
