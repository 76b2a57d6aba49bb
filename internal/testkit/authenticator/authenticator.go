// Package authenticator is a passkey in software for tests: it answers the ceremonies of
// WebAuthn as a browser with a key of its own would, and can be told to answer wrongly.
package authenticator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Key is one passkey. What a test changes is what the next answer lies about.
type Key struct {
	Party  string // host name that the authenticator answers for
	Origin string // of the page, as the browser tells it
	Handle string // of the owner, as given at enrolment

	Count      uint32 // uses so far
	Counts     bool   // whether it counts, as a key on a card does and a synced one does not
	Unverified bool   // the person was there, but was not verified
	Type       string // instead of the right ceremony's

	id      []byte
	private *ecdsa.PrivateKey
}

// New makes a key for a page.
func New(t testing.TB, party, origin string) *Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &Key{Party: party, Origin: origin, id: id, private: private, Counts: true}
}

// AAGUID is the model that every Key says it is of.
const AAGUID = "77617463-6872-6f6f-6d20-746573746b65"

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (k *Key) client(t testing.TB, kind, challenge string) []byte {
	t.Helper()
	if k.Type != "" {
		kind = k.Type
	}
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": k.Origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// data is the authenticator data (WebAuthn, 6.1) without extensions.
func (k *Key) data(attested []byte) []byte {
	party := sha256.Sum256([]byte(k.Party))
	flags := byte(0x01 | 0x04) // user present, user verified
	if k.Unverified {
		flags &^= 0x04
	}
	if attested != nil {
		flags |= 0x40
	}
	if k.Counts {
		k.Count++
	}
	return append(binary.BigEndian.AppendUint32(append(party[:], flags), k.Count), attested...)
}

// Create answers a request to make a key.
func (k *Key) Create(t testing.TB, challenge, handle string) []byte {
	t.Helper()
	k.Handle = handle
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	public, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		t.Fatal(err)
	}
	attested := append([]byte("watchroom testke"), binary.BigEndian.AppendUint16(nil, uint16(len(k.id)))...)
	attested = append(append(attested, k.id...), public...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": k.data(attested)})
	if err != nil {
		t.Fatal(err)
	}
	return k.answer(t, map[string]any{
		"clientDataJSON": b64(k.client(t, "webauthn.create", challenge)), "attestationObject": b64(object), "transports": []string{"internal"},
	})
}

// Get answers a request to use the key.
func (k *Key) Get(t testing.TB, challenge string) []byte {
	t.Helper()
	client, data := k.client(t, "webauthn.get", challenge), k.data(nil)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, signed[:])
	if err != nil {
		t.Fatal(err)
	}
	return k.answer(t, map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64([]byte(k.Handle)),
	})
}

func (k *Key) answer(t testing.TB, response map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
