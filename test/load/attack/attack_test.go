package attack

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAnAttackCountsItsAnswers: what was hashed, what was stopped before, and anything else.
func TestAnAttackCountsItsAnswers(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	a := &Attack{Rate: 1000, Next: func(i int) (*http.Client, string) {
		return From("127.0.0.1"), []string{"hashed", "stopped", "broken"}[i%3]
	}}
	answered := 0
	all := make(chan string, 1000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 200)
		n, _ := r.Body.Read(b) // the end of the body is no error
		for name, status := range map[string]int{"hashed": 401, "stopped": 429, "broken": 500} {
			if strings.Contains(string(b[:n]), `"username":"`+name+`"`) {
				w.WriteHeader(status)
				all <- name
			}
		}
	}))
	defer s.Close()
	go func() {
		for range all {
			if answered++; answered == 9 {
				end()
				return
			}
		}
	}()
	a.Run(ctx, s.URL)
	if a.Hashed.Load() < 1 || a.Stopped.Load() < 1 || a.Other.Load() < 1 || a.Sent.Load() < a.Hashed.Load()+a.Stopped.Load()+a.Other.Load() {
		t.Errorf("%d sent: %d hashed, %d stopped, %d other", a.Sent.Load(), a.Hashed.Load(), a.Stopped.Load(), a.Other.Load())
	}
}
