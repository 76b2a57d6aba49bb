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
			return c.openBeside(ctx, &at, err)
		}
		at = now
	}
}

// openAt opens the file of a segment where its row says that it lies.
func (c *Catalogue) openAt(ctx context.Context, s *Segment) (File, error) {
	root, ok := c.root(s.Volume)
	switch {
	case !ok && c.Elsewhere == nil, ok && c.Away != nil && c.Away(s.Volume):
		return nil, ErrTierAway.With("tier", s.Volume)
	case !ok:
		return c.Elsewhere(ctx, s)
	}
	f, err := read(ctx, c, s.Volume, func() (*os.File, error) { return segment.Open(root, s.File) })
	if errors.Is(err, patience.ErrStands) {
		return nil, ErrTierAway.With("tier", s.Volume).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &waited{local: local{f}, ctx: ctx, c: c, volume: s.Volume}, nil
}

// openBeside opens the file of a segment where its row does not say that it lies: somebody
// may have written a line that moves it. It has to be as long as the row says. Where the
// row's own place does not answer, err, the archive tiers are not asked.
func (c *Catalogue) openBeside(ctx context.Context, s *Segment, err error) (File, error) {
	places := sight{c}.Disks()
	if errors.Is(err, os.ErrNotExist) && c.Weigh != nil {
		places = append(places, c.Tiers...)
	}
	for _, place := range places {
		if place == s.Volume {
			continue
		}
		if size, missing := (sight{c}).Size(ctx, place, s.File); missing != nil || size != s.Bytes {
			continue
		}
		at := *s
		at.Volume = place
		if f, other := c.openAt(ctx, &at); other == nil {
			c.Log.Warn("a segment lies elsewhere than its row says; it is read from there", "file", s.File, "row", s.Volume, "lies", place)
			return f, nil
		}
	}
	return nil, err
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
