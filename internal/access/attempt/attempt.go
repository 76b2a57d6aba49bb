// Package attempt counts what is tried at the door under a name, before anything that costs
// is done (ruling R21): by where it comes from, by the name together with that place, and by
// the name alone, so that whoever guesses at a name keeps its owner out nowhere else.
package attempt

import (
	"context"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/limit"
	"watchroom/internal/rule"
)

// Knows is how well the place that an attempt comes from knows the name.
type Knows int

// How well; the better, the higher.
const (
	Stranger Knows = iota // nobody of that name has come from there
	Address               // they have, from addresses beside it
	Device                // they have, in this very browser
)

// Door counts attempts.
type Door struct {
	sources   *limit.Limiter // by network
	names     *limit.Limiter // by name and place
	strangers *limit.Limiter // by name, of places that do not know it
	afar      *limit.Limiter // by name and wide network, while too many strangers try it

	turns turns // of those who come from afar
}

// New makes a door with the bounds that the rules set; nil: the defaults.
func New(rules *rule.Set) *Door {
	return &Door{
		sources: limit.New(Sources(rules)),
		names:   limit.New(names(rules)),
		strangers: limit.New(func() limit.Bounds {
			return limit.Bounds{Burst: float64(strangerBurst.Get(rules)), Refill: strangerRefill.Get(rules)}
		}),
		afar: limit.New(func() limit.Bounds { return limit.Bounds{Burst: 1, Refill: nameLongest.Get(rules)} }),
	}
}

// Try is what an attempt counts against.
type Try struct {
	door        *Door
	source      string
	place       string // the name and the place
	name, other string // of a stranger: the name, and the name and its wide network
}

// Of tells what an attempt under a name counts against, and counts nothing.
func (d *Door) Of(name string, from access.Origin, known Knows) Try {
	if known == Device {
		return Try{door: d, place: name + "\x00device\x00" + from.Device}
	}
	t := Try{door: d, source: limit.Network(from.Address)}
	t.place = name + "\x00" + t.source
	if known == Stranger {
		t.name, t.other = name, name+"\x00"+limit.Wide(from.Address)
	}
	return t
}

// Take counts an attempt under a name, or refuses it with limit.ErrTooManyAttempts. known is
// asked only where it matters. A browser in which somebody has signed in before has attempts
// at their name of its own, and takes none of its network.
func (d *Door) Take(name string, from access.Origin, known func() Knows, now time.Time) (Try, error) {
	knows := Stranger
	if from.Device != "" {
		knows = known()
	}
	if knows != Device {
		if err := d.sources.Take(limit.Network(from.Address), now); err != nil {
			return Try{}, err
		}
	}
	if from.Device == "" {
		knows = known()
	}
	t := d.Of(name, from, knows)
	if err := d.names.Take(t.place, now); err != nil {
		return Try{}, err
	}
	if t.name == "" {
		return t, nil
	}
	if d.strangers.Take(t.name, now) == nil {
		t.other = ""
		return t, nil
	}
	t.name = ""
	// Too many have tried it from everywhere. Whoever comes first from somewhere gets in with
	// the right password; who is wrong there waits for long.
	err := d.afar.Take(t.other, now)
	if err != nil {
		d.names.Give(t.place, 1)
	}
	return t, err
}

// Turn waits until it is the attempt's turn to be looked at. Only those who come while too
// many strangers try a name wait, for each other and the newest the least, so that a flood from
// ever new networks takes no more than one of the hashes that are made at a time.
func (t Try) Turn(ctx context.Context) (done func(), err error) {
	if t.other == "" {
		return func() {}, nil
	}
	return t.door.turns.leave, t.door.turns.enter(ctx)
}

// Source counts an attempt that is under no name, or refuses it.
func (d *Door) Source(from access.Origin, now time.Time) (Try, error) {
	t := Try{door: d, source: limit.Network(from.Address)}
	return t, d.sources.Take(t.source, now)
}

// Succeeded gives back what somebody used up who has shown who they are.
func (t Try) Succeeded() {
	d := t.door
	if t.source != "" {
		d.sources.Give(t.source, 1)
	}
	if t.place != "" {
		d.names.Give(t.place, d.names.Burst()+1)
	}
	if t.name != "" {
		d.strangers.Give(t.name, 1)
	}
	if t.other != "" {
		d.afar.Give(t.other, 1)
	}
}

// Proof counts an attempt of somebody who is signed in to show their password once more.
// Strangers cannot use these up.
func (d *Door) Proof(person string, now time.Time) (Try, error) {
	t := Try{door: d, place: "proof\x00" + person}
	return t, d.names.Take(t.place, now)
}
