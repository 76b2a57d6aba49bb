package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app/assignment"
	"watchroom/internal/camera"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

func TestArchiveCommands(t *testing.T) {
	leak.Check(t)
	data, settings := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	given := func(words ...string) []string { return append(words, "--data", data, "--config", settings) }
	if r := command(t, "", nil, given("archive", "check")...); r.code != 1 || !strings.Contains(r.err, "watchroom serve") {
		t.Errorf("without a data folder: %+v", r)
	}
	_, _, stop := background(t, nil, given("serve", "--listen", "127.0.0.1:0")...)
	if r := command(t, "", nil, given("archive", "check")...); r.code != 0 || !strings.Contains(r.out, "0 cameras, 0 segments") {
		t.Errorf("beside a server: %+v", r)
	}
	if r := command(t, "", nil, given("archive", "rebuild")...); r.code != 1 || !strings.Contains(r.err, "another watchroom process") {
		t.Errorf("rebuilding beside a server: %+v", r)
	}
	if code := stop(); code != 0 {
		t.Fatalf("the server ended with %d", code)
	}
	if r := command(t, "", nil, given("archive", "rebuild")...); r.code != 0 || !strings.Contains(r.out, "0 cameras, 0 segments") {
		t.Errorf("rebuilding: %+v", r)
	}
	for _, c := range []struct {
		file, kind string
		check      int // what may be footage is a finding of a check, and nothing that a rebuild fails at
	}{{"notes.txt", "remark", 0}, {"holiday.mp4", "foreign", 1}} {
		if err := os.WriteFile(filepath.Join(data, "recordings", c.file), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		for words, code := range map[string]int{"archive check --quick": c.check, "archive rebuild": 0} {
			if r := command(t, "", nil, given(strings.Fields(words)...)...); r.code != code || !strings.Contains(r.out, fmt.Sprintf("%s: recording.folder: %q", c.kind, c.file)) {
				t.Errorf("%s: %+v", words, r)
			}
		}
	}
	if err := os.Remove(filepath.Join(data, "recordings", ".watchroom-volume")); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "", nil, given("archive", "check")...); r.code != 1 || !strings.Contains(r.err, "is its disk mounted?") {
		t.Errorf("a folder that has lost its marker: %+v", r)
	}
	if r := command(t, "", nil, given("archive", "rebuild", "--take")...); r.code != 0 || strings.Contains(r.err, "mounted") {
		t.Errorf("a folder that is taken: %+v", r)
	}
}

// TestAMistypedDataFolder: what works on a recorder's data folder does not make another
// one, and all commands say the same of it.
func TestAMistypedDataFolder(t *testing.T) {
	leak.Check(t)
	typo, settings := filepath.Join(t.TempDir(), "typo"), settingsFile(t)
	for _, words := range [][]string{
		{"archive", "rebuild"}, {"archive", "rebuild", "--take"}, {"archive", "check"}, {"ledger", "key"}, {"ledger", "verify"}, {"ledger", "continue", "--reason", "none"},
	} {
		if r := command(t, "", nil, append(words, "--data", typo, "--config", settings)...); r.code != 1 || !strings.Contains(r.err, "data folder: "+typo+" is none") {
			t.Errorf("%v: %+v", words, r)
		}
		if _, err := os.Stat(typo); !os.IsNotExist(err) {
			t.Fatalf("%v made a folder: %v", words, err)
		}
	}
}

// TestADatabaseIsLost: what a recorder knows of its cameras comes back with the
// catalogue, under the ids that their footage lies under.
func TestADatabaseIsLost(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	data, settings := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	given := func(words ...string) []string { return append(words, "--data", data, "--config", settings) }
	serve := func() func() int {
		_, _, stop := background(t, nil, given("serve", "--listen", "127.0.0.1:0")...)
		return stop
	}
	registry := func(work func(r *camera.Registry) error) {
		t.Helper()
		box, err := secret.OpenBox(data)
		if err != nil {
			t.Fatal(err)
		}
		d, err := db.Open(t.Context(), db.Options{Path: filepath.Join(data, "watchroom.db")})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(work(&camera.Registry{DB: d, Box: box, Clock: clock.Clock(nil)}), d.Close()); err != nil {
			t.Fatal(err)
		}
	}
	serve()()
	var before camera.Camera
	registry(func(r *camera.Registry) (err error) {
		url, password := "rtsp://127.0.0.1:9/stream", secret.Text("a password")
		before, err = r.Create(t.Context(), access.ActorOf("boss", access.Administrator), camera.New{Name: "Gate", Place: "north",
			Main: camera.StreamInput{URL: &url, Password: &password}})
		return err
	})
	stop := serve()
	copied := filepath.Join(data, assignment.FileName)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for look := time.NewTicker(10 * time.Millisecond); ; <-look.C {
		if _, err := os.Stat(copied); err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal("the recorder made no copy")
		}
	}
	if code := stop(); code != 0 {
		t.Fatalf("the server ended with %d", code)
	}
	old, err := filepath.Glob(filepath.Join(data, "watchroom.db*"))
	if err != nil || len(old) == 0 {
		t.Fatal(old, err)
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	if r := command(t, "", nil, given("archive", "rebuild")...); !strings.Contains(r.out, "Gate ("+before.ID+")") {
		t.Errorf("rebuilding: %+v", r)
	}
	registry(func(r *camera.Registry) error {
		all, err := r.List(t.Context())
		if err != nil || len(all) != 1 || all[0].ID != before.ID || all[0].Name != "Gate" || all[0].Place != "north" || all[0].CreatedAt != before.CreatedAt {
			t.Errorf("%+v, %v", all, err)
		}
		s, err := r.Secrets(t.Context(), before.ID)
		if err == nil && s.Main.Password != "a password" {
			t.Errorf("the password is %+v", s.Main)
		}
		return err
	})
	if r := command(t, "", nil, given("archive", "rebuild")...); strings.Contains(r.out, "taken back") {
		t.Errorf("again: %+v", r)
	}
}
