// Package mark makes the marks that pictures bear on their way to people: a short id that
// leads from a photograph of a screen back to who looked, when and at which camera.
//
// A mark deters and no more: it is drawn over the picture by the player, and who can take
// a picture apart can take it off (ruling R14). What proves is the act that bears it.
package mark

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"watchroom/internal/access"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Key is where an act of looking bears its mark in its detail.
const Key = "mark"

// ErrMark refuses what cannot be a mark: of another length, with another character, or read
// or typed with a slip that the check character shows.
var ErrMark = problem.New(problem.Invalid, "mark_invalid", "This is no mark: nine letters and digits, such as 7KQ-2MD-4XZ, of which the last checks the others.").On("mark")

// alphabet is that of Crockford's base 32: no I, L, O and U, which are misread.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// The form of a mark: eight characters of 5 bits and one that checks them. The check is
// Crockford's: the number modulo 37, so that every single slip and every two neighbours that
// changed places show. Numbers whose check is none of the 32 characters are passed over, for
// nobody reads the five signs that stand for those off a photograph.
const (
	letters = 8
	bits    = 5 * letters
	modulus = 37
)

// Maker makes marks. A nil Maker makes none.
type Maker struct {
	Secret []byte    // 32 bytes; the same for as long as marks shall stay the same
	Rules  *rule.Set // see Parameters; nil: the defaults
}

// Live is the mark of a camera's live pictures in one session, or under one token. It stays
// the same while the session lasts, so that reconnecting changes nothing on the screen.
func (m *Maker) Live(a access.Actor, camera string) string {
	return m.of("live", a.Session, a.Token, camera)
}

// Viewing is the mark of a camera's footage under one viewing.
func (m *Maker) Viewing(viewing, camera string) string { return m.of("viewing", viewing, camera) }

// Snapshot is the mark of a kept picture as it is given out in one session, or under one token.
func (m *Maker) Snapshot(a access.Actor, snapshot string) string {
	return m.of("snapshot", a.Session, a.Token, snapshot)
}

func (m *Maker) of(parts ...string) string {
	if m == nil || len(m.Secret) == 0 {
		return ""
	}
	for round := byte(0); ; round++ {
		h := hmac.New(sha256.New, m.Secret)
		for _, p := range append(parts, string([]byte{round})) {
			var n [4]byte
			binary.BigEndian.PutUint32(n[:], uint32(len(p)))
			h.Write(n[:])
			h.Write([]byte(p))
		}
		n := binary.BigEndian.Uint64(h.Sum(nil)) >> (64 - bits)
		if n%modulus < uint64(len(alphabet)) {
			return write(n)
		}
	}
}

// write gives a number as a mark in groups of three.
func write(n uint64) string {
	c := [letters + 1]byte{letters: alphabet[n%modulus]}
	for i := letters - 1; i >= 0; i-- {
		c[i] = alphabet[n&31]
		n >>= 5
	}
	return string(c[0:3]) + "-" + string(c[3:6]) + "-" + string(c[6:9])
}

// Parse reads a mark as people type it: in any case, full width or not, with spaces and
// dashes anywhere, O for 0 and I or L for 1. It gives the one form that acts bear.
func Parse(typed string) (string, error) {
	var n uint64
	var check, seen int
	for _, r := range typed {
		if r >= '！' && r <= '～' { // full width, as Chinese input leaves it
			r -= '！' - '!'
		}
		switch r {
		case ' ', '\t', '-', '–', '—', '_', '.', '　':
			continue
		case 'o', 'O':
			r = '0'
		case 'i', 'I', 'l', 'L':
			r = '1'
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		v := strings.IndexRune(alphabet, r)
		if v < 0 || seen > letters {
			return "", ErrMark
		}
		if seen < letters {
			n = n<<5 | uint64(v)
		} else {
			check = v
		}
		seen++
	}
	if seen != letters+1 || n%modulus != uint64(check) {
		return "", ErrMark
	}
	return write(n), nil
}
