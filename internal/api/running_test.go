package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/app/beside"
	"watchroom/internal/duty"
	"watchroom/internal/testkit/leak"
)

// bearer lets somebody come with a token from now on.
func (h *house) bearer(as string, scopes ...access.Action) {
	h.t.Helper()
	made, value, err := h.deps.Access.CreateToken(h.t.Context(), access.CommandLine(), account.NewToken{Person: h.person(as), Name: "x", Actions: scopes})
	if err != nil {
		h.t.Fatal(err)
	}
	h.token, h.keys[as] = made, http.Header{"Authorization": {"Bearer " + value.Reveal()}}
}

// TestEverythingThatRunsEndsWithItsRight opens one of each kind of answer that goes
// on (R18), lets something happen to the right behind them, and waits for the end
// of each that it concerns. Nothing but the event can end them: what is asked again
// now and then whatever happens, is asked once an hour in the house.
func TestEverythingThatRunsEndsWithItsRight(t *testing.T) {
	const all = "events whep mse footage"
	for _, c := range []struct {
		name, ends string
		happen     func(h *house, viewing string) int
	}{
		{"signed out", all, func(h *house, _ string) int { return h.send("operator", "DELETE", "/api/v1/session", "").Code }},
		{"password changed elsewhere", all, func(h *house, _ string) int {
			h.keys["elsewhere"] = h.signIn("operator")
			return h.send("elsewhere", "PUT", "/api/v1/session/password", `{"current":"`+h.passwords["operator"]+`","new":"another-horse-battery"}`).Code
		}},
		{"password reset", all, func(h *house, _ string) int {
			return h.send("administrator", "POST", "/api/v1/people/"+h.person("operator")+"/password-reset", `{}`).Code
		}},
		{"switched off", all, func(h *house, _ string) int {
			return h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator"), `{"disabled":true}`).Code
		}},
		{"session expired", all, func(h *house, _ string) int { h.shift.Store((1000 * time.Hour).Microseconds()); return 200 }},
		{"session at its longest", all, func(h *house, _ string) int {
			h.rule("session.longest", `"6h"`) // shorter than a session may be idle
			h.shift.Store((6*time.Hour + time.Second).Microseconds())
			return 200
		}},
		{"position taken", "whep mse footage", func(h *house, _ string) int {
			return h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator"), `{"positions":["auditor"]}`).Code
		}},
		{"position held elsewhere", "whep mse footage", func(h *house, _ string) int {
			h.holds("operator", access.Operator, "west")
			return 200
		}},
		{"camera hangs elsewhere", "whep mse footage", func(h *house, _ string) int {
			h.deps.Rights.Places = hang(map[string]string{h.gate: "west", h.yard: "west"})
			h.deps.Rights.Changed()
			return 200
		}},
		{"console locked", "footage", func(h *house, _ string) int { return h.send("operator", "POST", "/api/v1/session/lock", "").Code }},
		{"console that nobody touched", "footage", func(h *house, _ string) int {
			h.rule("lock.positions", `["operator"]`)
			h.shift.Store((11 * time.Minute).Microseconds())
			return 200
		}},
		{"a pledge is demanded", "whep mse footage", func(h *house, _ string) int {
			h.rule("pledge.ends", "true")
			return 200
		}},
		{"a pledge is struck off", "whep mse footage", func(h *house, _ string) int {
			h.pledged("operator", 300)
			h.rule("pledge.ends", "true")
			return h.pledged("operator", -1)
		}},
		{"a pledge runs out", "whep mse footage", func(h *house, _ string) int {
			late := h.now().UTC() // half an hour before midnight
			h.deps.Files.Settings.Zone = time.FixedZone("", (23*60+30-late.Hour()*60-late.Minute())*60)
			h.pledged("operator", 0)
			h.rule("pledge.ends", "true")
			h.shift.Store((31 * time.Minute).Microseconds())
			return 200
		}},
		{"token revoked", all, func(h *house, _ string) int {
			return h.send("administrator", "DELETE", "/api/v1/tokens/"+h.token.ID, "").Code
		}},
		{"the account's term is over", all, func(h *house, _ string) int {
			until := h.now().Add(time.Hour).UTC().Format(time.RFC3339)
			w := h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator")+"/file", `{"validUntil":"`+until+`"}`)
			h.shift.Store((61 * time.Minute).Microseconds())
			return w.Code
		}},
		{"the contract of the company ends", all, func(h *house, _ string) int {
			until := h.now().Add(1000 * time.Hour).UTC().Format(time.RFC3339)
			guards := get[struct{ ID string }](h, "administrator", "POST", "/api/v1/units", `{"kind":"guard_company","name":"Guards"}`, 201).ID
			contract := get[struct{ ID string }](h, "administrator", "POST", "/api/v1/contracts", `{"unit":"`+guards+`","number":"1","until":"`+until+`"}`, 201).ID
			get[struct{}](h, "administrator", "PATCH", "/api/v1/people/"+h.person("operator")+"/file", `{"unit":"`+guards+`","validUntil":"`+until+`"}`, 200)
			return h.send("administrator", "POST", "/api/v1/contracts/"+contract+"/end", `{"reason":"over"}`).Code
		}},
		{"the grade of the camera is raised", "whep mse footage", func(h *house, _ string) int {
			h.rules(`[{"id":"g","position":"operator","actions":["live.view","playback.view"],"deny":true,"fromGrade":3}]`)
			h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
				return map[string]access.Place{h.gate: {Areas: []string{"east"}, Grade: 4}}, nil
			}
			h.deps.Rights.Changed()
			return 200
		}},
		{"a second person is demanded", "footage", func(h *house, _ string) int {
			h.rule("viewing.second_grade", `"grade_1"`)
			return 200
		}},
		{"a rule of the house is approved", "footage", func(h *house, _ string) int {
			h.rules(`[{"id":"g","position":"operator","actions":["playback.view"],"deny":true}]`)
			return 200
		}},
		{"a password is made by a command beside the server", all, func(h *house, _ string) int {
			commands := &beside.Watch{DB: h.deps.DB, Clock: h.now, Changed: h.deps.Rights.Changed}
			start(h.t, commands)
			h.t.Cleanup(commands.Close)
			alone := &account.Control{DB: h.deps.DB, Clock: h.now} // as in another process, which has no bus of ours
			start(h.t, alone)
			if _, err := alone.ResetPassword(h.t.Context(), access.CommandLine(), h.person("operator")); err != nil {
				h.t.Fatal(err)
			}
			return 200
		}},
		{"the watch passes", "whep mse footage", func(h *house, _ string) int {
			return h.send("duty_lead", "POST", "/api/v1/rooms/"+h.manned+"/take-over", `{"reason":"fell ill at the desk"}`).Code
		}},
		{"the room keeps watch elsewhere", "whep mse footage", func(h *house, _ string) int {
			r := must(duty.Load(h.t.Context(), h.deps.DB.Read(), h.manned))
			c := r.Content
			c.Areas = []string{"west"}
			must(h.duties.Rooms.Change(h.t.Context(), access.ActorOf(h.person("supervisor"), access.Supervisor), h.manned, c))
			return 200
		}},
		{"viewing closed", "footage", func(h *house, viewing string) int {
			return h.send("operator", "POST", "/api/v1/viewings/"+viewing+"/close", "").Code
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			leak.Check(t)
			h := newHouse(t)
			h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
			h.holds("operator", access.Operator, "east")
			h.footage.block = make(chan struct{})
			if c.name == "token revoked" {
				h.bearer("operator", access.LiveView, access.PlaybackView, access.CameraRead, access.SystemRead)
			}
			if strings.Contains(c.name, "watch") { // their rights go with it
				h.manned = h.guardroom("东门监控室", duty.RoundTheClock, nil, "east")
				h.rules(`[{"id":"w","position":"operator","actions":["live.view","playback.view"],"onDuty":true}]`)
				if w := h.offer("operator", h.gate, "v=0"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "right_on_duty") {
					t.Fatalf("before the watch: %d %s", w.Code, w.Body)
				}
				get[struct{}](h, "operator", "POST", "/api/v1/rooms/"+h.manned+"/sign-on", `{`+h.checks()+`}`, 200)
			}
			viewing := h.state("operator")
			h.key("administrator")
			url := h.serve()

			events := h.listen("operator", url, nil)
			events.expect("hello", "")
			if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
				t.Fatal(w.Body)
			}
			socket, resp, err := websocket.Dial(t.Context(), url+"/api/v1/live/"+h.gate+"/mse", &websocket.DialOptions{HTTPHeader: h.key("operator").Clone()})
			if err != nil {
				t.Fatal(resp, err)
			}
			defer func() { _ = socket.CloseNow() }()
			if _, _, err := socket.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequestWithContext(t.Context(), "GET", url+h.under(viewing)+"/stream.mp4?"+morning, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = h.key("operator").Clone()
			go func() {
				<-h.footage.begun
				close(h.footage.block) // from here on it writes until the socket is full
			}()
			film, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer film.Body.Close()
			if n := h.deps.Running.Count(); n != 4 {
				t.Fatalf("%d answers run", n)
			}

			if code := c.happen(h, viewing); code >= 300 {
				t.Fatalf("%d", code)
			}
			for kind := range strings.FieldsSeq(c.ends) {
				switch kind {
				case "events":
					for e := events.next(); e.name != "session"; e = events.next() {
						if e == (told{}) {
							t.Fatal("the events ended without a word")
						}
					}
				case "whep":
					<-h.whep.ended
				case "mse":
					if _, _, err := socket.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
						t.Errorf("mse: %v", err)
					}
				case "footage":
					if _, err := io.Copy(io.Discard, film.Body); err == nil {
						t.Error("footage that was cut off looks whole")
					}
				}
			}
			want := 4 - len(strings.Fields(c.ends))
			look := time.NewTicker(time.Millisecond)
			defer look.Stop()
			for h.deps.Running.Count() > want { // the test's own deadline bounds it
				<-look.C
			}
			if n := h.deps.Running.Count(); n != want {
				t.Errorf("%d answers still run, want %d", n, want)
			}
		})
	}
}
