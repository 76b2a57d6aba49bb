package archive

import (
	"context"
	"errors"
	"io"
	"os"

	"watchroom/internal/durable/patience"
	"watchroom/internal/problem"
	"watchroom/internal/recording/segment"
)

// File is the file of a segment, wherever it lies. ReadAt may be called by several at
// once.
type File interface {
	io.ReaderAt
	io.Closer
	// Size is the number of bytes; of a file that is still written, at present.
	Size() (int64, error)
}

// ErrTierAway says that footage lies where nobody answers at present. Parameter: tier,
// the name of the volume or tier.
var ErrTierAway = problem.New(problem.Unavailable, "footage_tier_away",
	"This footage lies on a disk or an archive that does not answer at present. It is not lost.")

// Open opens the file of a segment, closed or still open. ctx is for what is far away. A
// segment that was moved since s was read is opened where it lies now: who plays hours opens
// them one after the other.
func (c *Catalogue) Open(ctx context.Context, s *Segment) (File, error) {
	at := *s
	for {
		f, err := c.openAt(ctx, &at)
		if err == nil || s.Open != nil || ctx.Err() != nil {
			return f, err
		}
		now := Segment{}
		if c.DB.Read().NewSelect().Model(&now).Where("camera = ?", s.Camera).Where("start_at = ?", s.StartAt).Where("file = ?", s.File).Scan(ctx) != nil || now.Volume == at.Volume {
			return nil, err
		}
		at = now
	}
}

// openAt opens the file of a segment where its row says that it lies.
func (c *Catalogue) openAt(ctx context.Context, s *Segment) (File, error) {
	for _, v := range append([]Volume{{"", c.Root}}, c.Volumes...) {
		if v.Name != s.Volume {
			continue
		}
		if c.Away != nil && c.Away(v.Name) {
			return nil, ErrTierAway.With("tier", v.Name)
		}
		f, err := read(ctx, c, v.Name, func() (*os.File, error) { return segment.Open(v.Root, s.File) })
		if errors.Is(err, patience.ErrStands) {
			return nil, ErrTierAway.With("tier", v.Name).Because(err)
		}
		if err != nil {
			return nil, err
		}
		return &waited{local: local{f}, ctx: ctx, c: c, volume: v.Name}, nil
	}
	if c.Elsewhere == nil {
		return nil, ErrTierAway.With("tier", s.Volume)
	}
	return c.Elsewhere(ctx, s)
}

// Local makes an open file of a local disk a File.
func Local(f *os.File) File { return local{f} }

type local struct{ *os.File }

// Size implements File.
func (l local) Size() (int64, error) {
	st, err := l.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}
