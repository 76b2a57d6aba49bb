package api

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/kiosk"
	"watchroom/internal/api/route"
	"watchroom/internal/testkit/clause"
)

// computer is one that the set-up script of consoles works on, below a folder.
type computer struct {
	t    *testing.T
	root string
}

func newComputer(t *testing.T) *computer {
	t.Helper()
	c := &computer{t, t.TempDir()}
	c.write("/proc/modules", "snd 1 0 - Live 0x0\nusbhid 2 0 - Live 0x0\n", 0o644)
	c.write("/proc/mounts", "/dev/sda1 / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n", 0o644)
	c.write("/sys/devices/pci0/ata1/block/sda/removable", "0\n", 0o644)
	c.write("/sys/devices/pci0/ata1/block/sda/sda1/partition", "1\n", 0o644)
	c.link("/sys/class/block/sda1", "../../devices/pci0/ata1/block/sda/sda1")
	c.program(1, 0, "/usr/lib/systemd/systemd")
	c.program(700, 1000, "/usr/lib/chromium/chromium")
	return c
}

func (c *computer) path(name string) string { return filepath.Join(c.root, name) }

func (c *computer) write(name, text string, mode os.FileMode) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(c.path(name)), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(c.path(name), []byte(text), mode); err != nil {
		c.t.Fatal(err)
	}
}

func (c *computer) link(name, to string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(c.path(name)), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Symlink(to, c.path(name)); err != nil {
		c.t.Fatal(err)
	}
}

// program lets one run.
func (c *computer) program(pid, uid int, exe string) {
	c.t.Helper()
	folder := fmt.Sprintf("/proc/%d", pid)
	c.write(folder+"/status", fmt.Sprintf("Name:\tx\nUid:\t%d\t%d\t%d\t%d\n", uid, uid, uid, uid), 0o644)
	c.link(folder+"/exe", exe)
}

// run runs the script, and gives its exit status and what it said.
func (c *computer) run(script string, args ...string) (int, string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), script, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "ROOT=" + c.root}
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		c.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

const script = "../../deploy/console/setup"

// TestAConsoleIsSetUpAndWatched carries the script out below a folder, lets everything drift
// that it looks at, and has it report to a server: what differs is shown, and on record.
func TestAConsoleIsSetUpAndWatched(t *testing.T) {
	clause.Covers(t, "C058", "C102")
	h := newHouse(t)
	server := httptest.NewServer(h.handler)
	t.Cleanup(server.Close)
	made := get[kiosk.MadeConsole](h, "administrator", "POST", "/api/v1/consoles", `{"name":"监控室 1","place":"北楼"}`, 201)

	c := newComputer(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(made.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	setUp := func() {
		t.Helper()
		if status, said := c.run(script, "--server", server.URL, "--console", made.ID, "--token-file", token); status != 0 {
			t.Fatalf("%d %s", status, said)
		}
	}
	if status, said := c.run(script, "--check"); status != 2 {
		t.Fatalf("before the set-up: %d %s", status, said)
	}
	setUp()
	installed := c.path("/usr/local/lib/watchroom-console/setup")
	state := func(status int) kiosk.RegisteredConsole {
		t.Helper()
		if got, said := c.run(installed, "--report"); got != status || strings.Contains(said, made.Secret) {
			t.Fatalf("%d, want %d: %s", got, status, said)
		}
		return get[route.List[kiosk.RegisteredConsole]](h, "lead", "GET", "/api/v1/consoles", "", 200).Items[0]
	}
	if got := state(0); got.State != "ok" {
		t.Fatalf("%+v", got)
	}
	before, err := os.ReadFile(c.path("/etc/watchroom-console/manifest"))
	if err != nil {
		t.Fatal(err)
	}
	setUp() // again
	if after, err := os.ReadFile(c.path("/etc/watchroom-console/manifest")); err != nil || string(after) != string(before) {
		t.Errorf("set up twice is another set-up: %v", err)
	}
	if key, err := os.Stat(c.path("/etc/watchroom-console/header")); err != nil || key.Mode().Perm() != 0o600 {
		t.Errorf("others may read the token: %v, %v", key, err)
	}

	policy, drivers := "/etc/chromium/policies/managed/watchroom.json", "/etc/modprobe.d/watchroom-console.conf"
	for name, x := range map[string]struct {
		drift func()
		want  []string // findings that come, in order
	}{
		"the policy is deleted":    {func() { _ = os.Remove(c.path(policy)) }, []string{"file_missing " + policy}},
		"the policy is changed":    {func() { c.write(policy, "{}", 0o644) }, []string{"file_changed " + policy}},
		"a policy is added":        {func() { c.write("/etc/chromium/policies/managed/z.json", "{}", 0o644) }, []string{"policy_added /etc/chromium/policies/managed/z.json"}},
		"the blacklist is removed": {func() { _ = os.Remove(c.path(drivers)) }, []string{"file_missing " + drivers, "usb_allowed uas", "usb_allowed usb_storage"}},
		"it is overruled": {func() {
			c.write("/etc/modprobe.d/a.conf", "install usb-storage /sbin/modprobe -i usb-storage\n", 0o644)
		}, []string{"usb_allowed usb_storage"}},
		"the driver is loaded":       {func() { c.write("/proc/modules", "uas 1 0 - Live 0x0\n", 0o644) }, []string{"usb_loaded uas"}},
		"a stick is mounted":         {func() { c.write("/proc/mounts", "/dev/sdb1 /media/stick vfat rw 0 0\n", 0o644) }, []string{"media_mounted /media/stick"}},
		"a list of programs, longer": {func() { c.write("/etc/watchroom-console/programs", "/usr/\n", 0o644) }, []string{"file_changed /etc/watchroom-console/programs"}},
		"a game runs":                {func() { c.program(800, 1000, "/usr/games/chess \"x\"") }, []string{`program /usr/games/chess "x"`}},
		"a stick elsewhere": {func() {
			c.write("/sys/devices/pci0/usb1/1-1/host0/block/sdc/removable", "0\n", 0o644)
			c.link("/sys/class/block/sdc", "../../devices/pci0/usb1/1-1/host0/block/sdc")
			c.write("/proc/mounts", "/dev/sdc /srv vfat rw 0 0\n", 0o644)
		}, []string{"media_mounted /srv"}},
		"a card reader": {func() {
			c.write("/sys/devices/pci0/mmc/block/mmcblk0/removable", "1\n", 0o644)
			c.link("/sys/class/block/mmcblk0", "../../devices/pci0/mmc/block/mmcblk0")
			c.write("/proc/mounts", "/dev/mmcblk0 /srv vfat rw 0 0\n", 0o644)
		}, []string{"media_mounted /srv"}},
	} {
		t.Run(name, func(t *testing.T) {
			h.t, c.t = t, t
			x.drift()
			got := state(1)
			var found []string
			for _, f := range got.Findings {
				found = append(found, f.Kind+" "+f.What)
			}
			if got.State != "drift" || strings.Join(found, "\n") != strings.Join(x.want, "\n") {
				t.Errorf("%s, %q, want %q", got.State, found, x.want)
			}
			if acts := h.done("console.drifted"); acts[0].Subject != made.ID {
				t.Errorf("no act tells of it: %+v", acts)
			}
			fresh := newComputer(t) // put right
			for _, folder := range []string{"proc", "sys", "etc/modprobe.d", "etc/chromium"} {
				if err := os.RemoveAll(c.path(folder)); err != nil {
					t.Fatal(err)
				}
				if err := os.MkdirAll(filepath.Dir(c.path(folder)), 0o755); err != nil {
					t.Fatal(err)
				}
				_ = os.Rename(fresh.path(folder), c.path(folder))
			}
			setUp()
			if got := state(0); got.State != "ok" {
				t.Errorf("put right: %+v", got)
			}
		})
	}
	h.t, c.t = t, t
	if status, said := c.run(script, "--server", server.URL, "--console", made.ID, "--token-file", token, "--allow", "https://other.example"); status != 0 {
		t.Fatal(said)
	}
	if got := state(0); got.State != "drift" || got.Findings[0].Kind != "profile" {
		t.Errorf("a weaker set-up: %+v", got)
	}
	for name, args := range map[string][]string{
		"no server":       {"--console", made.ID, "--token-file", token},
		"not encrypted":   {"--server", "http://watch.example", "--console", made.ID, "--token-file", token},
		"a path":          {"--server", "https://watch.example/x", "--console", made.ID, "--token-file", token},
		"a quote":         {"--server", `https://watch.example"`, "--console", made.ID, "--token-file", token},
		"no token":        {"--server", server.URL, "--console", made.ID, "--token-file", script},
		"an id of a kind": {"--server", server.URL, "--console", "../x", "--token-file", token},
		"half an option":  {"--server"},
		"an unknown one":  {"--delete", "x"},
	} {
		if status, said := c.run(script, args...); status != 2 || !strings.HasPrefix(said, "setup: ") {
			t.Errorf("%s: %d %s", name, status, said)
		}
	}
}

// TestConsolesAtTheDoor: who may do what, and reports that are refused.
func TestConsolesAtTheDoor(t *testing.T) {
	clause.Covers(t, "C058", "C112")
	h := newHouse(t)
	made := get[kiosk.MadeConsole](h, "administrator", "POST", "/api/v1/consoles", `{"name":"1"}`, 201)
	second := get[kiosk.MadeConsole](h, "administrator", "POST", "/api/v1/consoles", `{"name":"2"}`, 201)
	bearer := func(name, secret string) {
		h.keys[name] = map[string][]string{"Authorization": {"Bearer " + secret}}
	}
	bearer("console", made.Secret)
	bearer("foreign", second.Secret)
	bearer("made up", "wr_"+strings.Repeat("x", 43))
	path := "/api/v1/consoles/" + made.ID
	good := `{"profile":"` + strings.Repeat("0a", 32) + `","findings":[{"kind":"program","what":"/usr/games/chess"}]}`
	h.run([]scenario{
		{name: "list as operator", as: "operator", path: "/api/v1/consoles", status: 403},
		{name: "list", as: "lead", path: "/api/v1/consoles", status: 200, content: []string{`"state":"waiting"`}, not: []string{"wr_", made.Secret}},
		{name: "add as duty lead", as: "lead", method: "POST", path: "/api/v1/consoles", body: `{"name":"3"}`, status: 403},
		{name: "a name twice", as: "administrator", method: "POST", path: "/api/v1/consoles", body: `{"name":"1"}`, status: 409, content: []string{"console_name_taken"}},
		{name: "no token", method: "POST", path: path + "/reports", body: good, status: 401},
		{name: "one that nobody made", as: "made up", method: "POST", path: path + "/reports", body: good, status: 401},
		{name: "another console's", as: "foreign", method: "POST", path: path + "/reports", body: good, status: 403, content: []string{"console_token_foreign"}},
		{name: "a session", as: "administrator", method: "POST", path: path + "/reports", body: good, status: 403, content: []string{"console_token_foreign"}},
		{name: "an unknown field", as: "console", method: "POST", path: path + "/reports", body: strings.Replace(good, `"profile"`, `"more":1,"profile"`, 1), status: 422},
		{name: "an unknown kind", as: "console", method: "POST", path: path + "/reports", body: strings.Replace(good, "program", "virus", 1), status: 422},
		{name: "too much", as: "console", method: "POST", path: path + "/reports", body: strings.Replace(good, "chess", strings.Repeat("a", 70_000), 1), status: 413},
		{name: "not at all", as: "console", method: "POST", path: path + "/reports", body: `[]`, status: 422},
		{name: "its token does nothing else", as: "console", path: "/api/v1/consoles", status: 403},
		{name: "nor this", as: "console", method: "POST", path: path + "/retire", body: `{"reason":"gone"}`, status: 403},
		{name: "report", as: "console", method: "POST", path: path + "/reports", body: good, status: 200, content: []string{`"state":"drift"`}},
		{name: "renew", as: "administrator", method: "POST", path: path + "/token", body: `{}`, status: 200, content: []string{`"state":"waiting"`, "wr_"}},
		{name: "the token of before", as: "console", method: "POST", path: path + "/reports", body: good, status: 401},
		{name: "retire", as: "administrator", method: "POST", path: path + "/retire", body: `{"reason":"sold"}`, status: 200, content: []string{`"state":"retired"`}},
		{name: "twice", as: "administrator", method: "POST", path: path + "/retire", body: `{"reason":"sold"}`, status: 409, content: []string{"console_retired"}},
		{name: "no such console", as: "administrator", method: "POST", path: "/api/v1/consoles/0000000000000/token", body: `{}`, status: 404, content: []string{"console_unknown"}},
	})
	h.shift.Store(int64(400 * 24 * time.Hour / time.Microsecond))
	if w := h.send("foreign", "POST", "/api/v1/consoles/"+second.ID+"/reports", good); w.Code != 401 {
		t.Errorf("an expired token: %d %s", w.Code, w.Body)
	}
}
