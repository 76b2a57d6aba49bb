package seal

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"watchroom/internal/recording/journal"
)

// Unread is a journal that is there and cannot be read.
type Unread struct {
	Volume, Camera string
	Day            string // empty: no journal of the camera on that volume
	Why            string
}

// spoiled notes, and tells once, that a journal cannot be read, where an error is its own.
func (f *follower) spoiled(j file, err error) bool {
	if !journal.Unreadable(err) {
		return false
	}
	if why := journal.Why(err); f.unread[j] != why {
		f.unread[j] = why
		f.s.Log.Error("a journal cannot be read; what it tells does not come into the log until it can", "volume", j.Volume, "camera", j.Camera, "day", j.Day, "err", err)
		f.tell(j, why)
	}
	return true
}

// well notes that a journal has been read to its end.
func (f *follower) well(j file) {
	if _, was := f.unread[j]; !was {
		return
	}
	delete(f.unread, j)
	f.s.Log.Info("a journal can be read again", "volume", j.Volume, "camera", j.Camera, "day", j.Day)
	f.tell(j, "")
}

// asides looks whether a journal was set aside since it could not be read, and lies there
// still: what it told is in no account and, but for what was taken before, in no log.
func (f *follower) asides(ctx context.Context, j found) error {
	path := filepath.Join(filepath.Dir(j.path), journal.Aside+"1")
	lies, err := reading(ctx, f, j.Volume, func() (bool, error) {
		_, err := os.Lstat(path)
		return err == nil, nil
	})
	if err != nil {
		return later(err)
	}
	switch {
	case lies && !f.aside[j.file]:
		f.aside[j.file] = true
		f.s.Log.Error("a journal that could not be read lies set aside beside the one that was begun in its place", "volume", j.Volume, "camera", j.Camera, "day", j.Day, "file", path)
		f.tellAside(j.file, filepath.Base(path))
	case !lies && f.aside[j.file]:
		delete(f.aside, j.file)
		f.tellAside(j.file, "")
	}
	return nil
}

func (f *follower) tellAside(j file, name string) {
	if f.s.OnAside != nil {
		f.s.OnAside(Unread{Volume: j.Volume, Camera: j.Camera, Day: j.Day, Why: name})
	}
}

func (f *follower) tell(j file, why string) {
	if f.s.OnUnread != nil {
		f.s.OnUnread(Unread{Volume: j.Volume, Camera: j.Camera, Day: j.Day, Why: why})
	}
}

// gone forgets journals that could not be read and are not among those that there are.
func (f *follower) gone(there []found) {
	for j := range f.unread {
		if j.Day != "" && !slices.ContainsFunc(there, func(t found) bool { return t.file == j }) {
			delete(f.unread, j)
			f.tell(j, "")
		}
	}
	for j := range f.aside {
		if !slices.ContainsFunc(there, func(t found) bool { return t.file == j }) {
			delete(f.aside, j)
			f.tellAside(j, "")
		}
	}
}
