package seal

import (
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
}
