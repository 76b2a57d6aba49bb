package api

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/viewing"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

const (
	morning = "from=2026-11-22T08:00:00Z&to=2026-11-22T09:00:00Z"
	stated  = `"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z","purpose":"incident","reason":"核对报警经过"`
)

// state opens a viewing of the gate between eight and ten.
func (h *house) state(as string) string {
	h.t.Helper()
	return get[viewing.Viewing](h, as, "POST", "/api/v1/viewings", `{"cameras":["`+h.gate+`"],`+stated+`}`, 201).ID
}

func (h *house) under(id string) string { return "/api/v1/viewings/" + id + "/cameras/" + h.gate }

func TestViewings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		id := h.state("operator")
		h.run([]scenario{
			{name: "guest", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 401},
			{name: "administrator", as: "administrator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 403, content: []string{`"playback.view"`}},
			{name: "auditor", as: "auditor", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 403},
			{name: "program", as: "token", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 403},
			{name: "no reason", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z","purpose":"incident","reason":"abc"}`, status: 422, content: []string{"body.reason"}},
			{name: "a reason of blanks", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z","purpose":"incident","reason":"        "}`, status: 422},
			{name: "curiosity", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z","purpose":"curiosity","reason":"because"}`, status: 422, content: []string{"body.purpose"}},
			{name: "no camera", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":[],` + stated + `}`, status: 422, content: []string{"body.cameras"}},
			{name: "unknown camera", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["0000000000000"],` + stated + `}`, status: 404, content: []string{"camera_unknown"}},
			{name: "backwards", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],"from":"2026-11-22T10:00:00Z","to":"2026-11-22T08:00:00Z","purpose":"incident","reason":"because"}`, status: 422},
			{name: "own", as: "operator", path: "/api/v1/viewings", status: 200, content: []string{id, "核对报警经过", `"purpose":"incident"`, `"expiresAt"`}},
			{name: "nobody else's", as: "colleague", path: "/api/v1/viewings", status: 200, content: []string{`"items":[]`}},
			{name: "all", as: "auditor", path: "/api/v1/viewings?camera={gate}&" + morning, status: 200, content: []string{id}},
			{name: "of another time", as: "auditor", path: "/api/v1/viewings?to=2026-11-22T07:00:00Z", status: 200, not: []string{id}},
			{name: "close another's", as: "colleague", method: "POST", path: "/api/v1/viewings/" + id + "/close", status: 403, content: []string{"viewing_of_another"}},
			{name: "close", as: "operator", method: "POST", path: "/api/v1/viewings/" + id + "/close", status: 200, content: []string{`"closedAt"`}},
			{name: "closed", as: "operator", path: h.under(id) + "/playlist?" + morning, status: 403, content: []string{"viewing_expired"}},
		})
	})
}

// TestFootageComesAfterTheAct tries every way to footage without, beside and after
// a viewing that covers it.
func TestFootageComesAfterTheAct(t *testing.T) {
	clause.Covers(t, "C094")
	h := newHouse(t)
	id, theirs := h.state("operator"), h.state("colleague")
	ways := []string{"/playlist?%s", "/stream.mp4?%s", "/video.mp4?%s", "/thumbnail.jpg?at=%s"}
	within := map[bool]string{false: morning, true: "2026-11-22T08:30:00Z"}
	outside := map[bool]string{false: "from=2026-11-22T07:00:00Z&to=2026-11-22T08:30:00Z", true: "2026-11-22T10:00:01Z"}
	try := func(name, as, under, when string, status int, code string) {
		t.Helper()
		for _, way := range ways {
			at := map[string]map[bool]string{"within": within, "outside": outside}[when][strings.HasPrefix(way, "/thumb")]
			for _, method := range []string{"GET", "HEAD"} {
				w := h.send(as, method, under+strings.Replace(way, "%s", at, 1), "")
				if w.Code != status || method == "GET" && !strings.Contains(w.Body.String(), code) {
					t.Errorf("%s: %s %s: %d %s", name, method, way, w.Code, w.Body)
				}
				if status != 200 && (strings.Contains(w.Body.String(), "moov") || strings.Contains(w.Body.String(), "jpeg") && code != "jpeg" || w.Header().Get("Watchroom-Start") != "") {
					t.Errorf("%s: %s shows footage", name, way)
				}
			}
		}
	}
	try("covered", "operator", h.under(id), "within", 200, "")
	try("guest", "guest", h.under(id), "within", 401, "not_signed_in")
	try("administrator", "administrator", h.under(id), "within", 403, "right_missing")
	try("auditor", "auditor", h.under(id), "within", 403, "right_missing")
	try("program", "token", h.under(id), "within", 403, "token_right_missing")
	try("no viewing", "operator", h.under("0000000000000"), "within", 403, "viewing_required")
	try("an id that is none", "operator", h.under("%E9%97%A8"), "within", 403, "viewing_required")
	try("another's viewing", "operator", h.under(theirs), "within", 403, "viewing_of_another")
	h.keys["phone"] = h.signIn("operator")
	try("another session of the same guard", "phone", h.under(id), "within", 403, "viewing_elsewhere")
	try("another time", "operator", h.under(id), "outside", 403, "outside_viewing")
	try("another camera", "operator", "/api/v1/viewings/"+id+"/cameras/"+h.yard, "within", 403, "outside_viewing")
	h.shift.Store((9 * time.Hour).Microseconds())
	try("too late", "operator", h.under(id), "within", 403, "viewing_expired")
	h.shift.Store(0)
	for _, as := range []string{"operator", "administrator", "colleague"} {
		w := h.send(as, "GET", h.under(id)+"/download?"+morning, "")
		if w.Code != 403 || !strings.Contains(w.Body.String(), `"footage.download"`) {
			t.Errorf("%s downloads: %d %s", as, w.Code, w.Body)
		}
	}
}

func TestPlayback(t *testing.T) {
	h := newHouse(t)
	under := h.under(h.state("operator"))
	h.run([]scenario{
		{name: "playlist", as: "operator", path: under + "/playlist?" + morning, status: 200, content: []string{
			`"mime":"video/mp4; codecs=\"avc1.64001F,mp4a.40.2\""`, `"audioCodec":"aac"`, `"fps":25`, `"cause":"camera_unreachable"`, `"end":"2026-11-22T08:30:00Z"`,
		}},
		{name: "no times", as: "operator", path: under + "/stream.mp4", status: 422, content: []string{"query.from"}},
		{name: "half a year", as: "operator", path: under + "/stream.mp4?from=2026-05-22T08:00:00Z&to=2026-11-22T08:30:00Z", status: 422, content: []string{"interval_too_long"}},
		{name: "odd switch", as: "operator", path: under + "/stream.mp4?" + morning + "&audio=yes", status: 422, content: []string{"query.audio"}},
		{name: "odd width", as: "operator", path: under + "/thumbnail.jpg?at=2026-11-22T08:30:00Z&width=9000", status: 422, content: []string{"query.width"}},
	})

	w := h.send("operator", "GET", under+"/stream.mp4?"+morning+"&base=2026-11-22T07:59:00.5Z&keyframes=1&audio=0", "")
	for header, want := range map[string]string{
		"Content-Type": `video/mp4; codecs="avc1.64001F"`, "Cache-Control": "no-store", "Watchroom-Start": "2026-11-22T07:59:59.5Z",
		"Watchroom-End": "2026-11-22T09:00:00Z", "Watchroom-Base": "2026-11-22T07:59:00.5Z", "Watchroom-Next": "2026-11-22T09:00:01Z",
	} {
		if w.Header().Get(header) != want {
			t.Errorf("%s: %q", header, w.Header().Get(header))
		}
	}
	if w.Code != 200 || w.Body.String() != "ftypmoov" || !h.footage.asked.Keyframes || h.footage.asked.Audio || h.footage.asked.Camera != h.gate {
		t.Errorf("%d %q %+v", w.Code, w.Body, h.footage.asked)
	}

	r := h.request("operator", "GET", under+"/video.mp4?"+morning, "")
	r.Header.Set("Range", "bytes=2-4")
	w = serve(h.handler, r)
	if w.Code != 206 || w.Body.String() != "234" || w.Header().Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	w = h.send("operator", "HEAD", under+"/video.mp4?"+morning, "")
	if w.Code != 200 || w.Header().Get("Content-Length") != "10" || w.Body.Len() != 0 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	w = h.send("operator", "GET", under+"/thumbnail.jpg?at=2026-11-22T08:30:00Z&width=640", "")
	if w.Code != 200 || w.Body.String() != "\xff\xd8jpeg640" || w.Header().Get("Watchroom-At") != "2026-11-22T08:30:00Z" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	h.footage.late = (2 * time.Hour).Microseconds() // behind a gap that reaches back to before eight
	h.run([]scenario{{name: "older than allowed", as: "operator", path: under + "/thumbnail.jpg?at=2026-11-22T08:30:00Z", status: 404, content: []string{"no_picture"}}})
	h.footage.gone = true
	h.run([]scenario{
		{name: "nothing to stream", as: "operator", path: under + "/stream.mp4?" + morning, status: 204},
		{name: "nothing to fetch", as: "operator", path: under + "/video.mp4?" + morning, status: 404, content: []string{"no_footage"}},
		{name: "nothing to see", as: "operator", path: under + "/thumbnail.jpg?at=2026-11-22T08:30:00Z", status: 404, content: []string{"no_picture"}},
		{name: "nothing to list", as: "operator", path: under + "/playlist?" + morning, status: 200, content: []string{`"pieces":[]`}},
	})
}

// TestFootageArrivesWhole: what ends a running answer must not cut off one that has
// ended by itself, nor spoil the connection for the next.
func TestFootageArrivesWhole(t *testing.T) {
	h := newHouse(t)
	under := h.under(h.state("operator"))
	url := h.serve()
	for range 20 {
		for path, want := range map[string]string{"/stream.mp4?" + morning: "ftypmoov", "/video.mp4?" + morning: "0123456789"} {
			r, err := http.NewRequestWithContext(t.Context(), "GET", url+under+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = h.key("operator").Clone()
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || string(body) != want {
				t.Fatalf("%s: %q %v", path, body, err)
			}
		}
	}
}

// TestRunningFootageEnds streams without end to a client that has stopped reading,
// and takes the right away in every way there is (R18).
func TestRunningFootageEnds(t *testing.T) {
	for name, end := range map[string]func(h *house, id string) *httptest.ResponseRecorder{
		"signed out": func(h *house, _ string) *httptest.ResponseRecorder {
			return h.send("operator", "DELETE", "/api/v1/session", "")
		},
		"viewing closed": func(h *house, id string) *httptest.ResponseRecorder {
			return h.send("operator", "POST", "/api/v1/viewings/"+id+"/close", "")
		},
		"disabled": func(h *house, _ string) *httptest.ResponseRecorder {
			return h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator"), `{"disabled":true}`)
		},
		"position taken": func(h *house, _ string) *httptest.ResponseRecorder {
			return h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator"), `{"positions":["auditor"]}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.footage.block = make(chan struct{})
			id := h.state("operator")
			h.key("administrator")
			done := make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(done)
				h.handler.ServeHTTP(w, r)
			}))
			defer server.Close()
			r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+h.under(id)+"/stream.mp4?"+morning, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = h.key("operator").Clone()
			whole := make(chan bool, 1)
			read := make(chan struct{})
			go func() {
				resp, err := http.DefaultClient.Do(r)
				if err != nil { // cut off before its first byte had left the server
					whole <- false
					return
				}
				defer resp.Body.Close()
				<-read
				_, err = io.Copy(io.Discard, resp.Body)
				whole <- err == nil
			}()
			<-h.footage.begun
			close(h.footage.block) // from here on it writes until the socket is full
			if w := end(h, id); w.Code >= 300 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			<-done
			close(read)
			if <-whole {
				t.Error("footage that was cut off looks whole")
			}
			if h.deps.Running.Count() != 0 {
				t.Errorf("%d answers are still known", h.deps.Running.Count())
			}
		})
	}
}

func TestSnapshots(t *testing.T) {
	h := newHouse(t)
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 32, 18)), nil); err != nil {
		t.Fatal(err)
	}
	h.pictures.jpeg = picture.Bytes()
	id := h.state("operator")
	past := `{"camera":"{gate}","viewing":"` + id + `","at":"2026-11-22T08:30:00Z","note":"蓝色卡车"}`
	h.run([]scenario{
		{name: "administrator", as: "administrator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}"}`, status: 403, content: []string{`"snapshot.take"`}},
		{name: "the past without a reason", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","at":"2026-11-22T08:30:00Z"}`, status: 403, content: []string{"viewing_required"}},
		{name: "which instant", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","viewing":"` + id + `"}`, status: 422, content: []string{"instant_missing"}},
		{name: "another instant", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","viewing":"` + id + `","at":"2026-11-22T07:30:00Z"}`, status: 403, content: []string{"outside_viewing"}},
		{name: "unknown camera", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"0000000000000"}`, status: 404, content: []string{"camera_unknown"}},
		{name: "of the past", as: "operator", method: "POST", path: "/api/v1/snapshots", body: past, status: 201, content: []string{`"at":"2026-11-22T08:30:00Z"`, "蓝色卡车", id}},
		{name: "listed", as: "auditor", path: "/api/v1/snapshots?camera={gate}", status: 200, content: []string{"蓝色卡车"}},
		{name: "not to everybody", as: "token", path: "/api/v1/snapshots", status: 403},
	})
	live := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", `{"camera":"`+h.gate+`"}`, 201)
	if live.Width != 32 || live.Height != 18 || live.Bytes != int64(picture.Len()) || len(live.SHA256) != 64 || live.Viewing != "" {
		t.Errorf("%+v", live)
	}
	if _, err := hex.DecodeString(live.SHA256); err != nil {
		t.Error(err)
	}
	kept := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", strings.ReplaceAll(past, "{gate}", h.gate), 201)
	theirs := h.state("colleague")
	h.run([]scenario{
		{name: "own picture of the present", as: "operator", path: "/api/v1/snapshots/" + live.ID + "/picture.jpg", status: 200},
		{name: "another's needs a viewing", as: "colleague", path: "/api/v1/snapshots/" + live.ID + "/picture.jpg", status: 403, content: []string{"viewing_required"}},
		{name: "the past needs a viewing", as: "operator", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg", status: 403, content: []string{"viewing_required"}},
		{name: "with it", as: "operator", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg?viewing=" + id, status: 200},
		{name: "with one's own", as: "colleague", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg?viewing=" + theirs, status: 200},
		{name: "not with another's", as: "colleague", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg?viewing=" + id, status: 403, content: []string{"viewing_of_another"}},
		{name: "auditors do not look", as: "auditor", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg?viewing=" + id, status: 403, content: []string{"right_missing"}},
		{name: "unknown", as: "operator", path: "/api/v1/snapshots/0000000000000/picture.jpg?viewing=" + id, status: 404, content: []string{"snapshot_unknown"}},
	})
	h.pictures.none = true
	looks := h.diary.of("snapshot.viewed")
	if len(looks) != 3 { // of six requests that three were refused of
		t.Errorf("%d looks are on record: %+v", len(looks), looks)
	}
	if a := looks[0]; a.Subject != live.ID || a.Camera != h.gate || a.Person != h.people["operator"] || a.Detail["viewing"] != nil {
		t.Errorf("the own picture: %+v", a)
	}
	if a := looks[2]; a.Subject != kept.ID || a.Person != h.people["colleague"] || a.Detail["viewing"] != theirs {
		t.Errorf("one of the past: %+v", a)
	}
	h.run([]scenario{{name: "no picture now", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}"}`, status: 503, content: []string{"camera_not_live"}}})
	h.journal.Close()
	h.run([]scenario{
		{name: "not without an act", as: "operator", path: "/api/v1/snapshots/" + live.ID + "/picture.jpg", status: 503, content: []string{"act_not_recorded"}, not: []string{"\xff\xd8"}},
		{name: "nor one of the past", as: "operator", path: "/api/v1/snapshots/" + kept.ID + "/picture.jpg?viewing=" + id, status: 503, content: []string{"act_not_recorded"}, not: []string{"\xff\xd8"}},
	})
}

func TestBookmarks(t *testing.T) {
	h := newHouse(t)
	made := get[viewing.Bookmark](h, "operator", "POST", "/api/v1/bookmarks", `{"camera":"`+h.gate+`","at":"2026-11-22T08:30:00.123456Z","end":"2026-11-22T08:31:00Z","title":"卡车倒车","note":"两行\n文字"}`, 201)
	if made.At.Nanosecond() != 123456000 || made.End == nil || made.Person != h.person("operator") {
		t.Errorf("%+v", made)
	}
	path := "/api/v1/bookmarks/" + made.ID + "/retract"
	h.run([]scenario{
		{name: "guest", path: "/api/v1/bookmarks", status: 401},
		{name: "administrator", as: "administrator", method: "POST", path: "/api/v1/bookmarks", body: `{"camera":"{gate}","at":"2026-11-22T08:30:00Z","title":"x"}`, status: 403},
		{name: "a moment", as: "operator", method: "POST", path: "/api/v1/bookmarks", body: `{"camera":"{gate}","at":"2026-11-22T08:30:00Z","title":"x"}`, status: 201, not: []string{`"end"`}},
		{name: "backwards", as: "operator", method: "POST", path: "/api/v1/bookmarks", body: `{"camera":"{gate}","at":"2026-11-22T08:30:00Z","end":"2026-11-22T08:29:00Z","title":"x"}`, status: 422, content: []string{"interval_invalid", "body.end"}},
		{name: "antiquity", as: "operator", method: "POST", path: "/api/v1/bookmarks", body: `{"camera":"{gate}","at":"0009-11-22T08:30:00Z","title":"x"}`, status: 422, content: []string{"time_out_of_range"}},
		{name: "no title", as: "operator", method: "POST", path: "/api/v1/bookmarks", body: `{"camera":"{gate}","at":"2026-11-22T08:30:00Z","title":""}`, status: 422, content: []string{"body.title"}},
		{name: "unknown camera", as: "operator", method: "POST", path: "/api/v1/bookmarks", body: `{"camera":"0000000000000","at":"2026-11-22T08:30:00Z","title":"x"}`, status: 404},
		{name: "list", as: "colleague", path: "/api/v1/bookmarks?camera={gate}&" + morning, status: 200, content: []string{"卡车倒车"}},
		{name: "retract without a reason", as: "operator", method: "POST", path: path, body: `{"reason":""}`, status: 422},
		{name: "retract", as: "operator", method: "POST", path: path, body: `{"reason":"看错了车"}`, status: 200, content: []string{`"retractedAt"`, "看错了车"}},
		{name: "twice", as: "operator", method: "POST", path: path, body: `{"reason":"看错了车"}`, status: 409, content: []string{"bookmark_retracted"}},
		{name: "hidden", as: "operator", path: "/api/v1/bookmarks", status: 200, not: []string{"卡车倒车"}},
		{name: "and kept", as: "operator", path: "/api/v1/bookmarks?retracted=true", status: 200, content: []string{"卡车倒车", "看错了车"}},
	})
}

// TestWithoutRecordsThereIsNoFootage: an act that cannot be recorded allows nothing.
func TestWithoutRecordsThereIsNoFootage(t *testing.T) {
	clause.Covers(t, "C094")
	h := newHouse(t)
	id := h.state("operator")
	if err := h.deps.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/stream.mp4?" + morning, "/video.mp4?" + morning, "/thumbnail.jpg?at=2026-11-22T08:30:00Z", "/playlist?" + morning} {
		w := h.send("operator", "GET", h.under(id)+path, "")
		if w.Code < 400 || strings.Contains(w.Body.String(), "moov") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
