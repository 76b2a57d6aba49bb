package past

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/source/sim/clip"
)

// Sample records a clip, over and over, for the length of one segment into a folder
// of its own, with the recorder itself, and gives the segment's file and record. every,
// unless 0, is the time between two pictures, all of which are the clip's first: a file
// that is small, for those of which there are millions.
func Sample(ctx context.Context, clipFile, folder string, length, every time.Duration) (file string, of journal.Segment, err error) {
	c, err := clip.Load(clipFile, 0)
	if err != nil {
		return "", of, err
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ck := clock.Clock(func() time.Time { return start })
	v := &recording.Volume{Root: folder, Reserve: 1, Clock: ck}
	if err := v.Start(ctx); err != nil {
		return "", of, err
	}
	defer v.Close()
	rec := &recording.Recorder{Camera: "sample", Volume: v, SegmentLength: length, Spool: 1 << 30, Clock: ck}
	if err := rec.Start(ctx); err != nil {
		return "", of, err
	}
	s := &media.Stream{}
	s.AddSink(rec)
	end := play(ctx, c, s, rec, start.UnixMicro(), length, every)
	s.End(end, media.CauseStopped)
	rec.Close()
	if ctx.Err() != nil {
		return "", of, ctx.Err()
	}
	path := filepath.Join(folder, "sample", segment.Day(start.UnixMicro()), journal.FileName)
	records, _, _, err := journal.Read(path, 0, 0)
	if err != nil {
		return "", of, err
	}
	for _, r := range records {
		if r.Segment != nil {
			if of.File != "" {
				return "", of, errors.New("the sample became two segments")
			}
			of = *r.Segment
		}
	}
	if want := length.Microseconds(); of.End-of.Start < want-want/100 {
		return "", of, fmt.Errorf("the sample became %d µs long, want %d", of.End-of.Start, want)
	}
	return filepath.Join(folder, of.File), of, nil
}

// Seal is what the journal says of a file while it is written.
type Seal struct {
	After int64 // µs after its start
	journal.Sealed
}

// Seals are those that a file of the sample gets when it is sealed every so often. Its
// parts are taken for equally long.
func Seals(file string, of journal.Segment, every time.Duration) (list []Seal, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, min(of.Bytes, 64<<10))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	_, first, err := fmp4.ReadInit(head)
	if err != nil {
		return nil, err
	}
	var tree leaf.Tree
	tree.Add(leaf.Part(head[:first]))
	length, part, due := of.End-of.Start, 0, every.Microseconds()
	_, err = fmp4.Scan(f, int64(first), of.Bytes, func(p *fmp4.Part) error {
		part++
		if ends := length * int64(part) / int64(of.Parts); ends > due && part > 1 {
			root := tree.Root()
			list = append(list, Seal{due, journal.Sealed{Parts: part - 1, Bytes: p.Offset, Root: hex.EncodeToString(root[:])}})
			due += every.Microseconds()
		}
		b := make([]byte, p.Size)
		if _, err := f.ReadAt(b, p.Offset); err != nil {
			return err
		}
		tree.Add(leaf.Part(b))
		return nil
	})
	return list, err
}

// play writes the clip as one run and gives the wall clock of its end.
func play(ctx context.Context, c *clip.Clip, s *media.Stream, rec *recording.Recorder, start int64, length, every time.Duration) int64 {
	track := media.Track{ID: 1, Codec: c.Codec, Timescale: clip.Clock, Width: c.Width, Height: c.Height,
		SPS: [][]byte{c.SPS}, PPS: [][]byte{c.PPS}}
	if c.VPS != nil {
		track.VPS = [][]byte{c.VPS}
	}
	var units [][]byte
	for _, f := range c.Frames {
		var b []byte
		nals := f.NALs
		if f.Key {
			nals = slices.Concat(track.VPS, track.SPS, track.PPS, nals) // as cameras send them
		}
		for _, n := range nals {
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(n))), n...)
		}
		units = append(units, b)
	}
	s.Begin(&media.Run{ID: "sample", Tracks: []media.Track{track}, Start: start})
	at := int64(0)
	for i := 0; ctx.Err() == nil; i++ {
		at = int64(i) * c.Ticks
		n := i % len(units)
		if every > 0 {
			at, n = int64(i)*int64(every)*clip.Clock/int64(time.Second), 0
		}
		f := &c.Frames[n]
		wall := at * 1e6 / clip.Clock
		if wall >= length.Microseconds() {
			break
		}
		s.Write(&media.Unit{DTS: at, PTS: at + f.Shift, Wall: start + wall, Key: f.Key, Data: units[n]})
		if f.Key {
			rec.Drain() // this is faster than any camera
		}
	}
	if every > 0 { // the last picture is not taken for longer than two seconds
		at = (length - 2*time.Second).Milliseconds() * clip.Clock / 1000
		s.Write(&media.Unit{DTS: at, PTS: at, Wall: start + at*1e6/clip.Clock, Key: true, Data: units[0]})
		at += 2 * clip.Clock
	}
	return start + at*1e6/clip.Clock
}
