package border

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// TestWhatTellsAreasApart: a position that is held in an area, or a rule in force that names one.
func TestWhatTellsAreasApart(t *testing.T) {
	clause.Covers(t, "C111")
	vault, hall, roof := []string{"vault", "house"}, []string{"hall", "house"}, []string{"roof", "house"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		do := func(query string, args ...any) {
			t.Helper()
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, query, args...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		read := func() Borders {
			t.Helper()
			b, err := Read(t.Context(), d.Read())
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		guard, chief := people.Add(t, d, "guard", access.Operator), people.Add(t, d, "chief")
		if b := read(); !b.None() || b.Between(vault, hall) {
			t.Errorf("nothing tells anything apart: %+v", b)
		}
		do(`INSERT INTO people_position_areas (person, position, area) VALUES (?, ?, ?)`, guard.Person, access.Operator, "vault")
		b := read()
		if b.None() || !b.Between(vault, hall) || !b.Between(nil, vault) || b.Between(hall, roof) || b.Between(hall, nil) || b.Between(vault, vault) {
			t.Errorf("%+v", b)
		}
		rule := `[{"id":"r","position":"technician","actions":["live.view"],"deny":true,"areas":["roof"]}]`
		version := `INSERT INTO rights_policies (id, rules, base, reason, asked_by, asked_at, decided_by, decided_at, decision, note, in_force_at) VALUES (?, ?, ?, 'because', ?, 1, ?, ?, ?, '', ?)`
		do(version, "v1", rule, access.BuiltIn, guard.Person, chief.Person, 2, "rejected", nil)
		if b := read(); b.Between(hall, roof) {
			t.Errorf("a rule that is not in force: %+v", b)
		}
		do(version, "v2", rule, access.BuiltIn, guard.Person, chief.Person, 3, "approved", 3)
		if b := read(); !b.Between(hall, roof) || b.Between(hall, []string{"cellar", "house"}) {
			t.Errorf("%+v", b)
		}
	})
}
