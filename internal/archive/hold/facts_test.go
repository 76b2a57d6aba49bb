package hold_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/hold"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// worked is a house with holds to which everything was done that can be.
func worked(t *testing.T, d *db.DB) *hold.Holds {
	t.Helper()
	h, now := store(t, d), present
	h.Clock = func() time.Time { now = now.Add(time.Second); return now }
	lead, boss := people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "boss", access.Supervisor)
	must := func(_ hold.Hold, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for range 4 {
		one, err := h.Place(t.Context(), lead, notice("gate", "yard"))
		must(one, err)
		ids = append(ids, one.ID)
	}
	must(h.Review(t.Context(), lead, ids[0], present.UnixMicro()+60*day, "the case goes on"))
	must(h.AskRelease(t.Context(), lead, ids[0], "the case is closed"))
	must(h.Decide(t.Context(), boss, ids[0], false, "not yet"))
	now = now.Add(-time.Hour) // the clock is set back
	must(h.AskRelease(t.Context(), lead, ids[0], "the case is closed"))
	must(h.Withdraw(t.Context(), lead, ids[0]))
	must(h.AskRelease(t.Context(), lead, ids[0], "the case is closed now"))
	must(h.Decide(t.Context(), boss, ids[0], true, "agreed"))
	must(h.AskRelease(t.Context(), lead, ids[1], "a wish that waits"))
	return h
}

// TestNobodyChangesWhatWasHeld: who placed a hold, until when it is looked at again, who asked
// for its release, who decided, and why.
func TestNobodyChangesWhatWasHeld(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		worked(t, d)
		held.Altered(t, d, map[string][]string{"holds": nil, "hold_cameras": nil, "hold_releases": nil}, hold.Differ)
	})
}

// TestHoldsThatWereMadeAgain are those of their acts, too: what stood in the copy, and one that
// somebody wrote into.
func TestHoldsThatWereMadeAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := worked(t, d)
		forge := func(statement string) {
			t.Helper()
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := dbtest.Unguard(ctx, tx, d); err != nil {
					return err
				}
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		all, err := h.Standing(t.Context())
		if err != nil || len(all) != 3 {
			t.Fatalf("%+v, %v", all, err)
		}
		forge("DELETE FROM hold_cameras WHERE hold = '" + all[0].ID + "'")
		forge("DELETE FROM hold_releases WHERE hold = '" + all[0].ID + "'") // none, or one that waits
		forge("DELETE FROM acts WHERE kind = 'hold.release_requested' AND subject = '" + all[0].ID + "'")
		forge("DELETE FROM holds WHERE id = '" + all[0].ID + "'")
		forge("UPDATE holds SET released_at = 7, released_by = 'x' WHERE id = '" + all[1].ID + "'")
		if err := h.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		placed := hold.Placed{ID: all[2].ID, Cameras: all[2].Cameras, From: all[2].From - second, To: all[2].To, At: all[2].PlacedAt}
		if err := h.Restate(t.Context(), []hold.Placed{placed}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(h.Volumes()[0], hold.CopyName)); err != nil {
			t.Fatal(err)
		}
		held.Altered(t, d, map[string][]string{"holds": {"kind", "owner", "reason", "document", "from_at", "to_at"}, "hold_releases": nil}, hold.Differ)
	})
}

// TestHoldsOfEarlierVersions: their acts do not tell which wish they are about, nor of holds
// that were made again when they were placed.
func TestHoldsOfEarlierVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		worked(t, d)
		dbtest.Forge(t, d, "UPDATE acts SET detail = replace(detail, '\"release\"', '\"x\"')", func(ctx context.Context, tx bun.Tx) {
			if found := held.Rows(t, hold.Differ)(ctx, tx); len(found) > 0 {
				t.Errorf("found %q", found)
			}
			if _, err := tx.ExecContext(ctx, "UPDATE hold_releases SET reason = 'x' WHERE decision = 'rejected'"); err != nil {
				t.Fatal(err)
			}
			if found := held.Rows(t, hold.Differ)(ctx, tx); len(found) != 1 {
				t.Errorf("found %q", found)
			}
		})
	})
}
