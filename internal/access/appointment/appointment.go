// Package appointment has positions given by two people: who administers people proposes, and
// somebody who decides on rights confirms, who neither proposed it nor receives it. Until then
// the person does not hold the position (C022, C023, C112; design, promise 6). Nobody can
// confirm before anybody may; so until the first who may there is, one person gives alone,
// and that is marked and stays marked until a review of rights confirms it.
package appointment

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/proposal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. What holds for all proposals comes from package proposal.
var (
	ErrWaits    = problem.New(problem.Conflict, "positions_wait", "Other positions for this person wait to be confirmed. Withdraw them first, or have them refused.").On("positions")
	ErrReceiver = problem.New(problem.Forbidden, "positions_receiver", "Nobody confirms positions for themselves. Another person does.")
	// ErrUnclaimed: the password of the account, its first one or a later one, is one that somebody
	// else has made, and the person has not chosen one of their own.
	ErrUnclaimed = problem.New(problem.Conflict, "positions_unclaimed", "Somebody else has made the password of this account, and the person has not chosen one of their own yet. Ask them to sign in and choose one, and confirm afterwards.")
	ErrClosed    = problem.New(problem.Conflict, "positions_account_closed", "This account is disabled. Refuse the positions, and have them proposed anew when the account is open.")
)

// The kinds of acts.
const (
	KindProposed  = "person.positions_proposed"
	KindChanged   = "person.positions_changed"
	kindRejected  = "person.positions_rejected"
	kindWithdrawn = "person.positions_withdrawn"
)

const mostReason = 1000

// Wish is what somebody is to hold.
type Wish struct {
	Person        string
	Before, After []access.Holding // in order
	Directory     string           // that says so; empty: the actor does
	Reason        string           // may be empty
	Again         bool             // what was held before is given again; see Reopen
	Shift         bool             // a stand-in is let in for one shift: nobody may be there to confirm
}

// Given is what becomes of a wish.
type Given struct {
	Held  []access.Holding // at once
	Alone bool             // one person gives what is given at once
	Waits bool             // the rest waits for another person

	acts []ledger.Act
}

// Record writes the acts about what waits, after the caller's about what is given.
func (g *Given) Record(ctx context.Context, tx bun.Tx) error {
	for _, act := range g.acts {
		if err := ledger.Record(ctx, tx, act); err != nil {
			return err
		}
	}
	return nil
}

// Give takes in a wish, in the transaction that makes what is given at once. What takes nothing
// but away, and what the command line does on the machine, holds at once; all else waits, whole.
// What a directory does not say any more is gone, whatever waits. at is µs.
func Give(ctx context.Context, tx bun.Tx, actor access.Actor, w Wish, at int64) (Given, error) {
	var out Given
	if w.Directory != "" {
		same, err := out.renew(ctx, tx, w, at)
		if err != nil || same {
			out.Held, out.Waits = kept(w.Before, w.After), same
			return out, err
		}
	}
	out.Held = w.After
	if !holding.Gives(w.Before, w.After) {
		return out, nil
	}
	over, err := holding.Settled(ctx, tx)
	if out.Alone = !over || actor.Local() || w.Shift; err != nil || out.Alone {
		return out, err
	}
	if err := holding.Known(ctx, tx, w.After); err != nil {
		return out, err
	}
	out.Held, out.Waits = w.Before, true
	if w.Directory != "" {
		out.Held = kept(w.Before, w.After)
	}
	p := proposal.Proposal{Kind: proposal.Positions, Subject: w.Person, ProposedBy: actor.Person, ProposedAt: at}
	if w.Again {
		p.Step = proposal.Again
	}
	if w.Directory != "" {
		p.ProposedBy = ""
	}
	if p.Reason, err = text.Block("reason", w.Reason, 0, mostReason); err != nil {
		return Given{}, err
	}
	if p.ValueBefore, err = holding.Write(out.Held); err != nil {
		return Given{}, err
	}
	if p.ValueAfter, err = holding.Write(w.After); err != nil {
		return Given{}, err
	}
	if err := p.Open(ctx, tx, ErrWaits); err != nil {
		return Given{}, err
	}
	detail := map[string]any{"proposal": p.ID, "step": p.Step, "from": holding.Words(out.Held), "to": holding.Words(w.After)}
	if p.Reason != "" {
		detail["reason"] = p.Reason
	}
	act := actor.For(access.PeopleManage, "").Act(at, KindProposed, w.Person, "", detail)
	if w.Directory != "" {
		detail["directory"] = w.Directory
		act = ledger.Act{At: at, Kind: KindProposed, Subject: w.Person, Detail: detail}
	}
	out.acts = append(out.acts, act)
	return out, nil
}

// Change is Give for who is there already, with what is given at once and its act.
func Change(ctx context.Context, tx bun.Tx, actor access.Actor, w Wish, at int64) (held []access.Holding, err error) {
	given, err := Give(ctx, tx, actor, w, at)
	if err != nil {
		return nil, err
	}
	if !holding.Same(w.Before, given.Held) {
		if err := holding.Set(ctx, tx, w.Person, given.Held, at, given.Alone); err != nil {
			return nil, err
		}
		detail := map[string]any{"from": holding.Words(w.Before), "to": holding.Words(given.Held)}
		if given.Alone {
			detail["alone"] = true
		}
		act := actor.For(access.PeopleManage, "").Act(at, KindChanged, w.Person, "", detail)
		if w.Directory != "" {
			detail["directory"] = w.Directory
			act = ledger.Act{At: at, Kind: KindChanged, Subject: w.Person, Detail: detail}
		}
		if err := ledger.Record(ctx, tx, act); err != nil {
			return nil, err
		}
	}
	return given.Held, given.Record(ctx, tx)
}

// Rest is for an account whose last proof of its owner another person has replaced: it has no
// second factor, and its password is one that somebody else made. Whoever made it could take
// the account for their own. So what two people give waits for another person, as when the
// account is opened again, and is confirmed once its owner has chosen a password. reason may
// be empty. A directory's account has no password here.
func Rest(ctx context.Context, tx bun.Tx, actor access.Actor, person, reason string, at int64) error {
	var account struct {
		Directory  string
		PasswordAt *int64
	}
	err := tx.NewSelect().Table("people").Column("directory", "password_at").Where("id = ?", person).Scan(ctx, &account)
	if err != nil || account.Directory != "" || account.PasswordAt == nil {
		return problem.Wrap(err, "read a person")
	}
	held, err := holding.Read(ctx, tx, person)
	if err != nil {
		return err
	}
	_, err = Reopen(ctx, tx, actor, Wish{Person: person, Before: held[person], Reason: reason}, at)
	return err
}

// Reopen is for an account that was shut, or whose time was over, and is opened again, or that
// somebody says an identity of a directory opens from now on: what two people give waits for
// another person as if it was given anew. Otherwise whoever opens it would have an account that
// watches and is missed by nobody. What a directory gives it gives
// again at the next sign-in.
func Reopen(ctx context.Context, tx bun.Tx, actor access.Actor, w Wish, at int64) (held []access.Holding, err error) {
	over, err := holding.Settled(ctx, tx)
	rest := holding.Beside(w.Before)
	if err != nil || !over || actor.Local() || len(rest) == len(w.Before) {
		return w.Before, err
	}
	directory := w.Directory
	w.Directory, w.After = "", rest
	if held, err = Change(ctx, tx, actor, w, at); err != nil || directory != "" {
		return held, err
	}
	w.Before, w.After, w.Again = rest, w.Before, true
	return Change(ctx, tx, actor, w, at)
}

// kept are those of the positions that are held which are to stay.
func kept(before, after []access.Holding) (held []access.Holding) {
	for i := range before {
		for k := range after {
			if before[i].Position == after[k].Position {
				held = append(held, before[i])
			}
		}
	}
	return held
}

// renew drops what waits for a person if their directory says something else by now; same tells
// that it waits already. Where and for how long is said here, and may wait meanwhile.
func (g *Given) renew(ctx context.Context, tx bun.Tx, w Wish, at int64) (same bool, err error) {
	p, err := proposal.Of(ctx, tx, proposal.Positions, w.Person)
	if err != nil || p == nil {
		return false, err
	}
	wanted, err := holding.Parse(p.ValueAfter)
	if err != nil {
		return false, err
	}
	base, err := holding.Write(kept(w.Before, w.After))
	switch {
	case err != nil:
		return false, err
	case p.ProposedBy != "" && slices.Equal(holding.Positions(wanted), holding.Positions(w.After)):
		return p.ValueBefore == base && holding.Gives(w.Before, w.After), nil // it waits with the areas that a person said
	case p.ValueBefore == base && holding.Same(wanted, w.After):
		return true, nil
	}
	if err := p.Drop(ctx, tx, at); err != nil {
		return false, err
	}
	g.acts = append(g.acts, ledger.Act{At: at, Kind: kindWithdrawn, Subject: w.Person, Detail: map[string]any{"proposal": p.ID, "directory": w.Directory}})
	return false, nil
}

// Appointments decides on what waits. It has no goroutines of its own.
type Appointments struct {
	DB    *db.DB
	Clock clock.Clock
	// Areas tells whether all of these areas are there; nil: nobody knows any.
	Areas func(ctx context.Context, ids []string) (all bool, err error)
	// Told lets everything that runs for people be decided anew; may be nil.
	Told func(people []string, change, reason string)
}

// Waiting is what a person is to hold once another has confirmed it.
type Waiting struct {
	proposal.Proposal
	Before, After []access.Holding
	Overtaken     bool // it is open, and the person holds something else by now
}

func (a *Appointments) waiting(p proposal.Proposal, held []access.Holding) (w Waiting, err error) {
	w.Proposal = p
	if w.Before, err = holding.Parse(p.ValueBefore); err != nil {
		return w, err
	}
	w.After, err = holding.Parse(p.ValueAfter)
	w.Overtaken = p.State == proposal.Proposed && !holding.Same(held, w.Before)
	return w, err
}

// List gives proposals, the latest first; of one state, unless it is empty.
func (a *Appointments) List(ctx context.Context, state proposal.State) ([]Waiting, error) {
	rows, err := proposal.List(ctx, a.DB.Read(), state, proposal.Positions)
	if err != nil {
		return nil, err
	}
	held, err := holding.Read(ctx, a.DB.Read(), "")
	if err != nil {
		return nil, err
	}
	all := make([]Waiting, len(rows))
	for i := range rows {
		if all[i], err = a.waiting(rows[i], held[rows[i].Subject]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Decide confirms or refuses positions that somebody else proposed for a third.
func (a *Appointments) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error {
	if err := access.Throughout(actor, access.RightsApprove, ""); err != nil {
		return err
	}
	return a.end(ctx, actor.For(access.RightsApprove, ""), id, proposal.Verdict(approve), note)
}

// Withdraw takes back what one proposed.
func (a *Appointments) Withdraw(ctx context.Context, actor access.Actor, id, note string) error {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return err
	}
	return a.end(ctx, actor.For(access.PeopleManage, ""), id, proposal.Withdrawn, note)
}

// end says the last word. SERIALIZABLE: what is held is compared with what was.
func (a *Appointments) end(ctx context.Context, actor access.Actor, id string, state proposal.State, note string) error {
	note, err := proposal.Note(note, state)
	if err != nil {
		return err
	}
	subject := ""
	err = a.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := proposal.Read(ctx, tx, proposal.Positions, id)
		if err != nil {
			return err
		}
		if subject = p.Subject; state != proposal.Withdrawn && actor.Person == subject {
			return ErrReceiver
		}
		all, err := holding.Read(ctx, tx, subject)
		if err != nil {
			return err
		}
		w, err := a.waiting(p, all[subject])
		if err != nil {
			return err
		}
		at, by := a.Clock.Micro(), p.ProposedBy
		if err := p.Close(ctx, tx, actor, state, note, at); err != nil {
			return err
		}
		detail := map[string]any{"proposal": p.ID, "proposedBy": by, "note": note, "from": holding.Words(w.Before), "to": holding.Words(w.After)}
		kind := map[proposal.State]string{proposal.Approved: KindChanged, proposal.Rejected: kindRejected, proposal.Withdrawn: kindWithdrawn}[state]
		if state == proposal.Approved {
			if err := a.enforce(ctx, tx, &w, at); err != nil {
				return err
			}
		}
		return ledger.Record(ctx, tx, actor.Act(at, kind, subject, "", detail))
	})
	if err == nil && state == proposal.Approved && a.Told != nil {
		a.Told([]string{subject}, "rights", "positions")
	}
	return err
}

// enforce makes what was proposed be held, unless something has changed since.
func (a *Appointments) enforce(ctx context.Context, tx bun.Tx, w *Waiting, at int64) error {
	var account struct {
		Disabled     bool
		ValidFrom    *int64
		ValidUntil   *int64
		PasswordHash string
		PasswordAt   *int64
	}
	err := tx.NewSelect().Table("people").Column("disabled", "valid_from", "valid_until", "password_hash", "password_at").Where("id = ?", w.Subject).Scan(ctx, &account)
	if err != nil {
		return problem.Wrap(err, "read a person")
	}
	after, err := holding.Check(ctx, w.After, a.Areas)
	switch {
	case w.Overtaken:
		return proposal.ErrOvertaken
	case account.Disabled:
		return ErrClosed
	case account.PasswordAt != nil && account.PasswordHash != "":
		return ErrUnclaimed // who made it could still come in with it; without one nobody does, and Rest follows on the first
	case err != nil:
		return err
	case administers(after) && (account.ValidFrom != nil || account.ValidUntil != nil):
		return proposal.ErrOvertaken // an administrator's account has no end
	}
	if err := holding.Set(ctx, tx, w.Subject, after, at, false); err != nil {
		return err
	}
	if administers(w.Before) && !administers(after) {
		return holding.Administered(ctx, tx)
	}
	return nil
}

func administers(held []access.Holding) bool {
	return slices.Contains(holding.Positions(held), access.Administrator)
}
