package hold

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/durable/patience"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// TestADiskThatHangsHoldsUpNoHold: the hold stands, its copy lies on the disks that answer,
// and nothing is removed as long as one does not tell of it. The older copy that is written
// when the disk answers takes no newer one's place.
func TestADiskThatHangsHoldsUpNoHold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		well, other := t.TempDir(), t.TempDir()
		answer, hangs := make(chan struct{}), atomic.Bool{}
		h := &Holds{
			DB: d, Clock: func() time.Time { return now }, Volumes: func() []string { return []string{other, well} }, Log: slog.New(slog.DiscardHandler),
			disk: func(volume string) {
				if volume == other && hangs.Load() {
					<-answer
				}
			},
		}
		lead := people.Add(t, d, "lead", access.DutyLead)
		place := func() {
			t.Helper()
			_, err := h.Place(t.Context(), lead, New{Kind: Case, Owner: "Li", Reason: "theft at the gate", Cameras: []string{"gate"},
				From: now.Add(-time.Hour).UnixMicro(), To: now.UnixMicro(), ReviewAt: now.AddDate(0, 1, 0).UnixMicro()})
			if err != nil {
				t.Fatal(err)
			}
		}
		tells := func(volume string, want int) {
			t.Helper()
			c, err := read(filepath.Join(volume, CopyName))
			if err != nil || c == nil || len(c.Holds) != want {
				t.Fatalf("%s: %+v, %v; want %d holds", filepath.Base(volume), c, err, want)
			}
		}
		place()
		tells(well, 1)
		tells(other, 1)
		hangs.Store(true)
		place()
		place()
		tells(well, 3)
		tells(other, 1)
		ctx, cancel := context.WithTimeout(t.Context(), short)
		defer cancel()
		if err := h.Copy(ctx); err == nil {
			t.Error("a disk that does not tell of a hold is taken for one that does")
		}
		hangs.Store(false)
		close(answer)
		await.Until(t, "the copy is brought up to date", func() bool {
			err := h.Copy(t.Context())
			if err != nil && !errors.Is(err, patience.ErrStands) && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			return err == nil
		})
		tells(other, 3)
		if _, err := os.Stat(filepath.Join(other, CopyName) + ".new"); err == nil {
			t.Error("something is left beside the copy")
		}
	})
}
