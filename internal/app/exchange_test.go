package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/config"
	"watchroom/internal/media"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// exchange lets another App take over from one, as another process does, and ends the
// one.
func exchange(t *testing.T, a *app.App, c *config.Config) *app.App {
	t.Helper()
	b := &app.App{Config: c, Web: fstest.MapFS{}, Succeed: true}
	begun := make(chan error, 1)
	go func() { begun <- b.Start(t.Context()) }()
	select {
	case <-a.Succeeded():
	case err := <-begun:
		a.Close()
		t.Fatalf("the successor: %v", err)
	}
	a.Close()
	if err := errors.Join(a.Orphaned(), <-begun); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestACameraOfOneSession: a camera that gives its stream to one client at a time is
// recorded by the next process as soon as the one before lets it go, and the time
// between the two is a gap that says why. The other camera loses nothing.
func TestACameraOfOneSession(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	s, err := sim.New(sim.Options{Cameras: []sim.Camera{{Tiny: true, NoSub: true, OneSession: true}, {Tiny: true, NoSub: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	a := begin(t, c)
	gate, yard := add(t, a, s, 1, "Gate"), add(t, a, s, 2, "Yard")
	for _, id := range []string{gate.ID, yard.ID} {
		until(t, "pictures on disk", func() bool { return recorded(c.Data, id, 10_000) })
	}
	a = exchange(t, a, c)
	defer a.Close()
	lead := signIn(t, a, access.DutyLead)
	var o overview
	until(t, "recording", func() bool { lead.get("/api/v1/system", &o); return o.Cameras.Recording == 2 })
	until(t, "the gap", func() bool {
		cause, symptom, _, planned := lead.newestGap(gate.ID)
		return cause == string(media.CauseRestart) && symptom == "" && !planned
	})
	if cause, _, _, _ := lead.newestGap(yard.ID); cause != string(media.CauseConnecting) { // of its beginning
		t.Errorf("the other has a gap: %s", cause)
	}
}

// caller asks on a raw connection and never asks anything twice: where net/http's
// client would be silent and ask again, there is an error.
type caller struct {
	net.Conn
	r    *bufio.Reader
	host string
}

func call(address string) (*caller, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return &caller{c, bufio.NewReader(c), u.Host}, nil
}

// post sends an attempt to sign in that nobody needs to think about for long.
func (c *caller) post() (int, error) {
	const body = `{"username": 1}`
	if _, err := fmt.Fprintf(c, "POST /api/v1/session HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", c.host, len(body), body); err != nil {
		return 0, err
	}
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// TestNoRequestEndsWithoutAnAnswer: whoever asks while the program is exchanged, on a
// new connection or on one that is kept, is answered, by either process.
func TestNoRequestEndsWithoutAnAnswer(t *testing.T) {
	leak.Check(t)
	each(t, func(t *testing.T, c *config.Config) {
		a := begin(t, c)
		address := a.URL // of whichever process serves
		var stop atomic.Bool
		var answered, reused atomic.Int64
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				var kept *caller
				for !stop.Load() {
					if kept == nil || n%2 == 0 {
						one, err := call(address)
						if err != nil {
							t.Error(err)
							return
						}
						defer one.Close()
						kept = one
					} else {
						reused.Add(1)
					}
					if status, err := kept.post(); err != nil || status >= 500 {
						t.Errorf("caller %d, %d answered before: %d, %v", n, answered.Load(), status, err)
						return
					}
					answered.Add(1)
					if n%2 == 0 {
						kept.Close()
					}
				}
			})
		}
		for range 8 {
			before := answered.Load()
			until(t, "some are answered", func() bool { return answered.Load() > before+50 || t.Failed() })
			a = exchange(t, a, c)
		}
		stop.Store(true)
		wg.Wait()
		a.Close()
		if reused.Load() < 100 {
			t.Errorf("%d requests on a connection that was kept", reused.Load())
		}
	})
}
