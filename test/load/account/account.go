// Package account reads the simulator's frame counter from every recorded picture
// and tells which pictures are missing and which stand there twice.
package account

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"watchroom/evidence/fmp4"
	"watchroom/internal/recording/segment"
	"watchroom/internal/source/sim"
)

// Frames is what was found of one camera.
type Frames struct {
	First, Last uint64 // counters, in order of the recording
	Recorded    uint64 // pictures
	Missing     uint64 // between First and Last
	Twice       uint64
	Segments    int
	Unreadable  uint64 // pictures without a counter
	Open        int    // segments that were never closed
}

// Camera reads all segments of one camera below the recordings folder.
func Camera(root, camera string) (Frames, error) {
	var f Frames
	files, err := filepath.Glob(filepath.Join(root, camera, "*", "*"+segment.Ext+"*"))
	if err != nil {
		return f, err
	}
	slices.Sort(files) // by day, then by start
	t := tally{seen: map[uint64]bool{}}
	for _, path := range files {
		if strings.HasSuffix(path, segment.PartExt) {
			f.Open++
			continue
		}
		f.Segments++
		if err := read(path, t.add); err != nil {
			return f, fmt.Errorf("%s: %w", path, err)
		}
	}
	f.First, f.Last, f.Recorded, f.Twice, f.Unreadable = t.first, t.last, t.pictures, t.twice, t.unreadable
	if n := uint64(len(t.seen)); n > 0 {
		f.Missing = t.last - t.first + 1 - n
	}
	return f, nil
}

type tally struct {
	seen                        map[uint64]bool
	first, last                 uint64
	pictures, twice, unreadable uint64
}

func (t *tally) add(sample []byte) {
	t.pictures++
	n, _, ok := sim.ParseCounter(sample)
	switch {
	case !ok:
		t.unreadable++
	case t.seen[n]:
		t.twice++
	default:
		if len(t.seen) == 0 {
			t.first, t.last = n, n
		}
		t.seen[n] = true
		t.first, t.last = min(t.first, n), max(t.last, n)
	}
}

// enough is how much of a picture is read: the counter precedes all slices.
const enough = 2 << 10

// read gives the beginning of every picture in a segment.
func read(path string, add func(sample []byte)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, min(st.Size(), 64<<10))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	tracks, size, err := fmp4.ReadInit(head)
	if err != nil {
		return err
	}
	video := slices.IndexFunc(tracks, func(t fmp4.Track) bool { return t.Codec.Video() })
	if video < 0 {
		return errors.New("no video track")
	}
	sample := make([]byte, enough)
	_, err = fmp4.Scan(f, int64(size), st.Size(), func(p *fmp4.Part) error {
		fragment := p.Track(tracks[video].ID)
		if fragment == nil {
			return nil
		}
		at := p.Offset + p.First(fragment.TrackID)
		for _, s := range fragment.Samples {
			b := sample[:min(int(s.Size), enough)]
			if _, err := f.ReadAt(b, at); err != nil {
				return err
			}
			add(b)
			at += int64(s.Size)
		}
		return nil
	})
	return err
}
