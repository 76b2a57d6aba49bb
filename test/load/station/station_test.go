package station

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSentOfEveryCamera(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/cameras" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(`{"cameras":[{"n":1,"main":{"counter":7,"framesSent":5,"fps":25}},{"n":2,"main":{"counter":9}}]}`))
	}))
	defer s.Close()
	sent, err := (&Sim{Control: s.URL}).Sent(t.Context())
	if err != nil || len(sent) != 2 || sent[0] != (Sent{Counter: 7, Frames: 5, FPS: 25}) || sent[1].Counter != 9 {
		t.Errorf("Sent = %+v, %v", sent, err)
	}
	if _, err := (&Sim{Control: s.URL + "/elsewhere"}).Sent(t.Context()); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("the error is %v", err)
	}
}

func TestServerIsAskedAsWhoSignedIn(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/session", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "watchroom_session", Value: "s", Path: "/"})
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("GET /api/v1/cameras", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("watchroom_session"); err != nil || c.Value != "s" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Write([]byte(`{"items":[{"id":"a","state":{"status":"live","recording":true,"figures":{"frames":3,"bitrate":4e6}}}]}`))
	})
	web := httptest.NewServer(mux)
	defer web.Close()
	s := &Server{URL: web.URL, admin: http.DefaultClient}
	if _, err := s.Cameras(t.Context()); err == nil {
		t.Error("nobody had signed in")
	}
	var err error
	if s.admin, err = s.SignIn(t.Context(), "admin"); err != nil {
		t.Fatal(err)
	}
	list, err := s.Cameras(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != "a" || !list[0].State.Recording || list[0].State.Figures.Frames != 3 {
		t.Errorf("Cameras = %+v, %v", list, err)
	}
}
