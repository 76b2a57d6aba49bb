package passed

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// sealedAt is when the last seal of these logs was made.
var sealedAt = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// ahead is an instant that has not passed.
var ahead = sealedAt.AddDate(0, 0, 200)

func text(t *testing.T, e leaf.Entry) []byte {
	t.Helper()
	b, err := leaf.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func act(t *testing.T, n int, at time.Time) []byte {
	t.Helper()
	return text(t, &leaf.Act{ID: fmt.Sprint("a", n), At: at.UnixMicro(), Action: "k"})
}

func sealAt(t *testing.T, at time.Time) []byte {
	t.Helper()
	s, _, err := leaf.NewSeal(at.UnixMicro(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return text(t, s)
}

// begun is a log that was judged.
func begun(t *testing.T, dir string) *tlog.Log {
	t.Helper()
	l := &tlog.Log{Dir: dir, Node: "example.org/gate", Interval: time.Millisecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !l.Status().Ready {
		if r := l.Status().Refusal; r != nil {
			t.Fatal(r)
		}
		<-tick.C
	}
	return l
}

// logOf makes a log in a folder, or goes on with it, with entries that are signed; it is
// closed. The disk says that all of it was written an hour after the last seal.
func logOf(t *testing.T, dir string, entries ...[]byte) evidence.Key {
	t.Helper()
	l := begun(t, dir)
	for len(entries) > 0 {
		n := min(len(entries), 2000)
		if _, err := l.Append(t.Context(), entries[:n]...); err != nil {
			t.Fatal(err)
		}
		entries = entries[n:]
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for l.Checkpoint().Size < l.Size() || l.Checkpoint().Note == nil {
		<-tick.C
	}
	l.Close()
	touch(t, dir, sealedAt.Add(time.Hour))
	return l.Key()
}

// touch sets the times of all files.
func touch(t *testing.T, dir string, at time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, at, at))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// usual is the end of a log: the seal, and what came in behind it, of which journals and
// rows tell.
func usual(t *testing.T) [][]byte {
	t.Helper()
	return [][]byte{
		act(t, 1, sealedAt.Add(-time.Hour)), sealAt(t, sealedAt.Add(-time.Minute)), sealAt(t, sealedAt),
		text(t, &leaf.Segment{Camera: "c", Start: ahead.UnixMicro() - 1e6, End: ahead.UnixMicro(), Run: "r", File: "f", Place: leaf.Place{Day: "2026-11-22"}}),
		text(t, &leaf.Time{Camera: ".node", At: ahead.UnixMicro(), Clock: "recorder", Place: leaf.Place{Day: "2026-11-22"}}),
		act(t, 2, ahead),
	}
}

func wantPassed(t *testing.T, what, dir string, want time.Time, witnesses ...witness.Witness) {
	t.Helper()
	if got := Until(dir, witnesses); !got.Equal(want) {
		t.Errorf("%s: %s has passed, want %s", what, got.UTC(), want.UTC())
	}
}

// nobodyKnows is what a log says that was signed, and of which nothing tells when.
var nobodyKnows = time.Unix(0, 0)

// TestPassed: what is known to have passed is what the node's own clock told in entries
// that are signed. What files say of their times, what journals and rows tell, and what
// was changed brings it no later.
func TestPassed(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dir := t.TempDir()
	wantPassed(t, "no folder", filepath.Join(dir, "none"), time.Time{})
	wantPassed(t, "no log", dir, time.Time{})
	logOf(t, dir)
	touch(t, dir, ahead)
	wantPassed(t, "an empty log", dir, time.Time{})
	empty, err := os.ReadFile(filepath.Join(dir, "log-0001", "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	logOf(t, dir, usual(t)...)
	wantPassed(t, "in good order", dir, sealedAt)
	touch(t, dir, ahead)
	wantPassed(t, "touched", dir, sealedAt)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	wantPassed(t, "copied without its times", copied, sealedAt)
	touch(t, dir, sealedAt.AddDate(0, 0, -3))
	wantPassed(t, "files that say they are older", dir, sealedAt.AddDate(0, 0, -3))
	touch(t, dir, ahead)

	var acts [][]byte
	for i := range 6000 {
		acts = append(acts, act(t, i+10, ahead.Add(time.Duration(i))))
	}
	logOf(t, dir, acts...)
	touch(t, dir, ahead)
	wantPassed(t, "an end of nothing but acts", dir, sealedAt)
	for _, level := range []string{"0", "1", "entries"} { // as a power cut may take them
		partial, err := filepath.Glob(filepath.Join(dir, "log-0001", "tile", level, "*.p"))
		if err != nil || len(partial) == 0 {
			t.Fatal(partial, err)
		}
		for _, p := range partial {
			if err := os.RemoveAll(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantPassed(t, "without partial tiles", dir, sealedAt)
	for i := range 12_000 {
		acts = append(acts, act(t, i+10_000, ahead))
	}
	logOf(t, dir, acts...)
	touch(t, dir, ahead)
	wantPassed(t, "an end without end", dir, nobodyKnows)

	for what, harm := range map[string]func(book string) error{
		"the checkpoint is gone":          func(book string) error { return os.Remove(filepath.Join(book, "checkpoint")) },
		"the checkpoint of the empty log": func(book string) error { return os.WriteFile(filepath.Join(book, "checkpoint"), empty, 0o600) },
		"the tail is gone, and what has it once more": func(book string) error {
			return errors.Join(os.Remove(filepath.Join(book, "tail")), os.RemoveAll(filepath.Join(book, "tile", "entries", "001.p")))
		},
		"the key is gone": func(book string) error { // with the secret one, which it follows from
			return errors.Join(os.Remove(filepath.Join(book, "vkey")), os.Remove(filepath.Join(book, "key")))
		},
		"a bundle is another": func(book string) error {
			var b []byte
			for i := range evidence.TileWidth {
				b = evidence.AppendEntry(b, sealAt(t, ahead.Add(time.Duration(i))))
			}
			return os.WriteFile(filepath.Join(book, evidence.BundlePath(0, evidence.TileWidth)), b, 0o600)
		},
	} {
		one := t.TempDir()
		if err := os.CopyFS(one, os.DirFS(copied)); err != nil {
			t.Fatal(err)
		}
		logOf(t, one, acts[:300]...)
		wantPassed(t, what+" (before)", one, sealedAt)
		if err := harm(filepath.Join(one, "log-0001")); err != nil {
			t.Fatal(err)
		}
		touch(t, one, ahead)
		wantPassed(t, what, one, nobodyKnows)
	}
}

// TestPassedOfALogWithoutSeals: of a log in which the node's own clock never spoke, as
// those of earlier versions where nothing was recorded, what came last counts.
func TestPassedOfALogWithoutSeals(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	logOf(t, dir, []byte("no entry of ours"), act(t, 1, sealedAt.Add(-time.Hour)), act(t, 2, sealedAt.Add(-time.Minute)), []byte("nor this"))
	touch(t, dir, ahead)
	wantPassed(t, "acts alone", dir, sealedAt.Add(-time.Minute))
	logOf(t, dir, text(t, &leaf.Key{At: sealedAt.UnixMicro(), Change: "added", Role: "log", Name: "n", Algorithm: "ed25519"}), act(t, 3, ahead))
	touch(t, dir, ahead)
	wantPassed(t, "a key", dir, sealedAt)
	strange := t.TempDir()
	logOf(t, strange, []byte("no entry of ours"))
	touch(t, strange, ahead)
	wantPassed(t, "nothing that tells", strange, nobodyKnows)
}

// TestPassedByAWitness: no later than a witness signed, whatever files say.
func TestPassedByAWitness(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dir := t.TempDir()
	key := logOf(t, dir)
	at := sealedAt
	s := &witness.Server{Dir: t.TempDir(), Logs: []evidence.Key{key}, Clock: func() time.Time { return at }}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	server := httptest.NewServer(s)
	defer server.Close()
	w := witness.Witness{Name: "audit", URL: server.URL, Key: s.Key()}
	cosigned := func(by time.Time, entries ...[]byte) {
		t.Helper()
		at = by
		logOf(t, dir, entries...)
		l := begun(t, dir)
		c := &witness.Client{Log: l, Dir: dir, Witnesses: []witness.Witness{w}, Interval: time.Hour}
		if err := errors.Join(c.Open(), c.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		c.Submit(t.Context())
		c.Close()
		l.Close()
		if s := c.States()[0]; s.At != by.Unix() {
			t.Fatalf("%+v", s)
		}
		touch(t, dir, ahead)
	}
	cosigned(sealedAt)
	wantPassed(t, "an empty log", dir, sealedAt, w)
	cosigned(sealedAt.Add(30*time.Second), usual(t)...)
	wantPassed(t, "a witness a moment later", dir, sealedAt, w)
	cosigned(sealedAt.Add(time.Minute), sealAt(t, ahead))
	wantPassed(t, "a clock that was ahead of it", dir, sealedAt.Add(time.Minute), w)
	wantPassed(t, "a witness that is none any more", dir, ahead)
	logOf(t, dir, sealAt(t, ahead))
	touch(t, dir, ahead)
	wantPassed(t, "a witness that was away", dir, sealedAt.Add(time.Minute), w)
	if err := os.Remove(filepath.Join(dir, "log-0001", "tail")); err != nil {
		t.Fatal(err)
	}
	wantPassed(t, "the tiles have what the tail had", dir, sealedAt.Add(time.Minute), w)
	if err := os.RemoveAll(filepath.Join(dir, "log-0001", "tile", "entries")); err != nil {
		t.Fatal(err)
	}
	wantPassed(t, "beside a log that is damaged", dir, nobodyKnows, w)
}
