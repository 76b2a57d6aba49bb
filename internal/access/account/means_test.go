package account

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/means"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

// TestNobodyPlantsAToken: whose it is, what it may and until when, its secret, that it was
// revoked, also with the account of its person.
func TestNobodyPlantsAToken(t *testing.T) {
	clause.Covers(t, "C091")
	each(t, func(t *testing.T, h *house) {
		admin := access.ActorOf(h.person("root", access.Administrator).ID, access.Administrator)
		gone := h.person("gone", access.Operator)
		create := func(n NewToken) string {
			t.Helper()
			made, _, err := h.CreateToken(t.Context(), access.CommandLine(), n)
			if err != nil {
				t.Fatal(err)
			}
			return made.ID
		}
		see := []access.Action{access.LiveView, access.CameraRead}
		create(NewToken{Person: gone.ID, Name: "wall screen", Actions: see})
		if err := h.RevokeToken(t.Context(), admin, create(NewToken{Person: gone.ID, Name: "old screen", Actions: see})); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Hour)
		err := h.DB.SerializableTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			closed, err := h.Shut(ctx, tx, gone.ID)
			if err != nil {
				return err
			}
			return ledger.Record(ctx, tx, admin.Act(h.Clock.Micro(), "person.left", gone.ID, "", map[string]any{"tokens": closed.Tokens}))
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.ChangePerson(t.Context(), access.CommandLine(), gone.ID, PersonChange{Disabled: pointer(false)}); err != nil {
			t.Fatal(err)
		}
		create(NewToken{Person: gone.ID, Name: "back again", Actions: see})
		if _, err := h.ChangePerson(t.Context(), admin, gone.ID, PersonChange{Disabled: pointer(true)}); err != nil { // tokens stay
			t.Fatal(err)
		}
		found := held.Rows(t, means.Differ)
		for forged, want := range map[string]int{
			"UPDATE tokens SET revoked_at = NULL WHERE name = 'wall screen'": 1,
			// As versions before made them.
			`UPDATE acts SET detail = replace(detail, '"tokenMark"', '"x"'); UPDATE tokens SET secret_hash = X'00' WHERE name = 'back again'`:                                    0,
			`UPDATE acts SET detail = replace(detail, '"expiresAt"', '"expiresAt":null,"x"') WHERE kind = 'token.created'; UPDATE tokens SET expires_at = expires_at + 1`:        0,
			"UPDATE tokens SET revoked_at = revoked_at - 1 WHERE name = 'wall screen'":                                                                                           0, // of the same minute
			"UPDATE tokens SET revoked_at = revoked_at - 3600000000 WHERE name = 'wall screen'":                                                                                  1,
			"INSERT INTO tokens SELECT 'planted', X'0102', person, name, actions, created_by, created_at, expires_at, revoked_at, used_on FROM tokens WHERE name = 'back again'": 1,
			"UPDATE tokens SET person = (SELECT id FROM people WHERE username = 'root') WHERE name = 'back again'":                                                               1,
		} {
			if h.DB.Engine() == db.PostgreSQL {
				forged = strings.NewReplacer("X'00'", "'\\x00'", "X'0102'", "'\\x0102'::bytea").Replace(forged)
			}
			dbtest.Forge(t, h.DB, forged, func(ctx context.Context, tx bun.Tx) {
				if all := found(ctx, tx); len(all) != want {
					t.Errorf("%s: found %q, want %d", forged, all, want)
				}
			})
		}
		dbtest.Forge(t, h.DB, "DELETE FROM tokens WHERE name = 'wall screen'", func(ctx context.Context, tx bun.Tx) { // whose instant is of the same minute
			if all := found(ctx, tx); len(all) != 1 {
				t.Errorf("one that was deleted: %q", all)
			}
		})
		dbtest.Alter(t, h.DB, map[string][]string{"tokens": {"revoked_at", "used_on"}}, found)
	})
}
