package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"watchroom/test/load/station"
)

// TestOnlyALeaptClockIsConfirmed: a person has to look at whatever else keeps footage.
func TestOnlyALeaptClockIsConfirmed(t *testing.T) {
	confirmed := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Seen []string
			Note string
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Note == "" || len(body.Seen) != 1 || body.Seen[0] != "f" || r.Method != http.MethodPost || r.URL.Path != "/api/v1/retention/confirm" {
			t.Errorf("%s %s %q, %v", r.Method, r.URL.Path, body.Note, err)
		}
		confirmed++
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	d := &depth{Server: &station.Server{URL: server.URL}, supervisor: server.Client()}
	for _, c := range []struct {
		standing []freeze
		confirms int
		fails    bool
	}{
		{nil, 0, false},
		{[]freeze{{ID: "f", Reason: "clock_leapt"}}, 1, false},
		{[]freeze{{Reason: "records_behind", Detail: "3"}}, 0, true},
		{[]freeze{{Reason: "clock_leapt"}, {Reason: "records_untrue"}}, 0, true},
	} {
		confirmed = 0
		if err := d.thaw(t.Context(), c.standing); (err != nil) != c.fails || confirmed != c.confirms {
			t.Errorf("%+v: confirmed %d times, %v", c.standing, confirmed, err)
		}
	}
}
