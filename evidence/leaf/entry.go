package leaf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxEntry is the largest entry in bytes: bundles of tlog-tiles give an entry's
// length in 16 bits.
const MaxEntry = 65535

// Errors of Decode and Encode, with words about the place behind them.
var (
	ErrEntry   = errors.New("leaf: not an entry of this log")
	ErrUnknown = errors.New("leaf: an entry of a kind or version that is not known here")
)

// Entry is one entry of the log. Its text begins with a line that says what it is and
// in which version, such as "watchroom segment v1"; then follow lines of a key, a
// space and a value, always all of them and in one order, so that an entry has one
// encoding only. docs/ledger-entries.md shows one of each.
type Entry interface {
	// Kind is the word in the first line, such as "segment".
	Kind() string
	walk(*walker)
}

// Instant is the instant that an entry of footage, of an act or of a hold tells of, µs since
// 1970 UTC: for a segment its end. It is 0 for other kinds.
func Instant(e Entry) int64 {
	switch e := e.(type) {
	case *Segment:
		return e.End
	case *Gap:
		return e.At
	case *Tombstone:
		return e.At
	case *Move:
		return e.At
	case *Time:
		return e.At
	case *Act:
		return e.At
	case *Hold:
		return e.At
	}
	return 0
}

// fresh makes the empty entry of a kind, nil for one that is not known.
func fresh(kind string) Entry {
	switch kind {
	case "segment":
		return &Segment{}
	case "gap":
		return &Gap{}
	case "seal":
		return &Seal{}
	case "tombstone":
		return &Tombstone{}
	case "move":
		return &Move{}
	case "time":
		return &Time{}
	case "line":
		return &Line{}
	case "act":
		return &Act{}
	case "hold":
		return &Hold{}
	case "key":
		return &Key{}
	case "summary":
		return &Summary{}
	case "abreast":
		return &Abreast{}
	case "clock":
		return &Clock{}
	}
	return nil
}

// Kinds lists the kinds of entries there are.
func Kinds() []string {
	return []string{"segment", "gap", "seal", "tombstone", "move", "time", "line", "act", "hold", "key", "summary", "abreast", "clock"}
}

const headWord, first, second = "watchroom", "v1", "v2"

func head(kind, version string) string { return headWord + " " + kind + " " + version }

// revised is an entry of a kind of which there is a second version.
type revised interface {
	version() string
	// read makes it one of a version, and tells whether there is such a one.
	read(version string) bool
}

func versionOf(e Entry) string {
	if r, ok := e.(revised); ok {
		return r.version()
	}
	return first
}

// reads makes an empty entry one of a version, and tells whether there is such a one.
func reads(e Entry, version string) bool {
	if r, ok := e.(revised); ok {
		return r.read(version)
	}
	return version == first
}

// Is tells whether the text of an entry says that it is of a kind. It is for who looks for
// one among many; only Decode tells whether it is one.
func Is(text []byte, kind string) bool {
	rest, ok := bytes.CutPrefix(text, []byte(headWord+" "+kind+" "))
	if !ok {
		return false
	}
	version, _, ended := bytes.Cut(rest, []byte{'\n'})
	e := fresh(kind)
	return ended && e != nil && reads(e, string(version))
}

// Encode gives the text of an entry. Its error is ErrEntry where a value cannot stand
// in an entry: a space in a word, an instant before 1970.
func Encode(e Entry) ([]byte, error) {
	w := walker{out: append(make([]byte, 0, 512), head(e.Kind(), versionOf(e))+"\n"...)}
	e.walk(&w)
	if w.err == nil && len(w.out) > MaxEntry {
		w.err = fmt.Errorf("%w: %d bytes", ErrEntry, len(w.out))
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.out, nil
}

// Decode reads the text of an entry. It takes nothing that Encode would not have
// written: an entry that is read has exactly these bytes.
func Decode(b []byte) (Entry, error) {
	if len(b) > MaxEntry {
		return nil, fmt.Errorf("%w: %d bytes", ErrEntry, len(b))
	}
	begins, rest, ended := strings.Cut(string(b), "\n")
	words := strings.Split(begins, " ")
	if !ended || len(words) != 3 || words[0] != headWord {
		return nil, fmt.Errorf("%w: it begins with %q", ErrEntry, begins[:min(len(begins), 80)])
	}
	e := fresh(words[1])
	if e == nil || !reads(e, words[2]) {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, begins[:min(len(begins), 80)])
	}
	w := walker{reading: true, rest: rest}
	e.walk(&w)
	if w.err == nil && w.rest != "" {
		w.fail("something follows the last line")
	}
	if w.err != nil {
		return nil, w.err
	}
	if again, err := Encode(e); err != nil || !slices.Equal(again, b) {
		return nil, fmt.Errorf("%w: it is not written in the one way", ErrEntry)
	}
	return e, nil
}
