package disclosure_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// TestNobodyChangesWhoSawWhat: a viewing that stands, one that was closed, one in company and
// one under a clock that was set back before it was closed.
func TestNobodyChangesWhoSawWhat(t *testing.T) {
	clause.Covers(t, "C091", "C104")
	each(t, func(t *testing.T, r *room) {
		r.guard.Session = "desk"
		r.open(r.hall, r.gate)
		visitor := people.Add(t, r.DB, "visitor", access.Operator)
		company := []present.Person{{ID: visitor.Person}, {Name: "李警官", Unit: "派出所"}}
		closed, err := r.Open(t.Context(), r.guard, []string{r.gate}, begin, begin+second, disclosure.Inspection, "as every week", company...)
		if err == nil {
			_, err = r.Close(t.Context(), r.guard, closed.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		token := r.guard
		token.Session, token.Token = "", "reader"
		late, err := r.Open(t.Context(), token, []string{r.gate}, begin, begin+second, disclosure.Incident, "a bicycle is gone")
		r.pass(-time.Hour)
		if err == nil {
			_, err = r.Close(t.Context(), token, late.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		held.Altered(t, r.DB, map[string][]string{"viewings": nil, "viewing_cameras": nil, "viewing_present": nil}, disclosure.Differ)
	})
}

// TestViewingsOfEarlierVersions: their acts do not say how long one lasts, and their rows not
// in which session it was opened.
func TestViewingsOfEarlierVersions(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.guard.Session = "desk"
		r.open(r.gate)
		earlier := "UPDATE acts SET detail = replace(detail, '\"expires\"', '\"x\"')"
		dbtest.Forge(t, r.DB, earlier, func(ctx context.Context, tx bun.Tx) {
			if _, err := tx.ExecContext(ctx, "UPDATE viewings SET client = ''"); err != nil {
				t.Fatal(err)
			}
			if found := held.Rows(t, disclosure.Differ)(ctx, tx); len(found) > 0 {
				t.Errorf("found %q", found)
			}
			if _, err := tx.ExecContext(ctx, "UPDATE viewings SET client = 'another'"); err != nil {
				t.Fatal(err)
			}
			if found := held.Rows(t, disclosure.Differ)(ctx, tx); len(found) != 1 {
				t.Errorf("found %q", found)
			}
		})
	})
}
