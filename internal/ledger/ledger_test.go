package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

func record(t *testing.T, d *db.DB, acts ...ledger.Act) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, a := range acts {
			if err := ledger.Record(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, d *db.DB, f ledger.Filter) ([]ledger.Act, string) {
	t.Helper()
	acts, next, err := ledger.List(t.Context(), d.Read(), f)
	if err != nil {
		t.Fatal(err)
	}
	return acts, next
}

func ids(acts []ledger.Act) string {
	s := ""
	for _, a := range acts {
		s += a.ID
	}
	return s
}

func TestRecordKeepsEverything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		want := ledger.Act{ID: "a", At: 1_700_000_000_000_001, Person: "p", Kind: "camera.created", Subject: "s", Camera: "c",
			Detail: map[string]any{"name": "大门 'A' \\ \x00 ?", "n": 3.0, "list": []any{"x"}, "none": nil}}
		record(t, d, want, ledger.Act{At: 1, Kind: "started"})
		got, _ := list(t, d, ledger.Filter{Kind: "camera.created"})
		if diff := cmp.Diff([]ledger.Act{want}, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		bare, _ := list(t, d, ledger.Filter{Kind: "started"})
		if len(bare) != 1 || !db.ValidID(bare[0].ID) || len(bare[0].Detail) != 0 {
			t.Errorf("bare = %+v, want an id of its own and no detail", bare)
		}
	})
}

func TestRecordFollowsItsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		undo := errors.New("undo")
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := ledger.Record(ctx, tx, ledger.Act{At: 1, Kind: "k"}); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		if acts, _ := list(t, d, ledger.Filter{}); len(acts) != 0 {
			t.Errorf("acts = %v, want none after the undo", acts)
		}
	})
}

func TestRecordRefusesWhatIsNoAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, a := range []ledger.Act{
			{Kind: "k"}, {At: 1}, {At: 1, Kind: "k", Person: "\x00"}, {At: 1, Kind: "k", Subject: "\xff"},
			{At: 1, Kind: "k", Detail: map[string]any{"f": func() {}}},
		} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return ledger.Record(ctx, tx, a) })
			if err == nil {
				t.Errorf("%+v was recorded", a)
			}
		}
	})
}

func TestActsAreAppendOnly(t *testing.T) {
	clause.Covers(t, "C094")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, ledger.Act{ID: "a", At: 1, Kind: "k", Person: "p"})
		attempts := []string{
			"UPDATE acts SET person = 'other'",
			"UPDATE acts SET at = at + 1 WHERE id = 'a'",
			"DELETE FROM acts",
			"DELETE FROM acts WHERE id = 'a'",
		}
		if d.Engine() == db.SQLite {
			attempts = append(attempts,
				"REPLACE INTO acts (id, at, person, kind, subject, camera, detail) VALUES ('a', 2, 'other', 'k', '', '', '{}')")
		} else {
			attempts = append(attempts, "TRUNCATE acts",
				"INSERT INTO acts (id, at, person, kind, subject, camera, detail) VALUES ('a', 2, '', 'k', '', '', '{}') ON CONFLICT (id) DO UPDATE SET person = 'other'")
		}
		for _, sql := range attempts {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: err = %v, want a refusal by trigger", sql, err)
			}
		}
		if acts, _ := list(t, d, ledger.Filter{}); len(acts) != 1 || acts[0].Person != "p" || acts[0].At != 1 {
			t.Errorf("acts = %+v, want the first as it was", acts)
		}
	})
}

func TestListFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d,
			ledger.Act{ID: "a", At: 10, Person: "p", Kind: "camera.created", Camera: "c"},
			ledger.Act{ID: "b", At: 20, Person: "q", Kind: "camera.retired", Camera: "c"},
			ledger.Act{ID: "c", At: 20, Person: "p", Kind: "camerax"},
			ledger.Act{ID: "d", At: 30, Person: "p", Kind: "person.created"},
		)
		for _, c := range []struct {
			name string
			f    ledger.Filter
			want string
		}{
			{"all, newest first, ties by id", ledger.Filter{}, "dcba"},
			{"kind", ledger.Filter{Kind: "camera.created"}, "a"},
			{"chapter", ledger.Filter{Kind: "camera."}, "ba"},
			{"person", ledger.Filter{Person: "p"}, "dca"},
			{"camera", ledger.Filter{Camera: "c"}, "ba"},
			{"interval", ledger.Filter{From: 20, To: 30}, "cb"},
			{"before", ledger.Filter{Before: "c"}, "ba"},
			{"before and person", ledger.Filter{Before: "d", Person: "p"}, "ca"},
			{"before nothing known", ledger.Filter{Before: "zz"}, ""},
			{"nobody", ledger.Filter{Person: "' OR 1=1 --"}, ""},
		} {
			acts, next := list(t, d, c.f)
			if got := ids(acts); got != c.want || next != "" {
				t.Errorf("%s: %q, next %q, want %q", c.name, got, next, c.want)
			}
		}
	})
}

func TestListPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var acts []ledger.Act
		for i := range 25 {
			acts = append(acts, ledger.Act{ID: fmt.Sprintf("%02d,", i), At: int64(1 + i/4), Kind: "k"})
		}
		record(t, d, acts...)
		got, pages := "", 0
		for before := ""; ; pages++ {
			page, next := list(t, d, ledger.Filter{Before: before, Limit: 10})
			got += ids(page)
			if before = next; next == "" {
				break
			}
		}
		want := ""
		for i := 24; i >= 0; i-- {
			want += fmt.Sprintf("%02d,", i)
		}
		if got != want || pages != 2 {
			t.Errorf("after %d further pages:\n%s\nwant\n%s", pages, got, want)
		}
	})
}
