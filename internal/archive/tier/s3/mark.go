package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/recording/marker"
)

// Mark is what a bucket is known by. An emptied bucket and a wrong prefix look as if every
// file had been deleted: like a disk, the place of a tier bears a marker.
type Mark struct {
	Name string       // of the tier
	Book *marker.Book // open; nil: the bucket bears no marker
	Look bool         // it is only read, and not marked where it is new
	// Some gives some of the segments that the catalogue has on a tier, old and new ones; none
	// where it has none there. By these a bucket is known that earlier versions filled.
	Some func(ctx context.Context, tier string) ([]archive.Segment, error)
}

// marked is what was found when the marker was last looked at.
type marked struct {
	mu  sync.Mutex // guards all below
	at  time.Time
	err error
}

// lately is for how long it is believed that a bucket is what it was when it was looked at,
// but for what is not there.
const lately = time.Minute

// longest is how many bytes a marker has at most.
const longest = 64 << 10

// there refuses a bucket that was not the tier's when it was last looked at.
func (b *Bucket) there(ctx context.Context) error {
	if b.Mark.Book == nil {
		return nil
	}
	b.marked.mu.Lock()
	at, err := b.marked.at, b.marked.err
	b.marked.mu.Unlock()
	if !at.IsZero() && time.Since(at) < lately {
		return err
	}
	return b.place(ctx)
}

// surely is for an error of a file: that it is not there says something only of the right
// bucket.
func (b *Bucket) surely(ctx context.Context, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if other := b.place(ctx); other != nil {
			return other
		}
	}
	return err
}

// place looks at the marker. A bucket that is not the tier's is away.
func (b *Bucket) place(ctx context.Context) error {
	if b.Mark.Book == nil {
		return nil
	}
	err := b.Mark.Book.ClaimBucket(ctx, b.Mark.Name, object{b}, b.Mark.Look)
	if errors.Is(err, marker.ErrBare) || errors.Is(err, marker.ErrOtherBucket) {
		err = archive.ErrTierAway.Because(fmt.Errorf("%w: %w", tier.ErrOther, err))
	} else if err != nil {
		return err // nobody knows which bucket it is: that is no answer to be remembered
	}
	b.marked.mu.Lock()
	b.marked.at, b.marked.err = time.Now(), err
	b.marked.mu.Unlock()
	return err
}

// Take makes the bucket the tier's whoever had it before, where it is not.
func (b *Bucket) Take(ctx context.Context) error {
	if err := b.place(ctx); !errors.Is(err, tier.ErrOther) {
		return err
	}
	if err := b.Mark.Book.TakeBucket(ctx, b.Mark.Name, object{b}); err != nil {
		return err
	}
	return b.place(ctx)
}

// object is the marker of a bucket.
type object struct{ b *Bucket }

// Marker implements marker.Bucket.
func (o object) Marker(ctx context.Context) ([]byte, error) {
	body, _, _, err := minio.Core{Client: o.b.client}.GetObject(ctx, o.b.Bucket, o.b.key(marker.FileName), minio.GetObjectOptions{})
	if err != nil {
		return nil, told(err)
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, longest))
	return text, told(err)
}

// Mark implements marker.Bucket.
func (o object) Mark(ctx context.Context, text []byte) error {
	_, err := o.b.client.PutObject(ctx, o.b.Bucket, o.b.key(marker.FileName), bytes.NewReader(text), int64(len(text)),
		minio.PutObjectOptions{ContentType: "application/json", SendContentMd5: true})
	return told(err)
}

// Ours implements marker.Bucket.
func (o object) Ours(ctx context.Context) error {
	some, err := o.b.Mark.Some(ctx, o.b.Mark.Name)
	if err != nil || len(some) == 0 {
		return err
	}
	for i := range some {
		switch size, err := o.b.stat(ctx, filepath.ToSlash(some[i].File)); {
		case err == nil && size == some[i].Bytes:
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return marker.ErrBare
}
