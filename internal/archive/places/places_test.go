package places_test

import (
	"context"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/places"
	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
)

// TestPlacesOfFootage: each name once, and not the one of recording.folder.
func TestPlacesOfFootage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if names, err := places.Named(t.Context(), d.Read()); err != nil || len(names) != 0 {
			t.Errorf("of no footage: %q, %v", names, err)
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i, volume := range []string{"", "vault", "disk2", "", "vault", "盘"} {
				s := archive.Segment{Camera: "cam1", StartAt: int64(i), EndAt: int64(i + 1), Run: "run", File: string(rune('a' + i)), Volume: volume}
				if _, err := tx.NewInsert().Model(&s).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if names, err := places.Named(t.Context(), d.Read()); err != nil || !slices.Equal(names, []string{"disk2", "vault", "盘"}) {
			t.Errorf("%q, %v", names, err)
		}
	})
}
