package tlog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// maxPath is the most hashes a proof can have in a tree of 2^63 entries.
const maxPath = 63

var errProof = errors.New("the proof does not fit")

// VerifyInclusion tells whether leaf stands at index of the tree of size with root
// (RFC 9162 2.1.3.2). nil means that it does.
func VerifyInclusion(leaf Hash, index, size int64, path []Hash, root Hash) error {
	if index < 0 || index >= size || size > MaxSize || len(path) > maxPath {
		return fmt.Errorf("%w: entry %d of %d", errProof, index, size)
	}
	if err := tlog.CheckRecord(path, size, root, index, leaf); err != nil {
		return fmt.Errorf("%w: entry %d of %d", errProof, index, size)
	}
	return nil
}

// VerifyConsistency tells whether the tree of newSize begins with that of oldSize
// (RFC 9162 2.1.4.2). The empty tree begins every tree, with an empty path.
func VerifyConsistency(oldSize, newSize int64, oldRoot, newRoot Hash, path []Hash) error {
	wrong := fmt.Errorf("%w: from %d entries to %d", errProof, oldSize, newSize)
	switch {
	case oldSize < 0 || oldSize > newSize || newSize > MaxSize || len(path) > maxPath:
		return wrong
	case oldSize == 0:
		if len(path) > 0 || oldRoot != EmptyRoot() || newSize == 0 && newRoot != EmptyRoot() {
			return wrong
		}
	case oldSize == newSize:
		if len(path) > 0 || oldRoot != newRoot {
			return wrong
		}
	default:
		if tlog.CheckTree(path, newSize, newRoot, oldSize, oldRoot) != nil {
			return wrong
		}
	}
	return nil
}

const proofHeader = "c2sp.org/tlog-proof@v1"

// Proof shows offline that an entry stands in a log (C2SP tlog-proof). Its file
// name ends with .tlog-proof.
type Proof struct {
	Index      int64
	Path       []Hash
	Extra      []byte // nobody signed it; nil where there is no such line
	Checkpoint []byte // signed, with cosignatures, as the log gave it
}

// Text is the file.
func (p *Proof) Text() []byte {
	var b strings.Builder
	b.WriteString(proofHeader + "\n")
	if p.Extra != nil {
		b.WriteString("extra " + base64.StdEncoding.EncodeToString(p.Extra) + "\n")
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Path {
		b.WriteString(h.String() + "\n")
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return []byte(b.String())
}

// ParseProof reads a proof. Nothing is verified: see Verify.
func ParseProof(text []byte) (*Proof, error) {
	if len(text) > 2*maxNote {
		return nil, fmt.Errorf("proof: larger than %d bytes", 2*maxNote)
	}
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != proofHeader {
		return nil, fmt.Errorf("proof: does not begin with %s", proofHeader)
	}
	p := &Proof{Checkpoint: []byte(checkpoint)}
	lines = lines[1:]
	if len(lines) > 0 {
		if s, ok := strings.CutPrefix(lines[0], "extra "); ok {
			b, err := decode64(s)
			if err != nil {
				return nil, errors.New("proof: malformed extra line")
			}
			p.Extra, lines = append([]byte{}, b...), lines[1:]
		}
	}
	if len(lines) == 0 || len(lines) > 1+maxPath {
		return nil, errors.New("proof: want an index and at most 63 hashes")
	}
	number, ok := strings.CutPrefix(lines[0], "index ")
	if !ok {
		return nil, errors.New("proof: no index line")
	}
	var err error
	if p.Index, err = parseSize(number); err != nil {
		return nil, fmt.Errorf("proof: index: %w", err)
	}
	for _, l := range lines[1:] {
		h, err := parseHash(l)
		if err != nil {
			return nil, fmt.Errorf("proof: %w", err)
		}
		p.Path = append(p.Path, h)
	}
	signed, _, err := SplitNote(p.Checkpoint)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	if _, err := ParseCheckpoint(signed); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return p, nil
}

// Verify shows that entry stands at p.Index in a tree that a log of the policy
// signed. Whether enough witnesses saw that tree stands in the verdict.
func (p *Proof) Verify(policy *Policy, entry []byte) (*Verdict, error) {
	v, err := policy.Check(p.Checkpoint)
	if err != nil {
		return nil, err
	}
	return v, VerifyInclusion(EntryHash(entry), p.Index, v.Checkpoint.Size, p.Path, v.Checkpoint.Root)
}
