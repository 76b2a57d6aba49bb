package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/review"
	"watchroom/internal/access/staff"
	"watchroom/internal/app/duties"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/duty"
)

// people makes the accounts, with passwords that are told at every start. The machine itself
// gives the first two their positions, since nobody can confirm them yet; all others get
// theirs as in any house: the administrator proposes, the supervisor confirms.
func (s *story) people(ctx context.Context) (a Accounts, err error) {
	now := at(s.begin - 60e6)
	s.accounts = &account.Control{DB: s.db, Clock: now}
	if err := s.accounts.Start(ctx); err != nil {
		return a, err
	}
	ids := map[string]string{}
	for _, m := range members() {
		if m.position.Boxed() {
			continue // whose areas are still to be made
		}
		n := account.NewPerson{Username: m.username, DisplayName: m.name}
		if first(m.position) {
			n.Holdings = access.Everywhere(m.position)
		}
		made, initial, err := s.accounts.CreatePerson(ctx, access.CommandLine(), n)
		if err != nil {
			return a, err
		}
		ids[m.username] = made.ID
		*a.of(m.username) = initial.Reveal()
	}
	s.admin = access.ActorOf(ids["admin"], access.Administrator)
	s.guard = access.ActorOf(ids["guard"], access.Operator)
	s.supervisor = access.ActorOf(ids["supervisor"], access.Supervisor)
	s.leader = access.ActorOf(ids["leader"], access.Leader)
	s.lead = access.ActorOf(ids["lead"], access.DutyLead)
	if err := s.appoint(ctx, ids); err != nil {
		return a, err
	}
	if err := s.found(ctx, ids); err != nil {
		return a, err
	}
	return a, s.outside(ctx, &a)
}

// first tells who holds a position before anybody can confirm it.
func first(p access.Position) bool { return p == access.Administrator || p == access.Supervisor }

// appoint gives the others their positions, by two people.
func (s *story) appoint(ctx context.Context, people map[string]string) error {
	for _, m := range members() {
		if first(m.position) || m.position.Boxed() {
			continue
		}
		held := access.Everywhere(m.position)
		s.accounts.Clock = at(s.begin - 58e6)
		if _, err := s.accounts.ChangePerson(ctx, s.admin, people[m.username], account.PersonChange{Holdings: &held, Reason: "到岗 Takes up the post"}); err != nil {
			return err
		}
	}
	a := &appointment.Appointments{DB: s.db, Clock: at(s.begin - 56e6)}
	waiting, err := a.List(ctx, proposal.Proposed)
	if err != nil {
		return err
	}
	for i := range waiting {
		if err := a.Decide(ctx, s.supervisor, waiting[i].ID, true, "与任命一致 As appointed"); err != nil {
			return err
		}
	}
	return nil
}

// outside makes who comes from a company to work on the devices of one area, for a year.
func (s *story) outside(ctx context.Context, a *Accounts) error {
	until := time.UnixMicro(s.end).AddDate(1, 0, 0).UnixMicro()
	s.accounts.Clock = at(s.begin - 48e6)
	s.accounts.Areas = func(ctx context.Context, ids []string) (bool, error) {
		tree, err := s.areas.Tree(ctx)
		return err == nil && !slices.ContainsFunc(ids, func(id string) bool { return !tree.Has(id) }), err
	}
	f := &staff.Files{DB: s.db, Clock: s.accounts.Clock, Accounts: s.accounts}
	for _, m := range members() {
		if !m.position.Boxed() {
			continue
		}
		made, initial, err := s.accounts.CreatePerson(ctx, access.CommandLine(), account.NewPerson{Username: m.username, DisplayName: m.name,
			Holdings: []access.Holding{{Position: m.position, Areas: []string{s.hangs[scenes-1]}, Until: until}}})
		if err != nil {
			return err
		}
		*a.of(m.username) = initial.Reveal()
		c := staff.Change{Unit: &s.company, Term: &staff.Term{Until: &until}}
		if _, _, err := f.Keep(ctx, s.admin, made.ID, c); err != nil {
			return err
		}
	}
	return nil
}

// reviewed is the school's first look through who holds what. The supervisor confirms the
// leader's line, and the leader all others but the supervisor's: that position was given by one
// alone, and is left for whoever tries the demonstration.
func (s *story) reviewed(ctx context.Context) error {
	r := &review.Reviews{DB: s.db, Clock: at(s.begin - 40e6), Accounts: s.accounts}
	opened, err := r.Open(ctx, s.leader, "开学前权限复核 Before the term begins")
	if err != nil {
		return err
	}
	var byLeader, bySupervisor []string
	for _, l := range opened.Items {
		switch l.Person {
		case s.supervisor.Person:
		case s.leader.Person:
			bySupervisor = append(bySupervisor, l.ID)
		default:
			byLeader = append(byLeader, l.ID)
		}
	}
	for _, d := range []struct {
		by    access.Actor
		lines []string
	}{{s.leader, byLeader}, {s.supervisor, bySupervisor}} {
		r.Clock = at(s.begin - 38e6)
		if _, err := r.Decide(ctx, d.by, opened.ID, d.lines, review.Confirmed, "与任命名单一致 As on the list of appointments"); err != nil {
			return fmt.Errorf("review of rights: %w", err)
		}
	}
	return nil
}

// watched sets up the control room of the school, which its duty lead heads.
func (s *story) watched(ctx context.Context) error {
	d := duties.New(duties.House{DB: s.db, Clock: at(s.begin - 42e6), Zone: time.UTC, Accounts: s.accounts})
	made, err := d.Rooms.Add(ctx, s.supervisor, duty.Content{Name: "监控室 Control room", Head: s.lead.Person, Staff: 1, Hours: duty.RoundTheClock, Phone: "8110"})
	s.room = made.ID
	return err
}

// hurried lets the reason of a look at an incident come afterwards, by two people: the guard has a
// button for it.
func (s *story) hurried(ctx context.Context) error {
	r := &purpose.Register{DB: s.db, Clock: at(s.begin - 36e6)}
	yes := true
	asked, err := r.Propose(ctx, s.supervisor, purpose.Wish{Step: purpose.Changing, Code: string(disclosure.Incident), Change: purpose.Change{ReasonAfter: &yes}},
		"夜间先看后补 At night one looks first and writes afterwards")
	if err != nil {
		return err
	}
	r.Clock = at(s.begin - 34e6)
	_, err = r.Decide(ctx, s.leader, asked.ID, true, "限二十四小时内的录像 For the footage of a day")
	return err
}
