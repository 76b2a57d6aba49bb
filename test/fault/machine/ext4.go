// Package machine has what a recorder stands on, to be taken away from it: disks that
// fill up, break, are slow or hang, a PostgreSQL server, an S3 server and a clock.
package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/test/program"
)

// Ext4 is a disk of our own: a sparse file with a file system that is mounted by way of
// a loop device.
type Ext4 struct {
	Image, Mount string // the file, and where it is mounted
	options      string // of the mount
	mounted      bool
}

// NewExt4 makes a disk of so many bytes and mounts it.
func NewExt4(folder, name string, size int64, options string) (*Ext4, error) {
	d := &Ext4{Image: filepath.Join(folder, name+".img"), Mount: filepath.Join(folder, name), options: options}
	if err := os.MkdirAll(d.Mount, 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(d.Image)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		return nil, err
	}
	if err := Command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", d.Image); err != nil {
		return nil, err
	}
	return d, d.Attach()
}

// Attach mounts it.
func (d *Ext4) Attach() error {
	if err := Command("mount", "-o", "loop,"+d.options, d.Image, d.Mount); err != nil {
		return fmt.Errorf("a disk cannot be mounted (run as root for that): %w", err)
	}
	d.mounted = true
	return nil
}

// Detach unmounts it; everything that was written reaches the image.
func (d *Ext4) Detach() error {
	if !d.mounted {
		return nil
	}
	if err := unix.Unmount(d.Mount, 0); err != nil {
		return fmt.Errorf("%s stays mounted: %w", d.Mount, err)
	}
	d.mounted = false
	return nil
}

// Close unmounts it and removes the file.
func (d *Ext4) Close() error { return errors.Join(d.Detach(), os.Remove(d.Image)) }

// device is the loop device's name, such as loop3.
func (d *Ext4) device() (string, error) {
	out, err := exec.Command("losetup", "-n", "-O", "NAME", "-j", d.Image).Output()
	name := filepath.Base(strings.TrimSpace(string(out)))
	if err != nil || !strings.HasPrefix(name, "loop") {
		return "", fmt.Errorf("losetup tells no device of %s: %q, %w", d.Image, out, err)
	}
	return name, nil
}

// BreakDown does what an error of the medium does: the file system sets itself
// read-only under those who write, until it was unmounted and checked.
func (d *Ext4) BreakDown() error {
	name, err := d.device()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("/sys/fs/ext4", name, "trigger_fs_error"), []byte("watchroom fault\n"), 0)
}

// Mend unmounts, checks and mounts it again, as whoever looks after the machine would.
// It fails while somebody has a file open there.
func (d *Ext4) Mend() error {
	if err := d.Detach(); err != nil {
		return err
	}
	// 1 is: errors were corrected.
	if out, err := exec.Command("e2fsck", "-fy", d.Image).CombinedOutput(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() > 1 {
			return fmt.Errorf("e2fsck: %w: %s", err, bytes.TrimSpace(out))
		}
	}
	return d.Attach()
}

// MendSoon mends a disk as soon as nobody has a file open on it.
func (d *Ext4) MendSoon(ctx context.Context) error {
	for limit := time.Now().Add(time.Minute); ; {
		err := d.Mend()
		if err == nil || time.Now().After(limit) {
			return err
		}
		if err := program.Wait(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// Throttle lets the disk take so many bytes a second, for whoever writes; 0 is as many
// as it can.
func (d *Ext4) Throttle(rate int64) error {
	name, err := d.device()
	if err != nil {
		return err
	}
	number, err := os.ReadFile(filepath.Join("/sys/block", name, "dev"))
	if err != nil {
		return err
	}
	for _, root := range []string{"/sys/fs/cgroup/blkio", "/sys/fs/cgroup"} {
		err = os.WriteFile(filepath.Join(root, "blkio.throttle.write_bps_device"), fmt.Appendf(nil, "%s %d", bytes.TrimSpace(number), rate), 0)
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("the disk cannot be made slow: that takes the blkio controller of cgroups 1: %w", err)
}

// Ioctls of linux/fs.h that hold up and let go whoever writes to a file system.
const (
	fiFreeze = 0xC0045877
	fiThaw   = 0xC0045878
)

// Hang holds up whoever writes, or lets them go.
func (d *Ext4) Hang(yes bool) error {
	f, err := os.Open(d.Mount)
	if err != nil {
		return err
	}
	defer f.Close()
	request := uint(fiThaw)
	if yes {
		request = fiFreeze
	}
	return unix.IoctlSetInt(int(f.Fd()), request, 0)
}

// Command runs a program of the system and tells what it said where it fails.
func Command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(out))
	}
	return nil
}
