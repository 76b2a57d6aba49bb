package roster

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/testkit/clause"
)

const hour = int64(time.Hour / time.Microsecond)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func day(t testing.TB, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var three = Plan{Name: "三班", Shifts: []Piece{{"早班", "08:00", "16:00", 2}, {"中班", "16:00", "00:00", 2}, {"夜班", "00:00", "08:00", 1}}, Days: []int{}, Cycle: []int{}, Teams: []Team{}}

// TestShiftsOfADayJoin: on whatever day, also in the nights in which the clock is changed, the
// shifts of a pattern that says so join without a gap or an overlap.
func TestShiftsOfADayJoin(t *testing.T) {
	clause.Covers(t, "C044")
	plans := map[string]Plan{
		"three":          three,
		"in the night":   {Shifts: []Piece{{"a", "02:30", "10:30", 1}, {"b", "10:30", "18:30", 1}, {"c", "18:30", "02:30", 1}}},
		"twelve hours":   {Shifts: []Piece{{"day", "08:00", "20:00", 1}, {"night", "20:00", "08:00", 1}}},
		"around a clock": {Shifts: []Piece{{"all", "09:00", "09:00", 1}}},
	}
	for _, place := range []string{"Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo"} {
		z := zone(t, place)
		for name, p := range plans {
			for _, first := range []string{"2026-03-25", "2026-10-20", "2018-11-01", "2026-04-02", "2026-12-28"} {
				slots := p.Slots(day(t, first), day(t, first).Next(8), z)
				if len(slots) != 9*len(p.Shifts) {
					t.Fatalf("%s %s %s: %d shifts", place, name, first, len(slots))
				}
				for i := 1; i < len(slots); i++ {
					if slots[i-1].To != slots[i].From {
						t.Errorf("%s %s: %v to %v", place, name, time.UnixMicro(slots[i-1].To).In(z), time.UnixMicro(slots[i].From).In(z))
					}
				}
			}
		}
	}
}

// TestNightsOfTheClock: the night shift of Berlin has seven hours in spring and nine in autumn.
func TestNightsOfTheClock(t *testing.T) {
	night := Plan{Shifts: []Piece{{"夜班", "22:00", "06:00", 1}}}
	for d, want := range map[string]int64{"2026-03-28": 7, "2026-10-24": 9, "2026-07-01": 8} {
		s := night.Slots(day(t, d), day(t, d), zone(t, "Europe/Berlin"))
		if len(s) != 1 || s[0].To-s[0].From != want*hour || !s[0].Night {
			t.Errorf("%s: %+v", d, s)
		}
	}
	if s := night.Slots(day(t, "2026-03-28"), day(t, "2026-03-28"), zone(t, "Asia/Shanghai")); s[0].To-s[0].From != 8*hour {
		t.Error(s)
	}
}

// TestARotationGoesRound: D D N N - - with two teams three days apart.
func TestARotationGoesRound(t *testing.T) {
	p := Plan{Name: "x", Shifts: []Piece{{"日", "08:00", "20:00", 1}, {"夜", "20:00", "08:00", 1}}, Cycle: []int{1, 1, 2, 2, 0, 0}, Begin: "2026-01-01",
		Teams: []Team{{"甲", []string{"a"}, 0}, {"乙", []string{"b"}, 2}, {"丙", []string{"c"}, 4}}}
	for _, s := range p.Slots(day(t, "2025-01-01"), day(t, "2025-12-31"), time.UTC) {
		if len(s.People) != 1 {
			t.Fatalf("%v: %v", s.Day, s.People)
		}
	}
	for _, s := range p.Slots(day(t, "2026-01-01"), day(t, "2026-01-01"), time.UTC) {
		if want := map[string]string{"日": "a", "夜": "b"}[s.Name]; s.People[0] != want {
			t.Errorf("%s: %v", s.Name, s.People)
		}
	}
}

func TestWhatAPatternSays(t *testing.T) {
	for name, c := range map[string]struct {
		p    Plan
		want error
	}{
		"nothing":       {Plan{Name: "x"}, ErrPatternShifts},
		"no such time":  {Plan{Name: "x", Shifts: []Piece{{"a", "24:00", "08:00", 1}}}, ErrPatternShifts},
		"short time":    {Plan{Name: "x", Shifts: []Piece{{"a", "8:00", "16:00", 1}}}, ErrPatternShifts},
		"nobody":        {Plan{Name: "x", Shifts: []Piece{{"a", "08:00", "16:00", 0}}}, ErrPatternShifts},
		"twice":         {Plan{Name: "x", Shifts: []Piece{{"A", "08:00", "16:00", 1}, {"ａ", "16:00", "08:00", 1}}}, ErrPatternTwice},
		"no such day":   {Plan{Name: "x", Shifts: three.Shifts, Days: []int{7}}, ErrPatternDays},
		"no such shift": {Plan{Name: "x", Shifts: three.Shifts, Cycle: []int{4}, Begin: "2026-01-01"}, ErrPatternCycle},
		"teams alone":   {Plan{Name: "x", Shifts: three.Shifts, Teams: []Team{{"a", nil, 0}}}, ErrPatternCycle},
		"beyond":        {Plan{Name: "x", Shifts: three.Shifts, Cycle: []int{1}, Begin: "2026-01-01", Teams: []Team{{"a", nil, 1}}}, ErrPatternCycle},
		"no begin":      {Plan{Name: "x", Shifts: three.Shifts, Cycle: []int{1}, Begin: "2026-02-30"}, ErrPatternBegin},
		"in two teams":  {Plan{Name: "x", Shifts: three.Shifts, Cycle: []int{1, 0}, Begin: "2026-01-01", Teams: []Team{{"a", []string{"p"}, 0}, {"b", []string{"p"}, 1}}}, ErrPatternTeams},
		"good, with 𠮷😀": {Plan{Name: "𠮷😀", Shifts: three.Shifts}, nil},
	} {
		if _, err := c.p.clean(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheHoursOfAPerson(t *testing.T) {
	clause.Covers(t, "C045")
	l := Limits{Rest: 8 * hour, Longest: 12 * hour, Week: 60 * hour}
	at := func(from, to int64) Span { return Span{from * hour, to * hour} }
	week := []Span{}
	for d := range int64(5) {
		week = append(week, at(d*24, d*24+12))
	}
	for name, c := range map[string]struct {
		s      Span
		others []Span
		want   error
	}{
		"alone":         {at(0, 12), nil, nil},
		"too long":      {at(0, 13), nil, ErrLong},
		"at once":       {at(0, 8), []Span{at(7, 15)}, ErrTwice},
		"on end":        {at(0, 8), []Span{at(8, 16)}, ErrRest},
		"before":        {at(15, 23), []Span{at(0, 8)}, ErrRest},
		"rested":        {at(16, 24), []Span{at(0, 8)}, nil},
		"sixty":         {at(5*24, 5*24+1), week, ErrWeek},
		"the next week": {at(7*24, 7*24+12), week, nil},
		"an hour early": {at(7*24-1, 7*24+11), week, ErrWeek},
	} {
		why, _ := l.Clash(c.s, c.others)
		if c.want == nil && why != nil || c.want != nil && (why == nil || !why.Is(c.want)) {
			t.Errorf("%s: %v", name, why)
		}
	}
}

// TestGapsAreWhatAnyMinuteTells compares the pieces with a count of every instant.
func TestGapsAreWhatAnyMinuteTells(t *testing.T) {
	clause.Covers(t, "C044")
	clause.Covers(t, "C024")
	rapid.Check(t, func(r *rapid.T) {
		within := Span{rapid.Int64Range(0, 20).Draw(r, "from"), rapid.Int64Range(21, 60).Draw(r, "to")}
		least, always := rapid.IntRange(1, 3).Draw(r, "least"), rapid.Bool().Draw(r, "always")
		var stints []Stint
		for range rapid.IntRange(0, 6).Draw(r, "shifts") {
			from := rapid.Int64Range(0, 60).Draw(r, "begin")
			stints = append(stints, Stint{Span{from, from + rapid.Int64Range(1, 20).Draw(r, "long")}, rapid.IntRange(1, 3).Draw(r, "staff"),
				rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(r, "people")})
		}
		gaps := Gaps(within, least, always, stints)
		for i := 1; i < len(gaps); i++ {
			if gaps[i-1].To > gaps[i].From || gaps[i-1].To == gaps[i].From && gaps[i-1].Have == gaps[i].Have && gaps[i-1].Need == gaps[i].Need {
				r.Fatalf("%v", gaps)
			}
		}
		for at := within.From; at < within.To; at++ {
			people, need, runs := map[string]bool{}, 0, false
			for _, s := range stints {
				if s.From <= at && at < s.To {
					runs, need = true, need+s.Staff
					for _, p := range s.People {
						people[p] = true
					}
				}
			}
			if runs || always {
				need = max(need, least)
			}
			i := slices.IndexFunc(gaps, func(g Gap) bool { return g.From <= at && at < g.To })
			if short := len(people) < need; short != (i >= 0) || short && (gaps[i].Have != len(people) || gaps[i].Need != need) {
				r.Fatalf("at %d: %d of %d, %v", at, len(people), need, gaps)
			}
		}
	})
}

// TestAProposalBreaksNothing: whatever people have and lack, nobody has two shifts at once, too little rest,
// too many hours, or one while away or unfit; every place that is missing is said; and nothing of it is chance.
func TestAProposalBreaksNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		first := Day{2026, 3, rapid.IntRange(1, 28).Draw(r, "day")}
		plan := three
		if rapid.Bool().Draw(r, "rotation") {
			plan.Cycle, plan.Begin, plan.Teams = []int{1, 1, 2, 2, 3, 3, 0, 0}, "2026-01-01", []Team{{"a", []string{"a", "b"}, 0}, {"b", []string{"c", "d"}, 2}, {"c", []string{"e", "f"}, 4}, {"d", []string{"g", "h"}, 6}}
		}
		slots := plan.Slots(first, first.Next(rapid.IntRange(0, 20).Draw(r, "days")), zone(t, "Europe/Berlin"))
		limits := Limits{Rest: rapid.Int64Range(0, 16).Draw(r, "rest") * hour, Longest: rapid.Int64Range(6, 24).Draw(r, "longest") * hour, Week: rapid.Int64Range(8, 84).Draw(r, "week") * hour}
		var people []Candidate
		for i := range rapid.IntRange(1, 10).Draw(r, "people") {
			c := Candidate{Person: string(rune('a' + i))}
			for range rapid.IntRange(0, 2).Draw(r, "away") {
				s := slots[rapid.IntRange(0, len(slots)-1).Draw(r, "when")]
				c.Away = append(c.Away, Span{s.From + hour, s.To + hour})
			}
			if rapid.Bool().Draw(r, "taken") {
				c.Taken = []Span{slots[rapid.IntRange(0, len(slots)-1).Draw(r, "which")].Span}
			}
			if rapid.IntRange(0, 5).Draw(r, "unfit") == 0 {
				until := slots[len(slots)/2].From
				c.Unfit = func(s Span) bool { return s.From >= until }
			}
			people = append(people, c)
		}
		p := Propose(slots, people, limits)
		if again := Propose(slots, people, limits); plain(again.Shifts) != plain(p.Shifts) {
			r.Fatal("the same question has two answers")
		}
		for _, c := range people {
			mine := slices.Clone(c.Taken)
			for _, s := range p.Shifts {
				if !slices.Contains(s.Chosen, c.Person) {
					continue
				}
				if why, with := limits.Clash(s.Span, mine); why != nil {
					r.Fatalf("%s at %v: %v with %v", c.Person, s.Span, why, with)
				}
				if c.Unfit != nil && c.Unfit(s.Span) {
					r.Fatalf("%s is unfit", c.Person)
				}
				for _, a := range c.Away {
					if a.common(s.Span) > 0 {
						r.Fatalf("%s is away", c.Person)
					}
				}
				mine = append(mine, s.Span)
			}
		}
		for _, s := range p.Shifts {
			if s.Lacks != max(0, s.Staff-len(s.Chosen)) || len(slices.Compact(slices.Sorted(slices.Values(s.Chosen)))) != len(s.Chosen) {
				r.Fatalf("%+v", s)
			}
		}
	})
}

// TestNightsAreFair: of people of whom all can, none has two nights more than another, and nothing is unfilled
// where there are enough of them.
func TestNightsAreFair(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		first := Day{2026, time.Month(rapid.IntRange(1, 12).Draw(r, "month")), rapid.IntRange(1, 28).Draw(r, "day")}
		slots := three.Slots(first, first.Next(rapid.IntRange(6, 91).Draw(r, "days")), zone(t, "Asia/Shanghai"))
		var people []Candidate
		for i := range rapid.IntRange(9, 14).Draw(r, "people") {
			people = append(people, Candidate{Person: string(rune('a' + i))})
		}
		p := Propose(slots, people, Limits{Rest: 8 * hour, Longest: 12 * hour, Week: 60 * hour})
		nights := func(s Share) int { return s.Nights }
		weekends := func(s Share) int { return s.Weekends }
		if d := spread(p.Shares, nights); d > 1 {
			r.Fatalf("nights differ by %d", d)
		}
		if d := spread(p.Shares, weekends); d > 2 {
			r.Fatalf("weekends differ by %d", d)
		}
		for _, s := range p.Shifts {
			if s.Lacks > 0 {
				r.Fatalf("%v %s lacks %d of %d people", s.Day, s.Name, s.Lacks, len(people))
			}
		}
	})
}

func spread(all []Share, of func(Share) int) int {
	by := func(a, b Share) int { return cmp.Compare(of(a), of(b)) }
	return of(slices.MaxFunc(all, by)) - of(slices.MinFunc(all, by))
}
