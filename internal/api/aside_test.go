package api

import (
	"encoding/csv"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/emergency"
	"watchroom/internal/api/trail"
	"watchroom/internal/testkit/clause"
	"watchroom/web"
)

// TestWhatStandsBesideAnAct: the auditor reads a look in the words of its day though a purpose and
// a position are called otherwise since, by which emergency right it was allowed, and that a
// reason is due, or missing; in the list, on the card, in a table and on paper.
func TestWhatStandsBesideAnAct(t *testing.T) {
	clause.Covers(t, "C006", "C099", "C105")
	h := newHouse(t)
	h.deps.Web = web.Files()
	h.rebuilt()
	proposals := "/api/v1/purposes/proposals"
	agreed := func(wish string) {
		t.Helper()
		id := get[struct{ ID string }](h, "supervisor", "POST", proposals, wish, 201).ID
		get[struct{}](h, "leader", "POST", proposals+"/"+id+"/approve", `{}`, 200)
	}
	agreed(`{"step":"add","code":"hurry","change":{"name":{"zh":"紧急","en":"Hurry"},"basis":{"zh":"应急预案第二条","en":""},"needsReason":true,"reasonAfter":true},"reason":"火灾时来不及填写"}`)
	look := func(as, purpose, reason string) string {
		t.Helper()
		return get[struct{ ID string }](h, as, "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":%q,"reason":%q}`, h.gate, h.stamp(-9), h.stamp(-4), purpose, reason), 201).ID
	}
	plain, hurried := look("operator", "incident", "南门附近有人倒地"), look("operator", "hurry", "")
	h.rules(`[{"id":"asked","position":"operator","actions":["playback.view"],"request":true}]`)
	glass := get[emergency.Emergency](h, "operator", "POST", "/api/v1/emergencies", `{"right":"playback_recent","minutes":5,"cause":"violence"}`, 201)
	broken := look("operator", "incident", "门口有人打架")
	const one = "/api/v1/purposes/incident"
	h.run([]scenario{
		{name: "another name by one person", as: "supervisor", method: "PATCH", path: one, body: `{"name":{"zh":"公安机关依法调取","en":"Demand of the police"}}`, status: 409, content: []string{"purpose_words"}},
		{name: "another basis by one person", as: "supervisor", method: "PATCH", path: one, body: `{"basis":{"zh":"条例第二十条","en":""}}`, status: 409, content: []string{"purpose_words"}},
	})
	agreed(`{"step":"change","code":"incident","change":{"name":{"zh":"公安机关依法调取","en":"Demand of the police"},"basis":{"zh":"条例第二十条","en":"art. 20"}},"reason":"更名"}`)
	h.run([]scenario{
		{name: "the old name for another one", as: "supervisor", method: "POST", path: "/api/v1/purposes", body: `{"code":"event","name":{"zh":"事件核查","en":"Incident"},"basis":{"zh":"本单位","en":""}}`, status: 409, content: []string{"purpose_name_borne", "body.name"}},
		{name: "a position is renamed", as: "supervisor", method: "PATCH", path: "/api/v1/positions/operator", body: `{"name":{"zh":"甲主管","en":"Leader A"}}`, status: 200},
	})
	acts := func() map[string]trail.Act {
		t.Helper()
		all := map[string]trail.Act{}
		for _, a := range get[trail.Acts](h, "auditor", "GET", "/api/v1/acts?kind=viewing.opened", "", 200).Items {
			all[a.Subject] = a
		}
		return all
	}
	all := acts()
	if a := all[plain]; a.PurposeThen == nil || a.PurposeThen.Name.ZH != "事件核查" || a.PurposeThen.Name.EN != "Incident" || !strings.Contains(a.PurposeThen.Basis.ZH, "421") || a.PurposeThen.NameNow == nil ||
		a.PurposeThen.NameNow.EN != "Demand of the police" || a.PurposeThen.BasisNow == nil || a.PurposeThen.BasisNow.ZH != "条例第二十条" || a.Emergency != nil || a.ReasonDue != nil ||
		len(a.PositionsThen) != 1 || a.PositionsThen[0].Position != "operator" || a.PositionsThen[0].Name.ZH != "监控员" || a.PositionsThen[0].NameNow.EN != "Leader A" {
		t.Errorf("%+v %+v", a, a.PurposeThen)
	}
	if a := all[broken]; a.Emergency == nil || a.Emergency.ID != glass.ID || a.Emergency.Cause != "violence" || a.Emergency.Right != "playback_recent" || !a.Emergency.Until.Equal(glass.Until) || a.Emergency.State != "running" {
		t.Errorf("%+v %+v", a.Decision, a.Emergency)
	}
	if a := all[hurried]; a.ReasonDue == nil || a.ReasonDue.GivenAt != nil || a.ReasonDue.MissingSince != nil || !a.ReasonDue.DueAt.After(h.now()) || a.PurposeThen == nil || a.PurposeThen.NameNow != nil {
		t.Errorf("%+v %+v", a, a.ReasonDue)
	}
	if a := get[trail.Act](h, "auditor", "GET", "/api/v1/acts/"+all[broken].ID, "", 200); a.Emergency == nil || a.PurposeThen == nil {
		t.Errorf("its card: %+v", a)
	}
	due := all[hurried].ReasonDue.DueAt
	h.shift.Add((9 * time.Hour).Microseconds())
	if n, err := h.deps.Viewings.Reasons.Look(t.Context()); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if a := acts()[hurried]; a.ReasonDue == nil || a.ReasonDue.MissingSince == nil {
		t.Errorf("%+v", a.ReasonDue)
	}

	const out = "/api/v1/acts/export?kind=viewing.opened"
	w := h.send("auditor", "POST", out, `{"format":"csv","language":"en","reason":"quarterly audit"}`)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d %q %v", w.Code, rows, err)
	}
	cell := func(viewing, column string) string {
		t.Helper()
		at := slices.Index(rows[0], column)
		i := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, viewing) })
		if at < 0 || i < 0 || len(rows[i]) != len(rows[0]) {
			t.Fatalf("no %s of %s: %q", column, viewing, rows)
		}
		return rows[i][at]
	}
	for _, c := range []struct{ viewing, column, want string }{
		{plain, "Purpose", "incident"}, {plain, "Purpose's name then", "Incident"}, {plain, "Purpose's name now", "Demand of the police"}, {plain, "Legal basis then", "State Council order 421"},
		{plain, "Emergency, cause", ""}, {plain, "Reason due", ""}, {broken, "Emergency, cause", "violence"}, {hurried, "Purpose's name now", "Hurry"}, {hurried, "Reason given afterwards", ""},
	} {
		if got := cell(c.viewing, c.column); got != c.want {
			t.Errorf("%s: %q, want %q", c.column, got, c.want)
		}
	}
	if cell(broken, "Emergency, until") == "" || cell(hurried, "Reason due") == "" || cell(hurried, "Reason missing since") == "" {
		t.Errorf("%q", rows)
	}
	paper := func() string {
		t.Helper()
		w := h.send("auditor", "POST", out, `{"format":"pdf","reason":"第三季度核对"}`)
		read := exec.CommandContext(t.Context(), "pdftotext", "-raw", "-", "-")
		read.Stdin = w.Body
		text, err := read.Output()
		if err != nil || w.Code != 200 {
			t.Fatalf("%d, pdftotext (scripts/setup test installs it): %v", w.Code, err)
		}
		return strings.Join(strings.Fields(string(text)), "")
	}
	site, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	first := paper()
	for _, want := range []string{"事件核查（现称：公安机关依法调取）", "法律依据：", "监控员（现称：甲主管）", "凭紧急授权（", "事由逾期未填，应于" + due.In(site).Format("2006-01-0215:04") + "前补填"} {
		if !strings.Contains(first, want) {
			t.Errorf("no %s on paper:\n%s", want, first)
		}
	}
	get[struct{}](h, "operator", "POST", "/api/v1/viewings/"+hurried+"/reason", `{"reason":"厨房起火，先看再填"}`, 200)
	if a := acts()[hurried]; a.ReasonDue == nil || a.ReasonDue.GivenAt == nil || a.ReasonDue.Reason != "厨房起火，先看再填" {
		t.Errorf("%+v", a.ReasonDue)
	}
	if second := paper(); !strings.Contains(second, "补填的事由") || strings.Contains(second, "逾期未填") {
		t.Errorf("on paper:\n%s", second)
	}
}
