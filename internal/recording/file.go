package recording

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
)

// segmentFile is one open segment. All but the sync fields belong to the writer.
type segmentFile struct {
	volume *Volume
	name   Name
	path   string // of the open file
	file   *os.File
	size   int64
	tree   leaf.Tree
	points []fmp4.KeyPoint
	frames int
	end    int64 // wall clock behind the last sample of the track that leads, µs

	dirty      atomic.Bool // written since the last sync
	dirtySince atomic.Int64
	listed     atomic.Bool // its name is on the disk, too
}

// createFile makes a new open segment with its initialisation segment. O_EXCL: a
// name that is taken is never written over.
func createFile(v *Volume, name Name, init []byte) (*segmentFile, error) {
	root := v.Root
	if err := makeDir(root, name.Camera, Day(name.Start)); err != nil {
		return nil, err
	}
	path := filepath.Join(root, name.Path()) + PartExt
	if _, err := os.Stat(filepath.Join(root, name.Path())); err == nil {
		return nil, fmt.Errorf("recording: %s: %w", name.Path(), os.ErrExist)
	}
	if err := v.try("create", path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, err
	}
	s := &segmentFile{volume: v, name: name, path: path, file: f}
	if err := s.write([][]byte{init}); err != nil {
		f.Close()
		os.Remove(path) // holds no picture yet
		return nil, err
	}
	s.tree.Add(leaf.Part(init))
	return s, nil
}

// write appends the pieces in one go. After an error the file is cut back to its
// last whole part, so that it stays sound.
func (s *segmentFile) write(pieces [][]byte) error {
	total := int64(0)
	for _, p := range pieces {
		total += int64(len(p))
	}
	err := s.volume.try("write", s.path)
	if err == nil {
		err = writeAll(int(s.file.Fd()), pieces, s.size)
	}
	if err != nil {
		if cut := s.file.Truncate(s.size); cut != nil {
			return errors.Join(err, cut)
		}
		return err
	}
	s.size += total
	if !s.dirty.Swap(true) {
		s.dirtySince.Store(time.Now().UnixNano())
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

// sync brings the file's data to the disk, the first time its name as well. It may
// be called while the writer goes on, and while it closes the file; what is written
// meanwhile stays dirty.
func (s *segmentFile) sync() error {
	s.dirty.Store(false)
	err := s.volume.try("sync", s.path)
	if err == nil {
		err = s.datasync()
	}
	if err == nil && !s.listed.Load() {
		if err = syncDir(filepath.Dir(s.path)); err == nil {
			s.listed.Store(true)
		}
	}
	if err != nil {
		s.dirty.Store(true)
	}
	return err
}

func (s *segmentFile) datasync() error {
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

// finish makes the segment whole: index, file on disk, final name, folder on
// disk. The order matters: only after it may a journal or a row speak of it.
func (s *segmentFile) finish(track int) error {
	index := fmp4.AppendIndex(nil, track, s.points)
	if err := s.write([][]byte{index}); err != nil {
		// A full disk has no room for the index. Readers do without it, where what
		// there was of it is gone.
		if st, statErr := s.file.Stat(); statErr != nil || st.Size() != s.size {
			return err
		}
	}
	if err := s.volume.try("close", s.path); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	final := filepath.Join(s.volume.Root, s.name.Path())
	if err := os.Rename(s.path, final); err != nil {
		return err
	}
	return syncDir(filepath.Dir(final))
}
