// Package logged is what the log tells of segments, and which of it counts where it tells of
// one twice, otherwise each, or tells of it what does not agree with what lies there: whoever
// can write into the recordings folder can append lines to a journal, and the log takes them
// in like any other.
package logged

import (
	"crypto/sha256"
	"database/sql"
	"fmt"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/parts"
)

// Segment is what the log tells of one.
type Segment struct {
	File, Volume string
	Leaf         int64
	Log          int // number of an earlier log; 0 for the one that grows
	Bytes, Parts int64
	Root         leaf.Hash
	Gone         sql.NullInt64 // entry of its tombstone
	GoneAt       int64
}

// Segments selects what Of reads.
const Segments = "SELECT file, volume, leaf, log, bytes, parts, root, gone, gone_at FROM segs"

// Of reads one.
func Of(r interface{ Scan(...any) error }) (s Segment, err error) {
	var root []byte
	err = r.Scan(&s.File, &s.Volume, &s.Leaf, &s.Log, &s.Bytes, &s.Parts, &root, &s.Gone, &s.GoneAt)
	copy(s.Root[:], root)
	return s, err
}

// Mark is what a seal tells of the beginning of a segment.
type Mark struct {
	Parts, Leaf int64
	Log         int
	Root        leaf.Hash
}

// MarkOf reads one: parts, leaf, log and root.
func MarkOf(r interface{ Scan(...any) error }) (m Mark, err error) {
	var root []byte
	err = r.Scan(&m.Parts, &m.Leaf, &m.Log, &root)
	copy(m.Root[:], root)
	return m, err
}

// entry names where it stands.
func (m Mark) entry() string {
	if m.Log > 0 {
		return fmt.Sprintf("entry %d of log %d", m.Leaf, m.Log)
	}
	return fmt.Sprintf("entry %d", m.Leaf)
}

// Told is the digest of all that the log tells of a segment.
func (s *Segment) Told(marks []Mark) [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d %x\n", s.Volume, s.File, s.Bytes, s.Parts, s.Root)
	for _, m := range marks {
		fmt.Fprintf(h, "%d %d %d %x\n", m.Log, m.Leaf, m.Parts, m.Root)
	}
	return [32]byte(h.Sum(nil))
}

// Differs holds what was read of a segment against what the log tells of it.
func (s *Segment) Differs(c *parts.Content, marks []Mark, say func(finding.Kind, string, ...any) finding.Finding) (found []finding.Finding) {
	good, bad := int64(-1), int64(-1) // parts up to which the file is what was sealed, and from where on it is not
	for _, m := range marks {
		switch root, whole := c.Root(m.Parts); {
		case m.Parts > s.Parts:
			found = append(found, say(finding.SealDiffers, "%s sealed %d parts, it was closed with %d", m.entry(), m.Parts, s.Parts))
		case whole && root == m.Root:
			good = m.Parts
		case bad < 0:
			bad = m.Parts
		}
	}
	switch root, whole := c.Root(s.Parts); {
	case !whole || root != s.Root || int64(len(c.Pieces)-1) != s.Parts:
		where := "among its parts"
		switch {
		case good >= 0 && bad >= 0:
			where = fmt.Sprintf("behind part %d and up to part %d", good, bad)
		case bad >= 0:
			where = fmt.Sprintf("up to part %d", bad)
		case good >= 0:
			where = fmt.Sprintf("behind part %d", good)
		}
		found = append(found, say(finding.FileAltered, "it has %d whole parts of %d and another root; the difference lies %s", len(c.Pieces)-1, s.Parts, where))
	case bad >= 0:
		found = append(found, say(finding.SealDiffers, "its first %d parts are not those that were sealed", bad))
	case !c.Tail:
		found = append(found, say(finding.FileAltered, "what stands behind its last part is not the index of its key frames"))
	}
	return found
}
