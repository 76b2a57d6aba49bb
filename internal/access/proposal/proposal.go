// Package proposal keeps what one person proposes and another decides on, once: the one way in
// which two people make a change together. What is proposed, who may, and what becomes of it
// stands in the packages that ask for it; they work inside their own transactions, so that
// proposal, decision and act are one.
package proposal

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of proposals, of every kind.
var (
	ErrUnknown   = problem.New(problem.NotFound, "proposal_unknown", "There is no such proposal.")
	ErrDecided   = problem.New(problem.Conflict, "proposal_decided", "This proposal was decided already.") // state
	ErrOwn       = problem.New(problem.Forbidden, "proposal_own", "Who proposed a change does not decide on it. Somebody else does.")
	ErrNotYours  = problem.New(problem.Forbidden, "proposal_of_another", "Only who made a proposal withdraws it.")
	ErrOvertaken = problem.New(problem.Conflict, "proposal_overtaken", "A value has changed since this was proposed. Withdraw or reject it, and propose anew.")
	ErrNobody    = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
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

// Verdict is the state that another person's decision gives a proposal.
func Verdict(approve bool) State {
	if approve {
		return Approved
	}
	return Rejected
}

// Kind is what a proposal is about.
type Kind string

// Kinds.
const (
	Purpose   Kind = "purpose"
	Positions Kind = "positions" // of a person
	Grade     Kind = "grade"     // of a camera
	Area      Kind = "area"      // that a camera hangs in
	Parent    Kind = "parent"    // that an area lies in
	Mask      Kind = "mask"      // over the pictures of a camera
	Schedule  Kind = "schedule"  // by which less is recorded than before
	Room      Kind = "room"      // that a camera watches a control room no more
)

// Again is the step of a proposal of positions that gives back what an account held before it
// was opened again, or its owner's proofs were replaced; and of one about a camera whose device
// is, or was, another's.
const Again = "restore"

const (
	leastReason = 4 // characters
	mostReason  = 1000
	mostListed  = 500
)

// Reason takes in why something is proposed.
func Reason(s string) (string, error) { return text.Block("reason", s, leastReason, mostReason) }

// Note takes in what is said with a decision: nobody is refused without a word.
func Note(s string, to State) (string, error) {
	least := 0
	if to == Rejected {
		least = leastReason
	}
	return text.Block("note", s, least, mostReason)
}

// Proposal is a wish, and what was decided on it. Times are µs since 1970 UTC.
type Proposal struct {
	bun.BaseModel `bun:"table:proposals,alias:proposal"`

	ID          string `bun:",pk"`
	Kind        Kind
	Subject     string
	Step        string // of a purpose; of positions Again or empty; else empty
	ValueBefore string // JSON; empty where nothing was before
	ValueAfter  string // JSON
	Reason      string
	ProposedBy  string `bun:",nullzero"` // empty: a directory
	ProposedAt  int64
	State       State
	DecidedBy   string `bun:",nullzero"` // empty while it is open
	DecidedAt   int64  `bun:",nullzero"`
	Note        string
}

// Open puts a proposal down. waits is told where another one about the same waits already.
func (p *Proposal) Open(ctx context.Context, tx bun.Tx, waits error) error {
	p.ID, p.State = db.NewID(), Proposed
	if _, err := tx.NewInsert().Model(p).Exec(ctx); err != nil {
		if db.IsUnique(err) {
			return waits
		}
		return problem.Wrap(err, "put down a proposal")
	}
	return nil
}

// May tells whether an actor may bring a proposal of somebody from a state to another: each is
// decided once, by a person who is signed in and never by who made it, and taken back by nobody
// else.
func May(actor access.Actor, proposedBy string, from, to State) error {
	own := proposedBy == actor.Person
	switch {
	case actor.Person == "", to != Withdrawn && !actor.InPerson():
		return ErrNobody
	case from != Proposed:
		return ErrDecided.With("state", string(from))
	case to == Withdrawn && !own:
		return ErrNotYours
	case to != Withdrawn && own:
		return ErrOwn
	}
	return nil
}

// Close says the last word of a person on a proposal.
func (p *Proposal) Close(ctx context.Context, tx bun.Tx, actor access.Actor, to State, note string, at int64) error {
	if err := May(actor, p.ProposedBy, p.State, to); err != nil {
		return err
	}
	return p.close(ctx, tx, actor.Person, to, note, at)
}

// Drop takes back what a directory proposed and does not say any more.
func (p *Proposal) Drop(ctx context.Context, tx bun.Tx, at int64) error {
	return p.close(ctx, tx, "", Withdrawn, "", at)
}

func (p *Proposal) close(ctx context.Context, tx bun.Tx, by string, to State, note string, at int64) error {
	p.State, p.DecidedBy, p.DecidedAt, p.Note = to, by, at, note
	_, err := tx.NewUpdate().Model(p).Column("state", "decided_by", "decided_at", "note").WherePK().Exec(ctx)
	return problem.Wrap(err, "decide on a proposal")
}

// Read gives one proposal of a kind.
func Read(ctx context.Context, tx bun.IDB, kind Kind, id string) (p Proposal, err error) {
	err = tx.NewSelect().Model(&p).Where("id = ?", id).Where("kind = ?", kind).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return p, ErrUnknown
	}
	return p, problem.Wrap(err, "read proposal")
}

// Had tells whether there was ever a proposal of a kind about something.
func Had(ctx context.Context, tx bun.IDB, kind Kind, subject string) (bool, error) {
	n, err := tx.NewSelect().Model((*Proposal)(nil)).Where("kind = ?", kind).Where("subject = ?", subject).Count(ctx)
	return n > 0, problem.Wrap(err, "look for proposals")
}

// KindOf tells what a proposal is about.
func KindOf(ctx context.Context, tx bun.IDB, id string) (Kind, error) {
	var kinds []Kind
	err := tx.NewSelect().Model((*Proposal)(nil)).Column("kind").Where("id = ?", id).Scan(ctx, &kinds)
	if err == nil && len(kinds) == 0 {
		return "", ErrUnknown
	}
	if err != nil {
		return "", problem.Wrap(err, "read proposal")
	}
	return kinds[0], nil
}

// Of gives the open proposal about something; nil where none is.
func Of(ctx context.Context, tx bun.IDB, kind Kind, subject string) (*Proposal, error) {
	var rows []Proposal
	err := tx.NewSelect().Model(&rows).Where("kind = ?", kind).Where("subject = ?", subject).Where("state = ?", Proposed).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, problem.Wrap(err, "read proposal")
	}
	return &rows[0], nil
}

// List gives proposals of some kinds, the latest first; of one state, unless it is empty.
func List(ctx context.Context, tx bun.IDB, state State, kinds ...Kind) ([]Proposal, error) {
	var rows []Proposal
	q := tx.NewSelect().Model(&rows).Where("kind IN (?)", bun.List(kinds)).OrderExpr("proposed_at DESC, id DESC").Limit(mostListed)
	if state != "" {
		q.Where("state = ?", state)
	}
	return rows, problem.Wrap(q.Scan(ctx), "read proposals")
}
