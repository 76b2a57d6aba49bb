package purpose

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/problem"
)

// Refusals of proposals. What holds for all of them comes from package proposal.
var (
	ErrLowers = problem.New(problem.Conflict, "purpose_lowers", "More could be looked at afterwards, or with less asked. Propose it; another person decides.")                            // purpose
	ErrWords  = problem.New(problem.Conflict, "purpose_words", "Another name or legal basis takes two people, since earlier looks are read by them. Propose it; another person decides.") // purpose
	ErrWaits  = problem.New(problem.Conflict, "purpose_waits", "Another proposal about this purpose waits for a decision.")                                                               // purpose
)

// Step is what a proposal does with a purpose.
type Step string

// Steps.
const (
	Adding    Step = "add"
	Changing  Step = "change"
	Restoring Step = "restore"
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
	State      proposal.State
	DecidedBy  string // empty while it is open
	DecidedAt  int64
	Note       string
	Overtaken  bool // it is open, and the purpose is not any more what it was
}

// kept is a purpose as a proposal keeps it.
type kept struct {
	NameZH, NameEN, BasisZH, BasisEN       string
	Clauses                                []string
	NeedsReason, NeedsRequest, NeedsSecond bool
	BackMinutes                            int
	BySystem, Retired                      bool
	ReasonAfter                            bool `json:",omitempty"` // or an open proposal of before would count as overtaken
}

func keep(p Purpose) (string, error) {
	b, err := json.Marshal(kept{p.Name.ZH, p.Name.EN, p.Basis.ZH, p.Basis.EN, p.Clauses, p.NeedsReason, p.NeedsRequest, p.NeedsSecond, int(p.Back / time.Minute), p.BySystem, p.RetiredAt != nil, p.ReasonAfter})
	return string(b), problem.Wrap(err, "write down a purpose")
}

func unkeep(code, value string) (Purpose, error) {
	var k kept
	if err := json.Unmarshal([]byte(value), &k); err != nil {
		return Purpose{}, problem.Wrap(err, "read a proposed purpose")
	}
	return Purpose{Code: code, Name: Words{k.NameZH, k.NameEN}, Basis: Words{k.BasisZH, k.BasisEN}, Clauses: k.Clauses, NeedsReason: k.NeedsReason, ReasonAfter: k.ReasonAfter,
		NeedsRequest: k.NeedsRequest, NeedsSecond: k.NeedsSecond, Back: time.Duration(k.BackMinutes) * time.Minute, BySystem: k.BySystem}, nil
}

// Propose asks for what one person alone does not do. Nothing changes before another one agrees.
func (r *Register) Propose(ctx context.Context, actor access.Actor, w Wish, reason string) (Proposal, error) {
	if err := access.Throughout(actor, access.PurposeConfigure, ""); err != nil {
		return Proposal{}, err
	}
	if actor.Person == "" {
		return Proposal{}, proposal.ErrNobody
	}
	reason, err := proposal.Reason(reason)
	if err != nil {
		return Proposal{}, err
	}
	var out Proposal
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		past, err := pastOf(ctx, tx, all)
		if err != nil {
			return err
		}
		before, after, err := w.outcome(past)
		if err != nil {
			return err
		}
		row := proposal.Proposal{Kind: proposal.Purpose, Subject: w.Code, Step: string(w.Step), Reason: reason, ProposedBy: actor.Person, ProposedAt: r.Clock.Micro()}
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
		if err := row.Open(ctx, tx, ErrWaits.With("purpose", w.Code)); err != nil {
			return err
		}
		if out, err = told(&row, all); err != nil {
			return err
		}
		return r.record(ctx, tx, actor.For(access.PurposeConfigure, ""), row.ProposedAt, "purpose.proposed", row.Subject, out.detail())
	})
	if err != nil {
		return Proposal{}, err
	}
	r.changed(w.Code, string(proposal.Proposed))
	return out, nil
}

// outcome tells what a purpose is before and after a wish, by the register as it is.
func (w Wish) outcome(past Past) (before *Purpose, after Purpose, err error) {
	all := past.now
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
	if (before == nil || before.Name != after.Name) && past.bears(after) {
		return nil, after, ErrBorne
	}
	return before, after, nil
}

// Proposals gives proposals, the latest first; of one state, unless it is empty.
func (r *Register) Proposals(ctx context.Context, state proposal.State) ([]Proposal, error) {
	rows, err := proposal.List(ctx, r.DB.Read(), state, proposal.Purpose)
	if err != nil {
		return nil, err
	}
	all, err := read(ctx, r.DB.Read())
	if err != nil {
		return nil, err
	}
	out := make([]Proposal, len(rows))
	for i := range rows {
		if out[i], err = told(&rows[i], all); err != nil {
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
	state := proposal.Approved
	if !approve {
		state = proposal.Rejected
	}
	return r.end(ctx, actor, access.RightsApprove, id, state, note)
}

// Withdraw takes back a proposal of one's own while it is open.
func (r *Register) Withdraw(ctx context.Context, actor access.Actor, id, note string) (Proposal, error) {
	if err := access.Throughout(actor, access.PurposeConfigure, ""); err != nil {
		return Proposal{}, err
	}
	return r.end(ctx, actor, access.PurposeConfigure, id, proposal.Withdrawn, note)
}

// end says the last word on a proposal. SERIALIZABLE: the purpose is compared with what it was.
func (r *Register) end(ctx context.Context, actor access.Actor, right access.Action, id string, state proposal.State, note string) (Proposal, error) {
	note, err := proposal.Note(note, state)
	if err != nil {
		return Proposal{}, err
	}
	var out Proposal
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := proposal.Read(ctx, tx, proposal.Purpose, id)
		if err != nil {
			return err
		}
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		if out, err = told(&row, all); err != nil {
			return err
		}
		at := r.Clock.Micro()
		if err := row.Close(ctx, tx, actor, state, note, at); err != nil {
			return err
		}
		if state == proposal.Approved {
			if err := out.enforce(ctx, tx, all, at); err != nil {
				return err
			}
		}
		out.State, out.DecidedBy, out.DecidedAt, out.Note, out.Overtaken = state, actor.Person, at, note, false
		detail := out.detail()
		detail["note"], detail["proposedBy"] = note, row.ProposedBy
		return r.record(ctx, tx, actor.For(right, ""), at, "purpose."+string(state), row.Subject, detail)
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
		return proposal.ErrOvertaken
	case p.After.RetiredAt == nil && named(all, p.After):
		return ErrTaken.With("code", p.After.Code)
	}
	if _, err := p.After.take(Change{}); err != nil { // a later program may take less
		return err
	}
	if past, err := pastOf(ctx, tx, all); err != nil {
		return err
	} else if (p.Before == nil || p.Before.Name != p.After.Name) && past.bears(p.After) {
		return ErrBorne
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

// told is a proposal beside the register as it is.
func told(r *proposal.Proposal, all []Purpose) (Proposal, error) {
	out := Proposal{ID: r.ID, Step: Step(r.Step), Reason: r.Reason, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt, State: r.State,
		DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Note: r.Note}
	var err error
	if out.After, err = unkeep(r.Subject, r.ValueAfter); err != nil {
		return Proposal{}, err
	}
	if r.ValueBefore != "" {
		before, err := unkeep(r.Subject, r.ValueBefore)
		if err != nil {
			return Proposal{}, err
		}
		out.Before = &before
	}
	now := ""
	for _, p := range all {
		if p.Code != r.Subject {
			continue
		}
		if now, err = keep(p); err != nil {
			return Proposal{}, err
		}
		if out.Step == Changing { // neither takes it out of use nor into use
			out.After.RetiredAt = p.RetiredAt
		}
	}
	out.Overtaken = r.State == proposal.Proposed && now != r.ValueBefore
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
