package journal

import (
	"encoding/hex"
	"time"

	"watchroom/evidence/leaf"
)

// KindSeal tells of the open segment, as far as it stood on the disk at At. What it
// says stands in an object of its own, so that a reader who knows nothing of it does
// not take its file for a closed segment.
const KindSeal = "seal"

// KindLost tells that of a segment that had been sealed while it was open, as Sealed says
// last, nothing was there when a later process came to make it whole: no file, or one
// without a whole part, which was set aside.
const KindLost = "lost"

// Sealed is the part of an open segment that stood on the disk when the line was
// written. Once the line is in the log, nobody can shorten or change that part unseen.
type Sealed struct {
	File  string `json:"file"`  // of the closed form, below the recordings folder
	Parts int    `json:"parts"` // whole parts, the initialisation segment not counted
	Bytes int64  `json:"bytes"` // up to the end of the last of them
	Root  string `json:"root"`  // hex of the Merkle root over initialisation segment and parts
}

// RootHash is Root as bytes; ok is false where it is not one.
func (s *Sealed) RootHash() (h leaf.Hash, ok bool) {
	b, err := hex.DecodeString(s.Root)
	if err != nil || len(b) != len(h) {
		return h, false
	}
	return leaf.Hash(b), true
}

// SealedBy is how long the footage of an open segment can be before it is sealed, in µs:
// the log seals all of them every minute, and one that is missed is made up for.
const SealedBy = int64(150 * time.Second / time.Microsecond)

// Of is the file that a line is about, or empty.
func (r *Record) Of() string {
	switch {
	case r.Segment != nil:
		return r.File
	case r.Sealed != nil:
		return r.Sealed.File
	}
	return ""
}
