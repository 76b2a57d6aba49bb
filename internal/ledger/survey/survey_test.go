package survey_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/survey"
	own "watchroom/internal/ledger/tlog"
)

// grown makes a log in a folder that was signed at some sizes, closed in good order.
func grown(t *testing.T, sizes ...int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	l := &own.Log{Dir: dir, Node: "example.org/gate", Interval: time.Millisecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for _, size := range sizes {
		var batch [][]byte
		for i := l.Size(); i < size; i++ {
			batch = append(batch, []byte(strings.Repeat("entry ", int(i%7)+1)))
		}
		if _, err := l.Append(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
		for l.Checkpoint().Size != size {
			<-tick.C
		}
	}
	return dir
}

// log reads the newest log as its checkpoint has it.
func log(t *testing.T, dir string) (survey.Log, *tlog.Tiles) {
	t.Helper()
	books, err := own.Books(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := books[len(books)-1]
	note, err := fs.ReadFile(b.FS, "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := tlog.Open(note, b.Key)
	if err != nil {
		t.Fatal(err)
	}
	return survey.Log{FS: b.FS, Key: b.Key, Size: c.Size}, &tlog.Tiles{FS: b.FS, Size: c.Size}
}

// faults are the files that are not as they must be. Of a tile that was signed the
// comparison of the tree says so.
func faults(t *testing.T, l survey.Log, tiles *tlog.Tiles) (names []string) {
	t.Helper()
	if _, err := l.Files(t.Context(), func(f survey.Fault) { names = append(names, f.File) }); err != nil {
		t.Fatal(err)
	}
	for level := -1; level < 2; level++ {
		for n := int64(0); tlog.Width(l.Size, max(level, 0), n) > 0; n++ {
			if err := tiles.CheckTile(level, n); err != nil {
				names = append(names, err.Error())
			}
		}
	}
	return names
}

// TestEveryByteOfEveryFile: one that is another is found in whatever file of the folder.
func TestEveryByteOfEveryFile(t *testing.T) {
	dir := grown(t, 100, 250, 262, 270, 530, 531, 540)
	l, tiles := log(t, dir)
	if found := faults(t, l, tiles); len(found) > 0 {
		t.Fatalf("in good order: %q", found)
	}
	files, partial := 0, 0
	err := fs.WalkDir(l.FS, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if files++; strings.Contains(name, ".p/") {
			partial++
		}
		path := filepath.Join(dir, "log-0001", name)
		good, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		step := 1 + len(good)/97 // every byte of small files, some of the large ones
		for at := 0; at < len(good); at += step {
			bad := append([]byte{}, good...)
			bad[at] ^= 1 << (at % 8)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				return err
			}
			if name == "checkpoint" || name == "vkey" { // without them nothing is begun
				w, err := l.Files(t.Context(), func(survey.Fault) {})
				if err != nil || name == "checkpoint" && w.Note(bad) == nil {
					t.Errorf("%s: byte %d is another, and nothing is found: %v", name, at, err)
				}
				continue
			}
			for bit := 0; name == "key" && bit < 8; bit++ {
				bad[at] = good[at] ^ 1<<bit
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					return err
				}
				found := 0
				if _, err := l.Files(t.Context(), func(survey.Fault) { found++ }); err != nil || found == 0 {
					t.Errorf("key: bit %d of byte %d is another, and nothing is found: %v", bit, at, err)
				}
			}
			if len(faults(t, l, &tlog.Tiles{FS: tiles.FS, Size: tiles.Size})) == 0 {
				t.Errorf("%s: byte %d is another, and nothing is found", name, at)
			}
		}
		return os.WriteFile(path, good, 0o600)
	})
	if err != nil || files < 12 || partial < 4 {
		t.Fatalf("%d files, %d partial tiles: %v", files, partial, err)
	}
}

// TestWhatDoesNotBelongThere: files that no log makes, and partial tiles of more entries
// than there are.
func TestWhatDoesNotBelongThere(t *testing.T) {
	dir := grown(t, 270)
	l, tiles := log(t, dir)
	for _, name := range []string{"notes.txt", "tail.bak", "checkpoint.w0", "checkpoint.w01", "tile/0/1", "tile/0/001.p/0", "tile/0/001.p/014", "tile/0/001.p/256",
		"tile/0/001.p/200", "tile/entries/001.p/200", "tile/7/000", "tile/x/000", "tile/0/-01"} {
		path := filepath.Join(dir, "log-0001", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := faults(t, l, tiles); len(found) != 1 || found[0] != name {
			t.Errorf("%s: %q", name, found)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "log-0001", "tile", "0", "002")); err != nil {
		t.Fatal(err)
	}
	if found := faults(t, l, tiles); len(found) != 1 {
		t.Errorf("a link: %q", found)
	}
}

// TestWhatAKillLeaves is of files that are being written.
func TestWhatAKillLeaves(t *testing.T) {
	dir := grown(t, 270)
	l, tiles := log(t, dir)
	for _, name := range []string{"tail.new", "checkpoint.new", "tile/0/001.p/15.new", "tile/entries/001.new"} {
		if err := os.WriteFile(filepath.Join(dir, "log-0001", name), []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tail := filepath.Join(dir, "log-0001", "tail")
	f, err := os.OpenFile(tail, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("WRLB\x00\x00"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if found := faults(t, l, tiles); len(found) > 0 {
		t.Errorf("%q", found)
	}
}

// TestPlain: bits that mean nothing, and origins that are not those of the signature.
func TestPlain(t *testing.T) {
	dir := grown(t, 9)
	l, _ := log(t, dir)
	note, err := fs.ReadFile(l.FS, "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := survey.Open(note, l.Key); err != nil || c.Size != 9 {
		t.Errorf("%+v, %v", c, err)
	}
	for at := range note {
		for bit := range 8 {
			bad := append([]byte{}, note...)
			bad[at] ^= 1 << bit
			if _, err := survey.Open(bad, l.Key); err == nil {
				t.Fatalf("bit %d of byte %d is another, and it is believed:\n%s", bit, at, bad)
			}
			if c, err := survey.Plain(bad); err == nil && c.Origin != l.Key.Name() {
				t.Fatalf("byte %d: it passes for one of %q", at, c.Origin)
			}
		}
	}
}
