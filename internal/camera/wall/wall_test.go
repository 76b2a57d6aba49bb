package wall_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/access"
	"watchroom/internal/camera/wall"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

func acts(t *testing.T, d *db.DB) int {
	t.Helper()
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return len(acts)
}

func TestLayouts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &wall.Layouts{DB: d}
		guard, other := people.Add(t, d, "guard", access.Operator), people.Add(t, d, "other", access.Operator)
		cam := db.NewID()
		l, err := w.Create(t.Context(), guard, wall.Input{Name: " 夜班 ", Size: 4, Cells: []*string{nil, &cam}})
		if err != nil {
			t.Fatal(err)
		}
		want := wall.Layout{ID: l.ID, Person: guard.Person, Name: "夜班", Size: 4, Cells: []*string{nil, &cam, nil, nil},
			CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt}
		if diff := cmp.Diff(want, l); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		see := func(actor access.Actor) []wall.Layout {
			t.Helper()
			list, err := w.List(t.Context(), actor)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if got := see(guard); len(got) != 1 || !cmp.Equal(got[0], want) {
			t.Errorf("own: %+v", got)
		}
		if got := see(other); len(got) != 0 {
			t.Errorf("another sees %+v", got)
		}
		before := acts(t, d)
		if _, err := w.Update(t.Context(), other, l.ID, wall.Input{Name: "x", Size: 1}); !errors.Is(err, wall.ErrUnknown) {
			t.Errorf("another changes what is not shared: %v", err)
		}
		if l, err = w.Update(t.Context(), guard, l.ID, wall.Input{Name: "夜班", Size: 1, Cells: []*string{&cam}, Shared: true}); err != nil || l.Size != 1 {
			t.Fatalf("%+v, %v", l, err)
		}
		if got := see(other); len(got) != 1 || !cmp.Equal(got[0], l) {
			t.Errorf("shared: %+v", got)
		}
		if _, err := w.Update(t.Context(), other, l.ID, wall.Input{Name: "x", Size: 1}); !errors.Is(err, wall.ErrNotYours) {
			t.Errorf("another changes a shared one: %v", err)
		}
		if err := w.Delete(t.Context(), other, l.ID); !errors.Is(err, wall.ErrNotYours) {
			t.Errorf("another deletes a shared one: %v", err)
		}
		if err := w.Delete(t.Context(), guard, l.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Delete(t.Context(), guard, l.ID); !errors.Is(err, wall.ErrUnknown) {
			t.Errorf("twice: %v", err)
		}
		if n := acts(t, d) - before; n != 2 || len(see(guard)) != 0 {
			t.Errorf("%d acts, want those of the change and the end", n)
		}
	})
}

func TestLayoutRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &wall.Layouts{DB: d}
		guard, other := people.Add(t, d, "guard", access.Operator), people.Add(t, d, "other", access.Operator)
		a, bad := db.NewID(), "' OR 1=1 --"
		if _, err := w.Create(t.Context(), guard, wall.Input{Name: "Night", Size: 9}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Create(t.Context(), other, wall.Input{Name: "Night", Size: 9}); err != nil {
			t.Errorf("another person's own name: %v", err)
		}
		for _, c := range []struct {
			name  string
			actor access.Actor
			in    wall.Input
			want  error
		}{
			{"who may not watch", people.Add(t, d, "boss", access.Administrator), wall.Input{Name: "x", Size: 4}, access.ErrRightMissing},
			{"name taken", guard, wall.Input{Name: "nIGHT", Size: 4}, wall.ErrNameTaken},
			{"no name", guard, wall.Input{Size: 4}, text.ErrRequired},
			{"size", guard, wall.Input{Name: "x", Size: 5}, wall.ErrSize},
			{"too many cells", guard, wall.Input{Name: "x", Size: 1, Cells: []*string{nil, nil}}, wall.ErrCells},
			{"one twice", guard, wall.Input{Name: "x", Size: 4, Cells: []*string{&a, &a}}, wall.ErrCells},
			{"no id", guard, wall.Input{Name: "x", Size: 4, Cells: []*string{&bad}}, wall.ErrCells},
		} {
			if _, err := w.Create(t.Context(), c.actor, c.in); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		for i := range 99 {
			if _, err := w.Create(t.Context(), guard, wall.Input{Name: fmt.Sprint(i), Size: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Create(t.Context(), guard, wall.Input{Name: "the 101st", Size: 1}); !errors.Is(err, wall.ErrTooMany) {
			t.Errorf("the 101st: %v", err)
		}
		if _, err := w.List(t.Context(), access.Actor{}); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("nobody's list: %v", err)
		}
	})
}
