package organisation_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/roll"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/app/organisation"
	"watchroom/internal/camera"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestWhereACameraHangsDecidesWhoSeesIt: positions and rules for an area reach what lies in
// it, and a camera or an area that moves takes effect on the next request.
func TestWhereACameraHangsDecidesWhoSeesIt(t *testing.T) {
	clause.Covers(t, "C014", "C111")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now, bus := t.Context(), clock.Clock(time.Now), &event.Bus{}
		box, err := secret.OpenBox(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		rights := &policy.Policies{DB: d, Bus: bus, Clock: now}
		accounts := &account.Control{DB: d, Bus: bus, Clock: now, Rights: rights.Current}
		house := organisation.New(d, bus, now, accounts, rights, nil, time.UTC)
		if err := accounts.Start(ctx); err != nil {
			t.Fatal(err)
		}
		cameras := &camera.Registry{DB: d, Bus: bus, Clock: now, Box: box, Areas: house.Areas.InService, Chain: house.Areas.Chain, Moved: rights.Changed}
		root := access.CommandLine()
		lies := func(kind area.Kind, name, parent string) string {
			a, err := house.Areas.Create(ctx, root, area.New{Kind: kind, Name: name, Parent: parent})
			if err != nil {
				t.Fatal(err)
			}
			return a.ID
		}
		campus := lies(area.Site, "北校区", "")
		library, canteen := lies(area.Building, "图书馆", campus), lies(area.Building, "食堂", campus)
		hall := lies(area.Floor, "1F", library)
		hang := func(name, in string, grade int) string {
			c, err := cameras.Create(ctx, root, camera.New{Name: name, Area: in, Grade: grade, Main: camera.StreamInput{URL: new("rtsp://192.0.2.1/" + name)}})
			if err != nil {
				t.Fatal(err)
			}
			return c.ID
		}
		door, till, loose := hang("door", hall, 1), hang("till", canteen, 1), hang("loose", "", 1)
		guard, _, err := accounts.CreatePerson(ctx, root, account.NewPerson{Username: "guard", Password: "correct-horse-battery",
			Holdings: []access.Holding{{Position: access.Operator, Areas: []string{library}}}})
		if err != nil {
			t.Fatal(err)
		}
		sees := func() (all []string) {
			actor, _, err := accounts.Stands(ctx, guard.ID)
			if err != nil {
				t.Fatal(err)
			}
			for name, id := range map[string]string{"door": door, "till": till, "loose": loose} {
				if access.Can(actor, access.LiveView, id) == nil {
					all = append(all, name)
				}
			}
			slices.Sort(all)
			return all
		}
		expect := func(what string, want ...string) {
			t.Helper()
			if got := sees(); !slices.Equal(got, want) {
				t.Errorf("%s: sees %v, want %v", what, got, want)
			}
		}
		expect("in the library", "door")
		if _, err := cameras.Update(ctx, root, till, camera.Change{Area: new(library)}); err != nil {
			t.Fatal(err)
		}
		expect("the till hangs there now", "door", "till")
		if _, err := cameras.Update(ctx, root, door, camera.Change{Area: new("")}); err != nil {
			t.Fatal(err)
		}
		expect("the door hangs nowhere", "till")
		if _, err := cameras.Update(ctx, root, door, camera.Change{Area: new(hall)}); err != nil {
			t.Fatal(err)
		}
		if _, err := house.Areas.Update(ctx, root, hall, area.Change{Parent: new(canteen)}); err != nil {
			t.Fatal(err)
		}
		expect("the floor lies in the canteen", "till")
		if _, err := house.Areas.Update(ctx, root, hall, area.Change{Parent: new(library)}); err != nil {
			t.Fatal(err)
		}
		if _, err := cameras.Retire(ctx, root, till, "broken for good"); err != nil {
			t.Fatal(err)
		}
		expect("what is retired has footage", "door", "till")

		// A camera comes into an area by whoever may set up those in it, and nowhere else.
		adds := func(name, in string, grade int) error {
			fitter := access.NewActor("fitter", must(rights.Current(ctx)), access.Standing{Holdings: []access.Holding{{Position: access.Technician, Areas: []string{library}}}})
			_, err := cameras.Create(ctx, fitter, camera.New{Name: name, Area: in, Grade: grade, Main: camera.StreamInput{URL: new("rtsp://192.0.2.1/" + name)}})
			return err
		}
		for name, in := range map[string]string{"shelf": library, "desk": hall} {
			if err := adds(name, in, 3); err != nil {
				t.Errorf("%s in the own area: %v", name, err)
			}
		}
		for name, in := range map[string]string{"oven": canteen, "roof": campus, "stray": "", "gone": "no-such-area"} {
			if err := adds(name, in, 1); !errors.Is(err, access.ErrElsewhere) {
				t.Errorf("%s elsewhere: %v", name, err)
			}
		}

		// A camera leaves an area only by who may set up all of them.
		fitter := access.NewActor("fitter", must(rights.Current(ctx)), access.Standing{Holdings: []access.Holding{{Position: access.Technician, Areas: []string{library}}}})
		if _, err := cameras.Update(ctx, fitter, door, camera.Change{Area: new(canteen)}); !errors.Is(err, access.ErrElsewhere) {
			t.Errorf("moved out of their own area: %v", err)
		}
		if _, err := cameras.Update(ctx, fitter, door, camera.Change{Note: new("cleaned"), Area: new(hall)}); err != nil {
			t.Errorf("changed where it hangs: %v", err)
		}
		if _, err := accounts.ChangePerson(ctx, root, guard.ID, account.PersonChange{Holdings: &[]access.Holding{{Position: access.Operator, Areas: []string{"moon"}}}}); !errors.Is(err, holding.ErrAreas) {
			t.Errorf("an area that is not there: %v", err)
		}
		lead := access.ActorOf("lead", access.Leader)
		if _, err := rights.Preview(ctx, lead, []policy.Rule{{ID: "core", Position: access.Operator, Actions: []access.Action{access.LiveView}, Deny: true, Areas: []string{"moon"}}}); !errors.Is(err, policy.ErrAreas) {
			t.Errorf("a rule about an area that is not there: %v", err)
		}
		if _, err := cameras.Update(ctx, root, door, camera.Change{Grade: new(4)}); err != nil {
			t.Fatal(err)
		}
		if g := must(rights.Current(ctx)).Place(door).Grade; g != 4 {
			t.Errorf("grade %v", g)
		}
		if got := must(rights.Current(ctx)).Place(door).Areas; !slices.Equal(got, []string{hall, library, campus}) {
			t.Errorf("chain %v", got)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestNobodyAnswersForACamera: a week after it was added a camera has a unit, through its area,
// and in it a person who is there, or it is told as missing until it has (ruling R13).
func TestNobodyAnswersForACamera(t *testing.T) {
	clause.Covers(t, "C010")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, bus := t.Context(), &event.Bus{}
		at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		now := clock.Clock(func() time.Time { at = at.Add(time.Microsecond); return at })
		box, err := secret.OpenBox(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		rights := &policy.Policies{DB: d, Bus: bus, Clock: now}
		accounts := &account.Control{DB: d, Bus: bus, Clock: now, Rights: rights.Current}
		house := organisation.New(d, bus, now, accounts, rights, nil, time.UTC)
		if err := accounts.Start(ctx); err != nil {
			t.Fatal(err)
		}
		cameras := &camera.Registry{DB: d, Bus: bus, Clock: now, Box: box, Areas: house.Areas.InService, Chain: house.Areas.Chain, Moved: rights.Changed}
		root := access.CommandLine()
		boss, _, err := accounts.CreatePerson(ctx, root, account.NewPerson{Username: "boss", Holdings: access.Everywhere(access.Leader)})
		if err != nil {
			t.Fatal(err)
		}
		office := must(house.Units.Create(ctx, root, unit.New{Kind: unit.Department, Name: "图书馆办公室"}))
		site := must(house.Areas.Create(ctx, root, area.New{Kind: area.Site, Name: "北校区"}))
		library := must(house.Areas.Create(ctx, root, area.New{Kind: area.Building, Name: "图书馆", Parent: site.ID, Unit: office.ID}))
		hall := must(house.Areas.Create(ctx, root, area.New{Kind: area.Floor, Name: "1F", Parent: library.ID}))
		for name, in := range map[string]string{"door": hall.ID, "gate": site.ID, "loose": ""} {
			must(cameras.Create(ctx, root, camera.New{Name: name, Area: in, Main: camera.StreamInput{URL: new("rtsp://192.0.2.1/" + name)}}))
		}
		tells := func(when string, want ...string) {
			t.Helper()
			due, err := house.Files.Due(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, x := range due {
				if x.What == staff.DueOwner && x.On == "" {
					got = append(got, must(cameras.Get(ctx, x.Camera)).Name)
				}
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		at = at.Add(6 * 24 * time.Hour)
		tells("within the week")
		at = at.Add(2 * 24 * time.Hour)
		tells("a unit in which nobody answers, and none", "door", "gate", "loose")
		must(house.Units.Update(ctx, root, office.ID, unit.Change{Responsible: &boss.ID}))
		tells("somebody answers for one", "gate", "loose")
		must(house.Areas.Update(ctx, root, site.ID, area.Change{Unit: &office.ID}))
		tells("and for the site", "loose")
		if _, err := accounts.ChangePerson(ctx, root, boss.ID, account.PersonChange{Disabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		tells("who answered has left", "door", "gate", "loose")
	})
}

// TestTheCameraOfAControlRoomIsKnownToTheRights: from the request after it was marked, and until
// the act that ended it is proved.
func TestTheCameraOfAControlRoomIsKnownToTheRights(t *testing.T) {
	clause.Covers(t, "C022")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now, bus := t.Context(), clock.Clock(time.Now), &event.Bus{}
		box, err := secret.OpenBox(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		kept := []string{"operator"}
		proves := true
		rights := &policy.Policies{DB: d, Bus: bus, Clock: now, Aloof: func() []string { return kept }}
		rights.Acts = func(ctx context.Context, tx bun.IDB, kinds ...string) (acts []roll.Act, err error) {
			all, _, err := ledger.LoggedOf(ctx, tx, kinds...)
			for _, a := range all {
				if proves {
					acts = append(acts, roll.Act{ID: a.Act.ID, Person: a.Act.Person, Kind: a.Act.Kind, Subject: a.Act.Subject, At: a.Act.At, Log: "node/log", Leaf: a.Act.At, Detail: a.Content.Detail})
				}
			}
			return acts, err
		}
		accounts := &account.Control{DB: d, Bus: bus, Clock: now, Rights: rights.Current}
		house := organisation.New(d, bus, now, accounts, rights, nil, time.UTC)
		if err := accounts.Start(ctx); err != nil {
			t.Fatal(err)
		}
		cameras := &camera.Registry{DB: d, Bus: bus, Clock: now, Box: box, Areas: house.Areas.InService, Chain: house.Areas.Chain, Moved: rights.Changed}
		rooms := &roomcam.Register{DB: d, Clock: now, Changed: func(string) { rights.Changed() }}
		root := access.CommandLine()
		desk, err := cameras.Create(ctx, root, camera.New{Name: "desk", Main: camera.StreamInput{URL: new("rtsp://192.0.2.1/desk")}})
		if err != nil {
			t.Fatal(err)
		}
		plays := func(when string, position access.Position, want error) {
			t.Helper()
			r, err := rights.Current(ctx)
			if err != nil {
				t.Fatal(err)
			}
			guard := access.NewActor("p", r, access.Standing{Holdings: access.Everywhere(position), Now: now.Micro()})
			if err := access.Can(guard, access.PlaybackView, desk.ID); !errors.Is(err, want) {
				t.Errorf("%s, a %s: %v", when, position, err)
			}
		}
		plays("before", access.Operator, nil)
		if _, err := rooms.Mark(ctx, root, desk.ID, roomcam.Content{Name: "监控室"}); err != nil {
			t.Fatal(err)
		}
		plays("marked", access.Operator, access.ErrRoom)
		plays("marked, and the house names another", access.DutyLead, nil)
		kept = []string{"duty_lead"} // in force at once
		plays("the house has named others", access.Operator, nil)
		plays("the house has named others", access.DutyLead, access.ErrRoom)
		proves = false
		if _, err := rooms.End(ctx, root, desk.ID, "the desk was moved"); err != nil {
			t.Fatal(err)
		}
		plays("its end is on its way into the log", access.DutyLead, access.ErrRoom)
		proves = true
		rights.Changed()
		plays("its end is in the log", access.DutyLead, nil)
	})
}
