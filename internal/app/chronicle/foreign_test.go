package chronicle

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/seal"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// selfMade makes a log of its own in good order, and gives its folder and its origin.
func selfMade(t *testing.T) (dir, origin string) {
	t.Helper()
	d := t.TempDir()
	l := &tlog.Log{Dir: d, Node: "example.org/gate", Interval: time.Millisecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !l.Status().Ready {
		<-tick.C
	}
	if _, err := l.Append(t.Context(), []byte("the word of nobody")); err != nil {
		t.Fatal(err)
	}
	for l.Checkpoint().Size < 1 {
		<-tick.C
	}
	return filepath.Join(d, "log-0001"), l.Key().Name()
}

// lay puts a folder in the place of log-0001, and what stood there behind.
func (x *days) lay(planted string) {
	x.t.Helper()
	x.signed()
	x.c.log.Close()
	first := filepath.Join(x.dir, "log-0001")
	err := errors.Join(os.Rename(first, filepath.Join(x.dir, "log-0002")), os.CopyFS(first, os.DirFS(planted)))
	if err != nil {
		x.t.Fatal(err)
	}
	x.c.log = opened(x.t, x.dir, x.m, 0)
}

// found gives the findings of logs that are none, when the folder is verified.
func (x *days) found() (found []string) {
	x.t.Helper()
	a, _, err := Verify(x.t.Context(), filepath.Dir(x.dir), []seal.Root{}, nil, x.d, clock.Clock(nil))
	if err != nil {
		x.t.Fatal(err)
	}
	a.Found = func(f audit.Finding) {
		if f.Kind == "log_foreign" {
			found = append(found, f.File)
		}
	}
	if _, err := a.Run(context.WithoutCancel(x.t.Context())); err != nil {
		x.t.Fatal(err)
	}
	return found
}

// TestALogThatNobodyContinuesFrom: whoever lays a log of their own beside the real one
// proves nothing by it, has removal frozen with the next start, and is found.
func TestALogThatNobodyContinuesFrom(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDays(t, d)
		x.acts(3)
		x.want(true)
		planted, origin := selfMade(t)
		x.lay(planted)
		if b, err := x.c.Proved(t.Context(), origin, 0); !errors.Is(err, warrant.ErrNone) {
			t.Errorf("it proves %q, %v", b, err)
		}
		x.want(true, "log_foreign log-0001 "+origin)
		if found := x.found(); !slices.Equal(found, []string{"log-0001"}) {
			t.Errorf("found: %q", found)
		}
		x.confirm()
		x.want(true)
	})
}

// TestAForeignLogUnderTheNameOfOneThatEnded: of two that bear one name the one counts that
// holds what was told of it when it ended.
func TestAForeignLogUnderTheNameOfOneThatEnded(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(3)
	old := x.continued("")
	x.acts(1)
	planted, _ := selfMade(t)
	key, err := os.ReadFile(filepath.Join(old.Dir, "vkey"))
	if err == nil {
		err = os.WriteFile(filepath.Join(planted, "vkey"), key, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	x.signed()
	x.c.log.Close()
	// The real ones go one on.
	err = errors.Join(os.Rename(filepath.Join(x.dir, "log-0002"), filepath.Join(x.dir, "log-0003")),
		os.Rename(old.Dir, filepath.Join(x.dir, "log-0002")), os.CopyFS(old.Dir, os.DirFS(planted)))
	if err != nil {
		t.Fatal(err)
	}
	x.c.log = opened(t, x.dir, x.m, 0)
	for i := range int64(3) {
		b, err := x.c.Proved(t.Context(), old.Key.Name(), i)
		if err != nil || strings.Contains(string(b), "nobody") {
			t.Errorf("entry %d: %q, %v", i, b, err)
		}
	}
	if _, err := x.c.Proved(t.Context(), old.Key.Name(), 100); !errors.Is(err, warrant.ErrNone) {
		t.Errorf("behind what counts: %v", err)
	}
	x.want(true, "log_foreign log-0001 "+old.Key.Name())
	if found := x.found(); !slices.Equal(found, []string{"log-0001"}) {
		t.Errorf("found: %q", found)
	}
}

// TestALogOfWhichNobodyCouldTell: one that ended with its tiles lost is of the chain, and
// so is the one before it; neither proves anything, and neither is anybody's that is
// nobody here.
func TestALogOfWhichNobodyCouldTell(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(2)
	first := x.continued("")
	x.others(600)
	x.acts(1)
	x.signed()
	second := x.c.log.Key().Name()
	tile := filepath.Join(x.dir, "log-0002", evidence.TilePath(0, 1, evidence.TileWidth))
	x.c.log.Close()
	// With the bundle, which it follows from.
	if err := errors.Join(os.Remove(tile), os.Remove(filepath.Join(x.dir, "log-0002", evidence.BundlePath(1, evidence.TileWidth)))); err != nil {
		t.Fatal(err)
	}
	x.continuedFrom(3)
	for _, origin := range []string{first.Key.Name(), second} {
		for i := range int64(3) {
			if b, err := x.c.Proved(t.Context(), origin, i); !errors.Is(err, warrant.ErrNone) {
				t.Errorf("%s proves %q, %v", origin, b, err)
			}
		}
	}
	x.want(true)
	if found := x.found(); len(found) > 0 {
		t.Errorf("found: %q", found)
	}
}

// TestALogIsReadBeforeItIsOpen: as by a process that takes over from another, which has it still.
func TestALogIsReadBeforeItIsOpen(t *testing.T) {
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(3)
	x.signed()
	next := &Chronicle{Dir: x.dir, Log: x.c.Log, log: &tlog.Log{Dir: x.dir}}
	origin := x.c.log.Key().Name()
	for i := range x.c.log.Size() {
		want, err := x.c.Proved(t.Context(), origin, i)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := next.Proved(t.Context(), origin, i); err != nil || string(b) != string(want) {
			t.Errorf("entry %d: %q, %v", i, b, err)
		}
	}
	for of, index := range map[string]int64{origin: x.c.log.Size(), "example.org/other": 0} {
		if b, err := next.Proved(t.Context(), of, index); !errors.Is(err, warrant.ErrNone) {
			t.Errorf("entry %d of %s: %q, %v", index, of, b, err)
		}
	}
}

// TestAFolderBehindTheLog: a folder with the name of a next log and nothing in it holds up
// nothing and is named; one of somebody else's log refuses signing, and nobody ends by it the
// log that is remembered and lies here.
func TestAFolderBehindTheLog(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(3)
	x.signed()
	origin := x.c.log.Key().Name()
	x.c.log.Close()
	behind := filepath.Join(x.dir, "log-0002")
	if err := os.Mkdir(behind, 0o755); err != nil {
		t.Fatal(err)
	}
	x.c.log = opened(t, x.dir, x.m, 0)
	if is := x.c.log.Key().Name(); is != origin {
		t.Errorf("%s grows", is)
	}
	if found := x.found(); !slices.Equal(found, []string{"log-0002"}) {
		t.Errorf("found: %q", found)
	}
	x.c.log.Close()
	planted, _ := selfMade(t)
	if err := errors.Join(os.Remove(behind), os.CopyFS(behind, os.DirFS(planted))); err != nil {
		t.Fatal(err)
	}
	l := &tlog.Log{Dir: x.dir, Node: "example.org/gate", Interval: time.Millisecond, Recall: x.m.recall, RecallWait: time.Nanosecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for l.Status().Refusal == nil {
		<-tick.C
	}
	if _, err := l.Continue("the folder is there"); !errors.Is(err, tlog.ErrBeside) {
		t.Error(err)
	}
	l.Close()
	if err := os.RemoveAll(behind); err != nil {
		t.Fatal(err)
	}
	x.c.log = opened(t, x.dir, x.m, 0)
	if found := x.found(); len(found) != 0 {
		t.Errorf("found: %q", found)
	}
}
