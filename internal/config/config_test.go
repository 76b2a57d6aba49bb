package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

// load writes text to watchroom.yaml and loads it from its own folder, so that
// messages name it shortly.
func load(t *testing.T, text string, s Sources) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("watchroom.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.File = "watchroom.yaml"
	return Load(s)
}

func env(pairs ...string) func(string) (string, bool) {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func TestProblemsNamePlaceAndKey(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/problems.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		t.Run(f.Name, func(t *testing.T) {
			input, want, ok := strings.Cut(string(f.Data), "----------\n")
			if !ok {
				t.Fatal("no ---------- in the case")
			}
			_, err := load(t, input, Sources{})
			got := ""
			if err != nil {
				got = err.Error() + "\n"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFileSetsEveryKind(t *testing.T) {
	got, err := load(t, `
data: /srv/watchroom
tls: {certificate: c.pem, key: k.pem}
site:
  name: 北门监控室
  time_zone: Asia/Shanghai
recording:
  segment_length: 1m30s
  spool: 64MiB
live:
  udp_port: 0
  extra_ips: [203.0.113.7, "2001:db8::1"]
metrics:
  enabled: false
`, Sources{})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Data = "/srv/watchroom"
	want.TLS.Certificate, want.TLS.Key = "c.pem", "k.pem"
	want.Site.Name, want.Site.TimeZone = "北门监控室", "Asia/Shanghai"
	want.Recording.SegmentLength, want.Recording.Spool = 90*time.Second, 64<<20
	want.Live.UDPPort, want.Live.ExtraIPs = 0, []string{"203.0.113.7", "2001:db8::1"}
	want.Metrics.Enabled = false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.HTTPS() {
		t.Error("HTTPS is off with a certificate and a key")
	}
	zone, err := got.Location()
	if err != nil || zone.String() != "Asia/Shanghai" {
		t.Errorf("Location = %v, %v", zone, err)
	}
}

func TestPrecedence(t *testing.T) {
	file := "listen: 127.0.0.1:1\nlog:\n  level: warn\n"
	for _, c := range []struct {
		name string
		s    Sources
		want string
	}{
		{"file over default", Sources{}, "127.0.0.1:1"},
		{"environment over file", Sources{Env: env("WATCHROOM_LISTEN", "127.0.0.1:2")}, "127.0.0.1:2"},
		{"flag over environment", Sources{
			Env:   env("WATCHROOM_LISTEN", "127.0.0.1:2"),
			Flags: []Flag{{"--listen", "listen", "127.0.0.1:3"}},
		}, "127.0.0.1:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := load(t, file, c.s)
			if err != nil {
				t.Fatal(err)
			}
			if got.Listen != c.want || got.Log.Level != "warn" {
				t.Errorf("listen %s, level %s; want %s, warn", got.Listen, got.Log.Level, c.want)
			}
		})
	}
}

func TestProblemsNameEnvironmentAndFlag(t *testing.T) {
	_, err := load(t, "listen: 127.0.0.1:1\n", Sources{
		Env: env("WATCHROOM_LOG_LEVEL", "loud"),
		Flags: []Flag{
			{"--listen", "listen", "nowhere"},
			{"--segment", "recording.segment_length", "soon"},
		},
	})
	want := `flag --segment: want a length of time such as 700ms, 5s or 1h30m, got "soon"
flag --listen: must be host:port such as 127.0.0.1:8080, got "nowhere"
environment WATCHROOM_LOG_LEVEL: log.level: must be one of debug, info, warn, error, got "loud"`
	if err == nil {
		t.Fatal("accepted")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Errorf("errors.As finds %d problems", len(problems))
	}
}

func TestPasswordOnCommandLineIsRefused(t *testing.T) {
	_, err := Load(Sources{Flags: []Flag{{"--database", "database.url", "postgres://watchroom:sesame@db/watchroom"}}})
	if err == nil {
		t.Fatal("accepted")
	}
	if got := err.Error(); strings.Contains(got, "sesame") || !strings.Contains(got, "WATCHROOM_DATABASE") {
		t.Errorf("error = %s", got)
	}
	got, err := Load(Sources{Env: env("WATCHROOM_DATABASE", "postgres://watchroom:sesame@db/watchroom")})
	if err != nil || got.Database.URL != "postgres://watchroom:sesame@db/watchroom" {
		t.Errorf("from the environment: %v, %v", got, err)
	}
}

func TestMissingFileAndUnknownFlag(t *testing.T) {
	if _, err := Load(Sources{File: filepath.Join(t.TempDir(), "none.yaml")}); err == nil || !strings.Contains(err.Error(), "none.yaml does not exist") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(Sources{File: t.TempDir()}); err == nil {
		t.Error("a folder was read as a file")
	}
	if _, err := Load(Sources{Flags: []Flag{{"--x", "x.y", "1"}}}); err == nil || !strings.Contains(err.Error(), "--x") {
		t.Errorf("unknown flag: %v", err)
	}
}

func TestRedactURL(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "",
		"postgres://db/w":                   "postgres://db/w",
		"postgres://u@db/w":                 "postgres://u@db/w",
		"postgres://u:sesame@db/w":          "postgres://u:hidden@db/w",
		"postgres://u:se%2Fsame@db/w?x=1":   "postgres://u:hidden@db/w?x=1",
		"postgres://db/w?password=sesame":   "postgres://db/w?password=hidden",
		"postgres://db/w?a=1&sslpassword=s": "postgres://db/w?a=1&sslpassword=hidden",
		"postgres://db/w?pass%77ord=sesame": "postgres://db/w?pass%77ord=hidden",
		"host=db password=sesame":           "(hidden)",
		"postgres://u:se same@db:x/w":       "(hidden)",
	} {
		if got := redactURL(in); got != want {
			t.Errorf("redactURL(%q) = %q, want %q", in, got, want)
		}
	}
	if got := (Database{}).Shown(); got != "sqlite" {
		t.Errorf("Shown of nothing = %q", got)
	}
	if got := (Database{URL: "postgres://u:sesame@db/w"}).Shown(); got != "postgres://u:hidden@db/w" {
		t.Errorf("Shown = %q", got)
	}
}

func TestRecordingFolder(t *testing.T) {
	c := Default()
	if got := c.RecordingFolder(); got != filepath.Join("data", "recordings") {
		t.Errorf("default = %s", got)
	}
	c.Recording.Folder = "/mnt/footage"
	if got := c.RecordingFolder(); got != "/mnt/footage" {
		t.Errorf("set = %s", got)
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]Bytes{
		"0": 0, "7": 7, "7B": 7, "64MiB": 64 << 20, "2GB": 2e9, "3 TiB": 3 << 40, "1kB": 1000,
	} {
		if got, err := ParseBytes(text); err != nil || got != want {
			t.Errorf("ParseBytes(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1MiB", "1.5GiB", "1 GiBB", "9999999TiB", "0x10"} {
		if got, err := ParseBytes(text); err == nil {
			t.Errorf("ParseBytes(%q) = %d, want an error", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := Bytes(rapid.Int64Min(0).Draw(t, "b"))
		if got, err := ParseBytes(b.String()); err != nil || got != b {
			t.Fatalf("%d prints as %s and reads as %d, %v", b, b, got, err)
		}
	})
}
