package roster

import (
	"cmp"
	"context"
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// Choice is somebody who could be put into a shift, and why not.
type Choice struct {
	Standing
	Why *problem.Error // nil: nothing is in the way
}

// Choices gives those who could be put into a shift of a room in which the actor plans or decides:
// first those who can.
func (x *Rosters) Choices(ctx context.Context, actor access.Actor, id string) (all []Choice, err error) {
	tx := x.DB.Read()
	s, err := x.Shift(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	room, err := x.Rooms.In(ctx, tx, actor, access.DutyPlan, s.Room)
	if err != nil {
		if room, err = x.Rooms.In(ctx, tx, actor, access.DutyDecide, s.Room); err != nil {
			return nil, err
		}
	}
	if x.Crew == nil {
		return nil, nil
	}
	crew, err := x.Crew(ctx, &room)
	if err != nil {
		return nil, err
	}
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	limits, fitness := LimitsOf(x.Rules), x.fitness(&room)
	for _, who := range crew {
		if s.Has(who) {
			continue
		}
		held, err := x.Held(ctx, tx, who, around([]*Shift{&s}))
		if err != nil {
			return nil, err
		}
		why, err := x.wrong(ctx, tx, limits, fitness, who, &s, held)
		if err != nil {
			return nil, err
		}
		f, err := fitness.at(ctx, tx, who, s.From)
		if err != nil {
			return nil, err
		}
		if why != nil {
			why = why.With("who", names[who]).With("at", x.When(s.Span()))
		}
		all = append(all, Choice{Standing{Person: who, Name: names[who], Lacks: f.lacks, Pending: f.pending}, why})
	}
	slices.SortFunc(all, func(a, b Choice) int {
		rank := func(c *Choice) int {
			if c.Why == nil {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Person, b.Person))
	})
	return all, nil
}
