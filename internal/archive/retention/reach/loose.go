package reach

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/locks"
	"watchroom/internal/problem"
)

// Loose goes through removals that are told of and not finished. A place that does not
// answer, or whose keys may not remove, is asked once, and what is locked not before the
// lock ends. The zero Loose is ready for use.
type Loose struct {
	Waits  Waits
	Failed problem.Few

	locked map[string]int64 // of this page, until when
	shut   map[string]bool  // by place; "?" is one that nobody knows
}

// Page takes the removals that come next, at an instant (µs).
func (l *Loose) Page(ctx context.Context, tx bun.IDB, some []archive.Tombstone, now int64) (err error) {
	files := make([]string, len(some))
	for i := range some {
		files[i] = some[i].File
	}
	l.locked, err = locks.Of(ctx, tx, now, files...)
	return err
}

func place(t *archive.Tombstone) string {
	if t.Place == nil {
		return "?"
	}
	return "/" + *t.Place
}

// Stays tells whether a removal need not be tried.
func (l *Loose) Stays(t *archive.Tombstone) bool {
	until := l.locked[t.File]
	if until == 0 && !l.shut[place(t)] {
		return false
	}
	l.Waits.unfinished(until)
	return true
}

// Tried takes note of what came of it.
func (l *Loose) Tried(t *archive.Tombstone, now int64, err error) {
	away := errors.Is(err, archive.ErrTierAway)
	switch {
	case away:
		l.Waits.unfinished(0)
	case errors.Is(err, locks.ErrLocked): // until when is known from now on
		l.Waits.unfinished(now)
	default:
		l.Failed.Add(err)
	}
	if (away || errors.Is(err, locks.ErrForbidden)) && (t.Place == nil || at(err, *t.Place)) {
		if l.shut == nil {
			l.shut = map[string]bool{}
		}
		l.shut[place(t)] = true
	}
}

// at tells whether an error is of a place. Another that has a second copy says nothing of it.
func at(err error, place string) bool { return problem.Of(err).Params["tier"] == place }
