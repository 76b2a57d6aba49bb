package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestGivenClockAnswersInUTC(t *testing.T) {
	at := time.Date(2026, 2, 3, 12, 0, 0, 123456789, time.FixedZone("CST", 8*3600))
	c := Clock(func() time.Time { return at })
	if got := c.Now(); !got.Equal(at) || got.Location() != time.UTC {
		t.Error(got)
	}
	if got := c.Micro(); got != 1770091200123456 {
		t.Error(got)
	}
}

func TestNilClockIsTheSystems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		before := c.Now()
		if !before.Equal(time.Now()) || before.Location() != time.UTC {
			t.Error(before)
		}
		time.Sleep(time.Hour) // of the bubble
		if got := c.Now().Sub(before); got != time.Hour {
			t.Error(got)
		}
		if got := c.Micro(); got != time.Now().UnixMicro() {
			t.Error(got)
		}
	})
}

func TestReadingKeepsWhatNowDrops(t *testing.T) {
	var c Clock
	if r := c.Reading(); r == r.Round(0) {
		t.Error("no monotonic reading")
	}
	at := time.Now()
	if r := Clock(func() time.Time { return at }).Reading(); r != at {
		t.Error(r)
	}
}
