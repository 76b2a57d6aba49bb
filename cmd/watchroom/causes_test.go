package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// child is the program in a process of its own.
type child struct {
	t       *testing.T
	process *exec.Cmd
	url     string
	said    *output
	ended   chan error
}

// spawn starts the program and waits until it is ready.
func spawn(t *testing.T, env []string, args ...string) *child {
	t.Helper()
	c := launch(t, env, args...)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for c.url == "" {
		select {
		case err := <-c.ended:
			t.Fatalf("the program ended: %v\n%s", err, c.said)
		case <-poll.C:
			var ready struct{ URL string }
			if b, err := os.ReadFile(c.process.Args[len(c.process.Args)-1]); err == nil {
				if err := json.Unmarshal(b, &ready); err != nil {
					t.Fatal(err)
				}
				c.url = ready.URL
			}
		}
	}
	return c
}

// launch starts the program.
func launch(t *testing.T, env []string, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, process: exec.Command(self, append(args, "--ready-file", filepath.Join(t.TempDir(), "ready"))...), said: &output{}, ended: make(chan error, 1)}
	c.process.Env = append(append(os.Environ(), "WATCHROOM_TEST_AS=program"), env...)
	c.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // also where a test that hangs is ended
	c.process.Stdout, c.process.Stderr = c.said, c.said
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.process.Wait() }()
	t.Cleanup(func() { _ = c.process.Process.Kill() }) // it may have ended
	return c
}

// end sends a signal and waits for the end.
func (c *child) end(signal syscall.Signal) error {
	c.t.Helper()
	if err := c.process.Process.Signal(signal); err != nil {
		c.t.Fatal(err)
	}
	return <-c.ended
}

// person is somebody who is signed in.
type person struct {
	t    *testing.T
	at   string
	http *http.Client
}

func (c *child) signIn(username, password string) *person {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	p := &person{c.t, c.url, &http.Client{Jar: jar, Transport: &http.Transport{}}}
	c.t.Cleanup(p.http.CloseIdleConnections)
	p.do("POST", "/api/v1/session", map[string]any{"username": username, "password": password}, nil)
	return p
}

func (p *person) do(method, path string, body, into any) {
	p.t.Helper()
	var in bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&in).Encode(body); err != nil {
			p.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.at+path, &in)
	if err != nil {
		p.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(answer.Body); err != nil {
		p.t.Fatal(err)
	}
	if answer.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %s %s", method, path, answer.Status, out.String())
	}
	if into != nil {
		if err := json.Unmarshal(out.Bytes(), into); err != nil {
			p.t.Fatal(err)
		}
	}
}

// gap is a piece of the timeline without footage.
type gap struct {
	Kind, Cause, Symptom, Detail string
	Planned, Open                bool
}

// gaps are those of a camera in the last hour, oldest first.
func (p *person) gaps(camera string) (out []gap) {
	p.t.Helper()
	now := time.Now().UTC()
	var line struct{ Cameras []struct{ Spans []gap } }
	p.do("GET", "/api/v1/timeline?camera="+camera+"&from="+now.Add(-time.Hour).Format(time.RFC3339)+"&to="+now.Add(time.Minute).Format(time.RFC3339), nil, &line)
	for _, s := range line.Cameras[0].Spans {
		if s.Kind == "gap" {
			out = append(out, s)
		}
	}
	return out
}

// words are the causes that the screens have a text for.
func words(t *testing.T, language string) map[string]bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "web", "src", "i18n", language+".ts"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(b), "\n  cause: {")
	text, _, end := strings.Cut(text, "\n  },")
	if !ok || !end {
		t.Fatalf("%s has no causes", language)
	}
	out := map[string]bool{}
	for _, m := range regexp.MustCompile(`(\w+): "[^"]+"`).FindAllStringSubmatch(text, -1) {
		out[m[1]] = true
	}
	return out
}

// journals is all that the journals of a camera say.
func journals(t *testing.T, data, camera string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "recordings", camera, "*", "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

var until = await.Until

// TestEveryCauseFromLensToScreen brings about each reason for which a camera may be
// without footage, with the real program, and looks for it where it must stand: in the
// journal beside the footage, on the timeline that everything reads, and among the
// words of both languages. Steps of the clock have a test in internal/app, where a
// clock can be set.
func TestEveryCauseFromLensToScreen(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	const password = "a long enough phrase 7"
	list := make([]sim.Camera, 9)
	for i := range list {
		list[i] = sim.Camera{Tiny: true, NoSub: true}
	}
	s, err := sim.New(sim.Options{Cameras: list})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "rtsp://" + nobody.Addr().String() + "/none"
	nobody.Close()

	data, file := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}
	set := func(stopSpace string) {
		t.Helper()
		text := "live:\n  udp_port: 0\n  tcp_port: 0\nsource:\n  no_frame_timeout: 1s\nrecording:\n  stop_space: " + stopSpace + "\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set("64MiB")
	env := []string{"WATCHROOM_ADMIN_PASSWORD=" + password}
	server := spawn(t, env, serve...)
	for login, name := range map[string]string{"wangfang": "王芳", "lina": "李娜"} {
		if r := command(t, password+"\n", nil, "user", "create", login, "--display-name", name, "--position", "supervisor", "--password-stdin", "--reason", "nobody else is here", "--data", data); r.code != 0 {
			t.Fatalf("%+v", r)
		}
	}
	admin, boss, other := server.signIn("admin", password), server.signIn("wangfang", password), server.signIn("lina", password)
	ids := map[string]string{}
	add := func(name, url string) {
		t.Helper()
		var c struct{ ID string }
		admin.do("POST", "/api/v1/cameras", map[string]any{"name": name, "main": map[string]any{"url": url}}, &c)
		ids[name] = c.ID
	}
	names := []string{"credentials_refused", "camera_refused", "no_frames", "network", "switched_off", "maintenance_window", "planned_off_hours", "restart", "recorder"}
	for i, name := range names {
		add(name, s.URL(i+1, media.Main))
	}
	add("camera_unreachable", dead)
	until(t, "all but one are recorded", func() bool {
		var o struct{ Cameras struct{ Recording int } }
		boss.do("GET", "/api/v1/system", nil, &o)
		return o.Cameras.Recording == len(names)
	})

	boss.do("POST", "/api/v1/maintenance", map[string]any{"cameras": []string{ids["maintenance_window"]}, "to": time.Now().Add(time.Hour).UTC(), "reason": "更换镜头"}, nil)
	for n, f := range []sim.Fault{{Kind: sim.BadCredentials}, {Kind: sim.Refuse}, {Kind: sim.Stall}, {Kind: sim.Cut}, {}, {Kind: sim.Refuse}} {
		if f.Kind == "" {
			continue
		}
		if err := s.SetFault(n+1, f); err != nil {
			t.Fatal(err)
		}
		if f.Kind == sim.Refuse { // what runs goes on, so it is cut as well
			if err := s.SetFault(n+1, sim.Fault{Kind: sim.Cut}); err != nil {
				t.Fatal(err)
			}
		}
	}
	boss.do("POST", "/api/v1/cameras/"+ids["switched_off"]+"/switch", map[string]any{"enabled": false, "reason": "施工期间停用"}, nil)
	tomorrow := (int(time.Now().UTC().Weekday())+2)%7 + 1
	boss.do("POST", "/api/v1/schedules", map[string]any{"camera": ids["planned_off_hours"], "kind": "business_hours", "stops": true, "reason": "办公楼",
		"hours": []map[string]any{{"days": []int{tomorrow}, "from": "08:00", "to": "08:01"}}}, nil)
	var waiting struct{ Items []struct{ ID string } }
	other.do("GET", "/api/v1/proposals?state=proposed", nil, &waiting)
	for _, p := range waiting.Items { // less recording takes two
		other.do("POST", "/api/v1/proposals/"+p.ID+"/approve", map[string]any{}, nil)
	}
	admin.do("PATCH", "/api/v1/cameras/"+ids["restart"], map[string]any{"main": map[string]any{"url": s.URL(5, media.Main)}}, nil)

	zh, en := words(t, "zh"), words(t, "en")
	// told looks for the cause of a camera everywhere, and gives its newest gap.
	told := func(camera, cause string, inJournal bool) (found gap) {
		t.Helper()
		until(t, cause+" on the timeline", func() bool {
			for _, g := range boss.gaps(camera) {
				if g.Cause == cause {
					found = g
				}
			}
			return found.Cause != ""
		})
		if inJournal && !strings.Contains(journals(t, data, camera), fmt.Sprintf("%q", cause)) {
			t.Errorf("%s: the journal does not say it:\n%s", cause, journals(t, data, camera))
		}
		if !zh[cause] || !en[cause] {
			t.Errorf("%s: no words for it, zh %t, en %t", cause, zh[cause], en[cause])
		}
		return found
	}
	for _, cause := range append(names[:4:4], "restart", "camera_unreachable") {
		if g := told(ids[cause], cause, true); g.Planned {
			t.Errorf("%s is called planned", cause)
		}
	}
	if g := told(ids["switched_off"], "switched_off", true); g.Detail != "王芳: 施工期间停用" {
		t.Errorf("who switched it off, and why: %+v", g)
	}
	if g := told(ids["planned_off_hours"], "planned_off_hours", true); !g.Planned {
		t.Errorf("%+v", g)
	}
	// The journal knows the symptom; the plan, which the timeline asks, makes it maintenance.
	if g := told(ids["maintenance_window"], "maintenance_window", false); !g.Planned || g.Symptom == "" || g.Detail != "王芳: 更换镜头" {
		t.Errorf("%+v", g)
	}

	// What ends the recorder itself.
	again := func() {
		t.Helper()
		server = spawn(t, env, serve...)
		boss = server.signIn("wangfang", password)
	}
	if err := server.end(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
	again()
	told(ids["recorder"], "recorder_stopped", true)
	recorded := func() bool {
		var list struct {
			Items []struct {
				ID    string
				State struct{ Recording bool }
			}
		}
		boss.do("GET", "/api/v1/cameras", nil, &list)
		for _, c := range list.Items {
			if c.ID == ids["recorder"] {
				return c.State.Recording
			}
		}
		return false
	}
	until(t, "recorded again", recorded)
	_ = server.end(syscall.SIGKILL) // that it was killed
	again()
	told(ids["recorder"], "recorder_died", false) // whoever dies says nothing: what follows shows it
	until(t, "recorded once more", recorded)
	if err := server.end(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
	set("1024TiB")
	again()
	if g := told(ids["recorder"], "disk_full", true); !g.Open {
		t.Errorf("%+v", g)
	}
	if err := server.end(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
}
