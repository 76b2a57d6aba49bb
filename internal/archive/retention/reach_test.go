package retention_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/effect"
	"watchroom/internal/archive/retention/reach"
	"watchroom/internal/archive/tier"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/vault"
)

// shelf is an archive tier that can be away, and that locks.
type shelf struct {
	tier.Store
	away   bool
	mute   bool // it tells of no lock, and has one
	until  time.Time
	asked  int      // how often anything was asked of it
	onCall func()   // is told before each
	gone   []string // what was removed
	// forbidden: the keys may not remove.
	forbidden bool
}

func (s *shelf) call() error {
	s.asked++
	if s.onCall != nil {
		s.onCall()
	}
	if s.away {
		return archive.ErrTierAway
	}
	return nil
}

func (s *shelf) LockedUntil(context.Context, string) (time.Time, error) {
	if err := s.call(); err != nil || s.mute {
		return time.Time{}, err
	}
	return s.until, nil
}

func (s *shelf) Remove(ctx context.Context, name string) error {
	if err := s.call(); err != nil {
		return err
	}
	if s.forbidden {
		return tier.ErrForbidden
	}
	if !s.until.IsZero() {
		return tier.ErrLocked
	}
	s.gone = append(s.gone, name)
	return s.Store.Remove(ctx, name)
}

func (s *shelf) Check(ctx context.Context) (tier.Room, error) {
	if s.away {
		return tier.Room{Total: -1, Free: -1}, archive.ErrTierAway
	}
	return s.Store.Check(ctx)
}

// shelved is an archive some of whose footage lies on a tier.
type shelved struct {
	*logged
	root   string // of the tier
	shelf  *shelf
	tier   *tier.Tier
	places *tier.Places
	files  []string // on the tier
}

// newShelved has n segments of an age on the tier.
func newShelved(t *testing.T, d *db.DB, age, n int) *shelved {
	t.Helper()
	r := &shelved{logged: newLogged(t, d), root: t.TempDir()}
	r.files = r.record(r.gate, age, n)
	r.open()
	r.shelf = &shelf{Store: tier.Folder(r.root)}
	r.tier = &tier.Tier{Name: "vault", Kind: "s3", Store: r.shelf}
	r.places = &tier.Places{DB: d, Clock: r.clock(), Volumes: []tier.Volume{{Root: r.v.Root}}, Tiers: []*tier.Tier{r.tier}}
	r.engine.Reach, r.engine.Files = r.places, r.places
	for _, f := range r.files {
		to := filepath.Join(r.root, f)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o750), os.Rename(filepath.Join(r.v.Root, f), to)); err != nil {
			t.Fatal(err)
		}
	}
	r.write("UPDATE segments SET volume = 'vault' WHERE file IN (?)", bun.List(r.files))
	return r
}

// back brings the tier back, as the mover notices.
func (r *shelved) back() {
	r.t.Helper()
	r.shelf.away = false
	if _, err := r.tier.Ask(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// stands compares what there is with what should be: files on the tier, rows, and removals
// that are told of and not finished.
func (r *shelved) stands(when string, files, rows, loose int) {
	r.t.Helper()
	on, isRows, isLoose := len(vault.At(r.root).Files(r.t)), int64(0), int64(0)
	err := r.d.Read().NewRaw("SELECT (SELECT COUNT(*) FROM segments WHERE state = ''), (SELECT COUNT(*) FROM tombstones WHERE finished_at IS NULL)").Scan(r.t.Context(), &isRows, &isLoose)
	if err != nil {
		r.t.Fatal(err)
	}
	if on != files || int(isRows) != rows || int(isLoose) != loose {
		r.t.Errorf("%s: %d files on the tier, %d rows, %d removals half done; want %d, %d, %d", when, on, isRows, isLoose, files, rows, loose)
	}
}

// old makes the engine as it was before it asked what can be removed: it tells of a removal
// first.
func (r *shelved) old(pass func()) {
	r.t.Helper()
	r.engine.Reach = nil
	pass()
	r.engine.Reach = r.places
}

// TestWhatIsAwayIsNotRemovedOnPaper: nothing is told of footage whose place does not answer,
// and a hold that is placed meanwhile saves it.
func TestWhatIsAwayIsNotRemovedOnPaper(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newShelved(t, d, 200, 6)
		r.set("", maximum(100))
		r.shelf.away = true
		for range 3 {
			if rep := r.pass(); rep.Removed != 0 || rep.Waits.Away != 6 || rep.Waits.Locked != 0 {
				t.Errorf("while the tier is away: %+v", rep)
			}
		}
		if r.shelf.asked > 1 {
			t.Errorf("a tier that is away was asked %d times", r.shelf.asked)
		}
		r.stands("away", 6, 6, 0)
		p, err := r.holds.Look(t.Context(), r.lead, []string{r.gate}, present-201*day, present-199*day)
		if err != nil || p.Segments != 6 || len(p.Empty) != 0 || p.Unfinished != 0 {
			t.Errorf("a hold would keep %+v, %v", p, err)
		}
		h := r.hold(r.gate, present-200*day, present-200*day+1200*second) // the first two
		r.back()
		if rep := r.pass(); rep.Removed != 4 || rep.Waits != (reach.Waits{}) {
			t.Errorf("when it is back: %+v", rep)
		}
		r.stands("back", 2, 2, 0)
		if cost, err := r.holds.CostOf(t.Context(), &h); err != nil || cost.Segments != 2 {
			t.Errorf("the hold keeps %+v, %v", cost, err)
		}
		var at string
		if err := d.Read().NewRaw("SELECT MIN(place) FROM tombstones").Scan(t.Context(), &at); err != nil || at != "vault" {
			t.Errorf("it lay at %q, %v", at, err)
		}
	})
}

// TestWhatIsLockedIsNotRemovedOnPaper: each file is asked about once, the effect of a rule
// and the report say until when, and then it goes.
func TestWhatIsLockedIsNotRemovedOnPaper(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newShelved(t, d, 200, 120) // more than a batch
		r.shelf.until = time.UnixMicro(present + 10*day)
		r.set("", maximum(100))
		if rep := r.pass(); rep.Removed != 0 || rep.Waits.Locked != 120 || rep.Waits.Until != present+10*day || rep.Waits.Away != 0 || r.shelf.asked != 120 {
			t.Errorf("asked %d times, %+v", r.shelf.asked, rep)
		}
		if r.pass(); r.shelf.asked != 120 {
			t.Errorf("asked again: %d times", r.shelf.asked)
		}
		r.stands("locked", 120, 120, 0)
		e, err := effect.Of(t.Context(), r.rules, r.pictures, r.chief, retention.Wish{Class: retention.Main, Rule: maximum(300)}, []string{r.gate})
		if err != nil || e != (effect.Effect{}) {
			t.Errorf("a longer maximum: %+v, %v", e, err)
		}
		r.set("", maximum(300))
		e, err = effect.Of(t.Context(), r.rules, r.pictures, r.chief, retention.Wish{Class: retention.Main, Rule: maximum(100)}, []string{r.gate})
		if err != nil || e.Removed.Segments != 0 || e.Locked.Segments != 120 || e.Locked.Bytes == 0 || e.LockedUntil != present+10*day {
			t.Errorf("the effect of a shorter one: %+v, %v", e, err)
		}
		r.set("", maximum(100))
		r.shelf.until = time.Time{}
		r.now.Add(10*day + 3600*second)
		if rep := r.pass(); rep.Removed != 120 || rep.Waits != (reach.Waits{}) {
			t.Errorf("when the locks are over: %+v", rep)
		}
		r.stands("over", 0, 0, 0)
		if n, err := d.Read().NewSelect().Table("tier_locks").Count(t.Context()); err != nil || n != 0 {
			t.Errorf("%d locks are left, %v", n, err)
		}
	})
}

// TestDisksDoNotWaitForTiers: what frees a disk of this machine goes before any tier is
// asked for anything.
func TestDisksDoNotWaitForTiers(t *testing.T) {
	r := newShelved(t, dbtest.Open(t, db.SQLite), 200, 3)
	near := r.record(r.yard, 150, 3)
	r.taken(r.yard)
	r.pass()
	r.confirm() // of footage of which there was no trace
	r.set("", maximum(180))
	r.low = func() bool { return len(r.v.Files(t)) > 0 }
	before := -1
	r.shelf.onCall = func() {
		if before < 0 {
			before = len(r.v.Files(t))
		}
	}
	r.shelf.away = true
	if rep := r.pass(); rep.Removed != len(near) || rep.Low {
		t.Errorf("%+v", rep)
	}
	if before != 0 || r.shelf.asked != 1 {
		t.Errorf("%d files were still on the full disk when the tier was asked, %d times in all", before, r.shelf.asked)
	}
	r.stands("away", 3, 3, 0)
}

// TestRemovalsThatWereToldTooSoon: earlier versions told of removals that could not be
// carried out. A place is asked once a pass, errors are few words, a hold that comes keeps
// the files and says so, and the rest goes in the end.
func TestRemovalsThatWereToldTooSoon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newShelved(t, d, 200, 120)
		r.set("", maximum(100))
		r.shelf.away = true
		r.old(func() {
			for range 2 {
				r.settle()
				r.engine.Pass(t.Context())
			}
		})
		r.stands("told too soon", 120, 0, 120)
		r.write("UPDATE tombstones SET place = NULL") // nor did they say where it lay
		for _, ask := range []bool{true, false} {
			if ask { // the tier has answered in between
				r.shelf.away = false
				_, _ = r.tier.Ask(t.Context())
				r.shelf.away = true
			}
			r.shelf.asked = 0
			rep := r.engine.Pass(t.Context())
			if rep.Waits.Away != 120 || rep.Err != nil || r.shelf.asked > 1 {
				t.Errorf("asked %d times, %d wait, %v", r.shelf.asked, rep.Waits.Away, rep.Err)
			}
		}
		p, err := r.holds.Look(t.Context(), r.lead, []string{r.gate}, present-200*day, present-200*day+1200*second)
		if err != nil || p.Unfinished != 2 || p.Segments != 0 || len(p.Empty) != 0 {
			t.Errorf("a hold would keep %+v, %v", p, err)
		}
		h := r.hold(r.gate, present-200*day, present-200*day+1200*second)
		r.back()
		r.pass()
		r.stands("back", 2, 0, 2)
		if cost, err := r.holds.CostOf(t.Context(), &h); err != nil || cost.Unfinished != 2 {
			t.Errorf("the hold keeps %+v, %v", cost, err)
		}
	})
}

// TestLocksOfRemovalsThatWereTold: a file that is locked although its removal is told of is
// asked about once, and goes when the lock is over.
func TestLocksOfRemovalsThatWereTold(t *testing.T) {
	r := newShelved(t, dbtest.Open(t, db.SQLite), 200, 120)
	r.set("", maximum(100))
	r.shelf.until = time.UnixMicro(present + 10*day)
	r.old(func() {
		for range 2 {
			r.settle()
			if rep := r.engine.Pass(t.Context()); rep.Err != nil && len(rep.Err.Error()) > 2000 {
				t.Errorf("an error of %d bytes", len(rep.Err.Error()))
			}
		}
	})
	r.stands("told too soon", 120, 0, 120)
	r.pass()
	r.shelf.asked = 0
	if rep := r.pass(); r.shelf.asked != 0 || rep.Waits.Locked != 120 || rep.Waits.Until != present+10*day {
		t.Errorf("asked %d times, %+v", r.shelf.asked, rep.Waits)
	}
	r.shelf.until = time.Time{}
	r.now.Add(10*day + 3600*second)
	r.pass()
	r.stands("over", 0, 0, 0)
}

// TestATierThatTellsOfNoLocks: where the keys may not read locks, a refusal bars the tier,
// so that no more is told of that stays.
func TestATierThatTellsOfNoLocks(t *testing.T) {
	r := newShelved(t, dbtest.Open(t, db.SQLite), 200, 250)
	r.set("", maximum(100))
	r.shelf.until, r.shelf.mute = time.UnixMicro(present+10*day), true
	r.settle()
	r.engine.Pass(t.Context())
	r.stands("refused", 250, 249, 1)
	for range 3 {
		r.settle()
		r.engine.Pass(t.Context())
	}
	r.stands("barred", 250, 249, 1)
	r.hold(r.gate, present-200*day, present-200*day+600*second) // what was told of
	r.now.Add(2 * 3600 * second)
	r.settle()
	r.engine.Pass(t.Context())
	r.stands("tried with one", 250, 248, 2)
	r.shelf.until = time.Time{}
	r.now.Add(2 * 3600 * second)
	r.pass()
	r.stands("unlocked", 1, 0, 1)
}

// second puts another tier behind the first, with some of the footage that is on that.
func (r *shelved) second(files ...string) (*shelf, string) {
	r.t.Helper()
	root := r.t.TempDir()
	s := &shelf{Store: tier.Folder(root)}
	r.places.Tiers = append(r.places.Tiers, &tier.Tier{Name: "attic", Kind: "s3", Store: s})
	for _, f := range files {
		to := filepath.Join(root, f)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o750), os.Rename(filepath.Join(r.root, f), to)); err != nil {
			r.t.Fatal(err)
		}
	}
	if len(files) > 0 {
		r.write("UPDATE segments SET volume = 'attic' WHERE file IN (?)", bun.List(files))
	}
	return s, root
}

// TestNoTierWaitsForAnother: footage of the same camera that lies on a tier that removes goes in
// the same pass in which another refuses.
func TestNoTierWaitsForAnother(t *testing.T) {
	clause.Covers(t, "C091")
	for name, forbidden := range map[string]bool{"locked": false, "forbidden": true} {
		t.Run(name, func(t *testing.T) {
			r := newShelved(t, dbtest.Open(t, db.SQLite), 200, 6)
			attic, _ := r.second(r.files[3:]...)
			r.set("", maximum(100))
			r.shelf.until, r.shelf.mute, r.shelf.forbidden = time.UnixMicro(present+10*day), true, forbidden
			r.settle()
			rep := r.engine.Pass(t.Context())
			if rep.Removed != 3 || len(attic.gone) != 3 {
				t.Errorf("%d went in the first pass, %d from the second tier; %v", rep.Removed, len(attic.gone), rep.Err)
			}
			r.stands("refused", 3, 2, 1)
		})
	}
}

// TestAnOrderAsksEachTierOnce: what an order could not remove asks the tier that refuses once a
// pass, however much it is, and none again that has no copy.
func TestAnOrderAsksEachTierOnce(t *testing.T) {
	clause.Covers(t, "C091")
	r := newShelved(t, dbtest.Open(t, db.SQLite), 20, 120)
	attic, _ := r.second()
	o := r.order(r.gate, present-21*day, present-18*day)
	r.settle()
	r.shelf.forbidden = true
	r.old(func() { // it was told of all of them, as by an earlier version
		for range 2 {
			r.settle()
			r.engine.Pass(t.Context())
		}
	})
	r.stands("told too soon", 120, 0, 120)
	r.write("UPDATE tombstones SET place = ''") // it lay on a disk, and rows tell of no copy
	pass := func() {                            // which says that it may not
		r.settle()
		r.engine.Pass(t.Context())
	}
	pass()
	for range 3 {
		r.shelf.asked, attic.asked = 0, 0
		if pass(); r.shelf.asked > 1 || attic.asked > 0 {
			t.Errorf("order %s: the tier that refuses was asked %d times, the one without a copy %d times", o.ID, r.shelf.asked, attic.asked)
		}
	}
	r.shelf.forbidden = false
	r.now.Add(2 * 3600 * second)
	r.pass()
	r.stands("allowed", 0, 0, 0)
}
