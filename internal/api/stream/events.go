package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/api/system"
	"watchroom/internal/clock"
	"watchroom/internal/event"
	"watchroom/internal/problem"
)

// Routes are what the event stream needs.
type Routes struct {
	Bus     *event.Bus
	Running *route.Running
	Gate    route.Gate
	Clock   clock.Clock
	Version string
	// State is a camera's state as the API shows it; false if there is no such camera.
	State func(ctx context.Context, camera string) (state any, ok bool)
	Ping  time.Duration // 0 means 15 s
	Queue int           // events that may wait for a slow client; 0 means 512
}

// patience is how long a client may take for one write.
const patience = 15 * time.Second

// retry is how long a browser waits before it comes again. Left to itself it takes
// seconds, in which a page knows nothing of what is there after an exchange of the program.
const retry = 500 * time.Millisecond

type cameraEvent struct {
	ID    string `json:"id"`
	State any    `json:"state"`
}

type helloEvent struct {
	ServerTime time.Time `json:"serverTime"`
	Version    string    `json:"version"`
}

type sessionEvent struct {
	Reason string `json:"reason"`
}

func (x *Routes) events(w http.ResponseWriter, r *http.Request) error {
	actor := route.Actor(r.Context())
	hold, err := x.Running.Begin(r.Context(), route.Keys(actor), route.Still(r.Context(), x.Gate, "", "", nil))
	if err != nil {
		return err
	}
	defer hold.End()
	size := x.Queue
	if size == 0 {
		size = 512
	}
	sub := x.Bus.Subscribe(size)
	defer sub.Close()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	out := &sender{w: w, control: http.NewResponseController(w), begun: x.Clock.Micro()}
	if out.write(fmt.Appendf(nil, "retry: %d\n", retry.Milliseconds())) != nil || out.send("hello", helloEvent{ServerTime: x.Clock.Now(), Version: x.Version}) != nil {
		return nil // the client has gone
	}
	interval := x.Ping
	if interval == 0 {
		interval = 15 * time.Second
	}
	ping := time.NewTicker(interval)
	defer ping.Stop()
	t := &telling{Routes: x, out: out, actor: actor}
	for {
		select {
		case <-hold.Context().Done():
			if why := hold.Why(); why != nil {
				_ = out.send("session", sessionEvent{Reason: why.Code}) // the stream ends either way
			}
			return nil
		case <-ping.C:
			if out.comment("ping") != nil {
				return nil
			}
		case <-sub.C:
			events, lost := sub.Take()
			if t.tell(hold.Context(), events, lost > 0) != nil {
				return nil
			}
		case <-t.retry:
			if t.tell(hold.Context(), nil, false) != nil {
				return nil
			}
		}
	}
}

// telling is what somebody is told, and as whom.
type telling struct {
	*Routes
	out   *sender
	actor access.Actor
	stale bool             // what the actor may know is to be asked anew
	anew  bool             // screens are to read everything anew
	retry <-chan time.Time // while nobody could say what the actor may know
}

// tell passes events on. While what the actor may know cannot be found out they are told
// nothing, and to read everything anew once it can: a database that is away for a moment
// leaves no screen behind.
func (t *telling) tell(ctx context.Context, events []event.Event, lost bool) error {
	mine, anew := concerns(events, t.actor.Person)
	ran := due(t.actor, t.Clock.Micro())
	t.stale = t.stale || mine || anew || ran
	t.anew = t.anew || lost || anew || ran // other cameras may be there to be seen
	t.retry = nil
	if t.stale {
		id, err := t.Gate.Renew(ctx, t.actor)
		if err != nil { // if the session has ended, the hold does
			t.anew, t.retry = true, time.After(retry)
			return nil
		}
		t.actor, t.stale = id.Actor, false
	}
	if t.anew {
		if err := t.out.send("again", struct{}{}); err != nil {
			return err
		}
		t.anew = false
	}
	return t.pass(ctx, t.out, t.actor, events)
}

// concerns tells whether events may change what a person may do: mine where cameras came or
// went, anew where screens must be read anew, since the person's own sessions or papers are
// others, all rights, or what the house has set.
func concerns(events []event.Event, person string) (mine, anew bool) {
	for _, e := range events {
		mine = mine || e.Kind == "cameras"
		anew = anew || e.Kind == "session" && e.Person == person || e.Kind == "rights" || e.Kind == "rules"
	}
	return mine, anew
}

// due tells whether what somebody may do has changed by itself, since a position began or ended.
func due(actor access.Actor, now int64) bool {
	until := actor.Until()
	return until != 0 && until <= now
}

// pass sends what the actor may know. Of several events about one camera only
// the last is worth sending: it is the state that counts.
func (x *Routes) pass(ctx context.Context, out *sender, actor access.Actor, events []event.Event) error {
	last := map[string]int{}
	for i, e := range events {
		if e.Kind == "camera" {
			last[e.Subject] = i
		}
	}
	for i, e := range events {
		if !may(actor, e) || e.Kind == "camera" && last[e.Subject] != i {
			continue
		}
		data := e.Data
		if e.Kind == "camera" {
			state, ok := x.State(ctx, e.Subject)
			if !ok {
				continue
			}
			data = cameraEvent{ID: e.Subject, State: state}
		}
		if e.Kind == "alarm" {
			if data = alarmFor(actor, data); data == nil {
				continue
			}
		}
		if data == nil {
			data = struct{}{}
		}
		if err := out.send(e.Kind, data); err != nil {
			return err
		}
	}
	return nil
}

// may is the table of who gets which event. Kinds that it does not name stay inside.
func may(actor access.Actor, e event.Event) bool {
	if e.Person != "" && e.Person != actor.Person {
		return false
	}
	// can asks about the cameras that the event is about, of which one suffices.
	can := func(a access.Action) bool {
		if e.Camera != "" {
			return access.Can(actor, a, e.Camera) == nil
		}
		return access.OnAny(actor, a, e.Cameras) == nil
	}
	switch e.Kind {
	case "camera", "cameras", "areas", "plan":
		return can(access.CameraRead)
	case "purposes":
		return access.Can(actor, access.PlaybackView, "") == nil || access.Can(actor, access.ActRead, "") == nil
	case "factor", "console", "presence":
		return e.Person != "" // and so the actor's own
	case "alarm", "system", "loss", "fault": // of alarms alarmFor decides besides
		return can(access.SystemRead)
	case "second":
		return e.Person != "" || can(access.SecondAgree)
	case "emergency":
		return access.Can(actor, access.EmergencyReview, "") == nil || access.Can(actor, access.EmergencyTake, "") == nil
	case "duty": // says that something is otherwise, not in which room
		return access.Can(actor, access.DutyRead, "") == nil
	case "parameter":
		return access.Can(actor, access.ParameterRead, "") == nil
	}
	return false
}

// alarmFor gives the data of an alarm as the actor may know it, nil for not at all.
func alarmFor(actor access.Actor, data any) any {
	of, _ := data.(map[string]any)
	a, ok := of["alarm"].(system.Alarm)
	if !ok {
		return nil
	}
	if a, ok = system.For(actor, a); !ok {
		return nil
	}
	of = maps.Clone(of)
	of["alarm"] = a
	return of
}

// sender writes server-sent events (HTML Living Standard, 9.2).
type sender struct {
	w       io.Writer
	control *http.ResponseController
	begun   int64 // makes ids of different streams differ
	n       int
}

func (s *sender) send(name string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return problem.Wrap(err, "write the event "+name)
	}
	s.n++
	return s.write(fmt.Appendf(nil, "id: %s-%d\nevent: %s\ndata: %s\n\n", strconv.FormatInt(s.begun, 36), s.n, name, body))
}

func (s *sender) comment(text string) error { return s.write([]byte(": " + text + "\n\n")) }

func (s *sender) write(p []byte) error {
	// Not every writer has deadlines; those of tests do not.
	_ = s.control.SetWriteDeadline(time.Now().Add(patience))
	if _, err := s.w.Write(p); err != nil {
		return err
	}
	return s.control.Flush()
}
