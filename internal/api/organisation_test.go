package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/area"
	"watchroom/internal/api/organisation"
	"watchroom/internal/testkit/clause"
)

// TestOrganisation walks units, areas, files, contracts and stand-ins as their screens do.
func TestOrganisation(t *testing.T) {
	h := newHouse(t)
	site := get[area.Area](h, "administrator", "POST", "/api/v1/areas", `{"kind":"site","name":"北校区"}`, 201)
	guards := get[organisation.Unit](h, "administrator", "POST", "/api/v1/units", `{"kind":"guard_company","name":"保安公司"}`, 201)
	camera, person := "/api/v1/cameras/"+h.gate, "/api/v1/people/"+h.person("operator")
	soon := h.now().Add(time.Hour).UTC().Format(time.RFC3339)
	later := h.now().Add(1000 * time.Hour).UTC().Format(time.RFC3339)
	h.run([]scenario{
		{name: "areas for who sees cameras", as: "operator", path: "/api/v1/areas", status: 200, content: []string{"北校区"}},
		{name: "areas by an operator", as: "operator", method: "POST", path: "/api/v1/areas", body: `{"kind":"zone","name":"x"}`, status: 403},
		{name: "a look-alike", as: "administrator", method: "POST", path: "/api/v1/areas", body: `{"kind":"site","name":"北校区 "}`, status: 409, content: []string{"area_name_taken", "body.name"}},
		{name: "10,000 letters", as: "administrator", method: "POST", path: "/api/v1/areas", body: `{"kind":"site","name":"` + strings.Repeat("x", 10000) + `"}`, status: 422},
		{name: "in itself", as: "administrator", method: "PATCH", path: "/api/v1/areas/" + site.ID, body: `{"parent":"` + site.ID + `"}`, status: 422, content: []string{"area_circle"}},
		{name: "a camera hangs", as: "administrator", method: "PATCH", path: camera, body: `{"area":"` + site.ID + `","grade":3}`, status: 200, content: []string{`"grade":3`, site.ID}},
		{name: "a camera hangs nowhere", as: "administrator", method: "PATCH", path: camera, body: `{"area":"nowhere"}`, status: 422, content: []string{"camera_area_unknown", "body.area"}},
		{name: "a grade goes down", as: "administrator", method: "PATCH", path: camera, body: `{"grade":2}`, status: 422, content: []string{"camera_grade_reason"}},
		{name: "an area in use", as: "administrator", method: "POST", path: "/api/v1/areas/" + site.ID + "/retire", body: `{"reason":"gone"}`, status: 409, content: []string{"area_in_use", `"cameras":1`}},
		{name: "a term that is needed", as: "administrator", method: "PATCH", path: person + "/file", body: `{"unit":"` + guards.ID + `"}`, status: 422, content: []string{"term_needed", "body.validUntil"}},
		{name: "a file", as: "administrator", method: "PATCH", path: person + "/file", body: `{"unit":"` + guards.ID + `","validUntil":"` + later + `","licence":"BA-1","pledgeUntil":"2027-01-01"}`, status: 200, content: []string{"BA-1", guards.ID}},
		{name: "no day", as: "administrator", method: "PATCH", path: person + "/file", body: `{"pledgeUntil":"yesterday?"}`, status: 422, content: []string{"day_invalid", "body.pledgeUntil"}},
		{name: "one's own file", as: "administrator", method: "PATCH", path: "/api/v1/people/" + h.person("administrator") + "/file", body: `{"phone":"1"}`, status: 403, content: []string{"own_file"}},
		{name: "files", as: "auditor", path: "/api/v1/people/files", status: 200, content: []string{"BA-1"}},
		{name: "files for an operator", as: "operator", path: "/api/v1/people/files", status: 403},
		{name: "warnings", as: "duty_lead", path: "/api/v1/people/due", status: 200, content: []string{"position_vacant"}},
		{name: "no photo", as: "auditor", path: person + "/photo.jpg", status: 404, content: []string{"photo_missing"}},
		{name: "a photo that is none", as: "administrator", method: "PUT", path: person + "/photo", body: `{"picture":"aGVsbG8="}`, status: 422, content: []string{"photo_unreadable"}},
		{name: "a unit in use", as: "administrator", method: "POST", path: "/api/v1/units/" + guards.ID + "/retire", body: `{"reason":"gone"}`, status: 409, content: []string{"unit_in_use", `"people":1`}},
		{name: "what one leaves behind", as: "administrator", path: person + "/leaving", status: 200, content: []string{`"sessions":1`, `"looks":[`}},
		{name: "an act of somebody of a unit", as: "operator", method: "POST", path: "/api/v1/layouts", body: `{"name":"w","size":1,"cells":[]}`, status: 201},
		{name: "whose name stands in the table of acts", as: "auditor", method: "POST", path: "/api/v1/acts/export?kind=layout.", body: `{"format":"csv","language":"en","reason":"quarterly audit"}`, status: 200, content: []string{",operator,保安公司,"}},
		{name: "stand-ins by an administrator", as: "administrator", method: "POST", path: "/api/v1/stand-ins", body: standIn(guards.ID), status: 403},
		{name: "no contract", as: "duty_lead", method: "POST", path: "/api/v1/stand-ins", body: standIn(guards.ID), status: 422, content: []string{"stand_in_company"}},
		{name: "a contract that is over", as: "administrator", method: "POST", path: "/api/v1/contracts", body: `{"unit":"` + guards.ID + `","number":"1","until":"2020-01-01T00:00:00Z"}`, status: 422, content: []string{"contract_past"}},
		{name: "a term in the past", as: "administrator", method: "PATCH", path: person + "/file", body: `{"validFrom":"` + later + `","validUntil":"` + soon + `"}`, status: 422, content: []string{"term_empty"}},
	})
	withCard := func(username string) string {
		return strings.NewReplacer("standin1", username, "王五", "赵"+username).Replace(strings.TrimSuffix(standIn(guards.ID), "}")) + `,"card":"0004719283","cardName":"顶岗卡"}`
	}
	contract := get[organisation.Contract](h, "administrator", "POST", "/api/v1/contracts", `{"unit":"`+guards.ID+`","number":"1","until":"`+later+`"}`, 201)
	in := get[organisation.AdmittedStandIn](h, "duty_lead", "POST", "/api/v1/stand-ins", standIn(guards.ID), 201)
	h.people["standin1"], h.passwords["standin1"] = in.Person.ID, in.InitialPassword
	h.keys["standin1"] = h.signIn("standin1")
	h.run([]scenario{
		{name: "a password of their own first", as: "standin1", path: "/api/v1/cameras", status: 403, content: []string{"password_change_required"}},
		{name: "their own", as: "standin1", method: "PUT", path: "/api/v1/session/password", body: `{"current":"` + in.InitialPassword + `","new":"nobody-else-knows-it"}`, status: 204},
		{name: "live", as: "standin1", path: "/api/v1/cameras", status: 200},
		{name: "no playback", as: "standin1", path: "/api/v1/bookmarks", status: 403, content: []string{"right_missing"}},
		{name: "no reading of the records", as: "standin1", path: "/api/v1/acts", status: 403},
		{name: "the identity stays inside", as: "auditor", path: "/api/v1/acts", status: 200, content: []string{"standin.admitted"}, not: []string{"110101199001011234"}},
		{name: "another with a card", as: "duty_lead", method: "POST", path: "/api/v1/stand-ins", body: withCard("standin2"), status: 201, not: []string{"0004719283"}},
		{name: "a card that is another's", as: "duty_lead", method: "POST", path: "/api/v1/stand-ins", body: withCard("standin3"), status: 409, content: []string{"card_taken"}},
		{name: "on record", as: "auditor", path: "/api/v1/acts?kind=card.issued", status: 200, content: []string{h.person("duty_lead"), "9283"}, not: []string{"0004719283"}},
		{name: "the contract ends", as: "administrator", method: "POST", path: "/api/v1/contracts/" + contract.ID + "/end", body: `{"reason":"over"}`, status: 200, content: []string{in.Person.ID, h.person("operator")}},
		{name: "out at once", as: "standin1", path: "/api/v1/cameras", status: 401},
		{name: "the others too", as: "operator", path: "/api/v1/cameras", status: 401},
	})
}

func standIn(unit string) string {
	return `{"name":"王五","username":"standin1","unit":"` + unit + `","identity":"110101199001011234","confirmedBy":"队长","hours":8}`
}

// TestTables takes each register out and in again: nothing is another afterwards, and a
// table with faults names them and writes nothing.
func TestTables(t *testing.T) {
	h := newHouse(t)
	h.person("colleague")
	get[area.Area](h, "administrator", "POST", "/api/v1/areas", `{"kind":"site","name":"=1+1"}`, 201)
	for _, register := range []string{"people", "units", "areas", "cameras"} {
		if register == "units" {
			get[organisation.Unit](h, "administrator", "POST", "/api/v1/units", `{"kind":"department","name":"保卫处"}`, 201)
		}
		for _, format := range []string{"xlsx", "csv"} {
			w := h.send("administrator", "GET", "/api/v1/"+register+"/export?language=en&format="+format, "")
			if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Disposition"), register+"."+format) {
				t.Fatalf("%s: %d %s", register, w.Code, w.Body)
			}
			raw := w.Body.String()
			if format == "csv" && register == "areas" && !strings.Contains(raw, "'=1+1") {
				t.Errorf("a formula goes out: %q", raw)
			}
			path := "/api/v1/" + register + "/import"
			out := get[organisation.ImportOutcome](h, "administrator", "POST", path+"?dryRun=true", tableOf(raw), 200)
			if len(out.Faults) != 0 || out.Created+out.Changed != 0 || out.Same == 0 || out.Kept {
				t.Errorf("%s %s: %+v", register, format, out)
			}
			if out := get[organisation.ImportOutcome](h, "administrator", "POST", path, tableOf(raw), 200); !out.Kept {
				t.Errorf("%s: %+v", register, out)
			}
		}
	}
	bad := get[organisation.ImportOutcome](h, "administrator", "POST", "/api/v1/cameras/import", tableOf("Camera,Security grade\n东门,4\nnowhere,1\nYard,9\n"), 200)
	if len(bad.Faults) != 2 || bad.Kept || bad.Faults[0].Line != 3 || bad.Faults[0].Column != "name" || bad.Faults[1].Line != 4 || bad.Faults[1].Column != "grade" {
		t.Errorf("%+v", bad)
	}
	// Where some cells cannot be read, the other lines are looked at all the same.
	people := get[organisation.ImportOutcome](h, "administrator", "POST", "/api/v1/people/import", tableOf("User name,Name,Positions\nlong,"+strings.Repeat("长", 10_000)+",\nli,Li Na,king\nmore,x,,,y\nadministrator,me,\n"), 200)
	var named []string
	for _, f := range people.Faults {
		named = append(named, fmt.Sprint(f.Line, " ", f.Column, " ", f.Code))
	}
	if want := []string{"2 displayName sheet_cell_too_long", "3 positions position_unknown", "4  sheet_line_too_long", "5 username import_own_line"}; !slices.Equal(named, want) || people.Kept {
		t.Errorf("%q, want %q", named, want)
	}
	h.run([]scenario{
		{name: "nothing was written", as: "administrator", path: "/api/v1/cameras/" + h.gate, status: 200, content: []string{`"grade":1`}},
		{name: "no table", as: "administrator", method: "POST", path: "/api/v1/areas/import", body: tableOf("\xff\xfe"), status: 422, content: []string{"sheet_format", "body.file"}},
		{name: "a column that is none", as: "administrator", method: "POST", path: "/api/v1/areas/import", body: tableOf("Area,Kind,Salary\na,site,1\n"), status: 200, content: []string{"sheet_column_unknown", "Salary"}},
		{name: "by an operator", as: "operator", method: "POST", path: "/api/v1/areas/import", body: tableOf("Area,Kind\na,site\n"), status: 403},
		{name: "an export by a leader", as: "leader", path: "/api/v1/people/export", status: 403},
		{name: "on record", as: "auditor", path: "/api/v1/acts?kind=area.", status: 200, content: []string{"area.imported"}},
	})
	if n := len(h.diary.of("area.exported")); n != 2 {
		t.Errorf("%d exports of areas on record", n)
	}
	h.journal.Close()
	if w := h.send("administrator", "GET", "/api/v1/people/export", ""); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "administrator") {
		t.Errorf("what cannot be put on record goes out: %d", w.Code)
	}
}

// TestListsOfCamerasLeaveOnRecord: taking the list of cameras, the areas, or where all cameras hang
// out of the house is a right of its own, which goes neither with setting cameras up nor with
// reading them; the act says how many cameras, and the highest grade, which the file bears.
func TestListsOfCamerasLeaveOnRecord(t *testing.T) {
	clause.Covers(t, "C101")
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.deps.Rights.Changed()
	h.send("technician", "PATCH", "/api/v1/cameras/"+h.gate, `{"grade":3}`)
	entities := "/api/v1/rights/cedar?part=entities"
	var all []scenario
	for _, as := range []string{"technician", "operator", "duty_lead", "leader", "principal"} {
		for _, path := range []string{"/api/v1/cameras/export", "/api/v1/areas/export"} {
			all = append(all, scenario{name: as + " " + path, as: as, path: path, status: 403, content: []string{"camera.export"}})
		}
	}
	all = append(all, scenario{name: "where they hang", as: "leader", path: entities, status: 200, content: []string{`"leader": [`}, not: []string{h.gate, h.yard}})
	h.run(all)
	if n := len(h.diary.of("camera.exported")) + len(h.diary.of("area.exported")); n != 0 {
		t.Errorf("%d exports on record, and none was given", n)
	}
	for i, as := range []string{"administrator", "supervisor", "auditor"} {
		w := h.send(as, "GET", "/api/v1/cameras/export?format=csv&language=en", "")
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Disposition"), `"cameras-grade-3.csv"`) || !strings.Contains(w.Body.String(), "东门") {
			t.Errorf("%s: %d %v", as, w.Code, w.Header())
		}
		acts := h.diary.of("camera.exported")
		if len(acts) != i+1 || acts[i].Person != h.person(as) || acts[i].Detail["cameras"] != 2 || acts[i].Detail["grade"] != 3 || acts[i].Detail["format"] != "csv" {
			t.Errorf("%s: %+v", as, acts)
		}
	}
	if w := h.send("auditor", "GET", entities, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), h.yard) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if acts := h.diary.of("rights.exported"); len(acts) == 0 || acts[len(acts)-1].Detail["cameras"] != 2 || acts[len(acts)-1].Detail["format"] != "cedar" || acts[len(acts)-1].Detail["grade"] == nil {
		t.Errorf("%+v", acts)
	}
	if w := h.send("supervisor", "GET", "/api/v1/areas/export?format=csv", ""); w.Code != http.StatusOK || len(h.diary.of("area.exported")) != 1 {
		t.Errorf("%d", w.Code)
	}
	// Who may take out those of one area takes out those.
	h.holds("supervisor", access.Supervisor, "east")
	if w := h.send("supervisor", "GET", "/api/v1/cameras/export?format=csv", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "东门") || strings.Contains(w.Body.String(), "Yard") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.diary.deaf.Store(true)
	for _, path := range []string{"/api/v1/cameras/export", entities} {
		if w := h.send("auditor", "GET", path, ""); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), h.yard) {
			t.Errorf("what cannot be put on record goes out: %s %d", path, w.Code)
		}
	}
}

func tableOf(raw string) string {
	return `{"file":"` + base64.StdEncoding.EncodeToString([]byte(raw)) + `"}`
}
