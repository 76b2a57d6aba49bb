package sheet

import "time"

// The years between which an instant of a table lies.
const (
	firstYear = 1950
	lastYear  = 2200
)

// Start writes the instant (µs) at which something begins: the day where that is its first
// instant in the zone, else to the microsecond.
func Start(at int64, zone *time.Location) string {
	t := time.UnixMicro(at).In(zone)
	if day := t.Format(time.DateOnly); begins(day, zone) == at {
		return day
	}
	return t.Format(time.RFC3339Nano)
}

// End writes the instant (µs) before which something ends: the last day that is whole, or to
// the microsecond.
func End(until int64, zone *time.Location) string {
	t := time.UnixMicro(until).In(zone)
	last := time.UnixMicro(until - 1).In(zone).Format(time.DateOnly)
	if at, ok := ParseEnd(last, zone); ok && at == until {
		return last
	}
	return t.Format(time.RFC3339Nano)
}

// begins is the first instant (µs) of a day; 0 where it is none.
func begins(day string, zone *time.Location) int64 {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return 0
	}
	return t.UnixMicro()
}

// ParseStart reads what Start wrote.
func ParseStart(cell string, zone *time.Location) (at int64, ok bool) {
	return parse(cell, zone, 0)
}

// ParseEnd reads what End wrote.
func ParseEnd(cell string, zone *time.Location) (until int64, ok bool) {
	return parse(cell, zone, 1)
}

// parse reads an instant, or the first of a day so many days on.
func parse(cell string, zone *time.Location, days int) (int64, bool) {
	if t, err := time.Parse(time.RFC3339Nano, cell); err == nil {
		return t.UnixMicro(), t.Year() >= firstYear && t.Year() <= lastYear
	}
	t, err := time.ParseInLocation(time.DateOnly, cell, zone)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return 0, false
	}
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, zone).UnixMicro(), true
}
