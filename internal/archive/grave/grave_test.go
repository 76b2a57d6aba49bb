package grave_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/grave"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/vault"
)

// TestARemovalThatNobodyTold: a row that somebody put into the table, or one that tells
// otherwise than its line, is none that the account of the footage tells of.
func TestARemovalThatNobodyTold(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault.Open(t)
		noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		files := v.Record(t, "gate", noon.UnixMicro(), 4, 10*time.Minute)
		away := false
		c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock.Clock(func() time.Time { return noon.Add(time.Hour) }), Away: func(string) bool { return away }}
		if err := c.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for i, f := range files[:2] {
			v.Bury(t, "gate", noon.Add(time.Hour).UnixMicro()+int64(i), f)
		}
		if err := c.CatchUp(t.Context(), "gate"); err != nil {
			t.Fatal(err)
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, sql := range []string{
				"INSERT INTO tombstones (file, camera, start_at, end_at, bytes, root, ground, authority, at, finished_at) SELECT file, camera, start_at, end_at, bytes, root, 'maximum', 'default', (SELECT MAX(at) FROM tombstones), 1 FROM segments",
				"DELETE FROM segments",
			} {
				if _, err := tx.ExecContext(ctx, sql); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all, err := c.Tombstones(t.Context(), archive.TombstoneFilter{})
		if err != nil || len(all) != 4 {
			t.Fatal(all, err)
		}
		all = append(all, all[len(all)-1])
		all[4].Ground = journal.GroundOrder
		words := func(want func(i int) grave.Word) {
			t.Helper()
			got, err := grave.Book{Catalogue: c}.Words(t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			for i := range all {
				if got[i] != want(i) {
					t.Errorf("%d: %s by ground %s: %s, want %s", i, all[i].File, all[i].Ground, got[i], want(i))
				}
			}
		}
		told := func(i int) grave.Word {
			if all[i].Ground == journal.GroundSpace {
				return grave.Tells
			}
			return grave.Untold
		}
		unheard := func(int) grave.Word { return grave.Unheard }
		words(told)
		away = true
		words(unheard)
		away = false
		words(told)
		if err := os.Remove(filepath.Join(v.Root, "gate", "2026-11-22", journal.FileName)); err != nil {
			t.Fatal(err)
		}
		words(unheard)
	})
}
