package seal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/logtest"
)

// of is a new process with a log of an origin.
func (h *house) of(t *testing.T, origin string, log *logtest.Log) (foreign *[]Foreign) {
	t.Helper()
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	h.end()
	foreign = &[]Foreign{}
	h.log, h.s.Into, h.s.Origin = log, log, origin
	h.s.OnForeign = func(f Foreign) { *foreign = append(*foreign, f) }
	f, err := h.s.prepare()
	if err != nil {
		t.Fatal(err)
	}
	h.f = f
	return foreign
}

func (h *house) reaches(t *testing.T, origin string, size int64) {
	t.Helper()
	if o, n, err := Reach(h.dir); err != nil || o != origin || n != size {
		t.Errorf("the cursors are of %q with %d entries, %v; want %q with %d", o, n, err, origin, size)
	}
}

// TestAForeignLogLeavesTheCursors: one that was laid here and took nothing in leaves those of
// the log as they were; one that grows takes their place and says so.
func TestAForeignLogLeavesTheCursors(t *testing.T) {
	clause.Covers(t, "C091")
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.end()
	if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1"), h.line(journal.KindSegment, "cam1")); err != nil {
		t.Fatal(err)
	}
	ours := &logtest.Log{}
	h.of(t, "o", ours)
	h.looks(t)
	h.reaches(t, "o", 2)

	refused := &logtest.Log{Fate: func(int) logtest.Fate { return logtest.Fate{Fail: true} }}
	foreign := h.of(t, "p", refused)
	for range 2 {
		if err := h.f.look(t.Context(), true, false); err == nil {
			t.Error("a log that is refused has taken lines")
		}
	}
	h.reaches(t, "o", 2)
	if len(*foreign) > 0 {
		t.Errorf("told of %+v", *foreign)
	}
	foreign = h.of(t, "o", ours)
	h.looks(t)
	if h.reaches(t, "o", 2); ours.Size() != 2 || len(*foreign) > 0 {
		t.Errorf("%d entries, told of %+v", ours.Size(), *foreign)
	}

	grown := &logtest.Log{}
	foreign = h.of(t, "p", grown)
	h.looks(t)
	h.reaches(t, "p", 2)
	if want := (Foreign{Origin: "o", Size: 2}); len(*foreign) != 1 || (*foreign)[0] != want {
		t.Errorf("told of %+v", *foreign)
	}
	h.check(t)
}

// TestWhatIsNoFileOfCursors: a pipe, a folder, a link and rubbish in their place hold up
// nothing, and the log is read for where the journals are in it.
func TestWhatIsNoFileOfCursors(t *testing.T) {
	for what, lay := range map[string]func(path string) error{
		"a pipe":    func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder":  func(path string) error { return os.MkdirAll(filepath.Join(path, "below"), 0o750) },
		"a link":    func(path string) error { return os.Symlink("/dev/zero", path) },
		"rubbish":   func(path string) error { return os.WriteFile(path, []byte("\x00\xff\n\n1 {}\n"), 0o600) },
		"no access": func(path string) error { return os.WriteFile(path, nil, 0) },
	} {
		for _, name := range []string{CursorName, CursorName + ".new"} {
			h, err := newHouse(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1"), h.line(journal.KindSegment, "cam1")); err != nil {
				t.Fatal(err)
			}
			h.of(t, "o", h.log)
			h.looks(t)
			h.end()
			path := filepath.Join(h.dir, name)
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			if err := lay(path); err != nil {
				t.Fatal(err)
			}
			foreign := h.of(t, "o", h.log)
			h.looks(t)
			if h.reaches(t, "o", 2); h.log.Size() != 2 {
				t.Errorf("%s as %s: %d entries", what, name, h.log.Size())
			}
			set := what != "rubbish" && what != "no access"
			if st, err := os.Lstat(path + ".aside-1"); (err == nil && !st.Mode().IsRegular()) != set {
				t.Errorf("%s as %s is not set aside: %v", what, name, err)
			}
			if told := len(*foreign) == 1 && (*foreign)[0] == (Foreign{Aside: name + ".aside-1"}); told != set {
				t.Errorf("%s as %s: told of %+v", what, name, *foreign)
			}
			h.check(t)
			h.end()
		}
	}
}

// TestWhatIsNoFileOfMembers lies in the place of the members of a day's seals: it is put aside and
// told of, nothing that a link leads to is written on, and the seal comes into the log.
func TestWhatIsNoFileOfMembers(t *testing.T) {
	clause.Covers(t, "C091")
	for what, lay := range map[string]func(path, other string) error{
		"a pipe":   func(path, _ string) error { return unix.Mkfifo(path, 0o600) },
		"a folder": func(path, _ string) error { return os.MkdirAll(filepath.Join(path, "below"), 0o750) },
		"a link":   func(path, other string) error { return os.Symlink(other, path) },
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			other, path := filepath.Join(dir, "other"), filepath.Join(dir, MembersDir, "2026-11-22")
			if err := errors.Join(os.WriteFile(other, []byte("the key"), 0o600), os.Mkdir(filepath.Dir(path), 0o750), lay(path, other)); err != nil {
				t.Fatal(err)
			}
			aside, err := keepMembers(dir, "2026-11-22", []byte("block\n"))
			if err != nil || aside != path+".aside-1" {
				t.Errorf("aside %q, %v", aside, err)
			}
			if aside, err := keepMembers(dir, "2026-11-22", []byte("next\n")); aside != "" || err != nil {
				t.Errorf("aside %q, %v", aside, err)
			}
			if b, err := os.ReadFile(path); string(b) != "block\nnext\n" || err != nil {
				t.Errorf("%q, %v", b, err)
			}
			if b, err := os.ReadFile(other); string(b) != "the key" || err != nil {
				t.Errorf("what it leads to: %q, %v", b, err)
			}
		})
	}
}
