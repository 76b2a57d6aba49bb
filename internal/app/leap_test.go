package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/app/timekeeping"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/timeserver"
)

// touch sets the times of all files below a folder but footage, which tells its own.
func touch(t *testing.T, dir string, at time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, ".mp4") {
			return err
		}
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAClockFarAheadAtARestart: neither a time server that agrees, nor files that say they
// were written by then, nor the log, which is signed anew by that clock, nor another restart
// makes it believed, and nothing goes. Once a person has said that the time has passed,
// what is past its maximum does.
func TestAClockFarAheadAtARestart(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C091")
	ahead := time.Duration(0) // changed while no server runs
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	start := func() *app.App {
		t.Helper()
		shift := ahead
		shifted := func() time.Time { return time.Now().Add(shift) }
		server, stop, err := timeserver.Serve(func(question []byte) [][]byte { return [][]byte{timeserver.Reply(question, shifted())} })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		c.Time.Servers = []string{server}
		a := &app.App{Config: c, Web: fstest.MapFS{}, Clock: shifted}
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := start()
	gate := add(t, a, s, 1, "Gate")
	boss := signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	var rule struct{ ID string }
	boss.post("/api/v1/retention/rules", map[string]any{"class": "main", "reason": "no longer than a third of a year", "rule": map[string]any{
		"minimumDays": 90, "minimumBasis": "regime", "maximumDays": 120, "maximumBasis": "privacy"}}, &rule)
	until(t, "the rule in the log", func() bool { return actsLogged(t, c, "retention.") > 0 })
	a.Close()
	old, err := filepath.Glob(filepath.Join(c.RecordingFolder(), gate.ID, "*", "*.mp4"))
	if err != nil || len(old) == 0 {
		t.Fatal("nothing was recorded", err)
	}
	gone := func() bool {
		return slices.ContainsFunc(old, func(f string) bool { _, err := os.Stat(f); return err != nil })
	}

	ahead = 200 * 24 * time.Hour
	var o overview
	look := func(b *browser) (frozen bool) {
		o = overview{} // a field that is left out is empty
		b.get("/api/v1/system", &o)
		return slices.ContainsFunc(o.Alarms, func(x struct{ Code, Camera string }) bool { return x.Code == "removal_clock_leapt" })
	}
	for _, life := range []string{"the first", "the next"} {
		touch(t, c.Data, time.Now().Add(ahead)) // whoever sets the clock can touch files
		a = start()
		boss = signInAgain(t, a, access.Supervisor)
		until(t, life+": synchronised, and removal is frozen", func() bool { return gone() || look(boss) && o.Time.State == "synchronised" })
		if o.Time.Trusted || o.Time.Distrust != "time_leapt" {
			t.Errorf("%s start far ahead: %+v", life, o.Time)
		}
		if gone() {
			t.Fatalf("%s start far ahead removed footage of a moment ago", life)
		}
		if life == "the first" {
			a.Close()
		}
	}
	boss.confirm("the machine stood in a cellar for a year")
	until(t, "what is past its maximum goes", gone)
	if look(boss); !o.Time.Trusted {
		t.Errorf("although a person has said so: %+v", o.Time)
	}
	a.Close()
	if _, err := os.Stat(filepath.Join(c.Data, timekeeping.LeapFile)); !os.IsNotExist(err) {
		t.Errorf("it is asked again at the next start: %v", err)
	}
}
