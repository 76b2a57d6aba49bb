package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ext4 is a disk of our own: a sparse file with a file system that is mounted by way of
// a loop device.
type ext4 struct {
	image, mount string
	options      string // of the mount
	mounted      bool
}

// newExt4 makes a disk of so many bytes and mounts it.
func newExt4(folder, name string, size int64, options string) (*ext4, error) {
	d := &ext4{image: filepath.Join(folder, name+".img"), mount: filepath.Join(folder, name), options: options}
	if err := os.MkdirAll(d.mount, 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(d.image)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		return nil, err
	}
	if err := command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", d.image); err != nil {
		return nil, err
	}
	return d, d.attach()
}

func (d *ext4) attach() error {
	if err := command("mount", "-o", "loop,"+d.options, d.image, d.mount); err != nil {
		return fmt.Errorf("a disk cannot be mounted (run as root for that): %w", err)
	}
	d.mounted = true
	return nil
}

// detach unmounts it; everything that was written reaches the image.
func (d *ext4) detach() error {
	if !d.mounted {
		return nil
	}
	if err := unix.Unmount(d.mount, 0); err != nil {
		return fmt.Errorf("%s stays mounted: %w", d.mount, err)
	}
	d.mounted = false
	return nil
}

func (d *ext4) close() error { return errors.Join(d.detach(), os.Remove(d.image)) }

// device is the loop device's name, such as loop3.
func (d *ext4) device() (string, error) {
	out, err := exec.Command("losetup", "-n", "-O", "NAME", "-j", d.image).Output()
	name := filepath.Base(strings.TrimSpace(string(out)))
	if err != nil || !strings.HasPrefix(name, "loop") {
		return "", fmt.Errorf("losetup tells no device of %s: %q, %w", d.image, out, err)
	}
	return name, nil
}

// breakDown does what an error of the medium does: the file system sets itself
// read-only under those who write, until it was unmounted and checked.
func (d *ext4) breakDown() error {
	name, err := d.device()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("/sys/fs/ext4", name, "trigger_fs_error"), []byte("watchroom fault\n"), 0)
}

// mend unmounts, checks and mounts it again, as whoever looks after the machine would.
// It fails while somebody has a file open there.
func (d *ext4) mend() error {
	if err := d.detach(); err != nil {
		return err
	}
	// 1 is: errors were corrected.
	if out, err := exec.Command("e2fsck", "-fy", d.image).CombinedOutput(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() > 1 {
			return fmt.Errorf("e2fsck: %w: %s", err, bytes.TrimSpace(out))
		}
	}
	return d.attach()
}

// throttle lets the disk take so many bytes a second, for whoever writes; 0 is as many
// as it can.
func (d *ext4) throttle(rate int64) error {
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

func (d *ext4) hang(yes bool) error {
	f, err := os.Open(d.mount)
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

// command runs a program of the system and tells what it said where it fails.
func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(out))
	}
	return nil
}
