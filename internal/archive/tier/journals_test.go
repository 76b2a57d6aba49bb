package tier_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/archive/tier"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
)

// TestOneBadJournalKeepsNoOther from being copied, nor from its lock; it is named.
func TestOneBadJournalKeepsNoOther(t *testing.T) {
	empty := t.TempDir()
	for name, open := range map[string]func() (*os.File, error){
		"cannot be opened": func() (*os.File, error) { return nil, unix.EBADMSG },
		"cannot be read":   func() (*os.File, error) { return os.Open(empty) },
	} {
		for _, lock := range []tier.LockMode{tier.Unlocked, tier.Governance} {
			t.Run(name+" "+string(lock), func(t *testing.T) {
				back := tier.OpenJournals(func(path string) (*os.File, error) {
					if strings.Contains(path, "/cam0/") {
						return open()
					}
					return durable.OpenRegular(path)
				})
				defer back()
				vault := diskTier(t, "vault", 24*time.Hour)
				vault.Lock, vault.LockFor = lock, 24*time.Hour
				h := newHouse(t, dbtest.Open(t, db.SQLite), 60, vault)
				var said bytes.Buffer
				h.mover.Log = slog.New(slog.NewTextHandler(&said, nil))
				for _, camera := range []string{"cam0", "cam2"} {
					w := journal.Writer{Root: h.root, Camera: camera}
					if err := w.Append(dayOne.UnixMicro(), journal.Record{Kind: journal.KindStart, At: dayOne.UnixMicro()}); err != nil {
						t.Fatal(err)
					}
					w.Close()
				}
				h.drain()
				var got []string
				err := vault.Store.List(t.Context(), "", func(name string, _ int64) error {
					if !strings.HasSuffix(name, segment.Ext) {
						got = append(got, name)
					}
					return nil
				})
				day := dayOne.Format(time.DateOnly)
				want := []string{filepath.Join("cam1", day, journal.FileName), filepath.Join("cam2", day, journal.FileName)}
				slices.Sort(got)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("copied %q, want %q, %v", got, want, err)
				}
				if !strings.Contains(said.String(), "the journal of cam0 of "+day) || strings.Contains(said.String(), "cam2") {
					t.Errorf("said %q", said.String())
				}
			})
		}
	}
}
