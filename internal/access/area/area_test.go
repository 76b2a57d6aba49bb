package area

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/text"
)

var admin = access.ActorOf("boss", access.Administrator)

// estate is a fresh tree with as many cameras in an area as the test says.
type estate struct {
	*Areas
	t       *testing.T
	cameras map[string]int
	sub     *event.Subscription
}

func each(t *testing.T, fn func(t *testing.T, e *estate)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		e := &estate{t: t, cameras: map[string]int{}}
		e.Areas = &Areas{DB: d, Bus: &event.Bus{},
			Clock: func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				now = now.Add(time.Microsecond)
				return now
			},
			Cameras: func(_ context.Context, _ bun.IDB, area string) (int, error) { return e.cameras[area], nil },
			Unit:    func(_ context.Context, _ bun.IDB, unit string) (bool, error) { return unit == "office", nil },
		}
		e.sub = e.Bus.Subscribe(100)
		defer e.sub.Close()
		fn(t, e)
		held.Honest(t, d, Differ)
	})
}

func (e *estate) add(kind Kind, name, parent string) Area {
	e.t.Helper()
	a, err := e.Create(e.t.Context(), admin, New{Kind: kind, Name: name, Parent: parent})
	if err != nil {
		e.t.Fatal(err)
	}
	return a
}

func (e *estate) acts() []ledger.Act {
	e.t.Helper()
	acts, _, err := ledger.List(e.t.Context(), e.DB.Read(), ledger.Filter{})
	if err != nil {
		e.t.Fatal(err)
	}
	return acts
}

func (e *estate) chain(id string) []string {
	e.t.Helper()
	tree, err := e.Tree(e.t.Context())
	if err != nil {
		e.t.Fatal(err)
	}
	return tree.Chain(id)
}

func p[T any](v T) *T { return &v }

func TestTheTreeFollowsTheActs(t *testing.T) {
	clause.Covers(t, "C014")
	each(t, func(t *testing.T, e *estate) {
		site := e.add(Site, "北校区", "")
		building := e.add(Building, "一号楼", site.ID)
		floor := e.add(Floor, "2F", building.ID)
		zone, err := e.Create(t.Context(), admin, New{Kind: Zone, Name: " 机房 ", Parent: floor.ID, Importance: Vital, Unit: "office", Note: "a\r\nb"})
		if err != nil {
			t.Fatal(err)
		}
		if want := (Area{ID: zone.ID, Parent: floor.ID, Kind: Zone, Name: "机房", Importance: Vital, Unit: "office", Note: "a\nb", CreatedAt: zone.CreatedAt}); zone != want {
			t.Errorf("got %+v, want %+v", zone, want)
		}
		if got := e.chain(zone.ID); !slices.Equal(got, []string{zone.ID, floor.ID, building.ID, site.ID}) {
			t.Errorf("chain = %v", got)
		}
		if len(e.chain("")) != 0 || len(e.chain("nowhere")) != 0 {
			t.Error("what hangs nowhere lies in something")
		}
		other := e.add(Building, "二号楼", site.ID)
		moved, err := e.Update(t.Context(), admin, floor.ID, Change{Parent: &other.ID, Name: p("3F")})
		if err != nil || moved.Parent != other.ID || moved.Name != "3F" {
			t.Fatalf("%+v, %v", moved, err)
		}
		if got := e.chain(zone.ID); !slices.Equal(got, []string{zone.ID, floor.ID, other.ID, site.ID}) {
			t.Errorf("chain after the move = %v", got)
		}
		act := e.acts()[0]
		want := map[string]any{"changes": map[string]any{"parent": map[string]any{"from": building.ID, "to": other.ID}, "name": map[string]any{"from": "2F", "to": "3F"}}}
		if act.Kind != "area.changed" || act.Subject != floor.ID || act.Person != "boss" || !cmp.Equal(act.Detail["changes"], want["changes"]) {
			t.Errorf("act = %+v", act)
		}
		before := len(e.acts())
		if same, err := e.Update(t.Context(), admin, floor.ID, Change{Name: p("3F")}); err != nil || same != moved || len(e.acts()) != before {
			t.Errorf("a change of nothing: %+v, %v, %d acts", same, err, len(e.acts())-before)
		}
		events, _ := e.sub.Take()
		if len(events) != 6 || events[5].Kind != "areas" || events[5].Data != (Changed{ID: floor.ID, Change: "changed"}) {
			t.Errorf("events = %+v", events)
		}
		if _, err := e.Retire(t.Context(), admin, building.ID, "torn down"); err != nil {
			t.Fatal(err)
		}
		held.Altered(t, e.DB, map[string][]string{"areas": {"name_key"}}, Differ)
		// Of one that an earlier version made the act does not tell the note.
		dbtest.Forge(t, e.DB, `UPDATE acts SET detail = replace(detail, '"note"', '"x"'); UPDATE areas SET note = 'older'`, func(ctx context.Context, tx bun.Tx) {
			if all := held.Rows(t, Differ)(ctx, tx); len(all) > 0 {
				t.Errorf("an earlier version: %q", all)
			}
		})
	})
}

func TestWhatIsRefused(t *testing.T) {
	each(t, func(t *testing.T, e *estate) {
		site := e.add(Site, "site", "")
		building := e.add(Building, "Haus Straße", site.ID)
		floor := e.add(Floor, "1", building.ID)
		zone := e.add(Zone, "hall", floor.ID)
		deepest := zone
		for i := range MaxDepth - 4 {
			deepest = e.add(Zone, fmt.Sprint("z", i), deepest.ID)
		}
		watcher := access.ActorOf("guard", access.Supervisor)
		before, told := len(e.acts()), len(e.sub.C)
		for _, c := range []struct {
			name string
			do   func() error
			want error
		}{
			{"without the right", func() error {
				_, err := e.Create(t.Context(), watcher, New{Kind: Site, Name: "x"})
				return err
			}, access.ErrRightMissing},
			{"a look-alike", e.create2(Building, "ｈａｕｓ STRASSE", site.ID), ErrNameTaken},
			{"no name", e.create2(Building, " \u200a ", site.ID), text.ErrRequired},
			{"a long name", e.create2(Building, strings.Repeat("门", 10000), site.ID), text.ErrTooLong},
			{"a name that cannot be seen", e.create2(Building, "a\u202eb", site.ID), text.ErrCharacter},
			{"a kind that is none", e.create2("room", "x", site.ID), ErrKind},
			{"in nothing that is there", e.create2(Zone, "x", "nowhere"), ErrParent},
			{"a site in a building", e.create2(Site, "x", building.ID), ErrOrder},
			{"a floor in a floor", e.create2(Floor, "x", floor.ID), ErrOrder},
			{"a floor in a zone", e.create2(Floor, "x", zone.ID), ErrOrder},
			{"too deep", e.create2(Zone, "x", deepest.ID), ErrDepth},
			{"in itself", e.move(zone.ID, zone.ID), ErrCircle},
			{"in what lies in it", e.move(zone.ID, deepest.ID), ErrCircle},
			{"a building that becomes a zone", func() error {
				_, err := e.Update(t.Context(), admin, building.ID, Change{Kind: p(Zone)})
				return err
			}, ErrOrder},
			{"an importance that is none", func() error {
				_, err := e.Create(t.Context(), admin, New{Kind: Site, Name: "x", Importance: "great"})
				return err
			}, ErrImportance},
			{"a unit that is not there", func() error {
				_, err := e.Update(t.Context(), admin, zone.ID, Change{Unit: p("nobody")})
				return err
			}, ErrUnit},
			{"nothing that is there", e.move("nowhere", site.ID), ErrUnknown},
			{"retired without a reason", func() error { _, err := e.Retire(t.Context(), admin, deepest.ID, ""); return err }, text.ErrRequired},
			{"retired with areas in it", func() error { _, err := e.Retire(t.Context(), admin, building.ID, "gone"); return err }, ErrInUse},
		} {
			if err := c.do(); !errors.Is(err, c.want) {
				t.Errorf("%s: err = %v, want %v", c.name, err, c.want)
			}
			if n := len(e.acts()); n != before {
				t.Fatalf("%s: %d acts of a refused act", c.name, n-before)
			}
		}
		if len(e.sub.C) != told {
			t.Error("somebody was told of a refused act")
		}
	})
}

func (e *estate) create2(kind Kind, name, parent string) func() error {
	return func() error {
		_, err := e.Create(e.t.Context(), admin, New{Kind: kind, Name: name, Parent: parent})
		return err
	}
}

func (e *estate) move(id, parent string) func() error {
	return func() error {
		_, err := e.Update(e.t.Context(), admin, id, Change{Parent: &parent})
		return err
	}
}

func TestRetiring(t *testing.T) {
	each(t, func(t *testing.T, e *estate) {
		site := e.add(Site, "site", "")
		zone := e.add(Zone, "hall", site.ID)
		e.cameras[zone.ID] = 3
		_, err := e.Retire(t.Context(), admin, zone.ID, "torn down")
		if pr := problem.Of(err); pr.Code != "area_in_use" || pr.Params["areas"] != 0 || pr.Params["cameras"] != 3 || pr.Kind != problem.Conflict {
			t.Errorf("with cameras in it: %+v", pr)
		}
		_, err = e.Retire(t.Context(), admin, site.ID, "torn down")
		if pr := problem.Of(err); pr.Params["areas"] != 1 || pr.Params["cameras"] != 0 {
			t.Errorf("with an area in it: %+v", pr)
		}
		e.cameras[zone.ID] = 0
		gone, err := e.Retire(t.Context(), admin, zone.ID, "torn down")
		if err != nil || gone.RetiredAt == nil {
			t.Fatalf("%+v, %v", gone, err)
		}
		if act := e.acts()[0]; act.Kind != "area.retired" || act.Detail["reason"] != "torn down" || act.Detail["name"] != "hall" {
			t.Errorf("%+v", act)
		}
		if there, err := e.InService(t.Context(), e.DB.Read(), zone.ID); err != nil || there {
			t.Errorf("in service: %v, %v", there, err)
		}
		if there, err := e.InService(t.Context(), e.DB.Read(), site.ID); err != nil || !there {
			t.Errorf("the site is in service: %v, %v", there, err)
		}
		if got := e.chain(zone.ID); !slices.Equal(got, []string{zone.ID, site.ID}) {
			t.Errorf("a retired area has lost its chain: %v", got)
		}
		for what, do := range map[string]func() error{
			"again":    func() error { _, err := e.Retire(t.Context(), admin, zone.ID, "torn down"); return err },
			"changed":  func() error { _, err := e.Update(t.Context(), admin, zone.ID, Change{Name: p("x")}); return err },
			"moved to": e.create2(Zone, "x", zone.ID),
		} {
			if err := do(); !errors.Is(err, ErrRetired) && !errors.Is(err, ErrParent) {
				t.Errorf("%s: %v", what, err)
			}
		}
		e.add(Zone, "HALL", site.ID) // its name is free
	})
}

// TestAnAreaTakesNothingInWhileItGoes: of two acts at the same time, one is refused.
func TestAnAreaTakesNothingInWhileItGoes(t *testing.T) {
	each(t, func(t *testing.T, e *estate) {
		site := e.add(Site, "site", "")
		for i := range 10 {
			zone := e.add(Zone, fmt.Sprint("zone ", i), site.ID)
			var retired, filled error
			var both sync.WaitGroup
			both.Go(func() { _, retired = e.Retire(t.Context(), admin, zone.ID, "torn down") })
			both.Go(func() { _, filled = e.Create(t.Context(), admin, New{Kind: Zone, Name: "x", Parent: zone.ID}) })
			both.Wait()
			if (retired == nil) == (filled == nil) {
				t.Fatalf("retired: %v, filled: %v", retired, filled)
			}
		}
	})
}

// TestTheTreeStaysATree makes random acts: there is never a circle, never two of a name,
// and the chains are what the parents say.
func TestTheTreeStaysATree(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	tick := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	a := &Areas{DB: d, Clock: func() time.Time { tick = tick.Add(time.Microsecond); return tick }}
	rapid.Check(t, func(rt *rapid.T) {
		all, err := a.List(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		ids := []string{"", "nowhere"}
		for _, one := range all {
			ids = append(ids, one.ID)
		}
		id, parent := rapid.SampledFrom(ids).Draw(rt, "id"), rapid.SampledFrom(ids).Draw(rt, "parent")
		kind, name := rapid.SampledFrom(Kinds()).Draw(rt, "kind"), rapid.SampledFrom([]string{"a", "A", "门", "b"}).Draw(rt, "name")
		switch rapid.IntRange(0, 3).Draw(rt, "act") {
		case 0, 1:
			_, err = a.Create(t.Context(), admin, New{Kind: kind, Name: name, Parent: parent})
		case 2:
			_, err = a.Update(t.Context(), admin, id, Change{Kind: &kind, Name: &name, Parent: &parent})
		case 3:
			_, err = a.Retire(t.Context(), admin, id, "gone")
		}
		if err != nil && problem.Of(err).Kind == problem.Internal {
			rt.Fatal(err)
		}
		if all, err = a.List(t.Context()); err != nil {
			rt.Fatal(err)
		}
		tree, err := a.Tree(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		by, names := map[string]Area{}, map[string]bool{}
		for _, one := range all {
			by[one.ID] = one
			key := one.Parent + "/" + text.Key(one.Name)
			if one.RetiredAt == nil && names[key] {
				rt.Fatalf("two of the name %s", key)
			}
			names[key] = names[key] || one.RetiredAt == nil
		}
		for _, one := range all {
			chain := tree.Chain(one.ID)
			if len(chain) == 0 || len(chain) > MaxDepth || chain[0] != one.ID {
				rt.Fatalf("chain of %s: %v", one.ID, chain)
			}
			for i, id := range chain {
				if up := by[id].Parent; i+1 < len(chain) && up != chain[i+1] || i+1 == len(chain) && up != "" {
					rt.Fatalf("chain of %s: %v, but %s lies in %s", one.ID, chain, id, up)
				}
				if one.RetiredAt == nil && by[id].RetiredAt != nil {
					rt.Fatalf("%s lies in %s, which is retired", one.ID, id)
				}
			}
		}
	})
}

func TestATreeOfDamagedRows(t *testing.T) {
	tree := NewTree([]Area{{ID: "a", Parent: "b"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "gone"}, {ID: "d", Parent: "c"}})
	for id, want := range map[string][]string{"a": {"a"}, "b": {"b"}, "c": {"c"}, "d": {"d", "c"}} {
		if got := tree.Chain(id); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
	if !tree.Within("d", "c") || tree.Within("c", "d") || !tree.Within("x", "") || tree.Within("", "c") {
		t.Error("Within and Chain differ")
	}
}
