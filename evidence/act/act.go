// Package act proves what one act says: a file holds the act as its commitment covers it,
// the salt, and the proof that the commitment stands in the log. Whoever has it, and the
// keys of the log got another way, needs nothing else.
package act

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
)

// Format is the first field of a file.
const Format = "watchroom act proof v1"

// maxFile bounds a file, in bytes. An act of a few megabytes is none that anybody wrote.
const maxFile = 8 << 20

// ErrProof says that a file does not prove what it says, or is none.
var ErrProof = errors.New("the file does not prove the act")

// File is the proof of one act.
type File struct {
	Format  string `json:"format"`
	Content string `json:"content"` // leaf.ActContent.Encode
	Salt    []byte `json:"salt"`
	Proof   string `json:"proof"` // C2SP tlog-proof
}

// New makes a file. It proves nothing that is not so: Verify says whether it does.
func New(content *leaf.ActContent, salt leaf.Salt, proof *tlog.Proof) *File {
	return &File{Format: Format, Content: string(content.Encode()), Salt: salt[:], Proof: string(proof.Text())}
}

// JSON is the file.
func (f *File) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Parse reads a file. Nothing is verified.
func Parse(data []byte) (*File, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrProof, maxFile)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var f File
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows it", ErrProof)
	}
	if f.Format != Format {
		return nil, fmt.Errorf("%w: its format is %.60q and not %q", ErrProof, f.Format, Format)
	}
	return &f, nil
}

// Proved is what a file shows.
type Proved struct {
	Content    leaf.ActContent
	Index      int64 // of the entry in the log
	Checkpoint *tlog.Checkpoint
	// Verdict says who signed it; nil where no policy was given, and nobody knows.
	Verdict *tlog.Verdict
}

// Verify shows that the act stands in a tree, and, with a policy, that a log of it signed
// the tree. Without one the file is only consistent with itself.
func (f *File) Verify(policy *tlog.Policy) (*Proved, error) {
	c, err := parseContent(f.Content)
	if err != nil {
		return nil, err
	}
	var salt leaf.Salt
	if len(f.Salt) != len(salt) {
		return nil, fmt.Errorf("%w: the salt has %d bytes", ErrProof, len(f.Salt))
	}
	copy(salt[:], f.Salt)
	entry, err := leaf.Encode(&leaf.Act{ID: leaf.Word(c.ID), At: c.At, Action: leaf.Word(c.Action), Commitment: leaf.Commit(salt, c.Encode())})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	proof, err := tlog.ParseProof([]byte(f.Proof))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	p := &Proved{Content: *c, Index: proof.Index}
	if policy != nil {
		if p.Verdict, err = proof.Verify(policy, entry); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProof, err)
		}
		p.Checkpoint = &p.Verdict.Checkpoint
		return p, nil
	}
	signed, _, err := tlog.SplitNote(proof.Checkpoint)
	if err == nil {
		var c tlog.Checkpoint
		if c, err = tlog.ParseCheckpoint(signed); err == nil {
			p.Checkpoint = &c
			err = tlog.VerifyInclusion(tlog.EntryHash(entry), proof.Index, c.Size, proof.Path, c.Root)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	return p, nil
}

// parseContent reads what leaf.ActContent.Encode wrote, and nothing else.
func parseContent(s string) (*leaf.ActContent, error) {
	wrong := fmt.Errorf("%w: its content has another form", ErrProof)
	var c leaf.ActContent
	head, rest, ok := strings.Cut(s, "\n")
	if !ok || head == "" {
		return nil, wrong
	}
	line, rest, ok := strings.Cut(rest, "\n")
	number, isAt := strings.CutPrefix(line, "at ")
	at, err := strconv.ParseInt(number, 10, 64)
	if !ok || !isAt || err != nil {
		return nil, wrong
	}
	c.At = at
	for _, f := range []struct {
		key string
		v   *string
	}{{"id", &c.ID}, {"person", &c.Person}, {"action", &c.Action}, {"subject", &c.Subject}, {"camera", &c.Camera}, {"detail", &c.Detail}} {
		length, after, ok := strings.Cut(rest, ":")
		number, isIt := strings.CutPrefix(length, f.key+" ")
		n, err := strconv.Atoi(number)
		if !ok || !isIt || err != nil || n < 0 || n >= len(after) || after[n] != '\n' {
			return nil, wrong
		}
		*f.v, rest = after[:n], after[n+1:]
	}
	if rest != "" || string(c.Encode()) != s { // one way of writing it
		return nil, wrong
	}
	return &c, nil
}
