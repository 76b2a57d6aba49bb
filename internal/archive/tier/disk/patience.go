package disk

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/durable/patience"
)

const (
	// long is how long a disk may take for one step. What is written waits in the
	// machine's memory and reaches the disk at the end, all together.
	long, longOfPut = time.Minute, 3 * time.Minute
	// leave is how much longer a disk may take that is given up.
	leave = 5 * time.Second
)

func (d *Disk) try() {
	if d.at != nil {
		d.at()
	}
}

func (d *Disk) hangs() error {
	return archive.ErrTierAway.With("tier", d.Name).Because(patience.ErrStands)
}

// step does f, and waits for it no longer than the disk may take; then the tier is away.
func step[T any](ctx context.Context, d *Disk, f func() (T, error)) (T, error) {
	v, err := patience.Do(ctx, &d.guard, cmp.Or(d.Patience, long), func() (T, error) { d.try(); return f() })
	if errors.Is(err, patience.ErrStands) {
		err = d.hangs()
	}
	return v, err
}

// put does f, which reads from in, and waits for as long as the disk takes what comes.
func (d *Disk) put(ctx context.Context, in *incoming, f func() error) error {
	if d.guard.Stands() {
		return d.hangs()
	}
	done := make(chan error, 1)
	go func() {
		d.try()
		done <- f()
	}()
	most := cmp.Or(d.Patience, longOfPut)
	look := time.NewTicker(max(most/4, time.Millisecond))
	defer look.Stop()
	gone := ctx.Done()
	for {
		select {
		case err := <-done:
			return err
		case <-gone:
			gone, most = nil, min(most, leave)
			look.Reset(most)
			in.beat()
		case <-look.C:
			if in.idle() < most {
				continue
			}
			in.leave()
			d.guard.Leave(func() { <-done })
			return d.hangs()
		}
	}
}

// incoming is what is put on a disk. It knows since when the disk has had what came last.
type incoming struct {
	since atomic.Int64 // ns of began; -1 while what comes is waited for, which is no fault of the disk
	began time.Time

	mu   sync.Mutex // held while from is read
	from io.Reader
	left bool // whoever put it has gone
}

func newIncoming(from io.Reader) *incoming { return &incoming{from: from, began: time.Now()} }

// Read implements io.Reader.
func (in *incoming) Read(b []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.left {
		return 0, patience.ErrStands
	}
	in.since.Store(-1)
	defer in.beat()
	return in.from.Read(b)
}

func (in *incoming) beat() { in.since.Store(int64(time.Since(in.began))) }

// idle is for how long the disk has had what came last.
func (in *incoming) idle() time.Duration {
	at := in.since.Load()
	if at < 0 {
		return 0
	}
	return time.Since(in.began) - time.Duration(at)
}

// leave ends that from is read, which is whose it was again.
func (in *incoming) leave() {
	in.mu.Lock()
	in.left = true
	in.mu.Unlock()
}

// file is a file on a disk that may not answer.
type file struct {
	archive.File
	ctx  context.Context // of who looks; see tier.Store
	disk *Disk
}

// ReadAt implements archive.File. What is read late goes nowhere.
func (f file) ReadAt(b []byte, at int64) (int, error) {
	type piece struct {
		bytes []byte
		err   error
	}
	p, err := step(f.ctx, f.disk, func() (piece, error) {
		own := make([]byte, len(b))
		n, err := f.File.ReadAt(own, at)
		return piece{own[:n], err}, nil
	})
	if err != nil {
		return 0, err
	}
	return copy(b, p.bytes), p.err
}

// Size implements archive.File.
func (f file) Size() (int64, error) { return step(f.ctx, f.disk, f.File.Size) }
