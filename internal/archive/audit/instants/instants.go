// Package instants holds the instants of acts against what the log says of its own: an act
// that came into it long after its instant, although the log said in between that it had all
// acts on record, was written later than it says (docs/ledger-entries.md, abreast).
package instants

import (
	"fmt"
	"time"
)

// Act is an act of the log. Instants are µs since 1970 UTC.
type Act struct {
	Leaf       int64
	ID, Action string
	At         int64
	Abreast    int64 // the instant at which the log had all acts on record, before this one
}

// String says what is late about it.
func (a *Act) String() string {
	clock := func(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339) }
	return fmt.Sprintf("%s of %s: at %s the log had all acts on record, and not this one", a.Action, clock(a.At), clock(a.Abreast))
}

// Order goes through the entries of one log, in their order.
type Order struct {
	Late int64 // how long after its instant an act may come, µs

	said    bool  // that it is abreast
	abreast int64 // when, last
	least   int64 // of what the node's own clock told from there on
	open    []Act // late if the next word of that clock agrees
}

// Begin begins another log.
func (o *Order) Begin() { *o = Order{Late: o.Late} }

// Act takes an act.
func (o *Order) Act(a Act) {
	if !o.said || a.At+o.Late >= o.least {
		return
	}
	a.Abreast = o.abreast
	o.open = append(o.open, a)
}

// Word takes what the node's own clock told, and gives the acts before that came late.
func (o *Order) Word(at int64) (late []Act) {
	for _, a := range o.open {
		if a.At+o.Late < at { // else the clock was set back when it was done
			late = append(late, a)
		}
	}
	o.open, o.least = nil, min(o.least, at)
	return late
}

// Abreast is Word, of an entry that says that the log has all acts on record.
func (o *Order) Abreast(at int64) (late []Act) {
	late = o.Word(at)
	o.said, o.abreast, o.least = true, at, at
	return late
}

// Back takes an instant to which the clock was set back. It only explains.
func (o *Order) Back(to int64) {
	var left []Act
	for _, a := range o.open {
		if a.At+o.Late < to {
			left = append(left, a)
		}
	}
	o.open, o.least = left, min(o.least, to)
}

// Open gives the acts of which the log does not tell yet whether they came late.
func (o *Order) Open() []Act { return o.open }
