package tier_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/tier"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestAMoveThatNeverWas: whoever has the database in hand writes that footage was moved,
// so that the mover takes away what it takes for the first copy. It is the only one, and
// stays.
func TestAMoveThatNeverWas(t *testing.T) {
	clause.Covers(t, "C091")
	for name, after := range map[string]struct{ vault, far time.Duration }{
		"at a start":                         {1000 * time.Hour, 1000 * time.Hour},
		"of what is due for a further place": {10 * time.Minute, 20 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				vault, far := diskTier(t, "vault", after.vault), diskTier(t, "far", after.far)
				h := newHouse(t, d, 8, vault, far)
				err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if _, err := tx.NewRaw("UPDATE segments SET volume = 'vault' WHERE file = ?", h.files[0]).Exec(ctx); err != nil {
						return err
					}
					_, err := tx.NewRaw("INSERT INTO tier_moves (file, source, target, at) VALUES (?, '', 'vault', 1)", h.files[0]).Exec(ctx)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					h.mover.Pass(t.Context())
				}
				there := 0
				for _, at := range []tier.Store{tier.Folder(h.root), vault.Store, far.Store} {
					if _, err := at.Stat(t.Context(), h.files[0]); err == nil {
						there++
					}
				}
				if there == 0 {
					t.Error("no copy is left")
				}
				if _, err := os.Stat(filepath.Join(h.root, h.files[0])); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
