// Package recovery is the codes on paper that let a person in who has lost everything
// else: each has 80 random bits, is good once, and only its hash is kept.
package recovery

import (
	"crypto/sha256"
	"strings"

	"watchroom/internal/access/password"
	"watchroom/internal/secret"
)

// Count is how many codes are made at once.
const Count = 10

const length = 16 // characters of 5 bits

// Make makes a set of codes to be shown once, and the hashes that are kept.
func Make(person string) (codes []secret.Text, hashes [][]byte) {
	for range Count {
		code := password.Make()
		hash, _ := Hash(person, code)
		codes, hashes = append(codes, code), append(hashes, hash)
	}
	return codes, hashes
}

// Hash is what is kept of a person's code: 80 random bits need no slow hash. What people
// mistake while copying from paper is forgiven: case, spaces and dashes, O and 0, I, L
// and 1. False means that it cannot be a code.
func Hash(person string, code secret.Text) ([]byte, bool) {
	if len(code) > 200 {
		return nil, false
	}
	text := strings.NewReplacer(" ", "", "\u00a0", "", "\t", "", "-", "", "–", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(code.Reveal()))
	if len(text) != length || strings.Trim(text, "0123456789abcdefghjkmnpqrstvwxyz") != "" {
		return nil, false
	}
	sum := sha256.Sum256([]byte("recovery\x00" + person + "\x00" + text))
	return sum[:], true
}
