package camera

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// TestAreaAndGrade: a camera hangs where there is an area, and its grade goes down only
// with a reason that stands in the act.
func TestAreaAndGrade(t *testing.T) {
	clause.Covers(t, "C014")
	each(t, func(t *testing.T, y *yard) {
		y.Areas = func(_ context.Context, _ bun.IDB, area string) (bool, error) {
			return area == "hall" || area == "yard", nil
		}
		c := y.create(New{Name: "a", Main: at("rtsp://h/"), Area: "hall", Grade: 3})
		if act := y.acts()[0]; c.Area != "hall" || c.Grade != 3 || act.Detail["area"] != "hall" || act.Detail["grade"] != 3.0 {
			t.Errorf("%+v, %+v", c, act)
		}
		if plain := y.create(New{Name: "b", Main: at("rtsp://h/")}); plain.Area != "" || plain.Grade != DefaultGrade {
			t.Errorf("%+v", plain)
		}
		y.told()
		acts := len(y.acts())
		_, err := y.Create(t.Context(), admin, New{Name: "x", Main: at("rtsp://h/"), Area: "nowhere"})
		y.refused("an area that is not there", err, ErrArea, acts)
		_, err = y.Create(t.Context(), admin, New{Name: "x", Main: at("rtsp://h/"), Grade: 5})
		y.refused("a grade that is none", err, ErrGrade, acts)
		for name, try := range map[string]struct {
			change Change
			want   error
		}{
			"moved to nowhere":        {Change{Area: p("nowhere")}, ErrArea},
			"grade 0":                 {Change{Grade: p(0)}, ErrGrade},
			"grade 5":                 {Change{Grade: p(5), GradeReason: "a good one"}, ErrGrade},
			"lowered":                 {Change{Grade: p(2)}, ErrGradeReason},
			"lowered, with a blank":   {Change{Grade: p(2), GradeReason: "  "}, ErrGradeReason},
			"lowered, with a mumble":  {Change{Grade: p(2), GradeReason: "x"}, text.ErrTooShort},
			"lowered, and moved away": {Change{Grade: p(2), Area: p("yard")}, ErrGradeReason},
		} {
			_, err := y.Update(t.Context(), admin, c.ID, try.change)
			y.refused(name, err, try.want, acts)
		}
		if c, err = y.Update(t.Context(), admin, c.ID, Change{Grade: p(4)}); err != nil || c.Grade != 4 {
			t.Fatalf("raised: %+v, %v", c, err)
		}
		if c, err = y.Update(t.Context(), admin, c.ID, Change{Grade: p(1), GradeReason: "the vault has moved", Area: p("yard")}); err != nil || c.Grade != 1 || c.Area != "yard" {
			t.Fatalf("lowered: %+v, %v", c, err)
		}
		want := map[string]any{"reason": "the vault has moved", "changes": map[string]any{
			"grade": map[string]any{"from": 4.0, "to": 1.0}, "area": map[string]any{"from": "hall", "to": "yard"}}}
		got := y.acts()[0].Detail
		if diff := cmp.Diff(want, map[string]any{"reason": got["reason"], "changes": got["changes"]}); diff != "" {
			t.Error(diff)
		}
		if n, err := InArea(t.Context(), y.DB.Read(), "yard"); err != nil || n != 1 {
			t.Errorf("in the yard: %d, %v", n, err)
		}
		if c, err = y.Update(t.Context(), admin, c.ID, Change{Area: p("")}); err != nil || c.Area != "" {
			t.Fatalf("taken out: %+v, %v", c, err)
		}
		if c, err = y.Update(t.Context(), admin, c.ID, Change{Area: p("yard")}); err != nil {
			t.Fatal(err)
		}
		if _, err = y.Retire(t.Context(), admin, c.ID, "broken"); err != nil {
			t.Fatal(err)
		}
		if n, err := InArea(t.Context(), y.DB.Read(), "yard"); err != nil || n != 0 {
			t.Errorf("retired and still in the yard: %d, %v", n, err)
		}
	})
}

// lowerings are the lower grades that wait.
func (y *yard) lowerings() []Lowering {
	y.t.Helper()
	all, err := (&Grades{Registry: y.Registry}).List(y.t.Context(), proposal.Proposed)
	if err != nil {
		y.t.Fatal(err)
	}
	return all
}

// altered changes every proposal in the database, and sees that it is noticed.
func (y *yard) altered() {
	y.t.Helper()
	found := held.Rows(y.t, proposal.Differ)
	dbtest.Alter(y.t, y.DB, map[string][]string{"proposals": {"kind", "step", "state"}}, found)
	for _, forged := range []string{"UPDATE proposals SET step = CASE step WHEN '' THEN 'restore' ELSE '' END", "UPDATE proposals SET kind = CASE kind WHEN 'area' THEN 'grade' ELSE 'area' END"} {
		dbtest.Forge(y.t, y.DB, forged, func(ctx context.Context, tx bun.Tx) {
			if len(found(ctx, tx)) == 0 {
				y.t.Errorf("nothing is found after %s", forged)
			}
		})
	}
}

// TestNobodyLowersAGradeAlone: who sets up a camera proposes a lower grade, and another person
// who decides on rights confirms it; all else of the same change holds at once.
func TestNobodyLowersAGradeAlone(t *testing.T) {
	clause.Covers(t, "C111")
	each(t, func(t *testing.T, y *yard) {
		fitter := people.Add(t, y.DB, "fitter", access.Technician)
		c := y.create(New{Name: "a", Main: at("rtsp://h/"), Grade: 3})
		// Before anybody can confirm.
		if c, err := y.Update(t.Context(), fitter, c.ID, Change{Grade: p(2), GradeReason: "by the plan"}); err != nil || c.Grade != 2 || y.acts()[0].Detail["alone"] != true {
			t.Fatalf("%+v, %v, %+v", c, err, y.acts()[0])
		}
		chief, guard := people.Add(t, y.DB, "chief", access.Supervisor), people.Add(t, y.DB, "guard", access.Operator)
		g := &Grades{Registry: y.Registry}
		lower := func(to int) Lowering {
			t.Helper()
			after, err := y.Update(t.Context(), fitter, c.ID, Change{Grade: p(to), GradeReason: "the vault has moved", Note: p("to " + strconv.Itoa(to))})
			if err != nil || after.Grade <= to || after.Note != "to "+strconv.Itoa(to) {
				t.Fatalf("%+v, %v", after, err)
			}
			all, err := g.List(t.Context(), proposal.Proposed)
			if err != nil || len(all) != 1 || all[0].To != to || all[0].ProposedBy != fitter.Person || all[0].Reason != "the vault has moved" || all[0].Overtaken {
				t.Fatalf("%+v, %v", all, err)
			}
			return all[0]
		}
		one := lower(1)
		for name, err := range map[string]error{
			"who proposed":        g.Decide(t.Context(), access.ActorOf(fitter.Person, access.Leader), one.ID, true, ""),
			"a guard":             g.Decide(t.Context(), guard, one.ID, true, ""),
			"another technician":  g.Withdraw(t.Context(), access.ActorOf(guard.Person, access.Technician), one.ID, ""),
			"the chief withdraws": g.Withdraw(t.Context(), chief, one.ID, ""),
		} {
			if problem.Of(err).Kind != problem.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := y.Update(t.Context(), fitter, c.ID, Change{Grade: p(1), GradeReason: "once more"}); !errors.Is(err, ErrLowers) {
			t.Errorf("two at once: %v", err)
		}
		if err := g.Decide(t.Context(), chief, one.ID, true, "seen"); err != nil {
			t.Fatal(err)
		}
		act := y.acts()[0]
		if got, err := y.Get(t.Context(), c.ID); err != nil || got.Grade != 1 || act.Person != chief.Person || act.Detail["proposedBy"] != fitter.Person || act.Kind != "camera.changed" {
			t.Errorf("%+v, %v, %+v", got, err, act)
		}
		if _, err := y.Update(t.Context(), fitter, c.ID, Change{Grade: p(3)}); err != nil {
			t.Fatal(err)
		}
		two := lower(2)
		if err := g.Decide(t.Context(), chief, two.ID, false, "the vault is here"); err != nil {
			t.Fatal(err)
		}
		three := lower(2)
		if _, err := y.Update(t.Context(), fitter, c.ID, Change{Grade: p(4)}); err != nil {
			t.Fatal(err)
		}
		if err := g.Decide(t.Context(), chief, three.ID, true, ""); !errors.Is(err, proposal.ErrOvertaken) {
			t.Errorf("raised meanwhile: %v", err)
		}
		if err := g.Withdraw(t.Context(), fitter, three.ID, ""); err != nil {
			t.Fatal(err)
		}
		// A table lowers nothing alone either.
		out, err := y.Import(t.Context(), fitter, []sheet.Record{{Line: 2, Values: map[string]string{"name": "a", "grade": "1", "gradeReason": "the vault has moved"}}}, "digest", false)
		if got, _ := y.Get(t.Context(), c.ID); err != nil || len(out.Faults) != 0 || got.Grade != 4 {
			t.Errorf("%+v, %v, %+v", out, err, got)
		}
		y.altered()
	})
}

// TestADeviceRegisteredAnewKeepsItsGrade: whoever retires a well guarded camera, gives it another
// address or registers its address once more does not lower what is asked for its pictures;
// another person confirms that.
func TestADeviceRegisteredAnewKeepsItsGrade(t *testing.T) {
	clause.Covers(t, "C111")
	each(t, func(t *testing.T, y *yard) {
		fitter := people.Add(t, y.DB, "fitter", access.Technician)
		make := func(name, url string, grade, want int) Camera {
			t.Helper()
			c, err := y.Create(t.Context(), fitter, New{Name: name, Main: at(url), Grade: grade})
			if err != nil || c.Grade != want {
				t.Fatalf("%s: %+v, %v", name, c, err)
			}
			return c
		}
		make("early", "rtsp://198.51.100.1/ch1", 4, 4)
		make("nobody could confirm", "rtsp://198.51.100.1/ch1", 1, 1)
		chief := people.Add(t, y.DB, "chief", access.Supervisor)
		vault := make("vault", "rtsp://198.51.100.7:554/ch1?sub=0", 4, 4)
		g := &Grades{Registry: y.Registry}
		open := func() Lowering {
			t.Helper()
			all, err := g.List(t.Context(), proposal.Proposed)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			return all[0]
		}
		make("elsewhere", "rtsp://198.51.100.8/ch1", 2, 2)
		next := make("the next channel of its recorder", "rtsp://198.51.100.7:554/ch2", 1, 4)
		if err := g.Decide(t.Context(), chief, open().ID, true, "the hall"); err != nil {
			t.Fatal(err)
		}
		if got, err := y.Get(t.Context(), next.ID); err != nil || got.Grade != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		make("the same address once more", "rtsp://198.51.100.7:554/ch1", 3, 4)
		l := open()
		held.Honest(t, y.DB, proposal.Differ)
		if l.From != 4 || l.To != 3 || l.Step != proposal.Again || l.Reason != vault.ID || l.ProposedBy != fitter.Person {
			t.Errorf("%+v", l)
		}
		if err := g.Decide(t.Context(), chief, l.ID, false, "it is the vault"); err != nil {
			t.Fatal(err)
		}
		if _, err := y.Retire(t.Context(), fitter, vault.ID, "to be set up anew"); err != nil {
			t.Fatal(err)
		}
		again := make("anew", "rtsp://[::ffff:198.51.100.7]:8554/live", 1, 4)
		if err := g.Decide(t.Context(), fitter, open().ID, true, ""); problem.Of(err).Kind != problem.Forbidden {
			t.Errorf("who registered it: %v", err)
		}
		if err := g.Decide(t.Context(), chief, open().ID, true, "the hall hangs there now"); err != nil {
			t.Fatal(err)
		}
		if got, err := y.Get(t.Context(), again.ID); err != nil || got.Grade != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := y.Update(t.Context(), fitter, again.ID, Change{Note: p("cleaned")}); err != nil || got.Grade != 1 {
			t.Errorf("what was confirmed stays: %+v, %v", got, err)
		}

		// By another way round: first the address of the one, then that of the other.
		safe := make("safe", "rtsp://safe.example/", 3, 3)
		if _, err := y.Update(t.Context(), fitter, safe.ID, Change{Main: p(at("rtsp://198.51.100.30/"))}); err != nil {
			t.Fatal(err)
		}
		door := make("door", "rtsp://198.51.100.31/", 1, 1)
		got, err := y.Update(t.Context(), fitter, door.ID, Change{Main: p(at("rtsp://SAFE.example./other"))})
		if err != nil || got.Grade != 3 || open().Reason != safe.ID {
			t.Errorf("%+v, %v", got, err)
		}
		y.altered()
	})
}

// TestNoOtherWayToADeviceLowersItsGrade: whoever reaches a well guarded device by another path, port
// or name, or as the second stream of another camera, does not show it under a lower grade alone.
func TestNoOtherWayToADeviceLowersItsGrade(t *testing.T) {
	clause.Covers(t, "C111")
	each(t, func(t *testing.T, y *yard) {
		book := map[string]string{"vault.example": "198.51.100.7", "alias.example": "198.51.100.7", "hall.example": "198.51.100.8"}
		y.Lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
			if book[host] == "" {
				return nil, errors.New("no such host")
			}
			return []netip.Addr{netip.MustParseAddr(book[host])}, nil
		}
		fitter, chief := people.Add(t, y.DB, "fitter", access.Technician), people.Add(t, y.DB, "chief", access.Supervisor)
		vault := y.create(New{Name: "vault", Main: at("rtsp://198.51.100.7/ch1"), Grade: 4})
		door := y.create(New{Name: "door", Main: at("rtsp://198.51.100.31/"), Grade: 1})
		n := 0
		way := func(main, sub string, want int) {
			t.Helper()
			in := New{Name: "way " + strconv.Itoa(n), Main: at(main)}
			if n++; sub != "" {
				in.Sub = p(at(sub))
			}
			if c, err := y.Create(t.Context(), fitter, in); err != nil || c.Grade != want {
				t.Errorf("%s %s: grade %d, want %d, %v", main, sub, c.Grade, want, err)
			}
		}
		way("rtsp://198.51.100.7/ch1/sub", "", 4)
		way("rtsp://198.51.100.7:8554/ch1", "", 4)
		way("rtsps://198.51.100.7/ch1", "", 4)
		way("rtsp://[64:ff9b::c633:6407]/ch1", "", 4)
		way("rtsp://alias.example/ch1", "", 4)
		way("rtsp://198.51.100.9/", "rtsp://vault.example/ch9", 4)
		way("rtsp://hall.example/ch1", "", 1)
		way("rtsp://nowhere.example/ch1", "", 1)
		for what, c := range map[string]Change{"its address": {Main: p(at("rtsp://alias.example:8554/live"))}, "its second stream": {Sub: p(at("rtsp://198.51.100.7/ch3"))}} {
			err := y.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { // each on its own
				_, err := tx.ExecContext(ctx, "UPDATE cameras SET grade = 1 WHERE id = ?", door.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range y.lowerings() {
				if err := (&Grades{Registry: y.Registry}).Decide(t.Context(), chief, l.ID, false, "not seen"); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := y.Update(t.Context(), fitter, door.ID, c); err != nil || got.Grade != 4 {
				t.Errorf("%s: %+v, %v", what, got, err)
			}
		}

		// What another person is asked about stays the device that they look at.
		hall := y.create(New{Name: "hall", Main: at("rtsp://198.51.100.40/"), Grade: 4})
		if got, err := y.Update(t.Context(), fitter, hall.ID, Change{Grade: p(1), GradeReason: "it shows a wall"}); err != nil || got.Grade != 4 {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := y.Update(t.Context(), fitter, hall.ID, Change{Main: p(at("rtsp://198.51.100.7/ch1"))}); !errors.Is(err, ErrLowers) {
			t.Errorf("another device under an open question: %v", err)
		}
		if got, err := y.Update(t.Context(), fitter, hall.ID, Change{Note: p("dry")}); err != nil || got.Note != "dry" {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := y.Get(t.Context(), vault.ID); err != nil || got.Grade != 4 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestWhatWaitsAboutARetiredCameraEnds: it is refused or withdrawn, and cannot be confirmed.
func TestWhatWaitsAboutARetiredCameraEnds(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		y.areas()
		fitter, guard := people.Add(t, y.DB, "fitter", access.Technician), people.Add(t, y.DB, "guard", access.Operator)
		y.heldIn(guard, access.Operator, "vault")
		chief := people.Add(t, y.DB, "chief", access.Supervisor)
		g, m := &Grades{Registry: y.Registry}, &Moves{Registry: y.Registry}
		for i, withdrawn := range []bool{false, true} {
			c := y.create(New{Name: "c" + strconv.Itoa(i), Main: at("rtsp://198.51.100." + strconv.Itoa(10+i) + "/"), Area: "hall", Grade: 3})
			if _, err := y.Update(t.Context(), fitter, c.ID, Change{Grade: p(1), GradeReason: "by the plan", Area: p("vault")}); err != nil {
				t.Fatal(err)
			}
			if _, err := y.Retire(t.Context(), fitter, c.ID, "broken"); err != nil {
				t.Fatal(err)
			}
			lower, move := y.lowerings(), y.waits()
			if len(lower) != 1 || len(move) != 1 {
				t.Fatalf("%+v, %+v", lower, move)
			}
			for _, err := range []error{g.Decide(t.Context(), chief, lower[0].ID, true, ""), m.Decide(t.Context(), chief, move[0].ID, true, "")} {
				if !errors.Is(err, ErrRetired) {
					t.Errorf("confirmed: %v", err)
				}
			}
			want := "rejected"
			err1, err2 := error(nil), error(nil)
			if withdrawn {
				want = "withdrawn"
				err1, err2 = g.Withdraw(t.Context(), fitter, lower[0].ID, ""), m.Withdraw(t.Context(), fitter, move[0].ID, "")
			} else {
				err1, err2 = g.Decide(t.Context(), chief, lower[0].ID, false, "it is gone"), m.Decide(t.Context(), chief, move[0].ID, false, "it is gone")
			}
			acts := y.acts()
			if err := errors.Join(err1, err2); err != nil || len(y.lowerings()) != 0 || len(y.waits()) != 0 || acts[0].Kind != "camera.area_"+want || acts[1].Kind != "camera.grade_"+want {
				t.Errorf("%s: %v, %+v", want, err, acts[:2])
			}
			if got, err := y.Get(t.Context(), c.ID); err != nil || got.Grade != 3 || got.Area != "hall" {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}

// TestARecoveredCameraKeepsItsGrade: a copy of it guards as the registry did, and an area
// that went with the database keeps no camera away.
func TestARecoveredCameraKeepsItsGrade(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		y.Areas = func(_ context.Context, _ bun.IDB, area string) (bool, error) { return area == "hall", nil }
		back, err := y.Recover(t.Context(), admin, []Remembered{
			{ID: "cam000000000a", Name: "a", Main: at("rtsp://h/"), Area: "hall", Grade: 4},
			{ID: "cam000000000b", Name: "b", Main: at("rtsp://h/"), Area: "gone"},
		})
		if err != nil || len(back) != 2 || back[0].Area != "hall" || back[0].Grade != 4 || back[1].Area != "" || back[1].Grade != DefaultGrade {
			t.Errorf("%+v, %v", back, err)
		}
	})
}
