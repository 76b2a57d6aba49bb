// Package secret keeps secrets secret: sealed at rest with a key of the data
// folder, and a type of text that never prints itself.
package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"watchroom/internal/durable"
)

// Redacted is what a Text shows of itself.
const Redacted = "[redacted]"

// Text is a secret in memory. It shows itself to nobody: printing, logging and
// encoding give Redacted. Reveal gives the text to the one place that needs it.
// It is no key of a map: encoding/json writes such keys as they are.
type Text string

// Reveal gives the secret.
func (t Text) Reveal() string { return string(t) }

// String, GoString, Format, LogValue, MarshalJSON and MarshalText hide the
// secret; the empty text stays empty, because that it is empty is no secret.
func (t Text) String() string {
	if t == "" {
		return ""
	}
	return Redacted
}

// GoString hides the secret from %#v.
func (t Text) GoString() string { return `secret.Text("` + t.String() + `")` }

// Format hides the secret from every verb, %x and %d included.
func (t Text) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = io.WriteString(f, t.GoString())
		return
	}
	_, _ = io.WriteString(f, t.String())
}

// LogValue hides the secret from slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON hides the secret.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// MarshalText hides the secret from YAML and XML.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// KeyFile is the name of the key in the data folder.
const KeyFile = "secret.key"

const keyLength = 32 // AES-256

// sealVersion begins every sealed value, so that a later form can be told apart.
const sealVersion = 1

// ErrNotOpened says that a sealed value was made with another key, for another
// place, or was changed.
var ErrNotOpened = errors.New("secret: the sealed value does not open with this key")

// Box seals values with AES-256-GCM.
type Box struct {
	gcm cipher.AEAD
	key []byte
}

// OpenBox reads the key of a data folder, and makes one at the first start. A key
// file that others can read, or of another length, is an error.
func OpenBox(dir string) (*Box, error) {
	path := filepath.Join(dir, KeyFile)
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(path); err == nil || errors.Is(err, fs.ErrExist) {
			key, err = readKey(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("key of sealed secrets: %w", err)
	}
	return NewBox(key)
}

// NewBox makes a box of a key of 32 bytes.
func NewBox(key []byte) (*Box, error) {
	if len(key) != keyLength {
		return nil, fmt.Errorf("key of sealed secrets has %d bytes, not %d", len(key), keyLength)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Box{gcm: gcm, key: bytes.Clone(key)}, nil
}

// Derive gives a key of 32 bytes for one use ("marks"), which tells nothing of the box's own
// nor of that of another use. It stays the same as long as the box's key does.
func (b *Box) Derive(use string) []byte {
	h := hmac.New(sha256.New, b.key)
	h.Write([]byte("derive\x00" + use))
	return h.Sum(nil)
}

// Seal encrypts t for one place ("camera/ID/main"): version, nonce, ciphertext
// with tag. It opens only for the same place, so that a row copied over another
// does not.
func (b *Box) Seal(t Text, place string) []byte {
	nonce := make([]byte, b.gcm.NonceSize())
	rand.Read(nonce)
	sealed := append([]byte{sealVersion}, nonce...)
	return b.gcm.Seal(sealed, nonce, []byte(t), []byte(place))
}

// Open gives back what Seal sealed for place, or ErrNotOpened.
func (b *Box) Open(sealed []byte, place string) (Text, error) {
	n := 1 + b.gcm.NonceSize()
	if len(sealed) < n || sealed[0] != sealVersion {
		return "", ErrNotOpened
	}
	plain, err := b.gcm.Open(nil, sealed[1:n], sealed[n:], []byte(place))
	if err != nil {
		return "", ErrNotOpened
	}
	return Text(plain), nil
}

func readKey(path string) ([]byte, error) {
	f, err := durable.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %o): chmod 600 %s", path, mode, path)
	}
	key, err := io.ReadAll(io.LimitReader(f, keyLength+1))
	if err != nil {
		return nil, err
	}
	if len(key) != keyLength {
		return nil, fmt.Errorf("%s has %d bytes or more, not %d: put the right file back, camera passwords cannot be read without it",
			path, len(key), keyLength)
	}
	return key, nil
}

// makeKey puts a whole key in place or none: written aside, synced, then linked,
// which fails when another process was first.
func makeKey(path string) error {
	key := make([]byte, keyLength)
	rand.Read(key)
	f, err := os.CreateTemp(filepath.Dir(path), KeyFile+".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(key)
	err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Random makes 256 random bits as 43 characters that are safe in URLs.
func Random() Text {
	b := make([]byte, 32)
	rand.Read(b)
	return Text(base64.RawURLEncoding.EncodeToString(b))
}

// HashOf is what is kept of a secret that Random made; 256 bits need no slow hash.
func HashOf(t Text) []byte {
	sum := sha256.Sum256([]byte(t))
	return sum[:]
}
