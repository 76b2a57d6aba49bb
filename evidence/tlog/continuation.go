package tlog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Heads of a continuation. In the first version the reason stands in clear.
const (
	continuationHeader = "watchroom/continues/v1"
	continuationSealed = "watchroom/continues/v2"
)

// Continuation is the first entry of a log that takes the place of one that can no
// longer be signed: a signed note of its own. docs/ledger-format.md has its lines.
type Continuation struct {
	Origin string // the log that ends
	Size   int64  // entries of it that are there
	Root   Hash   // over them
	Known  int64  // the largest size of it that was ever signed, as far as is known
	Signed Hash   // root at that size
	Cause  string // why it can no longer be signed; a word
	At     int64  // µs since 1970 UTC
	Key    Key    // of the log that begins
	// Commitment is to the reason of the person who decided it, under a salt that stands with the
	// act (evidence/leaf.ReasonOf); zero in an entry of version 1.
	Commitment Hash
	// Reason is that reason, one line. An entry of version 1 has it in clear; of a later one it is
	// empty until somebody who has reason and salt fills it in.
	Reason string
}

// Text is what is signed.
func (c Continuation) Text() string {
	head, reason := continuationHeader, c.Reason
	if c.Commitment != (Hash{}) {
		head, reason = continuationSealed, c.Commitment.String()
	}
	return fmt.Sprintf("%s\norigin %s\nfound %d %s\nknown %d %s\ncause %s\nat %d\nkey %s\nreason %s\n", head,
		c.Origin, c.Size, c.Root, c.Known, c.Signed, c.Cause, c.At, c.Key, reason)
}

// IsContinuation tells whether an entry means to be one.
func IsContinuation(entry []byte) bool {
	return strings.HasPrefix(string(entry), continuationHeader+"\n") || strings.HasPrefix(string(entry), continuationSealed+"\n")
}

// ParseContinuation reads an entry. It verifies the signature of the new log's key,
// which the entry names itself; byOld says that the key of the old log, where
// old is not the zero Key, signed it too.
func ParseContinuation(entry []byte, old Key) (c Continuation, byOld bool, err error) {
	text, _, err := SplitNote(entry)
	if err != nil {
		return c, false, err
	}
	if c, err = parseContinuationText(text); err != nil {
		return c, false, err
	}
	known := []note.Verifier{c.Key}
	if old != (Key{}) && old != c.Key {
		known = append(known, old)
	}
	n, err := note.Open(entry, note.VerifierList(known...))
	if err != nil {
		return c, false, err
	}
	byNew := false
	for _, s := range n.Sigs {
		byNew = byNew || s.Name == c.Key.name && s.Hash == c.Key.id
		byOld = byOld || old != (Key{}) && s.Name == old.name && s.Hash == old.id
	}
	if !byNew {
		return c, false, errors.New("the log that begins has not signed its first entry")
	}
	return c, byOld, nil
}

func parseContinuationText(text string) (c Continuation, err error) {
	lines := strings.Split(text, "\n")
	words := []string{"origin ", "found ", "known ", "cause ", "at ", "key ", "reason "}
	if len(lines) != len(words)+2 || lines[0] != continuationHeader && lines[0] != continuationSealed || lines[len(lines)-1] != "" {
		return c, errors.New("malformed continuation")
	}
	for i, w := range words {
		v, ok := strings.CutPrefix(lines[i+1], w)
		if !ok {
			return c, fmt.Errorf("malformed continuation: line %d does not begin with %q", i+2, w)
		}
		switch i {
		case 0:
			c.Origin = v
		case 1:
			c.Size, c.Root, err = parseHead(v)
		case 2:
			c.Known, c.Signed, err = parseHead(v)
		case 3:
			c.Cause = v
		case 4:
			if c.At, err = strconv.ParseInt(v, 10, 64); err == nil && strconv.FormatInt(c.At, 10) != v {
				err = errors.New("malformed instant")
			}
		case 5:
			c.Key, err = ParseKey(v)
		case 6:
			if lines[0] == continuationHeader {
				c.Reason = v
			} else if c.Commitment, err = parseHash(v); err == nil && c.Commitment == (Hash{}) {
				err = errors.New("it commits to nothing")
			}
		}
		if err != nil {
			return c, fmt.Errorf("malformed continuation: line %d: %w", i+2, err)
		}
	}
	if c.Origin == "" || c.Cause == "" || c.Key.kind != TypeEd25519 {
		return c, errors.New("malformed continuation: no origin, cause or log key")
	}
	return c, nil
}

func parseHead(s string) (size int64, root Hash, err error) {
	number, hash, _ := strings.Cut(s, " ")
	if size, err = parseSize(number); err == nil {
		root, err = parseHash(hash)
	}
	return size, root, err
}
