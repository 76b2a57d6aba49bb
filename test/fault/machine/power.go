package machine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// powerSize is that of the disk whose power is cut; the file behind it is sparse.
const powerSize = 4 << 30

// Power is a disk of which a copy is made at any instant.
type Power struct {
	*Ext4
	writeback []byte // the kernel's setting before
}

// dirtyWriteback says how often the kernel writes back by itself, in hundredths of
// a second; 0 is never.
const dirtyWriteback = "/proc/sys/vm/dirty_writeback_centisecs"

// NewPower keeps the kernel from writing back, and makes the disk. Its journal commits by
// itself only every 5 minutes.
func NewPower(folder, name string) (*Power, error) {
	before, err := os.ReadFile(dirtyWriteback)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(dirtyWriteback, []byte("0"), 0); err != nil {
		return nil, fmt.Errorf("the kernel cannot be kept from writing back (run as root for that): %w", err)
	}
	d := &Power{writeback: before}
	d.Ext4, err = NewExt4(folder, name, powerSize, "commit=300")
	return d, err
}

// Cut goes on with what stands on the disk at this instant.
func (d *Power) Cut() error {
	left := d.Image + ".left"
	if err := Command("cp", "--sparse=always", d.Image, left); err != nil {
		return err
	}
	if err := d.Detach(); err != nil { // this writes everything, to the old file
		return err
	}
	if err := os.Rename(left, d.Image); err != nil {
		return err
	}
	return d.Attach()
}

// Close lets the kernel write back again.
func (d *Power) Close() error {
	var failed error
	if d.Ext4 != nil {
		failed = d.Ext4.Close()
	}
	return errors.Join(failed, os.WriteFile(dirtyWriteback, bytes.TrimSpace(d.writeback), 0))
}
