// Package parts reads a segment file piece by piece, and hashes each.
package parts

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/media"
)

// File is one that is read.
type File interface {
	io.ReaderAt
	Size() int64
}

// Content is what a file's bytes are.
type Content struct {
	Pieces []leaf.Hash // initialisation segment and whole parts
	Tail   bool        // behind them stands nothing, or the index that belongs there
}

// Root is the root over the initialisation segment and the first parts; ok is false where
// there are fewer.
func (c *Content) Root(parts int64) (h leaf.Hash, ok bool) {
	if parts < 0 || parts >= int64(len(c.Pieces)) {
		return h, false
	}
	return leaf.Root(c.Pieces[:parts+1]), true
}

// maxPart bounds the memory for a part: a recorder's are below 16 MiB and a picture.
const maxPart = 256 << 20

// Read hashes a file part by part. What is no segment has no pieces, which is no error:
// an error is one of reading. wait is called
// behind every piece, with its bytes.
func Read(ctx context.Context, f File, wait func(ctx context.Context, n int64) error) (*Content, error) {
	c := &Content{}
	head := make([]byte, min(f.Size(), 64<<10))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if err := wait(ctx, int64(len(head))); err != nil {
		return nil, err
	}
	boxes, size, err := fmp4.ReadInit(head)
	if err != nil || len(boxes) == 0 {
		return c, nil //nolint:nilerr // an altered head is a finding
	}
	c.Pieces = append(c.Pieces, leaf.Part(head[:size]))
	lead := boxes[max(slices.IndexFunc(boxes, func(b fmp4.Track) bool { return media.FromMP4(b).Codec.Video() }), 0)].ID
	var points []fmp4.KeyPoint
	var buf []byte
	next := int64(size)
	errHole := errors.New("bytes between parts")
	end, err := fmp4.Scan(f, next, f.Size(), func(p *fmp4.Part) error {
		if p.Offset != next || p.Size > maxPart {
			return errHole
		}
		next = p.Offset + p.Size
		if int64(cap(buf)) < p.Size {
			buf = make([]byte, p.Size)
		}
		buf = buf[:p.Size]
		if _, err := f.ReadAt(buf, p.Offset); err != nil {
			return err
		}
		c.Pieces = append(c.Pieces, leaf.Part(buf))
		for i := range p.Tracks {
			if t := &p.Tracks[i]; t.TrackID == lead && len(t.Samples) > 0 && t.Samples[0].Key {
				points = append(points, fmp4.KeyPoint{Time: t.BaseTime, Offset: p.Offset})
			}
		}
		return wait(ctx, p.Size)
	})
	if err != nil && !errors.Is(err, fmp4.ErrTruncated) && !errors.Is(err, fmp4.ErrMalformed) && !errors.Is(err, errHole) {
		return nil, err
	}
	rest := f.Size() - end
	index := fmp4.AppendIndex(nil, lead, points)
	switch {
	case errors.Is(err, errHole):
	case rest == 0:
		c.Tail = true
	case rest == int64(len(index)):
		tail := make([]byte, rest)
		if _, err := f.ReadAt(tail, end); err != nil {
			return nil, err
		}
		c.Tail = bytes.Equal(tail, index)
	}
	return c, nil
}
