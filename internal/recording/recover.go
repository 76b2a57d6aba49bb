package recording

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/media"
)

// QuarantineDir holds, below a camera's folder, what was found and is no segment.
const QuarantineDir = "quarantine"

// leftOver lists what a dead process left: open segments of any day, since a clock
// that was set may have placed them anywhere, and closed ones of the last days that
// the journal does not know. Paths are below the root, in order of time.
func (w *writer) leftOver() []string {
	dir := filepath.Join(w.r.Volume.Root, w.r.Camera)
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			w.r.Volume.Fail(err)
		}
		return nil
	}
	var days []string
	for _, e := range entries {
		// The quarantine's name is as long as a day's: what stands there stays there.
		if _, err := time.Parse(dayLayout, e.Name()); err == nil && e.IsDir() {
			days = append(days, e.Name())
		}
	}
	slices.Sort(days)
	last := w.lastDays(days)
	known := map[string]bool{}
	for _, d := range last {
		records, _, _, err := ReadJournal(filepath.Join(dir, d, JournalName), 0, 0)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			w.r.Volume.Fail(err)
		}
		for _, rec := range records {
			if rec.Segment != nil {
				known[rec.File] = true
			}
		}
	}
	var left []string
	for _, d := range days {
		files, err := os.ReadDir(filepath.Join(dir, d))
		if err != nil {
			w.r.Volume.Fail(err)
			continue
		}
		for _, f := range files {
			path := filepath.Join(w.r.Camera, d, f.Name())
			open := strings.HasSuffix(path, PartExt)
			closed := strings.HasSuffix(path, Ext) && slices.Contains(last, d) && !known[path]
			if open || closed {
				left = append(left, path)
			}
		}
	}
	return left
}

// lastDays are the days in which a segment may have been closed without its line
// in the journal: the newest two there are, and those around the present.
func (w *writer) lastDays(days []string) []string {
	last := slices.Clone(days[max(0, len(days)-2):])
	now := w.r.Clock.Now()
	for _, t := range []time.Time{now.AddDate(0, 0, -1), now} {
		d := t.Format(dayLayout)
		if slices.Contains(days, d) && !slices.Contains(last, d) {
			last = append(last, d)
		}
	}
	return last
}

// adopt makes whole what is left over and gives the records for it. Few recorders
// do so at once: after a power cut all of them have to.
func (w *writer) adopt(left []string) (records []Record) {
	w.r.Volume.inspect <- struct{}{}
	defer func() { <-w.r.Volume.inspect }()
	for _, path := range left {
		var seg *Segment
		err := w.r.Volume.try("adopt", path)
		if err == nil {
			seg, err = Adopt(w.r.Volume.Root, path)
		}
		if err != nil {
			w.r.Log.Error("a left-over file could not be taken in", "file", path, "err", err)
			w.r.Volume.Fail(err)
			continue
		}
		if seg == nil {
			w.r.Log.Warn("a file without pictures was set aside", "file", path)
			continue
		}
		w.r.Log.Info("a left-over segment was made whole", "file", seg.File)
		name, _, _ := ParseName(path)
		records = append(records, Record{Kind: KindSegment, At: seg.End, Run: name.Run, Segment: seg})
	}
	return records
}

// Adopt makes a left-over segment whole. path is below root. It returns nil
// without error where the file held no whole part: then it stands in the camera's
// quarantine folder.
func Adopt(root, path string) (*Segment, error) {
	name, open, err := ParseName(path)
	if err != nil {
		return nil, quarantine(root, path)
	}
	full := filepath.Join(root, path)
	f, err := os.OpenFile(full, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, tracks, err := inspect(f, name)
	if errors.Is(err, fmp4.ErrMalformed) || errors.Is(err, fmp4.ErrTruncated) || err == nil && s.frames == 0 {
		return nil, quarantine(root, path)
	}
	if err != nil {
		return nil, err
	}
	track := tracks[0].ID
	for _, t := range tracks {
		if t.Codec.Video() {
			track = t.ID
			break
		}
	}
	s.volume, s.path, s.file = &Volume{Root: root}, full, f
	if open {
		if err := setAside(root, path, f, s.size); err != nil {
			return nil, err
		}
		if err := f.Truncate(s.size); err != nil {
			return nil, err
		}
		if err := s.finish(track); err != nil {
			return nil, err
		}
	} else if st, err := f.Stat(); err == nil {
		s.size = st.Size()
	}
	seg := describe(s, tracks)
	seg.Recovered = true
	return seg, nil
}

// inspect reads a segment from its bytes alone: identity, index, frames, end.
func inspect(f *os.File, name Name) (*segmentFile, []media.Track, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	head := make([]byte, min(st.Size(), 64<<10))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, nil, fmt.Errorf("recording: reading %s: %w", filepath.Base(f.Name()), err)
	}
	boxes, size, err := fmp4.ReadInit(head)
	if err != nil {
		return nil, nil, err
	}
	tracks := make([]media.Track, len(boxes))
	counted := tracks[:0:0]
	for i, b := range boxes {
		tracks[i] = media.FromMP4(b)
		if tracks[i].Codec.Video() {
			counted = append(counted, tracks[i])
		}
	}
	if len(counted) == 0 {
		counted = tracks[:1]
	}
	s := &segmentFile{name: name, size: int64(size), end: name.Start}
	s.tree.Add(leaf.Part(head[:size]))
	var buf []byte
	end, err := fmp4.Scan(f, int64(size), st.Size(), func(p *fmp4.Part) error {
		if int64(cap(buf)) < p.Size {
			buf = make([]byte, p.Size)
		}
		buf = buf[:p.Size]
		if _, err := f.ReadAt(buf, p.Offset); err != nil {
			return err
		}
		s.tree.Add(leaf.Part(buf))
		for i := range p.Tracks {
			t := &p.Tracks[i]
			j := slices.IndexFunc(tracks, func(x media.Track) bool { return x.ID == t.TrackID })
			if j < 0 {
				continue
			}
			if t.TrackID != counted[0].ID || len(t.Samples) == 0 {
				continue
			}
			s.end = max(s.end, name.Start+int64(t.BaseTime+t.Duration())*1e6/int64(tracks[j].Timescale))
			s.frames += len(t.Samples)
			if t.Samples[0].Key {
				s.points = append(s.points, fmp4.KeyPoint{Time: t.BaseTime, Offset: p.Offset})
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, fmp4.ErrTruncated) && !errors.Is(err, fmp4.ErrMalformed) {
		return nil, nil, err
	}
	s.size = end
	return s, tracks, nil
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
	return syncDir(filepath.Dir(to))
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
	if err := os.Rename(filepath.Join(root, path), to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// quarantinePath is the place of a file in the quarantine folder, which is made.
func quarantinePath(root, path string) (string, error) {
	camera, rest, ok := strings.Cut(path, string(filepath.Separator))
	if !ok {
		return "", fmt.Errorf("recording: %q lies outside a camera's folder", path)
	}
	if err := makeDir(root, camera, QuarantineDir); err != nil {
		return "", err
	}
	return filepath.Join(root, camera, QuarantineDir, strings.ReplaceAll(rest, string(filepath.Separator), "_")), nil
}
