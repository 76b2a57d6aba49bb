package tier

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/clock"
)

// away is a place that does not answer.
type away struct{ Store }

func (away) ReadBack(context.Context, string) (archive.File, error) {
	return nil, archive.ErrTierAway.With("tier", "disk2")
}

// TestASourceThatDoesNotAnswerIsNotBlamed: nobody knows then whether the footage or its copy is
// damaged. It is tried again as soon as the place answers, not an hour later.
func TestASourceThatDoesNotAnswerIsNotBlamed(t *testing.T) {
	told := ""
	m := &Mover{Places: &Places{}, Clock: clock.Clock(time.Now), Log: slog.New(slog.DiscardHandler), OnTrouble: func(_, code, _ string) { told = code }}
	m.prepare()
	s := archive.Segment{Camera: "gate", File: "gate/x.mp4", Volume: "disk2"}
	err := m.blame(t.Context(), &s, away{}, errCopy)
	if errors.Is(err, errDamaged) || !errors.Is(err, archive.ErrTierAway) {
		t.Errorf("%v", err)
	}
	to := &Tier{Name: "vault"}
	bad := map[*Tier]bool{}
	m.judge(t.Context(), job{s, to}, err, bad)
	if state, _ := to.State(); told != "" || len(m.skipped) > 0 || bad[to] || state == Away {
		t.Errorf("said %q, left alone %v, the target is %q", told, m.skipped, state)
	}
}
