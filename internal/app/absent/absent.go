// Package absent watches over disks and archive tiers on which footage lies and which the
// configuration no more has. A line that is taken out of it, or a server that was moved
// without it, would else end the fault of a dead disk and its footage would count as kept:
// nothing that the configuration tells of is wrong. Such a place is away until it is
// configured again and answers, or all its footage was lawfully removed, or a person gives it
// up; then what lay there is noted as missing.
package absent

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/places"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
)

// Places are those that the configuration lacks.
type Places struct {
	DB         *db.DB
	Clock      clock.Clock
	Configured []string // names of the disks and tiers of the configuration
	// Faults gives the faults that are open.
	Faults func(context.Context) ([]fault.Fault, error)
	// Signal is told with each look of every place that is, or no more is, lacking.
	Signal func(name string, kind fault.Kind, lacking bool)

	raised map[string]fault.Kind // by name, what Signal was told; belongs to who calls Conditions
	noted  map[string]bool       // places all of whose footage was noted when they were looked at; likewise
	gone   atomic.Pointer[[]string]
}

// GivenUp names the places that the configuration lacks and all of whose footage stands as
// missing, as of the last look. It asks nobody.
func (p *Places) GivenUp() []string {
	if gone := p.gone.Load(); gone != nil {
		return *gone
	}
	return nil
}

// batch is how many segments one transaction notes, and batches how many of these one look
// makes: a disk may hold hundreds of thousands.
const batch, batches = 200, 100

// Names are those of the places that the configuration lacks and on which footage lies that
// is not noted as missing, in order.
func (p *Places) Names(ctx context.Context) (lacking []string, err error) {
	lacking, _, err = p.names(ctx, nil)
	return lacking, err
}

// names is Names, and those of which all is noted; known are some of these, which need not be
// looked at again.
func (p *Places) names(ctx context.Context, known map[string]bool) (lacking, noted []string, err error) {
	named, err := places.Named(ctx, p.DB.Read())
	if err != nil {
		return nil, nil, err
	}
	for _, name := range named {
		switch {
		case slices.Contains(p.Configured, name):
			continue
		case known[name]:
			noted = append(noted, name)
			continue
		}
		some, err := places.Unnoted(ctx, p.DB.Read(), name, 1)
		if err != nil {
			return nil, nil, err
		}
		if len(some) > 0 {
			lacking = append(lacking, name)
		} else {
			noted = append(noted, name)
		}
	}
	return lacking, noted, nil
}

// Conditions notes what lay on places that people have given up, tells of the others, and
// gives what is wrong with them. One goroutine at a time.
func (p *Places) Conditions(ctx context.Context) (out []fault.Condition, err error) {
	lacking, noted, err := p.names(ctx, p.noted)
	if err != nil {
		return nil, err
	}
	p.noted = map[string]bool{} // nothing of them comes back before a start that has them in the configuration
	for _, name := range noted {
		p.noted[name] = true
	}
	p.gone.Store(&noted)
	if lacking, err = p.giveUp(ctx, lacking); err != nil {
		return nil, err
	}
	is := map[string]fault.Kind{}
	for _, name := range lacking {
		kind, err := p.kind(ctx, name)
		if err != nil {
			return nil, err
		}
		is[name] = kind
		out = append(out, fault.Condition{Kind: kind, Subject: name, Detail: map[string]any{"absent": true}})
	}
	for name, kind := range p.raised {
		if is[name] == "" {
			p.Signal(name, kind, false)
		}
	}
	for _, name := range lacking {
		p.Signal(name, is[name], true)
	}
	p.raised = is
	return out, nil
}

// kind tells a disk from a tier: what a fault told of it, or whether recorders wrote there.
func (p *Places) kind(ctx context.Context, name string) (fault.Kind, error) {
	kind, err := fault.Told(ctx, p.DB.Read(), name, fault.VolumeAway, fault.TierAway)
	if err != nil || kind != "" {
		return kind, err
	}
	disk, err := places.Recorded(ctx, p.DB.Read(), name)
	if disk {
		return fault.VolumeAway, err
	}
	return fault.TierAway, err
}

// giveUp notes what lay on those of some places that people have given up, and gives the others.
func (p *Places) giveUp(ctx context.Context, lacking []string) (rest []string, err error) {
	if len(lacking) == 0 {
		return nil, nil
	}
	open, err := p.Faults(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range lacking {
		done := false
		if slices.ContainsFunc(open, func(f fault.Fault) bool { return f.Lacks([]string{name}) && f.GivenUp() }) {
			if done, err = p.note(ctx, name); err != nil {
				return nil, err
			}
		}
		if !done {
			rest = append(rest, name)
		}
	}
	return rest, nil
}

// note notes segments of a place as missing; done tells that none is left.
func (p *Places) note(ctx context.Context, name string) (done bool, err error) {
	for range batches {
		every.Alive(ctx)
		some, err := places.Unnoted(ctx, p.DB.Read(), name, batch)
		if err != nil || len(some) == 0 {
			return err == nil, err
		}
		err = p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			for _, s := range some {
				d := damage.Damage{File: s.File, Camera: s.Camera, StartAt: s.StartAt, EndAt: s.EndAt, Kind: damage.Missing, FoundBy: damage.Person}
				if _, err := damage.Doubt(ctx, tx, p.Clock.Micro(), name, d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	return false, nil
}
