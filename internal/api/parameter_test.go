package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/parameter"
	"watchroom/internal/api/route"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

const proposals = "/api/v1/parameters/proposals"

// rule brings a value into force: the supervisor proposes, one leader approves.
func (h *house) rule(key, value string) {
	h.t.Helper()
	p := get[parameter.ParameterProposal](h, "supervisor", "POST", proposals, fmt.Sprintf(`{"changes":[{"key":%q,"value":%s}],"reason":"as the rules say"}`, key, value), 201)
	if p.Needs != 1 {
		h.t.Fatalf("%s: %s needs %d approvals", key, value, p.Needs)
	}
	get[parameter.ParameterProposal](h, "leader", "POST", proposals+"/"+p.ID+"/approve", `{}`, 200)
}

// TestParametersOverHTTP: proposed, approved, in force, told of, on record.
func TestParametersOverHTTP(t *testing.T) {
	clause.Covers(t, "C080")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		before := get[parameter.Parameters](h, "auditor", "GET", "/api/v1/parameters", "", 200)
		if before.Pack != "neutral" || len(before.Parameters) < 10 || len(before.Names["position"]) == 0 || len(before.Packs) != 3 {
			t.Fatalf("%+v", before)
		}
		p := get[parameter.ParameterProposal](h, "supervisor", "POST", proposals, `{"changes":[{"key":"viewing.lasts","value":"12h"}],"reason":"long nights"}`, 201)
		if p.Needs != 2 || p.State != "proposed" || string(p.Changes[0].Before) != `"8h"` || string(p.Changes[0].After) != `"12h"` {
			t.Fatalf("%+v", p)
		}
		at := proposals + "/" + p.ID
		h.run([]scenario{
			{name: "not by an operator", as: "operator", path: "/api/v1/parameters", status: 403, content: []string{`"right_missing"`, `parameter.read`}},
			{name: "not by a technician", as: "technician", path: proposals, status: 403},
			{name: "not proposed by the administrator", as: "administrator", method: "POST", path: proposals, body: `{"changes":[{"key":"viewing.lasts","value":"1h"}],"reason":"because"}`, status: 403},
			{name: "not proposed by who approves", as: "leader", method: "POST", path: proposals, body: `{"changes":[{"key":"viewing.lasts","value":"1h"}],"reason":"because"}`, status: 403},
			{name: "not approved by who proposes", as: "supervisor", method: "POST", path: at + "/approve", body: `{}`, status: 403},
			{name: "not withdrawn by another", as: "deputy", method: "POST", path: at + "/withdraw", body: `{}`, status: 403, content: []string{`"proposal_of_another"`}},
			{name: "another id", as: "leader", method: "POST", path: proposals + "/0000000000000/approve", body: `{}`, status: 404, content: []string{`"proposal_unknown"`}},
			{name: "rejected without a word", as: "leader", method: "POST", path: at + "/reject", body: `{}`, status: 422, content: []string{`"field_required"`, `body.note`}},
			{name: "below the bounds", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[{"key":"password.least","value":4}],"reason":"because"}`, status: 422, content: []string{`"parameter_bounds"`, `"least":8`, `body.value`}},
			{name: "another kind", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[{"key":"viewing.lasts","value":3600}],"reason":"because"}`, status: 422, content: []string{`"parameter_type"`, `"kind":"duration"`}},
			{name: "no parameter", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[{"key":"viewing.gone","value":1}],"reason":"because"}`, status: 404, content: []string{`"rule_unknown"`}},
			{name: "no position", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[{"key":"retrieval.approvers","value":["janitor"]}],"reason":"because"}`, status: 422, content: []string{`"parameter_name_unknown"`, `"janitor"`}},
			{name: "no change", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[],"reason":"because"}`, status: 422},
			{name: "no reason", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[{"key":"password.least","value":12}],"reason":""}`, status: 422, content: []string{`"field_required"`}},
			{name: "an object", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[{"key":"password.least","value":{"a":[1,2,{"b":3}]}}],"reason":"because"}`, status: 422, content: []string{`"parameter_type"`}},
			{name: "what holds", as: "supervisor", method: "POST", path: proposals, body: `{"changes":[{"key":"password.least","value":10}],"reason":"because"}`, status: 409, content: []string{`"parameter_same"`}},
		})
		get[parameter.ParameterProposal](h, "leader", "POST", at+"/approve", `{"note":"seen"}`, 200)
		h.run([]scenario{{name: "twice", as: "leader", method: "POST", path: at + "/approve", body: `{}`, status: 409, content: []string{`"proposal_approved_twice"`}}})
		whole := get[parameter.Parameters](h, "leader", "GET", "/api/v1/parameters", "", 200)
		if len(whole.Open) != 1 || len(whole.Open[0].Decisions) != 1 || whole.Version != 0 {
			t.Errorf("%+v", whole.Open)
		}
		get[parameter.ParameterProposal](h, "supervisor", "POST", at+"/withdraw", `{"note":"one leader only"}`, 200)
		h.rule("password.least", "12")
		history := get[route.List[parameter.ParameterProposal]](h, "auditor", "GET", proposals+"?key=password.least", "", 200)
		if len(history.Items) != 1 || history.Items[0].State != "approved" || len(history.Items[0].Decisions) != 1 {
			t.Errorf("%+v", history.Items)
		}
		acts := get[route.List[struct {
			Kind       string
			PersonName string
			Detail     map[string]any
		}]](h, "auditor", "GET", "/api/v1/acts?kind=parameter.approved", "", 200)
		if len(acts.Items) != 2 || acts.Items[0].PersonName != "LEADER" || fmt.Sprint(acts.Items[0].Detail["changes"]) != "[map[clause:C113 from:10 key:password.least origin:own to:12]]" {
			t.Errorf("%+v", acts.Items)
		}
	})
}

// TestAPackOverHTTP: what it changes is shown before, faults are told line by line.
func TestAPackOverHTTP(t *testing.T) {
	h := newHouse(t)
	effect := get[parameter.PackEffect](h, "auditor", "POST", "/api/v1/parameters/packs/preview", `{"pack":"campus"}`, 200)
	if effect.Pack != "campus" || len(effect.Faults) != 0 || len(effect.Changes) < 10 {
		t.Fatalf("%+v", effect)
	}
	changed := 0
	for _, c := range effect.Changes {
		if c.Changes {
			changed++
		}
	}
	if changed == 0 {
		t.Error("the campus pack changes nothing")
	}
	file, _ := json.Marshal("pack: ours\nvalues:\n  password.least: {value: 4, clause: C113}\n  viewing.lasts: {value: 2h, clause: C113}\n  word.gone: {value: 1, clause: C001}\n")
	wrong := get[parameter.PackEffect](h, "auditor", "POST", "/api/v1/parameters/packs/preview", `{"file":`+string(file)+`}`, 200)
	var lines []string
	for _, f := range wrong.Faults {
		lines = append(lines, fmt.Sprint(f.Line, " ", f.Key, " ", f.Code))
	}
	if strings.Join(lines, ", ") != "3 password.least parameter_bounds, 4 viewing.lasts pack_clause, 5 word.gone rule_unknown" {
		t.Error(lines)
	}
	h.run([]scenario{
		{name: "not chosen while wrong", as: "supervisor", method: "POST", path: "/api/v1/parameters/packs/choose", body: `{"file":` + string(file) + `,"reason":"our rules"}`, status: 422, content: []string{`"pack_invalid"`, `"line":3`, `"line":5`}},
		{name: "none of that name", as: "supervisor", method: "POST", path: "/api/v1/parameters/packs/choose", body: `{"pack":"hospital","reason":"our rules"}`, status: 404, content: []string{`"pack_unknown"`}},
		{name: "none at all", as: "auditor", method: "POST", path: "/api/v1/parameters/packs/preview", body: `{}`, status: 404},
		{name: "too long", as: "auditor", method: "POST", path: "/api/v1/parameters/packs/preview", body: `{"file":"` + strings.Repeat("#", 70_000) + `"}`, status: 413},
	})
	p := get[parameter.ParameterProposal](h, "supervisor", "POST", "/api/v1/parameters/packs/choose", `{"pack":"campus","reason":"the school decided so"}`, 201)
	if p.Needs != 1 {
		t.Errorf("stricter rules need %d approvals", p.Needs)
	}
	get[parameter.ParameterProposal](h, "leader", "POST", proposals+"/"+p.ID+"/approve", `{}`, 200)
	if whole := get[parameter.Parameters](h, "auditor", "GET", "/api/v1/parameters", "", 200); whole.Pack != "campus" || whole.Version != 1 {
		t.Errorf("%+v", whole)
	}
}

// TestRulesHoldAtOnce: a value that was approved over HTTP steers what people may do with
// the next request, without a restart.
func TestRulesHoldAtOnce(t *testing.T) {
	clause.Covers(t, "C104", "C105", "C113")
	h := newHouse(t)
	open := func(reason string, hours int, status int, content string) string {
		t.Helper()
		from := h.now().Add(-100 * 24 * time.Hour).UTC()
		w := h.send("operator", "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":%q}`,
			h.gate, from.Format(time.RFC3339), from.Add(time.Duration(hours)*time.Hour).Format(time.RFC3339), reason))
		if w.Code != status || !strings.Contains(w.Body.String(), content) {
			t.Fatalf("%d %s, want %d %s", w.Code, w.Body, status, content)
		}
		var v struct{ ID string }
		_ = json.Unmarshal(w.Body.Bytes(), &v)
		return v.ID
	}
	id := open("gate", 48, 201, `"expiresAt"`)

	// How long the reason and the interval are.
	h.rule("viewing.reason_least", "10")
	open("gate", 1, 422, `"field_too_short"`)
	h.rule("viewing.longest", `"1d"`)
	open("somebody at the gate", 25, 422, `"interval_invalid"`)
	open("somebody at the gate", 24, 201, `"expiresAt"`)

	// What is open ends with a shorter rule.
	list := "/api/v1/viewings/" + id + "/cameras/" + h.gate + "/playlist?from=" + h.now().Add(-100*24*time.Hour).UTC().Add(time.Hour).Format(time.RFC3339) +
		"&to=" + h.now().Add(-100*24*time.Hour).UTC().Add(2*time.Hour).Format(time.RFC3339)
	h.shift.Add((30 * time.Minute).Microseconds())
	if w := h.send("operator", "GET", list, ""); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.rule("viewing.lasts", `"15m"`)
	if w := h.send("operator", "GET", list, ""); w.Code != 403 || !strings.Contains(w.Body.String(), `"viewing_expired"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}

	// Passwords.
	change := func(next string) (int, string) {
		w := h.send("operator", "PUT", "/api/v1/session/password", `{"current":"`+h.passwords["operator"]+`","new":"`+next+`"}`)
		return w.Code, w.Body.String()
	}
	h.rule("password.least", "16")
	if code, body := change("twelve-chars"); code != 422 || !strings.Contains(body, `"least":16`) {
		t.Errorf("%d %s", code, body)
	}
	if setup := h.send("guest", "GET", "/api/v1/setup", "").Body.String(); !strings.Contains(setup, `"passwordLeast":16`) {
		t.Error(setup)
	}

	// Attempts: of now three none is left after three wrong ones.
	h.rule("attempts.name_burst", "3")
	for n := range 4 {
		w := h.send("guest", "POST", "/api/v1/session", `{"username":"colleague","password":"wrong"}`)
		if want := []int{401, 401, 401, 429}[n]; w.Code != want {
			t.Errorf("attempt %d: %d %s", n+1, w.Code, w.Body)
		}
	}

	// Sessions: who was idle for longer than the new rule says is out.
	h.key("technician")
	h.shift.Add((10 * time.Minute).Microseconds())
	if w := h.send("technician", "GET", "/api/v1/session", ""); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.shift.Add((10 * time.Minute).Microseconds())
	h.send("supervisor", "GET", "/api/v1/session", "") // these two are at work
	h.send("leader", "GET", "/api/v1/session", "")
	h.rule("session.idle", `"5m"`)
	if w := h.send("technician", "GET", "/api/v1/session", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.send("leader", "GET", "/api/v1/session", ""); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
