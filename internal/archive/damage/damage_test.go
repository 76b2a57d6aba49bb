package damage_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestDamageStands until the file was right again, or was removed lawfully.
func TestDamageStands(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write := func(work func(ctx context.Context, tx bun.Tx) error) {
			t.Helper()
			if err := d.Tx(t.Context(), work); err != nil {
				t.Fatal(err)
			}
		}
		note := func(at int64, file string, by damage.Finder) {
			t.Helper()
			write(func(ctx context.Context, tx bun.Tx) error {
				return damage.Note(ctx, tx, at, damage.Damage{File: file, Camera: file[:1], StartAt: 1, EndAt: 2, Kind: damage.Altered, FoundBy: by})
			})
		}
		mend := func(at int64, file string) {
			t.Helper()
			write(func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, at, file) })
		}
		stands := func(what, want string) {
			t.Helper()
			all, err := damage.Standing(t.Context(), d.Read())
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, x := range all {
				got += fmt.Sprintf("%s by %s %d-%d ", x.File, x.FoundBy, x.FoundAt, x.SeenAt)
			}
			if got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		note(10, "b1", damage.Check)
		note(11, "a1", damage.Move)
		note(12, "b1", damage.Move)
		stands("found again", "a1 by move 11-11 b1 by check 10-12 ")
		if some, err := damage.Standing(t.Context(), d.Read(), "a"); err != nil || len(some) != 1 {
			t.Errorf("of one camera: %+v, %v", some, err)
		}
		mend(13, "b1")
		mend(13, "never heard of")
		stands("one is right again", "a1 by move 11-11 ")
		note(14, "b1", damage.Move)
		stands("and is not", "a1 by move 11-11 b1 by move 14-14 ")
		note(15, "a2", damage.Start)
		mend(16, "a2")
		mend(16, "b1")
		stands("what was altered before it was closed is not mended by reading", "a1 by move 11-11 a2 by start 15-15 ")
		write(func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO tombstones (file, camera, start_at, end_at, bytes, root, ground, authority, at) VALUES ('a2', 'a', 1, 2, 3, '', 'order', 'x', 4)")
			return err
		})
		stands("removed", "a1 by move 11-11 ")
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM footage_damages")
			return err
		})
		if err == nil {
			t.Error("it was forgotten")
		}
	})
}

// TestDoubt: what could not be played is noted where its row still says that it lies
// there, and no longer once it was read and was right.
func TestDoubt(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		work := func(work func(ctx context.Context, tx bun.Tx) error) {
			t.Helper()
			if err := d.Tx(t.Context(), work); err != nil {
				t.Fatal(err)
			}
		}
		work(func(ctx context.Context, tx bun.Tx) error {
			for i, state := range []string{"", "deleting"} {
				_, err := tx.ExecContext(ctx, `INSERT INTO segments (camera, start_at, end_at, run, file, bytes, parts, frames, root, codec, mime, width, height, audio, recovered, state, volume)
					VALUES ('a', ?, 9, 'r', ?, 1, 1, 1, '', '', '', 1, 1, '', 0, ?, 'v')`, i, fmt.Sprint("f", i), state)
				if err != nil {
					return err
				}
			}
			return nil
		})
		for i, volume := range []string{"v", "elsewhere", "v", "v"} { // there, moved since, being removed, unknown
			n := []int{0, 0, 1, 2}[i]
			if i == 1 {
				work(func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, 11, "f0") })
			}
			work(func(ctx context.Context, tx bun.Tx) error {
				noted, err := damage.Doubt(ctx, tx, 10, volume, damage.Damage{File: fmt.Sprint("f", n), Camera: "a", StartAt: int64(n), EndAt: 9, Kind: damage.Missing, FoundBy: damage.Play})
				if noted != (i == 0) {
					t.Errorf("case %d: noted %v", i, noted)
				}
				return err
			})
			all, err := damage.Standing(t.Context(), d.Read())
			if err != nil || len(all) != []int{1, 0, 0, 0}[i] {
				t.Errorf("case %d: %+v, %v", i, all, err)
			}
		}
	})
}
