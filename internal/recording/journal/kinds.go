package journal

import (
	"encoding/hex"

	"watchroom/evidence/leaf"
)

// Kinds that name a file without being the account of one that was closed. What they
// say stands in an object of its own, so that a reader who knows nothing of them does
// not take their file for a closed segment.
const (
	KindSeal    = "seal" // the open segment, as far as it stands on the disk at At
	KindRemoved = "del"  // a closed segment is removed lawfully: a tombstone
	KindMoved   = "move" // a closed segment lies on another volume or tier
	KindTime    = "time" // what is known of the recorder's own clock
)

// Sealed is the part of an open segment that stood on the disk when the line was
// written. Once the line is in the log, nobody can shorten or change that part unseen.
type Sealed struct {
	File  string `json:"file"`  // of the closed form, below the recordings folder
	Parts int    `json:"parts"` // whole parts, the initialisation segment not counted
	Bytes int64  `json:"bytes"` // up to the end of the last of them
	Root  string `json:"root"`  // hex of the Merkle root over initialisation segment and parts
}

// Removed is a closed segment that was removed, and why.
type Removed struct {
	File   string `json:"file"`
	Start  int64  `json:"start"` // µs since 1970 UTC, as in the segment's own line
	End    int64  `json:"end"`
	Bytes  int64  `json:"bytes"`
	Root   string `json:"root"`
	Ground string `json:"ground"`         // why it may go: "retention", "order"
	Rule   string `json:"rule,omitempty"` // id of the rule or order
}

// Moved is a closed segment that lies elsewhere from now on.
type Moved struct {
	File string `json:"file"`
	To   string `json:"to"` // id of the volume or tier
}

// TimeState is what is known of the recorder's own clock.
type TimeState struct {
	State  string `json:"state"`               // "synchronised", "unsynchronised", "step"
	Offset *int64 `json:"offset_us,omitempty"` // the recorder's clock minus the reference, µs; nil if unknown
	Error  *int64 `json:"error_us,omitempty"`  // bound of that, µs
	Source string `json:"source,omitempty"`    // how it was measured
}

// RootHash is Root as bytes; ok is false where it is not one.
func (s *Sealed) RootHash() (leaf.Hash, bool) { return hash(s.Root) }

// RootHash is Root as bytes; ok is false where it is not one.
func (r *Removed) RootHash() (leaf.Hash, bool) { return hash(r.Root) }

func hash(text string) (h leaf.Hash, ok bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(h) {
		return h, false
	}
	return leaf.Hash(b), true
}
