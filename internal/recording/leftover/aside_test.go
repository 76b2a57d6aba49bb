package leftover_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/recording/leftover"
	"watchroom/internal/testkit/clause"
)

// TestWhatItIsIsSaid: a whole segment of another camera or day stays where it lies, which
// is a fault; what is set aside is called what it is.
func TestWhatItIsIsSaid(t *testing.T) {
	clause.Covers(t, "C091")
	root := t.TempDir()
	at := time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)
	whole, err := os.ReadFile(leave(t, root, at, 3).Path)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "cam", "2026-03-01")
	for name, b := range map[string][]byte{
		"yard_20260301T110000.000000Z_runb.mp4":      whole,
		"cam_20260228T110000.000000Z_runb.mp4":       whole,
		"yard_20260301T110500.000000Z_runb.mp4":      whole[:len(whole)-3],
		"yard_20260301T111000.000000Z_runb.mp4.part": whole,
		"holiday.mp4":                         []byte("not ours"),
		"cam_20260301T111500.000000Z_run.mp4": []byte("nothing"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "cam_20260301T112000.000000Z_run.mp4"), 0o700),
		os.Symlink("/nowhere", filepath.Join(dir, "cam_20260301T112500.000000Z_run.mp4")),
		unix.Mkfifo(filepath.Join(dir, "cam_20260301T113000.000000Z_run.mp4"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var failed []error
	var said bytes.Buffer
	f := folder(root, at.Add(time.Hour), &failed)
	f.Log = slog.New(slog.NewTextHandler(&said, nil))
	if records := f.Adopt(f.Find()); len(records) != 1 || len(failed) != 0 {
		t.Errorf("%+v, %v", records, failed)
	}
	for name, what := range map[string]leftover.Other{
		"yard_20260301T110000": leftover.Misplaced, "cam_20260228T110000": leftover.Misplaced, "yard_20260301T110500": leftover.Stranger,
		"yard_20260301T111000": leftover.Stranger, "holiday": leftover.Nameless, "cam_20260301T111500": leftover.Pictureless,
		"cam_20260301T112000": leftover.Directory, "cam_20260301T112500": leftover.Link, "cam_20260301T113000": leftover.Pipe,
	} {
		told := ""
		for line := range strings.Lines(said.String()) {
			if strings.Contains(line, name) {
				told += line
			}
		}
		if !strings.Contains(told, `what="`+string(what)+`"`) || strings.Contains(told, "level=ERROR") != (what == leftover.Misplaced) {
			t.Errorf("%s: %q", name, told)
		}
		_, err := os.Lstat(filepath.Join(dir, name+".000000Z_runb.mp4"))
		if (err == nil) != (what == leftover.Misplaced) {
			t.Errorf("%s lies where it lay: %v", name, err)
		}
	}
}

// TestAsideTellsByTheName whose a file in a quarantine is.
func TestAsideTellsByTheName(t *testing.T) {
	for name, want := range map[string]struct {
		camera     string
		closed, ok bool
	}{
		"2026-03-01_yard_20260301T110000.000000Z_runb.mp4":           {"yard", true, true},
		"2026-03-01_yard_20260301T110000.000000Z_runb.mp4~2":         {"yard", true, true},
		"2026-03-01_yard_20260301T110000.000000Z_runb.mp4.part":      {"yard", false, true},
		"2026-03-01_yard_20260301T110000.000000Z_runb.mp4.part.tail": {"yard", false, true},
		"2026-03-01_yard_20260301T110000.000000Z_runb.mp4~3.tail":    {"yard", false, true},
		"2026-03-01_holiday.mp4":                                     {}, "notes.txt": {}, "": {},
	} {
		of, closed, ok := leftover.Aside(name)
		if of.Camera != want.camera || closed != want.closed || ok != want.ok {
			t.Errorf("%q: %+v %v %v", name, of, closed, ok)
		}
	}
}
