package tlog

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/survey"
)

// Seen is what a witness, or another place that remembers, has of a log.
type Seen struct {
	Who string // for messages
	// Note is the checkpoint that it has, signed by the log. Without it there is only
	// its word for Size.
	Note []byte
	Size int64
	// Origin is the log that Size is of; empty says the one that was asked about.
	Origin string
	// Last, if set, tells whether an entry is the one that stands at Size-1. Only rows that
	// are marked with their entries have it.
	Last func(entry []byte) bool
	// Row names the row that Last is of. Where the log holds that entry elsewhere, Put has the
	// row say where, or gives an error; false says that it is another after all. May be nil.
	Row string
	Put func(origin string, index int64, entry []byte) (bool, error)
}

// Witnessed compares the log with what a witness has. When the log is smaller or
// another, it is signed no more; a note that proves it is kept beside it. A word
// without proof counts for this process alone: whoever lies is taken out of the
// configuration.
func (l *Log) Witnessed(s Seen) {
	l.signing.Lock()
	defer l.signing.Unlock()
	l.step(func() {
		if l.cur != nil {
			_, _ = l.weigh(l.cur, s)
		}
	})
}

// weigh refuses the log if s contradicts it. Called where the edge does not change. It gives
// whether what s is of was put right instead; an error says that it must be and could not.
func (l *Log) weigh(b *book, s Seen) (amended bool, err error) {
	if s.Note == nil {
		var why error
		if s.Size > b.edge.Size {
			why = fmt.Errorf("%s says that there were %d entries, and there are %d", s.Who, s.Size, b.edge.Size)
		} else if s.Last == nil || s.Size < 1 {
			return false, nil
		} else {
			entries, err := l.entriesFrom(b, s.Size-1)
			if err == nil {
				err = b.proves(s.Size-1, entries[0]) // a bundle may be damaged
			}
			if err != nil {
				l.Log.Error("an entry of the transparency log cannot be read", "index", s.Size-1, "error", err)
				return false, nil
			}
			if s.Last(entries[0]) {
				return false, nil
			}
			why = fmt.Errorf("entry %d is not the one that %s knows", s.Size-1, s.Who)
		}
		if amended, err = l.amend(b, s, why); !amended && err == nil {
			l.refuseNow(CauseRolledBack, s.Size, why)
		}
		return amended, err
	}
	c, _, err := tlog.Open(s.Note, b.key)
	if err != nil || c.Origin != b.key.Name() {
		l.Log.Warn("a witness shows a checkpoint that this log did not sign", "witness", s.Who, "error", err)
		return false, nil
	}
	if err := b.has(Signed{c, s.Note}); err != nil {
		if saveErr := disk.Replace(l.disk, filepath.Join(b.dir, againstName), s.Note, 0o640); saveErr != nil {
			l.Log.Error("a checkpoint that contradicts the log could not be kept", "witness", s.Who, "error", saveErr)
		}
		l.refuseNow(CauseRolledBack, c.Size, fmt.Errorf("%s has it: %w", s.Who, err))
	}
	return false, nil
}

// Cosigned keeps a checkpoint of this log that bears verified signatures of
// witnesses, whose keys these are. The latest with every number of cosignatures is
// kept, so that an absent witness takes no proof away.
func (l *Log) Cosigned(signed []byte, witnesses ...tlog.Key) error {
	l.signing.Lock()
	defer l.signing.Unlock()
	l.mu.RLock()
	b, head, refusal := l.cur, l.head, l.refusal
	l.mu.RUnlock()
	if refusal != nil {
		return refusal
	}
	if b == nil {
		return ErrNotReady
	}
	c, sigs, err := tlog.Open(signed, append([]tlog.Key{b.key}, witnesses...)...)
	if err != nil {
		return err
	}
	var own, others strings.Builder
	n := 0
	for _, s := range sigs {
		line := signatureLine(s)
		if s.Name == b.key.Name() && s.Hash == b.key.KeyHash() {
			own.WriteString(line)
			continue
		}
		others.WriteString(line)
		n++
	}
	if n == 0 || n > maxCosignatures || own.Len() == 0 || c.Origin != b.key.Name() {
		return fmt.Errorf("not a cosigned checkpoint of %s", b.key.Name())
	}
	// Only what is verified goes on.
	s := Signed{c, []byte(c.Text() + "\n" + own.String() + others.String())}
	l.mu.RLock()
	older := s.Size < l.cosigned[n].Size
	l.mu.RUnlock()
	if !older {
		if err := disk.Replace(l.disk, filepath.Join(b.dir, cosignedName+strconv.Itoa(n)), s.Note, 0o644); err != nil {
			return err
		}
	}
	served := head.Note != nil && s.Checkpoint == head.Checkpoint
	if served {
		if err := disk.Replace(l.disk, filepath.Join(b.dir, checkpointName), s.Note, 0o644); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !older {
		l.cosigned[n] = s
	}
	if served {
		l.head = s
	}
	return nil
}

// cosignedAnew puts a checkpoint that witnesses cosigned right where only the names of its
// signatures, or the log's own part, are damaged. Another counts for nothing.
func (l *Log) cosignedAnew(b *book, name string, damaged []byte) {
	file, n := b.file(name), survey.Cosignatures(name)
	s, ok := l.cosignedOf(b, damaged)
	if ok {
		ok = n > 0 && disk.Replace(l.disk, filepath.Join(b.dir, name), s.Note, 0o644) == nil
	}
	l.mu.Lock()
	if delete(l.cosigned, n); ok {
		l.cosigned[n] = s
	}
	l.mu.Unlock()
	if ok {
		l.made(b, Mended{File: file, Signed: s.Size}, errors.New("it is not as it was cosigned"))
		return
	}
	l.Log.Warn("a checkpoint beside the transparency log is damaged and counts for nothing", "file", file)
	if l.OnDamaged != nil {
		l.OnDamaged(file)
	}
}

// cosignedOf gives the checkpoint that damaged bytes are of, as log and witnesses signed it.
func (l *Log) cosignedOf(b *book, damaged []byte) (s Signed, ok bool) {
	c, parsed := survey.Claimed(damaged)
	if !parsed || c.Size > b.edge.Size {
		return s, false
	}
	s, err := b.sign(c.Size, nil)
	if err == nil {
		s.Note, ok = survey.Cosigned(s.Note, damaged, l.Witnesses)
	}
	return s, ok
}

func signatureLine(s note.Signature) string { return "— " + s.Name + " " + s.Base64 + "\n" }

// CosignedCheckpoint is the latest checkpoint that a witness cosigned; its Note is
// nil if there is none.
func (l *Log) CosignedCheckpoint() Signed {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.latestCosigned()
}

// latestCosigned is called with mu held.
func (l *Log) latestCosigned() (best Signed) {
	for n := maxCosignatures; n > 0; n-- {
		if s, ok := l.cosigned[n]; ok && (best.Note == nil || s.Size > best.Size) {
			best = s
		}
	}
	return best
}
