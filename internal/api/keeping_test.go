package api

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	camerasapi "watchroom/internal/api/camera"
	capacityapi "watchroom/internal/api/capacity"
	"watchroom/internal/api/coverage"
	lossapi "watchroom/internal/api/loss"
	"watchroom/internal/api/proposal"
	retentionapi "watchroom/internal/api/retention"
	"watchroom/internal/api/route"
	"watchroom/internal/api/system"
	"watchroom/internal/archive"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/loss"
	"watchroom/internal/archive/plan"
	"watchroom/internal/archive/retention"
	registry "watchroom/internal/camera"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/testkit/clause"
)

// fakeArchive is what lies below the parts that keep the archive.
type fakeArchive struct {
	gaps  []archive.GapRow
	wrong []fault.Condition
	lacks []string // disks and tiers that the configuration lacks
	free  int64
}

// Proved implements fault.Proof.
func (*fakeArchive) Proved(context.Context, string, int64) error { return nil }

// keep builds the parts that keep the archive on a catalogue without a recorder.
func (h *house) keep(d *db.DB, now clock.Clock, bus *event.Bus) {
	h.t.Helper()
	h.archive = &fakeArchive{free: 1e15}
	zone, err := time.LoadLocation(h.deps.TimeZone)
	if err != nil {
		h.t.Fatal(err)
	}
	c := &archive.Catalogue{DB: d, Root: h.t.TempDir(), Clock: now}
	start(h.t, c)
	h.t.Cleanup(c.Close)
	h.deps.Plans = &plan.Plans{DB: d, Bus: bus, Clock: now, Zone: zone}
	start(h.t, h.deps.Plans)
	list := func(ctx context.Context) ([]string, error) { return []string{h.gate, h.yard}, nil }
	h.deps.Days = &daily.Keeper{Catalogue: c, Zone: zone, Clock: now, Cameras: func(context.Context) ([]daily.Camera, error) {
		return []daily.Camera{{ID: h.gate, CreatedAt: 1}, {ID: h.yard, CreatedAt: 1}}, nil
	}}
	h.deps.Losses = &loss.Keeper{DB: d, Bus: bus, Clock: now,
		Gaps: func(context.Context, int64) ([]archive.GapRow, error) { return h.archive.gaps, nil },
		Cameras: func(context.Context) ([]loss.Camera, error) {
			return []loss.Camera{{ID: h.gate, Place: "门"}, {ID: h.yard, Place: "门"}}, nil
		},
		Share: func(context.Context, []string, int64, int64) (map[string]float64, error) {
			return map[string]float64{h.yard: 1}, nil
		},
		Positions: func(ctx context.Context, id string) ([]access.Position, error) {
			p, err := h.deps.Access.Person(ctx, id)
			return p.Positions(), err
		},
	}
	h.deps.Faults = &fault.Keeper{DB: d, Bus: bus, Clock: now, Log: slog.New(slog.DiscardHandler), Proof: h.archive,
		Conditions: func(context.Context) ([]fault.Condition, error) { return h.archive.wrong, nil },
		Absent:     func(context.Context) ([]string, error) { return h.archive.lacks, nil },
		Missing:    func(context.Context) ([]string, error) { return nil, nil }, Cameras: list}
	h.deps.Capacity = &capacity.Keeper{DB: d, Catalogue: c, Zone: zone, Clock: now, Cameras: list,
		Minimum: func(ctx context.Context) (capacity.Minimum, error) {
			books, err := (&retention.Rules{DB: d}).InForce(ctx)
			return books.Minimum(), err
		},
		Volumes: func() []capacity.Volume {
			return []capacity.Volume{{ID: "main", Name: "/data", Total: 2e15, Free: h.archive.free}}
		}}
}

func (h *house) stamp(minutes int) string {
	return h.now().Add(time.Duration(minutes) * time.Minute).UTC().Format(time.RFC3339)
}

func TestSchedulesAndMaintenance(t *testing.T) {
	clause.Covers(t, "C076")
	h := newHouse(t)
	h.person("leader") // who could approve
	const hours = `"kind":"business_hours","hours":[{"days":[1,2,3,4,5],"from":"08:00","to":"18:00"}],"stops":true`
	h.run([]scenario{
		{name: "nothing set", as: "operator", path: "/api/v1/schedules", status: 200, content: []string{`"items":[]`}},
		{name: "guest", path: "/api/v1/schedules", status: 401},
		{name: "operator sets", as: "operator", method: "POST", path: "/api/v1/schedules", body: `{` + hours + `,"reason":"办公楼"}`, status: 403, content: []string{"right_missing"}},
		{name: "lead sets", as: "lead", method: "POST", path: "/api/v1/schedules", body: `{` + hours + `,"reason":"办公楼"}`, status: 403},
		{name: "the administrator would record less", as: "administrator", method: "POST", path: "/api/v1/schedules", body: `{` + hours + `,"reason":"saves disk"}`, status: 201, content: []string{`"inForce":false`, `"waits":"`}},
		{name: "what waits is in no list", as: "operator", path: "/api/v1/schedules", status: 200, content: []string{`"items":[]`}},
		{name: "and waits once", as: "supervisor", method: "POST", path: "/api/v1/schedules", body: `{` + hours + `,"reason":"办公楼"}`, status: 409, content: []string{"schedule_waits"}},
	})
	waits := get[route.List[proposal.Proposal]](h, "leader", "GET", "/api/v1/proposals?state=proposed", "", 200).Items
	if len(waits) != 1 || waits[0].Kind != "schedule" || waits[0].Subject != "site" || waits[0].ScheduleBefore.Kind != "always" || !waits[0].ScheduleAfter.Stops {
		t.Fatalf("%+v", waits)
	}
	approve := "/api/v1/proposals/" + waits[0].ID + "/approve"
	h.run([]scenario{
		{name: "who runs the system approves", as: "administrator", method: "POST", path: approve, body: `{}`, status: 403, content: []string{"rights.approve"}},
		{name: "another person approves", as: "leader", method: "POST", path: approve, body: `{}`, status: 204},
		{name: "it holds", as: "operator", path: "/api/v1/schedules", status: 200, content: []string{`"inForce":true`, `"personName":"ADMINISTRATOR"`}},
		{name: "administrator sets one camera's", as: "administrator", method: "POST", path: "/api/v1/schedules", body: `{"camera":"{gate}","kind":"always","reason":"大门"}`, status: 201},
		{name: "hours that cannot be", as: "supervisor", method: "POST", path: "/api/v1/schedules", body: `{"kind":"business_hours","hours":[{"days":[1],"from":"08:00","to":"25:00"}],"reason":"x y"}`, status: 422, content: []string{"hours_invalid"}},
		{name: "no hours", as: "supervisor", method: "POST", path: "/api/v1/schedules", body: `{"kind":"business_hours","reason":"x y"}`, status: 422, content: []string{"hours_invalid"}},
		{name: "no such kind", as: "supervisor", method: "POST", path: "/api/v1/schedules", body: `{"kind":"sometimes","reason":"x y"}`, status: 422},
		{name: "no such camera", as: "supervisor", method: "POST", path: "/api/v1/schedules", body: `{"camera":"0000000000000","kind":"always","reason":"x y"}`, status: 404, content: []string{"camera_unknown"}},
		{name: "both are there", as: "auditor", path: "/api/v1/schedules", status: 200, content: []string{`"kind":"always"`, `"kind":"business_hours"`}},
		{name: "technician places", as: "technician", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["{gate}"],"to":"` + h.stamp(60) + `","reason":"更换镜头"}`, status: 403},
		{name: "lead places", as: "lead", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["{gate}","{yard}"],"to":"` + h.stamp(60) + `","reason":"更换镜头"}`, status: 201, content: []string{`"state":"running"`, `"personName":"LEAD"`}},
		{name: "for later", as: "supervisor", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["{gate}"],"from":"` + h.stamp(60) + `","to":"` + h.stamp(90) + `","reason":"布线"}`, status: 201, content: []string{`"state":"coming"`}},
		{name: "for yesterday", as: "lead", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["{gate}"],"from":"` + h.stamp(-1440) + `","to":"` + h.stamp(60) + `","reason":"更换镜头"}`, status: 422, content: []string{"window_past"}},
		{name: "backwards", as: "lead", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["{gate}"],"to":"` + h.stamp(-10) + `","reason":"更换镜头"}`, status: 422, content: []string{"window_end_past"}},
		{name: "out of this world", as: "lead", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["{gate}"],"to":"9000-01-01T00:00:00Z","reason":"更换镜头"}`, status: 422, content: []string{"time_out_of_range"}},
		{name: "without a reason", as: "lead", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["{gate}"],"to":"` + h.stamp(60) + `","reason":" "}`, status: 422, content: []string{"field_required"}},
		{name: "end of none", as: "lead", method: "POST", path: "/api/v1/maintenance/0000000000000/end", body: `{}`, status: 404, content: []string{"window_unknown"}},
	})
	list := get[route.List[coverage.Window]](h, "operator", "GET", "/api/v1/maintenance", "", 200)
	if len(list.Items) != 2 || list.Items[1].Reason != "更换镜头" {
		t.Fatalf("%+v", list)
	}
	h.run([]scenario{
		{name: "operator ends", as: "operator", method: "POST", path: "/api/v1/maintenance/" + list.Items[1].ID + "/end", body: `{}`, status: 403},
		{name: "lead ends", as: "lead", method: "POST", path: "/api/v1/maintenance/" + list.Items[1].ID + "/end", body: `{"reason":"提前完成"}`, status: 200, content: []string{`"state":"over"`, "提前完成"}},
		{name: "twice", as: "lead", method: "POST", path: "/api/v1/maintenance/" + list.Items[1].ID + "/end", body: `{}`, status: 409, content: []string{"window_over"}},
	})
	if all := get[route.List[coverage.Window]](h, "operator", "GET", "/api/v1/maintenance?all=true", "", 200); len(all.Items) != 2 {
		t.Errorf("%+v", all)
	}
	if now := get[route.List[coverage.Window]](h, "operator", "GET", "/api/v1/maintenance", "", 200); len(now.Items) != 1 {
		t.Errorf("%+v", now)
	}
}

func (h *house) cover(camera string, from, to time.Time, kind, cause string) {
	h.t.Helper()
	end := to.UnixMicro()
	if to.IsZero() {
		end = math.MaxInt64
	}
	err := h.deps.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO coverage (camera, start_at, end_at, kind, cause, detail) VALUES (?, ?, ?, ?, ?, '')`, camera, from.UnixMicro(), end, kind, cause)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestCoverageMap(t *testing.T) {
	clause.Covers(t, "C093")
	h := newHouse(t)
	zone := h.deps.Days.Zone
	start, _ := daybook.Midnight(h.now().UnixMicro(), zone)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	h.cover(h.gate, day(-3), day(-2).Add(6*time.Hour), "recorded", "")
	h.cover(h.gate, day(-2).Add(6*time.Hour), day(-2).Add(12*time.Hour), "gap", "network")
	h.cover(h.gate, day(-2).Add(12*time.Hour), h.now(), "recorded", "")
	path := fmt.Sprintf("/api/v1/coverage/map?from=%s&to=%s&camera={gate}", day(-3).Format(time.DateOnly), day(0).Format(time.DateOnly))
	if err := h.deps.Days.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	h.deps.Days.Close()
	if err := h.deps.Days.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := get[coverage.CoverageMap](h, "auditor", "GET", strings.Replace(path, "{gate}", h.gate, 1), "", 200)
	cells := m.Cameras[0].Cells
	if len(m.Dates) != 4 || m.Zone != "Asia/Shanghai" || len(cells) != 4 || *cells[0].Share != 1 || *cells[1].Share != 0.75 || cells[1].Unplanned["network"] != 21600 || cells[1].Gaps != 1 || cells[3].Flags[0] != "partial" {
		t.Errorf("%+v", m)
	}
	h.run([]scenario{
		{name: "guest", path: path, status: 401},
		{name: "all cameras", as: "token", path: strings.TrimSuffix(path, "&camera={gate}"), status: 200, content: []string{h.gate, h.yard}},
		{name: "too wide", as: "operator", path: "/api/v1/coverage/map?from=2026-01-01&to=2026-06-01", status: 422, content: []string{"days_out_of_range"}},
		{name: "backwards", as: "operator", path: "/api/v1/coverage/map?from=2026-01-02&to=2026-01-01", status: 422, content: []string{"days_out_of_range"}},
		{name: "no date", as: "operator", path: "/api/v1/coverage/map?from=yesterday!&to=2026-01-01", status: 422},
		{name: "a month", as: "leader", path: "/api/v1/coverage/month?month=" + day(0).Format("2006-01"), status: 200, content: []string{`"availability":`}},
		{name: "no month", as: "leader", path: "/api/v1/coverage/month?month=2026-77", status: 422, content: []string{"days_out_of_range"}},
	})
}

func TestFootageLossStatements(t *testing.T) {
	clause.Covers(t, "C076")
	h := newHouse(t)
	now := h.now().UnixMicro()
	h.archive.gaps = []archive.GapRow{{Camera: h.gate, Start: now - 3600e6, End: now - 1800e6, Cause: "recorder_stopped"}}
	if err := h.deps.Losses.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := get[route.List[lossapi.LossStatement]](h, "auditor", "GET", "/api/v1/losses?state=open", "", 200)
	if len(list.Items) != 1 || list.Items[0].Cause != "recorder_stopped" || list.Items[0].OnWatch != nil || list.Items[0].FirstAlarm != nil {
		t.Fatalf("%+v", list)
	}
	at := "/api/v1/losses/" + list.Items[0].ID
	h.run([]scenario{
		{name: "guest", path: "/api/v1/losses", status: 401},
		{name: "token", as: "token", path: "/api/v1/losses", status: 403},
		{name: "with neighbours", as: "leader", path: at, status: 200, content: []string{`"neighbours":[{"camera":"` + h.yard + `","share":1}]`, `"onWatch":null`, `"acknowledgedBy":null`}},
		{name: "no such", as: "leader", path: "/api/v1/losses/0000000000000", status: 404, content: []string{"loss_unknown"}},
		{name: "a time that cannot be", as: "leader", path: "/api/v1/losses?from=1800-01-01T00:00:00Z", status: 422, content: []string{"time_out_of_range"}},
		{name: "auditor explains", as: "auditor", method: "POST", path: at + "/explain", body: `{"text":"断电"}`, status: 403},
		{name: "leader explains", as: "leader", method: "POST", path: at + "/explain", body: `{"text":"断电"}`, status: 403},
		{name: "signed too early", as: "operator", method: "POST", path: at + "/sign", body: `{"explanation":"x","line":"on_watch","position":"operator"}`, status: 409, content: []string{"loss_open"}},
		{name: "operator explains", as: "operator", method: "POST", path: at + "/explain", body: `{"text":"断电","reported":"08:05 报王芳"}`, status: 200, content: []string{`"state":"explained"`, "OPERATOR"}},
		{name: "twice", as: "supervisor", method: "POST", path: at + "/explain", body: `{"text":"断电"}`, status: 409, content: []string{"loss_explained"}},
		{name: "no words", as: "operator", method: "POST", path: at + "/explain", body: `{"text":" "}`, status: 422, content: []string{"field_required"}},
	})
	s := get[lossapi.LossStatement](h, "operator", "GET", at, "", 200)
	body := func(line, position string) string {
		return fmt.Sprintf(`{"explanation":%q,"line":%q,"position":%q}`, s.Explanation.ID, line, position)
	}
	h.run([]scenario{
		{name: "administrator signs", as: "administrator", method: "POST", path: at + "/sign", body: body("informed", "administrator"), status: 403},
		{name: "as another", as: "operator", method: "POST", path: at + "/sign", body: body("informed", "leader"), status: 422, content: []string{"loss_position"}},
		{name: "on no line", as: "operator", method: "POST", path: at + "/sign", body: `{"explanation":"x","position":"operator"}`, status: 422},
		{name: "what others answer for", as: "operator", method: "POST", path: at + "/sign", body: body("informed", "operator"), status: 403, content: []string{"loss_line_position", `"positions":["duty_lead","leader","supervisor"]`, "body.position"}},
		{name: "the lines, for a lead", as: "lead", path: at, status: 200, content: []string{`{"line":"on_watch","positions":["duty_lead","operator"],"yours":["duty_lead"]}`, `{"line":"repaired","positions":["contractor","technician"],"yours":[]}`}},
		{name: "one", as: "operator", method: "POST", path: at + "/sign", body: body("on_watch", "operator"), status: 200, content: []string{`"grade":"server_attested"`, `"line":"on_watch"`}},
		{name: "the same", as: "operator", method: "POST", path: at + "/sign", body: body("on_watch", "operator"), status: 409, content: []string{"loss_signed_by_same"}},
		{name: "what is signed", as: "colleague", method: "POST", path: at + "/sign", body: body("on_watch", "operator"), status: 409, content: []string{"loss_line_signed"}},
		{name: "two", as: "technician", method: "POST", path: at + "/sign", body: body("repaired", "technician"), status: 200, content: []string{`"state":"explained"`}},
		{name: "three", as: "lead", method: "POST", path: at + "/sign", body: body("informed", "duty_lead"), status: 200, content: []string{`"state":"signed"`}},
		{name: "four", as: "leader", method: "POST", path: at + "/sign", body: body("informed", "leader"), status: 409, content: []string{"loss_signed"}},
		{name: "on record", as: "auditor", path: "/api/v1/acts?kind=loss.signed", status: 200, content: []string{"TECHNICIAN", "duty_lead", `"line":"repaired"`}},
	})
}

func TestStorageFaults(t *testing.T) {
	clause.Covers(t, "C098")
	h := newHouse(t)
	h.archive.wrong = []fault.Condition{{Kind: fault.VolumeFull, Subject: "main", Detail: map[string]any{"freeBytes": 1}}}
	if err := h.deps.Faults.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := get[route.List[lossapi.StorageFault]](h, "leader", "GET", "/api/v1/storage-faults?open=true", "", 200)
	if len(list.Items) != 1 || list.Items[0].Kind != "volume_full" || list.Items[0].ClosedAt != nil {
		t.Fatalf("%+v", list)
	}
	at := "/api/v1/storage-faults/" + list.Items[0].ID + "/acknowledge"
	h.run([]scenario{
		{name: "guest", path: "/api/v1/storage-faults", status: 401},
		{name: "auditor acknowledges", as: "auditor", method: "POST", path: at, body: `{}`, status: 403},
		{name: "operator acknowledges", as: "operator", method: "POST", path: at, body: `{"note":"已报修"}`, status: 200, content: []string{`"step":"acknowledged"`, `"closedAt":null`, "OPERATOR"}},
		{name: "leader too", as: "leader", method: "POST", path: at, body: `{}`, status: 200},
		{name: "no such", as: "operator", method: "POST", path: "/api/v1/storage-faults/0000000000000/acknowledge", body: `{}`, status: 404, content: []string{"storage_fault_unknown"}},
		{name: "it stays", as: "operator", path: "/api/v1/storage-faults?open=true", status: 200, content: []string{"volume_full"}},
		{name: "leaders have not been told", as: "leader", path: "/api/v1/storage-faults?escalated=true", status: 200, content: []string{`"items":[]`}},
	})
	give := strings.Replace(at, "acknowledge", "give-up", 1)
	h.run([]scenario{{name: "a disk that there is", as: "supervisor", method: "POST", path: give, body: `{"reason":"报废"}`, status: 409, content: []string{"place_configured"}}})
	h.archive.wrong, h.archive.lacks = append(h.archive.wrong, fault.Condition{Kind: fault.VolumeAway, Subject: "disk2"}), []string{"disk2"}
	if err := h.deps.Faults.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	list = get[route.List[lossapi.StorageFault]](h, "leader", "GET", "/api/v1/storage-faults?open=true", "", 200)
	for _, f := range list.Items {
		if f.Absent != (f.Subject == "disk2") {
			t.Errorf("%+v", f)
		}
		if f.Absent {
			give = "/api/v1/storage-faults/" + f.ID + "/give-up"
		}
	}
	h.run([]scenario{
		{name: "an operator gives it up", as: "operator", method: "POST", path: give, body: `{"reason":"报废"}`, status: 403},
		{name: "without a reason", as: "supervisor", method: "POST", path: give, body: `{"reason":"x"}`, status: 422},
		{name: "a supervisor gives it up", as: "supervisor", method: "POST", path: give, body: `{"reason":"报废"}`, status: 200, content: []string{`"step":"given_up"`, `"absent":false`, `"closedAt":null`}},
		{name: "twice", as: "supervisor", method: "POST", path: give, body: `{"reason":"报废"}`, status: 409, content: []string{"place_given_up"}},
	})
	for _, right := range access.Actions() {
		if strings.Contains(string(right), "silence") || strings.Contains(string(right), "fault.close") {
			t.Errorf("somebody may %s", right)
		}
	}
}

// TestShortage: while no disk has room, who may switch all cameras says which go on.
func TestShortage(t *testing.T) {
	clause.Covers(t, "C090")
	h := newHouse(t)
	h.system.state = "full"
	at, body := "/api/v1/storage/shortage", `{"record":["{gate}"],"reason":"出入口优先"}`
	h.run([]scenario{
		{name: "guest", method: "POST", path: at, body: body, status: 401},
		{name: "somebody is asked", as: "duty_lead", path: "/api/v1/storage", status: 200, content: []string{`"whenFull":"ask"`, `"shortage":{"asked":true,"mayAnswer":true}`}},
		{name: "operator", as: "operator", method: "POST", path: at, body: body, status: 403},
		{name: "without a camera", as: "duty_lead", method: "POST", path: at, body: `{"record":[],"reason":"出入口优先"}`, status: 422},
		{name: "no such camera", as: "duty_lead", method: "POST", path: at, body: `{"record":["0000000000000"],"reason":"出入口优先"}`, status: 422, content: []string{"shortage_cameras"}},
		{name: "without a reason", as: "duty_lead", method: "POST", path: at, body: `{"record":["{gate}"],"reason":" "}`, status: 422},
		{name: "duty lead", as: "duty_lead", method: "POST", path: at, body: body, status: 200, content: []string{`"asked":false`, `"record":["`, `"count":1`, "DUTY_LEAD", "出入口优先"}},
		{name: "operator revokes", as: "operator", method: "POST", path: at + "/revoke", body: `{"reason":"选错"}`, status: 403},
		{name: "duty lead revokes", as: "duty_lead", method: "POST", path: at + "/revoke", body: `{"reason":"选错"}`, status: 200, content: []string{`{"asked":true,"mayAnswer":true}`}},
		{name: "there is none", as: "duty_lead", method: "POST", path: at + "/revoke", body: `{"reason":"选错"}`, status: 409, content: []string{"shortage_not_answered"}},
		{name: "the acts tell", as: "duty_lead", path: "/api/v1/acts?kind=shortage.", status: 200, content: []string{"shortage.answered", "shortage.revoked", "出入口优先"}},
	})
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.deps.Rights.Changed()
	h.holds("colleague", access.DutyLead, "east")
	h.run([]scenario{
		{name: "a lead of some areas is not offered what they may not", as: "colleague", path: "/api/v1/storage", status: 200, content: []string{`"shortage":{"asked":true,"mayAnswer":false}`}},
		{name: "nor may they", as: "colleague", method: "POST", path: at, body: body, status: 403, content: []string{"right_elsewhere"}},
	})
	h.system.state = "ok"
	h.run([]scenario{{name: "nobody is asked", as: "duty_lead", method: "POST", path: at, body: body, status: 409, content: []string{"shortage_not_asked"}}})
}

// TestDisksAreNamedToWhoReadsStorage: to others they have numbers, on every page.
func TestDisksAreNamedToWhoReadsStorage(t *testing.T) {
	h := newHouse(t)
	told := get[capacityapi.CapacityForecast](h, "supervisor", "GET", "/api/v1/capacity", "", 200)
	if len(told.Volumes) != 1 || told.Volumes[0].Name == "" || told.Volumes[0].ID == "1" {
		t.Fatalf("a supervisor: %+v", told.Volumes)
	}
	for _, who := range []string{"operator", "stand_in", "contractor"} {
		bare := get[capacityapi.CapacityForecast](h, who, "GET", "/api/v1/capacity", "", 200)
		if len(bare.Volumes) != 1 || bare.Volumes[0].Name != "" || bare.Volumes[0].ID != "1" || bare.Volumes[0].Total != told.Volumes[0].Total || bare.Used != told.Used {
			t.Errorf("%s: %+v", who, bare.Volumes)
		}
	}
	again := get[capacityapi.CapacityForecast](h, "supervisor", "GET", "/api/v1/capacity", "", 200)
	if again.Volumes[0].Name != told.Volumes[0].Name {
		t.Errorf("what one was told, another reads: %+v", again.Volumes)
	}
}

// TestCapacity: adding a camera is answered with figure and date, and refused only
// where that is wanted.
func TestCapacity(t *testing.T) {
	clause.Covers(t, "C090")
	h := newHouse(t)
	f := get[capacityapi.CapacityForecast](h, "operator", "GET", "/api/v1/capacity", "", 200)
	// Nothing was measured yet, and nothing is said.
	if f.Unknown != "rates" || f.KeepsDays != nil || f.BytesPerDay != nil || f.MinimumDays != 90 || f.ShortOn != nil || f.FullOn != nil || len(f.Cameras) != 2 || f.Cameras[0].Basis != "guess" || len(f.Volumes) != 1 || f.Volumes[0].FullOn != nil {
		t.Errorf("%+v", f)
	}
	// What is held is told, in all and where it lies; of half an hour a camera's own rate.
	at := h.now()
	row := archive.Segment{Camera: h.gate, StartAt: at.Add(-30 * time.Minute).UnixMicro(), EndAt: at.UnixMicro(), Run: "r", File: "f", Bytes: 7}
	err := h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.deps.Capacity.Held = func(context.Context) (map[string][]hold.Interval, error) {
		return map[string][]hold.Interval{h.gate: {{From: row.StartAt, To: row.EndAt}}}, nil
	}
	if g := get[capacityapi.CapacityForecast](h, "operator", "GET", "/api/v1/capacity", "", 200); g.Held != 7 || g.HeldSegments != 1 || g.Volumes[0].Held != 7 || g.Reserved != 90*(43_200_000_000+7*48)+7 || g.Cameras[1].Basis != "recorded" || g.Unknown != "" || g.KeepsDays == nil || *g.KeepsDays != 90 {
		t.Errorf("held: %+v", g)
	}
	h.deps.Capacity.Held = nil
	// The system's page tells the same.
	h.archive.free = 200 * 43_200_000_000
	g := get[capacityapi.CapacityForecast](h, "operator", "GET", "/api/v1/capacity", "", 200)
	o := get[system.Overview](h, "operator", "GET", "/api/v1/system", "", 200)
	if l := o.Storage.Outlook; l == nil || l.Used != g.Used || l.Usable != g.Usable || l.KeepsDays == nil || *l.KeepsDays != *g.KeepsDays || l.MinimumDays != g.MinimumDays || g.FullOn == nil || l.FullOn == nil || !l.FullOn.Equal(*g.FullOn) {
		t.Errorf("%+v and %+v", o.Storage, g)
	}
	err = h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model(&row).Where("file = 'f'").Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// 61 days of three cameras of 4 Mbit/s.
	h.archive.free = 3 * 61 * 43_200_000_000
	a := get[capacityapi.CapacityAnswer](h, "technician", "POST", "/api/v1/capacity/check", `{}`, 200)
	if a.OK || a.KeepsDays != 61 || a.MinimumDays != 90 || a.ShortOn == nil || a.FullOn == nil {
		t.Errorf("%+v", a)
	}
	const camera = `{"name":"%s","main":{"url":"rtsp://192.0.2.77/a"}}`
	made := get[camerasapi.Camera](h, "technician", "POST", "/api/v1/cameras", fmt.Sprintf(camera, "Hall"), http.StatusCreated)
	if r := made.Reservation; r == nil || r.OK || r.KeepsDays != 61 || r.MinimumDays != 90 || r.ShortOn == nil {
		t.Errorf("%+v", made.Reservation)
	}
	if r := made.Reservation; r.Basis != "guess" || r.Bitrate != 4e6 {
		t.Errorf("nothing is known of it: %+v", r)
	}
	// The answer goes by what the connection test saw, also where the main stream changes.
	const patch = `{"main":{"url":"rtsp://192.0.2.77/%s"},"seen":{%s}}`
	change := func(path, seen string, status int) *camerasapi.Reservation {
		t.Helper()
		return get[camerasapi.Camera](h, "technician", "PATCH", "/api/v1/cameras/"+made.ID, fmt.Sprintf(patch, path, seen), status).Reservation
	}
	if r := change("b", `"bitrate":16000000`, http.StatusOK); r == nil || r.OK || r.Basis != "live" || r.Bitrate != 16e6 || r.KeepsDays != 30 || r.ShortOn == nil {
		t.Errorf("four times the bit rate: %+v", r)
	}
	// It goes by the server's own test of the address; the client's word counts where it is more.
	test := func(path string, found source.ProbeResult) {
		t.Helper()
		h.probe.found = found
		get[camerasapi.ProbeResult](h, "technician", "POST", "/api/v1/cameras/test", fmt.Sprintf(`{"url":"rtsp://viewer:x@192.0.2.77/%s"}`, path), 200)
	}
	test("c", source.ProbeResult{OK: true, State: source.Live, FPS: 10, Tracks: []media.Track{{Codec: media.H264, Width: 1000, Height: 1000}}})
	if r := change("c", ``, http.StatusOK); r == nil || r.Basis != "resolution" || r.Bitrate != 8e5 {
		t.Errorf("by the size of its pictures: %+v", r)
	}
	test("c1", source.ProbeResult{OK: true, State: source.Live, Bitrate: 6e6})
	if r := change("c1", `"bitrate":1000`, http.StatusOK); r == nil || r.Basis != "live" || r.Bitrate != 6e6 {
		t.Errorf("less by the client's word: %+v", r)
	}
	if r := change("c2", `"bitrate":1000`, http.StatusOK); r == nil || r.Basis != "guess" || r.Bitrate != 4e6 {
		t.Errorf("less by the client's word alone: %+v", r)
	}
	if one := get[camerasapi.Camera](h, "technician", "POST", "/api/v1/cameras", `{"name":"Cheap","main":{"url":"rtsp://192.0.2.78/a"},"seen":{"bitrate":1000}}`, http.StatusCreated); one.Reservation == nil || one.Reservation.Bitrate != 4e6 || !one.Reservation.Whole {
		t.Errorf("a camera that sends next to nothing, it is said: %+v", one.Reservation)
	} else if w := h.send("technician", "POST", "/api/v1/cameras/"+one.ID+"/retire", `{"reason":"was none"}`); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	if r := change("a", ``, http.StatusOK); r == nil || r.Basis != "guess" || r.Bitrate != 4e6 {
		t.Errorf("not tested: %+v", r)
	}
	// So is a higher minimum; one that is not higher is no question of room.
	const rule = `{"class":"main","reason":"a key target","camera":"%s","rule":{"minimumDays":%d,"minimumBasis":"own","minimumNote":"a note"}}`
	raise := func(camera string, days, status int) *camerasapi.Reservation {
		t.Helper()
		return get[retentionapi.RetentionChange](h, "supervisor", "POST", "/api/v1/retention/rules", fmt.Sprintf(rule, camera, days), status).Storage
	}
	if r := raise(h.yard, 80, http.StatusCreated); r != nil {
		t.Errorf("lowered: %+v", r)
	}
	if r := raise(h.gate, 100, http.StatusCreated); r == nil || r.OK || r.KeepsDays != 93 || r.MinimumDays != 100 || r.ShortOn == nil {
		t.Errorf("raised: %+v", r)
	}
	h.deps.Capacity.Refuse = true
	h.probe.found = source.ProbeResult{OK: true, State: source.Live, Bitrate: 1e6}
	h.run([]scenario{
		{name: "guest", path: "/api/v1/capacity", status: 401},
		{name: "token", as: "token", path: "/api/v1/capacity", status: 403},
		{name: "a minimum that cannot be kept", as: "technician", method: "POST", path: "/api/v1/capacity/check", body: `{"camera":"{gate}","minimumDays":400}`, status: 409, content: []string{"capacity_short"}},
		{name: "too fast", as: "technician", method: "POST", path: "/api/v1/capacity/check", body: `{"bitrate":5}`, status: 422, content: []string{"capacity_input"}},
		{name: "a rule that cannot be kept", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: fmt.Sprintf(rule, "", 120), status: 409, content: []string{"capacity_short", `"keeps":91`, `"of":120`}},
		{name: "by whom it is not asked", as: "operator", method: "POST", path: "/api/v1/retention/rules", body: fmt.Sprintf(rule, "", 120), status: 403, content: []string{"right_missing"}},
		{name: "a lower one", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: fmt.Sprintf(rule, "{gate}", 70), status: 201, not: []string{"storage"}},
		{name: "a camera that cannot be kept", as: "technician", method: "POST", path: "/api/v1/cameras", body: fmt.Sprintf(camera, "Attic"), status: 409, content: []string{"capacity_short", `"keeps":61`}},
		{name: "a stream that cannot be kept", as: "technician", method: "PATCH", path: "/api/v1/cameras/" + made.ID, body: fmt.Sprintf(patch, "d", `"bitrate":16000000`), status: 409, content: []string{"capacity_short", `"keeps":30`, `"on":`}},
		{name: "it is as it was", as: "technician", path: "/api/v1/cameras/" + made.ID, status: 200, content: []string{"192.0.2.77/a"}},
		{name: "a test of another one", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.77/e"}`, status: 200},
		{name: "one that sends less", as: "technician", method: "PATCH", path: "/api/v1/cameras/" + made.ID, body: fmt.Sprintf(patch, "e", `"bitrate":1`), status: 200, content: []string{`"reservation":`, `"bitrate":1000000`}},
		{name: "switched off", as: "lead", method: "POST", path: "/api/v1/cameras/" + made.ID + "/switch", body: `{"enabled":false,"reason":"no room"}`, status: 200},
		{name: "switched on again", as: "lead", method: "POST", path: "/api/v1/cameras/" + made.ID + "/switch", body: `{"enabled":true,"reason":"it shall"}`, status: 409, content: []string{"capacity_short"}},
		{name: "it stays off", as: "technician", path: "/api/v1/cameras/" + made.ID, status: 200, content: []string{`"enabled":false`}},
		{name: "without the right", as: "operator", method: "POST", path: "/api/v1/cameras", body: fmt.Sprintf(camera, "Attic"), status: 403},
		{name: "it is not there", as: "operator", path: "/api/v1/cameras", status: 200, content: []string{"Hall"}, not: []string{"Attic"}},
	})
	// Who sets up cameras of one area only is told no figure of the house, and is refused all the same.
	north := get[struct{ ID string }](h, "administrator", "POST", "/api/v1/areas", `{"name":"North","kind":"building"}`, http.StatusCreated).ID
	h.holds("technician", access.Technician, north)
	h.key("technician")
	there := fmt.Sprintf(`{"name":"Attic","main":{"url":"rtsp://192.0.2.79/a"},"area":%q}`, north)
	h.run([]scenario{
		{name: "in an area", as: "technician", method: "POST", path: "/api/v1/cameras", body: there, status: 409, content: []string{"capacity_refused"}, not: []string{"keeps", "capacity_short"}},
		{name: "elsewhere", as: "technician", method: "POST", path: "/api/v1/cameras", body: fmt.Sprintf(camera, "Attic"), status: 403, not: []string{"capacity"}},
	})
	h.deps.Capacity.Refuse = false
	if one := get[camerasapi.Camera](h, "technician", "POST", "/api/v1/cameras", there, http.StatusCreated); one.Reservation == nil || one.Reservation.OK || one.Reservation.ShortOn == nil ||
		one.Reservation.Whole || one.Reservation.KeepsDays+one.Reservation.MinimumDays != 0 || one.Reservation.Bitrate != 0 || one.Reservation.FullOn != nil {
		t.Errorf("%+v", one.Reservation)
	}
	// What the database had lost is asked about before it is recorded again.
	h.deps.Capacity.Refuse = true
	address := "rtsp://192.0.2.30/a"
	h.lost.copy = []registry.Remembered{{ID: "lost0000000a", Name: "南门", Enabled: true, CreatedAt: 1.6e15, Main: registry.StreamInput{URL: &address}}}
	h.run([]scenario{{name: "take back", as: "administrator", method: "POST", path: "/api/v1/cameras/recover", status: 409, content: []string{"capacity_short"}}})
	h.deps.Capacity.Refuse = false
	h.run([]scenario{{name: "take back where nothing is refused", as: "administrator", method: "POST", path: "/api/v1/cameras/recover", status: 200, content: []string{"南门"}}})
}
