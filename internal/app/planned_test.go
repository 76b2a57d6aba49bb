package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/config"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// post sends a body and reads the answer.
func (b *browser) post(path string, body, into any) {
	b.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := b.http.Post(b.base+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNoContent {
		return
	}
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
		var p any
		_ = json.NewDecoder(answer.Body).Decode(&p)
		b.t.Fatalf("%s: %s %v", path, answer.Status, p)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		b.t.Fatal(err)
	}
}

// newestGap is the last gap of a camera's timeline.
func (b *browser) newestGap(camera string) (cause, symptom, detail string, planned bool) {
	b.t.Helper()
	now := time.Now().UTC()
	var line struct {
		Cameras []struct {
			Spans []struct {
				Kind, Cause, Symptom, Detail string
				Planned                      bool
			}
		}
	}
	b.get("/api/v1/timeline?camera="+camera+"&from="+now.Add(-time.Hour).Format(time.RFC3339)+"&to="+now.Add(time.Minute).Format(time.RFC3339), &line)
	for _, s := range slices.Backward(line.Cameras[0].Spans) {
		if s.Kind == "gap" {
			return s.Cause, s.Symptom, s.Detail, s.Planned
		}
	}
	return "", "", "", false
}

// TestMaintenanceAndOffHours: within a window a camera that fails is no alarm and its
// gap is planned; when the window has been ended it is both. Where the plan stops
// recording, nothing is recorded, also by a camera that would be.
func TestMaintenanceAndOffHours(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	each(t, func(t *testing.T, c *config.Config) {
		s := cameras(t, 1)
		a := begin(t, c)
		defer a.Close()
		gate := add(t, a, s, 1, "Gate")
		lead, boss, head := signIn(t, a, access.DutyLead), signIn(t, a, access.Supervisor), signIn(t, a, access.Leader)
		first := time.Now() // in the zone of this machine, which is the site's
		var o overview
		recording := func() bool { lead.get("/api/v1/system", &o); return o.Cameras.Recording == 1 }
		alarmed := func(code string) bool {
			lead.get("/api/v1/system", &o)
			return slices.ContainsFunc(o.Alarms, func(x struct{ Code, Camera string }) bool { return x.Code == code && x.Camera == gate.ID })
		}
		until(t, "recording", recording)
		var w struct{ ID, State string }
		lead.post("/api/v1/maintenance", map[string]any{"cameras": []string{gate.ID}, "to": time.Now().Add(time.Hour).UTC(), "reason": "更换镜头"}, &w)
		if w.State != "running" {
			t.Errorf("%+v", w)
		}
		for _, f := range []sim.Fault{{Kind: sim.Refuse}, {Kind: sim.Cut}} {
			if err := s.SetFault(1, f); err != nil {
				t.Fatal(err)
			}
		}
		until(t, "the planned gap", func() bool {
			cause, symptom, detail, planned := lead.newestGap(gate.ID)
			return planned && cause == "maintenance_window" && symptom != "" && detail == "duty_lead: 更换镜头"
		})
		if alarmed("camera_down") || o.Cameras.Problems != 0 {
			t.Errorf("an alarm within the window: %+v", o)
		}
		lead.post("/api/v1/maintenance/"+w.ID+"/end", map[string]any{"reason": "提前完成"}, &w)
		until(t, "the alarm", func() bool { return alarmed("camera_down") && o.Cameras.Problems == 1 })
		until(t, "an ordinary gap", func() bool {
			cause, symptom, _, planned := lead.newestGap(gate.ID)
			return !planned && cause != "maintenance_window" && symptom == ""
		})
		if err := s.ClearFaults(1); err != nil {
			t.Fatal(err)
		}
		until(t, "recording again", recording)

		// Business hours that are never now, and nothing outside them.
		tomorrow := (int(time.Now().UTC().Weekday())+2)%7 + 1
		var set struct {
			InForce bool
			Waits   string
		}
		boss.post("/api/v1/schedules", map[string]any{"kind": "business_hours", "stops": true, "reason": "办公楼",
			"hours": []map[string]any{{"days": []int{tomorrow}, "from": "08:00", "to": "08:01"}}}, &set)
		if set.InForce || set.Waits == "" {
			t.Fatalf("one person stops recording: %+v", set)
		}
		head.post("/api/v1/proposals/"+set.Waits+"/approve", map[string]any{}, nil)
		var list struct {
			Items []struct {
				State struct {
					Status string
					Reason struct{ Code string }
				}
			}
		}
		until(t, "stopped by the plan", func() bool {
			lead.get("/api/v1/cameras", &list)
			return list.Items[0].State.Status == "off" && list.Items[0].State.Reason.Code == "off_hours"
		})
		until(t, "the gap of off-hours", func() bool {
			cause, symptom, _, planned := lead.newestGap(gate.ID)
			return planned && cause == "planned_off_hours" && symptom == ""
		})
		boss.post("/api/v1/schedules", map[string]any{"kind": "always", "reason": "全天"}, &set)
		until(t, "recording round the clock", recording)
		var f struct {
			KeepsDays float64
			Cameras   []struct{ Camera, Basis string }
			Volumes   []struct{ Total, Free int64 }
		}
		lead.get("/api/v1/capacity", &f)
		if len(f.Cameras) != 1 || f.Cameras[0].Basis != "recorded" || len(f.Volumes) != 1 || f.Volumes[0].Total <= 0 {
			t.Errorf("%+v", f)
		}
		var m struct {
			Cameras []struct {
				Cells []struct {
					Recorded  float64
					Planned   float64
					Unplanned map[string]float64
				}
			}
		}
		// Two days where midnight came meanwhile.
		lead.get("/api/v1/coverage/map?from="+first.Format(time.DateOnly)+"&to="+time.Now().Format(time.DateOnly), &m)
		var recorded, planned float64
		unplanned := 0
		for _, x := range m.Cameras[0].Cells {
			recorded, planned, unplanned = recorded+x.Recorded, planned+x.Planned, unplanned+len(x.Unplanned)
		}
		if recorded <= 0 || planned <= 0 || unplanned == 0 {
			t.Errorf("today: %+v", m.Cameras[0].Cells)
		}
	})
}

// TestARestartBeyondTheLimitHasAStatement: the recorder that was away says so of all
// its cameras in one statement.
func TestARestartBeyondTheLimitHasAStatement(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 2)
	a := begin(t, c)
	gate, yard := add(t, a, s, 1, "Gate"), add(t, a, s, 2, "Yard")
	for _, id := range []string{gate.ID, yard.ID} {
		until(t, "pictures on disk", func() bool { return recorded(c.Data, id, 10_000) })
	}
	a.Close()
	a = &app.App{Config: c, Web: fstest.MapFS{}, Clock: func() time.Time { return time.Now().Add(time.Hour) }} // an hour later
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	leader := signIn(t, a, access.Leader)
	var list struct {
		Items []struct {
			Cause   string
			Cameras []struct{ Camera string }
		}
	}
	until(t, "one statement of both", func() bool {
		leader.get("/api/v1/losses", &list)
		return len(list.Items) == 1 && list.Items[0].Cause == "recorder_stopped" && len(list.Items[0].Cameras) == 2
	})
}
