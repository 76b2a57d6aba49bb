package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/media"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/leak"
)

// TestAStartOverWhatDoesNotBelongThere: garbage with the names of segments, footage of
// another camera, a pipe that nobody writes to, names that no program of ours gives.
// The server starts, records, takes none of it for footage and removes none of it; a
// check names each.
func TestAStartOverWhatDoesNotBelongThere(t *testing.T) {
	leak.Check(t)
	const password = "a long enough phrase 7"
	s, err := sim.New(sim.Options{Cameras: []sim.Camera{{Tiny: true, NoSub: true}, {Tiny: true, NoSub: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	data, file := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	root := filepath.Join(data, "recordings")
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}
	env := []string{"WATCHROOM_ADMIN_PASSWORD=" + password}
	server := spawn(t, env, serve...)
	admin := server.signIn("admin", password)
	var gate, yard struct{ ID string }
	admin.do("POST", "/api/v1/cameras", map[string]any{"name": "Gate", "main": map[string]any{"url": s.URL(1, media.Main)}}, &gate)
	admin.do("POST", "/api/v1/cameras", map[string]any{"name": "Yard", "main": map[string]any{"url": s.URL(2, media.Main)}}, &yard)
	recording := func() bool {
		var o struct{ Cameras struct{ Recording int } }
		admin.do("GET", "/api/v1/system", nil, &o)
		return o.Cameras.Recording == 2
	}
	until(t, "both are recorded", recording)
	if err := server.end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v", err)
	}
	closed := func(camera string) (all []string) {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(root, camera, "*", "*.mp4"))
		if err != nil || len(all) == 0 {
			t.Fatal(all, err)
		}
		return all
	}
	own := closed(gate.ID)[0]
	day := filepath.Dir(own)
	foreign, err := os.ReadFile(closed(yard.ID)[0])
	if err != nil {
		t.Fatal(err)
	}
	named := func(camera, minute, run, ext string) string {
		return camera + "_" + strings.ReplaceAll(filepath.Base(day), "-", "") + "T00" + minute + "00.000000Z_" + run + ext
	}
	garbage := map[string]string{
		filepath.Join(day, named(gate.ID, "01", "garbage", ".mp4.part")): "\x00\x00\x00\x10garbage of a part",
		filepath.Join(day, named(gate.ID, "02", "empty", ".mp4.part")):   "",
		filepath.Join(day, named(gate.ID, "03", "noise", ".mp4")):        strings.Repeat("noise", 1000),
		filepath.Join(day, filepath.Base(closed(yard.ID)[0])):            string(foreign), // another camera's
		filepath.Join(day, "notes.txt"):                                  "x",
		filepath.Join(day, "a\nb;rm -rf .mp4"):                           "x",
		filepath.Join(day, "\xff\xfe\x80.mp4.part"):                      "x",
		filepath.Join(day, strings.Repeat("长", 80)+".mp4"):               "x",
		filepath.Join(root, "readme"):                                    "x",
		filepath.Join(root, "cam\nera\xff", "2026-01-01", "x.mp4"):       "x",
		filepath.Join(root, gate.ID, "2026-13-99", "journal.jsonl"):      "no journal\n",
		filepath.Join(root, gate.ID, "-rf", "x"):                         "x",
	}
	for path, text := range garbage {
		text = strings.Replace(text, "%s", path, 1) // each its own
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for _, ext := range []string{".mp4.part", ".mp4"} { // opening one for reading waits for ever
		if err := unix.Mkfifo(filepath.Join(day, named(gate.ID, "04", "pipe", ext)), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	before := map[string][32]byte{}
	for name, sum := range sums(t, root, "") {
		if base := filepath.Base(name); base[0] != '.' && base != "holds.json" && (base != "journal.jsonl" || strings.Contains(name, "2026-13-99")) {
			before[name] = sum // what is ours and grows stands aside
		}
	}

	server = spawn(t, env, serve...)
	admin = server.signIn("admin", password)
	until(t, "both are recorded over it", recording)
	if err := server.end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v", err)
	}
	// Set aside means under another name beside the camera's days.
	var left []string
	after := sums(t, root, "")
	for _, sum := range after {
		left = append(left, fmt.Sprintf("%x", sum))
	}
	for name, sum := range before {
		if !slices.Contains(left, fmt.Sprintf("%x", sum)) {
			t.Errorf("%q is gone", name)
		}
	}
	for _, mine := range []string{own, closed(yard.ID)[0]} {
		if name := strings.TrimPrefix(mine, root); after[name] != before[name] {
			t.Errorf("%q is not what it was", name)
		}
	}
	if len(closed(gate.ID)) < 2 || len(closed(yard.ID)) < 2 {
		t.Error("nothing was recorded over it")
	}
	r := command(t, "", nil, "archive", "check", "--data", data, "--config", file)
	if r.code != 1 {
		t.Errorf("a check finds nothing: %+v", r)
	}
	for _, word := range []string{"misplaced: recording.folder: ", `"readme"`, `/notes.txt"`, `"cam\nera\xff"`} {
		if !strings.Contains(r.out, word) {
			t.Errorf("a check does not name %s:\n%s", word, r.out)
		}
	}
	var aside int
	if _, after, ok := strings.Cut(r.out, "open, "); !ok {
		t.Errorf("no count of what was set aside: %s", r.out)
	} else if _, err := fmt.Sscan(after, &aside); err != nil || aside < 8 { // the whole segment of another camera is left where it lies
		t.Errorf("%d were set aside, %v: %s", aside, err, r.out)
	}
}
