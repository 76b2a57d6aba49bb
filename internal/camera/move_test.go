package camera

import (
	"context"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// heldIn makes a position be held in an area, so that it is told apart from others.
func (y *yard) heldIn(a access.Actor, position access.Position, area string) {
	y.t.Helper()
	err := y.DB.Tx(y.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO people_position_areas (person, position, area) VALUES (?, ?, ?)`, a.Person, position, area)
		return err
	})
	if err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) waits() []Move {
	y.t.Helper()
	all, err := (&Moves{Registry: y.Registry}).List(y.t.Context(), proposal.Proposed)
	if err != nil {
		y.t.Fatal(err)
	}
	return all
}

// areas are a vault and a hall in the house, and a corner of the hall that nothing tells apart
// from it.
func (y *yard) areas() {
	chains := map[string][]string{"vault": {"vault", "house"}, "hall": {"hall", "house"}, "corner": {"corner", "hall", "house"}, "house": {"house"}}
	y.Areas = func(_ context.Context, _ bun.IDB, area string) (bool, error) { return chains[area] != nil, nil }
	y.Chain = func(_ context.Context, _ bun.IDB, area string) ([]string, error) { return chains[area], nil }
}

// TestNobodyMovesACameraAlone: where positions or rules tell two areas apart, who sets up a camera
// proposes that it hangs in the other and somebody else confirms it; where nothing does, and
// before anybody could confirm, one person moves it.
func TestNobodyMovesACameraAlone(t *testing.T) {
	clause.Covers(t, "C111", "C022")
	each(t, func(t *testing.T, y *yard) {
		y.areas()
		fitter, guard := people.Add(t, y.DB, "fitter", access.Technician), people.Add(t, y.DB, "guard", access.Operator)
		c := y.create(New{Name: "a", Main: at("rtsp://198.51.100.1/"), Area: "hall"})
		move := func(to, want string) Camera {
			t.Helper()
			got, err := y.Update(t.Context(), fitter, c.ID, Change{Area: p(to)})
			if err != nil || got.Area != want {
				t.Fatalf("to %q: %+v, %v", to, got, err)
			}
			return got
		}
		move("vault", "vault")
		if y.acts()[0].Detail["alone"] != nil {
			t.Errorf("nothing tells the areas apart: %+v", y.acts()[0])
		}
		y.heldIn(guard, access.Operator, "vault")
		move("hall", "hall") // nobody could confirm
		if act := y.acts()[0]; act.Detail["alone"] != true {
			t.Errorf("%+v", act)
		}
		chief := people.Add(t, y.DB, "chief", access.Supervisor)
		move("corner", "corner") // nobody sees it who did not
		if len(y.waits()) != 0 {
			t.Errorf("%+v", y.waits())
		}
		if got, err := y.Update(t.Context(), fitter, c.ID, Change{Area: p("vault"), Note: p("dry")}); err != nil || got.Area != "corner" || got.Note != "dry" {
			t.Fatalf("%+v, %v", got, err)
		}
		if act := y.acts()[1]; act.Kind != "camera.area_proposed" || act.Detail["from"] != "corner" || act.Detail["to"] != "vault" {
			t.Errorf("%+v", act)
		}
		if _, err := y.Update(t.Context(), fitter, c.ID, Change{Area: p("")}); err != nil { // nothing tells this apart either
			t.Fatal(err)
		}
		move("corner", "corner")
		m := &Moves{Registry: y.Registry}
		one := y.waits()[0]
		if one.From != "corner" || one.To != "vault" || one.ProposedBy != fitter.Person || one.Overtaken {
			t.Errorf("%+v", one)
		}
		if _, err := y.Update(t.Context(), fitter, c.ID, Change{Area: p("vault")}); !errors.Is(err, ErrMoves) {
			t.Errorf("two at once: %v", err)
		}
		if _, err := y.Update(t.Context(), fitter, c.ID, Change{Main: p(at("rtsp://198.51.100.2/"))}); !errors.Is(err, ErrMoves) {
			t.Errorf("another device under an open question: %v", err)
		}
		for name, err := range map[string]error{
			"who proposed":        m.Decide(t.Context(), access.ActorOf(fitter.Person, access.Leader), one.ID, true, ""),
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
		if got, err := y.Get(t.Context(), c.ID); err != nil || got.Area != "vault" {
			t.Errorf("%+v, %v", got, err)
		}
		if act := y.acts()[0]; act.Kind != "camera.changed" || act.Person != chief.Person || act.Detail["proposedBy"] != fitter.Person {
			t.Errorf("%+v", act)
		}
		// A table moves nothing alone either.
		y.heldIn(guard, access.Operator, "house")
		line := sheet.Record{Line: 2, Values: map[string]string{"name": "a", "area": ""}}
		if out, err := y.Import(t.Context(), fitter, []sheet.Record{line}, "digest", false); err != nil || len(out.Faults) != 0 {
			t.Fatalf("%+v, %v", out, err)
		}
		if got, _ := y.Get(t.Context(), c.ID); got.Area != "vault" || len(y.waits()) != 1 {
			t.Fatalf("%+v, %+v", got, y.waits())
		}
		if err := m.Decide(t.Context(), chief, y.waits()[0].ID, false, "the vault is here"); err != nil {
			t.Fatal(err)
		}
		if got, err := y.Get(t.Context(), c.ID); err != nil || got.Area != "vault" || len(y.waits()) != 0 || y.acts()[0].Kind != "camera.area_rejected" {
			t.Errorf("%+v, %v, %+v", got, err, y.waits())
		}
		held.Honest(t, y.DB, proposal.Differ)
	})
}

// TestACameraComesToItsFirstArea: who adds cameras and then says where they hang is not held up,
// for a new camera could have been added there; a way around another person is none.
func TestACameraComesToItsFirstArea(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		y.areas()
		fitter, guard := people.Add(t, y.DB, "fitter", access.Technician), people.Add(t, y.DB, "guard", access.Operator)
		people.Add(t, y.DB, "chief", access.Supervisor)
		y.heldIn(guard, access.Operator, "vault")
		var ids []string
		for i, url := range []string{"rtsp://198.51.100.1/ch1", "rtsp://198.51.100.1/ch2", "rtsp://198.51.100.2/", "rtsp://198.51.100.2/?again"} {
			c, err := y.Create(t.Context(), fitter, New{Name: string(rune('a' + i)), Main: at(url)})
			if err != nil || c.Area != "" {
				t.Fatalf("%+v, %v", c, err)
			}
			ids = append(ids, c.ID)
		}
		for i, to := range []string{"vault", "hall", "vault", "hall"} {
			want := []string{"vault", "hall", "", "hall"}[i] // the fourth is the third once more
			if c, err := y.Update(t.Context(), fitter, ids[i], Change{Area: p(to)}); err != nil || c.Area != want {
				t.Errorf("to %s: %+v, %v", to, c, err)
			}
		}
		if all := y.waits(); len(all) != 1 || all[0].Subject != ids[2] {
			t.Errorf("%+v", all)
		}
		// A channel that is added later is of the vault's people until somebody says otherwise.
		late, err := y.Create(t.Context(), fitter, New{Name: "late", Main: at("rtsp://198.51.100.1/ch1")})
		if err != nil || late.Area != "vault" {
			t.Fatalf("%+v, %v", late, err)
		}
		if _, err := y.Update(t.Context(), fitter, late.ID, Change{Area: p("hall")}); !errors.Is(err, ErrMoves) {
			t.Errorf("a way around: %v", err)
		}
	})
}

// TestADeviceIsWhereItsCameraHangs: whoever registers a device once more, or gives its address to
// another camera, does not bring its pictures to other people alone.
func TestADeviceIsWhereItsCameraHangs(t *testing.T) {
	clause.Covers(t, "C111")
	each(t, func(t *testing.T, y *yard) {
		y.areas()
		fitter, guard := people.Add(t, y.DB, "fitter", access.Technician), people.Add(t, y.DB, "guard", access.Operator)
		y.heldIn(guard, access.Operator, "vault")
		make := func(name, url, area, want string) Camera {
			t.Helper()
			c, err := y.Create(t.Context(), fitter, New{Name: name, Main: at(url), Area: area})
			if err != nil || c.Area != want {
				t.Fatalf("%s: %+v, %v", name, c, err)
			}
			return c
		}
		make("early", "rtsp://198.51.100.9/", "vault", "vault")
		make("nobody could confirm", "rtsp://198.51.100.9/", "hall", "hall")
		chief := people.Add(t, y.DB, "chief", access.Supervisor)
		m := &Moves{Registry: y.Registry}
		confirm := func(approve bool) {
			t.Helper()
			all := y.waits()
			if len(all) != 1 {
				t.Fatalf("%+v", all)
			}
			if err := m.Decide(t.Context(), chief, all[0].ID, approve, "I was there"); err != nil {
				t.Fatal(err)
			}
		}
		vault := make("vault", "rtsp://198.51.100.7:554/ch1?sub=0", "vault", "vault")
		make("as well guarded", "rtsp://198.51.100.7/ch1", "vault", "vault")
		make("elsewhere", "rtsp://198.51.100.8/ch1", "hall", "hall")
		make("the same", "rtsp://198.51.100.7/CH1", "hall", "vault")
		held.Honest(t, y.DB, proposal.Differ)
		if l := y.waits()[0]; l.From != "vault" || l.To != "hall" || l.Step != proposal.Again || l.Reason == "" || l.ProposedBy != fitter.Person {
			t.Errorf("%+v", l)
		}
		confirm(false)
		make("its other stream", "rtsp://198.51.100.7:8554/ch2", "hall", "vault")
		confirm(true)
		make("a channel of what is a recorder now", "rtsp://198.51.100.7/ch3", "hall", "hall")
		make("the same over TLS", "rtsps://198.51.100.7/ch1", "hall", "vault")
		confirm(false)

		other := make("other", "rtsp://198.51.100.20/", "hall", "hall")
		if _, err := y.Update(t.Context(), fitter, other.ID, Change{Main: p(at("rtsp://198.51.100.7/ch1"))}); !errors.Is(err, ErrDeviceElsewhere) {
			t.Errorf("its address: %v", err)
		}
		if got, err := y.Update(t.Context(), fitter, other.ID, Change{Main: p(at("rtsp://198.51.100.21/"))}); err != nil || got.Main.URL != "rtsp://198.51.100.21/" {
			t.Errorf("a new device: %+v, %v", got, err)
		}
		// By another way round: the camera goes first, by its end or by another address.
		gone := make("gone", "rtsp://198.51.100.30/", "vault", "vault")
		left := make("left", "rtsp://198.51.100.31/", "vault", "vault")
		if _, err := y.Retire(t.Context(), fitter, gone.ID, "to be set up anew"); err != nil {
			t.Fatal(err)
		}
		if _, err := y.Update(t.Context(), fitter, left.ID, Change{Main: p(at("rtsp://198.51.100.32/"))}); err != nil {
			t.Fatal(err)
		}
		make("gone anew", "rtsp://198.51.100.30/live", "hall", "vault")
		confirm(true)
		loose := make("left anew", "rtsp://198.51.100.31/live", "", "vault")
		confirm(true)
		if got, err := y.Get(t.Context(), loose.ID); err != nil || got.Area != "" {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := y.Update(t.Context(), fitter, loose.ID, Change{Area: p("vault")}); err != nil || got.Area != "" || len(y.waits()) != 1 {
			t.Errorf("it hung in an area before: %+v, %v", got, err)
		}
		if got, err := y.Update(t.Context(), access.CommandLine(), vault.ID, Change{Area: p("hall")}); err != nil || got.Area != "hall" || y.acts()[0].Detail["alone"] != true {
			t.Errorf("on the machine itself: %+v, %v", got, err)
		}
		y.altered()
		held.Honest(t, y.DB, proposal.Differ)
	})
}

// TestWhoReachesNotAllOfADevice: who sets up cameras of one area alone gets no picture of a host at
// which a camera hangs elsewhere into theirs, whatever path they name and however they write it,
// though others of this host are theirs already; who sets up the whole house is not held up.
func TestWhoReachesNotAllOfADevice(t *testing.T) {
	clause.Covers(t, "C111")
	each(t, func(t *testing.T, y *yard) {
		y.areas()
		person, chief := people.Add(t, y.DB, "fitter", access.Technician), people.Add(t, y.DB, "chief", access.Supervisor)
		y.heldIn(person, access.Technician, "hall")
		places := map[string]access.Place{}
		fitter := func() access.Actor {
			return access.NewActor(person.Person, access.NewRights("v1", nil, places), access.Standing{Holdings: []access.Holding{{Position: access.Technician, Areas: []string{"hall"}}}})
		}
		add := func(a access.Actor, name, url, area, want string) Camera {
			t.Helper()
			c, err := y.Create(t.Context(), a, New{Name: name, Main: at(url), Area: area})
			if err != nil || c.Area != want {
				t.Fatalf("%s: %+v, %v", name, c, err)
			}
			chain, err := y.Chain(t.Context(), nil, c.Area)
			if err != nil {
				t.Fatal(err)
			}
			places[c.ID] = access.Place{Areas: chain, Grade: 1}
			return c
		}
		vault := add(admin, "vault", "rtsp://198.51.100.7/cam4/main", "vault", "vault")
		first := add(person, "first in the hall", "rtsp://198.51.100.7/cam1/main", "hall", "vault")
		m := &Moves{Registry: y.Registry}
		if err := m.Decide(t.Context(), chief, y.waits()[0].ID, true, ""); err != nil {
			t.Fatal(err)
		}
		places[first.ID] = access.Place{Areas: []string{"hall", "house"}, Grade: 1}
		own := add(fitter(), "own", "rtsp://198.51.100.8/cam4/main", "hall", "hall")
		asked := 0
		for i, path := range []string{"cam4/main", "%63am4/main", "cam4/ma%69n", "cam4%2Fmain", "cam4/sub", "cam9/main"} {
			url := "rtsp://198.51.100.7/" + path
			add(fitter(), string(rune('a'+i)), url, "hall", "vault")
			if asked++; len(y.waits()) != asked {
				t.Errorf("%s: %+v", path, y.waits())
			}
			for _, c := range []Change{{Main: p(at(url))}, {Sub: p(at(url))}} {
				if _, err := y.Update(t.Context(), fitter(), own.ID, c); !errors.Is(err, ErrDeviceElsewhere) {
					t.Errorf("%s as another address: %v", path, err)
				}
			}
		}
		// What it has stays its own: at this host, and elsewhere.
		if got, err := y.Update(t.Context(), fitter(), first.ID, Change{Sub: p(at("rtsp://198.51.100.8/cam1/sub"))}); err != nil || got.Sub == nil || got.Main.URL != "rtsp://198.51.100.7/cam1/main" {
			t.Errorf("%+v, %v", got, err)
		}
		// The whole house: by its path alone, written in whichever way.
		add(person, "channel 2", "rtsp://198.51.100.7/cam2/main", "hall", "hall")
		add(person, "channel 4", "rtsp://198.51.100.7/%63am4%2Fmain/", "hall", "vault")
		// Where a camera was counts as well.
		if _, err := y.Update(t.Context(), person, vault.ID, Change{Main: p(at("rtsp://198.51.100.9/"))}); err != nil {
			t.Fatal(err)
		}
		add(fitter(), "where it was", "rtsp://198.51.100.7/cam4/main", "hall", "vault")
		add(person, "unclear", "rtsp://198.51.100.7/cam2/%2e%2e/cam4/main", "hall", "vault")
		held.Honest(t, y.DB, proposal.Differ)
	})
}
