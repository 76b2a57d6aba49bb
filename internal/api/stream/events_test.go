package stream

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/route"
	"watchroom/internal/event"
)

// TestWhoGetsWhat is the table of events (R18): what a position may not read it is
// not told, what is about another person nobody is told, and kinds without a rule
// stay inside.
func TestWhoGetsWhat(t *testing.T) {
	anyone := map[string]bool{"camera": true, "cameras": true, "alarm": true, "system": true}
	for _, p := range access.Positions() {
		actor := access.ActorOf("p1", p)
		for _, kind := range []string{"camera", "cameras", "alarm", "system", "session", "viewing", "catalogue", "act", "rules", ""} {
			if got := may(actor, event.Event{Kind: kind, Camera: "c1"}); got != anyone[kind] {
				t.Errorf("%s, %q: %v", p, kind, got)
			}
			if may(actor, event.Event{Kind: kind, Person: "p2"}) {
				t.Errorf("%s gets %q that is about somebody else", p, kind)
			}
			if got := may(actor, event.Event{Kind: kind, Person: "p1"}); got != anyone[kind] {
				t.Errorf("%s, %q about themselves: %v", p, kind, got)
			}
			if may(access.ActorOf("p1"), event.Event{Kind: kind}) || may(access.Actor{}, event.Event{Kind: kind}) {
				t.Errorf("%q reaches who has no right at all", kind)
			}
		}
	}
}

// TestProposalsAreToldToReaders: who may not read parameters is not told of them.
func TestProposalsAreToldToReaders(t *testing.T) {
	for _, p := range access.Positions() {
		actor := access.ActorOf("p1", p)
		if got := may(actor, event.Event{Kind: "parameter"}); got != (access.Can(actor, access.ParameterRead, "") == nil) {
			t.Errorf("%s: %v", p, got)
		}
	}
	if may(access.ActorOf("p1", access.Operator), event.Event{Kind: "parameter"}) || !may(access.ActorOf("p1", access.Leader), event.Event{Kind: "parameter"}) {
		t.Error("operators are told, or leaders are not")
	}
}

// TestTheWatchIsToldOfItself: that something is otherwise in a room is told to who may read of the
// watch, and to nobody else.
func TestTheWatchIsToldOfItself(t *testing.T) {
	for _, p := range access.Positions() {
		if got := may(access.ActorOf("p1", p), event.Event{Kind: "duty", Subject: "a room"}); got != slices.Contains(p.Rights(), access.DutyRead) {
			t.Errorf("%s: %v", p, got)
		}
	}
}

func out() (*sender, *bytes.Buffer) {
	b := &bytes.Buffer{}
	return &sender{w: b, control: http.NewResponseController(httptest.NewRecorder()), begun: 36 * 36}, b
}

// TestOnlyTheLastStateIsSent: of many changes of one camera the state counts, which
// is read when it is sent.
func TestOnlyTheLastStateIsSent(t *testing.T) {
	asked := map[string]int{}
	x := &Routes{State: func(_ context.Context, camera string) (any, bool) {
		asked[camera]++
		return map[string]string{"status": "live"}, camera != "gone"
	}}
	s, b := out()
	all := []event.Event{
		{Kind: "camera", Subject: "a", Camera: "a"}, {Kind: "camera", Subject: "b", Camera: "b"}, {Kind: "purposes", Data: 7},
		{Kind: "camera", Subject: "gone", Camera: "gone"}, {Kind: "camera", Subject: "a", Camera: "a"}, {Kind: "system"},
	}
	if err := x.pass(t.Context(), s, access.ActorOf("p", access.Auditor), all); err != nil {
		t.Fatal(err)
	}
	want := `id: 100-1
event: camera
data: {"id":"b","state":{"status":"live"}}

id: 100-2
event: purposes
data: 7

id: 100-3
event: camera
data: {"id":"a","state":{"status":"live"}}

id: 100-4
event: system
data: {}

`
	if b.String() != want {
		t.Errorf("%s", b)
	}
	if asked["a"] != 1 || asked["b"] != 1 {
		t.Errorf("states were read %v times", asked)
	}
}

// TestDataCannotBreakOut: a line feed inside data would begin another field.
func TestDataCannotBreakOut(t *testing.T) {
	s, b := out()
	if err := s.send("system", map[string]string{"name": "one\nevent: session\rdata: {}\n\n"}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != 4 || strings.Contains(b.String(), "\r") {
		t.Errorf("%q", b)
	}
	if err := s.send("system", func() {}); err == nil {
		t.Error("what is no JSON was sent")
	}
}

func TestConcerns(t *testing.T) {
	for _, c := range []struct {
		e          event.Event
		mine, anew bool
	}{
		{event.Event{Kind: "session", Person: "p1"}, false, true}, {event.Event{Kind: "session", Person: "p2"}, false, false},
		{event.Event{Kind: "camera", Person: "p1"}, false, false}, {event.Event{Kind: "session"}, false, false},
		{event.Event{Kind: "cameras"}, true, false}, {event.Event{Kind: "rights"}, false, true}, {event.Event{Kind: "rules"}, false, true},
	} {
		if mine, anew := concerns([]event.Event{{Kind: "alarm"}, c.e}, "p1"); mine != c.mine || anew != c.anew {
			t.Errorf("%+v: %v, %v", c.e, mine, anew)
		}
	}
}

// TestAsksAreToldToBoth: who asked for a second person, and who may be one for a camera.
func TestAsksAreToldToBoth(t *testing.T) {
	for p, want := range map[access.Position]bool{access.DutyLead: true, access.Leader: true, access.Operator: false, access.Administrator: false} {
		if got := may(access.ActorOf("p1", p), event.Event{Kind: "second", Cameras: []string{"c1"}}); got != want {
			t.Errorf("%s: %v", p, got)
		}
		if !may(access.ActorOf("p1", p), event.Event{Kind: "second", Person: "p1"}) {
			t.Errorf("%s is not told of their own", p)
		}
	}
}

// shutGate is a gate at which nobody can say who somebody is while away.
type shutGate struct {
	route.Gate

	mu    sync.Mutex // guards what follows
	away  bool
	actor access.Actor
	asked int
}

func (g *shutGate) Renew(context.Context, access.Actor) (account.Identity, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	if g.away {
		return account.Identity{}, errors.New("the database is away")
	}
	return account.Identity{Actor: g.actor}, nil
}

func (g *shutGate) set(away bool, actor access.Actor) {
	g.mu.Lock()
	g.away, g.actor = away, actor
	g.mu.Unlock()
}

// page is a response that a test reads while it is written.
type page struct {
	http.ResponseWriter

	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *page) Flush() {}

// heard gives the names of the events since it was last asked.
func (p *page) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for line := range strings.Lines(p.b.String()) {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	p.b.Reset()
	return strings.Join(names, " ")
}

// TestWhoCannotBeAskedForMissesNothing: while what somebody may know cannot be found out they
// are told nothing by the rights of before, and once it can, without waiting for anything
// else to happen, they read everything anew.
func TestWhoCannotBeAskedForMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus, now := &event.Bus{}, time.Now
		running := &route.Running{Bus: bus, Clock: now, Every: time.Hour}
		if err := running.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		auditor := access.ActorOf("p1", access.Auditor)
		gate := &shutGate{actor: auditor}
		x := &Routes{Bus: bus, Running: running, Gate: gate, Clock: now, Ping: time.Hour}
		ctx, leave := context.WithCancel(t.Context())
		w := &page{ResponseWriter: httptest.NewRecorder()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := x.events(w, httptest.NewRequest(http.MethodGet, "/api/v1/events", http.NoBody).WithContext(ctx)); err != nil {
				t.Error(err)
			}
		}()
		publish := func(kinds ...string) string {
			for _, k := range kinds {
				bus.Publish(event.Event{Kind: k})
			}
			synctest.Wait()
			return w.heard()
		}
		if got := publish() + publish("rights"); got != "helloagain" {
			t.Fatalf("%q", got)
		}
		gate.set(true, access.Actor{})
		if got := publish("cameras", "system") + publish("system"); got != "" {
			t.Errorf("told by the rights of before: %q", got)
		}
		time.Sleep(2 * time.Second) // of the bubble
		if got := publish(); got != "" {
			t.Errorf("told while nobody can say what they may know: %q", got)
		}
		gate.set(false, access.ActorOf("p1", access.Auditor))
		time.Sleep(time.Second)
		if got := publish(); got != "again" {
			t.Errorf("told afterwards: %q", got)
		}
		if got := publish("system"); got != "system" {
			t.Errorf("and then: %q", got)
		}
		asked := gate.asked
		time.Sleep(time.Minute)
		if gate.asked != asked {
			t.Error("asked without a reason")
		}
		gate.set(true, access.Actor{})
		publish("cameras", "alarm")
		gate.set(false, access.ActorOf("p1")) // who may know of nothing any more
		time.Sleep(time.Second)
		if got := publish("alarm"); got != "again" {
			t.Errorf("after the rights have gone: %q", got)
		}
		leave()
		<-done
		running.Close()
	})
}
