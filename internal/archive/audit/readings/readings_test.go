package readings_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/archive/audit/readings"
	"watchroom/internal/testkit/leak"
)

const now = int64(1_795_680_000_000_000)

var key, want = []byte("key"), readings.Series{Origin: "o", Program: "1"}

func open(t *testing.T, path string) *readings.Memory {
	t.Helper()
	m, why, err := readings.Open(t.Context(), path, want, key, now, false)
	if err != nil || why != "" {
		t.Fatal(why, err)
	}
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestOneReadingIsOfOneFileOnly: whatever is asked for otherwise is not remembered.
func TestOneReadingIsOfOneFileOnly(t *testing.T) {
	leak.Check(t)
	path := filepath.Join(t.TempDir(), "state")
	m := open(t, path)
	kept := readings.Reading{Volume: "v", File: "f", Told: [32]byte{1}, Stamp: readings.Stamp{Device: 1, Inode: 2, Size: 3, Written: 4, Since: 5}, At: now}
	must(t, m.Keep(t.Context(), kept))
	must(t, m.Close())
	m = open(t, path)
	for name, change := range map[string]func(*readings.Reading){
		"as it is":               func(*readings.Reading) {},
		"another volume":         func(r *readings.Reading) { r.Volume = "w" },
		"another file":           func(r *readings.Reading) { r.File = "g" },
		"the log says otherwise": func(r *readings.Reading) { r.Told[0]++ },
		"another disk":           func(r *readings.Reading) { r.Stamp.Device++ },
		"put in its place":       func(r *readings.Reading) { r.Stamp.Inode++ },
		"another size":           func(r *readings.Reading) { r.Stamp.Size++ },
		"written":                func(r *readings.Reading) { r.Stamp.Written++ },
		"written and put back":   func(r *readings.Reading) { r.Stamp.Since++ },
		"no stamp":               func(r *readings.Reading) { r.Stamp = readings.Stamp{} },
	} {
		r := kept
		change(&r)
		at, ok, err := m.Recall(t.Context(), r.Volume, r.File, r.Told, r.Stamp)
		if err != nil || ok != (name == "as it is") || ok && at != now {
			t.Errorf("%s: %d, %v, %v", name, at, ok, err)
		}
	}
	must(t, m.Keep(t.Context(), readings.Reading{File: "object"}))
	if _, ok, err := m.Recall(t.Context(), "", "object", [32]byte{}, readings.Stamp{}); ok || err != nil {
		t.Error("something without a stamp was remembered", err)
	}
	must(t, m.Remove())
	if left, _ := filepath.Glob(path + "*"); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestReadingsOfAnotherSeries: an old reading cannot be put among new ones, although the
// same node has made it.
func TestReadingsOfAnotherSeries(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	r := readings.Reading{File: "f", Stamp: readings.Stamp{Size: 3}, At: now}
	for _, name := range []string{"old", "new"} {
		m := open(t, filepath.Join(dir, name))
		must(t, m.Keep(t.Context(), r))
		r.File = "g"
		must(t, m.Close())
	}
	d, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "new"))
	must(t, err)
	d.SetMaxOpenConns(1)
	for _, q := range []string{"ATTACH '" + filepath.Join(dir, "old") + "' AS old", "INSERT INTO readings SELECT * FROM old.readings"} {
		_, err = d.ExecContext(t.Context(), q)
		must(t, err)
	}
	must(t, d.Close())
	m, why, err := readings.Open(t.Context(), filepath.Join(dir, "new"), want, key, now, false)
	must(t, err)
	defer m.Close()
	left, err := m.Any(t.Context())
	if why == "" || left || err != nil {
		t.Errorf("%q, %v, %v", why, left, err)
	}
}

// TestAFileOfOthers is neither opened nor removed.
func TestAFileOfOthers(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(at("letter"), []byte("dear sir"), 0o600))
	d, err := sql.Open("sqlite", "file:"+at("database"))
	must(t, err)
	_, err = d.ExecContext(t.Context(), "CREATE TABLE t (a)")
	must(t, err)
	must(t, d.Close())
	must(t, open(t, at("ours")).Close())
	for name, foreign := range map[string]bool{"nothing": false, "ours": false, "letter": true, "database": true} {
		if err := readings.Check(at(name)); errors.Is(err, readings.ErrForeign) != foreign || !foreign && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := open(t, at("ours"))
	defer m.Close()
	if _, _, err := readings.Open(t.Context(), at("ours"), want, key, now, true); !errors.Is(err, readings.ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
}

// TestStamp: something that is no file has none, nor has one that was changed just now.
func TestStamp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(path, []byte("x"), 0o600))
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	if s := readings.Of("an object", time.Now()); s != (readings.Stamp{}) {
		t.Errorf("%+v", s)
	}
	if s := readings.Of(f, time.Now()); s != (readings.Stamp{}) {
		t.Errorf("just now: %+v", s)
	}
	if s := readings.Of(f, time.Now().Add(time.Minute)); s.Size != 1 || s.Inode == 0 || s.Written == 0 || s.Since == 0 {
		t.Errorf("%+v", s)
	}
}
