package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/app"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// browser is a person's session with a running installation.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

const password = "a-long-password-9"

// signIn makes a person with a position and signs them in.
func signIn(t *testing.T, a *app.App, position access.Position) *browser {
	t.Helper()
	_, _, err := a.Access.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{
		Username: string(position), DisplayName: string(position), Holdings: access.Everywhere(position), Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return signInAgain(t, a, position)
}

// signInAgain signs in whom signIn has made.
func signInAgain(t *testing.T, a *app.App, position access.Position) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, a.URL, &http.Client{Jar: jar, Transport: &http.Transport{}}}
	t.Cleanup(b.http.CloseIdleConnections)
	body, err := json.Marshal(map[string]string{"username": string(position), "password": password})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.http.Post(a.URL+"/api/v1/session", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("sign in: %s", answer.Status)
	}
	return b
}

func (b *browser) get(path string, into any) {
	b.t.Helper()
	answer, err := b.http.Get(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s, %v", path, answer.Status, err)
	}
}

// confirm says that somebody has looked at all for which nothing is removed.
func (b *browser) confirm(note string) {
	b.t.Helper()
	var state struct{ Frozen []struct{ ID string } }
	b.get("/api/v1/retention", &state)
	ids := []string{}
	for _, f := range state.Frozen {
		ids = append(ids, f.ID)
	}
	body, err := json.Marshal(map[string]any{"seen": ids, "note": note})
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := b.http.Post(b.base+"/api/v1/retention/confirm", "application/json", bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		b.t.Fatalf("confirm: %s", answer.Status)
	}
}

// watch opens live view of a camera and reads nothing of it.
func (b *browser) watch(camera string) net.Conn {
	b.t.Helper()
	u, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		b.t.Fatal(err)
	}
	cookie := b.http.Jar.Cookies(u)[0]
	fmt.Fprintf(c, "GET /api/v1/live/%s/mse?stream=main HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s=%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", camera, u.Host, b.base, cookie.Name, cookie.Value)
	return c
}

type seen struct {
	Items []struct {
		ID, Place string
		State     struct {
			Status    string
			Recording bool
			Viewers   int
			Figures   struct {
				Bitrate   float64
				Transport string
				Width     int
			}
		}
	}
}

type overview struct {
	Storage struct {
		State     string
		FreeBytes int64
	}
	Cameras struct{ Total, Live, Recording, Problems int }
	Process struct{ CPUSeconds float64 }
	Time    struct {
		State, Distrust string
		Trusted         bool
	}
	Alarms []struct{ Code, Camera string }
}

// TestEveryPartIsWatched: capture, transmission, processing, display and storage
// all show how they are doing while the system runs.
func TestEveryPartIsWatched(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C002")
	s := cameras(t, 1)
	a := begin(t, settings(t, filepath.Join(t.TempDir(), "data")))
	defer a.Close()
	c := add(t, a, s, 1, "Gate")
	guard := signIn(t, a, access.Operator)
	var list seen
	until(t, "capture and transmission", func() bool {
		guard.get("/api/v1/cameras", &list)
		x := &list.Items[0].State
		return x.Status == "live" && x.Recording && x.Figures.Width > 0 && x.Figures.Bitrate > 0 && x.Figures.Transport != ""
	})
	screen := guard.watch(c.ID)
	until(t, "display", func() bool { guard.get("/api/v1/cameras", &list); return list.Items[0].State.Viewers == 1 })
	screen.Close()
	until(t, "no display", func() bool { guard.get("/api/v1/cameras", &list); return list.Items[0].State.Viewers == 0 })
	var o overview
	guard.get("/api/v1/system", &o)
	if o.Cameras.Total != 1 || o.Cameras.Recording != 1 || o.Process.CPUSeconds <= 0 || o.Storage.State == "" || o.Storage.FreeBytes <= 0 {
		t.Errorf("%+v", o)
	}
}

// TestNotRecordingIsAnAlarm: a camera is recorded round the clock from the moment
// it is registered with its place; whatever departs from that raises an alarm.
func TestNotRecordingIsAnAlarm(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C007")
	s := cameras(t, 1)
	a := begin(t, settings(t, filepath.Join(t.TempDir(), "data")))
	defer a.Close()
	c := add(t, a, s, 1, "Gate")
	guard := signIn(t, a, access.Operator)
	var o overview
	alarmed := func() bool {
		guard.get("/api/v1/system", &o)
		return slices.ContainsFunc(o.Alarms, func(x struct{ Code, Camera string }) bool { return x.Code == "camera_down" && x.Camera == c.ID })
	}
	until(t, "recording", func() bool { alarmed(); return o.Cameras.Recording == 1 })
	if alarmed() {
		t.Error("an alarm although all is well")
	}
	for _, f := range []sim.Fault{{Kind: sim.Refuse}, {Kind: sim.Cut}} {
		if err := s.SetFault(1, f); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the alarm", alarmed)
	if err := s.ClearFaults(1); err != nil {
		t.Fatal(err)
	}
	until(t, "the end of the alarm", func() bool { return !alarmed() && o.Cameras.Recording == 1 })
}
