package roster

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/duty"
	"watchroom/internal/problem"
)

// Fault is why somebody cannot have a shift.
type Fault struct {
	Shift, Person string
	Why           *problem.Error
}

// fitness remembers by person and day of the site what somebody lacks: papers are good for days.
type fitness struct {
	x     *Rosters
	room  *duty.Room
	known map[string]fit
}

type fit struct {
	lacks   []string
	pending int64
}

func (x *Rosters) fitness(room *duty.Room) *fitness {
	return &fitness{x: x, room: room, known: map[string]fit{}}
}

func (f *fitness) at(ctx context.Context, tx bun.IDB, person string, at int64) (out fit, err error) {
	if f.x.Fit == nil {
		return fit{}, nil
	}
	key := person + " " + DayOf(at, f.x.zone()).String()
	out, known := f.known[key]
	if known {
		return out, nil
	}
	out.lacks, out.pending, err = f.x.Fit(ctx, tx, f.room, person, at)
	f.known[key] = out
	return out, problem.Wrap(err, "read what somebody lacks for the watch")
}

// faults gives what is wrong with those in shifts of a room whom whom names; nil: all of them.
// The shifts stand in the database.
func (x *Rosters) faults(ctx context.Context, tx bun.IDB, room *duty.Room, all []Shift, whom func(s *Shift, person string) bool) (faults []Fault, err error) {
	by := map[string][]*Shift{}
	var people []string
	for i := range all {
		for _, p := range all[i].People {
			if whom != nil && !whom(&all[i], p.Person) {
				continue
			}
			if by[p.Person] == nil {
				people = append(people, p.Person)
			}
			by[p.Person] = append(by[p.Person], &all[i])
		}
	}
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	limits, fitness := LimitsOf(x.Rules), x.fitness(room)
	for _, who := range people {
		mine := by[who]
		held, err := x.Held(ctx, tx, who, around(mine))
		if err != nil {
			return nil, err
		}
		for _, s := range mine {
			why, err := x.wrong(ctx, tx, limits, fitness, who, s, held)
			if err != nil {
				return nil, err
			}
			if why != nil {
				faults = append(faults, Fault{s.ID, who, why.With("who", names[who]).With("at", x.When(s.Span()))})
			}
		}
	}
	return faults, nil
}

// around is the time in which other shifts of somebody matter.
func around(all []*Shift) Span {
	s := all[0].Span()
	for _, o := range all {
		s.From, s.To = min(s.From, o.From), max(s.To, o.To)
	}
	return Span{s.From - 2*week, s.To + 2*week}
}

func (x *Rosters) wrong(ctx context.Context, tx bun.IDB, limits Limits, fitness *fitness, who string, s *Shift, held []Shift) (*problem.Error, error) {
	others, in := []Span{}, map[Span]string{}
	for i := range held {
		if o := &held[i]; o.ID != s.ID {
			others = append(others, o.Span())
			in[o.Span()] = o.Room
		}
	}
	if why, with := limits.Clash(s.Span(), others); why != nil {
		if errors.Is(why, ErrTwice) && in[with] != s.Room {
			why = ErrTwoRooms
		}
		if with != (Span{}) {
			why = why.With("shift", x.When(with))
		}
		return why, nil
	}
	if x.Away != nil {
		away, err := x.Away(ctx, tx, who, s.Span())
		if err != nil {
			return nil, err
		}
		if away {
			return ErrLeave, nil
		}
	}
	f, err := fitness.at(ctx, tx, who, s.From)
	if err == nil && len(f.lacks) == 0 && DayOf(s.To-1, x.zone()) != DayOf(s.From, x.zone()) {
		f, err = fitness.at(ctx, tx, who, s.To-1)
	}
	if err != nil || len(f.lacks) == 0 {
		return nil, err
	}
	return ErrUnfit.With("lacks", f.lacks), nil
}

// check is nil where nothing is wrong with those whom whom names.
func (x *Rosters) check(ctx context.Context, tx bun.IDB, room *duty.Room, all []Shift, whom func(s *Shift, person string) bool) error {
	faults, err := x.faults(ctx, tx, room, all, whom)
	if err != nil || len(faults) == 0 {
		return err
	}
	return faults[0].Why
}

// newly names those of a shift who were not in it before, or all where its time is another.
func newly(before *Content) func(s *Shift, person string) bool {
	return func(s *Shift, person string) bool {
		return s.Span() != before.Span() || !slices.ContainsFunc(before.People, func(p Place) bool { return p.Person == person })
	}
}
