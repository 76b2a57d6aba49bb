// Package folder holds a data folder and the folders of recordings for one process
// alone, and passes that on to a successor.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
)

// Folder is a data folder that belongs to this process alone, and with it the
// folders of recordings outside it.
type Folder struct {
	Path string

	mu    sync.Mutex // guards locks, taken and made; never held over I/O
	locks []*os.File
	taken map[string]*os.File // the same by their names
	made  []string            // what was not there before, the outermost first
	// inherited gives a lock that the process before has passed on, or nil.
	inherited func(name string) *os.File
}

// Errors of a folder that another process works in.
var (
	ErrTaken        = errors.New("another watchroom process uses this data folder")
	ErrFootageTaken = errors.New("another watchroom process, with another data folder, records into this folder; give each its own (recording.folder)")
)

// ErrNoRoom says that a new data folder would stand on a disk that is nearly full.
var ErrNoRoom = errors.New("too little room for a new data folder")

// least is what a new data folder needs: its records and its log before anything happens.
const least = 64 << 20

// room refuses a data folder that is new on a disk without room, before anything is
// written. One that is in use goes on: its cameras may be recorded elsewhere, and its
// disk is full of what somebody wants to see.
func room(path string) error {
	if old, err := os.ReadDir(path); err == nil && len(old) > 0 || err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil // what is wrong shows when the lock is taken
	}
	at := filepath.Clean(path)
	for { // the nearest that is there
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(at, &st); err != nil || st.Blocks == 0 {
		return nil //nolint:nilerr // nobody can tell
	}
	if free := int64(st.Bavail) * st.Bsize; free < least {
		return fmt.Errorf("%w: %s has %d MiB free, and %d MiB are needed at least; nothing was written", ErrNoRoom, at, free>>20, least>>20)
	}
	return nil
}

// Open makes the folder where it is missing and takes its lock, which ends
// with the process however that ends.
func Open(path string) (*Folder, error) { return Inherit(path, nil) }

// Idle tells whether no process works in a data folder. It changes nothing.
func Idle(path string) bool {
	if dir, err := os.Open(path); err == nil {
		defer dir.Close()
		if errors.Is(unix.Flock(int(dir.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK) {
			return false
		}
	}
	lock, err := os.Open(filepath.Join(path, "lock"))
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer lock.Close()
	return unix.Flock(int(lock.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil
}

// Inherit is Open with locks that another process may have passed on.
func Inherit(path string, inherited func(name string) *os.File) (*Folder, error) {
	if err := Fits(path); err != nil {
		return nil, err
	}
	f := &Folder{Path: path, inherited: inherited}
	if err := f.take("data folder", path, "lock", 0o700, ErrTaken); err != nil {
		return nil, err
	}
	return f, nil
}

// FootageLock is the file in a folder of recordings that is locked.
const FootageLock = ".lock"

// Record takes a folder of recordings, too. A data folder that was copied names the
// same as the one it was copied from, and two processes that record into one folder
// would each make whole what the other still writes. Taking one twice is taking it once.
func (f *Folder) Record(path string) error {
	return f.take("recording folder", path, FootageLock, 0o750, ErrFootageTaken)
}

func (f *Folder) take(what, path, file string, mode os.FileMode, taken error) error {
	made, err := mkdirs(path, mode)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	name := filepath.Join(path, file)
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		made = append(made, name)
	}
	f.mu.Lock()
	_, have := f.taken[name]
	f.mu.Unlock()
	if have {
		return nil
	}
	if f.inherited != nil {
		if lock := f.inherited(name); lock != nil {
			f.keep(name, lock)
			return f.takeItself(path, taken) // it says whose it is once that is so
		}
	}
	lock, err := durable.OpenLock(name, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			who := ""
			if b, err := os.ReadFile(name); err == nil && len(b) > 0 {
				who = " (process " + strings.TrimSpace(string(b)) + ")"
			}
			return fmt.Errorf("%s: %w%s", path, taken, who)
		}
		return fmt.Errorf("%s: lock: %w", what, err)
	}
	if err := f.takeItself(path, taken); err != nil {
		lock.Close()
		return err
	}
	if err := sign(lock); err != nil {
		lock.Close()
		f.Free(path)
		return fmt.Errorf("%s: %w", what, err)
	}
	f.mu.Lock()
	f.made = append(f.made, made...)
	f.mu.Unlock()
	f.keep(name, lock)
	return nil
}

// has tells whether a folder is locked by itself already, under whatever name.
func (f *Folder) has(path string) bool {
	want, err := os.Stat(path)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(f.Locks(), func(l *os.File) bool {
		st, err := l.Stat()
		return err == nil && os.SameFile(want, st)
	})
}

// takeItself locks a folder by itself: somebody may have deleted the file with the lock that
// another process holds. Where a file system locks no folders the file alone counts.
func (f *Folder) takeItself(path string, taken error) error {
	if f.has(path) { // footage may lie in the data folder itself, however that is spelled
		return nil
	}
	if f.inherited != nil {
		if lock := f.inherited(path); lock != nil {
			f.keep(path, lock)
			return nil
		}
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil //nolint:nilerr // its lock was written a moment ago
	}
	switch err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		defer dir.Close()
		if unix.Flock(int(dir.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
			return nil // who shares a lock, such as a backup, is no server
		}
		return fmt.Errorf("%s: %w", path, taken)
	case err != nil:
		dir.Close()
	default:
		f.keep(path, dir)
	}
	return nil
}

// Undo gives the folders free and leaves nothing behind of what they were given: folders
// and locks that were not there before. It is for a start that comes to nothing.
func (f *Folder) Undo() error {
	f.mu.Lock()
	made := f.made
	f.made = nil
	f.mu.Unlock()
	for _, name := range slices.Backward(made) {
		_ = os.Remove(name) // a folder with something in it stays
	}
	return f.Close()
}

func (f *Folder) keep(name string, lock *os.File) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.locks = append(f.locks, lock)
	if f.taken == nil {
		f.taken = map[string]*os.File{}
	}
	f.taken[name] = lock
}

// Free gives a folder of recordings free, so that its disk can be unmounted.
func (f *Folder) Free(path string) {
	f.mu.Lock()
	var free []*os.File
	for _, name := range []string{filepath.Join(path, FootageLock), path} {
		if lock := f.taken[name]; lock != nil {
			free = append(free, lock)
			delete(f.taken, name)
		}
	}
	f.locks = slices.DeleteFunc(f.locks, func(l *os.File) bool { return slices.Contains(free, l) })
	f.mu.Unlock()
	for _, lock := range free {
		lock.Close()
	}
}

// Locks are those that it has.
func (f *Folder) Locks() []*os.File {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.locks)
}

// sign writes into a lock whose it is; a folder takes no words.
func sign(lock *os.File) error {
	if lock.Truncate(0) != nil {
		return nil //nolint:nilerr // a lock that cannot be signed still holds
	}
	_, err := lock.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return nil // a disk without room for a few bytes still takes the lock
	}
	return err
}

// Sign writes into all locks that they are this process's.
func (f *Folder) Sign() error {
	var failed error
	for _, l := range f.Locks() {
		failed = errors.Join(failed, sign(l))
	}
	return failed
}

// Join is a path below the folder.
func (f *Folder) Join(name ...string) string {
	return filepath.Join(append([]string{f.Path}, name...)...)
}

// Close gives the folders free.
func (f *Folder) Close() error {
	var failed error
	for _, l := range f.Locks() {
		failed = errors.Join(failed, l.Close())
	}
	f.mu.Lock()
	f.locks, f.taken = nil, nil
	f.mu.Unlock()
	return failed
}

// demoMark is the file that makes a data folder a demonstration's for good.
const demoMark = "DEMONSTRATION"

// MarkDemo marks a data folder as a demonstration's: what is in it was made up, and
// whoever serves it, by whatever command, says so on the screen.
func MarkDemo(path string) error {
	const text = "The recordings, people and acts in this folder belong to a demonstration (watchroom demo).\n" +
		"本目录中的录像、人员和操作记录均为演示内容（watchroom demo）。\n"
	return os.WriteFile(filepath.Join(path, demoMark), []byte(text), 0o644)
}

// IsDemo tells whether a data folder is a demonstration's.
func IsDemo(path string) bool {
	_, err := os.Stat(filepath.Join(path, demoMark))
	return err == nil
}
