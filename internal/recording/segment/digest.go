package segment

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
)

// Digest is what the bytes of a segment come to.
type Digest struct {
	Root  leaf.Hash // over the initialisation segment and the parts (R1)
	Sum   [sha256.Size]byte
	Parts int
	Bytes int64
}

// Hash reads a whole closed segment once, from its beginning to its end. Errors of
// the content are fmp4.ErrMalformed and fmp4.ErrTruncated.
func Hash(r io.ReaderAt, size int64) (d Digest, err error) {
	whole, at := sha256.New(), int64(0)
	var buf []byte
	read := func(n int64) ([]byte, error) {
		if int64(cap(buf)) < n {
			buf = make([]byte, n)
		}
		buf = buf[:n]
		if k, err := r.ReadAt(buf, at); err != nil && (!errors.Is(err, io.EOF) || int64(k) < n) {
			return nil, fmt.Errorf("segment: reading at %d: %w", at, err)
		}
		whole.Write(buf)
		at += n
		return buf, nil
	}
	head := make([]byte, min(size, 64<<10))
	if k, err := r.ReadAt(head, 0); err != nil && (!errors.Is(err, io.EOF) || k < len(head)) {
		return d, fmt.Errorf("segment: reading its head: %w", err)
	}
	_, first, err := fmp4.ReadInit(head)
	if err != nil {
		return d, err
	}
	var tree leaf.Tree
	if _, err := read(int64(first)); err != nil {
		return d, err
	}
	tree.Add(leaf.Part(buf))
	_, err = fmp4.Scan(r, int64(first), size, func(p *fmp4.Part) error {
		if p.Offset != at {
			return fmt.Errorf("%w: something stands between the parts", fmp4.ErrMalformed)
		}
		if _, err := read(p.Size); err != nil {
			return err
		}
		tree.Add(leaf.Part(buf))
		d.Parts++
		return nil
	})
	if err != nil {
		return d, err
	}
	for at < size { // the index
		if _, err := read(min(size-at, 1<<20)); err != nil {
			return d, err
		}
	}
	d.Root, d.Bytes = tree.Root(), size
	copy(d.Sum[:], whole.Sum(nil))
	return d, nil
}
