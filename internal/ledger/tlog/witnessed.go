package tlog

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
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
			l.weigh(l.cur, s)
		}
	})
}

// weigh refuses the log if s contradicts it. Called where the edge does not change.
func (l *Log) weigh(b *book, s Seen) {
	if s.Note == nil {
		if s.Size > b.edge.size {
			l.refuseNow(CauseRolledBack, s.Size, fmt.Errorf("%s says that there were %d entries, and there are %d", s.Who, s.Size, b.edge.size))
			return
		}
		if s.Last == nil || s.Size < 1 {
			return
		}
		entries, err := l.entriesFrom(b, s.Size-1)
		if err != nil {
			l.Log.Error("an entry of the transparency log cannot be read", "index", s.Size-1, "error", err)
			return
		}
		if !s.Last(entries[0]) {
			l.refuseNow(CauseRolledBack, s.Size, fmt.Errorf("entry %d is not the one that %s knows", s.Size-1, s.Who))
		}
		return
	}
	c, _, err := tlog.Open(s.Note, b.key)
	if err != nil || c.Origin != b.key.Name() {
		l.Log.Warn("a witness shows a checkpoint that this log did not sign", "witness", s.Who, "error", err)
		return
	}
	if err := b.has(Signed{c, s.Note}); err != nil {
		if saveErr := disk.Replace(l.disk, filepath.Join(b.dir, againstName), s.Note, 0o640); saveErr != nil {
			l.Log.Error("a checkpoint that contradicts the log could not be kept", "witness", s.Who, "error", saveErr)
		}
		l.refuseNow(CauseRolledBack, c.Size, fmt.Errorf("%s has it: %w", s.Who, err))
	}
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
