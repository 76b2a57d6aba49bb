package staff

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/signing"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Refusals of pledges and vettings.
var (
	ErrPledgeGuest  = problem.New(problem.NotFound, "pledge_none", "Who stands in signs when they are let in.")
	ErrPledgeScreen = problem.New(problem.Forbidden, "session_required", "A token has no session; sign in with a password for this.")
	ErrPledgeTalk   = problem.New(problem.Invalid, "pledge_language", "The pledge is there in zh and en.").On("language")
	ErrPledgeStands = problem.New(problem.Conflict, "pledge_stands", "You have signed this today already.")                                       // until
	ErrPledgeBeyond = problem.New(problem.Invalid, "pledge_beyond", "A pledge is not good for longer than the rules say.").On("pledgeUntil")      // until, months
	ErrVettedAhead  = problem.New(problem.Invalid, "vetting_ahead", "A vetting is of today or of an earlier day, not of a later.").On("vettedOn") // today
)

// pledgeMonths is how long a pledge of secrecy is good that was signed (C100: a year).
var pledgeMonths = rule.Int{Key: "pledge.months", Default: 12, Least: 1, Most: 36, Unit: "months", Guard: rule.Higher, Clauses: []string{"C100"}}

// kindPledged is the act of signing a pledge.
const kindPledged = signing.ActPledge

// Pledge is how the pledge of a person stands.
type Pledge struct {
	Until  Day  // its last day; empty: none is on file
	Signed Day  // the last day of one that is signed today
	Counts bool // without it the person sees no pictures
}

// pledgedFrom is the last day of a pledge that is signed on a day.
func (s *Settings) pledgedFrom(today Day) Day {
	at, err := time.Parse(time.DateOnly, string(today))
	if err != nil {
		return ""
	}
	return Day(at.AddDate(0, pledgeMonths.Get(s.Rules), -1).Format(time.DateOnly))
}

// bound refuses days that somebody types for another: a vetting to come, and a pledge that is
// good for longer than one that is signed today.
func (s *Settings) bound(before File, r *fileRow, today Day) error {
	if r.VettedOn != before.VettedOn && r.VettedOn > today {
		return ErrVettedAhead.With("today", string(today))
	}
	if most := s.pledgedFrom(today); r.PledgeUntil != before.PledgeUntil && r.PledgeUntil > most {
		return ErrPledgeBeyond.With("until", string(most)).With("months", pledgeMonths.Get(s.Rules))
	}
	return nil
}

// Pledge tells how the pledge of a person stands, or ErrPledgeGuest of who only stands in.
func (f *Files) Pledge(ctx context.Context, person string, positions []access.Position) (Pledge, error) {
	if len(positions) > 0 && !stays(positions) {
		return Pledge{}, ErrPledgeGuest
	}
	r, _, err := read(ctx, f.DB.Read(), person)
	return f.pledge(&r, positions), err
}

func (f *Files) pledge(r *fileRow, positions []access.Position) Pledge {
	p := Pledge{Until: r.PledgeUntil, Signed: f.Settings.pledgedFrom(f.Settings.today(f.Clock.Micro()))}
	for _, held := range positions {
		p.Counts = p.Counts || held.Watches() && f.Settings.pledges(positions)
	}
	return p
}

// SignPledge is the person's own signature under the pledge, at a screen, with a proof of who
// sits there; see account.Confirm. It is good from today for as long as the house has set, and
// the day on file follows from it alone.
func (f *Files) SignPledge(ctx context.Context, who account.Identity, language string) (p Pledge, err error) {
	words, known := signing.Current(signing.Pledge, language)
	positions := who.Person.Positions()
	switch {
	case !known:
		return p, ErrPledgeTalk
	case who.Session == nil || who.Actor.Token != "":
		return p, ErrPledgeScreen
	case len(positions) > 0 && !stays(positions):
		return p, ErrPledgeGuest
	}
	if err := access.Settled(who.Actor); err != nil {
		return p, err
	}
	person := who.Actor.Person
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, _, err := read(ctx, tx, person)
		if err != nil {
			return err
		}
		p = f.pledge(&r, positions)
		if p.Until >= p.Signed {
			return ErrPledgeStands.With("until", string(p.Until))
		}
		from := r.PledgeUntil
		r.PledgeUntil, p.Until = p.Signed, p.Signed
		if err := write(ctx, tx, &r); err != nil {
			return err
		}
		at, detail := f.Clock.Micro(), map[string]any{"from": string(from), "until": string(p.Until)}
		if _, err := signing.Sign(ctx, tx, person, words, signing.ProofOf(&who), at, detail); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, who.Actor.Act(at, kindPledged, person, "", detail))
	})
	if err == nil {
		f.Accounts.Told([]string{person}, "rights", "term") // what it stands in the way of is decided anew
	}
	return p, err
}
