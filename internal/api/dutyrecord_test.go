package api

import (
	"bytes"
	"strings"
	"testing"

	dutyrecord "watchroom/internal/api/duty/logbook"
	"watchroom/internal/testkit/clause"
)

// TestDutyRecordAtTheDoor: what is written, found, attached and printed over HTTP, and what is not.
func TestDutyRecordAtTheDoor(t *testing.T) {
	clause.Covers(t, "C062")
	h := newHouse(t)
	h.duties.Book.OnWatch = nil // whoever may keep watch writes; that others do not is tried in package logbook
	h.key("supervisor")
	h.key("operator")
	room := get[struct{ ID string }](h, "supervisor", "POST", "/api/v1/rooms", `{"name":"一号监控室","areas":[],"head":"`+h.people["supervisor"]+`","staff":1,"hours":"around_the_clock","networks":[]}`, 201).ID
	const all = "/api/v1/duty-entries"
	entry := get[dutyrecord.DutyEntries](h, "operator", "POST", all, `{"room":"`+room+`","category":"patrol","text":"巡查正常 😀𠮷","report":{"person":"`+h.people["supervisor"]+`","channel":"radio"}}`, 201).Items[0]
	h.run([]scenario{
		{name: "it is found", as: "auditor", path: all + "?text=%E5%B7%A1%E6%9F%A5&room=" + room, status: 200, content: []string{`"text":"巡查正常 😀𠮷"`, `"number":1`, `"apart":false`}},
		{name: "others are not", as: "auditor", path: all + "?text=%E6%B6%88%E9%98%B2", status: 200, content: []string{`"items":[]`}},
		{name: "in the future", as: "operator", method: "POST", path: all, body: `{"room":"` + room + `","category":"patrol","text":"x","at":"2099-01-01T00:00:00Z"}`, status: 422, content: []string{"record_future"}},
		{name: "who only reads", as: "auditor", method: "POST", path: all, body: `{"room":"` + room + `","category":"patrol","text":"x"}`, status: 403, content: []string{"right_missing"}},
		{name: "a huge list", as: "operator", method: "POST", path: all, body: `{"room":"` + room + `","category":"patrol","text":"x","cameras":[` + strings.Repeat(`"c",`, 2000) + `"c"]}`, status: 422},
		{name: "a page", as: "operator", method: "POST", path: all + "/" + entry.ID + "/files?name=x.html", body: "<script>", status: 422, content: []string{"record_file_type"}},
		{name: "too large", as: "operator", method: "POST", path: all + "/" + entry.ID + "/files?name=x.pdf", body: "%PDF-" + strings.Repeat("x", 10<<20), status: 422, content: []string{"record_file_size"}},
		{name: "attached", as: "operator", method: "POST", path: all + "/" + entry.ID + "/files?name=a%E9%97%A8.pdf", body: "%PDF-1.4 %%EOF", status: 204},
		{name: "no receipt for others", as: "operator", method: "POST", path: "/api/v1/duty-reports/" + entry.Reports[0].ID + "/receipt", status: 403, content: []string{"record_receipt_other"}},
		{name: "receipt", as: "supervisor", method: "POST", path: "/api/v1/duty-reports/" + entry.Reports[0].ID + "/receipt", status: 200, content: []string{`"receivedAt"`}},
		{name: "cameras are counted where it is known", as: "operator", path: "/api/v1/duty-online?room=" + room, status: 200, content: []string{`"known":false`}},
		{name: "people are found", as: "operator", path: "/api/v1/duty-people?text=supervisor", status: 200, content: []string{h.people["supervisor"]}},
		{name: "categories", as: "operator", path: "/api/v1/duty-phrases", status: 200, content: []string{`"labour_discipline"`, `"recent":[{"text":"巡查正常 😀𠮷","category":"patrol"}]`}},
		{name: "too long a print", as: "operator", path: "/api/v1/duty-record?room=" + room + "&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", status: 422, content: []string{"interval_too_long"}},
	})
	file := get[dutyrecord.DutyEntries](h, "operator", "GET", all+"/"+entry.ID, "", 200).Items[0].Files[0]
	w := h.send("operator", "GET", "/api/v1/duty-files/"+file.ID, "")
	if head := w.Header(); w.Code != 200 || head.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment;") || !strings.Contains(head.Get("Content-Security-Policy"), "sandbox") || w.Body.String() != "%PDF-1.4 %%EOF" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	from, to := h.now().UTC().AddDate(0, 0, -1).Format("2006-01-02T15:04:05Z"), h.now().UTC().AddDate(0, 0, 1).Format("2006-01-02T15:04:05Z")
	printed := h.send("operator", "GET", "/api/v1/duty-record?room="+room+"&from="+from+"&to="+to+"&format=xlsx", "")
	if printed.Code != 200 || !bytes.HasPrefix(printed.Body.Bytes(), []byte("PK")) {
		t.Errorf("%d %.200s", printed.Code, printed.Body)
	}
	if acts := h.send("auditor", "GET", "/api/v1/acts?kind=duty.printed", ""); !strings.Contains(acts.Body.String(), `"duty.printed"`) {
		t.Errorf("a print leaves no act: %.300s", acts.Body)
	}
}
