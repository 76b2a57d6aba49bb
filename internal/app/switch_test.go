package app_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/app/records"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
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
		defer func() { a.Close() }()
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
		// Somebody writes another name and another reason into row and journal.
		a.Close()
		untrue := func(when string, want ...string) {
			t.Helper()
			found, _ := findings(t, c)
			found = slices.DeleteFunc(found, func(f string) bool { return !strings.Contains(f, "_untrue") })
			if len(found) != len(want) || len(found) > 0 && !strings.Contains(found[0], want[0]) {
				t.Errorf("%s: %q, want %q", when, found, want)
			}
		}
		untrue("as it was")
		const was, other = "王芳: 施工期间停用", "李雷: 清洁镜头停用"
		reword(t, c, d, gate.ID, was, other)
		untrue("in other words", `it says that the camera was switched off "李雷: 清洁镜头停用", and no act does so in these words`)
		reword(t, c, d, gate.ID, other, was)
		untrue("put right")
		// Whoever has the database in hand writes the same into the row once more.
		err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE cameras SET enabled = FALSE, off_by = ?, off_reason = '施工期间停用', off_at = ? WHERE id = ?", p.ID, time.Now().UnixMicro(), gate.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		a = begin(t, c)
		until(t, "a gap that names nobody", func() bool { return last(gaps(t, d, gate.ID)) == "switched_off ()" })
		boss := signIn(t, a, access.Administrator)
		until(t, "an alarm", func() bool { return alarmed(boss, "camera_off_unfounded") })
		if _, err := a.Registry.Switch(t.Context(), actor, gate.ID, true, "没有人停用过"); err != nil {
			t.Fatal(err)
		}
		until(t, "the alarm is over", func() bool { return !alarmed(boss, "camera_off_unfounded") })
	})
}

// reword writes other words beside the gaps of a camera, into rows and journals; these stay of
// the same length, and their sums are right.
func reword(t *testing.T, c *config.Config, d *db.DB, camera, from, to string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.RecordingFolder(), camera, "*", journal.FileName))
	if err != nil || len(files) == 0 || len(from) != len(to) {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for line := range strings.Lines(string(b)) {
			_, object, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if changed := strings.ReplaceAll(object, from, to); changed != object {
				line = fmt.Sprintf("%08x %s\n", crc32.Checksum([]byte(changed), crc32.MakeTable(crc32.Castagnoli)), changed)
			}
			out.WriteString(line)
		}
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE coverage SET detail = ? WHERE camera = ? AND detail = ?", to, camera, from)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
