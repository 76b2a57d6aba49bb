// Package logtest is a transparency log in memory for tests: it keeps what it has
// taken, and fails wherever a test wants it to.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"watchroom/evidence/leaf"
)

// ErrDown is what a step fails with that Fail fails.
var ErrDown = errors.New("the log is down")

// Fate says what becomes of one Append.
type Fate struct {
	Keep int  // so many of its entries are kept; -1 means all
	Fail bool // an error is returned
}

// Log is the log. The zero value is empty and never fails.
type Log struct {
	// Fate, if set, decides about every Append of n entries.
	Fate func(n int) Fate
	// Read, if set, is asked before every entry that is read.
	Read func(index int64) error

	mu      sync.Mutex // guards all below
	entries [][]byte
	grown   chan struct{} // closed when the log grows; nil while nobody waits
}

// Append implements the interfaces that packages declare of a log.
func (l *Log) Append(ctx context.Context, entries ...[]byte) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	fate := Fate{Keep: -1}
	if l.Fate != nil {
		fate = l.Fate(len(entries))
	}
	if fate.Keep < 0 || fate.Keep > len(entries) {
		fate.Keep = len(entries)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.tell()
	first := int64(len(l.entries))
	for _, e := range entries[:fate.Keep] {
		if len(e) > leaf.MaxEntry {
			return 0, fmt.Errorf("an entry of %d bytes", len(e))
		}
		l.entries = append(l.entries, slices.Clone(e))
	}
	if fate.Fail {
		return 0, ErrDown
	}
	return first, nil
}

// Size is the number of entries.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.entries))
}

// Entries reads some.
func (l *Log) Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for i := from; i < to; i++ {
			err := ctx.Err()
			if err == nil && l.Read != nil {
				err = l.Read(i)
			}
			l.mu.Lock()
			var e []byte
			switch {
			case err != nil:
			case i < 0 || i >= int64(len(l.entries)):
				err = fmt.Errorf("there is no entry %d", i)
			default:
				e = slices.Clone(l.entries[i])
			}
			l.mu.Unlock()
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Head gives size and root, as a signed checkpoint would.
func (l *Log) Head(context.Context) (int64, leaf.Hash, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var t leaf.Tree
	for _, e := range l.entries {
		t.Add(leaf.Part(e))
	}
	return int64(len(l.entries)), t.Root(), nil
}

// All decodes everything; what is no entry is nil.
func (l *Log) All() (all []leaf.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.entries {
		e, err := leaf.Decode(b)
		if err != nil {
			e = nil
		}
		all = append(all, e)
	}
	return all
}

// Put lays entries behind the others as they are, whatever they are.
func (l *Log) Put(entries ...[]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.tell()
	l.entries = append(l.entries, entries...)
}

// Set changes an entry, as somebody with the disk in hand could.
func (l *Log) Set(index int64, b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[index] = b
}

// Wait returns when the log has at least n entries.
func (l *Log) Wait(n int64) {
	for {
		l.mu.Lock()
		if l.grown == nil {
			l.grown = make(chan struct{})
		}
		grown, size := l.grown, int64(len(l.entries))
		l.mu.Unlock()
		if size >= n {
			return
		}
		<-grown
	}
}

// tell wakes those that wait. l.mu is held.
func (l *Log) tell() {
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
}
