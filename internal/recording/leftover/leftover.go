// Package leftover makes whole what a recorder left behind that died: segments that
// are still open, and closed ones that the journal does not know.
package leftover

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	"watchroom/internal/recording/segment"
)

// QuarantineDir holds, below a camera's folder, what was found and is no segment.
const QuarantineDir = "quarantine"

// Folder is what one camera's recorders have written. Nobody may write there while
// Find runs; what is begun afterwards is left alone.
type Folder struct {
	Root   string // the recordings folder
	Camera string
	Clock  clock.Clock
	Log    *slog.Logger
	Try    segment.Try
	Fail   func(error) // is told of what cannot be read or written; the rest goes on

	// Newest, set by Find, is the id of the latest run in the journals of the last days,
	// empty if there is none.
	Newest string
}

// Left is a file that was left behind.
type Left struct {
	Path   string           // below the root
	Sealed []journal.Sealed // what the journal knows of it while it was written, oldest first
}

// Find lists open segments of any day, since a clock that was set may have placed
// them anywhere, and closed ones of the last days that the journal does not know.
// Paths are below the root, in order of the segments' start; what has no name of a
// segment comes first.
func (f *Folder) Find() []Left {
	dir := filepath.Join(f.Root, f.Camera)
	days := f.days(dir)
	last := f.lastDays(days)
	known, sealed := map[string]bool{}, map[string][]journal.Sealed{}
	look := func(day string) {
		records, _, _, err := journal.Read(filepath.Join(dir, day, journal.FileName), 0, 0)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			f.Fail(err)
		}
		for _, rec := range records {
			switch {
			case rec.Segment != nil && (rec.Kind == journal.KindSegment || rec.Kind == journal.KindMove || rec.Kind == journal.KindTombstone):
				known[rec.File] = true
				delete(sealed, rec.File)
			case rec.Sealed != nil && !known[rec.Sealed.File]:
				sealed[rec.Sealed.File] = append(sealed[rec.Sealed.File], *rec.Sealed)
			}
			if media.LaterRun(rec.Run, f.Newest) {
				f.Newest = rec.Run
			}
		}
	}
	for _, d := range last {
		look(d)
	}
	type found struct {
		path  string
		start int64
	}
	var left []found
	for _, d := range days {
		files, err := os.ReadDir(filepath.Join(dir, d))
		if err != nil {
			f.Fail(err)
			continue
		}
		for _, file := range files {
			path := filepath.Join(f.Camera, d, file.Name())
			open := strings.HasSuffix(path, segment.PartExt)
			closed := strings.HasSuffix(path, segment.Ext) && slices.Contains(last, d) && !known[path]
			if open || closed {
				name, _, _ := segment.ParseName(path)
				left = append(left, found{path, name.Start})
			}
		}
	}
	slices.SortStableFunc(left, func(a, b found) int { return cmp.Compare(a.start, b.start) })
	// The seals of a segment stand in the journals of the days it was written on. One
	// that is older than those read above is rare: a clock was set.
	for _, l := range left {
		for _, at := range []int64{l.start, l.start + dayLength} {
			if day := segment.Day(at); l.start != 0 && slices.Contains(days, day) && !slices.Contains(last, day) {
				last = append(last, day)
				look(day)
			}
		}
	}
	out := make([]Left, len(left))
	for i, l := range left {
		out[i] = Left{l.path, sealed[strings.TrimSuffix(l.path, segment.PartExt)]}
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
func (f *Folder) lastDays(days []string) []string {
	last := slices.Clone(days[max(0, len(days)-2):])
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
		err := f.Try.Ask("adopt", path)
		if err == nil {
			seg, err = Adopt(f.Root, path, l.Sealed)
		}
		if err != nil {
			f.Log.Error("a left-over file could not be taken in", "file", path, "err", err)
			f.Fail(err)
			continue
		}
		if seg == nil {
			f.Log.Warn("a file without pictures was set aside", "file", path)
			if n := len(l.Sealed); n > 0 {
				f.Log.Error("parts of it had been sealed", "file", path, "parts", l.Sealed[n-1].Parts)
			}
			continue
		}
		if seg.Short > 0 || seg.Altered {
			f.Log.Error("a left-over segment is not what was sealed", "file", seg.File, "short", seg.Short, "altered", seg.Altered)
		}
		f.Log.Info("a left-over segment was made whole", "file", seg.File)
		name, _, _ := segment.ParseName(path)
		records = append(records, journal.Record{Kind: journal.KindSegment, At: seg.End, Run: name.Run, Segment: seg})
	}
	return records
}

// Adopt makes a left-over segment whole. path is below root. It returns nil
// without error where the file held no whole part: then it stands in the camera's
// quarantine folder. What is left is compared with what was sealed of it, if anything
// was.
func Adopt(root, path string, sealed []journal.Sealed) (*segment.Closed, error) {
	name, open, err := segment.ParseName(path)
	if err != nil || strings.TrimSuffix(path, segment.PartExt) != name.Path() {
		return nil, quarantine(root, path) // no segment, or one of another camera or day
	}
	if st, err := os.Lstat(filepath.Join(root, path)); err == nil && !st.Mode().IsRegular() {
		return nil, quarantine(root, path)
	}
	f, err := os.OpenFile(filepath.Join(root, path), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, tracks, err := segment.Inspect(f, root, name, nil)
	if errors.Is(err, fmp4.ErrMalformed) || errors.Is(err, fmp4.ErrTruncated) || err == nil && s.Frames == 0 {
		return nil, quarantine(root, path)
	}
	if err != nil {
		return nil, err
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
			return nil, err
		}
		if err := f.Truncate(s.Size); err != nil {
			return nil, err
		}
		if err := s.Finish(lead); err != nil {
			return nil, err
		}
	} else if st, err := f.Stat(); err == nil {
		s.Size = st.Size()
	}
	seg := s.Describe(tracks)
	seg.Recovered = true
	for i := range sealed {
		compare(seg, s, &sealed[i])
	}
	return seg, nil
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
	out, err := os.OpenFile(to+".tail", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
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

// quarantine moves a file into its camera's quarantine folder.
func quarantine(root, path string) error {
	to, err := quarantinePath(root, path)
	if err != nil {
		return err
	}
	return durable.Rename(filepath.Join(root, path), to)
}

// quarantinePath is the place of a file in the quarantine folder, which is made.
func quarantinePath(root, path string) (string, error) {
	camera, rest, ok := strings.Cut(path, string(filepath.Separator))
	if !ok {
		return "", fmt.Errorf("leftover: %q lies outside a camera's folder", path)
	}
	if err := durable.MakeDir(root, camera, QuarantineDir); err != nil {
		return "", err
	}
	name := strings.ReplaceAll(rest, string(filepath.Separator), "_")
	if len(name) > longName {
		sum := sha256.Sum256([]byte(name))
		name = fmt.Sprintf("%s~%x", strings.ToValidUTF8(name[:longName-17], ""), sum[:8])
	}
	first := filepath.Join(root, camera, QuarantineDir, name)
	to := first
	for n := 2; ; n++ { // nothing is written over what was set aside before
		_, err := os.Lstat(to)
		_, tail := os.Lstat(to + ".tail")
		if errors.Is(err, os.ErrNotExist) && errors.Is(tail, os.ErrNotExist) {
			return to, nil
		}
		for _, err := range []error{err, tail} {
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
		}
		to = fmt.Sprintf("%s~%d", first, n)
	}
}

// longName is what a name may have of the 255 bytes that file systems allow, so that the
// day before it, a number and an ending behind it still fit. Names of ours are shorter.
const longName = 230
