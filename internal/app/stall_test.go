package app_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/testkit/dbtest"
)

// TestADatabaseThatStandsStill keeps its connections and answers nothing: everything
// that needs it says so, and all is well again by itself.
func TestADatabaseThatStandsStill(t *testing.T) {
	o, stall, resume := dbtest.Stalling(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	c.Database.URL = o.URL
	a := begin(t, c)
	defer a.Close()
	b := signIn(t, a, access.Operator)
	look := func(path string) (status int, code string) {
		t.Helper()
		answer, err := b.http.Get(a.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var body struct{ Code string }
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
			t.Fatalf("%s: %s, %v", path, answer.Status, err)
		}
		return answer.StatusCode, body.Code
	}
	b.http.Timeout = time.Minute // an answer that never comes fails the test
	stall()
	if status, _ := look("/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", status)
	}
	for _, path := range []string{"/api/v1/cameras", "/api/v1/session", "/api/v1/system"} {
		if status, code := look(path); status != http.StatusServiceUnavailable || code != "database_unavailable" {
			t.Errorf("%s: %d %s", path, status, code)
		}
	}
	resume()
	for status := 0; status != http.StatusOK; {
		status, _ = look("/readyz")
	}
	if status, code := look("/api/v1/cameras"); status != http.StatusOK {
		t.Errorf("afterwards: %d %s", status, code)
	}
}
