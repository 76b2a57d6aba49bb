package ontheway_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/audit/ontheway"
	"watchroom/internal/archive/seal"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatWaitsToBeTakenIn: of two segments the catalogue took in the line of the first; the
// second closed behind midnight.
func TestWhatWaitsToBeTakenIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		at := time.Date(2026, 11, 28, 23, 50, 0, 0, time.UTC)
		w := journal.Writer{Root: root, Camera: "cam1"}
		defer w.Close()
		var files []string
		for i := range 3 {
			begun := at.Add(time.Duration(i) * 4 * time.Minute)
			name := segment.Name{Camera: "cam1", Start: begun.UnixMicro(), Run: "runa"}
			end := begun.Add(4 * time.Minute).UnixMicro()
			files = append(files, name.Path())
			if err := w.Append(end, journal.Record{Kind: journal.KindSegment, At: end, Run: "runa", Segment: &segment.Closed{File: name.Path(), Start: name.Start, End: end}}); err != nil {
				t.Fatal(err)
			}
		}
		waits := func(file string) bool {
			t.Helper()
			is, err := ontheway.Waits(t.Context(), d, []seal.Root{{Path: root}}, file)
			if err != nil {
				t.Fatal(err)
			}
			return is
		}
		if waits(files[1]) {
			t.Error("it waits, and nothing of the camera was ever taken in")
		}
		lines, _, _, err := journal.ReadLines(root+"/cam1/2026-11-28/"+journal.FileName, 0, 0)
		if err != nil || len(lines) != 2 {
			t.Fatal(lines, err)
		}
		err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO journal_cursors (camera, volume, day, next) VALUES ('cam1', '', '2026-11-28', ?)", lines[0].Next)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{false, true, true} {
			if got := waits(files[i]); got != want {
				t.Errorf("segment %d waits: %v, want %v", i, got, want)
			}
		}
		for _, file := range []string{"", "cam1/x.mp4", "cam2/2026-11-28/cam2.mp4"} {
			if waits(file) {
				t.Errorf("%q waits", file)
			}
		}
	})
}
