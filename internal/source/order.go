package source

import (
	"strconv"
	"sync"
)

// Order gives the runs of a recorder ids that grow in the order in which they began,
// whatever happens to the clock. One Order serves all streams. The nil Order knows
// only the clock.
type Order struct {
	mu   sync.Mutex // guards last
	last int64
}

// next is the instant that names a run which begins at at (µs since 1970 UTC): that
// one, or one behind all that were given before.
func (o *Order) next(at int64) int64 {
	if o == nil {
		return at
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = max(at, o.last+1)
	return o.last
}

// Behind makes all further runs later than the one with this id, which an earlier
// process may have begun when the clock stood ahead.
func (o *Order) Behind(id string) {
	at, ok := runTime(id)
	if !ok {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = max(o.last, at)
}

// After makes all further runs later than those that began up to at (µs since 1970
// UTC), such as an instant that an earlier process is known to have reached: runs on a
// disk that does not answer are not known by their ids.
func (o *Order) After(at int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = max(o.last, min(at, maxRunTime))
}

// runTime is the instant that a run's id begins with.
func runTime(id string) (int64, bool) {
	if len(id) <= runLetters {
		return 0, false
	}
	at, err := strconv.ParseInt(id[:len(id)-runLetters], 36, 64)
	return at, err == nil && at <= maxRunTime
}

const (
	runLetters = 4 // behind the instant in a run's id
	// maxRunTime is the year 9999: a name that means nothing must not use up the ids.
	maxRunTime = 253_402_300_799_000_000
)
