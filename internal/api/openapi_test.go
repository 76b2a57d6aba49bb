package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

// document is where the web application's client is generated from.
const document = "../../web/openapi.json"

func TestTheDocumentIsInStep(t *testing.T) {
	want, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(document)
	if err != nil || !bytes.Equal(have, want) {
		t.Errorf("%s is not what the routes say (%v); write it anew with: make api", document, err)
	}
	if again, err := OpenAPI(); err != nil || !bytes.Equal(again, want) {
		t.Error("the document differs from one call to the next", err)
	}
}

func TestTheRunningServerHasTheSameDocument(t *testing.T) {
	h := newHouse(t)
	w := h.send("guest", "GET", "/api/openapi.json", "")
	want, err := OpenAPI()
	if err != nil || w.Code != 200 || w.Body.String() != string(want) {
		t.Errorf("%d %v", w.Code, err)
	}
}

// TestTableOfRights keeps the table of rights (R18): every route with its demand
// and the positions that meet it, and whether what it does is on record, which
// TestEveryRecordedRouteLeavesAnAct tries. A change shows in the diff.
func TestTableOfRights(t *testing.T) {
	h := newHouse(t)
	var lines []string
	for _, r := range h.router.Routes() {
		if !r.Demand.Declared() {
			t.Errorf("%s %s declares no right", r.Method, r.Path)
		}
		var who []string
		for _, p := range access.Positions() {
			actor := access.ActorOf("x", p)
			if slices.ContainsFunc(r.Demand.Actions(), func(a access.Action) bool { return access.Can(actor, a, "") == nil }) {
				who = append(who, string(p))
			}
		}
		mark := ""
		if recorded(r) {
			mark = "recorded"
		}
		line := fmt.Sprintf("%-6s %-62s %-8s  %-28s %s", r.Method, r.Path, mark, r.Demand, strings.Join(who, " "))
		lines = append(lines, strings.TrimRight(line, " "))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	want, err := os.ReadFile("testdata/rights.txt")
	if err != nil || got != string(want) {
		t.Errorf("testdata/rights.txt is not what is registered (%v). If the change is meant, replace it by:\n%s", err, got)
		if to := os.Getenv("RIGHTS"); to != "" { // to look at, and to put there once it is right
			if err := os.WriteFile(to, []byte(got), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestTheDocumentNamesEveryRoute walks what is registered: nothing below /api/v1
// may be reachable without being described.
func TestTheDocumentNamesEveryRoute(t *testing.T) {
	h := newHouse(t)
	for _, r := range h.router.Routes() {
		if strings.HasPrefix(r.Path, "/api/v1/") && h.operation(r.Method+" "+r.Path) == nil {
			t.Errorf("%s %s is not in the document", r.Method, r.Path)
		}
	}
}

// TestEveryOperationHasItsChapter: an operation under a tag that the document does
// not describe would stand at its end without a word.
func TestEveryOperationHasItsChapter(t *testing.T) {
	h := newHouse(t)
	used := map[string]bool{}
	for _, r := range h.router.Routes() {
		op := h.operation(r.Method + " " + r.Path)
		if op == nil {
			continue
		}
		if !slices.ContainsFunc(tags(), func(k route.Tag) bool { return k.Name == op.Tags[0] }) {
			t.Errorf("%s: nothing describes %s", op.OperationID, op.Tags[0])
		}
		used[op.Tags[0]] = true
	}
	for _, k := range tags() {
		if !used[k.Name] {
			t.Errorf("%s has no operation", k.Name)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]+\}`)

// TestEveryRouteAsksForItsRight sends a request to every route as everybody.
func TestEveryRouteAsksForItsRight(t *testing.T) {
	h := newHouse(t)
	rights := map[string][]access.Action{
		"administrator": access.Administrator.Rights(), "operator": access.Operator.Rights(),
		"auditor": access.Auditor.Rights(), "token": {access.CameraRead},
	}
	for _, r := range h.router.Routes() {
		if r.Path == "/api/v1/session" && r.Method == http.MethodDelete || r.Path == "/api/v1/session/lock" || r.Path == "/api/v1/events" {
			continue // they end or lock the session, or do not end; they have tests of their own
		}
		path := placeholder.ReplaceAllString(r.Path, "0000000000000")
		for _, who := range []string{"guest", "administrator", "operator", "auditor", "token"} {
			w := h.send(who, r.Method, path, "")
			var p struct{ Code string }
			_ = json.Unmarshal(w.Body.Bytes(), &p)
			at := fmt.Sprintf("%s %s as %s: %d %s", r.Method, r.Path, who, w.Code, p.Code)
			actions := r.Demand.Actions()
			missing := "right_missing"
			if who == "token" {
				missing = "token_right_missing"
			}
			has := slices.ContainsFunc(actions, func(a access.Action) bool { return slices.Contains(rights[who], a) })
			switch {
			case r.Demand.Guest():
				if w.Code == 401 || w.Code == 403 {
					t.Error(at)
				}
			case who == "guest":
				if w.Code != 401 || p.Code != "not_signed_in" {
					t.Error(at)
				}
			case len(actions) > 0 && !has:
				if w.Code != 403 || p.Code != missing {
					t.Error(at)
				}
			default:
				if w.Code == 401 || p.Code == missing || w.Code >= 500 && p.Code != "" && w.Code != 503 {
					t.Error(at)
				}
			}
		}
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	h := newHouse(t)
	h.run([]scenario{
		{name: "unknown", path: "/api/v1/nothing", status: 404, content: []string{`"not_found"`}},
		{name: "unknown version", path: "/api/v2/cameras", as: "operator", status: 404, content: []string{`"not_found"`}},
		{name: "another method", method: "DELETE", path: "/api/v1/cameras", as: "operator", status: 405, content: []string{`"method_not_allowed"`}},
		{name: "no method at all", method: "BREW", path: "/api/v1/cameras", status: 405, content: []string{`"method_not_allowed"`}},
		{name: "the application", path: "/playback", status: 200, content: []string{"<title>Watchroom"}},
		{name: "the page of the document", path: "/api/docs", status: 200, content: []string{"reference.js"}},
		{name: "its script", path: "/api/docs/reference.js", status: 200, content: []string{"openapi.json"}},
		{name: "its style", path: "/api/docs/reference.css", status: 200, content: []string{"--accent"}},
	})
	w := h.send("operator", "DELETE", "/api/v1/cameras", "")
	if w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow: %s", w.Header().Get("Allow"))
	}
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/api/docs", "/api/docs/reference.js", "/api/docs/reference.css"} {
		w := h.send("guest", "GET", path, "")
		if body := w.Body.String(); strings.Contains(body, "https://") || strings.Contains(body, "http://") || strings.Contains(body, "<script>") || strings.Contains(body, "innerHTML") {
			t.Errorf("%s reaches outside or runs what it should not", path)
		}
	}
}
