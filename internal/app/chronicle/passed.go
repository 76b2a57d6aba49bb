package chronicle

import (
	"io/fs"
	"time"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
)

// lookBack is among how many entries at the end of a log the last word of the node's own
// clock is looked for at a start: 64 bundles, some 5 MB. A log has one at least every
// half hour (see seal.Sealer.Beat), so that more stand behind it only where somebody
// brought them there.
const lookBack = 64 * evidence.TileWidth

// unproved is the instant of a log of which nothing shows when it was signed: then a
// person has to say that the clock is right.
var unproved = time.Unix(0, 0)

// Passed is the newest instant that is known to have passed before a process begins, zero
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
func Passed(dir string, witnesses []witness.Witness) time.Time {
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
	at := signed(end)
	if at.IsZero() {
		return unproved
	}
	for _, bound := range []time.Time{LastSigned(dir), witnessed} {
		if !bound.IsZero() && bound.Before(at) {
			at = bound
		}
	}
	return at
}

// signed is the last word of the node's own clock that a log shows, zero if it shows none.
func signed(end *tlog.End) time.Time {
	var told struct { // by others, last
		index int64
		entry []byte
	}
	at := func(index int64, entry []byte, us int64) time.Time {
		if end.Proved(index, entry) != nil {
			return time.Time{}
		}
		return time.UnixMicro(us)
	}
	for index, entry := range end.Back() {
		if entry == nil || end.Signed.Size-index > lookBack {
			return time.Time{}
		}
		if us, own := ownTime(index, entry, end.Key); own {
			return at(index, entry, us)
		}
		if told.entry == nil && toldTime(entry) > 0 {
			told.index, told.entry = index, entry
		}
	}
	// All of it was looked at. Earlier versions did not have the clock speak where nothing
	// was recorded.
	if told.entry == nil {
		return time.Time{}
	}
	return at(told.index, told.entry, toldTime(told.entry))
}

// ownTime reads when an entry was made, by the clock of the process that made it, µs since
// 1970 UTC.
func ownTime(index int64, entry []byte, log evidence.Key) (us int64, own bool) {
	if index == 0 {
		if c, err := chain.Said(entry, log.Name()); err == nil && c != nil {
			return c.At, true
		}
	}
	if !leaf.Is(entry, "seal") && !leaf.Is(entry, "key") && !leaf.Is(entry, "abreast") {
		return 0, false
	}
	e, err := leaf.Decode(entry)
	if err != nil {
		return 0, false
	}
	switch e := e.(type) {
	case *leaf.Seal:
		return e.At, true
	case *leaf.Key:
		return e.At, true
	case *leaf.Abreast:
		return e.At, true
	}
	return 0, false
}

// toldTime reads the instant that an entry tells of, µs since 1970 UTC; 0 if of none.
func toldTime(entry []byte) int64 {
	e, err := leaf.Decode(entry)
	if err != nil {
		return 0
	}
	return leaf.Instant(e)
}

// LastSigned is when the checkpoint of the newest log of a folder was written, as the file
// says; zero where there is none. Who touches the file changes it.
func LastSigned(dir string) time.Time {
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
