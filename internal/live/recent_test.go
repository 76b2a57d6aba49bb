package live

import (
	"errors"
	"testing"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
)

// kept is a primer with these units.
type kept struct {
	units []*media.Unit
	err   error
	none  bool
}

func (k *kept) Mark() func() ([]*media.Unit, error) {
	if k.none {
		return nil
	}
	return func() ([]*media.Unit, error) { return k.units, k.err }
}

// TestLiveReachesBackOneKeyFrameAndTenSeconds: what is older is the past, and that
// needs a viewing.
func TestLiveReachesBackOneKeyFrameAndTenSeconds(t *testing.T) {
	clause.Covers(t, "C076")
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	now := at
	c := clock.Clock(func() time.Time { return now })
	gop := func(age time.Duration) *kept {
		first := at.Add(-age).UnixMicro()
		return &kept{units: []*media.Unit{{Wall: first, Key: true}, {Wall: first + 40_000}}}
	}
	for _, x := range []struct {
		name string
		k    *kept
		want int
	}{
		{"one second", gop(time.Second), 2}, {"just ten", gop(Past), 2}, {"more", gop(Past + time.Microsecond), 0},
		{"a key frame every minute", gop(time.Minute), 0}, {"nothing", &kept{}, 0},
	} {
		read := Recent(x.k, c).Mark()
		now = at.Add(time.Hour) // what counts is when the viewer joined
		units, err := read()
		now = at
		if err != nil || len(units) != x.want {
			t.Errorf("%s: %d units, %v", x.name, len(units), err)
		}
	}
	if Recent(&kept{none: true}, c).Mark() != nil {
		t.Error("a primer that has nothing must let the reader wait for a key frame")
	}
	if Recent(nil, c) != nil {
		t.Error("no primer became one")
	}
	broken := errors.New("disk")
	if _, err := Recent(&kept{err: broken}, c).Mark()(); !errors.Is(err, broken) {
		t.Error(err)
	}
}
