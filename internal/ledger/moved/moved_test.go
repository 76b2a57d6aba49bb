package moved_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/moved"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// grown opens the log of a folder with its guard, adds entries that are signed, and closes it.
func grown(t *testing.T, dir, guard string, entries int) (cause any) {
	t.Helper()
	l := &tlog.Log{Dir: dir, Node: "example.org/gate", Guard: guard, Interval: time.Millisecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !l.Status().Ready {
		if r := l.Status().Refusal; r != nil {
			return r.Params["cause"]
		}
		<-tick.C
	}
	for range entries {
		if _, err := l.Append(t.Context(), []byte("entry")); err != nil {
			t.Fatal(err)
		}
	}
	for l.Checkpoint().Size != l.Size() || l.Checkpoint().Note == nil {
		<-tick.C
	}
	return nil
}

// TestAGuardThatIsBroughtAlong: only one that the log cannot be ahead of, and only where none is.
func TestAGuardThatIsBroughtAlong(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	type place struct{ dir, left, to string }
	for what, c := range map[string]struct {
		change func(t *testing.T, p place) error
		brings bool
		cause  any // of the log that is opened with the new place
	}{
		"it was left":  {func(*testing.T, place) error { return nil }, true, nil},
		"there is one": {func(t *testing.T, p place) error { grownOn(t, p.dir, p.left, p.to); return nil }, false, nil},
		"it is gone":   {func(_ *testing.T, p place) error { return os.Remove(p.left) }, false, tlog.CauseGuardMissing},
		"it is older": {func(t *testing.T, p place) error { // the one that was in use was taken away
			grownOn(t, p.dir, p.left, p.to)
			return os.Remove(p.to)
		}, false, tlog.CauseGuardMissing},
		"it is damaged": {func(_ *testing.T, p place) error {
			b, err := os.ReadFile(p.left)
			if err != nil {
				return err
			}
			return os.WriteFile(p.left, b[:len(b)-20], 0o640)
		}, false, tlog.CauseGuardMissing},
		"it is another log's": {func(t *testing.T, p place) error {
			other := t.TempDir()
			grown(t, other, "", 9)
			b, err := os.ReadFile(filepath.Join(other, moved.Name))
			return errors.Join(err, os.WriteFile(p.left, b, 0o640))
		}, false, tlog.CauseGuardMissing},
		"the log was set back": {func(t *testing.T, p place) error {
			old := t.TempDir()
			err := os.CopyFS(old, os.DirFS(p.dir))
			grown(t, p.dir, "", 2)
			return errors.Join(err, os.RemoveAll(filepath.Join(p.dir, "log-0001")), os.CopyFS(filepath.Join(p.dir, "log-0001"), os.DirFS(filepath.Join(old, "log-0001"))))
		}, true, tlog.CauseRolledBack},
		"the checkpoint is gone": {func(_ *testing.T, p place) error { return os.Remove(filepath.Join(p.dir, "log-0001", "checkpoint")) }, false, tlog.CauseGuardMissing},
		"a pipe is in its place": {func(_ *testing.T, p place) error {
			return errors.Join(os.Remove(p.left), unix.Mkfifo(p.left, 0o600))
		}, false, tlog.CauseGuardMissing},
	} {
		t.Run(what, func(t *testing.T) {
			p := place{dir: t.TempDir()}
			p.left, p.to = filepath.Join(p.dir, moved.Name), filepath.Join(t.TempDir(), "guard")
			grown(t, p.dir, "", 3)
			if err := c.change(t, p); err != nil {
				t.Fatal(err)
			}
			if brought, err := moved.Guard(disk.OS{}, p.dir, p.to, nil); brought != c.brings || err != nil {
				t.Errorf("brought %v, %v", brought, err)
			}
			if again, err := moved.Guard(disk.OS{}, p.dir, p.to, nil); again || err != nil {
				t.Errorf("again: %v, %v", again, err)
			}
			if got := grown(t, p.dir, p.to, 1); got != c.cause {
				t.Errorf("the log: %v, want %v", got, c.cause)
			}
		})
	}
}

// grownOn has a log go on with a guard in another place, where the one in its own is left behind.
func grownOn(t *testing.T, dir, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err = errors.Join(err, os.WriteFile(to, b, 0o640)); err != nil {
		t.Fatal(err)
	}
	grown(t, dir, to, 2)
}

// TestAGuardThatStaysWhereItIs: nothing is asked of another place before there is one to bring,
// nor while another process works in the folder.
func TestAGuardThatStaysWhereItIs(t *testing.T) {
	dir, none := t.TempDir(), filepath.Join(t.TempDir(), "away", "guard")
	for _, path := range []string{"", filepath.Join(dir, moved.Name), none} {
		if brought, err := moved.Guard(disk.OS{}, dir, path, nil); brought || err != nil {
			t.Errorf("%q: %v, %v", path, brought, err)
		}
	}
	grown(t, dir, "", 1)
	if brought, err := moved.Guard(disk.OS{}, dir, none, nil); brought || err == nil {
		t.Errorf("its disk is away: %v, %v", brought, err)
	}
	lock, err := disk.OS{}.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if brought, err := moved.Guard(disk.OS{}, dir, none, nil); brought || !errors.Is(err, disk.ErrLocked) {
		t.Errorf("%v, %v", brought, err)
	}
}
