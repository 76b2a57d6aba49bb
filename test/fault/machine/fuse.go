package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/test/program"
)

// Fuse is a file system that a process of our own serves (bindfs). While that is halted
// nothing that is asked of the file system comes back, as of a network disk whose server is
// gone: neither writing nor reading, nor looking at it.
type Fuse struct {
	Source, Mount string // what lies there, and where it is mounted
	server        *exec.Cmd
}

// ErrNoFuse says that this machine has no such file systems.
var ErrNoFuse = errors.New("it takes bindfs, fusermount3 and /dev/fuse (apt-get install bindfs fuse3, and the rights to mount)")

// NewFuse makes a folder and mounts it elsewhere.
func NewFuse(ctx context.Context, folder, name string) (*Fuse, error) {
	for _, program := range []string{"bindfs", "fusermount3"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoFuse, err)
		}
	}
	device, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFuse, err)
	}
	device.Close()
	f := &Fuse{Source: filepath.Join(folder, name+"-source"), Mount: filepath.Join(folder, name)}
	for _, dir := range []string{f.Source, f.Mount} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	// Nothing is kept in the kernel that it could answer by itself.
	f.server = exec.Command("bindfs", "-f", "-o", "attr_timeout=0,entry_timeout=0,negative_timeout=0", f.Source, f.Mount)
	f.server.Stderr = os.Stderr
	if err := f.server.Start(); err != nil {
		return nil, err
	}
	for limit := time.Now().Add(10 * time.Second); ; {
		var above, on unix.Stat_t
		if err := errors.Join(unix.Stat(folder, &above), unix.Stat(f.Mount, &on)); err == nil && on.Dev != above.Dev {
			return f, nil
		}
		if time.Now().After(limit) {
			return f, fmt.Errorf("%w: nothing was mounted within 10 s", ErrNoFuse)
		}
		if err := program.Wait(ctx, 20*time.Millisecond); err != nil {
			return f, err
		}
	}
}

// Hang halts it, or lets it go on.
func (f *Fuse) Hang(yes bool) error {
	if yes {
		return f.server.Process.Signal(unix.SIGSTOP)
	}
	return f.server.Process.Signal(unix.SIGCONT)
}

// Close unmounts it. What lies there stays. There may be none.
func (f *Fuse) Close() error {
	if f == nil {
		return nil
	}
	err := errors.Join(f.Hang(false), Command("fusermount3", "-uz", f.Mount))
	if err != nil {
		return errors.Join(err, f.server.Process.Kill())
	}
	return f.server.Wait()
}
