// Package keys makes and reads the key pair of a log, in the encodings of signed notes.
package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
)

// New makes a pair. The origin is the node's name with a random end, so that a log made anew is
// never taken for the old one.
func New(node string) (origin, skey, vkey string, err error) {
	end := make([]byte, 4)
	_, _ = rand.Read(end) // never fails
	origin = node + "/" + hex.EncodeToString(end)
	skey, vkey, err = note.GenerateKey(rand.Reader, origin)
	return origin, skey, vkey, err
}

// Signer reads a secret key, nil where it is damaged or not that of the public one. Nothing of
// it gets into an error.
func Signer(secret []byte, key tlog.Key) note.Signer {
	s, err := note.NewSigner(strings.TrimSuffix(string(secret), "\n"))
	if err != nil || s.Name() != key.Name() || s.KeyHash() != key.KeyHash() {
		return nil
	}
	// A key whose public half is another's would sign what nobody can verify.
	if sig, err := s.Sign([]byte("probe\n")); err != nil || len(sig) != ed25519.SignatureSize || !key.Verify([]byte("probe\n"), sig) {
		return nil
	}
	return s
}

// PublicOf is the public key that belongs to a secret one, which bears its sum.
func PublicOf(secret []byte) (key tlog.Key, ok bool) {
	text := strings.TrimSuffix(string(secret), "\n")
	s, err := note.NewSigner(text)
	if err != nil {
		return key, false
	}
	fields := strings.SplitN(text, "+", 5) // PRIVATE, KEY, name, hash, seed
	seed, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return key, false
	}
	public, _ := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	key, err = tlog.NewKey(s.Name(), tlog.TypeEd25519, public)
	return key, err == nil && key.KeyHash() == s.KeyHash()
}
