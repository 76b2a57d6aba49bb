package api

import (
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/testkit/clause"
)

// TestNobodyFillsTheLog: a wall of 64 cameras is changed again and again; a flood is refused,
// with when to come again, and stops nobody else, no sign-out and no emergency.
func TestNobodyFillsTheLog(t *testing.T) {
	clause.Covers(t, "C094")
	h := newHouse(t)
	h.deps.Pace, h.deps.Metrics = nil, nil // as it is outside tests
	h.build()
	for range 3 * 64 {
		if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
			t.Fatalf("a wall: %d %s", w.Code, w.Body)
		}
	}
	flood := func() int {
		return serve(h.handler, h.request("operator", "POST", "/api/v1/viewings", `{}`)).Code
	}
	for n := range 2 * route.PaceBurst {
		if code := flood(); code == 429 {
			break
		} else if code != 422 || n+3*64 > route.PaceBurst+100 {
			t.Fatalf("request %d of a flood: %d", n, code)
		}
	}
	w := h.send("operator", "POST", "/api/v1/viewings", `{}`)
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"too_many_acts"`) {
		t.Errorf("a flood: %d %v %s", w.Code, w.Header(), w.Body)
	}
	h.run([]scenario{
		{name: "reading", as: "operator", path: "/api/v1/cameras", status: 200},
		{name: "another", as: "colleague", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 201},
		{name: "an emergency", as: "operator", method: "POST", path: "/api/v1/emergencies", body: `{"right":"live_graded","minutes":5,"cause":"fire"}`, status: 201},
		{name: "the end of a view", as: "operator", method: "DELETE", path: "/api/v1/live/sessions/live1", status: 204},
	})
	h.shift.Add((2 * time.Second).Microseconds())
	h.run([]scenario{
		{name: "a while later", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 201},
		{name: "signing out", as: "operator", method: "DELETE", path: "/api/v1/session", status: 204},
	})
}
