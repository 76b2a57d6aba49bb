package media

import (
	"context"
	"errors"
	"sync"
)

// ErrReaderClosed is returned by Reader.Next after Close.
var ErrReaderClosed = errors.New("media: reader closed")

// Item is what a reader receives: a new run (Unit nil, Ended false), a unit, or
// the end of a run.
type Item struct {
	Run   *Run
	Unit  *Unit
	Ended bool
	Cause Cause // with Ended
}

// Reader follows a stream at its own pace through a ring of its own. When the
// ring overflows, everything up to the next key frame is dropped and counted;
// neither the writer nor another reader notices.
type Reader struct {
	stream *Stream
	ready  chan struct{} // holds one token when the ring may have become non-empty

	mu      sync.Mutex // guards all below; taken inside Stream.mu, never the other way round
	ring    []Item
	head, n int
	waitKey bool // drop video until a key frame
	dropped uint64
	closed  bool
}

func newReader(s *Stream, size int) *Reader {
	if size < 8 {
		size = 8
	}
	return &Reader{stream: s, ready: make(chan struct{}, 1), ring: make([]Item, size), waitKey: true}
}

func (r *Reader) push(it Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if it.Unit == nil {
		// Units make room for a change of run, never the other way round: a reader
		// always learns which run its next unit belongs to.
		if r.n == len(r.ring) {
			r.dropUnits()
		}
		r.waitKey = true
	} else {
		video := it.Run.Video()
		if r.waitKey && video >= 0 {
			if it.Unit.Track != video || !it.Unit.Key {
				r.dropped++
				return
			}
			r.waitKey = false
		}
		if r.n == len(r.ring) {
			r.dropUnits()
			if video >= 0 && (it.Unit.Track != video || !it.Unit.Key) {
				r.waitKey = true
				r.dropped++
				return
			}
		}
	}
	r.ring[(r.head+r.n)%len(r.ring)] = it
	r.n++
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// dropUnits takes the units out of the ring and leaves the changes of run. Only
// where these alone fill it, all but the last go.
func (r *Reader) dropUnits() {
	kept := 0
	for i := range r.n {
		it := r.ring[(r.head+i)%len(r.ring)]
		if it.Unit != nil {
			r.dropped++
			continue
		}
		r.ring[(r.head+kept)%len(r.ring)] = it
		kept++
	}
	if kept == len(r.ring) {
		r.head, kept = (r.head+kept-1)%len(r.ring), 1
	}
	for i := kept; i < len(r.ring); i++ {
		r.ring[(r.head+i)%len(r.ring)] = Item{}
	}
	r.n = kept
}

// Next waits for the next item. It returns ErrReaderClosed after Close, or the
// context's error.
func (r *Reader) Next(ctx context.Context) (Item, error) {
	for {
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			return Item{}, ErrReaderClosed
		}
		if r.n > 0 {
			it := r.ring[r.head]
			r.ring[r.head] = Item{}
			r.head = (r.head + 1) % len(r.ring)
			r.n--
			r.mu.Unlock()
			return it, nil
		}
		r.mu.Unlock()
		select {
		case <-r.ready:
		case <-ctx.Done():
			return Item{}, ctx.Err()
		}
	}
}

// Dropped is the number of units this reader was too slow for, or that came
// before its first key frame.
func (r *Reader) Dropped() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}

// Close detaches the reader and wakes Next. It may be called more than once.
func (r *Reader) Close() {
	r.stream.leave(r)
	r.mu.Lock()
	r.closed = true
	clear(r.ring)
	r.mu.Unlock()
	select {
	case r.ready <- struct{}{}:
	default:
	}
}
