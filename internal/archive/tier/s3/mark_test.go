package s3

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/minio/minio-go/v7"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/s3test"
)

// yard is a server with a bucket, and a data folder whose catalogue has some files in a tier.
type yard struct {
	t    *testing.T
	s    *s3test.Server
	path string // of the book
	some []archive.Segment
	err  error // of the catalogue
}

const film = "cam/2026-01-01/a.mp4"

func newYard(t *testing.T) *yard {
	leak.Check(t)
	y := &yard{t: t, s: s3test.Start(t), path: filepath.Join(t.TempDir(), "volumes.json")}
	y.s.Bucket("footage", false)
	return y
}

// open is a process that begins, with the bucket under a prefix.
func (y *yard) open(path, prefix string, look bool) *Bucket {
	y.t.Helper()
	book := &marker.Book{Path: path}
	if err := book.Open(); err != nil {
		y.t.Fatal(err)
	}
	return open(y.t, y.s, func(b *Bucket) {
		b.Prefix = prefix
		b.Mark = Mark{Name: "vault", Book: book, Look: look, Some: func(context.Context, string) ([]archive.Segment, error) { return y.some, y.err }}
	})
}

// catalogued puts a file there, of which the catalogue knows.
func (y *yard) catalogued(b *Bucket) {
	y.t.Helper()
	put(y.t, b, film, noise(1000))
	y.some = []archive.Segment{{File: "cam/2025-12-31/gone.mp4", Bytes: 5}, {File: film, Bytes: 1000}}
}

// other is the error of a bucket that is not the tier's.
func other(err error) bool {
	return errors.Is(err, archive.ErrTierAway) && errors.Is(err, tier.ErrOther)
}

// refuses checks that nothing is told of files, taken or removed there.
func (y *yard) refuses(b *Bucket) {
	y.t.Helper()
	ctx := y.t.Context()
	removed := b.Remove(ctx, film) // first: it may have been the right one a moment ago
	_, checked := b.Check(ctx)
	_, stat := b.Stat(ctx, film)
	_, opened := b.Open(ctx, film)
	_, back := b.ReadBack(ctx, film)
	_, locked := b.LockedUntil(ctx, film)
	_, _, top := b.Top(ctx)
	for what, err := range map[string]error{"check": checked, "stat": stat, "open": opened, "read back": back, "locks": locked, "top": top,
		"remove": removed, "put": b.Put(ctx, film, nil, 0, tier.Lock{}), "list": b.List(ctx, "cam", func(string, int64) error { return nil })} {
		if !other(err) {
			y.t.Errorf("%s: %v", what, err)
		}
	}
	for o := range b.client.ListObjectsIter(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: b.key(""), Recursive: true}) {
		if o.Err != nil || o.Key != b.key(marker.FileName) {
			y.t.Errorf("it has written %s, %v", o.Key, o.Err)
		}
	}
}

// TestABucketThatWasEmptied, and a wrong prefix, are another place: nothing is missing there,
// and nothing is put there or removed.
func TestABucketThatWasEmptied(t *testing.T) {
	clause.Covers(t, "C092")
	y := newYard(t)
	b := y.open(y.path, "", false)
	if _, err := b.Check(t.Context()); err != nil { // it is new
		t.Fatal(err)
	}
	y.catalogued(b)
	y.refuses(y.open(y.path, "elsewhere", false))

	again := y.open(y.path, "", false)
	if _, err := again.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := 0
	if err := again.List(t.Context(), "", func(string, int64) error { files++; return nil }); err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
	if _, top, err := again.Top(t.Context()); err != nil || len(top) > 0 {
		t.Errorf("at the top %q, %v", top, err)
	}
	c := y.s.Client()
	for _, key := range []string{film, marker.FileName} {
		if err := c.RemoveObject(t.Context(), "footage", key, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	y.refuses(again)
	if _, err := again.stat(t.Context(), marker.FileName); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was marked: %v", err)
	}

	y.some = nil
	if _, err := y.open(filepath.Join(t.TempDir(), "volumes.json"), "", false).Check(t.Context()); err != nil { // another recorder is the first there
		t.Fatal(err)
	}
	y.refuses(y.open(y.path, "", false))
}

// TestABucketOfEarlierVersions bears no marker: it is known by the footage that lies there.
func TestABucketOfEarlierVersions(t *testing.T) {
	y := newYard(t)
	y.catalogued(open(t, y.s, func(b *Bucket) { b.Prefix = "" }))
	look := y.open(y.path, "", true)
	if _, err := look.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := look.stat(t.Context(), marker.FileName); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking has marked it: %v", err)
	}
	y.err = errors.New("the database is away")
	if _, err := y.open(y.path, "", false).Check(t.Context()); !errors.Is(err, y.err) {
		t.Errorf("nobody can tell what lies there: %v", err)
	}
	y.err = nil
	if _, err := y.open(y.path, "", false).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size, err := look.stat(t.Context(), marker.FileName); err != nil || size == 0 {
		t.Errorf("the marker: %d bytes, %v", size, err)
	}
	y.some[1].Bytes++ // another file of the name
	y.refuses(y.open(y.path, "elsewhere", true))
}

// TestTwoNamesOfOneBucket: what earlier versions put there under the second name is found
// there still; a tier that was given the bucket of another by mistake is another place.
func TestTwoNamesOfOneBucket(t *testing.T) {
	y := newYard(t)
	first := y.open(y.path, "", false)
	if _, err := first.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := func() *Bucket {
		b := y.open(y.path, "", false)
		b.Mark.Name = "cloud"
		return b
	}
	y.some = []archive.Segment{{File: film, Bytes: 1000}}
	y.refuses(second())
	y.catalogued(first)
	if _, err := second().Stat(t.Context(), film); err != nil {
		t.Error(err)
	}
	if _, err := y.open(y.path, "", false).Stat(t.Context(), film); err != nil {
		t.Errorf("the first: %v", err)
	}
}

// TestABucketIsTakenOver by a person who says so, as after the data folder was lost.
func TestABucketIsTakenOver(t *testing.T) {
	y := newYard(t)
	b := y.open(y.path, "", false)
	y.catalogued(b)
	path := filepath.Join(t.TempDir(), "volumes.json")
	y.some = nil
	late := y.open(path, "", true)
	if _, err := late.Check(t.Context()); !other(err) {
		t.Errorf("another's bucket: %v", err)
	}
	if err := late.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := y.open(path, "", false).Stat(t.Context(), film); err != nil {
		t.Error(err)
	}
	if _, err := y.open(y.path, "", false).Check(t.Context()); err != nil {
		t.Errorf("its id stays, so its first owner knows it again: %v", err)
	}
}
