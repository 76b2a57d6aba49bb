// Package text takes in what people type into forms: the same rules for names,
// reasons and notes everywhere.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"watchroom/internal/problem"
)

// Refusals, each with parameters field and, where it says so, min or max.
var (
	ErrRequired  = problem.New(problem.Invalid, "field_required", "This field must be filled in.")
	ErrTooShort  = problem.New(problem.Invalid, "field_too_short", "This is too short.")                            // min
	ErrTooLong   = problem.New(problem.Invalid, "field_too_long", "This is too long.")                              // max
	ErrCharacter = problem.New(problem.Invalid, "field_bad_character", "This has a character that cannot be seen.") // character
)

// Line takes one line for field: composed (NFC), without white space at its ends,
// of least to most characters, none of them a control, formatting, private,
// blank or broken one. least 0 allows an empty line. A character of Chinese, Japanese or Korean
// counts twice towards least: 写错了 is a whole reason where "oops" is one. Where least
// is that of a reason, one character again and again is too short: "....", 啊啊啊啊.
func Line(field, s string, least, most int) (string, error) {
	return take(field, s, least, most, func(rune) bool { return false })
}

// Block is Line for text of several lines; line ends become line feeds.
func Block(field, s string, least, most int) (string, error) {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return take(field, s, least, most, func(r rune) bool { return r == '\n' || r == '\t' })
}

// Key is the form in which two lines are equal that differ only in case or in the
// width of their characters, as ＧＡＴＥ１ and gate1 do.
func Key(s string) string {
	s = width.Fold.String(s)
	// Folding alone swaps the cases of Cherokee instead of joining them.
	folded := cases.Fold().String(norm.NFC.String(s))
	return norm.NFC.String(strings.ToLower(strings.ToUpper(folded)))
}

// reason is the fewest characters of what must say something.
const reason = 4

// single tells whether a text is one character again and again.
func single(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.Trim(s, string(first)) == ""
}

// wide counts the characters that say as much as two letters.
func wide(s string) (n int) {
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			n++
		}
	}
	return n
}

func take(field, s string, least, most int, also func(rune) bool) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrCharacter.With("field", field).With("character", "U+FFFD").On(field)
	}
	s = strings.TrimSpace(norm.NFC.String(s))
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) && !also(r) {
			return "", ErrCharacter.With("field", field).With("character", fmt.Sprintf("U+%04X", r)).On(field)
		}
	}
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && least > 0:
		return "", ErrRequired.With("field", field).On(field)
	case n+wide(s) < least, least >= reason && single(s):
		return "", ErrTooShort.With("field", field).With("min", least).On(field)
	case n > most:
		return "", ErrTooLong.With("field", field).With("max", most).On(field)
	}
	return s, nil
}

// Shown makes text that a machine sent, such as a header, fit to be kept and shown: what
// cannot be seen is left out, and what is beyond most characters.
func Shown(s string, most int) string {
	clean := []rune{}
	for _, r := range s {
		if _, err := Line("", string(r), 0, 1); err == nil && !unicode.IsControl(r) && len(clean) < most {
			clean = append(clean, r)
		}
	}
	return string(clean)
}
