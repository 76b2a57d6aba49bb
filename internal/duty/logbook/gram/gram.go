// Package gram makes the words by which texts in Chinese and English are found, alike on both
// databases (R19): pairs of neighbouring characters of Chinese, and whole words of letters and
// digits. They are ASCII letters and digits, which no tokenizer takes apart, and their first
// letter says what they are.
package gram

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"watchroom/internal/text"
)

const longestWord = 60 // characters of one that is found; the rest of it is not looked at

// run is a stretch of text of one kind.
type run struct {
	runes   []rune
	written bool // of letters and digits; otherwise of characters that stand alone
}

func alone(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// sign holds for what is neither letter nor space nor punctuation, such as an emoji.
func sign(r rune) bool { return unicode.In(r, unicode.So, unicode.Sm, unicode.Sc) }

func runs(s string) (all []run) {
	var now *run
	for _, r := range text.Key(s) {
		written := unicode.In(r, unicode.L, unicode.Nd, unicode.M) && !alone(r)
		if !written && !alone(r) && !sign(r) {
			now = nil
			continue
		}
		if now == nil || now.written != written {
			all = append(all, run{written: written})
			now = &all[len(all)-1]
		}
		now.runes = append(now.runes, r)
	}
	return all
}

func one(r rune) string { return fmt.Sprintf("c%x", r) }

func two(a, b rune) string { return fmt.Sprintf("b%xz%x", a, b) }

// word writes letters and digits; those beyond ASCII as their numbers.
func word(runes []rune) string {
	var b strings.Builder
	b.WriteByte('w')
	for _, r := range runes[:min(len(runes), longestWord)] {
		if r < unicode.MaxASCII {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "z%xz", r)
		}
	}
	return b.String()
}

// Words are those that texts are found by, those that follow one another in the text behind one
// another; between two texts is a gap.
func Words(texts ...string) []string {
	var all []string
	single := map[string]bool{}
	for _, s := range texts {
		for _, run := range runs(s) {
			if run.written {
				all = append(all, word(run.runes))
				continue
			}
			for i, r := range run.runes {
				single[one(r)] = true
				if i > 0 {
					all = append(all, two(run.runes[i-1], r))
				}
			}
			all = append(all, "x") // no phrase goes over the end of a run
		}
		all = append(all, "x")
	}
	return append(all, slices.Sorted(func(yield func(string) bool) {
		for s := range single {
			if !yield(s) {
				return
			}
		}
	})...)
}

// Phrases are what a question asks for: each a sequence of words of which all must be there.
// None: the text asks for nothing.
func Phrases(question string) (all [][]string) {
	for _, run := range runs(question) {
		switch n := len(run.runes); {
		case run.written:
			all = append(all, []string{word(run.runes)})
		case n == 1:
			all = append(all, []string{one(run.runes[0])})
		default:
			var phrase []string
			for i := 1; i < n; i++ {
				phrase = append(phrase, two(run.runes[i-1], run.runes[i]))
			}
			all = append(all, phrase)
		}
	}
	return all
}

// Tag is a word of one kind of fact, such as a room, which no text has: k is one of its letters
// (not b, c, w or x).
func Tag(k byte, value string) string {
	var b strings.Builder
	b.WriteByte(k)
	for i := range len(value) {
		c := value[i]
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%02x", c)
		}
	}
	return b.String()
}
