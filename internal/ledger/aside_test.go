package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestWhatIsNoJournal lies in its place, or in that of the one that takes it: the start waits for
// no pipe, nothing that a link leads to is written on, and what lay there is told of.
func TestWhatIsNoJournal(t *testing.T) {
	clause.Covers(t, "C091")
	for what, lay := range map[string]func(path, other string) error{
		"a pipe":          func(path, _ string) error { return unix.Mkfifo(path, 0o600) },
		"a folder":        func(path, _ string) error { return os.Mkdir(path, 0o700) },
		"a link":          func(path, other string) error { return os.Symlink(other, path) },
		"a dangling link": func(path, other string) error { return os.Symlink(other+".none", path) },
	} {
		t.Run(what, func(t *testing.T) {
			leak.Check(t)
			dir := t.TempDir()
			path, other := filepath.Join(dir, journalName), filepath.Join(dir, "other")
			if err := errors.Join(os.WriteFile(other, []byte("the key"), 0o600), lay(path, other), lay(path+".new", other)); err != nil {
				t.Fatal(err)
			}
			watch, aside := newAway(true), ""
			j := &Journal{Dir: dir, Insert: watch.insert, OnAside: func(file, to string) { aside += file + " " + to }}
			start(t, j)
			must(t, j, "a")
			j.Close()
			if want := path + " " + path + ".aside-1"; aside != want {
				t.Errorf("told of %q, want %q", aside, want)
			}
			j = start(t, &Journal{Dir: dir, Insert: watch.insert, OnAside: j.OnAside, fsync: func() func(*os.File) error {
				calls := 0
				return func(f *os.File) error {
					if calls++; calls == 1 {
						return errors.New("not today")
					}
					return f.Sync()
				}
			}()})
			if j.Record(Act{ID: "b", At: 1, Kind: "k"}) == nil { // so that the file is written anew
				t.Error("the sync did not fail")
			}
			must(t, j, "c")
			watch.set(false)
			watch.drained(t, j)
			j.Close()
			if got := watch.ids(); len(got) != 2 || got[0] != "a" || got[1] != "c" {
				t.Errorf("on record: %q", got)
			}
			if b, err := os.ReadFile(other); string(b) != "the key" || err != nil {
				t.Errorf("what it leads to: %q, %v", b, err)
			}
			if _, err := os.Lstat(path + ".new.aside-1"); err != nil {
				t.Error(err)
			}
		})
	}
}
