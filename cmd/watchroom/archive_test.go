package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	stray := filepath.Join(data, "recordings", "notes.txt")
	if err := os.WriteFile(stray, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"archive", "check", "--quick"}, {"archive", "rebuild"}} {
		if r := command(t, "", nil, given(words...)...); r.code != 1 || !strings.Contains(r.out, `foreign: recording.folder: "notes.txt"`) {
			t.Errorf("%v: %+v", words, r)
		}
	}
	if err := os.Remove(filepath.Join(data, "recordings", ".watchroom-volume")); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "", nil, given("archive", "check")...); r.code != 1 || !strings.Contains(r.err, "is its disk mounted?") {
		t.Errorf("a folder that has lost its marker: %+v", r)
	}
	if r := command(t, "", nil, given("archive", "rebuild", "--take")...); r.code != 1 || strings.Contains(r.err, "mounted") {
		t.Errorf("a folder that is taken: %+v", r)
	}
}
