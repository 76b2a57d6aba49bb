package chronicle

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestEveryFileOfTheLogIsLookedAt: the guard, what recording disks remember, and what lies
// in the folder of the log; a start says what it makes again, and so do the acts.
func TestEveryFileOfTheLogIsLookedAt(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	data := t.TempDir()
	dir := Folder(data)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	roots := disks(t, true)
	m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: slog.New(slog.DiscardHandler)}
	m.attach(d)
	l := opened(t, dir, m, 9)
	m.keep(t.Context(), l, true)
	l.Close()
	memory := filepath.Join(roots[0].Path, MemoryName)
	found := func() (lines []string) {
		t.Helper()
		a, _, err := Verify(t.Context(), data, roots, nil, d, clock.Clock(nil))
		if err != nil {
			return []string{err.Error()}
		}
		a.Found = func(f audit.Finding) {
			if f.Kind != finding.EntryMalformed { // the entries are none of package leaf
				lines = append(lines, f.String())
			}
		}
		if _, err := a.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		return lines
	}
	if lines := found(); len(lines) > 0 {
		t.Fatalf("in good order: %q", lines)
	}
	for file, name := range map[string]string{
		filepath.Join(dir, "guard"):                  "memory_damaged",
		memory:                                       "memory_damaged",
		filepath.Join(dir, "log-0001", "tail"):       "tail",
		filepath.Join(dir, "log-0001", "key"):        "key",
		filepath.Join(dir, "log-0001", "vkey"):       "vkey",
		filepath.Join(dir, "log-0001", "checkpoint"): "checkpoint",
	} {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for at := range good {
			bad := append([]byte{}, good...)
			bad[at] ^= 1 << (at % 7)
			if err := os.WriteFile(file, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Join(found(), "\n"); !strings.Contains(lines, name) {
				t.Errorf("%s: byte %d is another: %s", file, at, lines)
			}
			if file != memory {
				continue
			}
			// Nor does the log end for it, whatever the disk seems to remember.
			again := opened(t, dir, m, 0)
			if s := again.Status(); s.Refusal != nil || !s.Ready {
				t.Fatalf("byte %d of what a disk remembers: %+v", at, s)
			}
			again.Close()
		}
		if err := os.WriteFile(file, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"guard.bak", "log-1", "log-0001/notes"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if lines := found(); len(lines) != 1 || !strings.Contains(lines[0], "file_foreign") || !strings.Contains(lines[0], name) {
			t.Errorf("%s: %q", name, lines)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "guard")); err != nil {
		t.Fatal(err)
	}
	if lines := found(); len(lines) != 1 || !strings.Contains(lines[0], "memory_damaged") {
		t.Errorf("without a guard: %q", lines)
	}
}
