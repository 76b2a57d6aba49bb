package leaf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxWord bounds a word in bytes.
const maxWord = 1024

// none stands for a value that is not there.
const none = "-"

// instant is RFC 3339 in UTC with all six digits of a microsecond.
const instant = "2006-01-02T15:04:05.000000Z"

// walker goes through the fields of an entry, writing or reading them: one function
// an entry says its form for both.
type walker struct {
	out     []byte
	reading bool
	rest    string // what is to be read
	err     error
}

func (w *walker) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("%w: %s", ErrEntry, fmt.Sprintf(format, args...))
	}
}

// line writes a line, or reads the next one, which must have this key.
func (w *walker) line(key, value string) string {
	if w.err != nil {
		return ""
	}
	if !w.reading {
		w.out = append(append(append(append(w.out, key...), ' '), value...), '\n')
		return value
	}
	text, rest, ended := strings.Cut(w.rest, "\n")
	got, value, ok := strings.Cut(text, " ")
	if !ended || !ok || got != key {
		w.fail("%s is not where it should be", key)
		return ""
	}
	w.rest = rest
	return value
}

// isWord tells whether s can stand in a line: UTF-8 without space and control
// characters, neither empty nor the sign for nothing.
func isWord(s string) bool {
	return s != "" && s != none && len(s) <= maxWord && utf8.ValidString(s) &&
		strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) < 0
}

// Word gives s where it can stand in an entry, else "sha256:" and its hash in
// hexadecimal digits, so that no odd value keeps an entry out of the log.
func Word(s string) string {
	if isWord(s) {
		return s
	}
	h := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(h[:])
}

// word is a value that must be there.
func (w *walker) word(key string, v *string) {
	if !w.reading && !isWord(*v) {
		w.fail("%s is %q", key, *v)
	}
	if got := w.line(key, *v); w.reading && w.err == nil {
		if !isWord(got) {
			w.fail("%s is %q", key, got)
		}
		*v = got
	}
}

// maybe is a value that may be empty.
func (w *walker) maybe(key string, v *string) {
	s := *v
	if s == "" {
		s = none
	} else if !w.reading && !isWord(s) {
		w.fail("%s is %q", key, s)
	}
	if got := w.line(key, s); w.reading && w.err == nil {
		if got != none && !isWord(got) {
			w.fail("%s is %q", key, got)
		}
		if *v = got; got == none {
			*v = ""
		}
	}
}

// oneOf is a word out of a few.
func (w *walker) oneOf(key string, v *string, words ...string) {
	w.word(key, v)
	if w.err == nil && !slices.Contains(words, *v) {
		w.fail("%s is %q", key, *v)
	}
}

func (w *walker) number(key string, v *int64, least int64) {
	if !w.reading && *v < least {
		w.fail("%s is %d", key, *v)
	}
	got := w.line(key, strconv.FormatInt(*v, 10))
	if !w.reading || w.err != nil {
		return
	}
	n, err := strconv.ParseInt(got, 10, 64)
	if err != nil || n < least || strconv.FormatInt(n, 10) != got {
		w.fail("%s is %q", key, got)
	}
	*v = n
}

// count is a number from 0 on.
func (w *walker) count(key string, v *int64) { w.number(key, v, 0) }

// known is a number that may be unknown.
func (w *walker) known(key string, v **int64, least int64) {
	if !w.reading && *v == nil || w.reading && strings.HasPrefix(w.rest, key+" "+none+"\n") {
		w.line(key, none)
		*v = nil
		return
	}
	if w.reading {
		*v = new(int64)
	}
	w.number(key, *v, least)
}

// when is an instant, µs since 1970 UTC.
func (w *walker) when(key string, v *int64) {
	t := time.UnixMicro(*v).UTC()
	if !w.reading && (*v < 0 || t.Year() > 9999) {
		w.fail("%s is %d", key, *v)
	}
	got := w.line(key, t.Format(instant))
	if !w.reading || w.err != nil {
		return
	}
	t, err := time.Parse(instant, got)
	if err != nil || t.UnixMicro() < 0 || t.Format(instant) != got {
		w.fail("%s is %q", key, got)
	}
	*v = t.UnixMicro()
}

// day is a UTC day.
func (w *walker) day(key string, v *string) {
	w.word(key, v)
	if t, err := time.Parse(time.DateOnly, *v); w.err == nil && (err != nil || t.Format(time.DateOnly) != *v) {
		w.fail("%s is %q", key, *v)
	}
}

func (w *walker) hash(key string, v *Hash) {
	got := w.line(key, hex.EncodeToString(v[:]))
	if !w.reading || w.err != nil {
		return
	}
	b, err := hex.DecodeString(got)
	if err != nil || len(b) != len(v) || hex.EncodeToString(b) != got {
		w.fail("%s is %q", key, got)
		return
	}
	copy(v[:], b)
}

// maybeHash is a hash that may be missing.
func (w *walker) maybeHash(key string, v **Hash) {
	if !w.reading && *v == nil || w.reading && strings.HasPrefix(w.rest, key+" "+none+"\n") {
		w.line(key, none)
		*v = nil
		return
	}
	if w.reading {
		*v = new(Hash)
	}
	w.hash(key, *v)
}

func (w *walker) flag(key string, v *bool) {
	word := "no"
	if *v {
		word = "yes"
	}
	w.oneOf(key, &word, "yes", "no")
	*v = word == "yes"
}
