// Package leftover makes whole what a recorder left behind that died: segments that
// are still open, and closed ones that the journal does not know.
package leftover

import (
	"cmp"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/clock"
	"watchroom/internal/durable"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
	"watchroom/internal/recording/segment"
)

// Folder is what one camera's recorders have written. Nobody may write there while
// Find runs; what is begun afterwards is left alone.
type Folder struct {
	Root   string // the recordings folder
	Camera string
	Clock  clock.Clock
	Log    *slog.Logger
	Try    segment.Try
	Fail   func(error) // is told of what cannot be read or written; the rest goes on

	// Alone says that this camera is recorded onto no other volume, so that the journals
	// here tell of all its runs.
	Alone bool

	// Newest, set by Find, is the id of the latest run in the journals of the last days,
	// empty if there is none.
	Newest string
	// Footage and Silence, set by Find, are the latest instants at which the journals of the
	// last days tell of pictures, and that none follow, in µs; 0 where they do not.
	Footage, Silence int64
}

// Left is a file that was left behind.
type Left struct {
	Path   string           // below the root
	Sealed []journal.Sealed // what the journal knows of it while it was written, oldest first
	// Strange: the journals of its days know no run of its name. Watched: they tell of
	// seals, so that one that was open for long had to be sealed.
	Strange, Watched bool
	Gone             bool  // it is not there
	Past             *Past // what the journals tell besides; may be nil
}

// Past is what the journals of a camera tell of its runs and segments.
type Past struct {
	Runs  lives.Account
	Roots map[string]string // files by their roots
}

// Take takes in the next line.
func (p *Past) Take(r *journal.Record) {
	p.Runs.Take(r)
	if r.Segment != nil && r.Kind == journal.KindSegment {
		if p.Roots == nil {
			p.Roots = map[string]string{}
		}
		p.Roots[r.Root] = r.File
	}
}

// Doubt tells why what was left behind can hardly be of its run. What was sealed while it
// was written may begin where nothing is known to have ended.
func (p *Past) Doubt(seg *segment.Closed, now int64, alone, sealed bool) lives.Doubt {
	if of, known := p.Roots[seg.Root]; known && of != seg.File {
		return lives.Copied
	}
	name, _, err := segment.ParseName(seg.File)
	if err != nil {
		return lives.Strange
	}
	return p.Runs.Doubt(name.Run, seg.Start, seg.End, now, alone && !sealed)
}

// follows tells whether a segment goes on where what the journals know ended: a run whose
// line they did not get, since the camera sent other tracks from one picture to the next.
func (p *Past) follows(seg *segment.Closed) bool {
	name, _, err := segment.ParseName(seg.File)
	return err == nil && p.Runs.Follows(name.Run, seg.Start)
}

// Unproved tells whether nothing shows that a recorder of this camera wrote what was
// found, at an instant (µs since 1970 UTC; 0: that does not matter). It is taken in all the
// same: to lose footage would be worse than to have what is another's, and the room is
// told. alone says that the journals that were read tell of all runs of the camera.
func Unproved(l *Left, seg *segment.Closed, now int64, alone bool) bool {
	sealed := len(l.Sealed) > 0
	if l.Past != nil && l.Past.Doubt(seg, now, alone, sealed) != lives.None {
		return true
	}
	long := seg.End-seg.Start > journal.SealedBy
	switch {
	case sealed:
		return false
	case l.Strange && l.Past != nil && l.Past.follows(seg):
		return false
	case l.Strange:
		return long || alone && seg.End-seg.Start > lives.Brief
	}
	return long && l.Watched
}

// near is how many of the newest days Find lists: whatever was open when a process died
// is there, unless the clock was set in between.
const near = 8

// Find lists open segments of the newest days, and closed ones of the last two that the
// journal does not know. Paths are below the root, in order of the segments' start; what
// has no name of a segment comes first. How long it takes does not depend on how much
// is kept.
func (f *Folder) Find() []Left {
	days := f.days(filepath.Join(f.Root, f.Camera))
	return f.find(days, f.lastDays(days, near), f.lastDays(days, 2))
}

// Elsewhere lists open segments of all other days, since a clock that was set may have
// placed them anywhere. Before it looks at a day it asks on. What belongs to a run that
// began after those that Find knows of is somebody's at work, and left out.
func (f *Folder) Elsewhere(on func() bool) []Left {
	all := f.days(filepath.Join(f.Root, f.Camera))
	lately := f.lastDays(all, near)
	var out []Left
	for _, d := range all {
		if slices.Contains(lately, d) {
			continue
		}
		if !on() {
			return out
		}
		out = append(out, slices.DeleteFunc(f.find(all, []string{d}, nil), func(l Left) bool {
			name, open, err := segment.ParseName(l.Path)
			return err == nil && (!open || media.LaterRun(name.Run, f.Newest))
		})...)
	}
	return out
}

// find lists what was left in some of the days that there are: open segments, and in
// the last ones closed ones that the journal does not know.
func (f *Folder) find(days, among, last []string) []Left {
	dir := filepath.Join(f.Root, f.Camera)
	known, sealed, runs, watched := map[string]bool{}, map[string][]journal.Sealed{}, map[string]bool{}, false
	past := &Past{}
	look := func(day string) {
		err := journal.Walk(filepath.Join(dir, day, journal.FileName), func(rec *journal.Record) {
			past.Take(rec)
			if rec.Run != "" && rec.Kind != journal.KindMove && rec.Kind != journal.KindTombstone {
				runs[rec.Run] = true
			}
			watched = watched || rec.Kind == journal.KindSeal
			switch {
			case rec.Kind == journal.KindLost && rec.Sealed != nil:
				known[rec.Sealed.File] = true
			case rec.Segment != nil && (rec.Kind == journal.KindSegment || rec.Kind == journal.KindMove || rec.Kind == journal.KindTombstone):
				known[rec.File] = true
			case rec.Sealed != nil: // also of what is told of: somebody may have told of what is open
				sealed[rec.Sealed.File] = append(sealed[rec.Sealed.File], *rec.Sealed)
			}
			if media.LaterRun(rec.Run, f.Newest) {
				f.Newest = rec.Run
			}
			switch rec.Kind {
			case journal.KindRun, journal.KindSegment:
				f.Footage = max(f.Footage, rec.At)
			case journal.KindGap, journal.KindStop:
				f.Silence = max(f.Silence, rec.At)
			}
		})
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			f.Fail(err)
		}
	}
	type found struct {
		path  string
		start int64
	}
	var left []found
	read := slices.Clone(last)
	for _, d := range among {
		files, err := os.ReadDir(filepath.Join(dir, d))
		if err != nil {
			f.Fail(err)
			continue
		}
		for _, file := range files {
			path := filepath.Join(f.Camera, d, file.Name())
			open := strings.HasSuffix(path, segment.PartExt)
			if !open && (!strings.HasSuffix(path, segment.Ext) || !slices.Contains(last, d)) {
				continue
			}
			name, _, _ := segment.ParseName(path)
			left = append(left, found{path, name.Start})
			// The seals of a segment stand in the journals of the days it was written on. One
			// that is older than the last days is rare: a clock was set.
			for _, at := range []int64{name.Start, name.Start + dayLength} {
				if day := segment.Day(at); open && name.Start != 0 && slices.Contains(days, day) && !slices.Contains(read, day) {
					read = append(read, day)
				}
			}
		}
	}
	slices.Sort(read) // what a run did is told in the order of time
	for _, d := range read {
		look(d)
	}
	left = slices.DeleteFunc(left, func(l found) bool { return known[l.path] && !strings.HasSuffix(l.path, segment.PartExt) })
	slices.SortStableFunc(left, func(a, b found) int { return cmp.Compare(a.start, b.start) })
	out := make([]Left, 0, len(left))
	for _, l := range left {
		name, _, _ := segment.ParseName(l.path)
		file := strings.TrimSuffix(l.path, segment.PartExt)
		out = append(out, Left{Path: l.path, Sealed: sealed[file], Strange: !runs[name.Run], Watched: watched, Past: past})
		delete(sealed, file)
	}
	maps.DeleteFunc(sealed, func(file string, _ []journal.Sealed) bool { return known[file] })
	return append(out, f.gone(sealed)...)
}

// gone gives what had been sealed and is not there, in order.
func (f *Folder) gone(sealed map[string][]journal.Sealed) (out []Left) {
	for _, file := range slices.Sorted(maps.Keys(sealed)) {
		name, open, err := segment.ParseName(file)
		if err != nil || open || name.Camera != f.Camera || name.Path() != file {
			continue // somebody copied a folder
		}
		there := false
		for _, path := range []string{file + segment.PartExt, file} { // it is renamed in this order
			_, err := os.Lstat(filepath.Join(f.Root, path))
			there = there || !errors.Is(err, os.ErrNotExist)
		}
		if !there {
			out = append(out, Left{Path: file + segment.PartExt, Sealed: sealed[file], Gone: true})
		}
	}
	return out
}

const dayLength = int64(24 * time.Hour / time.Microsecond)

func (f *Folder) days(dir string) (days []string) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		f.Fail(err)
	}
	for _, e := range entries {
		// The quarantine's name is as long as a day's: what stands there stays there.
		if _, err := time.Parse(time.DateOnly, e.Name()); err == nil && e.IsDir() {
			days = append(days, e.Name())
		}
	}
	slices.Sort(days)
	return days
}

// lastDays are the days in which a segment may have been closed without its line
// in the journal: the newest two there are, and those around the present.
func (f *Folder) lastDays(days []string, n int) []string {
	last := slices.Clone(days[max(0, len(days)-n):])
	now := f.Clock.Now()
	for _, t := range []time.Time{now.AddDate(0, 0, -1), now} {
		d := t.Format(time.DateOnly)
		if slices.Contains(days, d) && !slices.Contains(last, d) {
			last = append(last, d)
		}
	}
	return last
}

// Adopt makes what was found whole, one after the other, and gives the journal's
// records for it.
func (f *Folder) Adopt(found []Left) (records []journal.Record) {
	for _, l := range found {
		path := l.Path
		var seg *segment.Closed
		var what Other
		if l.Gone {
			f.Log.Error("a left-over segment that had been sealed is not there", "file", path)
			records = append(records, f.lost(&l))
			continue
		}
		err := f.Try.Ask("adopt", path)
		if err == nil {
			seg, what, err = Adopt(f.Root, path, l.Sealed)
		}
		if err != nil {
			f.Log.Error("a left-over file could not be taken in", "file", path, "err", err)
			f.Fail(err)
			continue
		}
		if what == Misplaced { // whose it is and where it belongs the catalogue finds out
			f.Log.Error("a file lies where it does not belong; it is left there", "what", string(what), "file", path)
			continue
		}
		if seg == nil {
			f.Log.Warn("a file was set aside", "what", string(what), "file", path)
			if n := len(l.Sealed); n > 0 {
				f.Log.Error("parts of it had been sealed", "file", path, "parts", l.Sealed[n-1].Parts)
				records = append(records, f.lost(&l))
			}
			continue
		}
		if seg.Short > 0 || seg.Altered {
			f.Log.Error("a left-over segment is not what was sealed", "file", seg.File, "short", seg.Short, "altered", seg.Altered)
		}
		if seg.Unproved = Unproved(&l, seg, f.Clock.Micro(), f.Alone); seg.Unproved {
			f.Log.Error("nothing shows that this recorder wrote a left-over segment", "file", seg.File, "run_known", !l.Strange)
		}
		f.Log.Info("a left-over segment was made whole", "file", seg.File)
		name, _, _ := segment.ParseName(path)
		rec := journal.Record{Kind: journal.KindSegment, At: seg.End, Run: name.Run, Segment: seg}
		if l.Past != nil && !seg.Unproved {
			l.Past.Take(&rec) // the next may go on from here
		}
		records = append(records, rec)
	}
	return records
}

// lost is the journal's word of what had been sealed and is not there.
func (f *Folder) lost(l *Left) journal.Record {
	return journal.Record{Kind: journal.KindLost, At: f.Clock.Micro(), Sealed: &l.Sealed[len(l.Sealed)-1]}
}

// Adopt makes a left-over segment whole. path is below root. What is no segment of its
// camera and day gives nil without error, and what it is instead: a whole segment of
// another camera or day is left where it lies, everything else then stands in the
// camera's quarantine folder. What is left is compared with what was sealed of it, if
// anything was.
func Adopt(root, path string, sealed []journal.Sealed) (*segment.Closed, Other, error) {
	name, open, err := segment.ParseName(path)
	st, missing := os.Lstat(filepath.Join(root, path))
	switch {
	case missing == nil && !st.Mode().IsRegular():
		return aside(root, path, ofMode(st.Mode()))
	case err != nil:
		return aside(root, path, Nameless)
	case strings.TrimSuffix(path, segment.PartExt) != name.Path():
		if open {
			return aside(root, path, Stranger)
		}
		if is, err := whole(filepath.Join(root, path)); err != nil || is {
			return nil, Misplaced, err
		}
		return aside(root, path, Stranger)
	}
	f, err := durable.OpenToWrite(filepath.Join(root, path))
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	s, tracks, err := segment.Inspect(f, root, name, nil)
	if errors.Is(err, fmp4.ErrMalformed) || errors.Is(err, fmp4.ErrTruncated) || err == nil && s.Frames == 0 {
		return aside(root, path, Pictureless)
	}
	if err != nil {
		return nil, "", err
	}
	lead := tracks[0].ID
	for _, t := range tracks {
		if t.Codec.Video() {
			lead = t.ID
			break
		}
	}
	if open {
		if err := setAside(root, path, f, s.Size); err != nil {
			return nil, "", err
		}
		if err := f.Truncate(s.Size); err != nil {
			return nil, "", err
		}
		if err := s.Finish(lead); err != nil {
			return nil, "", err
		}
	} else if st, err := f.Stat(); err == nil {
		s.Size = st.Size()
	}
	seg := s.Describe(tracks)
	seg.Recovered = true
	for i := range sealed {
		compare(seg, s, &sealed[i])
	}
	return seg, "", nil
}

// compare marks a segment that is not what was sealed of it.
func compare(seg *segment.Closed, s *segment.File, sealed *journal.Sealed) {
	want, ok := sealed.RootHash()
	if !ok {
		return // nothing to compare with
	}
	if root, whole := s.RootOf(sealed.Parts); whole {
		seg.Altered = seg.Altered || root != want
	} else {
		seg.Short = max(seg.Short, sealed.Parts-s.Parts())
	}
}

// setAside copies what stands behind the last whole part of a damaged segment into
// the quarantine, before it is cut off: a power cut may have lost a piece in the
// middle and kept what follows. A part that was cut short by the end of the file is
// nothing to keep.
func setAside(root, path string, f *os.File, from int64) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = fmp4.ReadPart(f, from, st.Size())
	if err == io.EOF || errors.Is(err, fmp4.ErrTruncated) || allZero(f, from, st.Size()) {
		return nil
	}
	to, err := quarantinePath(root, path)
	if err != nil {
		return err
	}
	out, err := durable.Make(to+".tail", 0o640)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.NewSectionReader(f, from, st.Size()-from))
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(to))
}

func allZero(f *os.File, from, to int64) bool {
	buf := make([]byte, 64<<10)
	for from < to {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), to-from)], from)
		if slices.IndexFunc(buf[:n], func(b byte) bool { return b != 0 }) >= 0 {
			return false
		}
		if from += int64(n); err != nil {
			return false
		}
	}
	return true
}
