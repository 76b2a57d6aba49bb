// Package plan says when recording is demanded: schedules, round the clock unless a
// site or a camera keeps business hours, and maintenance windows, told before they
// begin. Both only ever hold from the moment on in which somebody said so: no gap
// becomes a planned one afterwards.
package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"watchroom/internal/problem"
)

// ErrHours refuses hours that cannot be. Parameter: hours, what was written.
var ErrHours = problem.New(problem.Invalid, "hours_invalid", "The hours are weekdays from 1 (Monday) to 7 and two times such as 08:00 and 18:00.")

// Hours is a stretch of civil time that comes again every week, in the site's zone.
type Hours struct {
	Days     []int  `json:"days"` // of its beginning, ISO 8601: 1 is Monday, 7 Sunday
	From, To string // "08:00"; where To is not later than From it is on the next day; To may be "24:00"
}

// span is an interval [from, to), µs since 1970 UTC.
type span struct{ from, to int64 }

const dayMinutes = 24 * 60

func minutes(s string, most int) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, errH := strconv.ParseUint(s[:2], 10, 8)
	m, errM := strconv.ParseUint(s[3:], 10, 8)
	n := int(h*60 + m)
	return n, errH == nil && errM == nil && m < 60 && n <= most
}

// check tells whether the hours can be.
func check(list []Hours) error {
	if len(list) == 0 || len(list) > 50 {
		return ErrHours.On("hours")
	}
	for i, h := range list {
		from, okFrom := minutes(h.From, dayMinutes-1)
		to, okTo := minutes(h.To, dayMinutes)
		bad := !okFrom || !okTo || from == to || len(h.Days) == 0 || len(h.Days) > 7
		for _, d := range h.Days {
			bad = bad || d < 1 || d > 7
		}
		if bad {
			return ErrHours.With("hours", fmt.Sprintf("%v %s-%s", h.Days, h.From, h.To)).On(fmt.Sprintf("hours[%d]", i))
		}
	}
	return nil
}

// wholeWeek is how many minutes a civil week has.
const wholeWeek = 7 * dayMinutes

// week is how much of a civil week lies inside the hours.
func week(list []Hours) (inside time.Duration) {
	for _, on := range minutesOf(list) {
		if on {
			inside += time.Minute
		}
	}
	return inside
}

// minutesOf tells of each minute of a civil week, from Monday on, whether it lies inside the hours.
func minutesOf(list []Hours) (in [wholeWeek]bool) {
	for _, h := range list {
		a, _ := minutes(h.From, dayMinutes) // checked when it was set
		b, _ := minutes(h.To, dayMinutes)
		if b <= a {
			b += dayMinutes
		}
		for _, d := range h.Days {
			for m := a; m < b; m++ {
				in[((d-1)*dayMinutes+m)%wholeWeek] = true
			}
		}
	}
	return in
}

// demanded gives the parts of [from, to) that lie inside the hours, joined and in
// order. A civil time that a change of the clocks leaves out is an hour off, as Go
// reckons it. Hours that begin at one that comes twice begin at its first, and such as
// end there at its last.
func demanded(list []Hours, zone *time.Location, from, to int64) []span {
	var on []span
	y, m, d := time.UnixMicro(from).In(zone).Date()
	for n := -1; ; n++ { // the hours of the day before may reach into the first
		noon := time.Date(y, m, d+n, 12, 0, 0, 0, zone)
		if n >= 0 && time.Date(y, m, d+n, 0, 0, 0, 0, zone).UnixMicro() >= to {
			break
		}
		weekday := int(noon.Weekday())
		if weekday == 0 {
			weekday = 7
		}
		for _, h := range list {
			if !slices.Contains(h.Days, weekday) {
				continue
			}
			a, _ := minutes(h.From, dayMinutes) // checked when it was set
			b, _ := minutes(h.To, dayMinutes)
			if b <= a {
				b += dayMinutes
			}
			s := span{begins(y, m, d+n, a, zone), ends(y, m, d+n, b, zone)}
			if s.from, s.to = max(s.from, from), min(s.to, to); s.from < s.to {
				on = append(on, s)
			}
		}
	}
	return join(on)
}

// passes are the first and the last time that a minute of a civil day comes. Go gives
// either where it comes twice, by which side of Greenwich the zone is on.
func passes(y int, m time.Month, d, minute int, zone *time.Location) (first, last time.Time) {
	const near = 3 * time.Hour // no clock is put back by more
	t := time.Date(y, m, d, 0, minute, 0, 0, zone)
	first, last = t, t
	_, is := t.Zone()
	for _, other := range []time.Time{t.Add(-near), t.Add(near)} {
		_, was := other.Zone()
		again := t.Add(time.Duration(is-was) * time.Second)
		if again.Hour() != t.Hour() || again.Minute() != t.Minute() {
			continue
		}
		if again.Before(first) {
			first = again
		}
		if again.After(last) {
			last = again
		}
	}
	return first, last
}

// begins is when hours begin that begin at a minute of a civil day.
func begins(y int, m time.Month, d, minute int, zone *time.Location) int64 {
	first, _ := passes(y, m, d, minute, zone)
	return first.UnixMicro()
}

// ends is when hours end that end at a minute of a civil day: after their last minute.
func ends(y int, m time.Month, d, minute int, zone *time.Location) int64 {
	if first, last := passes(y, m, d, minute-1, zone); last.After(first) {
		return last.Add(time.Minute).UnixMicro()
	}
	return begins(y, m, d, minute, zone)
}

// join sorts spans and makes those one that touch.
func join(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// without gives what of [from, to) none of the spans covers; they are joined.
func without(list []span, from, to int64) []span {
	var out []span
	for _, s := range list {
		if s.to <= from {
			continue
		}
		if s.from >= to {
			break
		}
		if s.from > from {
			out = append(out, span{from, s.from})
		}
		from = max(from, s.to)
	}
	if from < to {
		out = append(out, span{from, to})
	}
	return out
}
