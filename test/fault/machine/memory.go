package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// MemorySize is that of a disk in memory: recording stops below 64 MiB.
const MemorySize = 256 << 20

// Memory is the mount point of a small disk in memory.
type Memory string

// NewMemory mounts one below a folder.
func NewMemory(folder, name string) (Memory, error) {
	d := filepath.Join(folder, name)
	if err := os.MkdirAll(d, 0o755); err != nil {
		return "", err
	}
	if err := unix.Mount("watchroom-fault", d, "tmpfs", 0, fmt.Sprintf("size=%d", MemorySize)); err != nil {
		return "", fmt.Errorf("a small disk cannot be mounted (run as root for that): %w", err)
	}
	return Memory(d), nil
}

// Close unmounts it.
func (d Memory) Close() error { return unix.Unmount(string(d), 0) }

// FillUp leaves less than recording asks for, or nothing at all.
func FillUp(path string, whole bool) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	for {
		var st unix.Statfs_t
		if err := unix.Statfs(path, &st); err != nil {
			return errors.Join(err, f.Close())
		}
		if free := int64(st.Bavail) * st.Bsize; !whole && free < 40<<20 {
			return f.Close()
		}
		if _, err := f.Write(block); errors.Is(err, unix.ENOSPC) {
			return f.Close()
		} else if err != nil {
			return errors.Join(err, f.Close())
		}
	}
}
