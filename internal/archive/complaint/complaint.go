// Package complaint tells the log that the catalogue cannot follow, without saying it over and
// over.
package complaint

import (
	"log/slog"
	"time"

	"watchroom/internal/clock"
)

// Complaint says that the catalogue cannot follow: when it begins, once a minute
// while it lasts, and when it is over.
type Complaint struct {
	Log   *slog.Logger
	Clock clock.Clock

	since time.Time // zero: all is well
	last  time.Time
}

// About tells of the first camera that it cannot follow and why; nil: it follows.
func (s *Complaint) About(camera string, err error) {
	now := s.Clock.Now()
	switch {
	case err == nil && s.since.IsZero():
	case err == nil:
		s.Log.Info("the catalogue follows again", "after", now.Sub(s.since))
		s.since, s.last = time.Time{}, time.Time{}
	case now.Sub(s.last) >= time.Minute:
		if s.since.IsZero() {
			s.since = now
		}
		s.last = now
		s.Log.Warn("the catalogue cannot follow; it goes on trying", "first_camera", camera, "since", s.since, "err", err)
	}
}
