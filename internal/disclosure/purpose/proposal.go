package purpose

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of proposals; those about parameters bear the same codes.
var (
	ErrLowers    = problem.New(problem.Conflict, "purpose_lowers", "More could be looked at afterwards, or with less asked. Propose it; another person decides.") // purpose
	ErrProposal  = problem.New(problem.NotFound, "proposal_unknown", "There is no such proposal.")
	ErrDecided   = problem.New(problem.Conflict, "proposal_decided", "This proposal was decided already.") // state
	ErrOwn       = problem.New(problem.Forbidden, "proposal_own", "Who proposed a change does not decide on it. Somebody else does.")
	ErrNotYours  = problem.New(problem.Forbidden, "proposal_of_another", "Only who made a proposal withdraws it.")
	ErrOvertaken = problem.New(problem.Conflict, "proposal_overtaken", "A value has changed since this was proposed. Withdraw or reject it, and propose anew.")
	ErrWaits     = problem.New(problem.Conflict, "purpose_waits", "Another proposal about this purpose waits for a decision.") // purpose
	ErrNobody    = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
)

// Step is what a proposal does with a purpose.
type Step string

// Steps.
const (
	Adding    Step = "add"
	Changing  Step = "change"
	Restoring Step = "restore"
)

// State is how far a proposal has come.
type State string

// States. All but the first are final.
const (
	Proposed  State = "proposed"
	Approved  State = "approved" // in force from then
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

const (
	leastReason   = 4 // characters, as for parameters
	mostProposals = 500
)

// Wish is what somebody proposes: a purpose to add or to change, or one to take into use again.
type Wish struct {
	Step Step
	Code string
	Change
}

// Proposal is a wish, and what was decided on it. Times are µs.
type Proposal struct {
	ID         string
	Step       Step
	Before     *Purpose // nil where there was none
	After      Purpose
	Reason     string
	ProposedBy string
	ProposedAt int64
	State      State
	DecidedBy  string // empty while it is open
	DecidedAt  int64
	Note       string
	Overtaken  bool // it is open, and the purpose is not any more what it was
}

type proposalRow struct {
	bun.BaseModel `bun:"table:purpose_proposals,alias:proposal"`
	ID            string `bun:",pk"`
	Purpose       string
	Step          Step
	ValueBefore   string
	ValueAfter    string
	Reason        string
	ProposedBy    string
	ProposedAt    int64
	State         State
	DecidedBy     *string
	DecidedAt     *int64
	Note          string
}

// kept is a purpose as a proposal keeps it.
type kept struct {
	NameZH, NameEN, BasisZH, BasisEN       string
	Clauses                                []string
	NeedsReason, NeedsRequest, NeedsSecond bool
	BackMinutes                            int
	BySystem, Retired                      bool
}

func keep(p Purpose) (string, error) {
	b, err := json.Marshal(kept{p.Name.ZH, p.Name.EN, p.Basis.ZH, p.Basis.EN, p.Clauses, p.NeedsReason, p.NeedsRequest, p.NeedsSecond, int(p.Back / time.Minute), p.BySystem, p.RetiredAt != nil})
	return string(b), problem.Wrap(err, "write down a purpose")
}

func unkeep(code, value string) (Purpose, error) {
	var k kept
	if err := json.Unmarshal([]byte(value), &k); err != nil {
		return Purpose{}, problem.Wrap(err, "read a proposed purpose")
	}
	return Purpose{Code: code, Name: Words{k.NameZH, k.NameEN}, Basis: Words{k.BasisZH, k.BasisEN}, Clauses: k.Clauses, NeedsReason: k.NeedsReason,
		NeedsRequest: k.NeedsRequest, NeedsSecond: k.NeedsSecond, Back: time.Duration(k.BackMinutes) * time.Minute, BySystem: k.BySystem}, nil
}

// Propose asks for what one person alone does not do. Nothing changes before another one agrees.
func (r *Register) Propose(ctx context.Context, actor access.Actor, w Wish, reason string) (Proposal, error) {
	if err := access.Throughout(actor, access.PurposeConfigure, ""); err != nil {
		return Proposal{}, err
	}
	if actor.Person == "" {
		return Proposal{}, ErrNobody
	}
	reason, err := text.Block("reason", reason, leastReason, 1000)
	if err != nil {
		return Proposal{}, err
	}
	var out Proposal
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		before, after, err := w.outcome(all)
		if err != nil {
			return err
		}
		row := proposalRow{ID: db.NewID(), Purpose: w.Code, Step: w.Step, Reason: reason, ProposedBy: actor.Person, ProposedAt: r.Clock.Micro(), State: Proposed}
		if row.ValueAfter, err = keep(after); err != nil {
			return err
		}
		if before != nil {
			if row.ValueBefore, err = keep(*before); err != nil {
				return err
			}
		}
		if row.ValueBefore == row.ValueAfter {
			return ErrUnchanged
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrWaits.With("purpose", w.Code)
			}
			return problem.Wrap(err, "propose a purpose")
		}
		if out, err = row.proposal(all); err != nil {
			return err
		}
		return r.record(ctx, tx, actor.For(access.PurposeConfigure, ""), row.ProposedAt, "purpose.proposed", row.Purpose, out.detail())
	})
	if err != nil {
		return Proposal{}, err
	}
	r.changed(w.Code, string(Proposed))
	return out, nil
}

// outcome tells what a purpose is before and after a wish, by the register as it is.
func (w Wish) outcome(all []Purpose) (before *Purpose, after Purpose, err error) {
	i := slices.IndexFunc(all, func(p Purpose) bool { return p.Code == w.Code })
	if w.Step == Adding {
		if i >= 0 {
			return nil, after, ErrTaken.With("code", w.Code)
		}
		if after, err = (Purpose{Code: w.Code, NeedsReason: true}).take(w.Change); err != nil {
			return nil, after, err
		}
	} else {
		if i < 0 {
			return nil, after, ErrUnknown
		}
		was := all[i]
		before, after = &was, was
		switch {
		case w.Step == Changing:
			if after, err = was.take(w.Change); err != nil {
				return nil, after, err
			}
		case was.RetiredAt == nil:
			return nil, after, ErrUnchanged
		default:
			after.RetiredAt = nil
		}
	}
	if after.RetiredAt == nil && named(all, after) {
		return nil, after, ErrTaken.With("code", w.Code)
	}
	return before, after, nil
}

// Proposals gives proposals, the latest first; of one state, unless it is empty.
func (r *Register) Proposals(ctx context.Context, state State) ([]Proposal, error) {
	var rows []proposalRow
	q := r.DB.Read().NewSelect().Model(&rows).OrderExpr("proposal.proposed_at DESC, proposal.id DESC").Limit(mostProposals)
	if state != "" {
		q.Where("proposal.state = ?", state)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read proposals")
	}
	all, err := read(ctx, r.DB.Read())
	if err != nil {
		return nil, err
	}
	out := make([]Proposal, len(rows))
	for i := range rows {
		if out[i], err = rows[i].proposal(all); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Decide approves or rejects what somebody else proposed. What is approved is in force at once.
func (r *Register) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) (Proposal, error) {
	if err := access.Throughout(actor, access.RightsApprove, ""); err != nil {
		return Proposal{}, err
	}
	state, least := Approved, 0
	if !approve {
		state, least = Rejected, leastReason
	}
	return r.end(ctx, actor, access.RightsApprove, id, state, least, note)
}

// Withdraw takes back a proposal of one's own while it is open.
func (r *Register) Withdraw(ctx context.Context, actor access.Actor, id, note string) (Proposal, error) {
	if err := access.Throughout(actor, access.PurposeConfigure, ""); err != nil {
		return Proposal{}, err
	}
	return r.end(ctx, actor, access.PurposeConfigure, id, Withdrawn, 0, note)
}

// end says the last word on a proposal. SERIALIZABLE: the purpose is compared with what it was.
func (r *Register) end(ctx context.Context, actor access.Actor, right access.Action, id string, state State, least int, note string) (Proposal, error) {
	if actor.Person == "" {
		return Proposal{}, ErrNobody
	}
	note, err := text.Block("note", note, least, 1000)
	if err != nil {
		return Proposal{}, err
	}
	var out Proposal
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []proposalRow
		if err := tx.NewSelect().Model(&rows).Where("proposal.id = ?", id).Scan(ctx); err != nil {
			return problem.Wrap(err, "read proposal")
		}
		if len(rows) == 0 {
			return ErrProposal
		}
		row := rows[0]
		own := row.ProposedBy == actor.Person
		switch {
		case row.State != Proposed:
			return ErrDecided.With("state", string(row.State))
		case state == Withdrawn && !own:
			return ErrNotYours
		case state != Withdrawn && own:
			return ErrOwn
		}
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		if out, err = row.proposal(all); err != nil {
			return err
		}
		at := r.Clock.Micro()
		if state == Approved {
			if err := out.enforce(ctx, tx, all, at); err != nil {
				return err
			}
		}
		row.State, row.DecidedBy, row.DecidedAt, row.Note = state, &actor.Person, &at, note
		if _, err := tx.NewUpdate().Model(&row).Column("state", "decided_by", "decided_at", "note").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "decide on a proposal")
		}
		out.State, out.DecidedBy, out.DecidedAt, out.Note, out.Overtaken = state, actor.Person, at, note, false
		detail := out.detail()
		detail["note"], detail["proposedBy"] = note, row.ProposedBy
		return r.record(ctx, tx, actor.For(right, ""), at, "purpose."+string(state), row.Purpose, detail)
	})
	if err != nil {
		return Proposal{}, err
	}
	r.changed(out.After.Code, string(state))
	return out, nil
}

// enforce puts what is proposed into the register, unless that has changed since.
func (p Proposal) enforce(ctx context.Context, tx bun.Tx, all []Purpose, at int64) error {
	switch {
	case p.Overtaken:
		return ErrOvertaken
	case p.After.RetiredAt == nil && named(all, p.After):
		return ErrTaken.With("code", p.After.Code)
	}
	if _, err := p.After.take(Change{}); err != nil { // a later program may take less
		return err
	}
	made := rowOf(p.After)
	if p.Step == Adding {
		made.CreatedAt = at
		_, err := tx.NewInsert().Model(&made).Exec(ctx)
		return problem.Wrap(err, "add purpose")
	}
	_, err := tx.NewUpdate().Model(&made).ExcludeColumn("code", "by_system", "created_at").WherePK().Exec(ctx)
	return problem.Wrap(err, "change purpose")
}

// proposal is a row as it is told, beside the register as it is.
func (r *proposalRow) proposal(all []Purpose) (Proposal, error) {
	out := Proposal{ID: r.ID, Step: r.Step, Reason: r.Reason, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt, State: r.State, Note: r.Note}
	if r.DecidedBy != nil && r.DecidedAt != nil {
		out.DecidedBy, out.DecidedAt = *r.DecidedBy, *r.DecidedAt
	}
	var err error
	if out.After, err = unkeep(r.Purpose, r.ValueAfter); err != nil {
		return Proposal{}, err
	}
	if r.ValueBefore != "" {
		before, err := unkeep(r.Purpose, r.ValueBefore)
		if err != nil {
			return Proposal{}, err
		}
		out.Before = &before
	}
	now := ""
	for _, p := range all {
		if p.Code != r.Purpose {
			continue
		}
		if now, err = keep(p); err != nil {
			return Proposal{}, err
		}
		if r.Step == Changing { // neither takes it out of use nor into use
			out.After.RetiredAt = p.RetiredAt
		}
	}
	out.Overtaken = r.State == Proposed && now != r.ValueBefore
	return out, nil
}

// detail is the proposal as it stands in acts.
func (p Proposal) detail() map[string]any {
	detail := map[string]any{"proposal": p.ID, "step": string(p.Step), "reason": p.Reason}
	if p.Step != Changing {
		detail["after"] = p.After.detail()
	} else {
		detail["changes"] = differences(*p.Before, p.After)
	}
	return detail
}
