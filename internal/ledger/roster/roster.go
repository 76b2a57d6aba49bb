// Package roster has a log tell which keys count: its own, that of the log whose place it
// took, and those of the witnesses that it asks. So whoever exchanges a witness for one of
// their own, or has none asked any more, leaves that in the log.
package roster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
	"watchroom/internal/clock"
	"watchroom/internal/durable"
)

// StateFile is the name of a file in Roster.Dir that saves reading the whole log: what it
// told last. A log is read where there is none, or one of another log.
const StateFile = "keys.state"

// Roles of keys, as entries name them.
const (
	roleLog     = "log"
	roleWitness = "witness"
)

// Log is the transparency log.
type Log interface {
	Append(ctx context.Context, entries ...[]byte) (first int64, err error)
	Size() int64
	Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error]
}

// Roster compares the keys that count with those that the log tells of.
type Roster struct {
	Into Log
	Dir  string   // an existing folder for the state
	Key  tlog.Key // of the log
	// Before gives the key of the log that this one took the place of; ok is false where
	// there is none, or it is not here any more. May be nil.
	Before    func() (key tlog.Key, ok bool)
	Witnesses []tlog.Key
	Clock     clock.Clock
}

// one is a key that counts, as an entry has it.
type one struct {
	Role, Name, Algorithm string
	Key                   leaf.Hash
}

func of(role string, k tlog.Key) one {
	algorithm := "ed25519"
	if k.Type() == tlog.TypeMLDSA {
		algorithm = "ml-dsa-44"
	}
	return one{role, leaf.Word(k.Name()), algorithm, sha256.Sum256(k.Public())}
}

// state is what the log is known to tell.
type state struct {
	Origin string
	Size   int64 // entries that were looked at
	// Settled says that no other entry of a key follows: nobody else writes any.
	Settled bool
	Keys    []one
}

// Note has the log tell what has changed since it last did, if anything has.
func (r *Roster) Note(ctx context.Context) error {
	s, err := r.told(ctx)
	if err != nil {
		return err
	}
	changes := r.changes(s.Keys)
	if len(changes) == 0 && s.Settled {
		return nil
	}
	s.Settled = false
	if err := r.keep(s); err != nil {
		return err
	}
	if len(changes) > 0 {
		var entries [][]byte
		for _, k := range changes {
			entry, err := leaf.Encode(k)
			if err != nil {
				return err
			}
			entries = append(entries, entry)
			s.take(k)
		}
		first, err := r.Into.Append(ctx, entries...)
		if err != nil {
			return fmt.Errorf("append to the log: %w", err)
		}
		s.Size = first + int64(len(entries))
	}
	s.Settled = true
	return r.keep(s)
}

// Gone names the witnesses that the log told of when it was looked at last, and that are not
// among Witnesses. It reads the state alone, so that it can be asked before there is a log.
func (r *Roster) Gone() (names []string) {
	var s state
	b, err := durable.ReadRegular(filepath.Join(r.Dir, StateFile), 16<<20)
	if err != nil || json.Unmarshal(b, &s) != nil {
		return nil
	}
	var here []one
	for _, w := range r.Witnesses {
		here = append(here, of(roleWitness, w))
	}
	for _, k := range s.Keys {
		if k.Role == roleWitness && !slices.Contains(here, k) && !slices.Contains(names, k.Name) {
			names = append(names, k.Name)
		}
	}
	return names
}

// changes are the entries that are lacking.
func (r *Roster) changes(have []one) (all []*leaf.Key) {
	at := r.Clock.Micro()
	add := func(change string, k one) {
		all = append(all, &leaf.Key{At: at, Change: change, Role: k.Role, Name: k.Name, Algorithm: k.Algorithm, Key: k.Key})
	}
	want := []one{of(roleLog, r.Key)}
	for _, w := range r.Witnesses {
		want = append(want, of(roleWitness, w))
	}
	if own := want[0]; !slices.Contains(have, own) && r.Before != nil {
		if k, ok := r.Before(); ok {
			add("retired", of(roleLog, k))
		}
	}
	for _, k := range have {
		if (k.Role == roleLog || k.Role == roleWitness) && !slices.Contains(want, k) {
			add("retired", k)
		}
	}
	for i, k := range want {
		if !slices.Contains(have, k) && !slices.Contains(want[:i], k) {
			add("added", k)
		}
	}
	return all
}

// take follows an entry of a key.
func (s *state) take(k *leaf.Key) {
	is := one{k.Role, k.Name, k.Algorithm, k.Key}
	s.Keys = slices.DeleteFunc(s.Keys, func(o one) bool { return o == is })
	if k.Change == "added" {
		s.Keys = append(s.Keys, is)
	}
}

// told is what the log tells.
func (r *Roster) told(ctx context.Context) (s state, err error) {
	b, err := durable.ReadRegular(filepath.Join(r.Dir, StateFile), 16<<20)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	size := r.Into.Size()
	if err != nil || json.Unmarshal(b, &s) != nil || s.Origin != r.Key.Name() || s.Size > size || s.Size < 0 {
		s = state{Origin: r.Key.Name()}
	}
	if s.Settled {
		return s, nil
	}
	for b, err := range r.Into.Entries(ctx, s.Size, size) {
		if err != nil {
			return s, fmt.Errorf("read the log: %w", err)
		}
		if !leaf.Is(b, "key") {
			continue
		}
		if e, err := leaf.Decode(b); err == nil {
			if k, ok := e.(*leaf.Key); ok {
				s.take(k)
			}
		}
	}
	s.Size = size
	return s, nil
}

func (r *Roster) keep(s state) error {
	path := filepath.Join(r.Dir, StateFile)
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if have, err := durable.ReadRegular(path, 16<<20); err == nil && bytes.Equal(have, b) {
		return nil
	}
	return durable.Replace(path, b, 0o600)
}
