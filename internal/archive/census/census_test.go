package census_test

import (
	"context"
	"errors"
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
	"watchroom/internal/archive/census"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/testkit/vault"
)

var evening = time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)

// site is footage of two cameras that the catalogue has taken in: of the gate over midnight,
// with two files on a tier.
type site struct {
	t          *testing.T
	d          *db.DB
	v          *vault.Vault
	c          *archive.Catalogue
	shelf      *shelf
	keeper     *census.Keeper
	gate, yard string
	files      []string // of the gate; the first two lie on the tier
	away       bool     // the recording disk
	sure       error    // what the disk's marker says
}

// shelf is a tier that something may happen on while it is looked at.
type shelf struct {
	tier.Store
	root   string
	onList func()
	away   bool
}

func (s *shelf) List(ctx context.Context, under string, each func(string, int64) error) error {
	if s.onList != nil {
		s.onList()
	}
	return s.Store.List(ctx, under, each)
}

func (s *shelf) Check(ctx context.Context) (tier.Room, error) {
	if s.away {
		return tier.Room{}, archive.ErrTierAway
	}
	return s.Store.Check(ctx)
}

func newSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	s := &site{t: t, d: d, v: vault.Open(t), gate: people.Camera(t, d, "gate"), yard: people.Camera(t, d, "yard"), shelf: &shelf{root: t.TempDir()}}
	s.shelf.Store = tier.Folder(s.shelf.root)
	s.files = s.v.Record(t, s.gate, evening.UnixMicro(), 6, 10*time.Minute)
	s.v.Record(t, s.yard, evening.UnixMicro(), 2, 10*time.Minute)
	ck := clock.Clock(func() time.Time { return evening.Add(2 * time.Hour) })
	s.c = &archive.Catalogue{DB: d, Root: s.v.Root, Clock: ck}
	s.must(s.c.Start(context.WithoutCancel(t.Context())))
	t.Cleanup(s.c.Close)
	for _, camera := range []string{s.gate, s.yard} {
		s.must(s.c.CatchUp(t.Context(), camera))
	}
	for _, f := range s.files[:2] {
		s.move(f, s.v.Root, s.shelf.root)
	}
	s.write("UPDATE segments SET volume = 'vault' WHERE file IN (?)", bun.List(s.files[:2]))
	s.keeper = &census.Keeper{DB: d, Clock: ck, Log: slog.New(slog.DiscardHandler), Catalogue: s.c, Hurry: true,
		Sure: func(string) error { return s.sure },
		Places: &tier.Places{DB: d, Clock: ck, Volumes: []tier.Volume{{Root: s.v.Root, Away: func() bool { return s.away }}},
			Tiers: []*tier.Tier{{Name: "vault", Kind: "disk", Store: s.shelf}}}}
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) write(sql string, args ...any) {
	s.t.Helper()
	s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(sql, args...).Exec(ctx)
		return err
	}))
}

func (s *site) move(file, from, to string) {
	s.t.Helper()
	s.must(os.MkdirAll(filepath.Dir(filepath.Join(to, file)), 0o750))
	s.must(os.Rename(filepath.Join(from, file), filepath.Join(to, file)))
}

// look takes a round and says what stands as damaged behind it.
func (s *site) look(what string, found census.Found, want ...string) {
	s.t.Helper()
	got, err := s.keeper.Look(s.t.Context())
	s.must(err)
	if got != found {
		s.t.Errorf("%s: %+v, want %+v", what, got, found)
	}
	all, err := damage.Standing(s.t.Context(), s.d.Read())
	s.must(err)
	var stands []string
	for _, d := range all {
		stands = append(stands, fmt.Sprintf("%s %s by %s", d.Kind, d.File, d.FoundBy))
	}
	slices.Sort(stands)
	slices.Sort(want)
	if diff := cmp.Diff(want, stands); diff != "" {
		s.t.Errorf("%s: %s", what, diff)
	}
}

// TestWhatSomebodyDeletedIsTold: a file that is gone, and one that is shorter, on a recording
// disk and on a tier, are damaged footage on record after one round, and no more when they
// are what was recorded again.
func TestWhatSomebodyDeletedIsTold(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.look("all is there", census.Found{Files: 8})
		safe := t.TempDir()
		s.move(s.files[0], s.shelf.root, safe) // on the tier
		s.move(s.files[4], s.v.Root, safe)     // behind midnight
		short := filepath.Join(s.v.Root, s.files[2])
		whole, err := os.ReadFile(short)
		s.must(err)
		s.must(os.Truncate(short, int64(len(whole)-10)))
		want := []string{"missing " + s.files[0] + " by round", "altered " + s.files[2] + " by round", "missing " + s.files[4] + " by round"}
		for range 2 {
			s.look("damaged", census.Found{Files: 8, Missing: 2, Altered: 1}, slices.Clone(want)...)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.damaged"})
		if err != nil || len(acts) != 3 {
			t.Errorf("%d acts, %v", len(acts), err)
		}
		s.move(s.files[0], safe, s.shelf.root)
		s.move(s.files[4], safe, s.v.Root)
		other := slices.Clone(whole)
		other[len(other)/2] ^= 1
		s.must(os.WriteFile(short, other, 0o600))
		s.look("two are back, one is another", census.Found{Files: 8, Back: 2}, want[1])
		s.must(os.WriteFile(short, whole, 0o600))
		s.look("all is right", census.Found{Files: 8, Back: 1})
		s.look("and stays so", census.Found{Files: 8})
	})
}

// TestWhatIsNoLoss: what is removed, moved, or on a disk or tier that is away or another is
// not told of as missing.
func TestWhatIsNoLoss(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		safe := t.TempDir()
		s.write("UPDATE segments SET state = 'deleting' WHERE file = ?", s.files[5])
		s.move(s.files[5], s.v.Root, safe)
		s.look("its removal was decided", census.Found{Files: 7})
		s.v.Bury(t, s.gate, evening.Add(time.Hour).UnixMicro(), s.files[4])
		s.look("its removal was told to the journal alone", census.Found{Files: 7})
		s.look("and is in the rows", census.Found{Files: 6})

		s.shelf.onList = func() { // it is moved while the round goes by
			s.shelf.onList = nil
			s.move(s.files[0], s.shelf.root, s.v.Root)
			s.write("UPDATE segments SET volume = '' WHERE file = ?", s.files[0])
		}
		s.look("it was moved", census.Found{Files: 6})

		s.move(s.files[1], s.shelf.root, safe)
		s.move(s.files[2], s.v.Root, safe)
		s.shelf.away, s.sure = true, errors.New("another disk")
		s.look("both are not what they should be", census.Found{Files: 6})
		s.away = true
		s.look("the tier was found away, and so is the disk", census.Found{Passed: 6})
		s.shelf.away, s.sure, s.away = false, nil, false
		_, err := s.keeper.Places.Tiers[0].Ask(t.Context())
		s.must(err)
		s.look("they are back, without two files", census.Found{Files: 6, Missing: 2}, "missing "+s.files[1]+" by round", "missing "+s.files[2]+" by round")
	})
}

// TestAPlaceThatDoesNotAnswer holds nobody up, says nothing of its files, and is looked at
// when it answers.
func TestAPlaceThatDoesNotAnswer(t *testing.T) {
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.keeper.Patience = 50 * time.Millisecond
	answer := make(chan struct{})
	s.shelf.onList = func() { <-answer }
	for range 2 {
		found, err := s.keeper.Look(t.Context())
		s.must(err)
		if found.Passed < 2 || found.Missing > 0 {
			t.Errorf("%+v", found)
		}
	}
	close(answer)
	await.Until(t, "it is looked at again", func() bool {
		found, err := s.keeper.Look(t.Context())
		s.must(err)
		return found.Passed == 0 && found.Files == 8
	})
}

// TestWhatWasOnlySaidToBeMoved: rows say that segments lie where they do not, and they lie
// whole where they were. Rows and journals say so afterwards, and nothing is missing.
func TestWhatWasOnlySaidToBeMoved(t *testing.T) {
	clause.Covers(t, "C093")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.write("UPDATE segments SET volume = 'vault' WHERE file = ?", s.files[2])
		s.write("UPDATE segments SET volume = 'nowhere' WHERE file = ?", s.files[3])
		s.look("both were found", census.Found{Files: 7, Moved: 2})
		s.look("and lie there by their rows", census.Found{Files: 8})
		s.c.Notify(s.gate)
		s.must(s.c.CatchUp(t.Context(), s.gate))
		s.look("and by the journals", census.Found{Files: 8})
		told := 0
		for _, day := range []string{"2026-11-22", "2026-11-23"} {
			all, _, _, err := journal.Read(filepath.Join(s.v.Root, s.gate, day, journal.FileName), 0, 0)
			s.must(err)
			for _, r := range all {
				if r.Kind == journal.KindMove && r.To != nil && *r.To == "" {
					told++
				}
			}
		}
		if told != 2 {
			t.Errorf("%d lines tell of it", told)
		}
	})
}

// TestWhatAStartMissed: what a line of a journal called lost is there, and is right.
func TestWhatAStartMissed(t *testing.T) {
	clause.Covers(t, "C093")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.must(d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return damage.Note(ctx, tx, 1, damage.Damage{File: s.files[2], Camera: s.gate, StartAt: 1, EndAt: 1, Kind: damage.Missing, FoundBy: damage.Start})
		}))
		s.look("it is right", census.Found{Files: 8, Back: 1})
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.mended"})
		if err != nil || len(acts) != 1 {
			t.Errorf("%d acts, %v", len(acts), err)
		}
	})
}
