package tlog

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Types of signatures (C2SP signed-note).
const (
	TypeEd25519     = 0x01 // a log's
	TypeCosignature = 0x04 // a witness's: Ed25519 over the text and a time (C2SP tlog-cosignature)
	TypeMLDSA       = 0x06 // a witness's with ML-DSA-44; read, but not verified here
)

// Key is a verifier key (C2SP signed-note). It is a note.Verifier.
type Key struct {
	name   string
	id     uint32
	kind   byte
	public string // a string, so that keys can be compared
}

// NewKey makes the verifier key of an Ed25519 key. kind is TypeEd25519 or TypeCosignature.
func NewKey(name string, kind byte, public ed25519.PublicKey) (Key, error) {
	if !validName(name) || len(public) != ed25519.PublicKeySize || kind != TypeEd25519 && kind != TypeCosignature {
		return Key{}, fmt.Errorf("no key can be made with the name %q and the type %#x", name, kind)
	}
	return Key{name: name, id: keyID(name, kind, public), kind: kind, public: string(public)}, nil
}

// ParseKey reads a vkey: name+id+base64(type || key).
func ParseKey(vkey string) (Key, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, data, found := strings.Cut(rest, "+")
	if !found || !validName(name) {
		return Key{}, fmt.Errorf("malformed verifier key %.80q: want name+id+key", vkey)
	}
	number, err := strconv.ParseUint(id, 16, 32)
	if err != nil || len(id) != 8 || id != strings.ToLower(id) {
		return Key{}, fmt.Errorf("verifier key %s: malformed id %.12q", name, id)
	}
	b, err := decode64(data)
	if err != nil || len(b) < 2 {
		return Key{}, fmt.Errorf("verifier key %s: malformed key", name)
	}
	k := Key{name: name, id: uint32(number), kind: b[0], public: string(b[1:])}
	switch {
	case k.kind != TypeEd25519 && k.kind != TypeCosignature && k.kind != TypeMLDSA:
		return Key{}, fmt.Errorf("verifier key %s: signature type %#02x is not known", name, k.kind)
	case k.kind != TypeMLDSA && len(k.public) != ed25519.PublicKeySize, k.kind == TypeMLDSA && len(k.public) != 1312:
		return Key{}, fmt.Errorf("verifier key %s: a key of %d bytes does not fit its type", name, len(k.public))
	case k.id != keyID(name, k.kind, b[1:]):
		return Key{}, fmt.Errorf("verifier key %s: the id %s does not belong to this name and key; was it copied whole?", name, id)
	}
	return k, nil
}

// String is the vkey.
func (k Key) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.id, base64.StdEncoding.EncodeToString(append([]byte{k.kind}, k.public...)))
}

// Name is the key's name: a log's origin.
func (k Key) Name() string { return k.name }

// KeyHash is the key's short id.
func (k Key) KeyHash() uint32 { return k.id }

// Type is one of the types of signatures.
func (k Key) Type() byte { return k.kind }

// Public is the public key in the encoding of its algorithm.
func (k Key) Public() []byte { return []byte(k.public) }

// Verify tells whether signature belongs to the text of a note.
func (k Key) Verify(text, signature []byte) bool {
	switch k.kind {
	case TypeEd25519:
		return ed25519.Verify(ed25519.PublicKey(k.public), text, signature)
	case TypeCosignature:
		if len(signature) != 8+ed25519.SignatureSize {
			return false
		}
		at := binary.BigEndian.Uint64(signature)
		return at>>63 == 0 && ed25519.Verify(ed25519.PublicKey(k.public), cosigned(at, text), signature[8:])
	}
	return false
}

// keyID is the first four bytes of SHA-256(name || LF || type || public key).
func keyID(name string, kind byte, public []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{kind})
	h.Write(public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func validName(name string) bool {
	return name != "" && len(name) <= 255 && utf8.ValidString(name) && !strings.Contains(name, "+") &&
		strings.IndexFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r < 0x20 || r == 0x7f }) < 0
}

// cosigned is the message under a cosignature of type 0x04.
func cosigned(at uint64, text []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), text...)
}

// Cosigner makes cosignatures of type 0x04. It is a note.Signer.
type Cosigner struct {
	private ed25519.PrivateKey
	key     Key
	now     func() time.Time
}

// NewCosigner makes one from an Ed25519 seed.
func NewCosigner(name string, seed []byte, now func() time.Time) (*Cosigner, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("malformed seed")
	}
	private := ed25519.NewKeyFromSeed(seed)
	key, err := NewKey(name, TypeCosignature, private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	return &Cosigner{private: private, key: key, now: now}, nil
}

// Key is what others verify with.
func (c *Cosigner) Key() Key { return c.key }

// Name is the witness's name.
func (c *Cosigner) Name() string { return c.key.name }

// KeyHash is the key's short id.
func (c *Cosigner) KeyHash() uint32 { return c.key.id }

// Sign says that text is the largest consistent tree head seen until now.
func (c *Cosigner) Sign(text []byte) ([]byte, error) {
	at := c.now().Unix()
	if at <= 0 { // zero would say that there is no such statement
		return nil, errors.New("the clock stands before 1970")
	}
	sig := binary.BigEndian.AppendUint64(nil, uint64(at))
	return append(sig, ed25519.Sign(c.private, cosigned(uint64(at), text))...), nil
}

// CosignedAt is the instant in a cosignature, in seconds since 1970 UTC. It is
// believed once the signature is verified.
func CosignedAt(s note.Signature) (int64, error) {
	b, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(b) < 4+8+1 {
		return 0, errors.New("malformed cosignature")
	}
	at := binary.BigEndian.Uint64(b[4:])
	if at == 0 || at>>63 != 0 {
		return 0, errors.New("malformed time in a cosignature")
	}
	return int64(at), nil
}
