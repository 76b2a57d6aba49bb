// Package spoken reads from the end of a log what the node's own clock told there last. What
// journals and rows tell others wrote, so that it says nothing of when the log was written.
package spoken

import (
	"errors"
	"slices"
	"time"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/tlog"
)

// lookBack is among how many entries at the end of a log the last word of the node's own
// clock is looked for: 64 bundles, some 5 MB. A log has one at least every half hour (see
// seal.Sealer.Beat), so that more stand behind it only where somebody brought them there.
const lookBack = 64 * evidence.TileWidth

// Last is the last word of the node's own clock that a log shows, zero if it shows none.
func Last(end *tlog.End) time.Time {
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

// BroughtOn is when a server last brought a log on, or one of those that it continues from,
// the oldest first: it seals, and says that the log is abreast. That a log continues another,
// and which keys count, a command writes as well, which brings on neither log nor catalogue.
// Where nothing shows it, it is the last word that there is; zero if there is none.
func BroughtOn(end *tlog.End, ended []chain.Ended) time.Time {
	if len(ended) == 0 {
		return Last(end)
	}
	for index, entry := range end.Back() {
		if entry == nil || end.Signed.Size-index > lookBack {
			return Last(end)
		}
		if us, work := workTime(entry); work && end.Proved(index, entry) == nil {
			return time.UnixMicro(us)
		}
	}
	for _, one := range slices.Backward(ended) {
		switch at, err := broughtOn(&one); {
		case err != nil:
			return Last(end)
		case !at.IsZero():
			return at
		}
	}
	return Last(end)
}

// errUntold says that a log that ended does not show when it was brought on.
var errUntold = errors.New("the log does not show when it was brought on")

// broughtOn looks in a log that ended; zero is that nobody worked with it.
func broughtOn(e *chain.Ended) (time.Time, error) {
	if e.Size == 0 {
		return time.Time{}, errUntold
	}
	t := e.Tiles()
	for to := e.Size; to > 0; {
		from := (to - 1) / evidence.TileWidth * evidence.TileWidth
		if e.Size-from > lookBack {
			return time.Time{}, errUntold
		}
		var all [][]byte
		for b, err := range t.Entries(from, to) {
			if err != nil {
				return time.Time{}, err
			}
			all = append(all, b)
		}
		for i, b := range slices.Backward(all) {
			us, work := workTime(b)
			if !work {
				continue
			}
			path, err := t.Proof(from + int64(i))
			if err == nil {
				err = evidence.VerifyInclusion(evidence.EntryHash(b), from+int64(i), e.Size, path, e.Root)
			}
			return time.UnixMicro(us), err
		}
		to = from
	}
	return time.Time{}, nil
}

// workTime reads when an entry was made that only a server makes, µs since 1970 UTC.
func workTime(entry []byte) (us int64, work bool) {
	if !leaf.Is(entry, "seal") && !leaf.Is(entry, "abreast") {
		return 0, false
	}
	return ownTime(-1, entry, evidence.Key{})
}

// ownTime reads when an entry was made, by the clock of the process that made it, µs since
// 1970 UTC.
func ownTime(index int64, entry []byte, log evidence.Key) (us int64, own bool) {
	if index == 0 {
		if c, err := chain.Said(entry, log.Name()); err == nil && c != nil {
			return c.At, true
		}
	}
	if !leaf.Is(entry, "seal") && !leaf.Is(entry, "key") && !leaf.Is(entry, "abreast") && !leaf.Is(entry, "clock") {
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
	case *leaf.Clock:
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
