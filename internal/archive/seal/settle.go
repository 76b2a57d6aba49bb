package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"watchroom/evidence/leaf"
	"watchroom/internal/recording/journal"
)

// settle moves the cursors as far as the log is: what was appended by a process that
// died, or failed, before it could note it. Where there are no cursors of this log, all
// of it is read.
func (f *follower) settle(ctx context.Context) error {
	c, size := f.cursors, f.s.Into.Size()
	if c.size > size {
		return fmt.Errorf("%w: it has %d entries and had %d", ErrBehind, size, c.size)
	}
	last := map[file]int64{} // per journal the offset of the last line that is in the log
	members := Members{Dir: f.s.Dir}
	for b, err := range f.s.Into.Entries(ctx, c.size, size) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		e, err := leaf.Decode(b)
		if err != nil && !errors.Is(err, leaf.ErrEntry) && !errors.Is(err, leaf.ErrUnknown) {
			return err
		}
		note := func(camera string, at leaf.Place) {
			name := file{at.Volume, camera, at.Day}
			last[name] = max(last[name], at.Offset)
		}
		switch e := e.(type) {
		case leaf.Placed:
			note(e.From())
		case *leaf.Seal:
			all, err := members.Of(e)
			if err != nil { // then its notes are sealed once more, which is true as well
				f.s.Log.Error("the members of a seal in the log are not beside it", "at", e.At, "err", err)
			}
			for i := range all {
				note(all[i].Camera, all[i].Place)
			}
		case *leaf.Summary:
			if e.Day >= c.day {
				c.day, c.upTo = e.Day, e.To
			}
		}
	}
	moved := map[file]int64{}
	for name, offset := range last {
		next, err := f.behind(ctx, name, offset)
		if errors.Is(err, fs.ErrNotExist) || journal.Unreadable(err) {
			// The volume is away, or the journal is gone or spoiled. From inside a line on, its rest
			// is passed over as torn.
			next, err = offset+1, nil
		}
		if err != nil {
			return err
		}
		if next > c.next[name] {
			moved[name] = next
		}
	}
	return f.save(moved, size, false)
}

// save notes how far the journals are in the log, and tells of what lay in the place of that.
func (f *follower) save(moved map[file]int64, size int64, grown bool) error {
	c := f.cursors
	err := c.save(moved, size, grown)
	if c.out != nil && c.other != (Foreign{}) { // it is in its place now
		f.s.Log.Warn("what lay in the place of the cursors of the log was not of this log, and counts for nothing",
			"file", c.path, "log", c.other.Origin, "entries", c.other.Size, "aside", c.other.Aside)
		f.s.foreign(c.other)
		c.other = Foreign{}
	}
	if err != nil {
		return fmt.Errorf("cursors of the log: %w", err)
	}
	return nil
}

// behind is the offset behind the line of a journal that stands at an offset.
func (f *follower) behind(ctx context.Context, name file, offset int64) (int64, error) {
	for _, root := range f.s.Roots() {
		if root.Volume == name.Volume {
			path := filepath.Join(root.Path, name.Camera, name.Day, journal.FileName)
			one, err := reading(ctx, f, root.Volume, func() (some, error) { return linesOf(path, offset, 1) })
			return one.end, err
		}
	}
	return offset, fs.ErrNotExist
}

// summarise tells of a day that is over, once. The log is read for it, so that what the
// summary says can be found out by anybody in the same way.
func (f *follower) summarise(ctx context.Context) error {
	c := f.cursors
	yesterday := leaf.DayOf(f.s.Clock.Now().AddDate(0, 0, -1).UnixMicro())
	if c.day == "" { // the first day of this log is not over
		c.day = yesterday
		return nil
	}
	if yesterday <= c.day || len(f.heads) > 0 {
		return nil
	}
	s := leaf.Summary{Day: yesterday, From: c.upTo, To: f.s.Into.Size()}
	var tree leaf.Tree
	for b, err := range f.s.Into.Entries(ctx, s.From, s.To) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		e, err := leaf.Decode(b)
		if err != nil {
			e = nil
		}
		s.Add(e)
		tree.Add(leaf.Part(b))
	}
	s.Root = tree.Root()
	entry, err := leaf.Encode(&s)
	if err != nil {
		return err
	}
	f.settled = false
	first, err := f.s.Into.Append(context.WithoutCancel(ctx), entry)
	if err != nil {
		return fmt.Errorf("append to the log: %w", err)
	}
	c.day, c.upTo = s.Day, s.To
	if err := f.save(nil, first+1, true); err != nil {
		return err
	}
	f.settled = true
	return nil
}
