package plan

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/border"
	"watchroom/internal/access/proposal"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// ErrWaits says that a schedule of this camera, or of the site, waits for another person already.
var ErrWaits = problem.New(problem.Conflict, "schedule_waits", "A schedule that records less waits for another person already. Withdraw it first, or have it refused.").On("kind")

// wholeSite is the subject of a proposal about the site's schedule.
const wholeSite = "site"

// terms are what a schedule demands, as proposals hold it.
type terms struct {
	Kind  Kind    `json:"kind"`
	Hours []Hours `json:"hours"`
	Stops bool    `json:"stops"`
}

func (s *Schedule) terms() terms { return terms{s.Kind, append([]Hours{}, s.Hours...), s.Stops} }

// less tells whether one schedule asks for less than another, or has less recorded: what it
// leaves out of a week counts as planned, and nobody is asked about it (C007).
func (t terms) less(before terms) bool {
	demands, recorded := t.week()
	demanded, records := before.week()
	for m := range demanded {
		if demanded[m] && !demands[m] || records[m] && !recorded[m] {
			return true
		}
	}
	return false
}

// week tells of each minute of a week whether recording is demanded, and whether there is any.
func (t terms) week() (demanded, recorded [wholeWeek]bool) {
	in := minutesOf(t.Hours)
	for m := range in {
		demanded[m] = t.Kind != BusinessHours || in[m]
		recorded[m] = demanded[m] || !t.Stops
	}
	return demanded, recorded
}

// subject is what a proposal is about: the camera, or the site.
func (s *Schedule) subject() string {
	if s.Camera == "" {
		return wholeSite
	}
	return s.Camera
}

func cameraOf(subject string) string {
	if subject == wholeSite {
		return ""
	}
	return subject
}

// now gives what is in force for a camera, or the site, and what s would make of it.
func (p *Plans) now(ctx context.Context, tx bun.IDB, s Schedule) (is, then terms, err error) {
	all, err := schedules(ctx, tx)
	if err != nil {
		return is, then, err
	}
	var own, site []Schedule
	for _, one := range slices.Backward(all) { // the newest are first
		switch one.Camera {
		case "":
			site = append(site, one)
		case s.Camera:
			own = append(own, one)
		}
	}
	at := p.Clock.Micro()
	before := inForce(own, site, at)
	s.At = at
	if s.Camera == "" {
		site = append(site, s)
	} else {
		own = append(own, s)
	}
	after := inForce(own, site, at)
	return before.terms(), after.terms(), nil
}

// propose puts down a schedule by which less is asked for or recorded than now, for another
// person to decide on; its Waits stays empty where it is none such. Before anybody can decide,
// and on the machine itself, one person sets it alone, of which detail tells.
func (p *Plans) propose(ctx context.Context, tx bun.Tx, actor access.Actor, s *Schedule, detail map[string]any) error {
	is, then, err := p.now(ctx, tx, *s)
	if err != nil || !then.less(is) {
		return err
	}
	alone, err := border.Alone(ctx, tx, actor)
	switch {
	case err != nil:
		return err
	case alone:
		detail["alone"] = true
		return nil
	case actor.Person == "":
		return proposal.ErrNobody
	}
	from, err1 := json.Marshal(is)
	to, err2 := json.Marshal(s.terms())
	if err := errors.Join(err1, err2); err != nil {
		return problem.Wrap(err, "write down a schedule")
	}
	one := proposal.Proposal{Kind: proposal.Schedule, Subject: s.subject(), ValueBefore: string(from), ValueAfter: string(to),
		Reason: s.Reason, ProposedBy: actor.Person, ProposedAt: s.At}
	if err := one.Open(ctx, tx, ErrWaits); err != nil {
		return err
	}
	s.ID, s.Waits = "", one.ID
	return ledger.Record(ctx, tx, actor.For(access.ScheduleConfigure, s.Camera).Act(s.At, "schedule.proposed", one.Subject, s.Camera,
		map[string]any{"proposal": one.ID, "from": is, "to": s.terms(), "reason": s.Reason}))
}

// Proposals decides on schedules that wait.
type Proposals struct{ Plans *Plans }

// Proposed is a schedule that waits for another person, or did.
type Proposed struct {
	proposal.Proposal
	Camera    string   // empty: the site
	From, To  Schedule // what was in force, and what is to be: kind, hours and whether it stops
	Overtaken bool     // it is open, and something else is in force by now
}

func proposed(p proposal.Proposal, is terms) (out Proposed, err error) {
	out.Proposal, out.Camera = p, cameraOf(p.Subject)
	var from, to terms
	err = errors.Join(json.Unmarshal([]byte(p.ValueBefore), &from), json.Unmarshal([]byte(p.ValueAfter), &to))
	out.From = Schedule{Camera: out.Camera, Kind: from.Kind, Hours: from.Hours, Stops: from.Stops}
	out.To = Schedule{Camera: out.Camera, Kind: to.Kind, Hours: to.Hours, Stops: to.Stops, Reason: p.Reason, Person: p.ProposedBy}
	now, err2 := json.Marshal(is)
	then, err3 := json.Marshal(from)
	out.Overtaken = p.State == proposal.Proposed && string(now) != string(then)
	return out, problem.Wrap(errors.Join(err, err2, err3), "read a proposed schedule")
}

// List gives proposals, the latest first; of one state, unless it is empty.
func (x *Proposals) List(ctx context.Context, state proposal.State) ([]Proposed, error) {
	tx := x.Plans.DB.Read()
	rows, err := proposal.List(ctx, tx, state, proposal.Schedule)
	if err != nil {
		return nil, err
	}
	all := make([]Proposed, len(rows))
	for i := range rows {
		is, _, err := x.Plans.now(ctx, tx, Schedule{Camera: cameraOf(rows[i].Subject), Kind: Always})
		if err != nil {
			return nil, err
		}
		if all[i], err = proposed(rows[i], is); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Decide confirms or refuses a schedule that somebody else proposed. It holds from then on.
func (x *Proposals) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error {
	return x.end(ctx, actor, access.RightsApprove, id, proposal.Verdict(approve), note)
}

// Withdraw takes back what one proposed.
func (x *Proposals) Withdraw(ctx context.Context, actor access.Actor, id, note string) error {
	return x.end(ctx, actor, access.ScheduleConfigure, id, proposal.Withdrawn, note)
}

func (x *Proposals) end(ctx context.Context, actor access.Actor, right access.Action, id string, state proposal.State, note string) error {
	if err := access.Can(actor, right, ""); err != nil {
		return err
	}
	note, err := proposal.Note(note, state)
	if err != nil {
		return err
	}
	set := ""
	err = x.Plans.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := proposal.Read(ctx, tx, proposal.Schedule, id)
		if err != nil {
			return err
		}
		camera := cameraOf(p.Subject)
		if err := access.Throughout(actor, right, camera); err != nil {
			return err
		}
		if state == proposal.Approved {
			if err := access.Outside(actor, camera); err != nil {
				return err
			}
		}
		is, _, err := x.Plans.now(ctx, tx, Schedule{Camera: camera, Kind: Always})
		if err != nil {
			return err
		}
		v, err := proposed(p, is)
		if err != nil {
			return err
		}
		at := x.Plans.Clock.Micro()
		if err := p.Close(ctx, tx, actor, state, note, at); err != nil {
			return err
		}
		detail := map[string]any{"proposal": id, "proposedBy": v.ProposedBy, "note": note}
		by := actor.For(right, camera)
		if state != proposal.Approved {
			detail["from"], detail["to"] = v.From.terms(), v.To.terms()
			return ledger.Record(ctx, tx, by.Act(at, "schedule."+string(state), p.Subject, camera, detail))
		}
		if v.Overtaken {
			return proposal.ErrOvertaken
		}
		s := v.To
		s.ID, s.At = db.NewID(), at
		set = s.ID
		return write(ctx, tx, by, &s, detail)
	})
	if err != nil || set == "" {
		return err
	}
	return x.Plans.changed(ctx, set)
}
