// Package username says what a user name is, and which names people would take for each
// other: in the audit trail a name must not pass for another.
package username

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of user names.
var (
	ErrInvalid   = problem.New(problem.Invalid, "username_invalid", "A user name has 2 to 64 letters, digits or . _ @ + - and begins with a letter or digit.").On("username")
	ErrMixed     = problem.New(problem.Invalid, "username_mixed", "A user name does not mix letters that look alike from different scripts.").On("username")
	ErrLookalike = problem.New(problem.Conflict, "username_lookalike", "This looks like a user name that somebody has.").On("username") // username
)

// formed tells whether it has the form that ErrInvalid says. A regular expression of these
// classes takes 1.3 MB of memory.
func formed(name string) bool {
	n := 0
	for _, r := range name {
		named := unicode.IsLetter(r) || unicode.Is(unicode.N, r)
		if n > 0 {
			named = named || unicode.Is(unicode.M, r) || strings.ContainsRune("._@+-", r)
		}
		if n++; !named || n > 64 {
			return false
		}
	}
	return n >= 2
}

// Key gives the clean user name and its unique form, or ErrInvalid.
func Key(name string) (clean, key string, err error) {
	if len(name) > 4*256 { // longer than any, also before it is brought into its form
		return "", "", ErrInvalid
	}
	clean = norm.NFKC.String(strings.TrimSpace(name))
	if !formed(clean) {
		return "", "", ErrInvalid
	}
	return clean, text.Key(clean), nil
}

// alike are letters of Cyrillic, Greek and Latin that most typefaces draw as a plain Latin
// one (Unicode UTS 39, confusables), in the form that Key gives.
var alike = strings.NewReplacer(
	"а", "a", "е", "e", "ё", "ë", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ї", "ï", "ј", "j", "ѕ", "s", "һ", "h", "ԁ", "d", "ԛ", "q", "ԝ", "w", "ӏ", "l", "в", "b", "к", "k", "м", "m", "н", "h", "т", "t",
	"α", "a", "ο", "o", "ρ", "p", "ν", "v", "υ", "u", "χ", "x", "ι", "i", "κ", "k", "τ", "t", "ε", "e", "η", "n", "β", "b", "γ", "y", "ω", "w", "ϲ", "c", "ϳ", "j",
	"ı", "i", "ɑ", "a", "ɡ", "g", "ɩ", "i", "ʟ", "l")

// alikeHere are letters and digits of one script that are taken for each other on a screen, and the
// small capitals: a capital I is i in the form that Key gives.
var alikeHere = strings.NewReplacer("i", "l", "1", "l", "0", "o", "rn", "m", "vv", "w",
	"ᴀ", "a", "ʙ", "b", "ᴄ", "c", "ᴅ", "d", "ᴇ", "e", "ꜰ", "f", "ɢ", "g", "ʜ", "h", "ɪ", "l", "ᴊ", "j", "ᴋ", "k", "ᴍ", "m", "ɴ", "n", "ᴏ", "o",
	"ᴘ", "p", "ʀ", "r", "ꜱ", "s", "ᴛ", "t", "ᴜ", "u", "ᴠ", "v", "ᴡ", "w", "ʏ", "y", "ᴢ", "z")

// drawn is the form in which keys are equal that are taken for each other. Signs at the end are
// overlooked.
func drawn(key string) string {
	return strings.TrimRight(alikeHere.Replace(alike.Replace(key)), "._@+-")
}

// Alike gives the first of others, keys as Key gives them, that looks like key and is not
// it; empty: none does.
func Alike(key string, others []string) string {
	seen := drawn(key)
	for _, other := range others {
		if other != key && drawn(other) == seen {
			return other
		}
	}
	return ""
}

// Plain is ErrMixed for a new name in which letters of Latin, Cyrillic and Greek meet, and
// text.ErrCharacter for one with a letter or a mark that nobody sees.
func Plain(name string) error {
	for _, r := range name {
		if unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return text.ErrCharacter.With("field", "username").With("character", fmt.Sprintf("U+%04X", r)).On("username")
		}
	}
	if len(scripts(name)) > 1 {
		return ErrMixed
	}
	return nil
}

// scripts are those of Latin, Cyrillic and Greek of which a name has letters.
func scripts(name string) map[string]bool {
	found := map[string]bool{}
	for _, r := range name {
		for script, table := range map[string]*unicode.RangeTable{"Latin": unicode.Latin, "Cyrillic": unicode.Cyrillic, "Greek": unicode.Greek} {
			if unicode.Is(table, r) {
				found[script] = true
			}
		}
	}
	return found
}
