package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
	"golang.org/x/sys/unix"

	"watchroom/internal/app"
	"watchroom/internal/app/records"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// fault is something that keeps a database from being used.
type fault struct {
	name   string
	engine db.Engine
	code   string // of the problem that everything answers
	begin  func(t *testing.T, c *config.Config) (mend func())
}

// exec runs statements beside the program.
func exec(t *testing.T, c *config.Config, statements ...string) {
	t.Helper()
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// postgres runs a statement in a PostgreSQL, whatever the program says of it.
func postgres(t *testing.T, url, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

func file(c *config.Config) string { return filepath.Join(c.Data, "watchroom.db") }

func newer(t *testing.T, c *config.Config) func() {
	exec(t, c, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
	before, err := os.ReadFile(file(c))
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if after, err := os.ReadFile(file(c)); err != nil || !bytes.Equal(before, after) {
			t.Error("a newer database was touched", err)
		}
		lite(t, c, "DELETE FROM goose_db_version WHERE version_id = 99999")
	}
}

// lite runs a statement in the SQLite file, whatever the program says of it.
func lite(t *testing.T, c *config.Config, statement string) {
	t.Helper()
	conn, err := sql.Open("sqlite", file(c))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func faults() []fault {
	return []fault{
		{"newer", db.SQLite, "database_newer", newer},
		{"damaged", db.SQLite, "database_damaged", func(t *testing.T, c *config.Config) func() {
			good, err := os.ReadFile(file(c))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file(c), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
			return func() { // in one step: the program tries again all the while
				if err := os.WriteFile(file(c)+".good", good, 0o600); err != nil {
					t.Error(err)
				}
				if err := os.Rename(file(c)+".good", file(c)); err != nil {
					t.Error(err)
				}
			}
		}},
		{"a folder in its place", db.SQLite, "database_failing", func(t *testing.T, c *config.Config) func() {
			aside := file(c) + ".aside"
			if err := os.Rename(file(c), aside); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(file(c), 0o700); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := unix.Renameat2(unix.AT_FDCWD, aside, unix.AT_FDCWD, file(c), unix.RENAME_EXCHANGE); err != nil {
					t.Error(err)
				}
			}
		}},
		{"read-only", db.PostgreSQL, "database_read_only", func(t *testing.T, c *config.Config) func() {
			set := func(to string) {
				u, err := url.Parse(c.Database.URL)
				if err != nil {
					t.Fatal(err)
				}
				name := strings.TrimPrefix(u.Path, "/")
				u.Path = "/postgres"
				postgres(t, u.String(), "ALTER DATABASE "+name+" SET default_transaction_read_only = "+to)
			}
			set("on")
			return func() { set("off") }
		}},
		{"a user that does not exist", db.PostgreSQL, "database_refused", func(t *testing.T, c *config.Config) func() {
			good, role := c.Database.URL, "role_"+db.NewID()
			u, err := url.Parse(good)
			if err != nil {
				t.Fatal(err)
			}
			u.User = url.User(role)
			c.Database.URL = u.String()
			return func() {
				postgres(t, good, "CREATE ROLE "+role+" SUPERUSER LOGIN")
				t.Cleanup(func() { postgres(t, good, "DROP ROLE "+role) })
			}
		}},
	}
}

// TestNoFaultOfTheDatabaseEndsRecording: with the sealed copy of its cameras a
// recorder records, says what is wrong, and goes on by itself when it is mended.
func TestNoFaultOfTheDatabaseEndsRecording(t *testing.T) {
	clause.Covers(t, "C076")
	for _, f := range faults() {
		t.Run(f.name+" "+string(f.engine), func(t *testing.T) {
			leak.Check(t)
			c := settings(t, filepath.Join(t.TempDir(), "data"))
			if f.engine == db.PostgreSQL {
				c.Database.URL = dbtest.Options(t, f.engine).URL
			}
			s := cameras(t, 1)
			a := begin(t, c)
			gate := add(t, a, s, 1, "Gate")
			until(t, "the sealed copy", func() bool {
				st, err := os.Stat(filepath.Join(c.Data, "cameras.sealed"))
				return err == nil && st.Size() > 100
			})
			a.Close()
			mend := f.begin(t, c)
			address := free(t)
			c.Listen = address
			var before int64
			for _, size := range glob(t, filepath.Join(c.Data, "recordings", gate.ID, "*", "*.mp4")) {
				before += size
			}

			a = &app.App{Config: c, Web: fstest.MapFS{"index.html": {Data: []byte("<title>Watchroom</title>")}}, AdminPassword: "a-long-password-9"}
			began := make(chan error, 1)
			go func() { began <- a.Start(t.Context()) }()
			until(t, "pictures on disk in spite of it", func() bool { return recorded(c.Data, gate.ID, before+10_000) })
			at := "http://" + address
			until(t, f.code, func() bool { return get(t, at+"/api/v1/cameras").problem.Code == f.code })
			refusal := get(t, at+"/api/v1/cameras")
			if refusal.status != http.StatusServiceUnavailable || refusal.header.Get("Retry-After") == "" || refusal.problem.Detail == "" {
				t.Errorf("%+v", refusal)
			}
			if r := get(t, at+"/readyz"); r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, `"database":"unavailable","storage":"ok"`) {
				t.Errorf("readyz: %d %s", r.status, r.body)
			}
			if r := get(t, at+"/healthz"); r.status != http.StatusOK {
				t.Errorf("healthz: %d %s", r.status, r.body)
			}
			if r := get(t, at+"/wall"); r.status != http.StatusOK || !strings.Contains(r.body, "<title>") || r.header.Get("Content-Security-Policy") == "" {
				t.Errorf("the application: %d %s", r.status, r.body)
			}
			select {
			case err := <-began:
				t.Fatalf("Start came back: %v", err)
			default:
			}
			mend()
			if err := <-began; err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			if r := get(t, at+"/readyz"); r.status != http.StatusOK {
				t.Errorf("readyz afterwards: %d %s", r.status, r.body)
			}
			if list, err := a.Registry.List(t.Context()); err != nil || len(list) != 1 {
				t.Errorf("%v %v", list, err)
			}
		})
	}
}

// TestWithoutACopyAFaultEndsTheStart: nothing is recorded, so the fault is told at once.
func TestWithoutACopyAFaultEndsTheStart(t *testing.T) {
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file(c), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app.App{Config: c, Web: fstest.MapFS{}}
	if err := a.Start(t.Context()); db.Trouble(err) == nil || db.Trouble(err).Code != "database_damaged" {
		a.Close()
		t.Errorf("Start: %v", err)
	}
}

// free gives an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

type answered struct {
	status  int
	header  http.Header
	body    string
	problem struct{ Code, Detail string }
}

// get asks; an address that nobody answers at gives the zero status.
func get(t *testing.T, url string) (a answered) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return a
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a.status, a.header, a.body = resp.StatusCode, resp.Header, string(b)
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		if err := json.Unmarshal(b, &a.problem); err != nil {
			t.Fatal(err)
		}
	}
	return a
}
