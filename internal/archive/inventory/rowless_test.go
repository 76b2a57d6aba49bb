package inventory_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestFootageThatWentWithItsRows: somebody deletes files and rows, and then the journal as well.
func TestFootageThatWentWithItsRows(t *testing.T) {
	clause.Covers(t, "C091", "C093")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t)
		var files []string
		for range 5 {
			files = append(files, s.record("cam1", "b", true))
		}
		s.rebuild(d)
		want := func(what string, want ...string) {
			t.Helper()
			sum, found := s.check(d, true)
			if !slices.Equal(found, want) || sum.Found != len(want) {
				t.Errorf("%s: %d: %q, want %q", what, sum.Found, found, want)
			}
		}
		want("all is there")
		if err := os.Remove(s.path("b", files[2])); err != nil {
			t.Fatal(err)
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("DELETE FROM segments WHERE file IN (?, ?)", files[1], files[2]).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want("a row, and a row with its file",
			fmt.Sprintf("no_row: b: %q: the journal tells of it, and neither the catalogue nor any place has it", files[2]),
			fmt.Sprintf("unlisted: b: %q", files[1]))
		if err := os.Remove(s.path("b", files[1])); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(s.path("b", filepath.Dir(files[0]), journal.FileName)); err != nil {
			t.Fatal(err)
		}
		from := dayOne.Add(5 * 60e9).UTC().Format("2006-01-02T15:04:05Z")
		to := dayOne.Add(15 * 60e9).UTC().Format("2006-01-02T15:04:05Z")
		found := []string{
			fmt.Sprintf("no_line: b: %q", files[0]), fmt.Sprintf("no_line: b: %q", files[3]), fmt.Sprintf("no_line: b: %q", files[4]),
			fmt.Sprintf(`no_row: recording.folder: "cam1": it was recorded from %s to %s, and neither row nor journal tells of it`, from, to),
		}
		want("the journal, too", found...)
	})
}
