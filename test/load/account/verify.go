package account

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
)

// ErrNoPicture says that a file holds no whole part of any segment.
var ErrNoPicture = errors.New("no picture")

// Verify computes a segment's identity from its bytes and compares it, and its
// number of pictures, with what is told of it. root is hexadecimal.
func Verify(path, root string, pictures int) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name := filepath.Base(path)
	tracks, size, err := fmp4.ReadInit(b)
	if err != nil && len(b) < 4<<10 { // not even the head was written whole
		return fmt.Errorf("%s: %w: %w", name, ErrNoPicture, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var tree leaf.Tree
	tree.Add(leaf.Part(b[:size]))
	found := 0
	_, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		tree.Add(leaf.Part(b[p.Offset : p.Offset+p.Size]))
		for _, t := range tracks {
			if f := p.Track(t.ID); f != nil && t.Codec.Video() {
				found += len(f.Samples)
			}
		}
		return nil
	})
	if found == 0 {
		return fmt.Errorf("%s: %w", name, ErrNoPicture)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if r := tree.Root(); hex.EncodeToString(r[:]) != root || found != pictures {
		return fmt.Errorf("%s: root %x and %d pictures, told were %s and %d", name, r, found, root, pictures)
	}
	return nil
}
