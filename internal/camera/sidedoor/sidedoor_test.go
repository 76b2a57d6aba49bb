package sidedoor_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/camera"
	"watchroom/internal/camera/sidedoor"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

const day = 24 * time.Hour

// TestWhatNobodyKnowsIsAFinding: every other way to the pictures of a camera is a finding until
// somebody has looked, and each look is an act.
func TestWhatNobodyKnowsIsAFinding(t *testing.T) {
	clause.Covers(t, "C101")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
		x := &sidedoor.Register{DB: d, Clock: func() time.Time { now = now.Add(time.Microsecond); return now }, Zone: time.FixedZone("", 8*3600)}
		fitter := people.Add(t, d, "fitter", access.Technician)
		gate, yard := people.Camera(t, d, "gate"), people.Camera(t, d, "yard")
		all, err := x.List(t.Context())
		if err != nil || len(all) != 2 || all[0].Findings() != 4 || all[0].Password != nil || all[0].Doors[0].Kind != sidedoor.Recorder || all[0].Doors[0].CheckedAt != 0 {
			t.Fatalf("%+v, %v", all, err)
		}
		check := func(findings int, c sidedoor.Door) {
			t.Helper()
			f, err := x.Check(t.Context(), fitter, gate, c)
			if err != nil || f.Findings() != findings {
				t.Fatalf("%+v, %v", f, err)
			}
		}
		check(3, sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Closed, Note: "by its own switch"})
		check(2, sidedoor.Door{Kind: sidedoor.App, State: sidedoor.Owned, OwnerName: "the fitter's company", Since: "2026-01-02"})
		check(1, sidedoor.Door{Kind: sidedoor.Shared, State: sidedoor.Owned, Owner: fitter.Person})
		check(0, sidedoor.Door{Kind: sidedoor.Recorder, State: sidedoor.Closed})
		check(1, sidedoor.Door{Kind: sidedoor.Other, Label: "a monitor in the lodge", State: sidedoor.Unknown})
		check(2, sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Unknown})
		f, err := x.Of(t.Context(), gate)
		if err != nil || len(f.Doors) != 5 || f.Doors[1].State != sidedoor.Unknown || f.Doors[1].Since != "2026-11-23" || f.Doors[2].Since != "2026-01-02" ||
			f.Doors[3].CheckedBy != fitter.Person || f.Doors[4].Label != "a monitor in the lodge" {
			t.Errorf("%+v, %v", f, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "camera.side_door_checked", Camera: gate})
		if err != nil || len(acts) != 6 || acts[0].Person != fitter.Person || acts[0].Detail["door"] != "web_page" || acts[0].Detail["state"] != "unknown" {
			t.Errorf("%+v, %v", acts, err)
		}
		for name, c := range map[string]struct {
			door sidedoor.Door
			want string
		}{
			"no such kind": {sidedoor.Door{Kind: "window", State: sidedoor.Closed}, "door_kind"}, "no such state": {sidedoor.Door{Kind: sidedoor.Page, State: "ajar"}, "door_state"},
			"nobody's": {sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Owned}, "door_owner"}, "two owners": {sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Owned, Owner: fitter.Person, OwnerName: "x"}, "door_owner"},
			"of a stranger": {sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Owned, Owner: "nobody"}, "door_person"}, "tomorrow": {sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Closed, Since: "2026-11-24"}, "door_since"},
			"no day": {sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Closed, Since: "May"}, "door_since"}, "another without a name": {sidedoor.Door{Kind: sidedoor.Other, State: sidedoor.Closed}, "door_label"},
			"a name too many": {sidedoor.Door{Kind: sidedoor.Page, Label: "x", State: sidedoor.Closed}, "door_label"},
		} {
			if _, err := x.Check(t.Context(), fitter, gate, c.door); problem.Of(err).Code != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := x.Check(t.Context(), access.ActorOf("g", access.Supervisor), gate, sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Closed}); problem.Of(err).Kind != problem.Forbidden {
			t.Errorf("%v", err)
		}
		if _, err := x.Check(t.Context(), fitter, "nowhere", sidedoor.Door{Kind: sidedoor.Page, State: sidedoor.Closed}); problem.Of(err).Code != "camera_unknown" {
			t.Errorf("%v", err)
		}
		if f, err := x.Of(t.Context(), yard); err != nil || f.Findings() != 4 {
			t.Errorf("another camera: %+v, %v", f, err)
		}
		held.Altered(t, d, map[string][]string{"side_doors": {"kind", "state"}}, sidedoor.Differ)
		dbtest.Forge(t, d, "UPDATE side_doors SET state = 'closed' WHERE state = 'unknown'", func(ctx context.Context, tx bun.Tx) {
			if found, err := sidedoor.Differ(ctx, tx); err != nil || len(found) != 2 {
				t.Errorf("%+v, %v", found, err)
			}
		})
	})
}

// TestPasswordsOfDevicesGrowOld: from when the password that is kept became another on; what is
// typed once more, and other changes, make it no younger.
func TestPasswordsOfDevicesGrowOld(t *testing.T) {
	clause.Covers(t, "C113")
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
		clock := func() time.Time { now = now.Add(time.Microsecond); return now }
		set, err := rule.NewSet(sidedoor.Parameters())
		if err != nil {
			t.Fatal(err)
		}
		x, cameras := &sidedoor.Register{DB: d, Clock: clock, Rules: set}, &camera.Registry{DB: d, Box: box, Clock: clock}
		fitter := people.Add(t, d, "fitter", access.Technician)
		url, open := "rtsp://viewer:first@192.0.2.1/main", "rtsp://192.0.2.2/"
		gate, err := cameras.Create(t.Context(), fitter, camera.New{Name: "gate", Main: camera.StreamInput{URL: &url}})
		if err != nil {
			t.Fatal(err)
		}
		yard, err := cameras.Create(t.Context(), fitter, camera.New{Name: "yard", Main: camera.StreamInput{URL: &open}})
		if err != nil {
			t.Fatal(err)
		}
		old := func(days int, overdue bool) {
			t.Helper()
			f, err := x.Of(t.Context(), gate.ID)
			if err != nil || f.Password == nil || f.Password.Days != days || f.Password.Overdue != overdue || f.Password.Most != 180 || (f.Findings() == 5) != overdue {
				t.Errorf("%+v, %v, want %d days", f.Password, err, days)
			}
		}
		old(0, false)
		now = now.Add(180 * day)
		old(180, false)
		now = now.Add(day)
		old(181, true)
		first, second, note := secret.Text("first"), secret.Text("second"), "dry"
		for _, c := range []camera.Change{{Note: &note}, {Main: &camera.StreamInput{Password: &first}}} {
			if _, err := cameras.Update(t.Context(), fitter, gate.ID, c); err != nil {
				t.Fatal(err)
			}
			old(181, true)
		}
		if _, err := cameras.Update(t.Context(), fitter, gate.ID, camera.Change{Main: &camera.StreamInput{Password: &second}}); err != nil {
			t.Fatal(err)
		}
		old(0, false)
		now = now.Add(10 * day)
		sub := "rtsp://viewer:third@192.0.2.1/sub"
		if _, err := cameras.Update(t.Context(), fitter, gate.ID, camera.Change{Sub: &camera.StreamInput{URL: &sub}}); err != nil {
			t.Fatal(err)
		}
		old(10, false) // the older of the two
		if found, err := sidedoor.Differ(t.Context(), d.Read()); err != nil || len(found) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
		now = now.Add(200 * day)
		dbtest.Forge(t, d, fmt.Sprintf("UPDATE camera_streams SET password_at = %d WHERE stream = 'main' AND password IS NOT NULL", now.UnixMicro()), func(ctx context.Context, tx bun.Tx) {
			if found, err := sidedoor.Differ(ctx, tx); err != nil || len(found) != 1 || found[0].Row != "camera_streams "+gate.ID+" main" {
				t.Errorf("%+v, %v", found, err)
			}
		})
		if f, err := x.Of(t.Context(), yard.ID); err != nil || f.Password != nil {
			t.Errorf("without a password: %+v, %v", f.Password, err)
		}
	})
}
