// Package soundness looks through the files of the transparency log while it grows, after each
// start and once a day: tiles, bundles of entries and the members of seals. What can be made again
// the log makes again; the rest is an alarm, and the log goes on: its tree does not need them.
package soundness

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/seal"
)

// again is how long after one look the next begins, soon after one that failed.
const (
	again = 24 * time.Hour
	soon  = 10 * time.Second
)

// resting is how many times as long as it works the look rests.
const resting = 4

// named bounds how many files the alarm names.
const named = 5

// Key is that of the alarm, Code its code.
const (
	Key  = "ledger files"
	Code = "ledger_damaged"
)

// Log is the transparency log.
type Log interface {
	// Look looks through tiles and bundles; see tlog.Log.
	Look(ctx context.Context, rest func() error, damaged func(file string, err error)) error
	Size() int64
	Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error]
}

// Files are the files of a log that are damaged and cannot be made again.
type Files struct {
	Log   Log
	Dir   string // of the members of seals
	Alarm func(key, code, detail string, params map[string]any)
	Out   *slog.Logger

	mu    sync.Mutex
	known []string // guarded by mu: named at the start
	done  chan struct{}
	end   context.CancelFunc
}

// Add takes a file that was found when the log was opened.
func (f *Files) Add(file string) {
	f.mu.Lock()
	f.known = append(f.known, file)
	f.mu.Unlock()
}

// Start begins to look.
func (f *Files) Start(ctx context.Context) error {
	ctx, f.end = context.WithCancel(context.WithoutCancel(ctx))
	f.done = make(chan struct{})
	go f.run(ctx)
	return nil
}

// Close ends it.
func (f *Files) Close() {
	f.end()
	<-f.done
}

func (f *Files) run(ctx context.Context) {
	defer close(f.done)
	for {
		wait := again
		files, err := f.Look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			wait = soon
		default:
			f.tell(files)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Look looks once through all of it and gives what is damaged, in order.
func (f *Files) Look(ctx context.Context) (files []string, err error) {
	began := time.Now()
	rest := func() error {
		timer := time.NewTimer(resting * time.Since(began))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			began = time.Now()
			return nil
		}
	}
	f.mu.Lock()
	files = slices.Clone(f.known)
	f.mu.Unlock()
	damaged := func(file string, err error) {
		if !slices.Contains(files, file) {
			files = append(files, file)
			f.Out.Error("a file of the transparency log is damaged and cannot be made again; put it back from a copy", "file", file, "error", err)
		}
	}
	if err := f.Log.Look(ctx, rest, damaged); err != nil {
		return nil, err
	}
	if err := f.seals(ctx, rest, damaged); err != nil {
		return nil, err
	}
	slices.Sort(files)
	return files, nil
}

// seals looks whether the members of every seal are there. Entries that cannot be read are
// named already.
func (f *Files) seals(ctx context.Context, rest func() error, damaged func(file string, err error)) error {
	members := seal.Members{Dir: f.Dir}
	for from, size := int64(0), f.Log.Size(); from < size; from += 256 {
		for b, err := range f.Log.Entries(ctx, from, min(from+256, size)) {
			if err != nil {
				break
			}
			if !leaf.Is(b, "seal") {
				continue
			}
			e, err := leaf.Decode(b)
			if err != nil {
				continue
			}
			s, ok := e.(*leaf.Seal)
			if !ok {
				continue
			}
			if _, err := members.Of(s); errors.Is(err, seal.ErrNoMembers) {
				damaged(seal.MembersDir+"/"+leaf.DayOf(s.At), err)
			}
		}
		if err := errors.Join(ctx.Err(), rest()); err != nil {
			return err
		}
	}
	return nil
}

func (f *Files) tell(files []string) {
	if len(files) == 0 {
		f.Alarm(Key, "", "", nil)
		return
	}
	f.Alarm(Key, Code, "A file of the transparency log is damaged. What was signed of the log is whole, and it goes on.",
		map[string]any{"count": len(files), "files": strings.Join(files[:min(len(files), named)], ", ")})
}
