package roster

import (
	"fmt"
	"slices"
	"time"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of patterns.
var (
	ErrPatternUnknown = problem.New(problem.NotFound, "pattern_unknown", "There is no such shift pattern.")
	ErrPatternName    = problem.New(problem.Conflict, "pattern_name_taken", "Another shift pattern of this room has this name.").On("name")
	ErrPatternShifts  = problem.New(problem.Invalid, "pattern_shifts", "A pattern has 1 to 12 shifts, each from one time of the day to another and with at least one person.").On("shifts")
	ErrPatternTwice   = problem.New(problem.Invalid, "pattern_shift_twice", "Two shifts of a pattern have the same name.").On("shifts")
	ErrPatternDays    = problem.New(problem.Invalid, "pattern_days", "A day of the week is 0 (Sunday) to 6.").On("days")
	ErrPatternCycle   = problem.New(problem.Invalid, "pattern_cycle", "A rotation has at most 60 days, each with one of the shifts or free, and at most 12 teams with at most 50 people.").On("cycle")
	ErrPatternTeams   = problem.New(problem.Invalid, "pattern_teams", "Somebody belongs to one team of a pattern.").On("teams")
	ErrPatternBegin   = problem.New(problem.Invalid, "pattern_begin", "The first day of a rotation is written as 2026-11-22.").On("begin")
)

// Piece is a shift of a pattern, in the time of the site. One that ends no later in the day than
// it begins goes on to the next day.
type Piece struct {
	Name  string `json:"name"`
	Begin string `json:"begin"` // such as 08:00
	End   string `json:"end"`
	Staff int    `json:"staff"` // the fewest people
}

// Team is people who rotate together.
type Team struct {
	Name   string   `json:"name"`
	People []string `json:"people"`
	Offset int      `json:"offset"` // days by which they are ahead in the cycle
}

// Plan is what a pattern says.
type Plan struct {
	Name   string  `json:"name"`
	Shifts []Piece `json:"shifts"`
	Days   []int   `json:"days"`  // of the week, 0 is Sunday; empty: every day
	Cycle  []int   `json:"cycle"` // of the days of a rotation which shift, from 1; 0 is free; empty: no rotation
	Teams  []Team  `json:"teams"`
	Begin  string  `json:"begin"` // civil day on which the cycle begins; empty without one
}

// Bounds of a pattern.
const (
	mostPieces = 12
	mostTeams  = 12
	mostCycle  = 60
	mostPeople = 50 // of a team, and of a shift
)

// clock reads a time of the day, in minutes.
func clockOf(s string) (minutes int, ok bool) {
	at, err := time.Parse("15:04", s)
	return at.Hour()*60 + at.Minute(), err == nil && len(s) == 5
}

// clean brings a pattern into form.
func (p Plan) clean() (out Plan, err error) {
	out = p
	if out.Name, err = text.Line("name", p.Name, 1, 60); err != nil {
		return out, err
	}
	if len(p.Shifts) == 0 || len(p.Shifts) > mostPieces {
		return out, ErrPatternShifts
	}
	out.Shifts, out.Cycle, out.Teams = slices.Clone(p.Shifts), slices.Clone(p.Cycle), slices.Clone(p.Teams)
	names := map[string]bool{}
	for i := range out.Shifts {
		s := &out.Shifts[i]
		if s.Name, err = text.Line("shifts", s.Name, 1, 30); err != nil {
			return out, err
		}
		_, from := clockOf(s.Begin)
		_, to := clockOf(s.End)
		if !from || !to || s.Staff < 1 || s.Staff > mostPeople {
			return out, ErrPatternShifts
		}
		if names[text.Key(s.Name)] {
			return out, ErrPatternTwice.With("shift", s.Name)
		}
		names[text.Key(s.Name)] = true
	}
	out.Days = slices.Compact(slices.Sorted(slices.Values(p.Days)))
	if slices.ContainsFunc(out.Days, func(d int) bool { return d < 0 || d > 6 }) {
		return out, ErrPatternDays
	}
	if len(out.Days) == 0 || len(out.Days) == 7 {
		out.Days = []int{}
	}
	return out, out.rotation()
}

func (p *Plan) rotation() (err error) {
	if len(p.Cycle) > mostCycle || len(p.Teams) > mostTeams || len(p.Cycle) == 0 && len(p.Teams) > 0 {
		return ErrPatternCycle
	}
	if slices.ContainsFunc(p.Cycle, func(n int) bool { return n < 0 || n > len(p.Shifts) }) {
		return ErrPatternCycle
	}
	if len(p.Cycle) == 0 {
		p.Cycle, p.Teams, p.Begin = []int{}, []Team{}, ""
		return nil
	}
	if _, err := time.Parse(time.DateOnly, p.Begin); err != nil {
		return ErrPatternBegin
	}
	seen := map[string]bool{}
	for i := range p.Teams {
		t := &p.Teams[i]
		if t.Name, err = text.Line("teams", t.Name, 1, 30); err != nil {
			return err
		}
		if len(t.People) > mostPeople || t.Offset < 0 || t.Offset >= len(p.Cycle) {
			return ErrPatternCycle
		}
		if t.People == nil {
			t.People = []string{}
		}
		for _, who := range t.People {
			if seen[who] {
				return ErrPatternTeams
			}
			seen[who] = true
		}
	}
	return nil
}

// Day is a civil day.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// DayOf is the day of the site that holds an instant (µs).
func DayOf(at int64, zone *time.Location) (d Day) {
	d.Year, d.Month, d.Day = time.UnixMicro(at).In(zone).Date()
	return d
}

// ParseDay reads 2026-11-22.
func ParseDay(s string) (d Day, err error) {
	at, err := time.Parse(time.DateOnly, s)
	d.Year, d.Month, d.Day = at.Date()
	return d, err
}

func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// at is an instant (µs) on the day, so many minutes after midnight by the clock on the wall. One that
// a change of the clock leaves out or repeats is the same for whichever shift begins or ends
// there, so that shifts join.
func (d Day) at(minutes int, zone *time.Location) int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, minutes, 0, 0, zone).UnixMicro()
}

// plain counts days, whatever the clock does on them.
func (d Day) plain() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Next is the day so many days later.
func (d Day) Next(days int) (n Day) {
	n.Year, n.Month, n.Day = d.plain().AddDate(0, 0, days).Date()
	return n
}

// until counts the days from d to another.
func (d Day) until(o Day) int { return int(o.plain().Sub(d.plain()) / (24 * time.Hour)) }

// Slot is a shift that a pattern asks for on a day.
type Slot struct {
	Span
	Name    string
	Staff   int
	Day     Day
	Piece   int      // index in the pattern
	People  []string // whom the rotation puts there; nil where there is none
	Night   bool     // three hours or more between midnight and six
	Weekend bool
}

// Slots gives the shifts of days from first to last, in order of their begin.
func (p *Plan) Slots(first, last Day, zone *time.Location) (all []Slot) {
	begin, _ := ParseDay(p.Begin)
	for d := first; d.until(last) >= 0; d = d.Next(1) {
		week := d.plain().Weekday()
		if len(p.Days) > 0 && !slices.Contains(p.Days, int(week)) {
			continue
		}
		for i, piece := range p.Shifts {
			from, _ := clockOf(piece.Begin)
			to, _ := clockOf(piece.End)
			end := d
			if to <= from {
				end = d.Next(1)
			}
			s := Slot{Span: Span{From: d.at(from, zone), To: end.at(to, zone)}, Name: piece.Name, Staff: piece.Staff, Day: d, Piece: i, Weekend: week == time.Saturday || week == time.Sunday}
			if s.To <= s.From { // the hour in which it lay was left out
				continue
			}
			s.Night = nightly(s.Span, d, zone)
			for _, t := range p.Teams {
				if n := len(p.Cycle); n > 0 && p.Cycle[((begin.until(d)+t.Offset)%n+n)%n] == i+1 {
					s.People = append(s.People, t.People...)
				}
			}
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Slot) int { return a.Span.compare(b.Span) })
	return all
}

// nightly tells whether a shift takes three hours of a night.
func nightly(s Span, d Day, zone *time.Location) bool {
	var most int64
	for n := range 2 {
		night := Span{From: d.Next(n).at(0, zone), To: d.Next(n).at(6*60, zone)}
		most = max(most, night.common(s))
	}
	return most >= (3 * time.Hour).Microseconds()
}
