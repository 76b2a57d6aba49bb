package tier_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/locks"
	"watchroom/internal/archive/tier"
	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/s3test"
)

// locking is a tier that keeps what it is told to lock, and counts who asks.
type locking struct {
	tier.Store
	away  bool
	asked int
	mu    sync.Mutex // several are copied at once
	until map[string]time.Time
}

func (l *locking) call() error {
	l.asked++
	if l.away {
		return archive.ErrTierAway
	}
	return nil
}

func (l *locking) Put(ctx context.Context, name string, from io.Reader, size int64, lock tier.Lock) error {
	l.mu.Lock()
	l.until[name] = lock.Until
	l.mu.Unlock()
	return l.Store.Put(ctx, name, from, size, tier.Lock{})
}

func (l *locking) LockedUntil(_ context.Context, name string) (time.Time, error) {
	return l.until[name], l.call()
}

func (l *locking) Remove(ctx context.Context, name string) error {
	if err := l.call(); err != nil {
		return err
	}
	if !l.until[name].IsZero() {
		return tier.ErrLocked
	}
	return l.Store.Remove(ctx, name)
}

func (l *locking) Check(ctx context.Context) (tier.Room, error) {
	if l.away {
		return tier.Room{Total: -1, Free: -1}, archive.ErrTierAway
	}
	return l.Store.Check(ctx)
}

// lockingTier keeps footage for 90 days.
func lockingTier(t *testing.T) (*tier.Tier, *locking) {
	vault := diskTier(t, "vault", 10*time.Minute)
	vault.Lock, vault.LockFor = tier.Compliance, 90*24*time.Hour
	s := &locking{Store: vault.Store, until: map[string]time.Time{}}
	vault.Store = s
	return vault, s
}

// known gives the locks that are known, in order of the files.
func known(t *testing.T, d *db.DB) (until []int64) {
	t.Helper()
	if err := d.Read().NewSelect().Model((*locks.Lock)(nil)).Column("until_at").OrderExpr("file").Scan(t.Context(), &until); err != nil {
		t.Fatal(err)
	}
	return until
}

// write does what an earlier version would have left.
func write(t *testing.T, d *db.DB, sql string) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, sql)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLocksAreKnown: from when a file is put there on, and of what an earlier version has
// put there once it was asked about.
func TestLocksAreKnown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		vault, s := lockingTier(t)
		h := newHouse(t, d, 6, vault)
		h.drain()
		var want []int64
		for i := range 4 {
			want = append(want, dayOne.Add(time.Duration(i+1)*5*time.Minute+vault.LockFor).UnixMicro())
		}
		if got := known(t, d); !slices.Equal(got, want) || s.asked != 0 {
			t.Errorf("known: %v, want %v; asked %d times", got, want, s.asked)
		}
		write(t, d, "DELETE FROM tier_locks")
		h.mover = &tier.Mover{Places: h.mover.Places, Catalogue: h.cat, Clock: h.mover.Clock} // another process
		h.drain()
		h.drain()
		if got := known(t, d); !slices.Equal(got, want) || s.asked != 4 {
			t.Errorf("known after a look: %v, want %v; asked %d times", got, want, s.asked)
		}
	})
}

// TestAbleIsWhatNothingKeeps: what is locked or away is not able, what is asked for in vain is
// asked for once.
func TestAbleIsWhatNothingKeeps(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault, s := lockingTier(t)
	h := newHouse(t, d, 6, vault) // four go to the tier
	h.mover.Places.Clock = h.mover.Clock
	h.drain()
	all, err := h.cat.Segments(t.Context(), "cam1", 0, dayOne.Add(24*time.Hour).UnixMicro())
	if err != nil || len(all) != 6 {
		t.Fatal(len(all), err)
	}
	able := func() (files []string) {
		t.Helper()
		some, _, err := h.mover.Able(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range some {
			files = append(files, s.File)
		}
		return files
	}
	s.until[h.files[1]] = time.Time{}
	if got, want := able(), []string{h.files[1], h.files[4], h.files[5]}; !slices.Equal(got, want) || s.asked != 2 { // one goes first, so that of the others nobody need know
		t.Errorf("able: %q, want %q, asked %d times", got, want, s.asked)
	}
	s.away, s.asked = true, 0
	if got, want := able(), h.files[4:]; !slices.Equal(got, want) || s.asked != 1 {
		t.Errorf("able while it is away: %q, want %q, asked %d times", got, want, s.asked)
	}
	if disks, tiers := h.mover.Answering(); len(disks) != 1 || len(tiers) != 0 {
		t.Errorf("answering: %q, %q", disks, tiers)
	}
	if err := h.mover.Remove(t.Context(), all[1], false); !errors.Is(err, archive.ErrTierAway) || s.asked != 1 {
		t.Errorf("removed from a tier that is away: %v, asked %d times", err, s.asked)
	}
	s.away = false
	h.drain() // the mover notices
	if _, tiers := h.mover.Answering(); len(tiers) != 1 {
		t.Error("a tier that is back does not count as answering")
	}
	if err := h.mover.Remove(t.Context(), all[1], false); err != nil {
		t.Error(err)
	}
	if n := len(known(t, d)); n != 3 {
		t.Errorf("%d locks are known after one file went", n)
	}
}

// TestTheAccountIsLockedAsTheFootage: the copy of a day's journal is locked for as long as
// the latest footage that it tells of, also one that an earlier version has put there.
func TestTheAccountIsLockedAsTheFootage(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault, s := lockingTier(t)
	h := newHouse(t, d, 60, vault) // 20:00 to 01:00
	h.drain()
	journals := func() map[string]time.Time {
		out := maps.Clone(s.until)
		maps.DeleteFunc(out, func(name string, _ time.Time) bool { return !strings.HasSuffix(name, ".jsonl") })
		return out
	}
	want := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(vault.LockFor)
	got := journals()
	if len(got) != 1 {
		t.Fatalf("journals: %v", got)
	}
	for name, until := range got {
		if until.Before(want) || until.After(want.Add(10*time.Minute)) {
			t.Errorf("%s is locked until %s, want %s", name, until, want)
		}
		s.until[name] = time.Time{}
	}
	h.now.Add(2 * time.Hour)
	h.drain()
	if got := journals(); len(got) != 1 || !slices.Collect(maps.Values(got))[0].IsZero() {
		t.Errorf("copied again: %v", got)
	}
	write(t, d, "UPDATE tier_journals SET until_at = NULL")
	h.now.Add(2 * time.Hour)
	h.drain()
	for name, until := range journals() {
		if until.Before(want) {
			t.Errorf("%s of an earlier version is locked until %s", name, until)
		}
	}
}

// TestJournalsInALockedBucket: a real server keeps them.
func TestJournalsInALockedBucket(t *testing.T) {
	srv := s3test.Start(t)
	srv.Bucket("vault", true)
	vault := bucketTier(t, srv, "vault", 10*time.Minute)
	vault.Lock, vault.LockFor = tier.Governance, 90*24*time.Hour
	d := dbtest.Open(t, db.SQLite)
	h := newHouse(t, d, 60, vault)
	h.now.Set(time.Now()) // servers refuse what is over
	vault.LockFor = h.now.Now().Sub(dayOne) + 90*24*time.Hour
	h.drain()
	locker := vault.Store.(tier.Locker)
	n := 0
	err := vault.Store.List(t.Context(), "", func(name string, _ int64) error {
		until, err := locker.LockedUntil(t.Context(), name)
		if err != nil {
			return err
		}
		if n++; until.Before(time.Now().Add(80 * 24 * time.Hour)) {
			t.Errorf("%s is locked until %s", name, until)
		}
		if err := vault.Store.Remove(t.Context(), name); !errors.Is(err, tier.ErrLocked) {
			t.Errorf("%s is removed: %v", name, err)
		}
		return nil
	})
	if err != nil || n != 62 {
		t.Errorf("%d files, %v", n, err)
	}
}
