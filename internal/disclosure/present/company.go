package present

import (
	"maps"
	"slices"
	"sync"
	"time"

	"watchroom/internal/clock"
)

// Company remembers who is present at the screens that show live pictures, by session: the
// acts of live views that are opened there name them. It is kept in memory, since live views
// must not wait for a database (ruling R6); after a restart nobody is present.
type Company struct {
	Clock clock.Clock
	// Lasts is how long somebody who was named counts as present; it is read at every use.
	Lasts func() time.Duration

	mu  sync.Mutex // guards all
	all map[string]beside
}

type beside struct {
	people []Person
	at     int64 // µs, when they were named
}

// Set says who is present at a session's screen from now on; nobody ends it.
func (c *Company) Set(session string, people []Person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]beside{}
	}
	maps.DeleteFunc(c.all, func(_ string, b beside) bool { return c.over(b) })
	if len(people) == 0 {
		delete(c.all, session)
		return
	}
	c.all[session] = beside{slices.Clone(people), c.Clock.Micro()}
}

// Of gives who is present at a session's screen, and until when they count as it (µs).
func (c *Company) Of(session string) (people []Person, until int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.all[session]
	if !ok || c.over(b) {
		return nil, 0
	}
	return slices.Clone(b.people), b.at + c.Lasts().Microseconds()
}

func (c *Company) over(b beside) bool { return c.Clock.Micro() >= b.at+c.Lasts().Microseconds() }
