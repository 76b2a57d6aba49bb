package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
	"watchroom/internal/recording/segment"
)

// TestASpoiledJournalIsSetAside: what bears its name and is none keeps nobody from writing on,
// and is kept. The new journal begins behind all that the other can have held, so that no two
// lines ever stood at one place.
func TestASpoiledJournalIsSetAside(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "in it"), 0o750) },
		"a link":   func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			day := segment.Day(1)
			if err := durable.MakeDir(root, "cam", day); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(root, "cam", day, FileName)
			var aside []string
			for n := 1; n <= 2; n++ {
				if err := put(path); err != nil {
					t.Fatal(err)
				}
				w := Writer{Root: root, Camera: "cam", OnAside: func(path string) { aside = append(aside, filepath.Base(path)) }}
				for range 2 {
					if err := w.Append(1, Record{Kind: KindStart, At: 1}); err != nil {
						t.Fatal(err)
					}
				}
				w.Close()
				lines, _, torn, err := ReadLines(path, 0, 0)
				if err != nil || len(lines) != 2 || torn != 1 || lines[0].Offset <= room {
					t.Fatalf("%d lines at %d, %d torn, %v", len(lines), lines[0].Offset, torn, err)
				}
				if err := os.Rename(path, filepath.Join(root, "kept")); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.Join(aside, " "); got != "journal.jsonl.aside-1 journal.jsonl.aside-2" {
				t.Errorf("told of %q", got)
			}
			for _, name := range aside {
				st, err := os.Lstat(filepath.Join(root, "cam", day, name))
				if err != nil || st.Mode().IsRegular() {
					t.Errorf("%s: %v, %v", name, st, err)
				}
			}
		})
	}
}

// TestAJournalThatCannotBeSetAside: the lines stand in the journal of a day behind.
func TestAJournalThatCannotBeSetAside(t *testing.T) {
	root := t.TempDir()
	const day = int64(24 * 60 * 60 * 1e6)
	path := filepath.Join(root, "cam", segment.Day(1), FileName)
	if err := os.MkdirAll(path, 0o750); err != nil {
		t.Fatal(err)
	}
	// A file system that does not let it go.
	letGo := rename
	rename = func(from, to string) error { return &os.LinkError{Op: "rename", Old: from, New: to, Err: unix.EBADMSG} }
	defer func() { rename = letGo }()
	w := Writer{Root: root, Camera: "cam"}
	defer w.Close()
	for at := int64(1); at <= 2; at++ {
		if err := w.Append(at, Record{Kind: KindStart, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	lines, _, torn, err := ReadLines(filepath.Join(root, "cam", segment.Day(1+day), FileName), 0, 0)
	if err != nil || len(lines) != 2 || torn != 0 {
		t.Errorf("%v, %d torn, %v", lines, torn, err)
	}
	if st, err := os.Lstat(path); err != nil || !st.IsDir() {
		t.Errorf("what was there: %v, %v", st, err)
	}
	if err := w.Append(1+day, Record{Kind: KindStop, At: 1 + day}); err != nil {
		t.Fatal(err)
	}
	if lines, _, _, err = ReadLines(filepath.Join(root, "cam", segment.Day(1+day), FileName), 0, 0); err != nil || len(lines) != 3 {
		t.Errorf("on the next day: %v, %v", lines, err)
	}
}
