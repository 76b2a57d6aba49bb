package s3

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/minio/minio-go/v7"
)

const (
	// blockSize is what is asked for at a time: a part's head and the pictures behind it
	// are one request, and the first picture waits for little that it does not need.
	blockSize = 256 << 10
	// maxAhead is how many blocks one request asks for while somebody reads on.
	maxAhead = 8
)

// file reads an object by ranges, block by block.
type file struct {
	ctx    context.Context // of who looks; see tier.Store
	bucket *Bucket
	key    string
	tag    string // of this version
	size   int64
	cache  *cache

	mu    sync.Mutex // guards next and ahead; held while a request is under way, so that it is made once
	next  int64      // block behind the last one that was fetched
	ahead int64      // blocks that the next request asks for if it goes on there
}

// Size implements archive.File.
func (f *file) Size() (int64, error) { return f.size, nil }

// Close implements archive.File.
func (f *file) Close() error { return nil }

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(b []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, fmt.Errorf("s3: reading at %d", at)
	}
	for n < len(b) {
		if at >= f.size {
			return n, io.EOF
		}
		last := (min(at+int64(len(b)-n), f.size) - 1) / blockSize
		block, err := f.block(at/blockSize, last)
		if err != nil {
			return n, err
		}
		k := copy(b[n:], block[at%blockSize:])
		n, at = n+k, at+int64(k)
	}
	return n, nil
}

// block gives one block. Where it must be fetched, those up to last come along.
func (f *file) block(i, last int64) ([]byte, error) {
	if b := f.cache.get(f.key, f.tag, i); b != nil {
		return b, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if b := f.cache.get(f.key, f.tag, i); b != nil {
		return b, nil // another reader was first
	}
	n := int64(1)
	if i == f.next && i > 0 {
		f.ahead = min(max(2*f.ahead, 2), maxAhead)
		n = f.ahead
	} else {
		f.ahead = 1
	}
	n = min(max(n, last-i+1), maxAhead, (f.size-1)/blockSize-i+1)
	blocks, err := f.fetch(i, n)
	if err != nil {
		return nil, err
	}
	for k, b := range blocks {
		f.cache.put(f.key, f.tag, i+int64(k), b)
	}
	f.next = i + n
	return blocks[0], nil
}

// fetch asks for n blocks from i on. Another version of the object is refused: bytes
// of both do not fit together.
func (f *file) fetch(i, n int64) ([][]byte, error) {
	from, to := i*blockSize, min((i+n)*blockSize, f.size)
	o := minio.GetObjectOptions{}
	if err := o.SetRange(from, to-1); err != nil {
		return nil, err
	}
	if err := o.SetMatchETag(f.tag); err != nil {
		return nil, err
	}
	body, _, _, err := minio.Core{Client: f.bucket.client}.GetObject(f.ctx, f.bucket.Bucket, f.key, o)
	if err != nil {
		return nil, told(err)
	}
	defer body.Close()
	b := make([]byte, to-from)
	if _, err := io.ReadFull(body, b); err != nil {
		return nil, told(err)
	}
	var blocks [][]byte
	for len(b) > 0 {
		k := min(len(b), blockSize)
		blocks = append(blocks, b[:k:k])
		b = b[k:]
	}
	return blocks, nil
}
