package chronicle

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/frozen"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestARestoredDatabase: of the acts that are not on record the start finds those behind the
// last that is marked. Removal is frozen with how many there are in all, and of which days;
// while another reason stands it is said once, and again when more are gone.
func TestARestoredDatabase(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDays(t, d)
		var said bytes.Buffer
		x.c.Log = slog.New(slog.NewTextHandler(&said, nil))
		x.acts(4)
		x.over("2026-11-01", 0)
		x.acts(3)
		x.unlocked()
		gone := func(acts ...string) {
			t.Helper()
			for _, act := range acts {
				x.write("DELETE FROM act_outbox WHERE act = '"+act+"'", "DELETE FROM acts WHERE id = '"+act+"'")
			}
		}
		gone("act-002", "act-003", "act-006")
		x.c.lacking = 1
		x.want(true, "records_behind 3 2026-11-01")
		x.confirm()
		x.want(true)
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return frozen.Set(ctx, tx, 1, frozen.Behind, "another") })
		if err != nil {
			t.Fatal(err)
		}
		count := func() int { return strings.Count(said.String(), "are not on record") }
		gone("act-004")
		x.want(false, "records_behind another")
		told := count()
		x.want(false, "records_behind another")
		if count() != told {
			t.Errorf("it was said again: %s", &said)
		}
		gone("act-005")
		x.want(false, "records_behind another")
		if count() == told {
			t.Error("nobody is told that more are gone")
		}
		x.confirm()
		x.want(true, "records_behind 5 2026-11-01")
	})
}
