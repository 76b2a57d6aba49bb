package password

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"sort"
	"strings"
)

// breachedMarks are the passwords that were most often found in breaches, some 47,000 of
// them: sorted, of each the first markSize bytes of its SHA-256. scripts/breached.mjs makes
// the file and says from what.
//
//go:embed breached.bin
var breachedMarks string

const markSize = 5

// breached tells whether a password, as text.Key has it, is one of them. Of twenty million
// others it says so of one.
func breached(p string) bool {
	sum := sha256.Sum256([]byte(p))
	want := string(sum[:markSize])
	n := len(breachedMarks) / markSize
	mark := func(i int) string { return breachedMarks[i*markSize : (i+1)*markSize] }
	i := sort.Search(n, func(i int) bool { return mark(i) >= want })
	return i < n && mark(i) == want
}

// common tells whether a password is on one of the lists, or is a word of them and what
// people put around one.
func common(p string) bool {
	if breached(p) || strings.Contains("\n"+commonPasswords, "\n"+p+"\n") {
		return true
	}
	word, around := core(p)
	return len(word) >= 5 && usual(around) && (breached(word) || strings.Contains("\n"+commonPasswords, "\n"+word+"\n"))
}

// repeated gives what p consists of twice or more, or p.
func repeated(p string) string {
	if i := bytes.Index([]byte(p + p)[1:], []byte(p)) + 1; i < len(p) && len(p)%i == 0 {
		return p[:i]
	}
	return p
}
