package daybook_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"watchroom/internal/archive/daybook"
)

// TestDaysHaveTheirHours: 23 and 25 of them where the clocks change, also where
// midnight itself is left out.
func TestDaysHaveTheirHours(t *testing.T) {
	for _, c := range []struct {
		zone, day string
		want      time.Duration
	}{
		{"Asia/Shanghai", "2026-03-29", 24 * time.Hour},
		{"Europe/Berlin", "2026-03-29", 23 * time.Hour},
		{"Europe/Berlin", "2026-10-25", 25 * time.Hour},
		{"Australia/Lord_Howe", "2026-10-04", 23*time.Hour + 30*time.Minute},
		{"Africa/Cairo", "2026-04-24", 23 * time.Hour}, // from 00:00 to 01:00
		{"Africa/Cairo", "2026-04-23", 24 * time.Hour},
	} {
		z, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		noon, err := time.ParseInLocation("2006-01-02 15", c.day+" 12", z)
		if err != nil {
			t.Fatal(err)
		}
		start, end := daybook.Midnight(noon.UnixMicro(), z)
		if end.Sub(start) != c.want || start.Format(time.DateOnly) != c.day || start.Add(-1).Format(time.DateOnly) == c.day || end.Format(time.DateOnly) == c.day {
			t.Errorf("%s in %s: %s to %s", c.day, c.zone, start, end)
		}
		if s, _ := daybook.Midnight(end.UnixMicro(), z); !s.Equal(end) {
			t.Errorf("%s in %s: the next day begins at %s, not at %s", c.day, c.zone, s, end)
		}
	}
}
