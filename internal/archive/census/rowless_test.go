package census_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"watchroom/internal/archive/census"
	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestRowsThatSomebodyDeleted: footage is deleted together with its rows, so that nothing in the
// catalogue misses it. The journals bring the rows back, and then the files are missed; where
// they tell of it no more the account does.
func TestRowsThatSomebodyDeleted(t *testing.T) {
	clause.Covers(t, "C091", "C093")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		safe := t.TempDir()
		day := filepath.Dir(s.files[4]) // behind midnight
		missing := []string{"missing " + s.files[3] + " by round", "missing " + s.files[4] + " by round"}
		rows := "DELETE FROM segments WHERE file IN (?, ?)"

		s.move(s.files[3], s.v.Root, safe)
		s.move(s.files[4], s.v.Root, safe)
		s.write(rows, s.files[3], s.files[4])
		s.sure = errors.New("another disk")
		s.look("the disk is another: nothing is made again", census.Found{Files: 6})
		s.sure = nil
		s.look("the journals tell, and of no tier", census.Found{Files: 8, Missing: 2, Moved: 2}, missing...)
		s.move(s.files[3], safe, s.v.Root)
		s.move(s.files[4], safe, s.v.Root)
		s.look("the files are back", census.Found{Files: 8, Back: 2})

		s.write(rows, s.files[3], s.files[4])
		s.look("the rows alone", census.Found{Files: 8})

		// With the journal of that day and what lay there; of the day before two files lie on the tier.
		safe = t.TempDir()
		s.move(day, s.v.Root, safe)
		s.write("DELETE FROM segments WHERE file LIKE ?", day+"%")
		for range 2 {
			got, err := s.keeper.Look(t.Context())
			s.must(err)
			if want := (census.Found{Files: 5, Bare: 1}); got != want {
				t.Errorf("nothing but the account tells: %+v, want %+v", got, want)
			}
		}
		gone, err := damage.Gone(t.Context(), d.Read(), 0, evening.AddDate(1, 0, 0).UnixMicro(), s.gate)
		s.must(err)
		from, to := evening.Add(30*60e9).UnixMicro(), evening.Add(60*60e9).UnixMicro()
		if g := gone[s.gate]; len(g) != 1 || g[0].Start != from || g[0].End != to {
			t.Errorf("gone is %+v, want %d to %d", gone, from, to)
		}
		s.must(os.Rename(filepath.Join(safe, day), filepath.Join(s.v.Root, day)))
		s.look("the folder is back", census.Found{Files: 8})
	})
}

// TestEveryRowDeleted: a camera of which no row is left is looked at all the same.
func TestEveryRowDeleted(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.write("DELETE FROM segments WHERE camera = ?", s.yard)
		s.look("all of one camera", census.Found{Files: 8})
		if _, err := os.Stat(filepath.Join(s.v.Root, s.yard, evening.Format("2006-01-02"), journal.FileName)); err != nil {
			t.Error(err)
		}
	})
}
