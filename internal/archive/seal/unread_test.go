package seal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
)

// TestAJournalThatCannotBeRead holds up no other: it is named once, and comes into the log
// when it can be read.
func TestAJournalThatCannotBeRead(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o750) },
		"a link":   func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			h, err := newHouse(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer h.end()
			day := segment.Day(h.now)
			first := filepath.Join(h.roots[0].Path, "cam1", day, journal.FileName)
			// The log knows lines of it, and the process that brought them there noted nothing.
			if err := h.write(0, "cam1", 0, h.line(journal.KindSegment, "cam1"), h.line(journal.KindSeal, "cam1")); err != nil {
				t.Fatal(err)
			}
			if err := h.begin(); err != nil {
				t.Fatal(err)
			}
			if err := h.f.look(t.Context(), true, true); err != nil {
				t.Fatal(err)
			}
			h.end()
			if err := os.Remove(filepath.Join(h.dir, CursorName)); err != nil {
				t.Fatal(err)
			}
			kept := first + ".kept"
			if err := os.Rename(first, kept); err != nil {
				t.Fatal(err)
			}
			if err := put(first); err != nil {
				t.Fatal(err)
			}
			for i, camera := range []string{"cam0", "cam2"} {
				if err := h.write(i, camera, 0, h.line(journal.KindSeal, camera), h.line(journal.KindGap, camera)); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.begin(); err != nil {
				t.Fatal(err)
			}
			var told []string
			h.s.OnUnread = func(u Unread) { told = append(told, fmt.Sprintf("%s %s %s: %s", u.Volume, u.Camera, u.Day, u.Why)) }
			for range 3 {
				if err := h.f.look(t.Context(), true, true); err != nil {
					t.Fatal(err)
				}
			}
			if got := kindsOf(h.log); got != "segment seal seal gap gap" {
				t.Errorf("the log holds %q", got)
			}
			if diff := cmp.Diff([]string{" cam1 " + day + ": not a regular file"}, told); diff != "" {
				t.Error(diff)
			}
			told = nil
			if err := os.Remove(first); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(kept, first); err != nil {
				t.Fatal(err)
			}
			if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1")); err != nil {
				t.Fatal(err)
			}
			if err := h.f.look(t.Context(), true, true); err != nil {
				t.Fatal(err)
			}
			if got := kindsOf(h.log); got != "segment seal seal gap gap gap" {
				t.Errorf("the log holds %q", got)
			}
			if diff := cmp.Diff([]string{" cam1 " + day + ": "}, told); diff != "" {
				t.Error(diff)
			}
			h.check(t)
		})
	}
}

// TestAJournalWithoutLines of gigabytes is passed over, and what is written behind it counts.
func TestAJournalWithoutLines(t *testing.T) {
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.end()
	path := filepath.Join(h.roots[0].Path, "cam1", segment.Day(h.now), journal.FileName)
	if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 3<<30); err != nil {
		t.Fatal(err)
	}
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		if err := h.f.look(t.Context(), true, true); err != nil {
			t.Fatal(err)
		}
		if h.log.Size() != int64(n+1) {
			t.Errorf("the log has %d entries", h.log.Size())
		}
		if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAJournalThatWasSetAside is told of once, also by the next process, until it lies there
// no more.
func TestAJournalThatWasSetAside(t *testing.T) {
	clause.Covers(t, "C091")
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.end()
	day := segment.Day(h.now)
	dir := filepath.Join(h.roots[0].Path, "cam1", day)
	if err := os.MkdirAll(filepath.Join(dir, journal.FileName), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := h.write(0, "cam2", 0, h.line(journal.KindGap, "cam2")); err != nil {
		t.Fatal(err)
	}
	var told []Unread
	begin := func() {
		t.Helper()
		if err := h.begin(); err != nil {
			t.Fatal(err)
		}
		h.s.OnAside = func(u Unread) { told = append(told, u) }
	}
	want := func(what string, want ...Unread) {
		t.Helper()
		if h.looks(t); !slices.Equal(told, want) {
			t.Errorf("%s: told of %+v, want %+v", what, told, want)
		}
		told = nil
	}
	set := Unread{Camera: "cam1", Day: day, Why: journal.Aside + "1"}
	gone := Unread{Camera: "cam1", Day: day}
	begin()
	want("it cannot be read yet")
	if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1")); err != nil { // which sets it aside
		t.Fatal(err)
	}
	h.f.fullAt = time.Now()
	if err := h.f.look(t.Context(), true, false); err != nil || !slices.Equal(told, []Unread{set}) {
		t.Errorf("before all days are looked at: told of %+v, %v", told, err)
	}
	told = nil
	want("once")
	begin()
	want("the next process", set)
	if err := os.RemoveAll(filepath.Join(dir, journal.Aside+"1")); err != nil {
		t.Fatal(err)
	}
	want("somebody took it away", gone)
	if err := os.Mkdir(filepath.Join(dir, journal.Aside+"1"), 0o750); err != nil {
		t.Fatal(err)
	}
	want("another", set)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	want("the day is gone", gone)
}
