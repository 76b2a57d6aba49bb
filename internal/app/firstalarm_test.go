package app_test

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestTheFirstAlarmSurvivesARestart: a statement that is opened after a restart within
// the outage names the alarm that the process before gave (practice P20), not one of its
// own.
func TestTheFirstAlarmSurvivesARestart(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	leader := signIn(t, a, access.Leader)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	before := time.Now()
	for _, f := range []sim.Fault{{Kind: sim.Refuse}, {Kind: sim.Cut}} {
		if err := s.SetFault(1, f); err != nil {
			t.Fatal(err)
		}
	}
	var o overview
	until(t, "the alarm", func() bool {
		leader.get("/api/v1/system", &o)
		return slices.ContainsFunc(o.Alarms, func(x struct{ Code, Camera string }) bool { return x.Code == "camera_down" && x.Camera == gate.ID })
	})
	after := time.Now()
	a.Close()

	a = &app.App{Config: c, Web: fstest.MapFS{}, Clock: func() time.Time { return time.Now().Add(30 * time.Minute) }} // half an hour later
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	leader = signInAgain(t, a, access.Leader)
	var list struct {
		Items []struct {
			Cameras []struct{ FirstAlarm *time.Time }
		}
	}
	until(t, "the statement", func() bool {
		leader.get("/api/v1/losses", &list)
		return len(list.Items) == 1 && len(list.Items[0].Cameras) == 1
	})
	if at := list.Items[0].Cameras[0].FirstAlarm; at == nil || at.Before(before.Truncate(time.Microsecond)) || at.After(after) {
		t.Errorf("the first alarm was given at %v, between %v and %v", at, before, after)
	}
}
