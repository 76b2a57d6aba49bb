package mask_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// yard is a gate with its masks, and two people.
type yard struct {
	*mask.Masks
	t             *testing.T
	cameras       *camera.Registry
	fitter, chief access.Actor
	gate          string
	told          []string
}

func each(t *testing.T, early func(y *yard), fn func(y *yard)) {
	t.Helper()
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		y := &yard{t: t}
		y.Masks = &mask.Masks{DB: d, Clock: clock.Clock(nil), Changed: func(c string) { y.told = append(y.told, c) }}
		y.cameras = &camera.Registry{DB: d, Box: box, Clock: clock.Clock(nil), Cover: y.Inherit}
		y.fitter = people.Add(t, d, "fitter", access.Technician)
		y.gate = y.add("gate", "rtsp://192.0.2.1/ch1").ID
		early(y)
		y.chief = people.Add(t, d, "chief", access.Supervisor)
		y.told = nil
		fn(y)
	})
}

func (y *yard) add(name, url string) camera.Camera {
	y.t.Helper()
	c, err := y.cameras.Create(y.t.Context(), y.fitter, camera.New{Name: name, Main: camera.StreamInput{URL: &url}})
	if err != nil {
		y.t.Fatal(err)
	}
	return c
}

func (y *yard) of(camera string) mask.Set {
	y.t.Helper()
	s, err := y.Of(y.t.Context(), camera)
	if err != nil {
		y.t.Fatal(err)
	}
	return s
}

// sets sets masks and gives whether that waits.
func (y *yard) sets(reason string, all ...mask.Mask) (waits bool) {
	y.t.Helper()
	_, waiting, err := y.Set(y.t.Context(), y.fitter, y.gate, mask.Content{Masks: all}, reason)
	if err != nil {
		y.t.Fatal(err)
	}
	return waiting != nil
}

func (y *yard) last() ledger.Act {
	y.t.Helper()
	acts, _, err := ledger.List(y.t.Context(), y.DB.Read(), ledger.Filter{Limit: 1})
	if err != nil {
		y.t.Fatal(err)
	}
	return acts[0]
}

func (y *yard) waiting() mask.Waiting {
	y.t.Helper()
	all, err := y.List(y.t.Context(), proposal.Proposed)
	if err != nil || len(all) != 1 {
		y.t.Fatal(all, err)
	}
	return all[0]
}

func covering(name string, x0, y0, x1, y1 int) mask.Mask {
	return mask.Mask{Name: name, Reason: "a neighbour", Points: []mask.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}}
}

// TestTwoShowWhatOneCovers: one person covers parts of a picture, at once; less of it covered,
// smaller or elsewhere, is in force only when somebody else has confirmed it.
func TestTwoShowWhatOneCovers(t *testing.T) {
	clause.Covers(t, "C008")
	window, door := covering("window", 100, 100, 900, 900), covering("door", 5000, 5000, 6000, 9000)
	each(t, func(y *yard) {
		y.sets("", window)
		if y.sets("set up anew") || y.last().Detail["alone"] != true || len(y.of(y.gate).Masks) != 0 {
			t.Errorf("nobody could confirm: %+v", y.last())
		}
	}, func(y *yard) {
		if y.sets("", window) || y.last().Kind != "camera.masked" || y.last().Person != y.fitter.Person || y.last().Camera != y.gate || !slices.Equal(y.told, []string{y.gate}) {
			t.Errorf("%+v, told %v", y.last(), y.told)
		}
		before := y.last().ID
		if y.sets("", window) || y.last().ID != before {
			t.Error("the same once more is an act")
		}
		if y.sets("", window, door) || y.sets("", covering("window", 0, 100, 900, 950), door) {
			t.Error("more of it waits")
		}
		larger := covering("window", 0, 100, 900, 950)
		for name, less := range map[string][]mask.Mask{"none": {}, "one": {door}, "smaller": {window, door}, "moved": {covering("window", 1, 100, 901, 950), door}} {
			if _, _, err := y.Set(t.Context(), y.fitter, y.gate, mask.Content{Masks: less}, ""); !errors.Is(err, mask.ErrReason) {
				t.Errorf("%s, without a reason: %v", name, err)
			}
			if !y.sets("the camera was turned", less...) || y.last().Kind != "camera.mask_proposed" || len(y.of(y.gate).Masks) != 2 {
				t.Errorf("%s: %+v", name, y.last())
			}
			w := y.waiting()
			if _, _, err := y.Set(t.Context(), y.fitter, y.gate, mask.Content{}, "once more"); !errors.Is(err, mask.ErrWaits) {
				t.Errorf("%s: two at once: %v", name, err)
			}
			for who, err := range map[string]error{
				"who proposed":        y.Decide(t.Context(), access.ActorOf(y.fitter.Person, access.Leader), w.ID, true, ""),
				"a guard":             y.Decide(t.Context(), access.ActorOf("g", access.Operator), w.ID, true, ""),
				"the chief withdraws": y.Withdraw(t.Context(), y.chief, w.ID, ""),
			} {
				if problem.Of(err).Kind != problem.Forbidden {
					t.Errorf("%s: %v", who, err)
				}
			}
			if err := y.Decide(t.Context(), y.chief, w.ID, false, "it was not"); err != nil || len(y.of(y.gate).Masks) != 2 || y.last().Kind != "camera.mask_rejected" {
				t.Errorf("%s: %v, %+v", name, err, y.last())
			}
		}
		y.sets("the wall is gone", larger)
		overtaken := y.waiting()
		if y.sets("", larger, door, covering("bed", 1, 1, 2, 2)) || !y.waiting().Overtaken {
			t.Error("covering more waits while less is proposed")
		}
		if err := y.Decide(t.Context(), y.chief, overtaken.ID, true, ""); !errors.Is(err, proposal.ErrOvertaken) {
			t.Errorf("%v", err)
		}
		if err := y.Withdraw(t.Context(), y.fitter, overtaken.ID, ""); err != nil {
			t.Fatal(err)
		}
		y.sets("the wall is gone", larger)
		y.told = nil
		if err := y.Decide(t.Context(), y.chief, y.waiting().ID, true, "seen"); err != nil || len(y.of(y.gate).Masks) != 1 || len(y.told) != 1 {
			t.Errorf("%v, %+v", err, y.of(y.gate))
		}
		if act := y.last(); act.Kind != "camera.masked" || act.Person != y.chief.Person || act.Detail["proposedBy"] != y.fitter.Person || y.of(y.gate).By != y.chief.Person {
			t.Errorf("%+v", act)
		}
		if _, waits, err := y.Set(t.Context(), access.CommandLine(), y.gate, mask.Content{Device: "the window, in its own menu"}, "on the machine"); err != nil || waits != nil || y.last().Detail["alone"] != true {
			t.Errorf("%v, %+v", err, y.last())
		}
		held.Altered(t, y.DB, map[string][]string{"camera_masks": nil, "proposals": {"kind", "step", "state"}}, mask.Differ, proposal.Differ)
	})
}

// TestADeviceRegisteredAnewStaysCovered: whoever retires a masked camera, gives it another address
// or registers its address once more shows nothing that was covered.
func TestADeviceRegisteredAnewStaysCovered(t *testing.T) {
	clause.Covers(t, "C008")
	each(t, func(*yard) {}, func(y *yard) {
		y.sets("", covering("window", 100, 100, 900, 900))
		masks := func(c camera.Camera) int { return len(y.of(c.ID).Masks) }
		if c := y.add("once more", "rtsps://192.0.2.1/CH1?again"); masks(c) != 1 || y.last().Kind != "camera.masked" || y.last().Camera != c.ID {
			t.Errorf("%+v", y.last())
		}
		if masks(y.add("another channel", "rtsp://192.0.2.1/ch2")) != 0 || masks(y.add("elsewhere", "rtsp://192.0.2.2/ch1")) != 0 {
			t.Error("a camera that shows something else is covered")
		}
		other := y.add("moved", "rtsp://192.0.2.3/")
		url := "rtsp://192.0.2.1/ch1"
		if _, err := y.cameras.Update(t.Context(), y.fitter, other.ID, camera.Change{Main: &camera.StreamInput{URL: &url}}); err != nil || masks(other) != 1 {
			t.Errorf("%v, %+v", err, y.of(other.ID))
		}
		away := "rtsp://192.0.2.9/"
		if _, err := y.cameras.Update(t.Context(), y.fitter, other.ID, camera.Change{Main: &camera.StreamInput{URL: &away}}); err != nil || masks(other) != 1 {
			t.Errorf("it has lost what covers it: %v, %+v", err, y.of(other.ID))
		}
		full := []mask.Mask{covering("window", 100, 100, 900, 900)}
		for len(full) < 24 {
			full = append(full, covering(fmt.Sprint(len(full)), 10*len(full), 0, 10*len(full)+9, 9))
		}
		y.sets("", full...)
		crowded := y.add("crowded", "rtsp://192.0.2.4/")
		if _, _, err := y.Set(t.Context(), y.fitter, crowded.ID, mask.Content{Masks: []mask.Mask{covering("bed", 5000, 5000, 6000, 6000)}}, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := y.cameras.Update(t.Context(), y.fitter, crowded.ID, camera.Change{Main: &camera.StreamInput{URL: &url}}); !errors.Is(err, mask.ErrMany) || masks(crowded) != 1 {
			t.Errorf("one mask too many: %v", err)
		}
		if _, err := y.cameras.Retire(t.Context(), y.fitter, y.gate, "to be set up anew"); err != nil {
			t.Fatal(err)
		}
		if masks(y.add("anew", "rtsp://192.0.2.1/live/sub")) != 24 {
			t.Error("another path of a device that was masked")
		}
	})
}

func TestBadMasks(t *testing.T) {
	each(t, func(*yard) {}, func(y *yard) {
		good := covering("a", 0, 0, 9, 9)
		many := make([]mask.Mask, 25)
		for name, c := range map[string]struct {
			all  []mask.Mask
			want string
		}{
			"a line":         {[]mask.Mask{{Name: "a", Reason: "why", Points: good.Points[:2]}}, "mask_shape"},
			"without a name": {[]mask.Mask{{Reason: "why", Points: good.Points}}, "field_required"},
			"without a why":  {[]mask.Mask{{Name: "a", Points: good.Points}}, "field_required"},
			"twice":          {[]mask.Mask{good, covering(" A", 0, 0, 9, 9)}, "mask_named"},
			"many":           {many, "mask_many"},
		} {
			if _, _, err := y.Set(t.Context(), y.fitter, y.gate, mask.Content{Masks: c.all}, ""); problem.Of(err).Code != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, who := range map[string]access.Actor{"an operator": access.ActorOf("g", access.Operator), "a supervisor": y.chief} {
			if _, _, err := y.Set(t.Context(), who, y.gate, mask.Content{Masks: []mask.Mask{good}}, ""); problem.Of(err).Kind != problem.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := y.Set(t.Context(), y.fitter, "nowhere", mask.Content{Masks: []mask.Mask{good}}, ""); !errors.Is(err, mask.ErrCamera) {
			t.Errorf("%v", err)
		}
	})
}
