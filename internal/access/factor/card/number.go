package card

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"golang.org/x/text/unicode/norm"

	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// ErrNumber refuses what no reader types. Parameters: least, most.
var ErrNumber = problem.New(problem.Invalid, "card_number", "That is no number of a card. Click into the field and hold the card to the reader once.").On("card")

// How many characters the number of a card has.
const (
	shortest = 4
	longest  = 32
	// told is how many of the last characters are shown, and only of a number twice as long.
	told = 4
)

// number is what a reader types, in one form: some write it with separators, in small letters, or,
// through an input method, in wide ones, and most end it with Enter.
func number(typed secret.Text) (string, error) {
	wrong := ErrNumber.With("least", shortest).With("most", longest)
	if len(typed) > 1000 {
		return "", wrong
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(norm.NFKC.String(typed.Reveal())) {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'F':
			b.WriteRune(r)
		case strings.ContainsRune(" \t\r\n:-", r):
		default:
			return "", wrong
		}
	}
	if b.Len() < shortest || b.Len() > longest {
		return "", wrong
	}
	return b.String(), nil
}

// hash finds a card by its number. A number has few digits, so that its plain hash would tell it:
// the key of this one is derived from that of the data folder, which is not in the database.
func (c *Cards) hash(number string) []byte {
	h := hmac.New(sha256.New, c.Box.Derive("factor/card"))
	h.Write([]byte(number))
	return h.Sum(nil)
}

// tail is what is shown of a number, so that people can tell cards apart.
func tail(number string) string {
	if len(number) < 2*told {
		return ""
	}
	return number[len(number)-told:]
}
