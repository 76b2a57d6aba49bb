package api

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/purpose"
	"watchroom/internal/api/trail"
	"watchroom/internal/api/viewing"
	"watchroom/internal/db"
	hub "watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestThePurposesOfViewings goes the way of a purpose: added with its basis, looked at for,
// found in the trail by it and by who was there, and refused once it is retired.
func TestThePurposesOfViewings(t *testing.T) {
	clause.Covers(t, "C006")
	h := newHouse(t)
	lead := h.person("duty_lead")
	const accident = `{"code":"traffic_accident","name":{"zh":"交通事故","en":"Traffic accident"},"basis":{"zh":"园区交通管理规定第三条","en":""},"clauses":["C006"]}`
	look := func(more string) string {
		return `{"cameras":["` + h.gate + `"],"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z","purpose":"traffic_accident","reason":"东门两车相撞"` + more + `}`
	}
	h.run([]scenario{
		{name: "guest", path: "/api/v1/purposes", status: 401},
		{name: "technician", as: "technician", path: "/api/v1/purposes", status: 403},
		{name: "those that come with the program", as: "operator", path: "/api/v1/purposes", status: 200, content: []string{`"code":"duty_review"`, `"bySystem":true`, `"backMinutes":30`, `"builtIn":true`, "国务院令第799号", "State Council order 799"}},
		{name: "an operator adds none", as: "operator", method: "POST", path: "/api/v1/purposes", body: accident, status: 403, content: []string{"purpose.configure"}},
		{name: "nor does who runs the system", as: "administrator", method: "POST", path: "/api/v1/purposes", body: accident, status: 403},
		{name: "without a basis", as: "supervisor", method: "POST", path: "/api/v1/purposes", body: `{"code":"x1","name":{"zh":"别的","en":""},"basis":{"zh":"","en":""}}`, status: 422, content: []string{"purpose_baseless", "body.basis"}},
		{name: "not yet", as: "operator", method: "POST", path: "/api/v1/viewings", body: look(""), status: 422, content: []string{"purpose_unknown", "body.purpose"}},
		{name: "add", as: "supervisor", method: "POST", path: "/api/v1/purposes", body: accident, status: 201, content: []string{`"needsReason":true`, "交通事故"}},
		{name: "twice", as: "supervisor", method: "POST", path: "/api/v1/purposes", body: accident, status: 409, content: []string{"purpose_taken"}},
		{name: "somebody unknown is there", as: "operator", method: "POST", path: "/api/v1/viewings", body: look(`,"present":[{"person":"0000000000000"}]`), status: 422, content: []string{"present_person_unknown", "body.present"}},
		{name: "an outsider of nowhere", as: "operator", method: "POST", path: "/api/v1/viewings", body: look(`,"present":[{"name":"李警官"}]`), status: 422, content: []string{"present_unit"}},
	})
	v := get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", look(`,"present":[{"person":"`+lead+`"},{"name":"李警官","unit":"城东派出所"}]`), 201)
	if len(v.Present) != 2 || v.Present[0].Person != lead || v.Present[1].Unit != "城东派出所" {
		t.Errorf("%+v", v.Present)
	}
	for name, q := range map[string]string{"by purpose": "purpose=traffic_accident&kind=viewing.", "by who was there": "present=" + lead, "by the name of an officer": "text=%E6%9D%8E%E8%AD%A6%E5%AE%98", "by the unit": "text=%E6%B4%BE%E5%87%BA%E6%89%80"} {
		found := get[trail.Acts](h, "auditor", "GET", "/api/v1/acts?"+q, "", 200)
		if len(found.Items) != 1 || found.Items[0].Subject != v.ID {
			t.Errorf("%s: %+v", name, found.Items)
			continue
		}
		want := []trail.Beside{{Person: lead, Name: "DUTY_LEAD"}, {Name: "李警官", Unit: "城东派出所"}}
		if diff := cmp.Diff(want, found.Items[0].Present); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
	w := h.send("auditor", "POST", "/api/v1/acts/export?kind=viewing.", `{"format":"csv","language":"en","reason":"quarterly audit"}`)
	if !strings.Contains(w.Body.String(), ",Present,") || !strings.Contains(w.Body.String(), "DUTY_LEAD; 李警官 (城东派出所)") {
		t.Errorf("the file: %s", w.Body)
	}
	h.run([]scenario{
		{name: "change", as: "supervisor", method: "PATCH", path: "/api/v1/purposes/traffic_accident", body: `{"backMinutes":60}`, status: 200, content: []string{`"backMinutes":60`}},
		{name: "older than that", as: "operator", method: "POST", path: "/api/v1/viewings", body: look(""), status: 422, content: []string{"purpose_too_old", `"longest":"1h"`}},
		{name: "who looks does not change it", as: "operator", method: "PATCH", path: "/api/v1/purposes/traffic_accident", body: `{"backMinutes":0}`, status: 403},
		{name: "not farther back by one person", as: "supervisor", method: "PATCH", path: "/api/v1/purposes/traffic_accident", body: `{"backMinutes":0}`, status: 409, content: []string{"purpose_lowers"}},
		{name: "not without a reason", as: "supervisor", method: "POST", path: "/api/v1/purposes/traffic_accident/retire", body: `{"reason":" "}`, status: 422},
		{name: "retire", as: "supervisor", method: "POST", path: "/api/v1/purposes/traffic_accident/retire", body: `{"reason":"园区不再通车"}`, status: 200, content: []string{`"retiredAt"`}},
		{name: "retired", as: "operator", method: "POST", path: "/api/v1/viewings", body: look(""), status: 422, content: []string{"purpose_retired", "body.purpose"}},
		{name: "what is open goes on", as: "operator", path: h.under(v.ID) + "/playlist?" + morning, status: 200},
		{name: "unknown", as: "supervisor", method: "POST", path: "/api/v1/purposes/none/retire", body: `{"reason":"because"}`, status: 404, content: []string{"purpose_not_found"}},
	})
}

// TestTwoPeopleAskLessForAPurpose goes the way of a purpose for which two people are needed: a
// supervisor looks alone at nothing, and has another person agree that less is asked.
func TestTwoPeopleAskLessForAPurpose(t *testing.T) {
	clause.Covers(t, "C006")
	h := newHouse(t)
	const one, all = "/api/v1/purposes/incident", "/api/v1/purposes/proposals"
	const less = `{"step":"change","code":"incident","change":{"needsSecond":false},"reason":"夜间只有一人值班"}`
	look := `{"cameras":["` + h.gate + `"],"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z","purpose":"incident","reason":"东门两车相撞"}`
	h.run([]scenario{
		{name: "asking more", as: "supervisor", method: "PATCH", path: one, body: `{"needsSecond":true}`, status: 200, content: []string{`"needsSecond":true`}},
		{name: "alone", as: "supervisor", method: "POST", path: "/api/v1/viewings", body: look, status: 403, content: []string{"second"}},
		{name: "asking less alone", as: "supervisor", method: "PATCH", path: one, body: `{"needsSecond":false}`, status: 409, content: []string{"purpose_lowers"}},
		{name: "still alone", as: "supervisor", method: "POST", path: "/api/v1/viewings", body: look, status: 403},
		{name: "who looks proposes nothing", as: "operator", method: "POST", path: all, body: less, status: 403, content: []string{"purpose.configure"}},
		{name: "no such step", as: "supervisor", method: "POST", path: all, body: strings.Replace(less, `"change",`, `"drop",`, 1), status: 422},
		{name: "no reason", as: "supervisor", method: "POST", path: all, body: `{"step":"change","code":"incident","change":{"needsSecond":false},"reason":" "}`, status: 422},
	})
	p := get[purpose.PurposeProposal](h, "supervisor", "POST", all, less, 201)
	if p.State != "proposed" || p.Before == nil || !p.Before.NeedsSecond || p.After.NeedsSecond || p.ProposedBy != h.people["supervisor"] {
		t.Errorf("%+v", p)
	}
	h.run([]scenario{
		{name: "another one", as: "supervisor", method: "POST", path: all, body: less, status: 409, content: []string{"purpose_waits"}},
		{name: "what waits", as: "auditor", path: all + "?state=proposed", status: 200, content: []string{p.ID, "夜间只有一人值班"}},
		{name: "not to everybody", as: "operator", path: all, status: 403},
		{name: "one's own", as: "supervisor", method: "POST", path: all + "/" + p.ID + "/approve", body: `{}`, status: 403, content: []string{"proposal_own"}},
		{name: "by who may not", as: "duty_lead", method: "POST", path: all + "/" + p.ID + "/approve", body: `{}`, status: 403, content: []string{"rights.approve"}},
		{name: "it waits", as: "supervisor", method: "POST", path: "/api/v1/viewings", body: look, status: 403},
		{name: "agreed", as: "leader", method: "POST", path: all + "/" + p.ID + "/approve", body: `{"note":"yes"}`, status: 200, content: []string{`"state":"approved"`}},
		{name: "once", as: "leader", method: "POST", path: all + "/" + p.ID + "/approve", body: `{}`, status: 409, content: []string{"proposal_decided"}},
		{name: "now alone", as: "supervisor", method: "POST", path: "/api/v1/viewings", body: look, status: 201},
		{name: "on record", as: "auditor", path: "/api/v1/acts?purpose=incident&kind=purpose.approved", status: 200, content: []string{h.people["leader"], h.people["supervisor"], "needsSecond"}},
	})
}

// house rules of a test, in force at once.
func (h *house) rules(rules string) {
	h.t.Helper()
	base := "built-in"
	if in := get[struct {
		Version struct{ ID string } `json:"version"`
	}](h, "auditor", "GET", "/api/v1/rights", "", 200); in.Version.ID != "" {
		base = in.Version.ID
	}
	made := get[struct {
		ID string `json:"id"`
	}](h, "supervisor", "POST", "/api/v1/rights/versions", `{"base":"`+base+`","reason":"as the house wants it","rules":`+rules+`}`, 201)
	get[struct{}](h, "leader", "POST", "/api/v1/rights/versions/"+made.ID+"/approve", `{"note":"yes"}`, 200)
	h.deps.Rights.Changed()
}

// TestHowFarBackOnEveryWay opens a viewing, then bounds the right: no way shows older footage
// any more, whether or not it was stated before.
func TestHowFarBackOnEveryWay(t *testing.T) {
	clause.Covers(t, "C104")
	h := newHouse(t)
	id := h.state("operator")
	kept := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", `{"camera":"`+h.gate+`","viewing":"`+id+`","at":"2026-11-22T08:30:00Z"}`, 201)
	live := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", `{"camera":"`+h.gate+`"}`, 201) // the fake's picture of now is as old
	ways := []scenario{
		{name: "playlist", path: h.under(id) + "/playlist?" + morning},
		{name: "stream", path: h.under(id) + "/stream.mp4?" + morning},
		{name: "file", path: h.under(id) + "/video.mp4?" + morning},
		{name: "thumbnail", path: h.under(id) + "/thumbnail.jpg?at=2026-11-22T08:30:00Z"},
		{name: "a picture to keep", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","viewing":"` + id + `","at":"2026-11-22T08:30:00Z"}`},
		{name: "a kept picture", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg?viewing=" + id},
		{name: "one's own picture of what was live", path: "/api/v1/snapshots/" + live.ID + "/picture.jpg?viewing=" + id},
		{name: "open another", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`},
	}
	try := func(title, code string) {
		t.Helper()
		for _, s := range ways {
			s.name, s.as = title+": "+s.name, "operator"
			if s.status = 403; code == "" {
				if s.status = 200; s.method == "POST" {
					s.status = 201
				}
			} else {
				s.content, s.not = []string{code, `"action":"`}, []string{"moov", "\xff\xd8", `"pieces"`}
			}
			h.run([]scenario{s})
		}
		if w := h.send("operator", "GET", h.under(id)+"/download?"+morning, ""); w.Code != 403 {
			t.Errorf("%s: download: %d", title, w.Code)
		}
	}
	rule := func(more string) string {
		return `[{"id":"near","position":"operator","actions":["playback.view","snapshot.take"],` + more + `}]`
	}
	try("by the built-in rights", "")
	h.rules(rule(`"backMinutes":60`))
	try("an hour back", "viewing_too_old")
	h.rules(rule(`"request":true`))
	try("under a request", "viewing_request")
	h.rules(rule(`"backMinutes":525600`))
	try("a year back", "")
	// The right to take pictures has terms of its own.
	h.rules(`[{"id":"near","position":"operator","actions":["snapshot.take"],"backMinutes":60}]`)
	h.run([]scenario{
		{name: "an older picture is not kept", as: "operator", method: "POST", path: "/api/v1/snapshots", body: ways[4].body, status: 403, content: []string{"viewing_too_old", "snapshot.take"}},
		{name: "but looked at", as: "operator", path: ways[0].path, status: 200},
	})
	if found := get[trail.Acts](h, "auditor", "GET", "/api/v1/acts?kind=viewing.opened", "", 200); len(found.Items) != 3 {
		t.Errorf("%d viewings were opened, want those that were allowed", len(found.Items))
	}
}

// TestGradedFootageIsBlocked raises the grade of a camera while its footage is looked at.
func TestGradedFootageIsBlocked(t *testing.T) {
	clause.Covers(t, "C111")
	h := newHouse(t)
	grade := access.Grade(1)
	h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
		return map[string]access.Place{h.gate: {Grade: grade}, h.yard: {Grade: 1}}, nil
	}
	h.deps.Rights.Changed()
	h.parameter("viewing.request_grade", `"grade_3"`)
	id := h.state("operator")
	ask := func(status int, content ...string) {
		t.Helper()
		h.run([]scenario{{name: "look", as: "operator", path: h.under(id) + "/stream.mp4?" + morning, status: status, content: content}})
	}
	ask(200, "moov")
	grade = 3
	h.deps.Rights.Changed()
	ask(403, "viewing_graded", `"grade":3`)
	now := h.now().UTC()
	h.run([]scenario{
		{name: "opened anew", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 403, content: []string{"viewing_graded"}},
		{name: "duty review needs no request", as: "operator", method: "POST", path: "/api/v1/viewings", status: 201, content: []string{`"purpose":"duty_review"`},
			body: `{"cameras":["{gate}"],"from":"` + now.Add(-5*time.Minute).Format(time.RFC3339) + `","to":"` + now.Format(time.RFC3339) + `"}`},
		{name: "nor does it reach farther", as: "operator", method: "POST", path: "/api/v1/viewings", status: 422, content: []string{"viewing_purpose_missing", `"longest":"30m"`},
			body: `{"cameras":["{gate}"],"from":"` + now.Add(-35*time.Minute).Format(time.RFC3339) + `","to":"` + now.Format(time.RFC3339) + `"}`},
	})
	// Live pictures of graded cameras are on record, by every way.
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.run([]scenario{{name: "a still of now", as: "operator", path: "/api/v1/cameras/{gate}/picture.jpg", status: 200}})
	if n, m := len(h.diary.of("live.opened")), len(h.diary.of("live.picture")); n != 1 || m != 1 {
		t.Errorf("%d live views and %d stills are on record", n, m)
	}
}

// parameter puts a value in force, as an approved change does.
func (h *house) parameter(key, value string) {
	h.t.Helper()
	h.deps.Parameters.Set.Put(map[string]json.RawMessage{key: json.RawMessage(value)})
}

// TestWhoWatchesAlongIsOnRecord names people at the screen of live pictures.
func TestWhoWatchesAlongIsOnRecord(t *testing.T) {
	h := newHouse(t)
	lead := h.person("duty_lead")
	closed := true
	if _, err := h.deps.Access.ChangePerson(t.Context(), access.CommandLine(), h.person("principal"), account.PersonChange{Disabled: &closed}); err != nil {
		t.Fatal(err)
	}
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	watching, err := h.whep.Viewer("live1")
	if err != nil {
		t.Fatal(err)
	}
	seat, err := h.deps.Viewers.Enter(t.Context(), hub.Viewer{Person: h.people["operator"], Session: watching.Session, Camera: h.gate, Which: media.Main, Transport: "whep"})
	if err != nil {
		t.Fatal(err)
	}
	defer seat.Leave()
	shown := "王芳 Wang Fang"
	if _, err := h.deps.Access.ChangePerson(t.Context(), access.CommandLine(), h.person("technician"), account.PersonChange{DisplayName: &shown}); err != nil {
		t.Fatal(err)
	}
	find := func(name string) string { return "/api/v1/company/people?text=" + url.QueryEscape(name) }
	h.run([]scenario{
		{name: "by part of the name", as: "operator", path: find("王芳"), status: 200, content: []string{h.people["technician"], shown}},
		{name: "not by the user name", as: "operator", path: find("tech"), status: 200, not: []string{h.people["technician"]}},
		{name: "a stand-in does not read the register out", as: "stand_in", path: find("王芳"), status: 200, not: []string{h.people["technician"]}},
		{name: "a stand-in knows somebody by name", as: "stand_in", path: find(" 王芳 wang fang"), status: 200, content: []string{h.people["technician"]}},
	})
	company := `{"present":[{"person":"` + lead + `"},{"name":"李警官","unit":"城东派出所"}]}`
	h.run([]scenario{
		{name: "who may be named", as: "operator", path: "/api/v1/company/people?text=duty", status: 200, content: []string{lead, "DUTY_LEAD"}, not: []string{h.people["operator"]}},
		{name: "not the whole register", as: "operator", path: "/api/v1/company/people", status: 422},
		{name: "not by a letter", as: "operator", path: "/api/v1/company/people?text=d", status: 422},
		{name: "not oneself", as: "operator", path: "/api/v1/company/people?text=operator", status: 200, not: []string{h.people["operator"]}},
		{name: "nobody who is closed", as: "operator", path: "/api/v1/company/people?text=princ", status: 200, not: []string{"PRINCIPAL"}},
		{name: "not to everybody", as: "auditor", path: "/api/v1/company/people?text=duty", status: 403},
		{name: "nobody", as: "operator", path: "/api/v1/company", status: 200, content: []string{`"present":[]`}},
		{name: "oneself", as: "operator", method: "PUT", path: "/api/v1/company", body: `{"present":[{"person":"` + h.people["operator"] + `"}]}`, status: 422, content: []string{"present_self"}},
		{name: "somebody unknown", as: "operator", method: "PUT", path: "/api/v1/company", body: `{"present":[{"person":"0000000000000"}]}`, status: 422, content: []string{"present_person_unknown"}},
		{name: "two", as: "operator", method: "PUT", path: "/api/v1/company", body: company, status: 200, content: []string{"李警官", `"until"`}},
		{name: "in no other session", as: "colleague", path: "/api/v1/company", status: 200, content: []string{`"present":[]`}},
	})
	want := []any{map[string]any{"person": lead}, map[string]any{"name": "李警官", "unit": "城东派出所"}}
	joined := h.diary.of("live.accompanied")
	if len(joined) != 1 || joined[0].Camera != h.gate || !cmp.Equal(joined[0].Detail["present"], any(want)) {
		t.Errorf("what runs: %+v", joined)
	}
	h.offer("operator", h.yard, "v=0")
	h.offer("colleague", h.yard, "v=0")
	acts := h.diary.of("live.opened")
	if len(acts) != 3 || acts[0].Detail["present"] != nil || !cmp.Equal(acts[1].Detail["present"], any(want)) || acts[2].Detail["present"] != nil {
		t.Errorf("what is opened: %+v", acts)
	}
	h.run([]scenario{{name: "they leave", as: "operator", method: "PUT", path: "/api/v1/company", body: `{"present":[]}`, status: 200, content: []string{`"present":[]`}}})
	h.offer("operator", h.yard, "v=0")
	if acts := h.diary.of("live.opened"); acts[3].Detail["present"] != nil {
		t.Errorf("afterwards: %+v", acts[3])
	}
	h.journal.Close()
	h.run([]scenario{
		{name: "not without an act", as: "operator", method: "PUT", path: "/api/v1/company", body: company, status: 503, content: []string{"act_not_recorded"}},
		{name: "and nobody is named", as: "operator", path: "/api/v1/company", status: 200, content: []string{`"present":[]`}},
	})
}

// TestNoPictureThatIsNotOnRecord makes the acts impossible to write, in the database and in
// the journal, and tries every way to a picture (ruling R6).
func TestNoPictureThatIsNotOnRecord(t *testing.T) {
	clause.Covers(t, "C099")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		kept := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", `{"camera":"`+h.gate+`"}`, 201)
		id := h.state("operator")
		h.key("colleague")
		trigger := "CREATE TRIGGER no_more BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no more'); END"
		if d.Engine() == db.PostgreSQL {
			trigger = "CREATE TRIGGER no_more BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change()"
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, trigger)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		h.journal.Close()
		h.whep.created = func() { t.Error("a live session without an act") }
		picture := []string{"\xff\xd8", `"sha256"`, "moov"}
		h.run([]scenario{
			{name: "viewing", as: "colleague", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 503, content: []string{"act_not_recorded"}, not: []string{`"expiresAt"`}},
			{name: "there is none", as: "colleague", path: "/api/v1/viewings", status: 200, content: []string{`"items":[]`}},
			{name: "snapshot of the past", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","viewing":"` + id + `","at":"2026-11-22T08:30:00Z"}`, status: 503, content: []string{"act_not_recorded"}, not: picture},
			{name: "snapshot of now", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}"}`, status: 503, content: []string{"act_not_recorded"}, not: picture},
			{name: "kept picture", as: "operator", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg", status: 503, content: []string{"act_not_recorded"}, not: picture},
			{name: "still of now", as: "operator", path: "/api/v1/cameras/{gate}/picture.jpg", status: 503, content: []string{"act_not_recorded"}, not: picture},
		})
		if w := h.offer("operator", h.gate, "v=0"); w.Code != 503 || !strings.Contains(w.Body.String(), "act_not_recorded") {
			t.Errorf("live over WebRTC: %d %s", w.Code, w.Body)
		}
		r := h.request("operator", "GET", "/api/v1/live/"+h.gate+"/mse", "")
		r.Header.Set("Upgrade", "websocket")
		if w := serve(h.handler, r); w.Code != 503 || !strings.Contains(w.Body.String(), "act_not_recorded") {
			t.Errorf("live over a WebSocket: %d %s", w.Code, w.Body)
		}
		files := 0
		err = fs.WalkDir(os.DirFS(h.deps.Snapshots.Dir), ".", func(_ string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files++
			}
			return err
		})
		if err != nil || files != 1 {
			t.Errorf("%d pictures are kept, want the one that is on record: %v", files, err)
		}
		// Without a database at all nothing of the past is shown: who asks cannot be known.
		d.Close()
		h.shift.Store(2e6)
		for _, way := range []string{"/playlist?" + morning, "/stream.mp4?" + morning, "/video.mp4?" + morning, "/thumbnail.jpg?at=2026-11-22T08:30:00Z"} {
			w := serve(h.handler, h.request("operator", "GET", h.under(id)+way, ""))
			if w.Code < 500 || strings.Contains(w.Body.String(), "moov") || strings.Contains(w.Body.String(), "\xff\xd8") {
				t.Errorf("%s: %d %s", way, w.Code, w.Body)
			}
		}
	})
}
