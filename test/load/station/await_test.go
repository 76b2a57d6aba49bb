package station

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// states answers the list of cameras with one text after another, the last one again
// and again; an empty one is a failure. asked counts.
func states(t *testing.T, texts ...string) (s *Server, asked *int) {
	t.Helper()
	asked = new(int)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text := texts[min(*asked, len(texts)-1)]
		*asked++
		if text == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, `{"items":[`+text+`]}`)
	}))
	t.Cleanup(web.Close)
	return &Server{URL: web.URL, admin: http.DefaultClient}, asked
}

const (
	recorded = `{"id":"a","state":{"status":"live","recording":true}}`
	written  = `{"id":"b","state":{"status":"connecting","recording":true}}`
	seen     = `{"id":"b","state":{"status":"live","recording":false}}`
)

func TestRecordingMeansEveryCamera(t *testing.T) {
	s, asked := states(t, "", recorded, recorded+","+written, recorded+","+seen, recorded+","+recorded)
	if err := s.Recording(t.Context(), 2); err != nil || *asked != 5 {
		t.Errorf("asked %d times: %v", *asked, err)
	}
}

func TestUntilEndsWithTheContext(t *testing.T) {
	s, _ := states(t, recorded)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Until(ctx, "never", func([]Camera) bool {
		cancel()
		return false
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Until = %v", err)
	}
}
