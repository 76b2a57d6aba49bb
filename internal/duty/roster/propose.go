package roster

import (
	"cmp"
	"context"
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// Refusals of proposals.
var (
	ErrProposeDays   = problem.New(problem.Invalid, "roster_propose_days", "A roster is proposed for 1 to 92 days.").On("to")
	ErrProposePeople = problem.New(problem.Invalid, "roster_propose_people", "Choose 1 to 100 people.").On("people")
)

// Why somebody is left out.
const (
	WhyTwice = "overlap"
	WhyRest  = "rest"
	WhyLong  = "long"
	WhyWeek  = "week"
	WhyLeave = "leave"
	WhyUnfit = "unfit"
)

// Candidate is somebody for whom shifts are proposed.
type Candidate struct {
	Person string
	Taken  []Span // shifts that they have already
	Away   []Span // leave
	// Unfit tells that something is lacking for a shift; nil: nothing ever is.
	Unfit func(s Span) bool
}

// Proposed is a shift with those who are proposed for it, who is in charge first.
type Proposed struct {
	Slot
	Chosen []string
	Lacks  int // how many people are missing
}

// Left is somebody who was to have a shift by the rotation, or had none at all, and why.
type Left struct {
	Person string
	Shift  Span // zero: none of all
	Why    string
}

// Share is what somebody has of a proposal.
type Share struct {
	Person                   string
	Shifts, Nights, Weekends int
	Charges                  int
	Micros                   int64
	taken                    []Span
	candidate                *Candidate
}

// Proposal is a roster that nobody has agreed to yet.
type Proposal struct {
	Shifts []Proposed
	Left   []Left
	Shares []Share
}

// Propose fills the slots. Whom a rotation names comes first; every other place goes to whoever has the fewest
// nights, weekends and hours among those who can. Nights are filled before weekends and those before the rest,
// so that rest is never what makes them uneven. It depends on nothing but what it is given.
func Propose(slots []Slot, people []Candidate, limits Limits) (out Proposal) {
	shares := make([]Share, len(people))
	by := map[string]*Share{}
	for i := range people {
		shares[i] = Share{Person: people[i].Person, taken: slices.Clone(people[i].Taken), candidate: &people[i]}
		by[people[i].Person] = &shares[i]
	}
	out.Shifts = make([]Proposed, len(slots))
	order := make([]int, len(slots))
	for i, s := range slots {
		out.Shifts[i].Slot, order[i] = s, i
	}
	for i := range out.Shifts { // the rotation
		for _, who := range out.Shifts[i].People {
			s := by[who]
			if s == nil {
				continue
			}
			if why := s.why(limits, out.Shifts[i].Span); why != "" {
				out.Left = append(out.Left, Left{who, out.Shifts[i].Span, why})
				continue
			}
			s.take(&out.Shifts[i])
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(&slots[a]), rank(&slots[b])) })
	for _, i := range order {
		p := &out.Shifts[i]
		for len(p.Chosen) < p.Staff {
			var best *Share
			for j := range shares {
				s := &shares[j]
				if s.why(limits, p.Span) == "" && (best == nil || s.before(best, p)) {
					best = s
				}
			}
			if best == nil {
				break
			}
			best.take(p)
		}
		p.Lacks = max(0, p.Staff-len(p.Chosen))
	}
	for i := range out.Shifts {
		lead(&out.Shifts[i], by)
	}
	for i := range shares {
		if s := &shares[i]; s.Shifts == 0 && len(slots) > 0 {
			out.Left = append(out.Left, Left{Person: s.Person, Why: s.reason(limits, slots)})
		}
	}
	out.Shares = shares
	return out
}

func rank(s *Slot) int {
	switch {
	case s.Night:
		return 0
	case s.Weekend:
		return 1
	}
	return 2
}

// why tells why somebody cannot have a shift; empty: they can.
func (s *Share) why(limits Limits, span Span) string {
	for _, a := range s.candidate.Away {
		if a.common(span) > 0 {
			return WhyLeave
		}
	}
	if s.candidate.Unfit != nil && s.candidate.Unfit(span) {
		return WhyUnfit
	}
	why, _ := limits.Clash(span, s.taken)
	switch {
	case why == nil:
		return ""
	case why.Is(ErrTwice):
		return WhyTwice
	case why.Is(ErrRest):
		return WhyRest
	case why.Is(ErrLong):
		return WhyLong
	}
	return WhyWeek
}

// reason is why somebody has no shift at all: what stood in the way most often, or nothing where
// there were enough people.
func (s *Share) reason(limits Limits, slots []Slot) (most string) {
	count := map[string]int{}
	for i := range slots {
		if why := s.why(limits, slots[i].Span); why != "" {
			if count[why]++; count[why] > count[most] {
				most = why
			}
		}
	}
	if count[most] < len(slots) {
		return ""
	}
	return most
}

func (s *Share) before(o *Share, p *Proposed) bool {
	order := []int{cmp.Compare(s.Micros, o.Micros), cmp.Compare(s.last(p.From), o.last(p.From)), cmp.Compare(s.Person, o.Person)}
	if p.Weekend {
		order = slices.Insert(order, 0, cmp.Compare(s.Weekends, o.Weekends))
	}
	if p.Night {
		order = slices.Insert(order, 0, cmp.Compare(s.Nights, o.Nights))
	}
	return cmp.Or(order...) < 0
}

// last is when somebody was last on watch before an instant: who has rested longer comes first.
func (s *Share) last(at int64) (end int64) {
	for _, t := range s.taken {
		if t.To <= at {
			end = max(end, t.To)
		}
	}
	return end
}

func (s *Share) take(p *Proposed) {
	p.Chosen = append(p.Chosen, s.Person)
	s.taken = append(s.taken, p.Span)
	s.Shifts++
	s.Micros += p.To - p.From
	if p.Night {
		s.Nights++
	}
	if p.Weekend {
		s.Weekends++
	}
}

// lead puts the one first who was in charge least often.
func lead(p *Proposed, by map[string]*Share) {
	if len(p.Chosen) == 0 {
		return
	}
	slices.SortFunc(p.Chosen, func(a, b string) int {
		return cmp.Or(cmp.Compare(by[a].Charges, by[b].Charges), cmp.Compare(a, b))
	})
	by[p.Chosen[0]].Charges++
}

// Propose proposes a roster of a room by one of its patterns, from one day to another. Times that
// have a shift of that name already are left out, and so are those that have begun.
func (x *Rosters) Propose(ctx context.Context, actor access.Actor, id string, people []string, first, last Day) (p Proposal, err error) {
	if err := access.Can(actor, access.DutyPlan, ""); err != nil {
		return p, err
	}
	if n := first.until(last); n < 0 || n >= 92 {
		return p, ErrProposeDays
	}
	people = slices.Compact(slices.Sorted(slices.Values(people)))
	if len(people) == 0 || len(people) > 100 {
		return p, ErrProposePeople
	}
	tx := x.DB.Read()
	plan, err := x.planned(ctx, tx, actor, id)
	if err != nil {
		return p, err
	}
	room, err := x.Rooms.In(ctx, tx, actor, access.DutyPlan, plan.Room)
	if err != nil {
		return p, err
	}
	within := Span{first.at(0, x.zone()) - 2*week, last.Next(2).at(0, x.zone()) + 2*week}
	there, err := of(ctx, tx, plan.Room, within, Draft, Published)
	if err != nil {
		return p, err
	}
	now := x.Clock.Micro()
	slots := slices.DeleteFunc(plan.Slots(first, last, x.zone()), func(s Slot) bool {
		return s.From < now || slices.ContainsFunc(there, func(o Shift) bool { return o.Name == s.Name && o.Span().common(s.Span) > 0 })
	})
	fitness := x.fitness(&room)
	candidates := make([]Candidate, len(people))
	for i, who := range people {
		c := Candidate{Person: who}
		held, err := x.Held(ctx, tx, who, within)
		if err != nil {
			return p, err
		}
		for j := range held {
			c.Taken = append(c.Taken, held[j].Span())
		}
		unfit := map[Span]bool{}
		for _, s := range slots {
			f, err := fitness.at(ctx, tx, who, s.From)
			if err != nil {
				return p, err
			}
			until, err := fitness.at(ctx, tx, who, s.To-1)
			if err != nil {
				return p, err
			}
			unfit[s.Span] = len(f.lacks)+len(until.lacks) > 0
			if x.Away == nil {
				continue
			}
			away, err := x.Away(ctx, tx, who, s.Span)
			if err != nil {
				return p, err
			}
			if away {
				c.Away = append(c.Away, s.Span)
			}
		}
		c.Unfit = func(s Span) bool { return unfit[s] }
		candidates[i] = c
	}
	return Propose(slots, candidates, LimitsOf(x.Rules)), nil
}
