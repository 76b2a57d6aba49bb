package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/mark"
	"watchroom/internal/api/live"
	"watchroom/internal/api/marked"
	"watchroom/internal/api/trace"
	"watchroom/internal/api/viewing"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
)

// photographed is a house whose pictures are real and bear marks.
func photographed(t *testing.T) (h *house, picture []byte) {
	t.Helper()
	h = newHouse(t)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 640, 360), image.YCbCrSubsampleRatio420), nil); err != nil {
		t.Fatal(err)
	}
	h.pictures.jpeg, h.footage.jpeg = b.Bytes(), b.Bytes()
	h.deps.Marks = &mark.Maker{Secret: []byte("0123456789abcdef0123456789abcdef"), Rules: h.deps.Parameters.Set}
	h.deps.Viewings.Marks = h.deps.Marks
	h.rebuilt()
	return h, b.Bytes()
}

// TestPicturesBearTheLabelOfTheirGrade: a player is told the grade, and a still has it burnt in.
func TestPicturesBearTheLabelOfTheirGrade(t *testing.T) {
	clause.Covers(t, "C111")
	h, _ := photographed(t)
	places := map[string]access.Place{h.gate: {Grade: 1}, h.yard: {Grade: 1}}
	h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) { return places, nil }
	stills := map[access.Grade][]byte{}
	for _, grade := range []access.Grade{1, 3, 4} {
		places = map[string]access.Place{h.gate: {Grade: grade}, h.yard: {Grade: 1}}
		h.deps.Rights.Changed()
		told := get[live.LiveOptions](h, "operator", "GET", "/api/v1/live/"+h.gate+"/options", "", 200)
		if told.Mark == nil || told.Mark.Grade != int(grade) {
			t.Errorf("grade %d: %+v", grade, told.Mark)
		}
		stills[grade] = h.send("operator", "GET", "/api/v1/cameras/"+h.gate+"/picture.jpg", "").Body.Bytes()
	}
	if bytes.Equal(stills[1], stills[3]) || bytes.Equal(stills[3], stills[4]) {
		t.Error("a still does not show the grade")
	}
}

// recorded waits until the journal's acts are in the database.
func (h *house) recorded() {
	h.t.Helper()
	for h.journal.Pending() > 0 {
		if h.t.Context().Err() != nil {
			h.t.Fatal("the journal is not taken in")
		}
		runtime.Gosched()
	}
}

// TestAPhotographOfTheScreenLeadsBack: what is drawn over live pictures and footage, and
// burnt into stills, leads from the mark to the person, the session and the camera; asking is
// on record, and only who may read acts may ask.
func TestAPhotographOfTheScreenLeadsBack(t *testing.T) {
	clause.Covers(t, "C100")
	clause.Covers(t, "C115")
	h, original := photographed(t)
	operator := h.person("operator")
	options := get[live.LiveOptions](h, "operator", "GET", "/api/v1/live/"+h.gate+"/options", "", 200)
	again := get[live.LiveOptions](h, "operator", "GET", "/api/v1/live/"+h.gate+"/options", "", 200)
	if options.Mark == nil || *options.Mark != *again.Mark {
		t.Fatalf("%+v, then %+v", options.Mark, again.Mark)
	}
	liveMark := options.Mark.Trace
	if other := get[live.LiveOptions](h, "colleague", "GET", "/api/v1/live/"+h.gate+"/options", "", 200).Mark; other.Trace == liveMark {
		t.Error("two people bear one mark")
	}
	seat := h.offer("operator", h.gate, "v=0").Header().Get("Location")
	h.send("operator", "DELETE", seat, "")
	<-h.whep.ended
	still := h.send("operator", "GET", "/api/v1/cameras/"+h.gate+"/picture.jpg", "")
	if still.Code != 200 || still.Header().Get(marked.Header) != liveMark || bytes.Equal(still.Body.Bytes(), original) {
		t.Errorf("the still of now bears no mark: %d %q", still.Code, still.Header())
	}
	for len(h.diary.of("live.closed")) == 0 { // the end is told beside the answer
		runtime.Gosched()
	}
	opened, closed := h.diary.of("live.opened"), h.diary.of("live.closed")
	if len(opened) != 1 || opened[0].Detail["mark"] != liveMark || closed[0].Detail["opened"] != opened[0].ID || closed[0].Detail["mark"] != liveMark {
		t.Errorf("%+v, %+v", opened, closed)
	}

	from, to := h.stamp(-60), h.stamp(-50)
	v := get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q,%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, h.yard, from, to), 201)
	if len(v.Marks) != 2 || v.Marks[0].Mark.Trace == v.Marks[1].Mark.Trace {
		t.Fatalf("%+v", v.Marks)
	}
	viewed := v.Marks[slices.IndexFunc(v.Marks, func(m viewing.CameraMark) bool { return m.Camera == h.gate })].Mark.Trace
	thumbnail := h.send("operator", "GET", "/api/v1/viewings/"+v.ID+"/cameras/"+h.gate+"/thumbnail.jpg?at="+h.stamp(-55), "")
	if thumbnail.Code != 200 || thumbnail.Header().Get(marked.Header) != viewed || bytes.Equal(thumbnail.Body.Bytes(), original) {
		t.Errorf("%d %v", thumbnail.Code, thumbnail.Header())
	}

	kept := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", fmt.Sprintf(`{"camera":%q,"viewing":%q,"at":%q}`, h.gate, v.ID, h.stamp(-55)), 201)
	taken := h.send("operator", "GET", "/api/v1/snapshots/"+kept.ID+"/picture.jpg?viewing="+v.ID, "")
	snapshotMark := taken.Header().Get(marked.Header)
	if taken.Code != 200 || snapshotMark == "" || bytes.Equal(taken.Body.Bytes(), original) {
		t.Fatalf("%d %v", taken.Code, taken.Header())
	}
	sum := sha256.Sum256(original)
	s, err := h.deps.Snapshots.Get(t.Context(), kept.ID)
	if err != nil {
		t.Fatal(err)
	}
	if beside, err := h.deps.Snapshots.Picture(s); err != nil || !bytes.Equal(beside, original) || kept.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("the original was touched: %v", err)
	}
	h.recorded()

	ask := func(body string) trace.Trace {
		t.Helper()
		return get[trace.Trace](h, "duty_lead", "POST", "/api/v1/traces", body, 200)
	}
	kinds := func(looks []trace.TraceLook) (k []string) {
		for _, l := range looks {
			k = append(k, l.Kind)
		}
		return k
	}
	found := ask(`{"mark":"` + strings.ToLower(strings.ReplaceAll(liveMark, "-", " ")) + `"}`)
	if found.Mark != liveMark || !slices.Equal(kinds(found.Looks), []string{"picture", "live"}) {
		t.Fatalf("%+v", found)
	}
	look := found.Looks[1]
	if look.Person != operator || look.PersonName != "OPERATOR" || look.Session == "" || look.Address == "" || look.Camera != h.gate ||
		look.To == nil || look.SignedIn == nil || !slices.Equal(look.Acts, []string{opened[0].ID, actIDs(t, h, "live.closed")[0]}) {
		t.Errorf("%+v", look)
	}
	found = ask(`{"mark":"` + viewed + `"}`)
	if len(found.Looks) != 1 || found.Looks[0].Viewing != v.ID || found.Looks[0].Purpose != "incident" || found.Looks[0].Reason != "南门附近有人倒地" ||
		found.Looks[0].Footage == nil || found.Looks[0].To == nil || found.Looks[0].Camera != h.gate {
		t.Errorf("%+v", found)
	}
	found = ask(`{"mark":"` + snapshotMark + `"}`)
	if len(found.Looks) != 1 || found.Looks[0].Snapshot != kept.ID || found.Looks[0].Person != operator {
		t.Errorf("%+v", found)
	}
	found = ask(fmt.Sprintf(`{"camera":%q,"at":%q}`, h.gate, h.stamp(-55)))
	if got := kinds(found.Looks); !slices.Contains(got, "playback") || !slices.Contains(got, "snapshot") || slices.Contains(got, "live") {
		t.Errorf("%v", got)
	}
	if found = ask(fmt.Sprintf(`{"camera":%q,"at":%q}`, h.gate, h.stamp(0))); !slices.Contains(kinds(found.Looks), "live") {
		t.Errorf("%+v", found)
	}
	acts, _, err := ledger.List(t.Context(), h.deps.DB.Read(), ledger.Filter{Kind: "mark.traced"})
	if err != nil || len(acts) != 5 || acts[4].Subject != liveMark || acts[4].Camera != h.gate || acts[4].Person != h.people["duty_lead"] || acts[4].Detail["mark"] != nil {
		t.Errorf("%+v, %v", acts, err)
	}
	h.run([]scenario{
		{name: "a guest", method: "POST", path: "/api/v1/traces", body: `{"mark":"` + liveMark + `"}`, status: 401},
		{name: "an operator", as: "operator", method: "POST", path: "/api/v1/traces", body: `{"mark":"` + liveMark + `"}`, status: 403, content: []string{"act.read"}},
		{name: "a slip", as: "duty_lead", method: "POST", path: "/api/v1/traces", body: `{"mark":"000-000-001"}`, status: 422, content: []string{"mark_invalid", "body.mark"}},
		{name: "neither", as: "duty_lead", method: "POST", path: "/api/v1/traces", body: `{"camera":"{gate}"}`, status: 422, content: []string{"trace_question"}},
		{name: "a mark that nobody bore", as: "duty_lead", method: "POST", path: "/api/v1/traces", body: `{"mark":"000-000-000"}`, status: 200, content: []string{`"looks":[]`}},
		{name: "the acts of a mark", as: "duty_lead", path: "/api/v1/acts?mark=" + liveMark, status: 200, content: []string{"live.opened", "live.closed", "live.picture"}, not: []string{"viewing.opened"}},
	})
}

func actIDs(t *testing.T, h *house, kind string) (ids []string) {
	t.Helper()
	acts, _, err := ledger.List(t.Context(), h.deps.DB.Read(), ledger.Filter{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range acts {
		ids = append(ids, a.ID)
	}
	return ids
}

// TestATraceEndsAtTheArea: who reads acts of one area follows no mark into another, and is
// not even told that there is one.
func TestATraceEndsAtTheArea(t *testing.T) {
	h, _ := photographed(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.holds("duty_lead", access.DutyLead, "east")
	if w := h.offer("operator", h.yard, "v=0"); w.Code != 201 {
		t.Fatal(w.Body)
	}
	h.recorded()
	borne := h.diary.of("live.opened")[0].Detail["mark"].(string)
	if got := get[trace.Trace](h, "duty_lead", "POST", "/api/v1/traces", `{"mark":"`+borne+`"}`, 200); len(got.Looks) != 0 {
		t.Errorf("%+v", got)
	}
	h.run([]scenario{{name: "by camera", as: "duty_lead", method: "POST", path: "/api/v1/traces", body: `{"camera":"{yard}","at":"` + h.stamp(0) + `"}`, status: 403, content: []string{"right_elsewhere"}}})
	if got := get[trace.Trace](h, "auditor", "POST", "/api/v1/traces", `{"mark":"`+borne+`"}`, 200); len(got.Looks) != 1 || got.Looks[0].To != nil {
		t.Errorf("%+v", got)
	}
}

// TestNothingIsToldOffTheRecord: where the question cannot be put on record there is no answer.
func TestNothingIsToldOffTheRecord(t *testing.T) {
	h, _ := photographed(t)
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
		t.Fatal(w.Body)
	}
	h.recorded()
	borne := h.diary.of("live.opened")[0].Detail["mark"].(string)
	h.key("auditor")
	err := h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TRIGGER no_traces BEFORE INSERT ON acts WHEN NEW.kind = 'mark.traced' BEGIN SELECT RAISE(ABORT, 'no'); END`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w := h.send("auditor", "POST", "/api/v1/traces", `{"mark":"`+borne+`"}`)
	if w.Code != 503 || !strings.Contains(w.Body.String(), "act_not_recorded") || strings.Contains(w.Body.String(), h.people["operator"]) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestSeeingIsNotTaking: who may see pictures takes none away without the rights to, by any
// route; a browser that goes to footage as to a file is refused, while a player plays it.
func TestSeeingIsNotTaking(t *testing.T) {
	clause.Covers(t, "C100", "C102")
	h, _ := photographed(t)
	denial := `[{"id":"s","position":"operator","actions":["snapshot.take"],"deny":true}]`
	version := get[struct{ ID string }](h, "supervisor", "POST", "/api/v1/rights/versions", `{"base":"built-in","reason":"no snapshots at night","rules":`+denial+`}`, 201)
	get[struct{}](h, "leader", "POST", "/api/v1/rights/versions/"+version.ID+"/approve", `{"note":"yes"}`, 200)
	_, secret, err := h.deps.Access.CreateToken(t.Context(), access.CommandLine(), account.NewToken{
		Person: h.person("lead"), Name: "wall of the gate house", Actions: []access.Action{access.CameraRead, access.LiveView, access.PlaybackView}})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["token"] = http.Header{"Authorization": {"Bearer " + secret.Reveal()}}
	for _, as := range []string{"operator", "token"} {
		v := get[viewing.Viewing](h, as, "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, h.stamp(-60), h.stamp(-50)), 201)
		under, at := "/api/v1/viewings/"+v.ID+"/cameras/"+h.gate, "from="+h.stamp(-59)+"&to="+h.stamp(-58)
		h.run([]scenario{
			{name: as + " plays", as: as, path: under + "/playlist?" + at, status: 200},
			{name: as + " keeps a picture of now", as: as, method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}"}`, status: 403, content: []string{`"action":"snapshot.take"`}},
			{name: as + " keeps a picture of then", as: as, method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","viewing":"` + v.ID + `","at":"` + h.stamp(-59) + `"}`, status: 403, content: []string{`"action":"snapshot.take"`}},
			{name: as + " downloads", as: as, path: under + "/download?" + at, status: 403, content: []string{`"action":"footage.download"`}},
		})
		for _, media := range []string{"/stream.mp4?", "/video.mp4?"} {
			for mode, status := range map[string]int{"navigate": 403, "cors": 200, "no-cors": 200, "same-origin": 200, "": 200} {
				r := h.request(as, "GET", under+media+at, "")
				if mode != "" {
					r.Header.Set("Sec-Fetch-Mode", mode)
				}
				if w := serve(h.handler, r); w.Code != status || status == 403 && !strings.Contains(w.Body.String(), `"action":"footage.download"`) {
					t.Errorf("%s %s %q: %d %.200s", as, media, mode, w.Code, w.Body)
				}
			}
		}
	}
	if n := len(actIDs(t, h, "snapshot.taken")); n != 0 {
		t.Errorf("%d pictures were kept", n)
	}
	if actions := get[struct{ Actions []string }](h, "operator", "GET", "/api/v1/session", "", 200).Actions; slices.Contains(actions, "snapshot.take") || slices.Contains(actions, "footage.download") {
		t.Errorf("the screens would offer it: %v", actions)
	}
	// Whatever gives footage or pictures is one of these routes. A new one says here what it is.
	known := []string{"getCameraPicture", "getThumbnail", "getSnapshotPicture", "streamFootage", "fetchVideo", "downloadFootage", "getPersonPhoto"}
	for path, item := range h.router.API().OpenAPI().Paths {
		if item.Get == nil {
			continue
		}
		for _, a := range item.Get.Responses {
			for kind := range a.Content {
				if (strings.HasPrefix(kind, "video/") || strings.HasPrefix(kind, "image/")) && !slices.Contains(known, item.Get.OperationID) {
					t.Errorf("%s (%s) gives %s: does it take a right to take away, and does it bear a mark?", path, item.Get.OperationID, kind)
				}
			}
		}
	}
}
