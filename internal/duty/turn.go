package duty

import (
	"context"

	"github.com/uptrace/bun"
)

// Turn is a published shift of a room that somebody is on the roster for.
type Turn struct {
	Shift  string // id
	Name   string // such as 早班
	From   int64  // µs
	To     int64  // µs, exclusive
	Charge bool   // as the one in charge of the watch
	Staff  int    // the fewest people that the shift takes
}

// Rostered gives the turn of a person in a room that runs at an instant (µs), or else the next one that
// begins at most early (µs) after it; nil: the person is not on the roster there.
type Rostered func(ctx context.Context, tx bun.IDB, room, person string, at, early int64) (*Turn, error)

// Matter is something that is open in a room: a handover names it, and who takes over
// acknowledges it (C067).
type Matter struct {
	Kind   string         // such as "follow_up", "visitor", "instruction"; the screens have words for it
	ID     string         // of what it is about
	Text   string         // what people wrote of it; may be empty
	Params map[string]any // what the words of its kind name; of people and cameras the ids
	Since  int64          // µs
	Owner  string         // person who sees to it; empty: nobody was named
	Due    int64          // µs; 0: no day was named
	Urgent bool           // needs a hand now
	// Bars says why no handover is signed while this is open, a code of the screens; empty: it does not.
	Bars string
}

// Matters gives what is open in a room at an instant (µs).
type Matters func(ctx context.Context, tx bun.IDB, room *Room, at int64) ([]Matter, error)
