package roster

import (
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
	"watchroom/internal/testkit/logtest"
)

func key(t *testing.T, name string, kind byte) tlog.Key {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	k, err := tlog.NewKey(name, kind, public)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKeysAreInTheLog: at the beginning, when a log took the place of another, and when
// other witnesses are asked; once each, whatever is lost or fails in between.
func TestKeysAreInTheLog(t *testing.T) {
	now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	dir, log := t.TempDir(), &logtest.Log{}
	own, old := key(t, "example.org/gate/1", tlog.TypeEd25519), key(t, "example.org/gate/0", tlog.TypeEd25519)
	audit, court := key(t, "audit", tlog.TypeCosignature), key(t, "court", tlog.TypeCosignature)
	other := key(t, "audit", tlog.TypeCosignature) // under the same name
	r := &Roster{Into: log, Dir: dir, Key: own, Clock: func() time.Time { return now }, Before: func() (tlog.Key, bool) { return old, true }}
	var want []string
	note := func(what string, asked []tlog.Key, more ...string) {
		t.Helper()
		r.Witnesses = asked
		want = append(want, more...)
		for range 2 {
			if err := r.Note(t.Context()); err != nil {
				t.Fatal(what, err)
			}
			var got []string
			for _, e := range log.All() {
				k, ok := e.(*leaf.Key)
				if !ok {
					continue
				}
				if k.At != now.UnixMicro() || k.Algorithm != "ed25519" {
					t.Errorf("%+v", k)
				}
				which := ""
				for name, known := range map[string]tlog.Key{"own": own, "old": old, "audit": audit, "court": court, "other": other} {
					if of(k.Role, known) == (one{k.Role, k.Name, k.Algorithm, k.Key}) {
						which = name
					}
				}
				got = append(got, k.Change+" "+k.Role+" "+which)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %q, want %q", what, got, want)
			}
		}
	}
	lose := func(content string) {
		t.Helper()
		path := filepath.Join(dir, StateFile)
		if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	note("at the beginning", []tlog.Key{audit, audit}, "retired log old", "added log own", "added witness audit")
	log.Put([]byte("something else"))
	note("another one", []tlog.Key{audit, court}, "added witness court")
	lose("{")
	note("what was known is damaged", []tlog.Key{court, audit})
	note("another key under the name", []tlog.Key{other, court}, "retired witness audit", "added witness other")
	lose(`{"Origin":"another"}`)
	note("what was known is of another log", []tlog.Key{other, court})
	note("none", nil, "retired witness court", "retired witness other")

	// The log took what the process that died could not note.
	r.Witnesses = []tlog.Key{audit, court}
	log.Fate = func(int) logtest.Fate { return logtest.Fate{Keep: 1, Fail: true} }
	if err := r.Note(t.Context()); !errors.Is(err, logtest.ErrDown) {
		t.Fatal(err)
	}
	log.Fate = nil
	want = append(want, "added witness audit")
	note("the rest", []tlog.Key{audit, court}, "added witness court")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.Witnesses = nil
	if err := r.Note(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// A log that is settled is not read.
	r.Witnesses, log.Read = []tlog.Key{audit, court}, nil
	note("after that", []tlog.Key{audit, court})
	log.Read = func(int64) error { return logtest.ErrDown }
	if err := r.Note(t.Context()); err != nil {
		t.Error(err)
	}
}
