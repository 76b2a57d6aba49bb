package strayed_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/strayed"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/testkit/vault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// site is footage of two cameras that the catalogue has taken in.
type site struct {
	t          *testing.T
	d          *db.DB
	v          *vault.Vault
	keeper     *strayed.Keeper
	gate, yard string
	files      []string // of the yard
	all        bool     // all disks answer
}

func newSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	s := &site{t: t, d: d, v: vault.Open(t), gate: people.Camera(t, d, "gate"), yard: people.Camera(t, d, "yard"), all: true}
	s.v.Record(t, s.gate, noon.UnixMicro(), 1, 10*time.Minute)
	s.files = s.v.Record(t, s.yard, noon.UnixMicro(), 5, 10*time.Minute)
	ck := clock.Clock(func() time.Time { return noon.Add(time.Hour) })
	c := &archive.Catalogue{DB: d, Root: s.v.Root, Clock: ck}
	if err := c.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s.keeper = &strayed.Keeper{DB: d, Clock: ck, Log: slog.New(slog.DiscardHandler), Catalogue: c,
		Volumes: func() ([]archive.Volume, bool) { return []archive.Volume{{Root: s.v.Root}}, s.all }}
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// move puts a file of the yard into a folder, below the root.
func (s *site) move(i int, dir, name string) string {
	s.t.Helper()
	to := filepath.Join(dir, name)
	s.must(os.MkdirAll(filepath.Join(s.v.Root, dir), 0o750))
	s.must(os.Rename(filepath.Join(s.v.Root, s.files[i]), filepath.Join(s.v.Root, to)))
	return to
}

func (s *site) look(back, left int) {
	s.t.Helper()
	found, err := s.keeper.Look(s.t.Context())
	s.must(err)
	if found != (strayed.Found{Back: back, Left: left}) {
		s.t.Errorf("%+v, want %d put back and %d left", found, back, left)
	}
}

func (s *site) there(path string) {
	s.t.Helper()
	if _, err := os.Stat(filepath.Join(s.v.Root, path)); err != nil {
		s.t.Error(err)
	}
}

func (s *site) stands(want ...string) {
	s.t.Helper()
	all, err := damage.Standing(s.t.Context(), s.d.Read())
	s.must(err)
	var got []string
	for _, d := range all {
		if d.Camera != s.yard {
			s.t.Errorf("%s is told of camera %s", d.File, d.Camera)
		}
		got = append(got, fmt.Sprint(d.Kind, " ", d.File))
	}
	want = slices.Sorted(slices.Values(want)) // the caller goes on with its own order
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Error(diff)
	}
}

// TestWhatStrayedComesBack: whole segments that the catalogue knows, from another camera's
// folder, another day and a quarantine, are put back, on record.
func TestWhatStrayedComesBack(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		day := noon.Format(time.DateOnly)
		s.look(0, 0)
		s.move(0, filepath.Join(s.gate, day), filepath.Base(s.files[0]))
		s.move(1, filepath.Join(s.yard, "2026-11-01"), filepath.Base(s.files[1]))
		s.move(2, filepath.Join(s.gate, leftover.QuarantineDir), day+"_"+filepath.Base(s.files[2]))
		s.move(3, filepath.Join("holiday", day), filepath.Base(s.files[3]))
		s.look(4, 0)
		for _, f := range s.files {
			s.there(f)
		}
		s.stands()
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.put_back"})
		if err != nil || len(acts) != 4 {
			t.Errorf("%d acts, %v", len(acts), err)
		}
		s.look(0, 0)
	})
}

// TestWhatCannotComeBackIsAFault: another's bytes, a taken place, footage that nobody knows
// and that of another disk stay where they lie, and are named until they are gone.
func TestWhatCannotComeBackIsAFault(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		dir := filepath.Join(s.gate, noon.Format(time.DateOnly))
		altered := s.move(0, dir, filepath.Base(s.files[0]))
		b, err := os.ReadFile(filepath.Join(s.v.Root, altered))
		s.must(err)
		b[len(b)/2] ^= 1
		s.must(os.WriteFile(filepath.Join(s.v.Root, altered), b, 0o600))
		whole, err := os.ReadFile(filepath.Join(s.v.Root, s.files[1]))
		s.must(err)
		double := filepath.Join(dir, filepath.Base(s.files[1]))
		s.must(os.WriteFile(filepath.Join(s.v.Root, double), whole, 0o600))
		unknown := filepath.Join(dir, s.yard+"_20261122T180000.000000Z_runz.mp4")
		s.must(os.WriteFile(filepath.Join(s.v.Root, unknown), whole, 0o600))
		torn := filepath.Join(dir, s.yard+"_20261122T190000.000000Z_runz.mp4")
		s.must(os.WriteFile(filepath.Join(s.v.Root, torn), whole[:len(whole)/2], 0o600)) // set aside at a start
		// What was set aside, while its footage is in its place, is nobody's matter.
		aside := filepath.Join(s.gate, leftover.QuarantineDir)
		s.must(os.MkdirAll(filepath.Join(s.v.Root, aside), 0o750))
		s.must(os.WriteFile(filepath.Join(s.v.Root, aside, noon.Format(time.DateOnly)+"_"+filepath.Base(s.files[2])), b, 0o600))

		want := []string{"misplaced " + altered, "missing " + s.files[0], "misplaced " + double, "misplaced " + unknown}
		for range 2 {
			s.look(0, 3)
			s.stands(want...)
		}
		for _, f := range []string{altered, double, unknown, torn} {
			s.there(f)
		}
		for _, f := range []string{double, unknown} {
			s.must(os.Remove(filepath.Join(s.v.Root, f)))
		}
		s.all = false
		s.look(0, 1)
		s.stands(want...) // they may lie on the disk that is away
		s.all = true
		s.look(0, 1)
		s.stands(want[:2]...)
		b[len(b)/2] ^= 1
		s.must(os.WriteFile(filepath.Join(s.v.Root, altered), b, 0o600))
		s.look(1, 0)
		s.stands()
		s.there(s.files[0])
	})
}

// TestRemovedAndThereAgain: what was removed with a tombstone while it lay elsewhere comes
// back to be removed, by whom it belongs to.
func TestRemovedAndThereAgain(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		b, err := os.ReadFile(filepath.Join(s.v.Root, s.files[4]))
		s.must(err)
		s.v.Bury(t, s.yard, noon.Add(time.Hour).UnixMicro(), s.files[4])
		c := s.keeper.Catalogue.(*archive.Catalogue)
		s.must(c.CatchUp(t.Context(), s.yard))
		s.must(c.Finish(t.Context(), []string{s.files[4]}, noon.UnixMicro()))
		s.must(os.WriteFile(filepath.Join(s.v.Root, s.gate, noon.Format(time.DateOnly), filepath.Base(s.files[4])), b, 0o600))
		s.look(1, 0)
		s.there(s.files[4])
		open, err := c.Unfinished(t.Context(), "", 10)
		if err != nil || len(open) != 1 || open[0].File != s.files[4] {
			t.Errorf("%+v, %v", open, err)
		}
		s.stands()
	})
}

// TestNoRecordsWaitForTheDisk: while a file is put back others write to the records; one that
// is removed meanwhile does not come back behind its removal.
func TestNoRecordsWaitForTheDisk(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		day := noon.Format(time.DateOnly)
		s.move(0, filepath.Join(s.gate, day), filepath.Base(s.files[0]))
		lay := s.move(1, filepath.Join(s.gate, day), filepath.Base(s.files[1]))
		c := s.keeper.Catalogue.(*archive.Catalogue)
		moved := 0
		s.keeper.Moving(func() {
			moved++
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			s.must(d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
				return ledger.Record(ctx, tx, ledger.Act{At: 1, Kind: "test.written"})
			}))
			own := filepath.Join(s.v.Root, s.files[1])
			if b, err := os.ReadFile(own); err == nil { // the removal looked for the file before it was moved
				s.v.Bury(t, s.yard, noon.Add(time.Hour).UnixMicro(), s.files[1])
				s.must(os.WriteFile(own, b, 0o600))
				s.must(c.CatchUp(ctx, s.yard))
				s.must(c.Finish(ctx, []string{s.files[1]}, noon.UnixMicro()))
			}
		})
		if s.look(1, 0); moved != 2 {
			t.Errorf("%d were moved", moved)
		}
		s.there(s.files[0])
		s.there(lay)
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.put_back"})
		if err != nil || len(acts) != 1 || acts[0].Detail["file"] != s.files[0] {
			t.Errorf("%+v, %v", acts, err)
		}
		s.keeper.Moving(nil)
		s.look(1, 0) // to be removed by whom it belongs to
		open, err := c.Unfinished(t.Context(), "", 10)
		if err != nil || len(open) != 1 || open[0].File != s.files[1] {
			t.Errorf("%+v, %v", open, err)
		}
	})
}
