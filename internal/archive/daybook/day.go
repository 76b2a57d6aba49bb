// Package daybook keeps what each day of each camera was: the days of coverage, as they are
// added up and as their table has them.
package daybook

import (
	"maps"
	"time"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
)

// Day is what one day of one camera was. Times are µs since 1970 UTC, lengths µs.
type Day struct {
	Camera     string
	Start, End int64 // midnights of the zone: 23, 24 or 25 hours apart
	Date       string
	Zone       string

	Recorded  int64
	Planned   int64                 // gaps that the plan allows
	Unplanned int64                 // all other gaps but removed footage
	Removed   int64                 // recorded once, lawfully deleted since
	Causes    map[media.Cause]int64 // of Unplanned
	Gaps      int                   // unplanned ones that touch the day

	Bytes  int64 // of segments that begin in the day
	Length int64 // of these segments
	Short  int   // of these, how many lack packets or pictures
}

// Lost tells whether footage of the day stands as missing or altered.
func (d *Day) Lost() bool {
	for cause := range d.Causes {
		if coverage.Lost(cause) {
			return true
		}
	}
	return false
}

// Service is how long the camera was there: all that is recorded, or a gap.
func (d *Day) Service() int64 { return d.Recorded + d.Planned + d.Unplanned + d.Removed }

// Same tells whether another day of the same camera has the same figures of its time.
func (d *Day) Same(o *Day) bool {
	return d.Recorded == o.Recorded && d.Planned == o.Planned && d.Unplanned == o.Unplanned && d.Removed == o.Removed && d.Gaps == o.Gaps && maps.Equal(d.Causes, o.Causes)
}

// Midnight is the beginning of the day of an instant in a zone, and that of the next.
// A day whose midnight a change of the clocks leaves out begins at the first instant
// that it has.
func Midnight(at int64, zone *time.Location) (start, end time.Time) {
	t := time.UnixMicro(at).In(zone)
	y, m, d := t.Date()
	return firstOf(y, m, d, zone), firstOf(y, m, d+1, zone)
}

func firstOf(y int, m time.Month, d int, zone *time.Location) time.Time {
	noon := time.Date(y, m, d, 12, 0, 0, 0, zone)
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for t.Day() != noon.Day() { // midnight does not exist: Go goes back by the jump
		t = t.Add(15 * time.Minute)
	}
	return t
}

// Sum makes the day from start to end of spans, in order. ended, unless 0, is
// when the camera went out of service.
func Sum(camera string, start, end time.Time, spans []coverage.Span, ended int64) Day {
	d := Day{Camera: camera, Start: start.UnixMicro(), End: end.UnixMicro(), Date: start.Format(time.DateOnly)}
	d.Add(spans, ended)
	return d
}

// Add adds the parts of spans that lie in the day.
func (d *Day) Add(spans []coverage.Span, ended int64) {
	before := false // an unplanned gap goes on
	for _, s := range spans {
		if s.Start >= d.End {
			return
		}
		if ended != 0 {
			s.End = min(s.End, ended)
		}
		length := min(s.End, d.End) - max(s.Start, d.Start)
		if length <= 0 {
			continue
		}
		lost := false
		switch {
		case s.Kind == coverage.Recorded:
			d.Recorded += length
		case s.Kind == coverage.None:
		case coverage.Removed(s.Cause):
			d.Removed += length
		case s.Planned:
			d.Planned += length
		default:
			lost = true
			d.Unplanned += length
			if d.Causes == nil {
				d.Causes = map[media.Cause]int64{}
			}
			d.Causes[s.Cause] += length
			if !before { // one gap may change its cause
				d.Gaps++
			}
		}
		before = lost
	}
}
