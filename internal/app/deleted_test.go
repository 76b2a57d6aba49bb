package app_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/camera"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestAnActThatWasDeleted: whoever deletes an old act from the database, with the last ones
// left as they are, has removal frozen by the next start, and not by the one after a person
// has looked.
func TestAnActThatWasDeleted(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	name := "Main gate"
	if _, err := a.Registry.Update(t.Context(), access.CommandLine(), gate.ID, camera.Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	until(t, "the acts in the log", func() bool {
		return actsLogged(t, c, "camera.created") == 1 && actsLogged(t, c, "camera.changed") == 1
	})
	a.Close()

	type state struct {
		Blocked  string
		LastPass *string
		Frozen   []struct{ Reason, Detail string }
	}
	look := func(boss *browser) (s state) {
		boss.get("/api/v1/retention", &s)
		return s
	}
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, sql := range []string{
			"DROP TRIGGER acts_no_delete", "DROP TRIGGER act_outbox_no_delete",
			"DELETE FROM act_outbox WHERE act IN (SELECT id FROM acts WHERE kind = 'camera.created')", "DELETE FROM acts WHERE kind = 'camera.created'",
		} {
			if _, err := tx.ExecContext(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	a = begin(t, c)
	boss := signInAgain(t, a, access.Supervisor)
	until(t, "removal is frozen", func() bool { return alarmed(boss, "removal_frozen") })
	if s := look(boss); !slices.ContainsFunc(s.Frozen, func(f struct{ Reason, Detail string }) bool {
		return f.Reason == string(frozen.Behind) && f.Detail == "1"
	}) {
		t.Errorf("%+v", s)
	}
	boss.confirm("compared with the paper")
	until(t, "it goes on", func() bool { return !alarmed(boss, "removal_frozen") })
	a.Close()
	a = begin(t, c)
	boss = signInAgain(t, a, access.Supervisor)
	var after state
	until(t, "the acts are counted", func() bool { // by the first pass that did not wait for it
		after = look(boss)
		return after.LastPass != nil && after.Blocked != "removal_log_unread"
	})
	if len(after.Frozen) > 0 {
		t.Errorf("%+v", after)
	}
	a.Close()
}
