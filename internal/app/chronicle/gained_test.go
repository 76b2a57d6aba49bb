package chronicle

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/app/passed"
	"watchroom/internal/db"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestTheLogTellsWhatTheClockGained: before anything else that the node's clock says there, when
// it has changed, and at the stop. A log of earlier versions tells nothing.
func TestTheLogTellsWhatTheClockGained(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	h := &house{t: t, dir: filepath.Join(t.TempDir(), "ledger"), d: dbtest.Open(t, db.SQLite)}
	if ahead, more := passed.Gained(h.dir); ahead != 0 || more != 0 {
		t.Errorf("of no log: %v %v", ahead, more)
	}
	h.start()
	await.Until(t, "the first checkpoint", func() bool { return h.c.Status().Signed > 0 })
	h.stop()
	if ahead, more := passed.Gained(h.dir); ahead != 0 || more != 0 {
		t.Errorf("of a log of before: %v %v", ahead, more)
	}
	before := h.c.log.Size()

	var ahead atomic.Int64
	ahead.Store(int64(50 * time.Minute))
	h.unproved = func() (time.Duration, time.Duration) { return time.Duration(ahead.Load()), 15 * time.Minute }
	h.start()
	await.Until(t, "it is told", func() bool { return h.c.log.Size() > before })
	own := func(b []byte) bool {
		return leaf.Is(b, "clock") || leaf.Is(b, "seal") || leaf.Is(b, "key") || leaf.Is(b, "abreast")
	}
	for b, err := range h.c.log.Entries(before, h.c.log.Size()) {
		if err != nil {
			t.Fatal(err)
		}
		if own(b) {
			if !leaf.Is(b, "clock") {
				t.Errorf("the clock says something else first: %s", b)
			}
			break
		}
	}
	told := func(want time.Duration) {
		t.Helper()
		await.Until(t, want.String(), func() bool {
			ahead, more := passed.Gained(h.dir)
			return ahead == want && more == 15*time.Minute
		})
	}
	told(50 * time.Minute)
	ahead.Store(int64(100 * time.Minute))
	told(100 * time.Minute)
	ahead.Store(int64(100*time.Minute + 5*time.Second)) // too little to be told at once
	h.stop()
	told(100*time.Minute + 5*time.Second)
}
