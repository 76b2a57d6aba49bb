package retention_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/tier"
	"watchroom/internal/db"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

var errKeys = errors.New("403 InvalidAccessKeyId")

// deaf is a tier that answers and refuses everything: its keys were withdrawn.
type deaf struct{ *shelf }

func (deaf) LockedUntil(context.Context, string) (time.Time, error) { return time.Time{}, errKeys }
func (deaf) Remove(context.Context, string) error                   { return errKeys }
func (deaf) Stat(context.Context, string) (int64, error)            { return 0, errKeys }

// near brings what lies on the tier back to the disk of this machine, but for a row of a
// move that was under way of the first n.
func (r *shelved) near(n int) {
	r.t.Helper()
	for i, f := range r.files {
		if err := os.Rename(filepath.Join(r.root, f), filepath.Join(r.v.Root, f)); err != nil {
			r.t.Fatal(err)
		}
		if i < n {
			r.write("INSERT INTO tier_moves (file, source, target, at) VALUES (?, '', 'vault', 1)", f)
		}
	}
	r.write("UPDATE segments SET volume = ''")
}

// TestWithdrawnKeysKeepNothingElse: segments that were being moved when the keys of their
// tier were withdrawn stay and are told of; all others of the camera go, for room and for
// their age.
func TestWithdrawnKeysKeepNothingElse(t *testing.T) {
	clause.Covers(t, "C090")
	for _, why := range []string{"room", "age"} {
		t.Run(why, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newShelved(t, d, 200, 130)
				r.near(110) // more than a batch
				r.tier.Store = deaf{r.shelf}
				if why == "room" {
					r.low = func() bool { return len(r.v.Files(t)) > 0 }
				} else {
					r.set("", maximum(100))
				}
				r.settle()
				rep := r.engine.Pass(t.Context())
				if rep.Removed != 20 || !errors.Is(rep.Err, errKeys) || rep.Blocked != nil {
					t.Errorf("removed %d, %v, blocked: %v", rep.Removed, rep.Err, rep.Blocked)
				}
				if rep.Err != nil && len(rep.Err.Error()) > 10_000 {
					t.Errorf("an error of %d bytes", len(rep.Err.Error()))
				}
				r.has(r.files[:110])
				r.write("DELETE FROM tier_moves")
				r.pass()
				r.has()
			})
		})
	}
}

// TestATierThatWasGivenUp: a segment that was being moved to a tier which is no longer
// configured goes from everywhere else. What is told of it is not finished before the tier
// is asked, and keeps nothing else.
func TestATierThatWasGivenUp(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newShelved(t, d, 200, 8)
		r.near(3)
		r.set("", maximum(100))
		r.places.Tiers = nil
		for range 2 {
			r.settle()
			r.engine.Pass(t.Context())
		}
		if left := r.v.Files(t); len(left) != 0 {
			t.Errorf("on the disk: %q", left)
		}
		r.stands("given up", 0, 0, 3)
		if rep := r.pass(); rep.Waits.Away != 3 {
			t.Errorf("%+v", rep)
		}
		r.places.Tiers = []*tier.Tier{r.tier} // it is there again
		r.pass()
		r.stands("asked", 0, 0, 0)
		if len(r.shelf.gone) != 3 {
			t.Errorf("removed there: %q", r.shelf.gone)
		}
	})
}

// TestATierThatRefusesKeepsNoOther: more than a batch of a camera lies on a tier that lets
// nothing go, and what is younger on another. That goes, and of the first no more is told
// than of the one that was tried.
func TestATierThatRefusesKeepsNoOther(t *testing.T) {
	clause.Covers(t, "C090")
	for name, loose := range map[string]int{"locked": 1, "forbidden": 1, "withdrawn keys": 0} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newShelved(t, d, 200, 130)
				root := t.TempDir()
				far := &shelf{Store: tier.Folder(root)}
				r.places.Tiers = append(r.places.Tiers, &tier.Tier{Name: "far", Kind: "s3", Store: far})
				for _, f := range r.files[125:] {
					to := filepath.Join(root, f)
					if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o750), os.Rename(filepath.Join(r.root, f), to)); err != nil {
						t.Fatal(err)
					}
					r.write("UPDATE segments SET volume = 'far' WHERE file = ?", f)
				}
				switch name {
				case "locked":
					r.shelf.until, r.shelf.mute = time.UnixMicro(present+10*day), true
				case "forbidden":
					r.tier.Store = worm{r.shelf}
				default:
					r.tier.Store = deaf{r.shelf}
				}
				r.set("", maximum(100))
				for range 3 {
					r.settle()
					r.engine.Pass(t.Context())
				}
				r.stands("refused", 125, 125-loose, loose)
				if len(far.gone) != 5 {
					t.Errorf("removed from the other tier: %q", far.gone)
				}
			})
		})
	}
}

// worm is a tier whose keys may not remove.
type worm struct{ *shelf }

func (worm) Remove(context.Context, string) error { return tier.ErrForbidden }

// TestPicturesBetweenFootageThatWaits: of what waits the pictures stay, old and young; those
// of the time between, whose footage is gone, go.
func TestPicturesBetweenFootageThatWaits(t *testing.T) {
	clause.Covers(t, "C090")
	for _, locked := range []bool{false, true} {
		t.Run(map[bool]string{false: "away", true: "locked"}[locked], func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newShelved(t, d, 200, 2)
				r.record(r.gate, 110, 2)
				r.taken(r.gate)
				r.write("UPDATE segments SET volume = 'vault'")
				if r.shelf.away = !locked; locked {
					r.shelf.until = time.UnixMicro(present + 10*day)
				}
				guard, pictures := access.ActorOf(r.lead.Person, access.Operator), map[int64]string{}
				for _, age := range []int64{200, 150, 110} {
					one, err := r.pictures.Take(t.Context(), guard, snapshot.New{Camera: r.gate, At: present - age*day + 900*second}, []byte("picture"))
					if err != nil {
						t.Fatal(err)
					}
					pictures[age] = one.ID
				}
				r.set("", maximum(100))
				for range 2 {
					if rep := r.pass(); rep.Waits.Away+rep.Waits.Locked != 4 {
						t.Errorf("%+v", rep)
					}
				}
				for age, id := range pictures {
					if one, err := r.pictures.Get(t.Context(), id); err != nil || (one.RemovedAt != 0) != (age == 150) {
						t.Errorf("the picture of %d days ago: removed at %d, %v", age, one.RemovedAt, err)
					}
				}
			})
		})
	}
}

// TestAnOrderLeavesNoCopy: a copy on a tier that no row tells of, as after an older database
// was put in place, goes with an order. While that tier does not answer the order is not
// carried out; the copy that is known is gone.
func TestAnOrderLeavesNoCopy(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newShelved(t, d, 200, 4)
		root := t.TempDir()
		far := &shelf{Store: tier.Folder(root), away: true}
		r.places.Tiers = append(r.places.Tiers, &tier.Tier{Name: "far", Kind: "s3", Store: far})
		for _, f := range r.files {
			data, err := os.ReadFile(filepath.Join(r.root, f))
			to := filepath.Join(root, f)
			if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o750), os.WriteFile(to, data, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		o := r.order(r.gate, present-200*day, present-200*day+2400*second)
		state := func() order.State {
			one, err := r.orders.Get(t.Context(), o.ID)
			if err != nil {
				t.Fatal(err)
			}
			return one.State
		}
		for range 3 {
			r.settle()
			r.engine.Pass(t.Context())
		}
		r.stands("away", 0, 0, 4)
		if state() != order.Approved {
			t.Errorf("with a copy left the order is %q", state())
		}
		far.away = false
		if _, err := r.places.Tiers[1].Ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.pass()
		r.stands("back", 0, 0, 0)
		if state() != order.Executed || len(far.gone) != 4 {
			t.Errorf("the order is %q, removed there: %q", state(), far.gone)
		}
	})
}
