package complaint

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"watchroom/internal/clock"
)

// TestAComplaintIsNotRepeated: the log tells when trouble begins and ends and that
// it lasts, whatever the number of tries.
func TestAComplaintIsNotRepeated(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	s := Complaint{Log: slog.New(slog.NewTextHandler(&log, nil)), Clock: clock.Clock(func() time.Time { return now })}
	s.About("", nil)
	for range 60 { // two minutes
		s.About("gate", errors.New("no room"))
		now = now.Add(2 * time.Second)
	}
	s.About("", nil)
	s.About("", nil)
	s.About("yard", errors.New("no room"))
	got := log.String()
	if strings.Count(got, "cannot follow") != 3 || strings.Count(got, "follows again") != 1 || !strings.Contains(got, "after=2m0s") {
		t.Errorf("the log:\n%s", got)
	}
}
