package archive

import (
	"context"
	"errors"
	"sync"
	"time"

	"watchroom/internal/durable/patience"
)

// longPiece is how long a volume may take for one piece of footage that is read of it. Many
// may read of one disk at once.
const longPiece = 10 * time.Second

// waited is a file on a volume that may stop answering while it is read.
type waited struct {
	local
	ctx    context.Context // of who looks
	c      *Catalogue
	volume string

	mu    sync.Mutex
	spare []byte // what was read into last; nil while somebody reads
}

// piece is what was read.
type piece struct {
	bytes []byte
	err   error
}

// ReadAt implements File. What is read late goes nowhere.
func (w *waited) ReadAt(b []byte, at int64) (int, error) {
	w.mu.Lock()
	own := w.spare
	w.spare = nil
	w.mu.Unlock()
	if len(own) < len(b) {
		own = make([]byte, len(b))
	}
	p, err := patience.Do(w.ctx, w.c.guard(w.volume), longPiece, func() (piece, error) {
		w.touch()
		n, err := w.local.ReadAt(own[:len(b)], at)
		return piece{own[:n], err}, nil
	})
	if err != nil {
		return 0, w.away(err)
	}
	n := copy(b, p.bytes)
	w.mu.Lock()
	w.spare = own
	w.mu.Unlock()
	return n, p.err
}

// Size implements File.
func (w *waited) Size() (int64, error) {
	n, err := patience.Do(w.ctx, w.c.guard(w.volume), longPiece, func() (int64, error) {
		w.touch()
		return w.local.Size()
	})
	return n, w.away(err)
}

// Close implements File. It does not wait for a disk that stands still: what is read there
// comes back first.
func (w *waited) Close() error {
	g := w.c.guard(w.volume)
	if !g.Stands() {
		_, err := patience.Do(context.WithoutCancel(w.ctx), g, longPiece, func() (struct{}, error) { return struct{}{}, w.local.Close() })
		if !errors.Is(err, patience.ErrStands) {
			return err
		}
	}
	g.Leave(func() { w.local.Close() }) // a second close does nothing
	return nil
}

func (w *waited) touch() {
	if w.c.reading != nil {
		w.c.reading(w.volume)
	}
}

func (w *waited) away(err error) error {
	if errors.Is(err, patience.ErrStands) {
		return ErrTierAway.With("tier", w.volume).Because(err)
	}
	return err
}
