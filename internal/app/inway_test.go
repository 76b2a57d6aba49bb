package app_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/access"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/config"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestWhatLiesInTheWayOfFiles: while the server is stopped, and while it runs, somebody lays links
// or pipes where its files are written before they get their names, and in the place of the
// journal of acts. Nothing that a link leads to changes, nobody waits, and what lay there is on
// record.
func TestWhatLiesInTheWayOfFiles(t *testing.T) {
	clause.Covers(t, "C076")
	for what, lay := range map[string]func(path, other string) error{
		"links": func(path, other string) error { return os.Symlink(other, path) },
		"pipes": func(path, _ string) error { return unix.Mkfifo(path, 0o600) },
	} {
		t.Run(what, func(t *testing.T) {
			leak.Check(t)
			c := settings(t, filepath.Join(t.TempDir(), "data"))
			s := cameras(t, 2)
			a := begin(t, c)
			gate := add(t, a, s, 1, "Gate")
			signIn(t, a, access.Supervisor)
			until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
			signed(t, c, "camera.created")
			a.Close()

			key, journal := filepath.Join(c.Data, "secret.key"), filepath.Join(c.Data, "acts", "acts.journal")
			before, err := os.ReadFile(key)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Remove(journal), lay(journal, key)); err != nil {
				t.Fatal(err)
			}
			for _, path := range temporary(t, c) {
				if err := lay(path, key); err != nil {
					t.Fatal(err)
				}
			}
			unharmed := func(when string) {
				t.Helper()
				if now, err := os.ReadFile(key); err != nil || !bytes.Equal(now, before) {
					t.Fatalf("%s: the key has %d bytes, and had %d: %v", when, len(now), len(before), err)
				}
			}

			a = begin(t, c)
			boss := signInAgain(t, a, access.Supervisor)
			yard := add(t, a, s, 2, "Yard") // is among the cameras that the data folder remembers
			until(t, "pictures of both", func() bool { return recorded(c.Data, yard.ID, 20_000) && recorded(c.Data, gate.ID, 40_000) })
			until(t, "an act of the journal in the log", func() bool { return actsLogged(t, c, "storage.aside") == 1 })
			var acts struct {
				Items []struct{ Detail map[string]any }
			}
			boss.get("/api/v1/acts?kind=storage.aside", &acts)
			if len(acts.Items) != 1 || acts.Items[0].Detail["file"] != journal || acts.Items[0].Detail["aside"] != journal+".aside-1" {
				t.Errorf("%+v", acts)
			}
			memory := filepath.Join(c.RecordingFolder(), chronicle.MemoryName)
			if err := lay(memory+".new", key); err != nil {
				t.Fatal(err)
			}
			until(t, "what lay in the way is put aside while the server runs", func() bool {
				_, err := os.Lstat(memory + ".new")
				return errors.Is(err, fs.ErrNotExist)
			})
			unharmed("while it runs")
			a.Close()
			unharmed("after the stop")
			if note, err := os.ReadFile(memory); err != nil || len(note) == 0 {
				t.Errorf("%q, %v", note, err)
			}

			a = begin(t, c) // with the cameras' addresses, which only the key opens
			until(t, "pictures after another start", func() bool { return recorded(c.Data, yard.ID, 40_000) })
			a.Close()
			unharmed("after another start")
		})
	}
}

// TestAGuardWhosePathWasChanged: the one that was left in its default place is brought along, and
// the log goes on; one that is taken away from its new place has the log refused.
func TestAGuardWhosePathWasChanged(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C094")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	a := begin(t, c)
	signIn(t, a, access.Supervisor)
	signed(t, c, "person.created")
	a.Close()

	c.Ledger.Guard = filepath.Join(t.TempDir(), "guard")
	before := len(logged(t, c))
	a = begin(t, c)
	until(t, "the log goes on", func() bool { return len(logged(t, c)) > before })
	a.Close()
	if left, err := os.ReadFile(filepath.Join(chronicle.Folder(c.Data), "guard")); err != nil || len(left) == 0 {
		t.Errorf("%q, %v", left, err)
	}

	if err := os.Remove(c.Ledger.Guard); err != nil {
		t.Fatal(err)
	}
	a = begin(t, c)
	defer a.Close()
	if r := refusal(t, signInAgain(t, a, access.Supervisor)); r.Refusal.Cause != tlog.CauseGuardMissing {
		t.Errorf("%+v", r.Refusal)
	}
}

// temporary are the names under which files of a data folder are written first: one for each that
// is there, footage and its journals apart.
func temporary(t *testing.T, c *config.Config) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(c.Data, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && filepath.Dir(path) == c.RecordingFolder():
			return fs.SkipDir
		case d.Type().IsRegular() && !strings.Contains(path, ".db") && !strings.HasSuffix(path, ".new"):
			paths = append(paths, path+".new")
		}
		return nil
	})
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d names, %v", len(paths), err)
	}
	return paths
}
