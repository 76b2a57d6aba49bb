package recording

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/media"
)

// QuarantineDir holds, below a camera's folder, what was found and is no segment.
const QuarantineDir = "quarantine"

// recover makes whole what a dead process left in the camera's newest two days:
// open segments are cut behind their last whole part, closed and journalled;
// closed ones that the journal does not know are taken in; what holds no picture
// is set aside. Older days cannot hold such: every start clears them.
func (w *writer) recover() {
	dir := filepath.Join(w.r.Volume.Root, w.r.Camera)
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			w.r.Volume.Fail(err)
		}
		return
	}
	var days []string
	for _, e := range entries {
		if e.IsDir() && len(e.Name()) == len(dayLayout) {
			days = append(days, e.Name())
		}
	}
	slices.Sort(days)
	days = days[max(0, len(days)-2):]

	known := map[string]bool{}
	for _, d := range days {
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
	for _, d := range days {
		files, err := os.ReadDir(filepath.Join(dir, d))
		if err != nil {
			w.r.Volume.Fail(err)
			continue
		}
		for _, f := range files {
			path := filepath.Join(w.r.Camera, d, f.Name())
			if !strings.HasSuffix(path, Ext) && !strings.HasSuffix(path, PartExt) || known[path] {
				continue
			}
			seg, err := Adopt(w.r.Volume.Root, path)
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
			w.note(Record{Kind: KindSegment, At: seg.End, Run: name.Run, Segment: seg})
		}
	}
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
	s.path, s.file = full, f
	if open {
		if err := f.Truncate(s.size); err != nil {
			return nil, err
		}
		if err := s.finish(root, track); err != nil {
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
			s.end = max(s.end, name.Start+int64(t.BaseTime+t.Duration())*1e6/int64(tracks[j].Timescale))
			if t.TrackID != counted[0].ID || len(t.Samples) == 0 {
				continue
			}
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

func quarantine(root, path string) error {
	camera, rest, ok := strings.Cut(path, string(filepath.Separator))
	if !ok {
		return fmt.Errorf("recording: %q lies outside a camera's folder", path)
	}
	if err := makeDir(root, camera, QuarantineDir); err != nil {
		return err
	}
	to := filepath.Join(root, camera, QuarantineDir, strings.ReplaceAll(rest, string(filepath.Separator), "_"))
	if err := os.Rename(filepath.Join(root, path), to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}
