package segment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/durable"
)

// Try is asked before each step of the work on a file, so that tests can fail or
// delay it; nil lets everything through. Steps are create, write, sync, close
// (the file to the disk), rename, list (its name to the disk), remove, journal and adopt.
type Try func(step, path string) error

// Ask is t(step, path), nil for the nil Try.
func (t Try) Ask(step, path string) error {
	if t == nil {
		return nil
	}
	return t(step, path)
}

// File is one open segment. It belongs to its writer; only Sync, Due and Listed may
// be called by others meanwhile.
type File struct {
	Name   Name
	Path   string // of the open file
	Size   int64  // bytes written
	Points []fmp4.KeyPoint
	Frames int   // of the track that leads: the video, or the only one
	End    int64 // wall clock behind the last sample of that track, µs since 1970 UTC
	// RTP packets and access units that it is short of; nil where nobody counted.
	Lost, Dropped *int64

	root string // the recordings folder
	file *os.File
	tree leaf.Tree
	try  Try
	// pieces are the hashes below tree of a file that was inspected; of one that is
	// being written nobody asks for them.
	pieces []leaf.Hash

	dirty      atomic.Bool  // written since the last sync
	dirtySince atomic.Int64 // of clock.Steady
	listed     atomic.Bool  // its name is on the disk, too
}

// Create makes a new open segment below root with its initialisation segment.
// O_EXCL: a name that is taken is never written over.
func Create(root string, name Name, init []byte, try Try) (*File, error) {
	if err := durable.MakeDir(root, name.Camera, Day(name.Start)); err != nil {
		return nil, err
	}
	path := filepath.Join(root, name.Path()) + PartExt
	if _, err := os.Stat(filepath.Join(root, name.Path())); err == nil {
		return nil, fmt.Errorf("segment: %s: %w", name.Path(), os.ErrExist)
	}
	if err := try.Ask("create", path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, err
	}
	s := &File{Name: name, Path: path, root: root, file: f, try: try}
	if err := s.write([][]byte{init}); err != nil {
		f.Close()
		os.Remove(path) // holds no picture yet
		return nil, err
	}
	s.tree.Add(leaf.Part(init))
	return s, nil
}

// Append adds a part, whose pieces follow one another in the file, and its hash.
func (s *File) Append(pieces [][]byte) error {
	// writeAll consumes the slice it is given; hashing wants it whole.
	if err := s.write(append([][]byte(nil), pieces...)); err != nil {
		return err
	}
	s.tree.Add(leaf.Part(pieces...))
	return nil
}

// write appends the pieces in one go. After an error the file is cut back to its
// last whole part, so that it stays sound.
func (s *File) write(pieces [][]byte) error {
	total := int64(0)
	for _, p := range pieces {
		total += int64(len(p))
	}
	err := s.try.Ask("write", s.Path)
	if err == nil {
		err = writeAll(int(s.file.Fd()), pieces, s.Size)
	}
	if err != nil {
		if cut := s.file.Truncate(s.Size); cut != nil {
			return errors.Join(err, cut)
		}
		return err
	}
	s.Size += total
	if !s.dirty.Swap(true) {
		s.dirtySince.Store(int64(clock.Steady()))
	}
	return nil
}

// maxPieces is IOV_MAX of Linux.
const maxPieces = 1024

func writeAll(fd int, pieces [][]byte, at int64) error {
	for len(pieces) > 0 {
		n, err := unix.Pwritev(fd, pieces[:min(len(pieces), maxPieces)], at)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return unix.EIO
		}
		at += int64(n)
		for len(pieces) > 0 && n >= len(pieces[0]) {
			n -= len(pieces[0])
			pieces = pieces[1:]
		}
		if n > 0 {
			rest := append([][]byte{pieces[0][n:]}, pieces[1:]...)
			pieces = rest
		}
	}
	return nil
}

// Due tells whether something was written as long ago as that, or longer, and not synced.
func (s *File) Due(ago time.Duration) bool {
	return s.dirty.Load() && int64(clock.Steady())-s.dirtySince.Load() >= int64(ago)
}

// Sync brings the file's data to the disk, the first time its name as well. It may
// be called while the writer goes on, and while it closes the file; what is written
// meanwhile stays dirty.
func (s *File) Sync() error {
	s.dirty.Store(false)
	err := s.try.Ask("sync", s.Path)
	if err == nil {
		err = s.datasync()
	}
	if err == nil && !s.listed.Load() {
		if err = durable.SyncDir(filepath.Dir(s.Path)); err == nil {
			s.listed.Store(true)
		}
	}
	if err != nil {
		s.dirty.Store(true)
	}
	return err
}

func (s *File) datasync() error {
	raw, err := s.file.SyscallConn()
	if err != nil {
		return nil // closed since, and synced before that
	}
	done := err
	if err := raw.Control(func(fd uintptr) { done = unix.Fdatasync(int(fd)) }); err != nil {
		return nil // likewise
	}
	return done
}

// Finish makes the segment whole: index, file on disk, final name, folder on
// disk. The order matters: only after it may a journal or a row speak of it. track is
// the id of the track that leads.
func (s *File) Finish(track int) error {
	index := fmp4.AppendIndex(nil, track, s.Points)
	if err := s.write([][]byte{index}); err != nil {
		// A full disk has no room for the index. Readers do without it, where what
		// there was of it is gone.
		if st, statErr := s.file.Stat(); statErr != nil || st.Size() != s.Size {
			return err
		}
	}
	if err := s.try.Ask("close", s.Path); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	final := filepath.Join(s.root, s.Name.Path())
	if err := s.try.Ask("rename", s.Path); err != nil {
		return err
	}
	if err := os.Rename(s.Path, final); err != nil {
		return err
	}
	if err := s.try.Ask("list", final); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(final))
}

// Close gives the file back without making it whole.
func (s *File) Close() error { return s.file.Close() }

// Remove closes the file and deletes it: it holds no picture.
func (s *File) Remove() error {
	err := s.try.Ask("remove", s.Path)
	if err == nil {
		err = os.Remove(s.Path)
	}
	return errors.Join(s.file.Close(), err)
}
