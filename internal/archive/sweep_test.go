package archive_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestALongPastIsComparedInTheBackground: a row of the newest days that is missing is
// made again before anybody reads, one of long ago soon after.
func TestALongPastIsComparedInTheBackground(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		const days, day = 12, int64(24 * 3600 * 1e6)
		at := func(n int) int64 { return dayOne + int64(n)*day }
		for n := range days {
			r := closed(at(n), at(n)+60e6)
			line(t, root, at(n), r)
			if err := os.WriteFile(filepath.Join(root, r.File), []byte("footage"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		changed := make(chan struct{}, 100)
		start := func() *archive.Catalogue {
			c := &archive.Catalogue{DB: d, Root: root, Clock: clock.Clock(func() time.Time { return time.UnixMicro(at(days)) }),
				OnChange: func(string) { changed <- struct{}{} }}
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			return c
		}
		there := func(c *archive.Catalogue, n int) bool {
			found, err := c.Segments(t.Context(), "cam1", at(n), at(n)+60e6)
			if err != nil {
				t.Fatal(err)
			}
			return len(found) == 1
		}
		lose := func(n int) {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewRaw("DELETE FROM segments WHERE start_at = ?", at(n)).Exec(ctx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		c := start()
		<-changed
		if !there(c, 0) || !there(c, days-1) {
			t.Fatal("not all was taken in")
		}
		c.Close()
		sameBytes(t, d)
		lose(days - 1)
		c = start()
		if !there(c, days-1) {
			t.Error("a row of the newest day is missing")
		}
		c.Close()
		for len(changed) > 0 {
			<-changed
		}
		lose(0)
		sameBytes(t, d)
		c = start()
		<-changed
		if !there(c, 0) {
			t.Error("a row of the first day is missing")
		}
		c.Close()
		sameBytes(t, d)
	})
}

// sameBytes holds what the triggers count against the rows.
func sameBytes(t *testing.T, d *db.DB) {
	t.Helper()
	var counted, summed []string
	for into, q := range map[*[]string]string{
		&counted: "SELECT volume || ' ' || bytes FROM segment_bytes WHERE bytes <> 0 ORDER BY volume",
		&summed:  "SELECT volume || ' ' || SUM(bytes) FROM segments GROUP BY volume HAVING SUM(bytes) <> 0 ORDER BY volume",
	} {
		if err := d.Read().NewRaw(q).Scan(t.Context(), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(counted) != len(summed) {
		t.Fatalf("bytes by volume are %q, counted were %q", summed, counted)
	}
	for i := range counted {
		if counted[i] != summed[i] {
			t.Errorf("bytes by volume are %q, counted were %q", summed, counted)
		}
	}
}
