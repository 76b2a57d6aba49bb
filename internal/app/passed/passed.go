// Package passed tells what time is known to have passed before a process begins, by what the log
// shows: until when it was signed, and how much of what the clock showed nobody had borne out.
package passed

import (
	"io/fs"
	"time"

	"watchroom/internal/ledger/gained"
	"watchroom/internal/ledger/spoken"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
)

// unproved is the instant of a log of which nothing shows when it was signed: then a
// person has to say that the clock is right.
var unproved = time.Unix(0, 0)

// Until is the newest instant that is known to have passed before a process begins, zero
// if none is: when the newest log of a folder was signed last (R5). Whoever brings it
// forward has young footage removed as old, so that
//
//   - it is what the node's own clock told in an entry that the checkpoint covers. Journals
//     and rows are written by others as well, and what the log has from them tells nothing;
//   - the time of a file proves nothing, and may make it earlier only;
//   - no log was signed later than the witnesses that are asked have cosigned it last, by
//     their own clocks. They alone tell of a log without entries.
//
// A log that is there and does not show when it was signed is as old as can be.
func Until(dir string, witnesses []witness.Witness) time.Time {
	end, err := tlog.ReadEnd(dir)
	switch {
	case err != nil:
		return unproved
	case end == nil:
		return time.Time{}
	}
	witnessed := witness.Kept(dir, end.Key, witnesses)
	if end.Held == 0 {
		return witnessed
	}
	at := spoken.Last(end)
	if at.IsZero() {
		return unproved
	}
	for _, bound := range []time.Time{Signed(dir), witnessed} {
		if !bound.IsZero() && bound.Before(at) {
			at = bound
		}
	}
	return at
}

// Gained is how much of what the clock showed then nobody had borne out, as the newest log of a
// folder told last; nothing where it tells of none.
func Gained(dir string) (ahead, more time.Duration) {
	if end, err := tlog.ReadEnd(dir); err == nil && end != nil {
		ahead, more, _ = gained.Last(end)
	}
	return ahead, more // of a log that cannot be read nothing is known to have passed
}

// Signed is when the checkpoint of the newest log of a folder was written, as the file
// says; zero where there is none. Who touches the file changes it.
func Signed(dir string) time.Time {
	books, err := tlog.Books(dir)
	if err != nil || len(books) == 0 {
		return time.Time{}
	}
	st, err := fs.Stat(books[len(books)-1].FS, "checkpoint")
	if err != nil {
		return time.Time{}
	}
	return st.ModTime()
}
