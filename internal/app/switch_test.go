package app_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/app/records"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// each runs fn with the settings of a fresh installation on either database.
func each(t *testing.T, fn func(t *testing.T, c *config.Config)) {
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			c := settings(t, filepath.Join(t.TempDir(), "data"))
			if engine == db.PostgreSQL {
				c.Database.URL = dbtest.Options(t, engine).URL
			}
			fn(t, c)
		})
	}
}

// gaps tells cause and detail of a camera's gaps, as the catalogue's rows hold them.
func gaps(t *testing.T, d *db.DB, camera string) []string {
	t.Helper()
	var all []string
	err := d.Read().NewSelect().Table("coverage").ColumnExpr("cause || ' (' || detail || ')'").
		Where("camera = ?", camera).Where("kind = 'gap'").OrderExpr("start_at").Scan(t.Context(), &all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func last(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// TestAGapSaysWhoSwitchedOffAndWhy, also behind a restart and in a catalogue that
// was made anew from the files.
func TestAGapSaysWhoSwitchedOffAndWhy(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	each(t, func(t *testing.T, c *config.Config) {
		s := cameras(t, 2)
		a := begin(t, c)
		p, _, err := a.Access.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{
			Username: "wangfang", DisplayName: "王芳", Holdings: access.Everywhere(access.Administrator), Password: "a-long-password-9",
		})
		if err != nil {
			t.Fatal(err)
		}
		actor := access.ActorOf(p.ID, access.Administrator)
		gate, yard := add(t, a, s, 1, "Gate"), add(t, a, s, 2, "Yard")
		for _, id := range []string{gate.ID, yard.ID} {
			until(t, "pictures on disk", func() bool { return recorded(c.Data, id, 10_000) })
		}
		if _, err := a.Registry.Switch(t.Context(), actor, gate.ID, false, "施工期间停用"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Registry.Retire(t.Context(), actor, yard.ID, "拆除"); err != nil {
			t.Fatal(err)
		}
		d, err := records.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		check := func(when string) {
			t.Helper()
			for id, want := range map[string]string{gate.ID: "switched_off (王芳: 施工期间停用)", yard.ID: "switched_off (王芳: 拆除)"} {
				until(t, when+": "+want, func() bool { return last(gaps(t, d, id)) == want })
			}
		}
		check("at once")
		a.Close()
		a = begin(t, c)
		check("after a restart")
		a.Close()
		err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, table := range []string{"segments", "coverage", "journal_cursors"} {
				if _, err := tx.NewDelete().Table(table).Where("1 = 1").Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		a = begin(t, c)
		defer a.Close()
		check("after the catalogue was lost")
		if _, err := a.Registry.Switch(t.Context(), actor, gate.ID, true, "施工结束"); err != nil {
			t.Fatal(err)
		}
		until(t, "pictures after it", func() bool {
			open, err := d.Read().NewSelect().Table("coverage").Where("camera = ?", gate.ID).Where("end_at = ?", int64(math.MaxInt64)).Count(t.Context())
			return err == nil && open == 0 // the run that began has ended the gap
		})
		if got := last(gaps(t, d, gate.ID)); got != "switched_off (王芳: 施工期间停用)" {
			t.Errorf("the gap afterwards: %s", got)
		}
	})
}
