// Package shelf puts segments made by hand into a catalogue: such as no recorder
// writes, or wrote long ago. Their pictures are real.
package shelf

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/testkit/footage"
)

// Segment is one to be made: the beginning of a clip, cut into parts of at most
// half a second.
type Segment struct {
	Camera string // "cam1" if empty
	Run    string // "run1" if empty
	Clip   *footage.Clip
	Start  int64 // wall clock, µs since 1970 UTC
	Length int64 // µs
	Index  Index
	InBand bool // parameter sets stand before every key frame, as most cameras send them
}

// Index is what a file tells of its key frames at its end.
type Index int

// Ways in which a file tells it.
const (
	Full    Index = iota
	Absent        // the file was never closed in order
	Partial       // every second key frame is missing
)

// Open starts an empty catalogue on SQLite, at an instant far behind all footage
// of the test.
func Open(t testing.TB) *archive.Catalogue {
	t.Helper()
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Options{Path: filepath.Join(dir, "w.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	now := clock.Clock(func() time.Time { return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) })
	c := &archive.Catalogue{DB: d, Root: filepath.Join(dir, "recordings"), Clock: now}
	if err := os.Mkdir(c.Root, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Put writes segments and their rows. It gives the pictures in each.
func Put(t testing.TB, c *archive.Catalogue, segments ...Segment) (pictures []int) {
	t.Helper()
	for i, s := range segments {
		if s.Camera == "" {
			s.Camera = "cam1"
		}
		if s.Run == "" {
			s.Run = "run1"
		}
		b, n := s.Bytes()
		name := fmt.Sprintf("%s-%d-%d-%s.mp4", s.Camera, s.Start, i, s.Run)
		if err := os.WriteFile(filepath.Join(c.Root, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		v := s.Clip.Tracks[0]
		row := archive.Segment{
			Camera: s.Camera, StartAt: s.Start, EndAt: s.Start + s.Length, Run: s.Run, File: name, Bytes: int64(len(b)),
			Frames: n, Codec: string(v.Codec), MIME: v.MIME(), Width: v.Width, Height: v.Height,
		}
		err := c.DB.Tx(context.WithoutCancel(t.Context()), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&row).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, n)
	}
	return pictures
}

// Bytes is the file of a segment, with the number of its pictures.
func (s *Segment) Bytes() (b []byte, pictures int) {
	var tracks []fmp4.Track
	for _, t := range s.Clip.Tracks {
		tracks = append(tracks, t.MP4())
	}
	b = fmp4.AppendInit(nil, tracks)
	var points []fmp4.KeyPoint
	var part []fmp4.TrackFragment
	opened, leads, sequence := int64(0), false, uint32(0)
	flush := func() {
		if len(part) == 0 {
			return
		}
		sequence++
		if leads {
			points = append(points, fmp4.KeyPoint{Time: part[0].BaseTime, Offset: int64(len(b))})
		}
		b = fmp4.AppendFragment(b, sequence, part)
		part = nil
	}
	units := s.units()
	for i, u := range units {
		scale := int64(tracks[u.Track].Timescale)
		key := u.Key && u.Track == 0
		if key || u.Wall-opened >= 500_000 {
			flush()
			opened, leads = u.Wall, key
		}
		next := s.Length * scale / 1e6
		for _, v := range units[i+1:] {
			if v.Track == u.Track {
				next = v.DTS
				break
			}
		}
		data := u.Data
		if u.Track == 0 {
			pictures++
		}
		if key && s.InBand {
			data = nil
			for _, sets := range [][][]byte{s.Clip.Tracks[0].VPS, s.Clip.Tracks[0].SPS, s.Clip.Tracks[0].PPS} {
				for _, p := range sets {
					data = append(data, byte(len(p)>>24), byte(len(p)>>16), byte(len(p)>>8), byte(len(p)))
					data = append(data, p...)
				}
			}
			data = append(data, u.Data...)
		}
		part = with(part, tracks[u.Track].ID, uint64(u.DTS))
		f := &part[slices.IndexFunc(part, func(f fmp4.TrackFragment) bool { return f.TrackID == tracks[u.Track].ID })]
		f.Samples = append(f.Samples, fmp4.Sample{Duration: uint32(max(next-u.DTS, 1)), Offset: int32(u.PTS - u.DTS), Key: u.Key, Data: data})
	}
	flush()
	switch s.Index {
	case Full:
		b = fmp4.AppendIndex(b, tracks[0].ID, points)
	case Partial:
		var some []fmp4.KeyPoint
		for i := 0; i < len(points); i += 2 {
			some = append(some, points[i])
		}
		b = fmp4.AppendIndex(b, tracks[0].ID, some)
	case Absent:
	}
	return b, pictures
}

// with adds a track to a part unless it is there.
func with(part []fmp4.TrackFragment, id int, at uint64) []fmp4.TrackFragment {
	if slices.ContainsFunc(part, func(f fmp4.TrackFragment) bool { return f.TrackID == id }) {
		return part
	}
	return append(part, fmp4.TrackFragment{TrackID: id, BaseTime: at})
}

// units are those of the clip, over and over, up to the segment's length.
func (s *Segment) units() (out []media.Unit) {
	for loop := int64(0); loop*s.Clip.Length < s.Length; loop++ {
		for _, u := range s.Clip.Units {
			shift := loop * s.Clip.Length / 1e6 * int64(s.Clip.Tracks[u.Track].Timescale)
			u.Wall, u.DTS, u.PTS = u.Wall+loop*s.Clip.Length, u.DTS+shift, u.PTS+shift
			if u.Wall < s.Length {
				out = append(out, u)
			}
		}
	}
	return out
}
