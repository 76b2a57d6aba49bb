// Package tlog is what an outsider needs to check a Watchroom transparency log
// without us: checkpoints and their signatures, cosignatures of witnesses, the
// policy that says whom one believes, proofs as text files, and the folder of tiles.
// The formats are those of C2SP (signed-note, tlog-checkpoint, tlog-cosignature,
// tlog-policy, tlog-proof, tlog-tiles); the tree is RFC 6962 with SHA-256.
// docs/ledger-format.md describes the whole.
package tlog

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 value of the tree: of an entry, of two nodes, or a root.
type Hash = tlog.Hash

// MaxSize bounds the sizes that are believed: beyond it the arithmetic of trees
// would leave 64 bits.
const MaxSize = int64(1) << 60

// maxNote bounds checkpoints in bytes. Sixteen signatures must be accepted
// (signed-note), and one with ML-DSA-44 is 3.3 kB.
const maxNote = 256 << 10

// EmptyRoot is the root of the tree without entries, SHA-256 of nothing (RFC 6962 2.1).
func EmptyRoot() Hash { return sha256.Sum256(nil) }

// EntryHash is the leaf hash of an entry, SHA-256(0x00 || entry) (RFC 6962 2.1).
func EntryHash(entry []byte) Hash { return tlog.RecordHash(entry) }

// Checkpoint is the text of a tree head (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string // the log's name
	Size   int64  // entries
	Root   Hash
	// Extension holds the lines after the third, each with its line feed. They say
	// nothing about the tree and are not believed; our logs write none.
	Extension string
}

// Text is the text that is signed, with its last line feed.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n" + c.Extension
}

var errCheckpoint = errors.New("malformed checkpoint")

// ParseCheckpoint reads the text of a note, without its signatures. Nothing is
// verified: see Policy.Check and Open.
func ParseCheckpoint(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.SplitAfterN(text, "\n", 4)
	if len(lines) < 4 || len(text) > maxNote || !cleanText(text) {
		return c, fmt.Errorf("%w: want at least three lines of text", errCheckpoint)
	}
	c.Origin, c.Extension = strings.TrimSuffix(lines[0], "\n"), lines[3]
	var err error
	if c.Origin == "" {
		return c, fmt.Errorf("%w: no origin", errCheckpoint)
	}
	if c.Size, err = parseSize(strings.TrimSuffix(lines[1], "\n")); err != nil {
		return c, fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	if c.Root, err = parseHash(strings.TrimSuffix(lines[2], "\n")); err != nil {
		return c, fmt.Errorf("%w: root: %w", errCheckpoint, err)
	}
	if c.Extension != "" && (!strings.HasSuffix(c.Extension, "\n") || strings.HasPrefix(c.Extension, "\n") || strings.Contains(c.Extension, "\n\n")) {
		return c, fmt.Errorf("%w: an empty or unfinished extension line", errCheckpoint)
	}
	return c, nil
}

// Open verifies a signed checkpoint against keys and gives its text and the
// signatures of those keys that it bears. A known key whose signature does not fit
// makes the whole note worthless, as does a note without any known signature
// (C2SP signed-note). The checkpoint's origin is not compared with the keys' names.
func Open(signed []byte, keys ...Key) (Checkpoint, []note.Signature, error) {
	if len(signed) > maxNote {
		return Checkpoint{}, nil, fmt.Errorf("%w: larger than %d bytes", errCheckpoint, maxNote)
	}
	known := make([]note.Verifier, len(keys))
	for i, k := range keys {
		known[i] = k
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := ParseCheckpoint(n.Text)
	return c, n.Sigs, err
}

// SplitNote separates the text of a signed note from its signature lines without
// verifying anything. The text ends with a line feed, and so do the lines.
func SplitNote(signed []byte) (text string, signatures string, err error) {
	s := string(signed)
	if len(signed) > maxNote || !cleanText(s) {
		return "", "", errors.New("malformed note")
	}
	i := strings.LastIndex(s, "\n\n")
	if i < 0 || i+2 == len(s) || s[len(s)-1] != '\n' {
		return "", "", errors.New("malformed note: no signatures")
	}
	return s[:i+1], s[i+2:], nil
}

// cleanText tells whether s is UTF-8 without control characters but line feeds.
func cleanText(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 && s[i] != '\n' {
			return false
		}
	}
	return utf8.ValidString(s)
}

// parseSize reads a size or index: decimal without leading zeros, at most MaxSize.
func parseSize(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > MaxSize || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("malformed number %.24q", s)
	}
	return n, nil
}

// ParseSize reads a tree size as C2SP writes it: decimal, no leading zeros.
func ParseSize(s string) (int64, error) { return parseSize(s) }

// ParseHash reads a hash as C2SP writes it.
func ParseHash(s string) (Hash, error) { return parseHash(s) }

func parseHash(s string) (Hash, error) {
	b, err := decode64(s)
	if err != nil || len(b) != len(Hash{}) {
		return Hash{}, fmt.Errorf("malformed hash %.48q", s)
	}
	return Hash(b), nil
}

// decode64 reads base64 (RFC 4648 section 4) in its one canonical form; the
// standard decoder passes over line ends and spare bits.
func decode64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, errors.New("malformed base64")
	}
	return b, nil
}
