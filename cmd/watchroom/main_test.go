package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"watchroom/internal/testkit/leak"
)

// output is what a command prints; it can be read while the command runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

type result struct {
	code     int
	out, err string
}

func command(t *testing.T, in string, env map[string]string, args ...string) result {
	t.Helper()
	var out, complaint output
	code := run(t.Context(), args, streams{strings.NewReader(in), &out, &complaint, lookup(env)})
	return result{code, out.String(), complaint.String()}
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

// background runs a command until stop, which gives its status, and waits for its
// ready file.
func background(t *testing.T, env map[string]string, args ...string) (ready map[string]any, out *output, stop func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ready")
	ctx, cancel := context.WithCancel(t.Context())
	var complaint output
	out = &output{}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append(args, "--ready-file", file), streams{strings.NewReader(""), out, &complaint, lookup(env)})
	}()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		if b, err := os.ReadFile(file); err == nil {
			if err := json.Unmarshal(b, &ready); err != nil {
				t.Fatal(err)
			}
			return ready, out, func() int { cancel(); return <-done }
		}
		select {
		case code := <-done:
			cancel()
			t.Fatalf("%v ended with %d: %s", args, code, complaint.String())
		case <-poll.C:
		}
	}
}

func settingsFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "watchroom.yaml")
	if err := os.WriteFile(file, []byte("live:\n  udp_port: 0\n  tcp_port: 0\nrecording:\n  stop_space: 64MiB\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestServeStartsStopsAndKeepsItsFolder(t *testing.T) {
	leak.Check(t)
	data, file := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}
	ready, out, stop := background(t, nil, serve...)
	url := ready["url"].(string)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/api/openapi.json": 200, "/api/v1/session": 401, "/api/v1/cameras": 401} {
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, answer.StatusCode, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if !strings.Contains(out.String(), url+"/setup#token=") {
		t.Errorf("no set-up link in %q", out)
	}
	if !strings.Contains(out.String(), "empty data folder: "+data+"\n") {
		t.Errorf("no word of the new folder in %q", out)
	}
	if second := command(t, "", nil, serve...); second.code == 0 || !strings.Contains(second.err, "another watchroom process uses this data folder") {
		t.Errorf("a second process: %+v", second)
	}
	if code := stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	_, out, stop = background(t, map[string]string{"WATCHROOM_ADMIN_PASSWORD": "a long enough phrase 7"}, serve...)
	if strings.Contains(out.String(), "empty data folder") {
		t.Errorf("the folder is called new: %q", out)
	}
	if strings.Contains(out.String(), "/setup#token=") {
		t.Error("a set-up link although there is an administrator")
	}
	if code := stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

func TestATakenAddressIsNamed(t *testing.T) {
	leak.Check(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	r := command(t, "", nil, "serve", "--data", t.TempDir(), "--listen", taken.Addr().String())
	if r.code == 0 || !strings.Contains(r.err, taken.Addr().String()) || !strings.Contains(r.err, "--listen") {
		t.Errorf("%+v", r)
	}
	if strings.Contains(r.err, "stopped") {
		t.Errorf("what never began is said to have stopped: %q", r.err)
	}
}

// A service manager that stops a server which still waits for its database must
// see a good end.
func TestServeEndsWellWhileItWaitsForTheDatabase(t *testing.T) {
	leak.Check(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	ctx, cancel := context.WithCancel(t.Context())
	complaint := &watched{sign: "the server cannot start and tries again; nothing is recorded yet", seen: cancel}
	env := map[string]string{"WATCHROOM_DATABASE": "postgres://u:hunter2@" + address + "/x"}
	code := run(ctx, []string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"},
		streams{strings.NewReader(""), &output{}, complaint, lookup(env)})
	if said := complaint.String(); code != 0 || strings.Contains(said, "hunter2") || strings.Contains(said, "goes on") || strings.Count(said, "connection refused") != 1 {
		t.Fatalf("status %d, said:\n%s", code, said)
	}
	if said := complaint.String(); !strings.Contains(said, "watchroom is stopping") || !strings.Contains(said, "watchroom has stopped") {
		t.Errorf("no word of its end in:\n%s", said)
	}
}

// TestAnInterruptionIsNoFault: what else went wrong meanwhile is told all the same.
func TestAnInterruptionIsNoFault(t *testing.T) {
	verifying := fmt.Errorf("verify files: %w", context.Canceled)
	for err, want := range map[error]bool{
		verifying:                                                    true,
		errors.Join(verifying, nil):                                  true,
		errors.Join(verifying, context.Canceled):                     true,
		errors.Join(verifying, errFindings):                          false,
		fmt.Errorf("close: %w", errors.Join(verifying, errFindings)): false,
		errFindings: false,
	} {
		if got := canceled(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

// watched calls seen once a sign has been printed.
type watched struct {
	output
	sign string
	seen func()
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.output.Write(b)
	if strings.Contains(w.String(), w.sign) {
		w.seen()
	}
	return n, err
}

func TestPeopleAndTokensBesideAServer(t *testing.T) {
	leak.Check(t)
	data, file := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	ready, _, stop := background(t, map[string]string{"WATCHROOM_ADMIN_PASSWORD": "a long enough phrase 7"}, "serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file)
	defer stop()
	at := []string{"--data", data}
	if r := command(t, "horses in the corridor 12\n", nil, append([]string{"user", "create", "guard", "--position", "operator", "--password-stdin", "--reason", "nobody else is here"}, at...)...); r.code != 0 || strings.Contains(r.out, "password") {
		t.Fatalf("user create: %+v", r)
	}
	if r := command(t, "", nil, append([]string{"user", "create", "lead", "--position", "supervisor", "--reason", "nobody else is here"}, at...)...); r.code != 0 || !strings.Contains(r.out, "password ") {
		t.Fatalf("user create without a password: %+v", r)
	}
	if r := command(t, "", nil, append([]string{"token", "create", "--user", "guard", "--scope", "live.view,cameras.read", "--reason", "nobody else is here"}, at...)...); r.code == 0 ||
		!strings.Contains(r.err, `"cameras.read"`) || !strings.Contains(r.err, "camera.read, camera.configure") {
		t.Errorf("a mistyped right: %+v", r)
	}
	if r := command(t, "", nil, append([]string{"user", "remove-factors", "GUARD", "--reason", "the phone is lost"}, at...)...); r.code != 0 || r.out != "guard has no second factor\n" {
		t.Errorf("user remove-factors: %+v", r)
	}
	if r := command(t, "", nil, append([]string{"user", "reset-password", "GUARD", "--reason", "nobody else is here"}, at...)...); r.code != 0 || !strings.HasPrefix(r.out, "password ") {
		t.Errorf("user reset-password: %+v", r)
	}
	if r := command(t, "", nil, append([]string{"user", "confirm", "Lead", "--reason", "nobody else is here"}, at...)...); r.code != 0 || !strings.HasPrefix(r.out, "confirmed lead (") || !strings.Contains(r.out, "): [supervisor]\n") {
		t.Errorf("user confirm: %+v", r)
	}
	if r := command(t, "", nil, append([]string{"rights", "confirm", "--reason", "nobody else is here"}, at...)...); r.code != 0 || !strings.HasPrefix(r.out, "confirmed built-in: 0 rules, 0 positions of the house\n") {
		t.Errorf("rights confirm: %+v", r)
	}
	for _, bad := range [][]string{{"user", "confirm", "nobody", "--reason", "nobody else is here"}, {"user", "reset-password", "nobody", "--reason", "nobody else is here"}, {"user", "create", "x3", "--position", "contractor", "--reason", "nobody else is here"}, {"user", "create", "x4", "--position", "operator"}, {"user", "reset-password", "guard"}, {"user", "confirm", "lead", "--reason", "  "}, {"rights", "confirm"}, {"token", "create", "--user", "guard", "--scope", "camera.read"}, {"user", "remove-factors", "nobody", "--reason", "lost"}, {"user", "create", "guard", "--position", "operator", "--reason", "nobody else is here"}, {"user", "create", "x2", "--position", "king", "--reason", "nobody else is here"}} {
		if r := command(t, "", nil, append(bad, at...)...); r.code == 0 || strings.Contains(r.err, "SQL") {
			t.Errorf("%v: %+v", bad, r)
		}
	}
	r := command(t, "", nil, append([]string{"token", "create", "--user", "guard", "--scope", "camera.read", "--expires", "1h", "--reason", "nobody else is here"}, at...)...)
	token := strings.TrimSpace(r.out)
	if r.code != 0 || !strings.HasPrefix(token, "wr_") {
		t.Fatalf("token create: %+v", r)
	}
	for path, want := range map[string]int{"/api/v1/cameras": 200, "/api/v1/people": 403} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ready["url"].(string)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s with the token: %d, want %d", path, answer.StatusCode, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestBadInputIsNamed(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(broken, []byte("recording:\n  segment_lenght: 5m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(full, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--config", broken, "--data", t.TempDir()}, "segment_lenght"},
		{[]string{"serve", "--config", "/nowhere.yaml"}, "does not exist"},
		{[]string{"serve", "--data", full}, "data folder"},
		{[]string{"serve", "--data", t.TempDir(), "--listen", "nonsense"}, "listen"},
		{[]string{"serve", "--data", t.TempDir(), "--database", "postgres://u:secret@127.0.0.1/x"}, "password on the command line"},
		{[]string{"serve", "--data", t.TempDir(), "--database", "mysql://x"}, "postgres"},
		{[]string{"serve", "--data", ""}, "flag --data: must name a folder"},
		{[]string{"user", "list", "--data="}, "flag --data: must name a folder"},
		{[]string{"user", "list", "--data", full}, "data folder"},
		{[]string{"token", "create", "--user", "x", "--scope", "camera.read", "--expires=-1h", "--reason", "nobody else is here"}, "--expires: want a length of time above zero"},
		{[]string{"token", "create", "--user", "x", "--scope", "camera.read", "--expires", "0s", "--reason", "nobody else is here"}, "--expires: want a length of time above zero"},
		{[]string{"sim", "--cameras", "0"}, "--cameras"},
		{[]string{"demo", "--history", "3h", "--data", t.TempDir()}, "--history"},
		{[]string{"demo", "--data", filepath.Dir(broken)}, "not a demonstration's"},
		{[]string{"fly"}, "unexpected argument fly"},
	} {
		r := command(t, "", nil, c.args...)
		if r.code == 0 || !strings.Contains(r.err, c.want) || strings.Contains(r.err, "secret@") {
			t.Errorf("%v: %+v", c.args, r)
		}
	}
}

// TestAMistypedFolderStaysNone: only a server makes a data folder.
func TestAMistypedFolderStaysNone(t *testing.T) {
	empty := t.TempDir()
	missing := filepath.Join(empty, "typo")
	for _, args := range [][]string{
		{"user", "list"}, {"user", "create", "guard", "--position", "operator", "--reason", "nobody else is here"}, {"token", "create", "--user", "guard", "--scope", "camera.read", "--reason", "nobody else is here"},
	} {
		for _, data := range []string{missing, empty} {
			if r := command(t, "", nil, append(args, "--data", data)...); r.code == 0 || !strings.Contains(r.err, "data folder") || !strings.Contains(r.err, data) {
				t.Errorf("%v: %+v", args, r)
			}
		}
	}
	if found, err := os.ReadDir(empty); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestDemoShowsAndKeepsItsCameras(t *testing.T) {
	leak.Check(t)
	env := map[string]string{"WATCHROOM_LOG_LEVEL": "error"}
	data := filepath.Join(t.TempDir(), "demo")
	demo := []string{"demo", "--data", data, "--listen", "127.0.0.1:0", "--cameras", "2", "--history", "2m"}
	first, out, stop := background(t, env, demo...)
	if code := stop(); code != 0 || !strings.Contains(out.String(), "guard") || !strings.Contains(out.String(), "A past of 2m0s") {
		t.Fatalf("ended with %d: %s", code, out)
	}
	old, err := filepath.Glob(filepath.Join(data, "recordings", "*", "*", "*.mp4"))
	if err != nil || len(old) < 4 {
		t.Fatalf("the past: %q, %v", old, err)
	}
	second, out, stop := background(t, env, demo...)
	if code := stop(); code != 0 || strings.Contains(out.String(), "A past") {
		t.Fatalf("ended with %d: %s", code, out)
	}
	days, err := filepath.Glob(filepath.Join(data, "recordings", "[^.]*", "20*-*"))
	cameras := map[string]bool{}
	for _, day := range days { // of two where midnight was between
		cameras[filepath.Dir(day)] = true
	}
	if err != nil || len(cameras) != 2 {
		t.Errorf("the second start left %v, %v", days, err)
	}
	if a, b := first["accounts"].(map[string]any)["guard"], second["accounts"].(map[string]any)["guard"]; a == "" || a != b {
		t.Errorf("the guard's password was %v and is %v", a, b)
	}
}

func TestPrints(t *testing.T) {
	if r := command(t, "", nil, "config"); r.code != 0 || !strings.Contains(r.out, "segment_length") {
		t.Errorf("config: %+v", r)
	}
	if r := command(t, "", map[string]string{"WATCHROOM_DATA": "/elsewhere"}, "config", "--data", "/srv/watchroom", "--listen", "127.0.0.1:8090"); r.code != 0 ||
		!strings.Contains(r.out, "\ndata: /srv/watchroom\n") || !strings.Contains(r.out, "\nlisten: \"127.0.0.1:8090\"\n") || strings.Contains(r.out, "\nsite.name") {
		t.Errorf("config --data: %+v", r)
	}
	if r := command(t, "", nil, "config", "--config", settingsFile(t)); r.code == 0 || !strings.Contains(r.err, "--in-force") {
		t.Errorf("config --config: %+v", r)
	}
	if r := command(t, "", map[string]string{"WATCHROOM_DATABASE": "postgres://u:hush@db/w"}, "config", "--in-force"); r.code != 0 || strings.Contains(r.out, "hush") {
		t.Errorf("config --in-force: %+v", r)
	}
	if r := command(t, "", nil, "openapi"); r.code != 0 || !json.Valid([]byte(r.out)) {
		t.Errorf("openapi: %d", r.code)
	}
	if r := command(t, "", nil, "version"); r.code != 0 || !strings.HasPrefix(r.out, version) {
		t.Errorf("version: %+v", r)
	}
	if r := command(t, "", nil, "token", "create", "--help"); r.code != 0 || !strings.Contains(r.out, "camera.switch") || !strings.Contains(r.out, "metrics.read") || strings.Contains(r.out, "footage.download") {
		t.Errorf("the rights: %+v", r)
	}
	for _, guide := range []string{"en", "zh"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", "guide", guide, "administration.md"))
		if err != nil {
			t.Fatal(err)
		}
		for right := range strings.SplitSeq(rights(), ", ") {
			if !strings.Contains(string(text), "`"+right+"`") {
				t.Errorf("the guide (%s) does not name the right %s", guide, right)
			}
		}
	}
	for _, args := range [][]string{{"--help"}, {"help"}} {
		if r := command(t, "", nil, args...); r.code != 0 || !strings.Contains(r.out, "serve") {
			t.Errorf("%v: %+v", args, r)
		}
	}
	if r := command(t, "", nil, "help", "ledger", "verify"); r.code != 0 || !strings.Contains(r.out, "--quiet") {
		t.Errorf("help of a command: %+v", r)
	}
}

// TestWhereHelpIs: who mistypes a flag is sent to the help that names it.
func TestWhereHelpIs(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"user", "create", "--username", "x"}, "See watchroom user create --help."},
		{[]string{"user", "create", "x"}, "See watchroom user create --help."},
		{[]string{"user", "nonsense"}, "See watchroom user --help."},
		{[]string{"nonsense"}, "See watchroom --help."},
	} {
		if r := command(t, "", nil, c.args...); r.code != 2 || !strings.HasSuffix(r.err, c.want+"\n") {
			t.Errorf("%v: %+v", c.args, r)
		}
	}
}

// TestConfigCheck: what reading the file alone does not find is named too, without asking
// any directory.
func TestConfigCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "watchroom.yaml")
	write := func(positions string) {
		text := "sign_in:\n  ldap:\n    - {name: dir, title: LDAP, url: \"ldaps://192.0.2.1\", bind_dn: \"cn=w\", base: \"dc=x\", positions: [" + positions + "]}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"WATCHROOM_SIGN_IN_DIR_SECRET": "hush"}
	write(`"operator=cn=guards,dc=x"`)
	if r := command(t, "", env, "config", "--check", "--config", file); r.code != 0 || !strings.Contains(r.out, "can be used") {
		t.Errorf("%+v", r)
	}
	if r := command(t, "", env, "config", "--in-force", "--config", file); r.code != 0 || strings.Contains(r.out, "hush") {
		t.Errorf("the dump: %+v", r)
	}
	if r := command(t, "", nil, "config", "--check", "--config", file); r.code == 0 || !strings.Contains(r.err, "bind_dn has no password") {
		t.Errorf("%+v", r)
	}
	write(`"emperor=cn=guards,dc=x"`)
	if r := command(t, "", env, "config", "--check", "--config", file); r.code == 0 || !strings.Contains(r.err, `no position "emperor"`) {
		t.Errorf("%+v", r)
	}
	write(`"operator"`)
	if r := command(t, "", env, "config", "--check", "--config", file); r.code == 0 || !strings.Contains(r.err, "POSITION=GROUP") {
		t.Errorf("%+v", r)
	}
}
