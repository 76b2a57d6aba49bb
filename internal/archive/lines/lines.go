// Package lines tells of the lines of a camera's journal which of them no recorder can have
// written: whoever can write into the folder can append to it. What such a line tells is
// taken into no account, by the catalogue as by whoever makes the account anew.
package lines

import (
	"time"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Why says what shows that no recorder wrote a line.
type Why string

// What shows it.
const (
	Fine      Why = ""                // nothing
	Foreign   Why = "of_another"      // it names another camera's file, or none
	Timeless  Why = "no_such_time"    // its instants are none that a recorder can tell of
	Renamed   Why = "not_as_named"    // its segment begins otherwise than the name of the file says
	Unburied  Why = "removed_by_none" // it calls a time removed, which tombstones alone do
	Otherwise Why = "told_otherwise"  // the same segment was told of with another end, size or root
	Unmoved   Why = "moved_another"   // it moves a segment that is not the one it tells of
	Unclosed  Why = "still_written"   // its segment is being written, and it says how that was closed
	Present   Why = "lost_and_there"  // it calls a segment lost that is there, or was closed
	Nowhere   Why = "moved_nowhere"   // its segment lies where it was, and where it leads there is none
	Backdated Why = "dated_back"      // it gives a cause to a time that was told of, and no clock was set back
)

// MaxSegment is longer than any segment, µs.
const MaxSegment = int64(26 * time.Hour / time.Microsecond)

// latest is the last instant that a name of a file can bear, µs since 1970 UTC.
var latest = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMicro()

// Strange tells what shows that no recorder of a camera wrote a line, by the line alone.
func Strange(camera string, r *journal.Record) Why {
	for _, at := range []int64{r.At, r.Alive} {
		if at < 0 || at > latest {
			return Timeless
		}
	}
	if s := r.Segment; s != nil && (s.Start < 0 || s.End < s.Start || s.End > latest) {
		return Timeless
	}
	if file := r.Of(); file != "" {
		name, _, err := segment.ParseName(file)
		if err != nil || name.Camera != camera || name.Path() != file {
			return Foreign
		}
		if r.Segment != nil && r.Start != name.Start {
			return Renamed
		}
	}
	if (r.Kind == journal.KindGap || r.Kind == journal.KindStop) && (r.Cause == media.CauseDeletedRetention || r.Cause == media.CauseDeletedOrder) {
		return Unburied
	}
	return Fine
}

// Found is a line of a journal that no recorder can have written.
type Found struct {
	Camera, Volume string
	Why            Why
	At             int64  // as the line has it, µs since 1970 UTC
	File           string // that it names; may be empty
}

// Slack is how far a gap may be dated back behind what its journal told of before, µs: the
// last picture came some time before its absence is told of.
const Slack = int64(5 * time.Minute / time.Microsecond)

// Back tells whether a gap was dated back: it gives another cause to a time that was told
// of, while the clock, which shows now, was not set back. told is the latest instant that
// was told of before, 0 where nothing was. All µs since 1970 UTC.
func Back(r *journal.Record, told, now int64) bool {
	if r.Kind != journal.KindGap && r.Kind != journal.KindStop || told == 0 {
		return false
	}
	return r.At < told-Slack && now >= told
}
