package seal

import (
	"testing"
	"testing/synctest"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/leak"
)

// TestTheLogTellsTheTimeWhereNothingIsRecorded: a while after the start and then on an
// interval, and not where seals are made in any case.
func TestTheLogTellsTheTimeWhereNothingIsRecorded(t *testing.T) {
	leak.Check(t)
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h.now = time.Now().UnixMicro()
		now := clock.Clock(time.Now)
		s := started(t, h, func(s *Sealer) { s.Beat, s.Clock = 20*time.Minute, now })
		defer s.Close()
		expect := func(what, kinds string) {
			t.Helper()
			synctest.Wait()
			if got := kindsOf(h.log); got != kinds {
				t.Errorf("%s: %q", what, got)
			}
		}
		time.Sleep(119 * time.Second)
		expect("at first", "")
		time.Sleep(20 * time.Second)
		expect("two minutes on", "seal")
		if s := h.log.All()[0].(*leaf.Seal); s.Members != 0 || now.Micro()-s.At > 30e6 {
			t.Errorf("%+v", s)
		}
		time.Sleep(19 * time.Minute)
		expect("before the next", "seal")
		if err := h.write(0, "cam1", 0, h.line(journal.KindSeal, "cam1")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		expect("something was recorded", "seal seal")
		time.Sleep(17 * time.Minute)
		expect("long after that", "seal seal")
		time.Sleep(3 * time.Minute)
		expect("longer still", "seal seal seal")
		members := Members{Dir: h.dir}
		for i, e := range h.log.All() {
			if all, err := members.Of(e.(*leaf.Seal)); err != nil || len(all) != i%2 {
				t.Errorf("seal %d ties together %d, %v", i, len(all), err)
			}
		}
	})
	h.beats = true
	h.check(t)
}
