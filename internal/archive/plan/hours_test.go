package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func everyDay(from, to string) []Hours {
	return []Hours{{Days: []int{1, 2, 3, 4, 5, 6, 7}, From: from, To: to}}
}

// TestHoursAreCivilTime: eight o'clock is eight o'clock, whatever the clocks do.
func TestHoursAreCivilTime(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := func(s string) int64 {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return x.UnixMicro()
	}
	for _, c := range []struct {
		name     string
		hours    []Hours
		from, to string
		want     string // in the zone
		length   time.Duration
	}{
		{"a weekday", []Hours{{Days: []int{1, 2, 3, 4, 5}, From: "08:00", To: "18:00"}}, "2026-11-20 00:00", "2026-11-23 00:00", "20 08:00-20 18:00", 10 * time.Hour},
		{"over midnight, begun the day before", everyDay("22:00", "06:00"), "2026-11-20 00:00", "2026-11-21 00:00", "20 00:00-20 06:00 20 22:00-21 00:00", 8 * time.Hour},
		{"spring: an hour less of the night", everyDay("22:00", "06:00"), "2026-03-28 12:00", "2026-03-29 12:00", "28 22:00-29 06:00", 7 * time.Hour},
		{"autumn: an hour more", everyDay("22:00", "06:00"), "2026-10-24 12:00", "2026-10-25 12:00", "24 22:00-25 06:00", 9 * time.Hour},
		{"autumn: an end that comes twice is its last", everyDay("22:00", "02:30"), "2026-10-24 12:00", "2026-10-25 12:00", "24 22:00-25 02:30", 5*time.Hour + 30*time.Minute},
		{"autumn: two o'clock comes before the hour that comes twice", everyDay("22:00", "02:00"), "2026-10-24 12:00", "2026-10-25 12:00", "24 22:00-25 02:00", 4 * time.Hour},
		{"autumn: three o'clock comes once", everyDay("22:00", "03:00"), "2026-10-24 12:00", "2026-10-25 12:00", "24 22:00-25 03:00", 6 * time.Hour},
		{"autumn: a beginning that comes twice is its first", everyDay("02:30", "04:00"), "2026-10-25 00:00", "2026-10-25 12:00", "25 02:30-25 04:00", 2*time.Hour + 30*time.Minute},
		{"spring: an end that is left out", everyDay("22:00", "02:30"), "2026-03-28 12:00", "2026-03-29 12:00", "28 22:00-29 03:30", 4*time.Hour + 30*time.Minute},
		{"whole days join", everyDay("00:00", "24:00"), "2026-03-28 00:00", "2026-03-30 00:00", "28 00:00-30 00:00", 47 * time.Hour},
		{"cut at the ends", everyDay("08:00", "18:00"), "2026-11-20 09:30", "2026-11-20 10:00", "20 09:30-20 10:00", 30 * time.Minute},
		{"two that touch", append(everyDay("08:00", "12:00"), everyDay("12:00", "14:00")...), "2026-11-20 00:00", "2026-11-21 00:00", "20 08:00-20 14:00", 6 * time.Hour},
	} {
		var said []string
		var length time.Duration
		for _, s := range demanded(c.hours, berlin, at(c.from), at(c.to)) {
			a, b := time.UnixMicro(s.from).In(berlin), time.UnixMicro(s.to).In(berlin)
			said = append(said, a.Format("02 15:04")+"-"+b.Format("02 15:04"))
			length += b.Sub(a)
		}
		if got := strings.Join(said, " "); got != c.want || length != c.length {
			t.Errorf("%s: %s, %s; want %s, %s", c.name, got, length, c.want, c.length)
		}
	}
}

// TestHoursThatComeTwice on either side of Greenwich, and where half an hour does: each
// is demanded both times.
func TestHoursThatComeTwice(t *testing.T) {
	for _, c := range []struct {
		zone, hours string
		day         time.Time
		want        string // UTC
	}{
		{"America/New_York", "22:00 01:30", time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC), "01 02:00-01 06:30"},
		{"America/New_York", "22:00 01:00", time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC), "01 02:00-01 05:00"},
		{"America/New_York", "01:30 03:00", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), "01 05:30-01 08:00"},
		{"Australia/Lord_Howe", "22:00 01:45", time.Date(2026, 4, 4, 2, 0, 0, 0, time.UTC), "04 11:00-04 15:15"},
		{"Europe/Berlin", "22:00 02:30", time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC), "24 20:00-25 01:30"},
	} {
		from, to, _ := strings.Cut(c.hours, " ")
		got := ""
		for _, s := range demanded(everyDay(from, to), zone(t, c.zone), c.day.UnixMicro(), c.day.Add(22*time.Hour).UnixMicro()) {
			got += time.UnixMicro(s.from).UTC().Format("02 15:04") + "-" + time.UnixMicro(s.to).UTC().Format("02 15:04")
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.zone, c.hours, got, c.want)
		}
	}
}

func TestHoursThatCannotBe(t *testing.T) {
	ok := Hours{Days: []int{1}, From: "08:00", To: "18:00"}
	if err := check([]Hours{ok, {Days: []int{7}, From: "22:00", To: "06:00"}, {Days: []int{6}, From: "00:00", To: "24:00"}}); err != nil {
		t.Error(err)
	}
	for _, h := range []Hours{
		{Days: nil, From: "08:00", To: "18:00"}, {Days: []int{0}, From: "08:00", To: "18:00"}, {Days: []int{8}, From: "08:00", To: "18:00"},
		{Days: []int{1}, From: "8:00", To: "18:00"}, {Days: []int{1}, From: "08:60", To: "18:00"}, {Days: []int{1}, From: "24:00", To: "18:00"},
		{Days: []int{1}, From: "08:00", To: "24:01"}, {Days: []int{1}, From: "08:00", To: "08:00"}, {Days: []int{1}, From: "ab:cd", To: "18:00"},
		{Days: []int{1}, From: "+8:00", To: "18:00"},
	} {
		if check([]Hours{ok, h}) == nil {
			t.Errorf("%+v was taken", h)
		}
	}
	if check(nil) == nil {
		t.Error("no hours were taken")
	}
}

// TestDemandedAndTheRestAreEverything for any hours, zone and interval.
func TestDemandedAndTheRestAreEverything(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Asia/Shanghai"), zone(t, "Europe/Berlin"), zone(t, "Australia/Lord_Howe")}
	minute := rapid.Custom(func(t *rapid.T) string {
		m := rapid.IntRange(0, dayMinutes-1).Draw(t, "minute")
		return fmt.Sprintf("%02d:%02d", m/60, m%60)
	})
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		hours := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Hours {
			return Hours{Days: rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 1, 7, func(d int) int { return d }).Draw(t, "days"), From: minute.Draw(t, "from"), To: minute.Draw(t, "to")}
		}), 1, 3).Draw(t, "hours")
		from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixMicro() + rapid.Int64Range(0, 250*86400*1e6).Draw(t, "from")
		to := from + rapid.Int64Range(1, 20*86400*1e6).Draw(t, "length")
		on := demanded(hours, z, from, to)
		off := without(on, from, to)
		at, i, j := from, 0, 0
		for at < to {
			switch {
			case i < len(on) && on[i].from == at:
				at, i = on[i].to, i+1
			case j < len(off) && off[j].from == at:
				at, j = off[j].to, j+1
			default:
				t.Fatalf("nothing begins at %d: %v %v", at, on, off)
			}
		}
		if at != to || i != len(on) || j != len(off) {
			t.Fatalf("more than the interval: %v %v", on, off)
		}
	})
}

func TestWeek(t *testing.T) {
	for want, list := range map[time.Duration][]Hours{
		0:                  nil,
		time.Minute:        {{Days: []int{1}, From: "08:00", To: "08:01"}},
		50 * time.Hour:     {{Days: []int{1, 2, 3, 4, 5}, From: "08:00", To: "18:00"}},
		12 * time.Hour:     {{Days: []int{7}, From: "20:00", To: "08:00"}},                                               // into Monday
		10 * time.Hour:     {{Days: []int{1}, From: "08:00", To: "16:00"}, {Days: []int{1}, From: "12:00", To: "18:00"}}, // they overlap
		7 * 24 * time.Hour: {{Days: []int{1, 2, 3, 4, 5, 6, 7}, From: "00:00", To: "24:00"}},
	} {
		if got := week(list); got != want {
			t.Errorf("%v: %s, want %s", list, got, want)
		}
	}
}
