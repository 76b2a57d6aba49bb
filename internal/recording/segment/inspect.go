package segment

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/durable"
	"watchroom/internal/media"
)

// Closed is what there is to say of a closed segment, enough for the catalogue. It is
// a part of lines of the journal.
type Closed struct {
	File      string `json:"file"` // below the recordings folder
	Start     int64  `json:"start"`
	End       int64  `json:"end"`
	Bytes     int64  `json:"bytes"`
	Parts     int    `json:"parts"`
	Frames    int    `json:"frames"` // of video; of audio where there is no video
	Root      string `json:"root"`   // hex of the Merkle root (leaf.Root)
	Codec     string `json:"codec"`
	MIME      string `json:"mime"` // codecs parameter of RFC 6381, comma separated
	Width     int    `json:"width,omitempty"`
	Height    int    `json:"height,omitempty"`
	Audio     string `json:"audio,omitempty"`
	Recovered bool   `json:"recovered,omitempty"`
	// Of a file that was made whole after a crash, against the seals of it.
	Short   int  `json:"short,omitempty"`   // parts that had been sealed and are gone
	Altered bool `json:"altered,omitempty"` // parts that had been sealed are others now
	// Of a file that was made whole after a crash: nothing that the journals tell shows that
	// a recorder of this camera wrote it.
	Unproved bool `json:"unproved,omitempty"`
	// What it is short of; nil where nobody knows, as after a crash.
	Lost    *int64 `json:"lost,omitempty"`    // RTP packets that did not arrive
	Dropped *int64 `json:"dropped,omitempty"` // access units given up, damaged or too large
}

// Alike tells whether another tells the same of what is in the segment, by which it is
// played, and of what it is short of.
func (s *Closed) Alike(t *Closed) bool {
	same := func(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }
	return s.Codec == t.Codec && s.MIME == t.MIME && s.Width == t.Width && s.Height == t.Height && s.Audio == t.Audio &&
		same(s.Lost, t.Lost) && same(s.Dropped, t.Dropped)
}

// RootHash is Root as bytes; ok is false where it is not one.
func (s *Closed) RootHash() (h leaf.Hash, ok bool) {
	n := 0
	for ; n < len(h) && 2*n+2 <= len(s.Root); n++ {
		v, err := strconv.ParseUint(s.Root[2*n:2*n+2], 16, 8)
		if err != nil {
			return h, false
		}
		h[n] = byte(v)
	}
	return h, n == len(h) && len(s.Root) == 2*len(h)
}

// Describe tells of the segment as it stands.
func (f *File) Describe(tracks []media.Track) *Closed {
	root := f.Root()
	s := &Closed{
		File: f.Name.Path(), Start: f.Name.Start, End: f.End, Bytes: f.Size,
		Parts: f.Parts(), Frames: f.Frames, Root: hex.EncodeToString(root[:]),
		Lost: f.Lost, Dropped: f.Dropped,
	}
	var mimes []string
	for _, t := range tracks {
		if m := t.MIME(); m != "" {
			mimes = append(mimes, m)
		}
		switch {
		case t.Codec.Video() && s.Codec == "":
			s.Codec, s.Width, s.Height = string(t.Codec), t.Width, t.Height
		case !t.Codec.Video() && s.Audio == "":
			s.Audio = string(t.Codec)
		}
	}
	s.MIME = strings.Join(mimes, ",")
	return s
}

// Inspect reads a segment from its bytes alone: identity, index, frames, end, up to
// its last whole part. The file must be open for writing if it is to be finished.
// Errors of the content are fmp4.ErrMalformed and fmp4.ErrTruncated.
func Inspect(f *os.File, root string, name Name, try Try) (*File, []media.Track, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	head := make([]byte, min(st.Size(), 64<<10))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, nil, fmt.Errorf("segment: reading %s: %w", filepath.Base(f.Name()), err)
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
	s := &File{Name: name, Path: f.Name(), Size: int64(size), End: name.Start, root: root, file: f, try: try}
	s.hash(leaf.Part(head[:size]))
	var buf []byte
	end, err := fmp4.Scan(f, int64(size), st.Size(), func(p *fmp4.Part) error {
		if int64(cap(buf)) < p.Size {
			buf = make([]byte, p.Size)
		}
		buf = buf[:p.Size]
		if _, err := f.ReadAt(buf, p.Offset); err != nil {
			return err
		}
		s.hash(leaf.Part(buf))
		for i := range p.Tracks {
			t := &p.Tracks[i]
			j := slices.IndexFunc(tracks, func(x media.Track) bool { return x.ID == t.TrackID })
			if j < 0 {
				continue
			}
			if t.TrackID != counted[0].ID || len(t.Samples) == 0 {
				continue
			}
			s.End = max(s.End, name.Start+int64(t.BaseTime+t.Duration())*1e6/int64(tracks[j].Timescale))
			s.Frames += len(t.Samples)
			if t.Samples[0].Key {
				s.Points = append(s.Points, fmp4.KeyPoint{Time: t.BaseTime, Offset: p.Offset})
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, fmp4.ErrTruncated) && !errors.Is(err, fmp4.ErrMalformed) {
		return nil, nil, err
	}
	s.Size = end
	return s, tracks, nil
}

// hash takes in the hash of a piece that was read, and keeps it for RootOf.
func (f *File) hash(h leaf.Hash) {
	f.tree.Add(h)
	f.pieces = append(f.pieces, h)
}

// Parts is the number of whole parts, the initialisation segment not counted.
func (f *File) Parts() int { return max(int(f.tree.Len())-1, 0) }

// Root is the Merkle root over the initialisation segment and all parts.
func (f *File) Root() leaf.Hash { return f.tree.Root() }

// RootOf is the root over the initialisation segment and the first parts of a file
// that was inspected; ok is false where it has fewer.
func (f *File) RootOf(parts int) (root leaf.Hash, ok bool) {
	if parts < 0 || parts >= len(f.pieces) {
		return root, false
	}
	return leaf.Root(f.pieces[:parts+1]), true
}

// Open opens a segment by the path of its closed form below root, whether it has
// been closed yet or not.
func Open(root, path string) (*os.File, error) {
	full := filepath.Join(root, path)
	f, err := durable.OpenRegular(full)
	if errors.Is(err, fs.ErrNotExist) {
		if f, err = durable.OpenRegular(full + PartExt); errors.Is(err, fs.ErrNotExist) {
			return durable.OpenRegular(full) // closed between the two attempts
		}
	}
	return f, err
}
