package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"watchroom/internal/access"
	"watchroom/internal/api/system"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	hub "watchroom/internal/live"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// serve runs the house on a real port until the test ends.
func (h *house) serve() string {
	h.t.Helper()
	server := httptest.NewServer(h.handler)
	h.t.Cleanup(server.Close)
	h.t.Cleanup(h.deps.Running.Close) // first, as when the program stops
	return server.URL
}

// told is one server-sent event.
type told struct{ id, name, data, retry string }

// listener reads an event stream.
type listener struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func (h *house) listen(as, url string, header http.Header) *listener {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/api/v1/events", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header = h.key(as).Clone()
	for k, v := range header {
		r.Header[k] = v
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Content-Encoding") != "" {
		h.t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	h.t.Cleanup(func() { cancel(); resp.Body.Close() })
	return &listener{t: h.t, lines: bufio.NewScanner(resp.Body), cancel: cancel}
}

// next waits for an event; comments are given as their text. Nothing more is an
// event without a name.
func (l *listener) next() told {
	l.t.Helper()
	var e told
	for l.lines.Scan() {
		key, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch key {
		case "id":
			e.id = value
		case "retry":
			e.retry = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if value != "" {
				e.data = value
			}
			if e.name != "" || e.data != "" {
				return e
			}
		}
	}
	return told{}
}

func (l *listener) expect(name, part string) told {
	l.t.Helper()
	e := l.next()
	if e.name != name || !strings.Contains(e.data, part) || name != "" && (e.id == "" || !json.Valid([]byte(e.data))) {
		l.t.Fatalf("%+v, not %s with %s", e, name, part)
	}
	return e
}

func TestEvents(t *testing.T) {
	leak.Check(t)
	h := newHouse(t)
	h.key("operator")
	url := h.serve()
	l := h.listen("operator", url, nil)
	if e := l.expect("hello", `"version":"v0.0-test"`); e.retry != "500" {
		t.Errorf("a browser comes again after %q ms", e.retry)
	}
	h.deps.Bus.Publish(event.Event{Kind: "camera", Subject: h.gate, Camera: h.gate})
	e := l.expect("camera", `"status":"live"`)
	if !strings.Contains(e.data, `"id":"`+h.gate+`"`) {
		t.Error(e.data)
	}
	h.deps.Bus.Publish(event.Event{Kind: "camera", Subject: "0000000000000", Camera: "0000000000000"}) // gone meanwhile
	h.fleet.drop(h.yard)                                                                               // another process has it
	h.deps.Bus.Publish(event.Event{Kind: "camera", Subject: h.yard, Camera: h.yard})
	h.deps.Bus.Publish(event.Event{Kind: "catalogue", Subject: h.gate, Data: "inside"}) // nobody's business
	h.deps.Bus.Publish(event.Event{Kind: "alarm", Subject: "storage", Data: map[string]any{"alarm": system.Alarm{Code: "storage_low"}}})
	l.expect("alarm", "storage_low")
	h.deps.Bus.Publish(event.Event{Kind: "system", Person: "somebody else", Data: map[string]any{"for": "them"}})
	h.deps.Bus.Publish(event.Event{Kind: "system", Data: map[string]any{"for": "all"}})
	l.expect("system", `"all"`)
	if w := h.send("administrator", "PATCH", "/api/v1/cameras/"+h.yard, `{"name":"Car park"}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	l.expect("cameras", `{"id":"`+h.yard+`","change":"changed"}`)
	l.cancel()

	// A browser that comes back names the last event; it gets a fresh beginning.
	again := h.listen("operator", url, http.Header{"Last-Event-Id": {"zzz-17"}})
	again.expect("hello", `"serverTime"`)
}

func TestEventsAreFilteredByRight(t *testing.T) {
	leak.Check(t)
	h := newHouse(t)
	h.key("token")
	l := h.listen("token", h.serve(), nil)
	l.expect("hello", "")
	h.deps.Bus.Publish(event.Event{Kind: "alarm", Subject: "storage", Data: map[string]any{"alarm": system.Alarm{Code: "storage_low"}}}) // needs system.read
	h.deps.Bus.Publish(event.Event{Kind: "camera", Subject: h.gate, Camera: h.gate})
	l.expect("camera", h.gate)
}

func TestRightsThatChangeCountAtOnce(t *testing.T) {
	leak.Check(t)
	h := newHouse(t)
	h.key("operator")
	h.key("administrator")
	l := h.listen("operator", h.serve(), nil)
	l.expect("hello", "")
	if w := h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator"), `{"positions":[]}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	h.deps.Bus.Publish(event.Event{Kind: "alarm", Data: map[string]any{"alarm": system.Alarm{Code: "storage_low"}}})
	if w := h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator"), `{"disabled":true}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	e := l.next()
	if e.name == "again" { // one's own rights are others; the end may come first
		e = l.next()
	}
	if e.name != "session" || !strings.Contains(e.data, "not_signed_in") {
		t.Fatalf("%+v, and no alarm before the end", e)
	}
	if e := l.next(); e != (told{}) {
		t.Errorf("%+v after the end", e)
	}
}

func TestSigningOutEndsTheEvents(t *testing.T) {
	leak.Check(t)
	h := newHouse(t)
	h.key("operator")
	l := h.listen("operator", h.serve(), nil)
	l.expect("hello", "")
	h.send("operator", "DELETE", "/api/v1/session", "")
	l.expect("session", `{"reason":"not_signed_in"}`)
}

func TestAnIdleStreamIsKeptOpen(t *testing.T) {
	leak.Check(t)
	h := newHouse(t)
	h.deps.Ping = time.Millisecond
	h.deps.Metrics = nil // they are registered already
	var err error
	if h.router, h.handler, err = h.deps.build(); err != nil {
		t.Fatal(err)
	}
	h.key("operator")
	l := h.listen("operator", h.serve(), nil)
	l.expect("hello", "")
	l.expect("", "ping")
	l.expect("", "ping")
}

func TestGuestsHearNothing(t *testing.T) {
	h := newHouse(t)
	h.run([]scenario{{name: "guest", path: "/api/v1/events", status: 401, content: []string{"not_signed_in"}}})
}

func (h *house) offer(as, camera, offer string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := h.request(as, "POST", "/api/v1/live/"+camera+"/whep?stream=sub", offer)
	r.Header.Set("Content-Type", "application/sdp")
	return serve(h.handler, r)
}

func TestLiveOptions(t *testing.T) {
	h := newHouse(t)
	path := "/api/v1/live/{gate}/options"
	h.run([]scenario{
		{name: "guest", path: path, status: 401},
		{name: "administrator", as: "administrator", path: path, status: 403},
		{name: "the sub-stream when H.265 cannot be shown", as: "operator", path: path, status: 200, content: []string{
			`"preferredStream":"sub"`, `"preferredTransport":"whep"`, `"h265_not_supported_by_client"`, `"codec":"h265"`, `"status":"off"`,
		}},
		{name: "the main stream when it can", as: "operator", path: path + "?whep=h264&mse=h264,H265,aac", status: 200, content: []string{`"preferredStream":"main"`, `"preferredTransport":"mse"`}},
		{name: "unknown", as: "operator", path: "/api/v1/live/0000000000000/options", status: 404},
		{name: "third stream", as: "operator", path: path + "?stream=third", status: 422},
	})
}

// TestALongLookIsFoundBeforeItsEnd: a wall stands for weeks, and the record does not wait for
// its end to tell of the night between.
func TestALongLookIsFoundBeforeItsEnd(t *testing.T) {
	clause.Covers(t, "C114")
	h := newHouse(t)
	place := h.offer("operator", h.gate, "v=0").Header().Get("Location")
	opened := h.diary.of("live.opened")[0]
	later := func(hours int64, want int) []ledger.Act {
		h.shift.Store(hours * time.Hour.Microseconds())
		h.deps.Rights.Changed() // everything that runs is decided again
		for len(h.diary.of("live.continued")) < want {
			runtime.Gosched()
		}
		return h.diary.of("live.continued")
	}
	first := later(5, 1)[0]
	second := later(10, 2)[1]
	if first.Camera != h.gate || first.Person != h.person("operator") || first.Detail["opened"] != opened.ID || first.Detail["from"] != opened.At ||
		first.Detail["to"] != first.At || second.Detail["from"] != first.At || second.Detail["to"] != second.At || first.Detail[access.KeyDecision] == nil {
		t.Errorf("%+v\n%+v", first, second)
	}
	h.run([]scenario{{name: "end", as: "operator", method: "DELETE", path: place, status: 204}})
	for len(h.diary.of("live.closed")) == 0 {
		runtime.Gosched()
	}
	if end := h.diary.of("live.closed")[0]; end.Detail["from"] != opened.At || end.Detail["opened"] != opened.ID {
		t.Errorf("%+v", end)
	}
}

func TestWHEP(t *testing.T) {
	h := newHouse(t)
	w := h.offer("operator", h.gate, "v=0")
	if w.Code != 201 || w.Header().Get("Content-Type") != "application/sdp" || w.Header().Get("Watchroom-Stream") != "sub" ||
		w.Header().Get("Watchroom-Audio") != "none: aac_needs_mse" || w.Body.String() != "v=0 answer to v=0" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	place := w.Header().Get("Location")
	patch := func(as, kind string) int {
		r := h.request(as, "PATCH", place, "a=candidate:1")
		r.Header.Set("Content-Type", kind)
		return serve(h.handler, r).Code
	}
	for _, c := range []struct {
		as, kind string
		status   int
	}{
		{"operator", "application/trickle-ice-sdpfrag", 204}, {"operator", "application/json", 415},
		{"colleague", "application/trickle-ice-sdpfrag", 404}, {"administrator", "application/trickle-ice-sdpfrag", 403},
	} {
		if got := patch(c.as, c.kind); got != c.status {
			t.Errorf("%s patches %s: %d", c.as, c.kind, got)
		}
	}
	h.run([]scenario{
		{name: "end another's", as: "colleague", method: "DELETE", path: place, status: 204}, // and does nothing, see below
		{name: "as JSON", as: "operator", method: "POST", path: "/api/v1/live/{gate}/whep", body: `{}`, status: 415, content: []string{"application/sdp"}},
		{name: "administrator", as: "administrator", method: "POST", path: "/api/v1/live/{gate}/whep", body: `{}`, status: 403},
	})
	if _, err := h.whep.Viewer("live1"); err != nil {
		t.Error("somebody ended another's session")
	}
	h.run([]scenario{
		{name: "end", as: "operator", method: "DELETE", path: place, status: 204},
		{name: "end again", as: "operator", method: "DELETE", path: place, status: 204},
		{name: "one that never was", as: "operator", method: "DELETE", path: "/api/v1/live/sessions/0000000000000", status: 204},
	})
	if id := <-h.whep.ended; id != "live1" {
		t.Errorf("%s ended", id)
	}
	if w := h.offer("operator", h.gate, strings.Repeat("a", 300<<10)); w.Code != 413 || !strings.Contains(w.Body.String(), "body_too_large") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.offer("operator", "0000000000000", "v=0"); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.whep.err = hub.ErrCodecNotOffered
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 406 || !strings.Contains(w.Body.String(), "codec_not_offered") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.whep.err = hub.ErrNotLive
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 503 || !strings.Contains(w.Body.String(), "camera_not_live") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestLookingIsOnRecordFirst: the act stands before any picture, and where it
// cannot there is none (R6).
func TestLookingIsOnRecordFirst(t *testing.T) {
	clause.Covers(t, "C094")
	h := newHouse(t)
	h.whep.created = func() { // when the session is made the act must be there
		acts := h.diary.of("live.opened")
		if len(acts) != 1 || acts[0].Camera != h.gate || acts[0].Person != h.people["operator"] || acts[0].Detail["transport"] != "whep" {
			t.Errorf("%+v", acts)
		}
	}
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.whep.created = func() { t.Error("a session without an act") }
	h.journal.Close()
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 503 || !strings.Contains(w.Body.String(), "act_not_recorded") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSigningOutEndsLivePictures(t *testing.T) {
	h := newHouse(t)
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
		t.Fatal(w.Body)
	}
	if w := h.offer("colleague", h.gate, "v=0"); w.Code != 201 {
		t.Fatal(w.Body)
	}
	h.send("operator", "DELETE", "/api/v1/session", "")
	if id := <-h.whep.ended; id != "live1" {
		t.Errorf("%s ended", id)
	}
	if _, err := h.whep.Viewer("live2"); err != nil {
		t.Error("a colleague's picture ended too")
	}
}

func TestMSE(t *testing.T) {
	leak.Check(t)
	h := newHouse(t)
	h.key("operator")
	h.key("administrator")
	url := h.serve()
	dial := func(as, camera string, header http.Header) (conn *websocket.Conn, status int, err error) {
		all := h.key(as).Clone()
		for k, v := range header {
			all[k] = v
		}
		conn, resp, err := websocket.Dial(t.Context(), url+"/api/v1/live/"+camera+"/mse?stream=sub", &websocket.DialOptions{HTTPHeader: all})
		if resp != nil {
			status = resp.StatusCode
			if resp.Body != nil && err != nil {
				_ = resp.Body.Close()
			}
		}
		return conn, status, err
	}
	for name, c := range map[string]struct {
		as, camera string
		header     http.Header
		status     int
	}{
		"guest":          {"guest", h.gate, nil, 401},
		"administrator":  {"administrator", h.gate, nil, 403},
		"unknown camera": {"operator", "0000000000000", nil, 404},
		"another site":   {"operator", h.gate, http.Header{"Origin": {"https://evil.example"}}, 403},
	} {
		conn, status, err := dial(c.as, c.camera, c.header)
		if err == nil {
			_ = conn.CloseNow()
		}
		if status != c.status {
			t.Errorf("%s: %d %v", name, status, err)
		}
	}
	conn, _, err := dial("operator", h.gate, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if _, message, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(message), `"init"`) {
		t.Fatalf("%s %v", message, err)
	}
	h.send("operator", "DELETE", "/api/v1/session", "")
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation || !strings.Contains(err.Error(), "not_signed_in") {
		t.Error(err)
	}
	h.run([]scenario{{name: "no socket", as: "colleague", path: "/api/v1/live/{gate}/mse", status: 426, content: []string{"websocket_required"}}})
}
