package marker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"watchroom/internal/db"
)

// Why a bucket is not taken.
var (
	ErrBare        = errors.New("the bucket bears no marker " + FileName + ", and none of the footage that the catalogue has there lies in it: are bucket and prefix the right ones?")
	ErrOtherBucket = errors.New("the bucket's marker " + FileName + " is another's")
)

// Bucket is a place of another machine: files under names, one of which may be a marker.
type Bucket interface {
	// Marker reads the marker; fs.ErrNotExist where there is none.
	Marker(ctx context.Context) ([]byte, error)
	Mark(ctx context.Context, text []byte) error
	// Ours is nil where the catalogue has nothing there, or some of what it has is found, and
	// ErrBare where nothing is.
	Ours(ctx context.Context) error
}

// ClaimBucket makes a bucket the archive tier of a name, or checks that it still is. One
// without a marker, as earlier versions left them, is marked where Ours allows it; with look
// nothing is written, neither there nor into the book.
func (b *Book) ClaimBucket(ctx context.Context, name string, at Bucket, look bool) error {
	m, err := markerOf(ctx, at)
	b.mu.Lock()
	known, owner := b.buckets[name], b.owner
	b.mu.Unlock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := at.Ours(ctx); err != nil || look {
			return err
		}
		if known == "" {
			known = db.NewID()
		}
		return b.mark(ctx, at, Marker{ID: known, Name: name, Owner: owner})
	case err != nil:
		return err
	case known == "" && m.Owner == owner && m.Name != name: // two names that lead to one bucket
		if err := at.Ours(ctx); !errors.Is(err, ErrBare) {
			return err
		}
		return fmt.Errorf("%w: it is archive tier %q of this data folder", ErrOtherBucket, m.Name)
	case known != "" && m.ID != known, known == "" && (m.Owner != owner || m.Name != name):
		return fmt.Errorf("%w: it is archive tier %q of %s", ErrOtherBucket, m.Name, m.Owner)
	case known == "" && !look:
		return b.noteBucket(name, m.ID)
	}
	return nil
}

// TakeBucket makes a bucket the archive tier of a name whoever had it before. It is for a
// person who says so.
func (b *Book) TakeBucket(ctx context.Context, name string, at Bucket) error {
	m, err := markerOf(ctx, at)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrOtherBucket):
		return err
	case err != nil || m.Name != name:
		m = Marker{ID: db.NewID(), Name: name}
	}
	m.Owner = b.Owner()
	return b.mark(ctx, at, m)
}

func markerOf(ctx context.Context, at Bucket) (Marker, error) {
	text, err := at.Marker(ctx)
	if err != nil {
		return Marker{}, err
	}
	return parse(text, ErrOtherBucket)
}

// mark writes the marker, then the book: a marker of this data folder and name is known again
// by them, if the book could not be written.
func (b *Book) mark(ctx context.Context, at Bucket, m Marker) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := at.Mark(ctx, text); err != nil {
		return err
	}
	return b.noteBucket(m.Name, m.ID)
}

func (b *Book) noteBucket(name, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buckets[name] == id {
		return nil
	}
	return b.noteIn(b.buckets, name, id)
}
