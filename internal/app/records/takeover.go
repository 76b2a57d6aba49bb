package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/access"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/tier/s3"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/ondisk"
	"watchroom/internal/recording/marker"
)

// takeover makes a disk this data folder's. from is whose it was, where it was another
// recorder's: one beside this, which has a log of its own. Where it has none the other may
// be the data folder that was lost, and all that its disks remember counts.
func takeover(cfg *config.Config, book *marker.Book, dir, name string) (from string, err error) {
	if m, err := marker.Read(dir); err == nil && m.Owner != book.Owner() && chronicle.HasLog(cfg.Data) {
		if from = leaf.Word(m.Owner); from != m.Owner || from == "" || strings.ContainsRune(from, filepath.Separator) {
			from = "unknown"
		}
	}
	return from, book.Take(dir, name)
}

// takeBuckets makes the buckets of archive tiers this data folder's that were another's.
func takeBuckets(ctx context.Context, tiers []*tier.Tier, log *slog.Logger) {
	for _, t := range tiers {
		if b, ok := t.Store.(*s3.Bucket); ok {
			if err := b.Take(ctx); err != nil {
				log.Error("a bucket cannot be taken over", "tier", t.Name, "err", err)
			}
		}
	}
}

// putAside gives the memories of another recorder on a disk that was taken over names that
// say whose they are, so that they tell nothing of this one's log and rules. What it held
// is held here as well. It is an act on record.
func putAside(ctx context.Context, d *db.DB, dir, from string, log *slog.Logger) error {
	copied := filepath.Join(dir, hold.CopyName)
	holds, err := (&hold.Holds{DB: d}).TakeOver(ctx, copied)
	if err != nil {
		return fmt.Errorf("holds of another recorder: %w", err)
	}
	detail := map[string]any{"folder": dir, "holds": holds}
	if origin, size := ondisk.Of(dir); origin != "" {
		detail["log"], detail["entries"] = origin, size
	}
	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, access.CommandLine().Act(clock.Clock(nil).Micro(), "storage.taken_over", from, "", detail))
	})
	if err != nil {
		return err
	}
	for _, name := range []string{chronicle.MemoryName, hold.CopyName} {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		to, err := free(filepath.Join(dir, chronicle.AsideName(name, from)))
		if err == nil {
			err = durable.Rename(path, to)
		}
		if err != nil {
			return fmt.Errorf("put aside what another recorder remembers: %w", err)
		}
		log.Info("what another recorder remembered on a disk that was its own is put aside", "file", path, "as", filepath.Base(to))
	}
	log.Info("holds of the other recorder are held here as well", "folder", dir, "holds", holds)
	return nil
}

// free gives a name that no file has.
func free(path string) (string, error) {
	for n := 1; ; n++ {
		name := path
		if n > 1 {
			name = fmt.Sprintf("%s-%d", path, n)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
}
