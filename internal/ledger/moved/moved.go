// Package moved brings the guard of a log along when its path was changed. A guard that is not
// where it was said to be refuses the log, for it may have been taken away; one that is still
// where it lies by default, and is not behind the log, has only been left there.
package moved

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/guard"
	"watchroom/internal/ledger/survey"
)

// Name is the guard's beside the logs, where it lies by default.
const Name = "guard"

// patience is how long the disk of the new place is waited for here; whoever opens the log waits
// longer.
const patience = 5 * time.Second

// Bring is Guard on the machine's disks, and says in the server's log what came of it.
func Bring(dir, path string, ending <-chan struct{}, log *slog.Logger) {
	brought, err := Guard(disk.OS{}, dir, path, ending)
	switch {
	case errors.Is(err, disk.ErrLocked): // the log is opened later
	case err != nil:
		log.Warn("the guard of the transparency log was not brought along to where it is to lie", "guard", path, "error", err)
	case brought:
		log.Warn("the guard of the transparency log was not where it is to lie. The one in its default place agrees with the log and was copied there", "guard", path)
	}
}

// Guard copies the guard from its default place in the folder of the logs to path, if there is
// none, and tells whether it did. It does only what the log would agree with: the guard must be a
// checkpoint that the log's key signed, over as many entries as the latest of the log or more. Of
// one that is older, damaged or another's the log is refused as it was before. An error says that
// the folder cannot be read, that another process works in it, or that the new place takes
// nothing.
func Guard(d disk.Disk, dir, path string, ending <-chan struct{}) (brought bool, err error) {
	left := filepath.Join(dir, Name)
	if path == "" || path == left {
		return false, nil
	}
	lock, err := d.Lock(filepath.Join(dir, "lock")) // what is signed meanwhile would be missing
	if err != nil {
		return false, err
	}
	to := &guard.Patient{File: guard.File{Disk: d, Path: path}, Patience: patience, Ending: ending}
	defer to.Then(func() { _ = lock.Close() })
	note, err := newest(d, dir, left)
	if note == nil || err != nil {
		return false, err
	}
	if have, err := to.Load(); have != nil || err != nil {
		return false, err
	}
	if _, _, err := to.Swap(nil, nil, note); err != nil {
		return false, fmt.Errorf("the guard could not be brought along to %s: %w", path, err)
	}
	return true, nil
}

// newest gives the guard that lies at a path if the log that grows cannot be ahead of it; nil
// without an error where it can, or there is none.
func newest(d disk.Disk, dir, path string) ([]byte, error) {
	numbers, err := folders.List(d, dir)
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	log := folders.Of(dir, numbers[len(numbers)-1])
	key, err := folders.Key(d, log)
	if err != nil {
		return nil, nil //nolint:nilerr // whoever opens the log judges it
	}
	note, err := d.ReadFile(path)
	latest, missing := d.ReadFile(filepath.Join(log, "checkpoint"))
	if err = errors.Join(err, missing); err != nil {
		return nil, nil //nolint:nilerr // likewise
	}
	have, err := survey.Open(note, key)
	signed, ok := survey.Claimed(latest)
	if err != nil || !ok || signed.Origin != have.Origin || have.Size < signed.Size || have.Size == signed.Size && have.Root != signed.Root {
		return nil, nil //nolint:nilerr // likewise
	}
	return note, nil
}
