package roomcam_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/roll"
	"watchroom/internal/camera"
	"watchroom/internal/camera/roomcam"
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

// site has a camera over the desk of its control room, one at the gate, and two people.
type site struct {
	*roomcam.Register
	t             *testing.T
	cameras       *camera.Registry
	fitter, chief access.Actor
	desk, gate    string
	told          []string
}

func each(t *testing.T, early, fn func(s *site)) {
	t.Helper()
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &site{t: t}
		s.Register = &roomcam.Register{DB: d, Clock: clock.Clock(nil), Changed: func(c string) { s.told = append(s.told, c) }}
		s.cameras = &camera.Registry{DB: d, Box: box, Clock: clock.Clock(nil), Cover: s.Inherit}
		s.fitter = people.Add(t, d, "fitter", access.Technician)
		s.desk, s.gate = s.add("desk", "rtsp://192.0.2.1/ch1"), s.add("gate", "rtsp://192.0.2.2/ch1")
		early(s)
		s.chief = people.Add(t, d, "chief", access.Supervisor)
		s.told = nil
		fn(s)
	})
}

func (s *site) add(name, url string) string {
	s.t.Helper()
	c, err := s.cameras.Create(s.t.Context(), s.fitter, camera.New{Name: name, Main: camera.StreamInput{URL: &url}})
	if err != nil {
		s.t.Fatal(err)
	}
	return c.ID
}

func (s *site) mark(camera string, networks ...string) roomcam.Room {
	s.t.Helper()
	r, err := s.Mark(s.t.Context(), s.fitter, camera, roomcam.Content{Name: "监控室", Networks: networks})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *site) rooms() (cameras []string) {
	s.t.Helper()
	all, err := s.List(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range all {
		cameras = append(cameras, all[i].Camera)
	}
	return cameras
}

func (s *site) last() ledger.Act {
	s.t.Helper()
	acts, _, err := ledger.List(s.t.Context(), s.DB.Read(), ledger.Filter{Limit: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	return acts[0]
}

func (s *site) ends(reason string) (waits bool) {
	s.t.Helper()
	p, err := s.End(s.t.Context(), s.fitter, s.desk, reason)
	if err != nil {
		s.t.Fatal(err)
	}
	return p != nil
}

func (s *site) waiting() roomcam.Ending {
	s.t.Helper()
	all, err := s.Endings(s.t.Context(), proposal.Proposed)
	if err != nil || len(all) != 1 {
		s.t.Fatal(all, err)
	}
	return all[0]
}

// TestOneMarksAndTwoEnd: that a camera watches a control room one person says, at once; that it
// does no more is in force only when somebody else has confirmed it, and nobody of the room does.
func TestOneMarksAndTwoEnd(t *testing.T) {
	clause.Covers(t, "C112")
	each(t, func(s *site) {
		s.mark(s.desk)
		if s.ends("set up anew") || s.last().Detail["alone"] != true || len(s.rooms()) != 0 {
			t.Errorf("nobody could confirm: %+v", s.last())
		}
	}, func(s *site) {
		r := s.mark(s.desk, " 10.1.2.77/24", "10.1.2.30", "", "10.1.2.30", "::ffff:10.1.3.1")
		if !slices.Equal(r.Networks, []string{"10.1.2.0/24", "10.1.2.30", "10.1.3.1"}) || r.By != s.fitter.Person || !slices.Equal(s.told, []string{s.desk}) {
			t.Errorf("%+v, told %v", r, s.told)
		}
		act := s.last()
		if act.Kind != "camera.room_marked" || act.Camera != s.desk || act.Detail["name"] != "监控室" || act.Person != s.fitter.Person {
			t.Errorf("%+v", act)
		}
		if s.mark(s.desk, "10.1.2.0/24", "10.1.2.30", "10.1.3.1"); s.last().ID != act.ID {
			t.Error("the same once more is an act")
		}
		if _, err := s.End(t.Context(), s.fitter, s.desk, ""); !errors.Is(err, roomcam.ErrReason) {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := s.End(t.Context(), s.fitter, s.gate, "another camera"); !errors.Is(err, roomcam.ErrUnknown) {
			t.Errorf("what watches none: %v", err)
		}
		for what, answer := range map[string]func(id string) error{
			"refused":   func(id string) error { return s.Decide(t.Context(), s.chief, id, false, "it does") },
			"withdrawn": func(id string) error { return s.Withdraw(t.Context(), s.fitter, id, "") },
		} {
			if !s.ends("the desk was moved") || s.last().Kind != "camera.room_proposed" || len(s.rooms()) != 1 {
				t.Errorf("%s: %+v", what, s.last())
			}
			w := s.waiting()
			if w.From.Name != "监控室" || w.Overtaken || w.Subject != s.desk {
				t.Errorf("%+v", w)
			}
			if _, err := s.End(t.Context(), s.fitter, s.desk, "once more"); !errors.Is(err, roomcam.ErrWaits) {
				t.Errorf("two at once: %v", err)
			}
			room := access.NewRights("1", nil, map[string]access.Place{s.desk: {Grade: 1, Room: true}, s.gate: {Grade: 1}})
			guard := access.NewActor(s.chief.Person, room, access.Standing{Holdings: access.Everywhere(access.Supervisor, access.Operator)})
			for who, err := range map[string]error{
				"who proposed":          s.Decide(t.Context(), access.ActorOf(s.fitter.Person, access.Leader), w.ID, true, ""),
				"a guard":               s.Decide(t.Context(), access.ActorOf("g", access.Operator), w.ID, true, ""),
				"a chief who is one":    s.Decide(t.Context(), guard, w.ID, true, ""),
				"the chief withdraws":   s.Withdraw(t.Context(), s.chief, w.ID, ""),
				"a token of the chief":  s.Decide(t.Context(), withToken(s.chief), w.ID, true, ""),
				"the command line does": s.Decide(t.Context(), access.CommandLine(), w.ID, true, ""),
			} {
				if problem.Of(err).Kind != problem.Forbidden {
					t.Errorf("%s: %v", who, err)
				}
			}
			if err := answer(w.ID); err != nil || len(s.rooms()) != 1 {
				t.Errorf("%s: %v", what, err)
			}
		}
		s.ends("the desk was moved")
		s.told = nil
		if err := s.Decide(t.Context(), s.chief, s.waiting().ID, true, "seen"); err != nil || len(s.rooms()) != 0 || !slices.Equal(s.told, []string{s.desk}) {
			t.Errorf("%v, %v, told %v", err, s.rooms(), s.told)
		}
		if act := s.last(); act.Kind != "camera.room_ended" || act.Person != s.chief.Person || act.Detail["proposedBy"] != s.fitter.Person || act.Detail["reason"] != "the desk was moved" {
			t.Errorf("%+v", act)
		}
		ended := s.last().At
		if was, err := s.Since(t.Context(), ended-1); err != nil || len(was) != 1 || was[0].EndedBy != s.chief.Person {
			t.Errorf("before the end: %+v, %v", was, err)
		}
		if is, err := s.Since(t.Context(), ended); err != nil || len(is) != 0 {
			t.Errorf("at the end: %+v, %v", is, err)
		}
		s.mark(s.desk)
		s.ends("once more")
		overtaken := s.waiting().ID
		if p, err := s.End(t.Context(), access.CommandLine(), s.desk, "on the machine"); err != nil || p != nil || s.last().Detail["alone"] != true {
			t.Errorf("%v, %+v", err, s.last())
		}
		if !s.waiting().Overtaken || !errors.Is(s.Decide(t.Context(), s.chief, overtaken, true, ""), proposal.ErrOvertaken) {
			t.Error("what has ended ends once more")
		}
		held.Honest(t, s.DB, roomcam.Differ, proposal.Differ)
		held.Altered(t, s.DB, map[string][]string{"control_rooms": nil, "proposals": {"kind", "step", "state"}}, roomcam.Differ, proposal.Differ)
	})
}

func withToken(a access.Actor) access.Actor {
	a.Token = "t"
	return a
}

func TestBadRooms(t *testing.T) {
	each(t, func(*site) {}, func(s *site) {
		many := []string{}
		for i := range 33 {
			many = append(many, fmt.Sprint("10.1.2.", i))
		}
		for name, c := range map[string]struct {
			content roomcam.Content
			want    string
		}{
			"without a name": {roomcam.Content{}, "field_required"},
			"a host name":    {roomcam.Content{Name: "a", Networks: []string{"desk-1"}}, "room_network"},
			"everybody":      {roomcam.Content{Name: "a", Networks: []string{"0.0.0.0/0"}}, "room_network"},
			"everybody, six": {roomcam.Content{Name: "a", Networks: []string{"::ffff:0.0.0.0/96"}}, "room_network"},
			"no length":      {roomcam.Content{Name: "a", Networks: []string{"10.1.2.0/33"}}, "room_network"},
			"many":           {roomcam.Content{Name: "a", Networks: many}, "room_networks_many"},
		} {
			if _, err := s.Mark(t.Context(), s.fitter, s.desk, c.content); problem.Of(err).Code != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, who := range map[string]access.Actor{"an operator": access.ActorOf("g", access.Operator), "a supervisor": s.chief} {
			if _, err := s.Mark(t.Context(), who, s.desk, roomcam.Content{Name: "a"}); problem.Of(err).Kind != problem.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.End(t.Context(), who, s.desk, "because"); problem.Of(err).Kind != problem.Forbidden {
				t.Errorf("%s ends: %v", name, err)
			}
		}
		if _, err := s.Mark(t.Context(), s.fitter, "nowhere", roomcam.Content{Name: "a"}); !errors.Is(err, roomcam.ErrCamera) {
			t.Errorf("%v", err)
		}
	})
}

func TestWhoseAddress(t *testing.T) {
	c := roomcam.Content{Networks: []string{"10.1.2.0/24", "10.9.9.9", "fd00::/64"}}
	for address, want := range map[string]bool{"10.1.2.30": true, "10.9.9.9": true, "::ffff:10.1.2.30": true, "fd00::1%eth0": true, "10.1.3.30": false, "fd01::1": false, "": false, "desk": false} {
		if holds, possible := c.Holds(address); holds != want || possible {
			t.Errorf("%q: %v, %v", address, holds, possible)
		}
	}
	if holds, possible := (&roomcam.Content{}).Holds("10.1.2.30"); holds || !possible {
		t.Error("a room without networks is certain")
	}
}

// TestADeviceRegisteredAnewStaysTheRooms: whoever registers the device once more, or gives its
// address to another camera, does not give its footage to those who sit in the room.
func TestADeviceRegisteredAnewStaysTheRooms(t *testing.T) {
	clause.Covers(t, "C112")
	each(t, func(*site) {}, func(s *site) {
		s.mark(s.desk, "10.1.2.0/24")
		again := s.add("again", "rtsp://192.0.2.1:554/ch1")
		if rooms := s.rooms(); !slices.Contains(rooms, again) || s.last().Detail["earlier"] != s.desk {
			t.Errorf("registered once more: %v, %+v", rooms, s.last())
		}
		if other := s.add("another channel", "rtsp://192.0.2.1/ch2"); slices.Contains(s.rooms(), other) {
			t.Error("another channel of its recorder is a room's")
		}
		url := "rtsp://192.0.2.1/ch1"
		if _, err := s.cameras.Update(t.Context(), s.fitter, s.gate, camera.Change{Main: &camera.StreamInput{URL: &url}}); err != nil || !slices.Contains(s.rooms(), s.gate) {
			t.Errorf("by another camera: %v, %v", err, s.rooms())
		}
	})
}

// log proves the acts that are on record, but those on their way and while it cannot be read.
type log struct {
	onTheWay bool
	err      error
}

func (l *log) acts(ctx context.Context, tx bun.IDB, kinds ...string) (acts []roll.Act, err error) {
	if l.err != nil {
		return nil, l.err
	}
	all, _, err := ledger.LoggedOf(ctx, tx, kinds...)
	for _, a := range all {
		if !l.onTheWay || a.Act.Kind != "camera.room_ended" {
			acts = append(acts, roll.Act{ID: a.Act.ID, Person: a.Act.Person, Kind: a.Act.Kind, Subject: a.Act.Subject, At: a.Act.At, Log: "node/log", Leaf: a.Act.At})
		}
	}
	return acts, err
}

// TestRowsThatNoActMadeGiveNothingBack: a row that somebody removed or changed, and an end that
// the log does not prove, let nobody near the pictures of the room.
func TestRowsThatNoActMadeGiveNothingBack(t *testing.T) {
	clause.Covers(t, "C112")
	each(t, func(*site) {}, func(s *site) {
		now, freed := time.Unix(1_795_200_000, 0), 0
		l := &log{}
		known := &roomcam.Known{Acts: l.acts, Clock: func() time.Time { return now }, Freed: func() { freed++ }}
		watched := func(when string, tx bun.IDB, want ...string) {
			t.Helper()
			for _, k := range []*roomcam.Known{known, {Acts: l.acts, Clock: known.Clock}} { // one that has just started as well
				got, err := k.Cameras(t.Context(), tx)
				if err != nil || len(got) != len(want) {
					t.Errorf("%s: %v, %v, want %v", when, got, err, want)
				}
				for _, c := range want {
					if !got[c] {
						t.Errorf("%s: %v, want %v", when, got, want)
					}
				}
			}
		}
		watched("before", s.DB.Read())
		s.mark(s.desk)
		watched("marked", s.DB.Read(), s.desk)
		for what, sql := range map[string]string{
			"removed": "DELETE FROM control_rooms", "ended": "UPDATE control_rooms SET ended_at = 1, ended_by = 'x'", "of another camera": "UPDATE control_rooms SET camera = '" + s.gate + "'",
		} {
			dbtest.Forge(t, s.DB, sql, func(ctx context.Context, tx bun.Tx) {
				want := []string{s.desk}
				if what == "of another camera" { // what narrows needs no proof
					want = append(want, s.gate)
				}
				watched("a row "+what, tx, want...)
				if found, err := roomcam.Differ(ctx, tx); err != nil || len(found) == 0 {
					t.Errorf("a row %s: nothing is found, %v", what, err)
				}
			})
		}
		s.ends("the desk was moved")
		if err := s.Decide(t.Context(), s.chief, s.waiting().ID, true, ""); err != nil {
			t.Fatal(err)
		}
		l.onTheWay = true
		watched("its end is on its way", s.DB.Read(), s.desk)
		l.err = errors.New("the log cannot be read")
		watched("nothing can be proved", s.DB.Read(), s.desk)
		l.err, l.onTheWay = nil, false
		watched("its end is proved", s.DB.Read())
		if freed != 1 {
			t.Errorf("told %d times that it counts", freed)
		}
		s.mark(s.desk)
		watched("marked again", s.DB.Read(), s.desk)

		// Rows that stay away are not asked about at every request.
		asked := 0
		patient := &roomcam.Known{Clock: known.Clock, Acts: func(ctx context.Context, tx bun.IDB, kinds ...string) ([]roll.Act, error) {
			asked++
			return l.acts(ctx, tx, kinds...)
		}}
		dbtest.Forge(t, s.DB, "DELETE FROM control_rooms", func(ctx context.Context, tx bun.Tx) {
			for range 100 {
				if got, err := patient.Cameras(ctx, tx); err != nil || !got[s.desk] {
					t.Fatal(got, err)
				}
			}
		})
		if asked > 25 {
			t.Errorf("asked %d times", asked)
		}
	})
}
