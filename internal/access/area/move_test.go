package area

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// TestNobodyMovesAnAreaWithCamerasAlone: an area in which cameras hang, and that other people would
// see elsewhere, stays where it lies until another person confirms it; any other is moved.
func TestNobodyMovesAnAreaWithCamerasAlone(t *testing.T) {
	clause.Covers(t, "C111", "C022")
	each(t, func(t *testing.T, e *estate) {
		e.Hung = func(_ context.Context, _ bun.IDB, areas []string) (bool, error) {
			return slices.ContainsFunc(areas, func(a string) bool { return e.cameras[a] > 0 }), nil
		}
		boss, guard := people.Add(t, e.DB, "boss", access.Administrator), people.Add(t, e.DB, "guard", access.Operator)
		vault, hall := e.add(Site, "vault", ""), e.add(Site, "hall", "")
		floor := e.add(Floor, "floor", hall.ID)
		zone := e.add(Zone, "zone", floor.ID)
		e.cameras[zone.ID] = 1
		move := func(id, to, want string) {
			t.Helper()
			got, err := e.Update(t.Context(), boss, id, Change{Parent: &to})
			if err != nil || got.Parent != want {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		move(floor.ID, vault.ID, vault.ID)
		if e.acts()[0].Detail["alone"] != nil {
			t.Errorf("nothing tells them apart: %+v", e.acts()[0])
		}
		err := e.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO people_position_areas (person, position, area) VALUES (?, ?, ?)`, guard.Person, access.Operator, vault.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		move(floor.ID, hall.ID, hall.ID)
		if e.acts()[0].Detail["alone"] != true {
			t.Errorf("nobody could confirm: %+v", e.acts()[0])
		}
		chief := people.Add(t, e.DB, "chief", access.Supervisor)
		empty := e.add(Floor, "empty", hall.ID)
		move(empty.ID, vault.ID, vault.ID)

		m := &Moves{Areas: e.Areas}
		waits := func() []Move {
			t.Helper()
			all, err := m.List(t.Context(), proposal.Proposed)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		name := "ground floor"
		if got, err := e.Update(t.Context(), boss, floor.ID, Change{Parent: &vault.ID, Name: &name}); err != nil || got.Parent != hall.ID || got.Name != name {
			t.Fatalf("%+v, %v", got, err)
		}
		one := waits()[0]
		if one.From != hall.ID || one.To != vault.ID || one.Subject != floor.ID || one.ProposedBy != boss.Person || one.Overtaken {
			t.Errorf("%+v", one)
		}
		if _, err := e.Update(t.Context(), boss, floor.ID, Change{Parent: &vault.ID}); !errors.Is(err, ErrMoves) {
			t.Errorf("two at once: %v", err)
		}
		for name, err := range map[string]error{
			"who proposed":        m.Decide(t.Context(), access.ActorOf(boss.Person, access.Leader), one.ID, true, ""),
			"a guard":             m.Decide(t.Context(), guard, one.ID, true, ""),
			"the chief withdraws": m.Withdraw(t.Context(), chief, one.ID, ""),
		} {
			if problem.Of(err).Kind != problem.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := m.Decide(t.Context(), chief, one.ID, true, "seen"); err != nil {
			t.Fatal(err)
		}
		if got := e.chain(zone.ID); !slices.Equal(got, []string{zone.ID, floor.ID, vault.ID}) {
			t.Errorf("%v", got)
		}
		if act := e.acts()[0]; act.Kind != "area.changed" || act.Person != chief.Person || act.Detail["proposedBy"] != boss.Person {
			t.Errorf("%+v", act)
		}
		move(floor.ID, "", vault.ID) // out of it as well
		if err := m.Decide(t.Context(), chief, waits()[0].ID, false, "it lies here"); err != nil {
			t.Fatal(err)
		}
		move(floor.ID, hall.ID, vault.ID)
		if err := m.Withdraw(t.Context(), boss, waits()[0].ID, ""); err != nil || len(waits()) != 0 {
			t.Errorf("%v, %+v", err, waits())
		}
		got, err := e.Get(t.Context(), floor.ID)
		if err != nil || got.Parent != vault.ID {
			t.Errorf("%+v, %v", got, err)
		}
		move(floor.ID, hall.ID, vault.ID)
		held.Altered(t, e.DB, map[string][]string{"proposals": {"kind", "step", "state"}}, proposal.Differ)
	})
}
