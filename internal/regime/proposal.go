package regime

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Origin is where a value comes from.
type Origin string

// Origins.
const (
	OfProgram Origin = "default" // the default, whatever the program has
	OfPack    Origin = "pack"
	Own       Origin = "own" // proposed by itself
)

const (
	mostChanges = 50
	mostValue   = 4 << 10 // bytes of one value
)

// Proposal is a wish to change values, and what was decided on it. Times are µs.
type Proposal struct {
	ID         string
	Pack       string // chosen with it; empty for single values
	Reason     string
	ProposedBy string
	ProposedAt int64
	Needs      int // approvals
	State      proposal.State
	DecidedAt  int64  // 0 while it is open
	Changes    []Step // by key; of a pack all values, those too that stay as they are
	Decisions  []Decision
	Overtaken  bool // it is open, and a value is not any more what it was when it was proposed
}

// Step is one value before and after.
type Step struct {
	bun.BaseModel `bun:"table:parameter_changes,alias:change"`

	Proposal    string `bun:",pk" json:"-"`
	Key         string `bun:",pk" json:"key"`
	ValueBefore string `json:"before"` // JSON
	ValueAfter  string `json:"after"`  // JSON
	Origin      Origin `json:"origin"`
	Clause      string `json:"clause"`
}

// Changes tells whether the value becomes another one.
func (s Step) Changes() bool { return s.ValueBefore != s.ValueAfter }

// Decision is what one person said of a proposal.
type Decision struct {
	bun.BaseModel `bun:"table:parameter_decisions,alias:decision"`

	Proposal string `bun:",pk"`
	Person   string `bun:",pk"`
	At       int64
	Decision string `bun:",pk"` // approved, rejected, withdrawn
	Note     string
}

// Wish is one value that somebody wants to be in force. A nil Value means the default of
// the program, also of later ones.
type Wish struct {
	Key    string
	Value  json.RawMessage
	Clause string // empty: the first that the parameter serves
}

type proposalRow struct {
	bun.BaseModel `bun:"table:parameter_proposals,alias:proposal"`
	ID            string `bun:",pk"`
	Pack          string
	Reason        string
	ProposedBy    string
	ProposedAt    int64
	Needs         int
	State         proposal.State
	DecidedAt     *int64
}

// Propose asks for values. Nothing changes before others agree.
func (p *Parameters) Propose(ctx context.Context, actor access.Actor, wishes []Wish, reason string) (Proposal, error) {
	if err := access.Throughout(actor, access.ParameterPropose, ""); err != nil {
		return Proposal{}, err
	}
	keys := map[string]bool{}
	for _, w := range wishes {
		keys[w.Key] = true
	}
	if len(wishes) == 0 || len(wishes) > mostChanges || len(keys) != len(wishes) {
		return Proposal{}, ErrMany.With("most", mostChanges)
	}
	steps := make([]Step, len(wishes))
	for i, w := range wishes {
		declared, ok := p.Set.Find(w.Key)
		if !ok {
			return Proposal{}, ErrKey.With("key", cut(w.Key)).On("key")
		}
		steps[i] = Step{Key: w.Key, Origin: Own, Clause: w.Clause}
		if w.Value == nil {
			w.Value, steps[i].Origin = declared.About().Default, OfProgram
		}
		if len(w.Value) > mostValue {
			return Proposal{}, rule.ErrType.With("key", w.Key).With("kind", string(declared.About().Kind)).On("value")
		}
		one, err := rule.Parse(declared, w.Value)
		if err != nil {
			return Proposal{}, err
		}
		steps[i].ValueAfter = string(one)
		if steps[i].Clause == "" || !slices.Contains(declared.About().Clauses, steps[i].Clause) {
			steps[i].Clause = declared.About().Clauses[0]
		}
	}
	return p.propose(ctx, actor, "", steps, reason)
}

// propose puts a proposal on record: of single values, each of which must change
// something, or of a pack, which must change something.
func (p *Parameters) propose(ctx context.Context, actor access.Actor, pack string, steps []Step, reason string) (Proposal, error) {
	if actor.Person == "" {
		return Proposal{}, proposal.ErrNobody
	}
	reason, err := proposal.Reason(reason)
	if err != nil {
		return Proposal{}, err
	}
	for _, s := range steps {
		if err := p.registered(ctx, s.Key, s.ValueAfter); err != nil {
			return Proposal{}, err
		}
	}
	slices.SortFunc(steps, func(a, b Step) int { return strings.Compare(a.Key, b.Key) })
	var row proposalRow
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row = proposalRow{ID: db.NewID(), Pack: pack, Reason: reason, ProposedBy: actor.Person, ProposedAt: p.Clock.Micro(), State: proposal.Proposed}
		rows, err := current(ctx, tx)
		if err != nil {
			return err
		}
		changed := false
		for i := range steps {
			steps[i].Proposal, steps[i].ValueBefore = row.ID, p.holds(rows, steps[i].Key)
			was, set := rows[steps[i].Key]
			if !set {
				was.Origin = OfProgram
			}
			// The same value of a pack or of the program is a change, too: a default follows the program.
			same := !steps[i].Changes() && (steps[i].Origin == Own || steps[i].Origin == was.Origin)
			if same && pack == "" {
				return ErrSame.With("key", steps[i].Key)
			}
			changed = changed || !same
		}
		if !changed {
			return ErrSame.With("pack", pack)
		}
		if err := p.pairs(rows, steps); err != nil {
			return err
		}
		row.Needs = p.needs(steps)
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return problem.Wrap(err, "propose parameters")
		}
		if _, err := tx.NewInsert().Model(&steps).Exec(ctx); err != nil {
			return problem.Wrap(err, "propose parameters")
		}
		return record(ctx, tx, actor.For(access.ParameterPropose, ""), row.ProposedAt, kindProposed, row, steps, map[string]any{"needs": row.Needs})
	})
	if err != nil {
		return Proposal{}, err
	}
	p.tell(row.ID, proposal.Proposed)
	return row.proposal(steps, nil), nil
}

// pairs refuses values after which one parameter is below another that it is never below. What
// holds so already, by an earlier program, is not the fault of a change of something else.
func (p *Parameters) pairs(rows map[string]valueRow, steps []Step) error {
	touched := map[string]string{}
	for _, s := range steps {
		touched[s.Key] = s.ValueAfter
	}
	then := func(key string) json.RawMessage {
		if v, ok := touched[key]; ok {
			return json.RawMessage(v)
		}
		return json.RawMessage(p.holds(rows, key))
	}
	for _, declared := range p.Set.All() {
		about := declared.About()
		other, ok := p.Set.Find(about.NotBelow)
		_, one := touched[about.Key]
		_, two := touched[about.NotBelow]
		if !ok || !one && !two {
			continue
		}
		if rule.Below(declared, then(about.Key), other, then(about.NotBelow)) {
			return rule.ErrBelow.With("key", about.Key).With("other", about.NotBelow)
		}
	}
	return nil
}

// registered refuses names that their register does not have.
func (p *Parameters) registered(ctx context.Context, key, value string) error {
	declared, ok := p.Set.Find(key)
	if !ok || declared.About().Kind != rule.KindNames {
		return nil
	}
	register := declared.About().Register
	known, ok := p.Registers[register]
	if !ok {
		return problem.Wrap(errors.New("no such register: "+register), "look for names of "+key)
	}
	names, err := known(ctx)
	if err != nil {
		return problem.Wrap(err, "look for names of "+key)
	}
	var list []string
	if err := json.Unmarshal([]byte(value), &list); err != nil {
		return problem.Wrap(err, "read names of "+key)
	}
	for _, name := range list {
		if !slices.Contains(names, name) {
			return ErrName.With("key", key).With("name", name).With("register", register).On("value")
		}
	}
	return nil
}

// holds gives the value that a declared key has by rows, in its one form.
func (p *Parameters) holds(rows map[string]valueRow, key string) string {
	declared, ok := p.Set.Find(key)
	if !ok {
		return ""
	}
	if r, set := rows[key]; set && r.Origin != OfProgram {
		if one, err := rule.Parse(declared, []byte(r.Value)); err == nil {
			return string(one)
		}
	}
	return string(declared.About().Default)
}

// needs is how many must approve: two where less is protected afterwards than before.
func (p *Parameters) needs(steps []Step) int {
	for _, s := range steps {
		if declared, ok := p.Set.Find(s.Key); ok && rule.Weakens(declared, json.RawMessage(s.ValueBefore), json.RawMessage(s.ValueAfter)) {
			return 2
		}
	}
	return 1
}

// record writes the act of one step, with what changes before and after.
func record(ctx context.Context, tx bun.IDB, actor access.Actor, at int64, kind string, row proposalRow, steps []Step, more map[string]any) error {
	changes, rest := []map[string]any{}, []map[string]any{}
	for _, s := range steps {
		one := map[string]any{"key": s.Key, "clause": s.Clause, "origin": string(s.Origin)}
		if s.Changes() {
			one["from"], one["to"] = json.RawMessage(s.ValueBefore), json.RawMessage(s.ValueAfter)
			changes = append(changes, one)
			continue
		}
		one["value"] = json.RawMessage(s.ValueAfter)
		rest = append(rest, one)
	}
	detail := map[string]any{"reason": row.Reason, "changes": changes, keyRest: rest}
	if row.Pack != "" {
		detail["pack"] = row.Pack
	}
	for k, v := range more {
		detail[k] = v
	}
	return ledger.Record(ctx, tx, actor.Act(at, kind, row.ID, "", detail))
}

// read gives a proposal. tx is the caller's.
func read(ctx context.Context, tx bun.IDB, id string) (row proposalRow, steps []Step, said []Decision, err error) {
	err = tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row, nil, nil, proposal.ErrUnknown
	}
	if err == nil {
		err = tx.NewSelect().Model(&steps).Where("proposal = ?", id).OrderExpr("key").Scan(ctx)
	}
	if err == nil {
		err = tx.NewSelect().Model(&said).Where("proposal = ?", id).OrderExpr("at, person").Scan(ctx)
	}
	if err != nil {
		return row, nil, nil, problem.Wrap(err, "read proposal")
	}
	return row, steps, said, nil
}

func (r proposalRow) proposal(steps []Step, said []Decision) Proposal {
	out := Proposal{ID: r.ID, Pack: r.Pack, Reason: r.Reason, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt, Needs: r.Needs,
		State: r.State, Changes: steps, Decisions: said}
	if r.DecidedAt != nil {
		out.DecidedAt = *r.DecidedAt
	}
	return out
}

func cut(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
