package regime

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/problem"
	"watchroom/internal/regime/pack"
	"watchroom/internal/rule"
)

// Standing is one parameter as it stands.
type Standing struct {
	rule.About
	Value  json.RawMessage // in force
	Origin Origin
	Clause string          // that it was set for; the first of the declaration if nobody set it
	Pack   json.RawMessage // what the chosen pack says; nil where it says nothing
	Since  int64           // µs; 0 for a default that nobody touched
	By     string          // who proposed what is in force; empty for a default that nobody touched
	Agreed []string        // who approved it
	Reason string
	// Unfit is a value that was agreed on and that this program does not take: the default
	// holds in its place.
	Unfit json.RawMessage
}

// Gone is a value whose key this program does not know. It is kept.
type Gone struct {
	Key   string
	Value json.RawMessage
	Since int64 // µs
}

// Whole is everything that the screen of parameters shows.
type Whole struct {
	Pack       string // the chosen one; "neutral" before anybody chose
	Chosen     bool   // somebody did
	Version    int64
	Parameters []Standing // by key
	Gone       []Gone     // by key
	Open       []Proposal // the oldest first
}

// Read gives it all, as of one instant.
func (p *Parameters) Read(ctx context.Context, actor access.Actor) (Whole, error) {
	if err := access.Can(actor, access.ParameterRead, ""); err != nil {
		return Whole{}, err
	}
	var out Whole
	err := p.DB.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = Whole{}
		rows, err := current(ctx, tx)
		if err != nil {
			return err
		}
		if out.Version, err = newest(ctx, tx); err != nil {
			return err
		}
		chosen, says, err := p.chosen(ctx, tx)
		if err != nil {
			return err
		}
		out.Pack = chosen
		if out.Chosen, err = everChosen(ctx, tx); err != nil {
			return err
		}
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.Proposal)
		}
		founded, err := p.list(ctx, tx, filter{ids: ids})
		if err != nil {
			return err
		}
		by := map[string]Proposal{}
		for _, f := range founded {
			by[f.ID] = f
		}
		for _, declared := range p.Set.All() {
			about := declared.About()
			s := Standing{About: about, Value: json.RawMessage(p.holds(rows, about.Key)), Origin: OfProgram, Clause: about.Clauses[0], Pack: says[about.Key]}
			if r, set := rows[about.Key]; set {
				f := by[r.Proposal]
				s.Origin, s.Clause, s.Since, s.By, s.Reason = r.Origin, r.Clause, r.At, f.ProposedBy, f.Reason
				for _, d := range f.Decisions {
					if d.Decision == string(proposal.Approved) {
						s.Agreed = append(s.Agreed, d.Person)
					}
				}
				if _, err := rule.Parse(declared, []byte(r.Value)); err != nil && r.Origin != OfProgram {
					s.Unfit = json.RawMessage(r.Value)
				}
			}
			out.Parameters = append(out.Parameters, s)
		}
		for key, r := range rows {
			if _, known := p.Set.Find(key); !known {
				out.Gone = append(out.Gone, Gone{Key: key, Value: json.RawMessage(r.Value), Since: r.At})
			}
		}
		slices.SortFunc(out.Gone, func(a, b Gone) int { return strings.Compare(a.Key, b.Key) })
		if out.Open, err = p.list(ctx, tx, filter{state: proposal.Proposed}); err != nil {
			return err
		}
		slices.Reverse(out.Open)
		for i, o := range out.Open {
			_, out.Open[i].Overtaken = p.overtaken(rows, o.Changes)
		}
		return nil
	})
	return out, err
}

// everChosen tells whether a pack was ever chosen, be it the neutral one.
func everChosen(ctx context.Context, tx bun.IDB) (bool, error) {
	n, err := tx.NewSelect().Model((*proposalRow)(nil)).Where("proposal.state = ?", proposal.Approved).Where("proposal.pack <> ''").Count(ctx)
	return n > 0, problem.Wrap(err, "look for the chosen pack")
}

// chosen gives the pack that was chosen last and what it says: the values that were agreed
// on then, and of a pack of the program also what a later program has added to it.
func (p *Parameters) chosen(ctx context.Context, tx bun.IDB) (name string, says map[string]json.RawMessage, err error) {
	var rows []proposalRow
	err = tx.NewSelect().Model(&rows).Where("proposal.state = ?", proposal.Approved).Where("proposal.pack <> ''").
		OrderExpr("(SELECT MAX(v.version) FROM parameter_values v WHERE v.proposal = proposal.id) DESC").Limit(1).Scan(ctx)
	if err != nil {
		return "", nil, problem.Wrap(err, "look for the chosen pack")
	}
	says, name = map[string]json.RawMessage{}, "neutral"
	if len(rows) > 0 {
		name = rows[0].Pack
	}
	if own, _, known := pack.BuiltIn(name, p.Set); known {
		for key, v := range own.Values {
			says[key] = v.Value
		}
	}
	if len(rows) == 0 {
		return name, says, nil
	}
	var steps []Step
	if err := tx.NewSelect().Model(&steps).Where("proposal = ?", rows[0].ID).Where("origin = ?", OfPack).Scan(ctx); err != nil {
		return "", nil, problem.Wrap(err, "read the chosen pack")
	}
	for _, s := range steps {
		says[s.Key] = json.RawMessage(s.ValueAfter)
	}
	return name, says, nil
}

// Proposal gives one proposal, or proposal.ErrUnknown. It asks for no right.
func (p *Parameters) Proposal(ctx context.Context, id string) (Proposal, error) {
	all, err := p.list(ctx, p.DB.Read(), filter{ids: []string{id}})
	if err != nil {
		return Proposal{}, err
	}
	if len(all) == 0 {
		return Proposal{}, proposal.ErrUnknown
	}
	return all[0], nil
}

// Proposals gives proposals, the latest first; with a key those that changed it.
// limit is 1…500; 0 means 100.
func (p *Parameters) Proposals(ctx context.Context, actor access.Actor, key string, state proposal.State, limit int) ([]Proposal, error) {
	if err := access.Can(actor, access.ParameterRead, ""); err != nil {
		return nil, err
	}
	return p.list(ctx, p.DB.Read(), filter{key: key, state: state, limit: limit})
}

type filter struct {
	ids   []string // nil: all
	key   string
	state proposal.State
	limit int
}

func (p *Parameters) list(ctx context.Context, tx bun.IDB, f filter) ([]Proposal, error) {
	var rows []proposalRow
	q := tx.NewSelect().Model(&rows).OrderExpr("proposal.proposed_at DESC, proposal.id DESC")
	if f.ids != nil {
		if len(f.ids) == 0 {
			return nil, nil
		}
		q.Where("proposal.id IN (?)", bun.List(f.ids))
	} else {
		q.Limit(int64(min(cmp.Or(f.limit, 100), 500)))
	}
	if f.key != "" {
		q.Where("EXISTS (SELECT 1 FROM parameter_changes c WHERE c.proposal = proposal.id AND c.key = ? AND c.value_before <> c.value_after)", f.key)
	}
	if f.state != "" {
		q.Where("proposal.state = ?", f.state)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list proposals")
	}
	out := make([]Proposal, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var steps []Step
	if err := tx.NewSelect().Model(&steps).Where("proposal IN (?)", bun.List(ids)).OrderExpr("key").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list proposals")
	}
	var said []Decision
	if err := tx.NewSelect().Model(&said).Where("proposal IN (?)", bun.List(ids)).OrderExpr("at, person").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list proposals")
	}
	for i, r := range rows {
		out[i] = r.proposal(nil, nil)
		for _, s := range steps {
			if s.Proposal == r.ID {
				out[i].Changes = append(out[i].Changes, s)
			}
		}
		for _, d := range said {
			if d.Proposal == r.ID {
				out[i].Decisions = append(out[i].Decisions, d)
			}
		}
	}
	return out, nil
}
