package federation

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// TestNobodyPlantsAnIdentity: what groups mean, and whose account an identity opens, is held
// against the acts; one that waits, and one of a version that did not tell it, accuses nobody.
func TestNobodyPlantsAnIdentity(t *testing.T) {
	clause.Covers(t, "C091", "C022")
	each(t, func(t *testing.T, h *hall) {
		if _, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		chief := people.Add(t, h.DB, "chief", access.Supervisor)
		admin := people.Add(t, h.DB, "root", access.Administrator)
		none := account.Vouched{Directory: "campus", Issuer: "https://login.example.org", Subject: "s7", Username: "chief"}
		enter := func() {
			if _, err := h.Access.Enter(t.Context(), none, from("192.0.2.1")); err == nil {
				t.Error("nobody has said whose account it is")
			}
		}
		waiting := func() string {
			t.Helper()
			all, err := h.Access.Identities(t.Context(), admin)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range all {
				if i.Subject == none.Subject {
					return i.ID
				}
			}
			t.Fatalf("%+v", all)
			return ""
		}
		found := held.Rows(t, Differ)
		clean := func(what string) {
			t.Helper()
			dbtest.Forge(t, h.DB, "SELECT 1", func(ctx context.Context, tx bun.Tx) {
				if rows := found(ctx, tx); len(rows) > 0 {
					t.Errorf("%s: %q", what, rows)
				}
			})
		}
		forged := func(statement string) {
			t.Helper()
			dbtest.Forge(t, h.DB, statement, func(ctx context.Context, tx bun.Tx) {
				if len(found(ctx, tx)) == 0 {
					t.Errorf("nothing is found after %s", statement)
				}
			})
		}
		enter()
		clean("one that waits")
		forged("UPDATE identities SET person = '" + chief.Person + "' WHERE subject = 's7'")
		if err := h.Access.LinkIdentity(t.Context(), admin, waiting(), chief.Person); err != nil {
			t.Fatal(err)
		}
		dbtest.Alter(t, h.DB, map[string][]string{"directory_mappings": {}, "identities": {"id", "directory", "username", "display_name", "first_at", "checked_at", "ticket"}}, found)
		if err := h.Access.UnlinkIdentity(t.Context(), admin, waiting()); err != nil {
			t.Fatal(err)
		}
		enter()
		clean("taken away, and there again")
		forged("UPDATE identities SET person = '" + chief.Person + "' WHERE subject = 's7'")
		forged("UPDATE identities SET person = '" + admin.Person + "' WHERE person IS NOT NULL")
	})
}
