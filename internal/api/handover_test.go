package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	duties "watchroom/internal/api/duty/handover"
	"watchroom/internal/api/duty/watch"
	"watchroom/internal/api/system"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
	"watchroom/internal/testkit/clause"
	"watchroom/web"
)

// TestAHandoverAtOneConsole: two people hand a watch over at one screen, the second with an app;
// the watch passes with the second signature, and paper tells it as the screen does.
func TestAHandoverAtOneConsole(t *testing.T) {
	for _, c := range []string{"C066", "C067", "C068", "C070"} {
		clause.Covers(t, c)
	}
	h := newHouse(t)
	h.watched()
	h.deps.Web = web.Files()
	h.system.alarms = []system.Alarm{{ID: "a1", Code: "camera_down", Camera: h.gate, Since: h.now().UTC()}}
	h.duties.Handovers.Checkpoint = func(context.Context) (*handover.Checkpoint, error) {
		return &handover.Checkpoint{Origin: "watchroom/gate", Size: 4711, Root: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="}, nil
	}
	h.rebuilt()
	room := h.guardroom("门岗监控室", duty.RoundTheClock, []string{"192.0.2.0/24"})
	for _, name := range []string{"operator", "duty_lead", "colleague", "supervisor", "auditor"} {
		h.key(name)
	}
	get[watch.WatchRoom](h, "operator", "POST", "/api/v1/rooms/"+room+"/sign-on", `{"reason":"helps out tonight",`+h.checks()+`}`, 200)
	get[watch.WatchRoom](h, "colleague", "POST", "/api/v1/rooms/"+room+"/sign-on", `{"reason":"helps out tonight",`+h.checks()+`}`, 200)
	key, _ := h.app("colleague")
	sheet := get[duties.HandoverView](h, "operator", "POST", "/api/v1/rooms/"+room+"/handover", "", 200)
	if sheet.State != "open" || len(sheet.Items) != 2 || sheet.Items[1].Bars != "record_head" || sheet.Items[0].Kind != "alarm" || sheet.Items[0].Params["code"] != "camera_down" || sheet.System == nil || sheet.Outgoing != h.person("operator") || sheet.Names[sheet.Outgoing] != "OPERATOR" {
		t.Fatalf("%+v", sheet)
	}
	one := "/api/v1/handovers/" + sheet.ID
	says := func(name, what string) string {
		return fmt.Sprintf(`{"username":%q,"password":%q,"what":%s}`, name, h.passwords[name], what)
	}
	const nothing = `{"acknowledged":[]}`
	elsewhere := h.request("operator", "POST", one+"/outgoing/password", says("operator", h.statement("colleague")))
	elsewhere.RemoteAddr = "198.51.100.20:1234"
	if w := serve(h.handler, elsewhere); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "duty_not_here") {
		t.Errorf("from another network: %d %s", w.Code, w.Body)
	}
	h.run([]scenario{
		{name: "the incoming first", as: "operator", method: "POST", path: one + "/incoming/password", body: says("duty_lead", nothing), status: 409, content: []string{"handover_first"}},
		{name: "somebody else as the outgoing", as: "operator", method: "POST", path: one + "/outgoing/password", body: says("duty_lead", h.statement("colleague")), status: 403, content: []string{"handover_outgoing"}},
		{name: "to oneself", as: "operator", method: "POST", path: one + "/outgoing/password", body: says("operator", h.statement("operator")), status: 403, content: []string{"handover_self"}},
		{name: "to somebody who is not there", as: "operator", method: "POST", path: one + "/outgoing/password", body: says("operator", h.statement("duty_lead")), status: 403, content: []string{"handover_absent"}},
		{name: "to somebody who is drunk", as: "operator", method: "POST", path: one + "/outgoing/password", body: says("operator", strings.Replace(h.statement("colleague"), `"fit":true`, `"fit":false`, 1)), status: 403, content: []string{"handover_unfit"}},
		{name: "an auditor", as: "operator", method: "POST", path: one + "/outgoing/password", body: says("auditor", h.statement("colleague")), status: 403, content: []string{"right_missing"}},
		{name: "without a duty record", as: "colleague", method: "POST", path: one + "/outgoing/password", body: says("operator", h.statement("colleague")), status: 403, content: []string{"handover_barred", "record_head"}},
	})
	h.headed(room)
	h.run([]scenario{
		{name: "uncounted", as: "operator", method: "POST", path: one + "/outgoing/password", body: says("operator", `{"incoming":"`+h.person("colleague")+`","fit":true,"round":true,"counts":[]}`), status: 422, content: []string{"handover_counts", "keys"}},
		{name: "by another's session", as: "colleague", method: "POST", path: one + "/outgoing/password", body: says("operator", h.statement("colleague")), status: 200, content: []string{`"state":"signed"`}},
		{name: "it has not passed", as: "auditor", path: "/api/v1/watch", status: 200, content: []string{`"charge":true`, `"name":"OPERATOR"`}},
		{name: "the other one takes it", as: "operator", method: "POST", path: one + "/incoming/password", body: says("duty_lead", nothing), status: 403, content: []string{"handover_other"}},
	})

	// Meanwhile another camera fails. The second step is good for one decision.
	h.system.alarms = append(h.system.alarms, system.Alarm{ID: "a2", Code: "camera_down", Camera: h.yard, Since: h.now().UTC()})
	first := func() {
		t.Helper()
		w := h.send("operator", "POST", one+"/incoming/password", says("colleague", nothing))
		if w.Code != 401 || !strings.Contains(w.Body.String(), "totp") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		h.keys["step"] = http.Header{"Cookie": {h.keys["operator"].Get("Cookie") + "; watchroom_proof=" + w.Result().Cookies()[0].Value}}
	}
	code := func(off int64, what string) string {
		return `{"kind":"totp","code":"` + h.codeOf(key, off) + `","what":` + what + `}`
	}
	all := `{"acknowledged":[{"kind":"alarm","id":"a1","note":"电源已报修"},{"kind":"alarm","id":"a2"}],"remarks":"对讲机一台电量不足"}`
	first()
	h.run([]scenario{{name: "with a step of the other signature", as: "step", method: "POST", path: one + "/outgoing/code", body: code(1, h.statement("operator")), status: 409, content: []string{"step_expired"}}})
	h.run([]scenario{{name: "what came up was not read", as: "step", method: "POST", path: one + "/incoming/code", body: code(1, `{"acknowledged":[{"kind":"alarm","id":"a1"}]}`), status: 422, content: []string{"handover_unread", `"a2"`}}})
	h.shift.Add(time.Minute.Microseconds())
	first()
	done := get[duties.HandoverView](h, "step", "POST", one+"/incoming/code", code(0, all), 200)
	in := done.Signatures[len(done.Signatures)-1]
	if done.State != "done" || len(done.Added) != 1 || done.Taken == nil || done.Taken.Checkpoint == nil || done.Taken.Checkpoint.Short != "4711-q83vEjRWeJCr" ||
		done.Taken.Checkpoint.Text != "watchroom checkpoint watchroom/gate 4711 q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=" || done.Taken.Checkpoint.Path == "" ||
		in.Role != "incoming" || in.Person != h.person("colleague") || !slices.Equal(in.Factors, []string{"totp"}) || len(done.Signatures[0].Factors) != 0 {
		t.Fatalf("%+v", done)
	}
	h.run([]scenario{
		{name: "it has passed", as: "auditor", path: "/api/v1/watch", status: 200, content: []string{`"name":"COLLEAGUE"`, `"how":"handed_over"`}},
		{name: "once more", as: "operator", method: "POST", path: one + "/outgoing/password", body: says("operator", h.statement("colleague")), status: 409, content: []string{"handover_signed"}},
		{name: "a remark", as: "operator", method: "POST", path: one + "/remarks", body: `{"kind":"dispute","words":"手电筒当时完好"}`, status: 200, content: []string{"dispute"}},
		{name: "a remark of somebody else", as: "auditor", method: "POST", path: one + "/remarks", body: `{"kind":"remark","words":"seen from afar"}`, status: 403, content: []string{"handover_not_yours"}},
		{name: "a review by one of both", as: "operator", method: "POST", path: one + "/review", body: `{"note":""}`, status: 403},
		{name: "a review", as: "supervisor", method: "POST", path: one + "/review", body: `{"note":"已核对"}`, status: 200, content: []string{"已核对"}},
		{name: "the list", as: "auditor", path: "/api/v1/rooms/" + room + "/handovers", status: 200, content: []string{`"reviewed":true`, "COLLEAGUE"}},
		{name: "before all", as: "auditor", path: "/api/v1/rooms/" + room + "/handovers?before=" + url.QueryEscape(done.OpenedAt.Format(time.RFC3339Nano)), status: 200, content: []string{`"items":[]`}},
	})
	if acts := h.done("handover.incoming_signed"); len(acts) != 1 || acts[0].Person != h.person("colleague") || acts[0].Detail["sheet"] != done.Signatures[0].Hash || acts[0].Detail["signed"] != in.Hash {
		t.Errorf("%+v", acts)
	}

	w := h.send("auditor", "GET", one+"/sheet.pdf?language=zh-CN", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/pdf" {
		t.Fatalf("%d %s: the face is made by make web", w.Code, w.Body)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(w.Body.Bytes()))
	flat := printedText(t, w.Body.Bytes())
	for _, want := range []string{"监控室交接班记录表", "北校区", "门岗监控室", "星期五", "交班人OPERATOR", "接班人COLLEAGUE", "东门", "电源已报修", "接班人已确认", "交班人签字后新增", "对讲机一台电量不足", "交接完毕", "钥匙：2", "齐全完好",
		"服务器证明", "手电筒当时完好", "审阅人SUPERVISOR", "签字、盖章", "4711-q83vEjRWeJCr", "watchroomcheckpointwatchroom/gate4711", done.Signatures[0].Hash, in.Hash, "第1页，共"} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %s on paper:\n%s", want, flat)
		}
	}
	if printed := h.done("handover.printed"); len(printed) != 1 || printed[0].Detail["sha256"] != sum || printed[0].Subject != sheet.ID {
		t.Errorf("%+v", printed)
	}
	english := printedText(t, h.send("auditor", "GET", one+"/sheet.pdf?language=en", "").Body.Bytes())
	for _, want := range []string{"Handoverrecordofthecontrolroom", "Friday", "Acknowledged", "Page1of", "Signaturesbyhand,andseal"} {
		if !strings.Contains(english, want) {
			t.Errorf("no %s on paper:\n%s", want, english)
		}
	}
	h.run([]scenario{
		{name: "paper in a language that is none", as: "auditor", path: one + "/sheet.pdf?language=tlh", status: 422},
		{name: "paper of none", as: "auditor", path: "/api/v1/handovers/nothing/sheet.pdf", status: 404, content: []string{"handover_unknown"}},
		{name: "for a technician", as: "technician", path: one + "/sheet.pdf", status: 403},
	})
}

// TestAWatchTakenOverTakesRemarks: whoever lost it says so, and paper tells how it passed.
func TestAWatchTakenOverTakesRemarks(t *testing.T) {
	clause.Covers(t, "C066")
	h := newHouse(t)
	h.deps.Web = web.Files()
	h.rebuilt()
	room := h.guardroom("门岗监控室", duty.RoundTheClock, nil)
	get[watch.WatchRoom](h, "operator", "POST", "/api/v1/rooms/"+room+"/sign-on", `{"reason":"helps out tonight",`+h.checks()+`}`, 200)
	get[watch.WatchRoom](h, "duty_lead", "POST", "/api/v1/rooms/"+room+"/take-over", `{"reason":"突发疾病，无法签字"}`, 200)
	list := get[duties.HandoverList](h, "operator", "GET", "/api/v1/rooms/"+room+"/handovers", "", 200)
	if len(list.Items) != 1 || list.Items[0].State != "overtaken" || list.Items[0].Outgoing != h.person("operator") {
		t.Fatalf("%+v", list)
	}
	one := "/api/v1/handovers/" + list.Items[0].ID
	h.key("colleague")
	h.run([]scenario{
		{name: "who lost it", as: "operator", method: "POST", path: one + "/remarks", body: `{"kind":"remark","words":"钥匙放在抽屉里"}`, status: 200, content: []string{`"how":"taken_over"`, "突发疾病"}},
		{name: "somebody else", as: "colleague", method: "POST", path: one + "/remarks", body: `{"kind":"remark","words":"I was not there"}`, status: 403, content: []string{"handover_not_yours"}},
		{name: "a signature", as: "operator", method: "POST", path: one + "/outgoing/password", body: fmt.Sprintf(`{"username":"operator","password":%q,"what":%s}`, h.passwords["operator"], h.statement("colleague")), status: 409, content: []string{"handover_overtaken"}},
	})
	flat := printedText(t, h.send("duty_lead", "GET", one+"/sheet.pdf", "").Body.Bytes())
	for _, want := range []string{"未经签字", "突发疾病，无法签字", "钥匙放在抽屉里", "接班人DUTY_LEAD"} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %s on paper:\n%s", want, flat)
		}
	}
}

// printedText is the letters of a PDF file as another program reads them.
func printedText(t *testing.T, pdf []byte) string {
	t.Helper()
	read := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
	read.Stdin = strings.NewReader(string(pdf))
	text, err := read.Output()
	if err != nil {
		t.Fatalf("pdftotext (scripts/setup test installs it): %v", err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}
