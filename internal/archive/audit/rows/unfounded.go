package rows

import (
	"fmt"

	"watchroom/internal/ledger/facts"
)

// hole is how long a time without footage may be within what is called recorded, µs:
// segments follow each other with a picture's distance.
const hole = int64(2_000_000)

// Stretch is a stretch of time of a row, µs since 1970 UTC.
type Stretch struct{ StartAt, EndAt int64 }

// Unfounded finds the recorded spans of an account that the footage does not fill, both in
// order. Of one that goes on what is young, behind an instant (µs since 1970 UTC), is being
// recorded, and all before it is not.
func Unfounded(camera string, spans, told []Stretch, young func(at int64) bool, behind int64) (all []facts.Difference) {
	next := 0
	for _, s := range spans {
		if young(s.EndAt) {
			s.EndAt = min(s.EndAt, behind)
		}
		at := s.StartAt
		for ; next < len(told) && told[next].EndAt <= at; next++ { //nolint:revive // passes over what came before
		}
		for i := next; i < len(told) && told[i].StartAt < s.EndAt && told[i].StartAt <= at+hole; i++ {
			at = max(at, told[i].EndAt)
		}
		if at+hole < s.EndAt {
			all = append(all, facts.Difference{Row: fmt.Sprintf("coverage %s %d", camera, s.StartAt), Why: fmt.Sprintf("nothing was recorded from %d on", at)})
		}
	}
	return all
}
