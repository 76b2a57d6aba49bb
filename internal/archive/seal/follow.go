package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/evidence/leaf"
	"watchroom/internal/durable"
	"watchroom/internal/durable/patience"
	"watchroom/internal/recording/journal"
)

// maxBatch bounds the entries of one Append, and the lines that are read at once.
const maxBatch = 1024

// follower is the sealer's goroutine at work.
type follower struct {
	s       *Sealer
	cursors *cursors
	settled bool // the cursors are as far as the log is

	fullAt  time.Time     // when all days were last looked at
	waiting time.Time     // since when a note of an open segment waits for the others'
	sealed  time.Time     // when a seal was last made
	heads   map[file]head // journals whose next line is such a note
	entries [][]byte
	moved   map[file]int64             // cursors behind entries
	odd     map[string]bool            // what was complained of once
	unread  map[file]string            // journals that cannot be read, and why
	aside   map[file]bool              // journals beside which one lies that was set aside
	full    bool                       // all days are looked at
	guards  map[string]*patience.Guard // by volume

	recalled map[string]bool // by what it says: whether a line that was brought back is in the log
}

// gathers is how long until a seal is due, 0 where no note waits.
func (f *follower) gathers() time.Duration {
	if f.waiting.IsZero() {
		return 0
	}
	return max(f.s.Gather-time.Since(f.waiting), time.Millisecond)
}

// look brings the log up to date: with all cameras, or those that Notify named; at once,
// also where notes wait for other cameras'. After an error nobody knows what the log has
// taken, so it is asked first the next time.
func (f *follower) look(ctx context.Context, all, now bool) error {
	if !f.settled {
		if err := f.settle(ctx); err != nil {
			return err
		}
		f.settled = true
	}
	due := now || !f.waiting.IsZero() && time.Since(f.waiting) >= f.s.Gather
	full := f.fullAt.IsZero() || time.Since(f.fullAt) >= f.s.Full
	dirty := f.s.taken()
	if full || due || all {
		dirty = nil
	}
	f.full = full
	files, err := f.journals(ctx, dirty, full)
	if err == nil && full {
		f.gone(files)
	}
	if err == nil {
		err = f.bring(ctx, files, dirty == nil, due)
	}
	if err == nil {
		err = f.beat(ctx)
	}
	if err != nil {
		f.settled = false
		return err
	}
	if full {
		f.fullAt, f.recalled = time.Now(), nil
	}
	return f.summarise(ctx)
}

// bring brings what journals hold into the log. A note of an open segment waits at the
// head of its journal until the seal is due; what stands behind it waits with it, so
// that a cursor says all.
func (f *follower) bring(ctx context.Context, files []found, all, due bool) error {
	f.heads, f.entries, f.moved = map[file]head{}, nil, map[file]int64{}
	for {
		for _, j := range files {
			if err := ctx.Err(); err != nil { // what there is to bring may take hours
				return err
			}
			if err := f.read(ctx, j); err != nil {
				return err
			}
		}
		if err := f.flush(ctx); err != nil {
			return err
		}
		if len(f.heads) == 0 {
			if all {
				f.waiting = time.Time{}
			}
			return nil
		}
		if !due {
			if f.waiting.IsZero() {
				f.waiting = time.Now()
			}
			return nil
		}
		// Only these journals were not read to their end.
		files = slices.DeleteFunc(files, func(j found) bool { _, waits := f.heads[j.file]; return !waits })
		if err := f.seal(ctx); err != nil {
			return err
		}
	}
}

// head is a note of an open segment that is the next line of its journal.
type head struct {
	leaf.Member
	next int64 // offset behind the line
}

// found is a journal that was found.
type found struct {
	file
	path string
}

// journals lists those of some cameras (nil: all), of all days or of those that are
// written.
func (f *follower) journals(ctx context.Context, cameras map[string]bool, full bool) ([]found, error) {
	var out []found
	now := f.s.Clock.Now()
	today, yesterday := now.Format(time.DateOnly), now.AddDate(0, 0, -1).Format(time.DateOnly)
	for _, root := range f.s.Roots() {
		entries, err := reading(ctx, f, root.Volume, func() ([]os.DirEntry, error) { return os.ReadDir(root.Path) })
		if errors.Is(err, patience.ErrStands) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("recording folder: %w", err)
		}
		for _, e := range entries {
			camera := e.Name()
			if !e.IsDir() || camera == journal.Rescued || cameras != nil && !cameras[camera] {
				continue
			}
			if leaf.Word(camera) != camera {
				f.once("a folder has no name of a camera and is not followed into the log", filepath.Join(root.Path, camera))
				continue
			}
			days, err := reading(ctx, f, root.Volume, func() ([]string, error) { return dayFolders(filepath.Join(root.Path, camera)) })
			if errors.Is(err, patience.ErrStands) {
				break
			}
			folder := file{Volume: root.Volume, Camera: camera}
			if f.spoiled(folder, err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			f.well(folder)
			for i, day := range days {
				j := found{file{root.Volume, camera, day}, filepath.Join(root.Path, camera, day, journal.FileName)}
				if full || i >= len(days)-2 || day == today || day == yesterday {
					out = append(out, j)
				}
			}
		}
	}
	return out, nil
}

func dayFolders(dir string) (days []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	for _, e := range entries {
		if _, err := time.Parse(time.DateOnly, e.Name()); err == nil && e.IsDir() {
			days = append(days, e.Name())
		}
	}
	slices.Sort(days)
	return days, nil
}

func (f *follower) once(text, about string) {
	if !f.odd[text+about] {
		f.odd[text+about] = true
		f.s.Log.Error(text, "file", about) //nolint:sloglint // one of two constants
	}
}

// read takes a journal's lines up to the next note of an open segment or its end. What keeps
// it from being read is told of, and keeps up no other.
func (f *follower) read(ctx context.Context, j found) error {
	if _, waits := f.heads[j.file]; waits {
		return nil
	}
	next, moved := f.moved[j.file]
	if !moved {
		next = f.cursors.next[j.file]
	}
	st, err := reading(ctx, f, j.Volume, func() (os.FileInfo, error) { return os.Lstat(j.path) })
	if err == nil && !st.Mode().IsRegular() {
		err = durable.ErrIrregular
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, patience.ErrStands) || f.spoiled(j.file, err) {
		return nil
	}
	if err != nil {
		return err
	}
	if f.full || st.Size() != next {
		if err := f.asides(ctx, j); err != nil {
			return err
		}
	}
	switch {
	case st.Size() == next:
		f.well(j.file)
		return nil
	case st.Size() < next:
		f.once("a journal is shorter than what of it is in the log", j.path)
		f.moved[j.file] = st.Size()
		return nil
	}
	// What is in the log must not be lost with the power.
	_, err = reading(ctx, f, j.Volume, func() (struct{}, error) { return struct{}{}, syncFile(j.path) })
	if err != nil {
		if f.spoiled(j.file, err) {
			return nil
		}
		return later(err)
	}
	// A note of an open segment may come with the next line, and what was read behind it
	// is read again: hundreds of them wait in a journal after hours without the log.
	for limit := 8; ; limit = min(4*limit, maxBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		some, err := reading(ctx, f, j.Volume, func() (some, error) { return linesOf(j.path, next, limit) })
		spoiled := f.spoiled(j.file, err) // and what stands before that counts
		if err != nil && !spoiled {
			return later(err)
		}
		lines, end := some.lines, some.end
		if some.torn > 0 {
			f.s.Log.Warn("torn lines in a journal are not in the log", "file", j.path, "lines", some.torn)
		}
		if end == next {
			if !spoiled {
				f.well(j.file)
			}
			return nil
		}
		on, err := f.take(ctx, j, lines, st.Size())
		if err != nil || !on || end > st.Size() {
			return err
		}
		next = end
		f.moved[j.file] = end
	}
}

// take takes lines of a journal up to the next note of an open segment, and tells whether
// those behind them can be taken, too: size is how much of the journal is on the disk.
func (f *follower) take(ctx context.Context, j found, lines []journal.Line, size int64) (on bool, err error) {
	for i := range lines {
		l := &lines[i]
		if l.Next > size {
			return false, nil // written since it was synced
		}
		place := leaf.Place{Volume: j.Volume, Day: j.Day, Offset: l.Offset}
		if l.Again {
			in, err := f.inLog(ctx, j.Camera, l)
			if err != nil {
				return false, err
			}
			if in {
				f.moved[j.file] = l.Next
				continue
			}
		}
		if m := memberOf(j.Camera, place, l); m != nil {
			f.moved[j.file], f.heads[j.file] = l.Offset, head{*m, l.Next}
			return false, nil
		}
		if b := entryOf(j.Camera, place, l); b != nil {
			f.entries = append(f.entries, b)
		}
		f.moved[j.file] = l.Next
		if len(f.entries) >= maxBatch {
			if err := errors.Join(f.flush(ctx), ctx.Err()); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

func syncFile(path string) error {
	fd, err := durable.OpenRegular(path)
	if err != nil {
		return err
	}
	defer fd.Close()
	return unix.Fdatasync(int(fd.Fd()))
}

// flush appends what was gathered and moves the cursors behind it.
func (f *follower) flush(ctx context.Context) error {
	if len(f.entries) == 0 && len(f.moved) == 0 {
		return nil
	}
	size, grown := f.cursors.size, len(f.entries) > 0
	if grown {
		first, err := f.s.Into.Append(context.WithoutCancel(ctx), f.entries...)
		if err != nil {
			return fmt.Errorf("append to the log: %w", err)
		}
		size = first + int64(len(f.entries))
	}
	if err := f.save(f.moved, size, grown); err != nil {
		return err
	}
	f.entries, f.moved = nil, map[file]int64{}
	return nil
}

// seal ties the waiting notes together in one entry: their lines on the disk first,
// then the entry.
func (f *follower) seal(ctx context.Context) error {
	members := make([]leaf.Member, 0, len(f.heads))
	for _, h := range f.heads {
		members = append(members, h.Member)
	}
	s, block, err := leaf.NewSeal(f.s.Clock.Micro(), members)
	if err != nil {
		return err
	}
	entry, err := leaf.Encode(s)
	if err != nil {
		return err
	}
	day := leaf.DayOf(s.At)
	aside, err := keepMembers(f.s.Dir, day, block)
	if aside != "" {
		f.s.Log.Warn("what lay in the place of the members of seals is no file; it was put aside", "day", day, "aside", aside)
		f.s.foreign(Foreign{File: MembersDir + "/" + day, Aside: MembersDir + "/" + filepath.Base(aside)})
	}
	if err != nil {
		return fmt.Errorf("members of a seal: %w", err)
	}
	f.entries = [][]byte{entry}
	for name, h := range f.heads {
		f.moved[name] = h.next
	}
	if err := f.flush(ctx); err != nil {
		return err
	}
	f.s.mu.Lock()
	for _, m := range members {
		f.s.sealed[m.File] = max(f.s.sealed[m.File], m.At)
	}
	f.s.mu.Unlock()
	f.heads, f.sealed = map[file]head{}, time.Now()
	return nil
}
