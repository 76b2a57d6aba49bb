package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/api/route"
	"watchroom/internal/camera"
	"watchroom/internal/testkit/clause"
)

// silent are the routes that change nothing which is kept, with what they are.
var silent = map[string]string{
	"POST /api/v1/deletions/preview":        "a question",
	"POST /api/v1/holds/preview":            "a question",
	"POST /api/v1/session/passkey/options":  "a question, before it is known who asks",
	"POST /api/v1/retention/rules/preview":  "a question",
	"POST /api/v1/capacity/check":           "a question",
	"POST /api/v1/rights/preview":           "a question",
	"POST /api/v1/parameters/packs/preview": "a question",
	"PATCH /api/v1/live/sessions/{id}":      "part of a live view that is on record",
	"DELETE /api/v1/live/sessions/{id}":     "the end of a live view that is on record, which its own act tells",
	"POST /api/v1/layouts":                  "a person's own arrangement of the wall",
	"PUT /api/v1/layouts/{id}":              "a person's own arrangement of the wall",
	"DELETE /api/v1/layouts/{id}":           "a person's own arrangement of the wall",
}

// deaf makes acts impossible to write, in the database and in the journal, or possible again.
func (h *house) deaf(on bool) {
	h.t.Helper()
	h.diary.deaf.Store(on)
	statement := "DROP TRIGGER deaf"
	if on {
		statement = "CREATE TRIGGER deaf BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'deaf'); END"
	}
	err := h.deps.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestEveryChangeLeavesAnAct sends a request to every route that may change something,
// as everybody who may: each that was carried out is on record, with the person, and on
// its way into the log, in the same transaction. A route that is added later and leaves
// nothing fails here. Before that no act can be written, and nothing is carried out.
func TestEveryChangeLeavesAnAct(t *testing.T) {
	clause.Covers(t, "C094")
	h := newHouse(t)
	a := &attempt{h: h, from: h.now().Add(-10 * 24 * 3600e9).Truncate(60e9)}
	h.vault.Record(t, h.gate, a.from.UnixMicro(), 4, 600e9)
	h.catchUp()
	h.engine.Pass(t.Context())
	count := func() int {
		t.Helper()
		h.diary.mu.Lock() // live views and tests are on record before they come to the database
		kinds, n := []string{""}, len(h.diary.acts)
		for _, a := range h.diary.acts {
			kinds = append(kinds, a.Kind)
		}
		h.diary.mu.Unlock()
		rows, err := h.deps.DB.Read().NewSelect().Table("acts").Where("kind NOT IN (?)", bun.List(kinds)).Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n + int(rows)
	}
	tried, off := map[string]bool{}, false
	for _, who := range []string{"operator", "auditor", "duty_lead", "supervisor", "leader", "technician", "administrator"} {
		if who == "administrator" { // the technician has retired the gate
			h.gate, h.yard = h.yard, h.gate
		}
		ids := a.waiting(t)
		address := "rtsp://192.0.2.40/"
		h.lost.copy = []camera.Remembered{{ID: "lost" + who, Main: camera.StreamInput{URL: &address}}}
		// each sends a request for every change and every id, until one was carried out.
		each := func(sent func(r route.Route, target, body string) bool) {
			for _, r := range h.router.Routes() {
				name := r.Method + " " + r.Path
				if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Path == "/api/v1/session" || r.Path == "/api/v1/session/password" || entersOnly(r) {
					continue // a session has tests of its own, and would end or be locked here
				}
				body := ""
				if op := h.operation(name); op != nil && op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil {
					b, err := json.Marshal(a.sample(op.RequestBody.Content["application/json"].Schema, ""))
					if err != nil {
						t.Fatal(err)
					}
					body = string(b)
				}
				if strings.HasSuffix(name, "/switch") { // one that is on already would not be switched
					body = fmt.Sprintf(`{"enabled":%t,"reason":"a reason"}`, off)
					off = !off
				}
				for _, id := range ids {
					target := placeholder.ReplaceAllString(strings.ReplaceAll(r.Path, "{camera}", h.gate), id)
					if sent(r, target, body) && !strings.Contains(r.Path, "{") {
						break
					}
				}
			}
		}
		h.key(who)
		was := off
		h.deaf(true)
		each(func(r route.Route, target, body string) bool {
			name := r.Method + " " + r.Path
			if w := serve(h.handler, h.request(who, r.Method, target, body)); w.Code < 300 && silent[name] == "" {
				t.Errorf("%s as %s is carried out off the record: %d %.200s", name, who, w.Code, w.Body)
			}
			return true
		})
		h.deaf(false)
		off = was
		each(func(r route.Route, target, body string) bool {
			name, before := r.Method+" "+r.Path, count()
			if w := serve(h.handler, h.request(who, r.Method, target, body)); w.Code >= 300 {
				return false
			}
			tried[name] = true
			if after := count(); after == before && silent[name] == "" {
				t.Errorf("%s as %s leaves nothing on record", name, who)
			}
			return true
		})
	}
	if len(tried) < 20 {
		t.Errorf("only %d routes were carried out: %v", len(tried), tried)
	}
	var nameless, unlogged int
	for query, into := range map[string]*int{
		"SELECT COUNT(*) FROM acts WHERE person = '' AND kind NOT LIKE 'person.%' AND kind NOT IN ('camera.created', 'retention.frozen', 'session.refused')": &nameless,
		"SELECT COUNT(*) FROM acts WHERE id NOT IN (SELECT act FROM act_outbox)":                                                                             &unlogged,
	} {
		if err := h.deps.DB.Read().NewRaw(query).Scan(t.Context(), into); err != nil {
			t.Fatal(err)
		}
	}
	if nameless > 0 || unlogged > 0 {
		t.Errorf("%d acts name nobody, %d are not on their way into the log", nameless, unlogged)
	}
}
