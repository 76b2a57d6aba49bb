package readings

import (
	"encoding/binary"
	"io/fs"
	"syscall"
	"time"
)

// settled is how old the last change of a file must be before a reading of it is kept: one
// that comes within the same tick of the file system's clock would leave the stamp as it is.
const settled = 2 * time.Second

// Stamp is what the file system says of a file that changes when somebody writes into it,
// or puts another in its place. The zero value is that of a file of which it says nothing.
type Stamp struct {
	Device, Inode  uint64
	Size           int64
	Written, Since int64 // modification and change of status, ns since 1970 UTC
}

// Of is the stamp of a file, zero where there is none: objects of an archive, or a file
// that was changed just now.
func Of(f any, now time.Time) Stamp {
	file, ok := f.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return Stamp{}
	}
	info, err := file.Stat()
	if err != nil {
		return Stamp{}
	}
	on, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Stamp{}
	}
	s := Stamp{uint64(on.Dev), on.Ino, info.Size(), on.Mtim.Nano(), on.Ctim.Nano()}
	if now.Sub(time.Unix(0, s.Since)) < settled {
		return Stamp{}
	}
	return s
}

func (s Stamp) zero() bool { return s == Stamp{} }

func (s Stamp) bytes() []byte {
	b := make([]byte, 0, 40)
	for _, n := range []uint64{s.Device, s.Inode, uint64(s.Size), uint64(s.Written), uint64(s.Since)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func (s *Stamp) parse(b []byte) bool {
	if len(b) != 40 {
		return false
	}
	n := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	*s = Stamp{n(0), n(1), int64(n(2)), int64(n(3)), int64(n(4))}
	return true
}
