package tier_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/s3test"
)

// TestSixHoursWithoutTheServer: it goes in the middle of an upload and stays away for six
// hours, while footage comes due all the time and the recorder is started again half-way.
// What waits is counted and played from here all the time, each process says once that the
// server is away, and when it answers all of it is moved and that is over.
func TestSixHoursWithoutTheServer(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C090")
	d := dbtest.Open(t, db.SQLite)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	const due = 10 * time.Minute
	h := newHouse(t, d, 8, bucketTier(t, s, "footage", due))
	h.mover.AtOnce = 1
	uploads := 0
	h.mover.SetTry(func(step, _ string) error {
		if step != "noted" {
			return nil
		}
		if uploads++; uploads == 4 { // three lie there, the fourth is on its way
			s.Stop()
		}
		return nil
	})
	h.drain()
	there := count(placesNow(h))
	if there != "map[:5 cloud:3]" {
		t.Fatalf("places when the server goes: %s", there)
	}
	first := h.files[0]

	waits := func() (n int64) {
		t.Helper()
		status, err := h.mover.Status(t.Context())
		if err != nil || status[0].State != tier.Away || status[0].OldestWaiting == 0 || status[0].Err == "" {
			t.Fatalf("status %+v, %v", status, err)
		}
		return status[0].Waiting
	}
	const rounds = int(6 * time.Hour / (15 * time.Minute))
	for n := range rounds {
		if n == rounds/2 {
			before, said := waits(), strings.Join(h.troubles, " ")
			if said != "cloud:tier_away" {
				t.Errorf("in the first three hours was said %q", said)
			}
			h.close()
			again := &house{t: t, root: h.root, now: clocktest.At(h.now.Now()), files: h.files}
			again.open(d, bucketTier(t, s, "footage", due))
			h = again
			h.drain()
			if after := waits(); after != before {
				t.Errorf("%d segments waited before the restart, %d after it", before, after)
			}
		}
		for range 3 {
			h.record("cam1")
		}
		h.current()
		if h.mover.Pass(t.Context()) {
			t.Fatal("something was moved to a server that is away")
		}
		// Of the eight three had been moved; the last two of all are not due.
		if got, want := waits(), int64(8+3*(n+1)-3-2); got != want {
			t.Fatalf("after %d min %d segments wait, not %d", 15*(n+1), got, want)
		}
		if n%8 == 7 { // each answer of a server that is away takes a while
			playable(t, h, first)
		}
	}
	if said := strings.Join(h.troubles, " "); said != "cloud:tier_away" {
		t.Errorf("in the last three hours was said %q", said)
	}

	s.Again()
	h.drain()
	if got := count(h.where()); got != "map[:2 cloud:78]" {
		t.Errorf("places afterwards: %s", got)
	}
	if said := strings.Join(h.troubles, " "); said != "cloud:tier_away cloud:" {
		t.Errorf("said was %q", said)
	}
	if left := rows(t, d, "tier_moves"); left != 0 {
		t.Errorf("%d moves are not ended", left)
	}
	status, err := h.mover.Status(t.Context())
	if err != nil || status[0].State != tier.OK || status[0].Waiting != 0 || status[0].Err != "" {
		t.Errorf("status %+v, %v", status, err)
	}
}

// placesNow tells where the catalogue has each segment, whether it can be read there or not.
func placesNow(h *house) (places []string) {
	h.t.Helper()
	list, err := h.cat.Segments(h.t.Context(), "cam1", dayOne.UnixMicro(), h.now.Micro())
	if err != nil || len(list) != len(h.files) {
		h.t.Fatalf("%d segments of %d, %v", len(list), len(h.files), err)
	}
	for i := range list {
		places = append(places, list[i].Volume)
	}
	return places
}

// playable opens everything that lies here, while a file that lies on the server is refused with
// the word that it is away.
func playable(t *testing.T, h *house, away string) {
	t.Helper()
	list, err := h.cat.Segments(t.Context(), "cam1", dayOne.UnixMicro(), h.now.Micro())
	if err != nil || len(list) != len(h.files) {
		t.Fatalf("%d segments of %d, %v", len(list), len(h.files), err)
	}
	for i := range list {
		if list[i].Volume != "" && list[i].File != away {
			continue
		}
		f, err := h.cat.Open(t.Context(), &list[i])
		switch {
		case list[i].Volume == "" && err == nil:
			f.Close()
		case list[i].Volume == "":
			t.Fatalf("%s waits here and cannot be played: %v", list[i].File, err)
		case !errors.Is(err, archive.ErrTierAway):
			t.Fatalf("%s lies on the server that is away: %v", away, err)
		}
	}
}
