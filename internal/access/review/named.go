package review

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"watchroom/internal/text"
)

// spelt are the ways in which a reason may name somebody: nobody who looks for a colleague writes
// the name as the register has it, in two scripts and with the unit behind it.
type spelt struct {
	han   []string   // runs of at least two characters, found anywhere
	words [][]string // words in their order, found as whole words
}

// aside is what stands in brackets behind a name, to tell two of one name apart.
var aside = regexp.MustCompile(`[(（\[【].*?[)）\]】]`)

// spell gives the ways to write a name, and the user name of the account.
func spell(name, username string) (s spelt) {
	var words []string
	s.han, words = parts(aside.ReplaceAllString(name, " "))
	s.han = slices.DeleteFunc(s.han, func(h string) bool { return utf8.RuneCountInString(h) < 2 })
	if utf8.RuneCountInString(strings.Join(words, "")) >= 2 {
		s.words = append(s.words, words)
		if len(words) > 1 {
			s.words = append(s.words, []string{strings.Join(words, "")})
		}
	}
	han, words := parts(username)
	for _, h := range han {
		if utf8.RuneCountInString(h) >= 2 {
			s.han = append(s.han, h)
		}
	}
	if utf8.RuneCountInString(strings.Join(words, "")) >= 3 {
		s.words = append(s.words, words)
	}
	return s
}

// in tells whether a reason names them, taken apart by parts.
func (s *spelt) in(han, words []string) bool {
	if slices.ContainsFunc(s.han, func(h string) bool {
		return slices.ContainsFunc(han, func(run string) bool { return strings.Contains(run, h) })
	}) {
		return true
	}
	return slices.ContainsFunc(s.words, func(sought []string) bool {
		for i := range words {
			if i+len(sought) <= len(words) && slices.Equal(words[i:i+len(sought)], sought) {
				return true
			}
		}
		return false
	})
}

// parts takes a text apart into its runs of Chinese characters and its words in other scripts. The
// dot between the parts of a name is no end of a run.
func parts(s string) (han, words []string) {
	kind := func(r rune) int {
		switch {
		case unicode.Is(unicode.Han, r):
			return 1
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return 2
		}
		return 0
	}
	var run strings.Builder
	was := 0
	end := func() {
		switch was {
		case 1:
			han = append(han, run.String())
		case 2:
			words = append(words, run.String())
		}
		run.Reset()
	}
	for _, r := range text.Key(s) {
		if r == '·' || r == '・' || r == '•' {
			continue
		}
		if k := kind(r); k != was {
			end()
			was = k
		}
		run.WriteRune(r)
	}
	end()
	return han, words
}
