// Package leaf holds what ties recordings and acts to the transparency log: hashes
// and entries. The identity of a segment is the RFC 6962 Merkle root over its
// initialisation segment and its parts, so that some parts can be shown to belong to
// it without the others. An entry has one canonical text (docs/ledger-entries.md).
package leaf

import (
	"crypto/sha256"
	"hash"
	"math/bits"
)

// Hash is a SHA-256 value.
type Hash [sha256.Size]byte

// Part is the leaf hash of RFC 6962 2.1: SHA-256 of a zero byte and the data.
func Part(data ...[]byte) Hash {
	h := NewPart()
	for _, d := range data {
		h.Write(d)
	}
	return Hash(h.Sum(nil))
}

// NewPart begins a leaf hash that is fed piece by piece.
func NewPart() hash.Hash {
	h := sha256.New()
	h.Write([]byte{0})
	return h
}

func node(l, r Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], l[:])
	copy(b[1+sha256.Size:], r[:])
	return sha256.Sum256(b[:])
}

// Tree takes leaf hashes one by one and gives the root at any time. It keeps one
// hash a level. The zero value is the empty tree.
type Tree struct {
	n     uint64
	stack []Hash // roots of the perfect subtrees, largest first
}

// Add appends a leaf.
func (t *Tree) Add(h Hash) {
	for n := t.n; n&1 == 1; n >>= 1 {
		last := len(t.stack) - 1
		h = node(t.stack[last], h)
		t.stack = t.stack[:last]
	}
	t.stack = append(t.stack, h)
	t.n++
}

// Len is the number of leaves.
func (t *Tree) Len() uint64 { return t.n }

// Root is the Merkle tree hash; of the empty tree it is SHA-256 of nothing.
func (t *Tree) Root() Hash {
	if t.n == 0 {
		return sha256.Sum256(nil)
	}
	h := t.stack[len(t.stack)-1]
	for i := len(t.stack) - 2; i >= 0; i-- {
		h = node(t.stack[i], h)
	}
	return h
}

// Root is the root over leaves.
func Root(leaves []Hash) Hash {
	var t Tree
	for _, l := range leaves {
		t.Add(l)
	}
	return t.Root()
}

// Path is the audit path of leaf i (RFC 6962 2.1.1), from the leaf upwards.
func Path(leaves []Hash, i int) []Hash {
	if len(leaves) <= 1 {
		return nil
	}
	k := split(len(leaves))
	if i < k {
		return append(Path(leaves[:k], i), Root(leaves[k:]))
	}
	return append(Path(leaves[k:], i-k), Root(leaves[:k]))
}

// split is the largest power of two smaller than n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// Verify tells whether leaf stands at index i of a tree of n leaves with root
// (RFC 9162 2.1.3.2).
func Verify(leaf Hash, i, n int, path []Hash, root Hash) bool {
	if i < 0 || i >= n {
		return false
	}
	fn, sn := uint64(i), uint64(n-1)
	h := leaf
	for _, p := range path {
		if sn == 0 {
			return false
		}
		if fn&1 == 1 || fn == sn {
			h = node(p, h)
			for fn&1 == 0 && fn != 0 {
				fn >>= 1
				sn >>= 1
			}
		} else {
			h = node(h, p)
		}
		fn >>= 1
		sn >>= 1
	}
	return sn == 0 && h == root
}

// Frozen is a Tree that is kept while nobody adds to it.
type Frozen struct {
	Leaves uint64
	Stack  []Hash // roots of the perfect subtrees, largest first
}

// Freeze gives what Thaw makes the same tree of.
func (t *Tree) Freeze() Frozen {
	return Frozen{t.n, append([]Hash(nil), t.stack...)}
}

// Thaw makes a tree that can grow again; ok is false where f is none.
func Thaw(f Frozen) (t Tree, ok bool) {
	if len(f.Stack) != bits.OnesCount64(f.Leaves) {
		return Tree{}, false
	}
	return Tree{f.Leaves, append([]Hash(nil), f.Stack...)}, true
}
