package api

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"iter"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/act"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/access"
	"watchroom/internal/access/refusal"
	"watchroom/internal/api/second"
	"watchroom/internal/api/trail"
	"watchroom/internal/api/viewing"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/clause"
	"watchroom/web"
)

// provingLedger is a log that grows, under the state of another.
type provingLedger struct {
	fakeLedger
	log *tlog.Log
}

func (p provingLedger) Status() tlog.Status     { return p.log.Status() }
func (p provingLedger) Checkpoint() tlog.Signed { return p.log.Checkpoint() }
func (p provingLedger) ProofFile(i int64) (*evidence.Proof, error) {
	return p.log.ProofFile(i)
}

type grown struct{ *tlog.Log }

func (g grown) Entries(_ context.Context, from, to int64) iter.Seq2[[]byte, error] {
	return g.Log.Entries(from, to)
}

// rebuilt makes the handler anew after the parts were changed.
func (h *house) rebuilt() {
	h.t.Helper()
	h.deps.Metrics = nil
	h.build()
}

type acts struct {
	Items []trail.Act
	Next  string
	Newer string
}

// TestTheAuditorAsksWhoLookedAtTheGate plays the question of the trail through the doors:
// somebody looks, somebody is refused, and the auditor finds who, why and by what right, and
// takes out a proof that stands without this server.
func TestTheAuditorAsksWhoLookedAtTheGate(t *testing.T) {
	clause.Covers(t, "C099")
	clause.Covers(t, "C105")
	clause.Covers(t, "C114")
	h := newHouse(t)
	log := &tlog.Log{Dir: t.TempDir(), Node: "watchroom/gate", Interval: time.Millisecond, Clock: h.now}
	start(t, log)
	t.Cleanup(log.Close)
	refusals := &refusal.Refusals{Journal: h.diary, Clock: h.now}
	start(t, refusals)
	h.deps.Ledger, h.deps.Refusals = provingLedger{log: log}, refusals
	h.rebuilt()

	from := h.now().Add(-30 * time.Hour).UTC().Truncate(time.Second)
	viewing := fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, from.Format(time.RFC3339), from.Add(time.Hour).Format(time.RFC3339))
	get[struct{ ID string }](h, "operator", "POST", "/api/v1/viewings", viewing, 201)
	for range 3 {
		h.run([]scenario{{name: "refused", as: "auditor", method: "POST", path: "/api/v1/viewings", body: viewing, status: 403, content: []string{"right_missing"}}})
	}
	refusals.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for h.journal.Pending() > 0 {
		<-tick.C
	}

	night := fmt.Sprintf("/api/v1/acts?camera=%s&footageFrom=%s&footageTo=%s", h.gate, from.Add(-time.Hour).Format(time.RFC3339), from.Add(10*time.Hour).Format(time.RFC3339))
	found := get[acts](h, "auditor", "GET", night, "", 200).Items
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	a := found[0]
	if a.Person != h.people["operator"] || a.PersonName == "" || len(a.Positions) != 1 || a.Positions[0] != "operator" || a.Address == "" || a.Session == "" ||
		a.Purpose != "incident" || a.Reason != "南门附近有人倒地" || a.Footage == nil || !a.Footage.From.Equal(from) ||
		a.Decision == nil || a.Decision.Verdict != "allowed" || a.Decision.Action != "playback.view" || a.Decision.Position != "operator" || a.Decision.Rule == "" {
		t.Errorf("%+v %+v", a, a.Decision)
	}
	if text := get[acts](h, "auditor", "GET", "/api/v1/acts?text=%E6%9C%89%E4%BA%BA%E5%80%92&verdict=allowed&position=operator&kind=viewing.", "", 200).Items; len(text) != 1 || text[0].ID != a.ID {
		t.Errorf("by text: %+v", text)
	}
	refused := get[acts](h, "auditor", "GET", "/api/v1/acts?verdict=refused&kind=access.", "", 200).Items
	count := 0.0
	for _, r := range refused {
		count += r.Detail["count"].(float64)
		if r.Person != h.people["auditor"] || r.Decision.Action != "playback.view" || r.Detail["code"] != "right_missing" || r.Detail["route"] != "POST /api/v1/viewings" {
			t.Errorf("%+v", r)
		}
	}
	if len(refused) != 2 || count != 3 {
		t.Errorf("%d acts tell of %v refusals, want 2 of 3", len(refused), count)
	}

	h.run([]scenario{{name: "not in the log yet", as: "auditor", path: "/api/v1/acts/" + a.ID + "/proof", status: 409, content: []string{"act_not_in_log"}}})
	pump := &ledger.Pump{DB: h.deps.DB, Into: grown{log}, Origin: log.Key().Name(), Every: time.Millisecond}
	start(t, pump)
	for {
		if n, _, err := ledger.Waiting(t.Context(), h.deps.DB.Read()); err != nil || n == 0 {
			break
		}
		<-tick.C
	}
	pump.Close()
	for log.Checkpoint().Size < log.Size() {
		<-tick.C
	}
	one := get[trail.Act](h, "auditor", "GET", "/api/v1/acts/"+a.ID, "", 200)
	w := h.send("auditor", "GET", "/api/v1/acts/"+a.ID+"/proof", "")
	f, err := act.Parse(w.Body.Bytes())
	if err != nil || !strings.Contains(w.Header().Get("Content-Disposition"), a.ID) {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	policy, err := evidence.ParsePolicy([]byte("log " + log.Key().String() + "\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Verify(policy)
	if err != nil || p.Content.ID != a.ID || p.Content.Person != a.Person || p.Index != one.Log.Index || p.Verdict == nil {
		t.Errorf("%+v, %v", p, err)
	}

	h.run([]scenario{
		{name: "an operator reads none", as: "operator", path: night, status: 403},
		{name: "an administrator takes out none", as: "administrator", path: "/api/v1/acts/" + a.ID + "/proof", status: 403, content: []string{"act.export"}},
		{name: "a proof holds all: none with the address of a device", as: "auditor", path: "/api/v1/acts/" + h.done("camera.created")[0].ID + "/proof", status: 403, content: []string{"camera.configure"}, not: []string{"192.0.2.10"}},
		{name: "no such act", as: "auditor", path: "/api/v1/acts/0000000000000/proof", status: 404, content: []string{"act_unknown"}},
		{name: "no such mark", as: "auditor", path: "/api/v1/acts?before=0000000000000", status: 422, content: []string{"act_unknown"}},
		{name: "one character", as: "auditor", path: "/api/v1/acts?text=x", status: 422, content: []string{"search_text_short", "query.text"}},
		{name: "ends before it begins", as: "auditor", path: "/api/v1/acts?from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z", status: 422, content: []string{"search_invalid"}},
		{name: "a verdict that is none", as: "auditor", path: "/api/v1/acts?verdict=maybe", status: 422},
		{name: "an export without a reason", as: "auditor", method: "POST", path: "/api/v1/acts/export", body: `{"format":"csv","reason":"    "}`, status: 422, content: []string{"body.reason"}},
		{name: "an export by a duty lead", as: "duty_lead", method: "POST", path: "/api/v1/acts/export", body: `{"format":"csv","reason":"because"}`, status: 403},
	})
	w = h.send("auditor", "POST", "/api/v1/acts/export?kind=viewing.&camera="+h.gate, `{"format":"csv","language":"en","reason":"quarterly audit"}`)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || w.Code != 200 || len(rows) != 2 || rows[0][0] != "Time" || !strings.Contains(strings.Join(rows[1], "|"), "南门附近有人倒地") || !strings.Contains(strings.Join(rows[1], "|"), "东门") {
		t.Errorf("%d %q %v", w.Code, rows, err)
	}
	// On paper the same, in words, with what a reader needs to check it.
	h.run([]scenario{{name: "no paper without its face", as: "auditor", method: "POST", path: "/api/v1/acts/export", body: `{"format":"pdf","reason":"because"}`, status: 503, content: []string{"face_missing"}}})
	h.deps.Web = web.Files()
	h.rebuilt()
	w = h.send("auditor", "POST", "/api/v1/acts/export?kind=viewing.&camera="+h.gate, `{"format":"pdf","reason":"第三季度核对"}`)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/pdf" {
		t.Fatalf("%d %s: the face is made by make web", w.Code, w.Body)
	}
	read := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
	read.Stdin = w.Body
	sum := fmt.Sprintf("%x", sha256.Sum256(w.Body.Bytes()))
	text, err := read.Output()
	if err != nil {
		t.Fatalf("pdftotext (scripts/setup test installs it): %v", err)
	}
	root := log.Checkpoint().Root
	flat := strings.Join(strings.Fields(string(text)), "")
	for _, want := range []string{"操作日志", "第三季度核对", "导出人", "东门", "南门附近有人倒地", "事件核查", "监控员", "允许", "回放录像", a.ID, "viewing.opened",
		"操作：录像回放摄像机：东门", log.Key().Name(), fmt.Sprintf("%x", root[:]), strings.ReplaceAll(log.Key().String(), " ", ""), "第1页，共2页", h.deps.SiteName} {
		if !strings.Contains(flat, strings.ReplaceAll(want, " ", "")) {
			t.Errorf("no %s on paper:\n%s", want, text)
		}
	}
	out := get[acts](h, "auditor", "GET", "/api/v1/acts?kind=trail.exported&kind=trail.proved", "", 200).Items
	if out[0].Detail["format"] != "pdf" || out[0].Detail["sha256"] != sum || out[0].Reason != "第三季度核对" || out[0].Detail["rows"] != 1.0 {
		t.Errorf("%+v", out[0])
	}
	out = out[1:]
	if len(out) != 2 || out[0].Kind != "trail.exported" || out[0].Reason != "quarterly audit" || out[0].Detail["rows"] != 1.0 || out[1].Kind != "trail.proved" || out[1].Subject != a.ID {
		t.Errorf("%+v", out)
	}
	// What cannot be put on record is not given out.
	err = h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "CREATE TRIGGER full BEFORE INSERT ON act_outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.run([]scenario{
		{name: "no search without its act", as: "auditor", path: "/api/v1/acts?camera=" + h.gate + "&verdict=allowed", status: 503, content: []string{"act_not_recorded"}, not: []string{a.ID}},
		{name: "no card without its act", as: "auditor", path: "/api/v1/acts/" + a.ID, status: 503, content: []string{"act_not_recorded"}, not: []string{"viewing.opened"}},
		{name: "no proof without its act", as: "auditor", path: "/api/v1/acts/" + a.ID + "/proof", status: 503, content: []string{"act_not_recorded"}, not: []string{"salt"}},
		{name: "no export without its act", as: "auditor", method: "POST", path: "/api/v1/acts/export", body: `{"format":"csv","reason":"because"}`, status: 503, content: []string{"act_not_recorded"}, not: []string{"viewing.opened"}},
	})
}

// TestTheNight: one question finds who looked in an interval, at whatever footage, and who
// looked at its footage whenever.
func TestTheNight(t *testing.T) {
	clause.Covers(t, "C105")
	h := newHouse(t)
	look := func(from time.Time) string {
		t.Helper()
		body := fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, from.UTC().Format(time.RFC3339), from.Add(time.Hour).UTC().Format(time.RFC3339))
		return get[struct{ ID string }](h, "operator", "POST", "/api/v1/viewings", body, 201).ID
	}
	find := func(of string, from time.Time) (subjects []string) {
		t.Helper()
		path := fmt.Sprintf("/api/v1/acts?kind=viewing.opened&camera=%s&%sFrom=%s&%sTo=%s", h.gate, of, from.UTC().Format(time.RFC3339), of, from.Add(4*time.Hour).UTC().Format(time.RFC3339))
		for _, a := range get[acts](h, "auditor", "GET", path, "", 200).Items {
			subjects = append(subjects, a.Subject)
		}
		return subjects
	}
	tonight, before := h.now().Add(-2*time.Hour), h.now().Add(-30*time.Hour)
	late, early := look(tonight), look(before)
	for _, c := range []struct {
		of   string
		from time.Time
		want []string
	}{
		{"footage", tonight, []string{late}},
		{"night", tonight, []string{early, late}}, // both were looked at now
		{"night", before.Add(-time.Hour), []string{early}},
		{"night", before.Add(-10 * time.Hour), nil},
	} {
		if got := find(c.of, c.from); !slices.Equal(got, c.want) {
			t.Errorf("%s from %v: %q, want %q", c.of, c.from, got, c.want)
		}
	}
	h.run([]scenario{{name: "a night or footage", as: "auditor", path: "/api/v1/acts?nightFrom=2026-11-22T08:00:00Z&footageFrom=2026-11-22T08:00:00Z", status: 422, content: []string{"search_invalid"}}})
}

// TestWhoReadsTheTrailIsOnRecord: each question once in a while and session, with its
// conditions, however many pages of the answer are read; whose card was looked at; and the
// answers do not begin with the question.
func TestWhoReadsTheTrailIsOnRecord(t *testing.T) {
	clause.Covers(t, "C094", "C114")
	h := newHouse(t)
	err := h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range 30 {
			if err := ledger.Record(ctx, tx, ledger.Act{At: h.now().UnixMicro() + int64(i), Kind: "camera.tested", Camera: h.gate}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	about := "?kind=camera.tested&kind=camera.switched&camera=" + h.gate
	other := "?camera=" + h.gate + "&kind=camera.switched&kind=camera.tested"
	first := get[acts](h, "auditor", "GET", "/api/v1/acts"+about+"&limit=10", "", 200)
	get[acts](h, "auditor", "GET", "/api/v1/acts"+about+"&limit=10&before="+first.Next, "", 200)
	get[acts](h, "auditor", "GET", "/api/v1/acts"+other, "", 200) // the same in another order
	get[acts](h, "supervisor", "GET", "/api/v1/acts"+about, "", 200)
	for range 3 {
		get[trail.Act](h, "auditor", "GET", "/api/v1/acts/"+first.Items[0].ID, "", 200)
	}
	name := map[string]string{}
	for n, id := range h.people {
		name[id] = n
	}
	told := func() (list []string) {
		t.Helper()
		all, _, err := ledger.List(t.Context(), h.deps.DB.Read(), ledger.Filter{Limit: ledger.MaxLimit})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			if strings.HasPrefix(a.Kind, "trail.") {
				conditions, _ := a.Detail["conditions"].(map[string]any)
				decision, _ := a.Detail["decision"].(map[string]any)
				list = append(list, fmt.Sprint(name[a.Person], " ", a.Kind, " ", a.Subject, " ", a.Camera, " ", conditions["kind"], " ", decision["action"]))
			}
		}
		return list
	}
	want := []string{
		"auditor trail.opened " + first.Items[0].ID + " " + h.gate + " <nil> act.read",
		"supervisor trail.searched   [camera.switched camera.tested] act.read",
		"auditor trail.searched   [camera.switched camera.tested] act.read",
	}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	h.shift.Add((10 * time.Minute).Microseconds())
	if list := get[acts](h, "auditor", "GET", "/api/v1/acts", "", 200).Items; len(list) == 0 || list[0].Kind != "trail.opened" {
		t.Errorf("what stands first: %+v", list[0])
	}
	get[acts](h, "auditor", "GET", "/api/v1/acts"+about, "", 200)
	want = append([]string{want[2], "auditor trail.searched   <nil> act.read"}, want...)
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("after a while: %q", got)
	}
	h.parameter("trail.again", `"1h"`)
	h.shift.Add((59 * time.Minute).Microseconds())
	get[acts](h, "auditor", "GET", "/api/v1/acts"+about, "", 200)
	if got := told(); len(got) != len(want) {
		t.Errorf("within the time that the house has set: %q", got)
	}
	h.run([]scenario{{name: "no such act", as: "auditor", path: "/api/v1/acts/nowhere", status: 404}})
	if got := told(); len(got) != len(want) {
		t.Errorf("what is not there was read: %q", got)
	}
}

// TestTheSecondPersonStandsInExports: who agreed, and in which position.
func TestTheSecondPersonStandsInExports(t *testing.T) {
	clause.Covers(t, "C104", "C112")
	h := newHouse(t)
	h.parameter("viewing.second_grade", `"grade_1"`)
	h.key("operator")
	h.key("duty_lead")
	id := h.asks("operator")
	get[second.SecondAsk](h, "duty_lead", "POST", "/api/v1/second-asks/"+id+"/agree", "", 200)
	get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", `{"cameras":["`+h.gate+`"],`+stated+`,"second":"`+id+`"}`, 201)
	const path = "/api/v1/acts/export?kind=viewing.&kind=access."
	w := h.send("auditor", "POST", path, `{"format":"csv","language":"en","reason":"quarterly audit"}`)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || w.Code != 200 || len(rows) != 2 {
		t.Fatalf("%d %q %v", w.Code, rows, err)
	}
	at := slices.Index(rows[0], "Second person")
	if at < 0 || !slices.Equal(rows[0][at:at+3], []string{"Second person", "Second person id", "Second person's position"}) ||
		!slices.Equal(rows[1][at:at+3], []string{"DUTY_LEAD", h.person("duty_lead"), "duty_lead"}) || rows[1][slices.Index(rows[0], "Decision")] != "allowed" {
		t.Errorf("%q", rows)
	}
	h.run([]scenario{{name: "the house renames a position", as: "supervisor", method: "PATCH", path: "/api/v1/positions/duty_lead", body: `{"name":{"zh":"带班员","en":"Shift lead"}}`, status: 200}})
	h.deps.Web = web.Files()
	h.rebuilt()
	w = h.send("auditor", "POST", path, `{"format":"pdf","reason":"第三季度核对"}`)
	read := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
	read.Stdin = w.Body
	text, err := read.Output()
	if err != nil || w.Code != 200 {
		t.Fatalf("%d, pdftotext (scripts/setup test installs it): %v", w.Code, err)
	}
	flat := strings.Join(strings.Fields(string(text)), "")
	for _, want := range []string{"第二人：DUTY_LEAD", "带班员"} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %s on paper:\n%s", want, text)
		}
	}
}

// TestMoreActsThanPaperTakes: a print is bounded and says where; a spreadsheet takes more.
func TestMoreActsThanPaperTakes(t *testing.T) {
	h := newHouse(t)
	h.deps.Web = web.Files()
	h.rebuilt()
	const many, together = 5001, 250 // a transaction ends within seconds, on a slow machine too
	for first := 0; first < many; first += together {
		err := h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i := first; i < min(first+together, many); i++ {
				if err := ledger.Record(ctx, tx, ledger.Act{At: h.now().UnixMicro() + int64(i), Kind: "camera.tested", Camera: h.gate}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const path = "/api/v1/acts/export?kind=camera.tested"
	h.run([]scenario{
		{name: "too many for paper", as: "auditor", method: "POST", path: path, body: `{"format":"pdf","reason":"because"}`, status: 422, content: []string{"act_export_too_large", "query.from", `"most":5000`}},
		{name: "not for a spreadsheet", as: "auditor", method: "POST", path: path, body: `{"format":"csv","reason":"because"}`, status: 200, content: []string{"camera.tested"}},
	})
}

// TestSavedSearchesAtTheDoor: one's own, and those that are shared.
func TestSavedSearchesAtTheDoor(t *testing.T) {
	h := newHouse(t)
	made := get[trail.Search](h, "auditor", "POST", "/api/v1/act-searches", `{"name":"2 号门","query":"camera=`+h.gate+`","shared":false}`, 201)
	path := "/api/v1/act-searches/" + made.ID
	h.run([]scenario{
		{name: "one's own", as: "auditor", path: "/api/v1/act-searches", status: 200, content: []string{"2 号门"}},
		{name: "not another's", as: "supervisor", path: "/api/v1/act-searches", status: 200, not: []string{"2 号门"}},
		{name: "nor removed", as: "supervisor", method: "DELETE", path: path, status: 404, content: []string{"search_unknown"}},
		{name: "the same name", as: "auditor", method: "POST", path: "/api/v1/act-searches", body: `{"name":"2 号门","query":""}`, status: 409, content: []string{"search_name_taken"}},
		{name: "shared", as: "auditor", method: "PUT", path: path, body: `{"name":"Gate 2","query":"verdict=refused","shared":true}`, status: 200, content: []string{"Gate 2"}},
		{name: "seen", as: "supervisor", path: "/api/v1/act-searches", status: 200, content: []string{"Gate 2"}},
		{name: "but not changed", as: "supervisor", method: "PUT", path: path, body: `{"name":"mine","query":""}`, status: 403, content: []string{"search_of_another"}},
		{name: "an operator", as: "operator", path: "/api/v1/act-searches", status: 403},
		{name: "removed", as: "auditor", method: "DELETE", path: path, status: 204},
		{name: "gone", as: "auditor", method: "DELETE", path: path, status: 404},
	})
}

// TestASharedSearchNamesNoCameraElsewhere: whoever may not know of a camera is not told of it by
// what others look for, whatever condition bears it.
func TestASharedSearchNamesNoCameraElsewhere(t *testing.T) {
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.deps.Rights.Changed()
	for name, query := range map[string]string{"here": "camera=" + h.gate, "both": "camera=" + h.gate + "&camera=" + h.yard, "elsewhere": "camera=" + h.yard,
		"in a text": "text=" + h.yard, "in any case": "text=x" + strings.ToUpper(h.yard), "in a key": h.yard + "=1", "packed": "camera=%5B%22" + h.yard + "%22%5D", "of no camera": "verdict=refused"} {
		get[trail.Search](h, "auditor", "POST", "/api/v1/act-searches", `{"name":"`+name+`","query":"`+query+`","shared":true}`, 201)
	}
	get[trail.Search](h, "auditor", "POST", "/api/v1/act-searches", `{"name":"named `+h.yard+`","query":"","shared":true}`, 201)
	h.holds("colleague", access.DutyLead, "east")
	mine := get[trail.Search](h, "colleague", "POST", "/api/v1/act-searches", `{"name":"my own","query":"camera=`+h.yard+`","shared":false}`, 201)
	h.run([]scenario{
		{name: "east", as: "colleague", path: "/api/v1/act-searches", status: 200, content: []string{`"here"`, `"of no camera"`, mine.ID},
			not: []string{`"both"`, `"elsewhere"`, `"in a text"`, `"in any case"`, `"in a key"`, `"packed"`, `"named `}},
		{name: "everywhere", as: "supervisor", path: "/api/v1/act-searches", status: 200, content: []string{`"both"`, `"elsewhere"`, `"in a text"`, `"packed"`}},
	})
}
