// Package unremembered tells of places that answer and yet do not remember how far the
// transparency log was signed: the database, and recording disks. Each of them is a witness
// against whoever puts an older log in its place, and one that has stopped to be is missed by
// nobody else.
package unremembered

import (
	"slices"
	"sync"
	"time"
)

// Late is how long a place may go without what was signed last.
const Late = time.Minute

// Database is the place that is no disk.
const Database = ""

// Places are those that are to remember. The zero value with Alarm is ready.
type Places struct {
	// Alarm raises an alarm under a key, or takes it down where code is empty.
	Alarm func(key, code, detail string, params map[string]any)

	mu    sync.Mutex           // guards what follows
	since map[string]time.Time // since when a place lacks what was signed last
	told  map[string]bool      // places with an alarm
}

// Lacks says that a place is to be given what it lacks. now is a reading of the machine's clock.
func (p *Places) Lacks(place string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since == nil {
		p.since, p.told = map[string]time.Time{}, map[string]bool{}
	}
	if _, yes := p.since[place]; !yes {
		p.since[place] = now
	}
}

// Has says that a place remembers what was signed last, or is away, of which others tell.
func (p *Places) Has(place string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.since, place)
}

// Look raises an alarm for each place that has lacked it for longer than Late, and takes down
// that of one that has it, or is none of those that answer.
func (p *Places) Look(now time.Time, answer ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for place, at := range p.since {
		switch {
		case !slices.Contains(answer, place):
			delete(p.since, place)
		case now.Sub(at) > Late && !p.told[place]:
			p.told[place] = true
			if place == Database {
				p.Alarm("ledger memory", "ledger_unremembered", "The database has not taken in for more than a minute how far the transparency log was signed.", nil)
				continue
			}
			p.Alarm("ledger memory "+place, "ledger_disk_unremembered", "A recording disk has not taken in for more than a minute how far the transparency log was signed.",
				map[string]any{"volume": place})
		}
	}
	for place := range p.told {
		if _, lacks := p.since[place]; lacks {
			continue
		}
		delete(p.told, place)
		if place == Database {
			p.Alarm("ledger memory", "", "", nil)
			continue
		}
		p.Alarm("ledger memory "+place, "", "", nil)
	}
}
