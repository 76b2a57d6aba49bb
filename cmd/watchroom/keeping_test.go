package main

import (
	"crypto/sha256"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"watchroom/internal/app/records"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/vault"
)

// sums are the hashes of all files below a folder whose names end so.
func sums(t *testing.T, root, ext string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || !strings.HasSuffix(path, ext) {
			return err
		}
		b, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, root)] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// leaves are the commands there are, in words.
func leaves(t *testing.T) (all []string) {
	t.Helper()
	parser, err := kong.New(&commandLine{}, kong.Vars{"rights": ""}, kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range parser.Model.Leaves(true) {
		all = append(all, strings.TrimPrefix(n.Path(), "watchroom "))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestNoCommandRemovesFootage gives every command that there is, and then a server with
// a disk that is low from the first second, a data folder with footage below its
// minimum and above it: as it stands, rebuilt, taken over, without its database and
// without everything but the footage. A command that is added later has no line here,
// and the test says so.
func TestNoCommandRemovesFootage(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C091")
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "watchroom.yaml")
	text := "live:\n  udp_port: 0\n  tcp_port: 0\nrecording:\n  stop_space: 64MiB\n  low_space_percent: 50\ntime:\n  trust_unknown: true\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	given := func(words ...string) []string { return append(words, "--data", data, "--config", file) }
	server := given("serve", "--listen", "127.0.0.1:0")
	serve := func() {
		t.Helper()
		_, _, stop := background(t, nil, server...)
		if code := stop(); code != 0 {
			t.Errorf("the server ended with %d", code)
		}
	}
	serve()
	root := filepath.Join(data, "recordings")
	v, now := vault.At(root), time.Now()
	camera := db.NewID()
	v.Record(t, camera, now.Add(-200*24*time.Hour).UnixMicro(), 2, 10*time.Minute)
	v.Record(t, camera, now.Add(-10*24*time.Hour).UnixMicro(), 3, 10*time.Minute)
	footage := sums(t, root, ".mp4")
	stands := func(after string) {
		t.Helper()
		if left := sums(t, root, ".mp4"); len(footage) != 5 || !maps.Equal(left, footage) {
			t.Fatalf("after %s: %d of %d files are as they were", after, len(left), len(footage))
		}
	}
	standing := func(after string, want frozen.Reason) {
		t.Helper()
		cfg := config.Default()
		cfg.Data = data
		d, err := records.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		all, err := frozen.Standing(t.Context(), d.Read())
		if err != nil || !slices.ContainsFunc(all, func(f frozen.Freeze) bool { return f.Reason == want }) {
			t.Errorf("after %s: frozen for %+v, want %s, %v", after, all, want, err)
		}
	}
	rows := func() int {
		t.Helper()
		cfg := config.Default()
		cfg.Data = data
		d, err := records.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		n, err := d.Read().NewSelect().Table("segments").Where("state = ''").Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	// Every command in its worst form; nil: it works on no data folder, or is tried apart.
	worst := map[string][][]string{
		"serve": nil, "sim": nil, "witness": nil, "version": nil, "openapi": nil,
		"config":      {given("config", "--in-force")},
		"demo":        {{"demo", "--data", data, "--listen", "127.0.0.1:0"}},
		"upgrade":     {given("upgrade")},
		"user create": {given("user", "create", "root2", "--position", "administrator")},
		"user list":   {given("user", "list")},

		"user confirm":        {given("user", "confirm", "root2", "--reason", "nobody else is here")},
		"user remove-factors": {given("user", "remove-factors", "root2", "--reason", "all are lost")},

		"user reset-password": {given("user", "reset-password", "root2", "--reason", "nobody else is here")},

		"rights confirm": {given("rights", "confirm", "--reason", "nobody else is here")},

		"token create":    {given("token", "create", "--user", "root2", "--scope", "retention.configure", "--reason", "nobody else is here")},
		"ledger act":      {{"ledger", "act", data + "/volumes.json"}},
		"ledger key":      {given("ledger", "key")},
		"ledger go-on":    {given("ledger", "go-on", "--reason", "no witness is needed")},
		"ledger verify":   {given("ledger", "verify", "--quiet")},
		"ledger continue": {given("ledger", "continue", "--reason", "to begin anew")},
		"archive check":   {given("archive", "check"), given("archive", "check", "--quick")},
		"archive rebuild": {given("archive", "rebuild"), given("archive", "rebuild", "--take")},
	}
	serve()
	stands("a start")
	for _, name := range leaves(t) {
		commands, known := worst[name]
		if !known {
			t.Errorf("the command %q is not tried: say here how it would do the worst", name)
		}
		for _, args := range commands {
			r := command(t, "", nil, args...)
			if r.code == 2 {
				t.Errorf("%v was not understood: %s", args, r.err)
			}
			stands(strings.Join(args, " "))
		}
	}
	if n := rows(); n != len(footage) {
		t.Errorf("%d rows of %d segments", n, len(footage))
	}
	standing("a rebuild", frozen.Rebuilt)
	serve()
	stands("a start behind all commands")

	for _, f := range []string{"watchroom.db", "watchroom.db-wal", "watchroom.db-shm"} {
		if err := os.Remove(filepath.Join(data, f)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	serve()
	stands("a start without the database")
	standing("a start without the database", frozen.Rebuilt)

	kept := filepath.Join(dir, "kept")
	if err := os.Rename(root, kept); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(kept, root); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "", nil, given("archive", "rebuild", "--take")...); r.code == 2 {
		t.Error(r.err)
	}
	stands("everything was set up anew")
	serve()
	stands("a start of what was set up anew")
	standing("everything was set up anew", frozen.Rebuilt)
}
