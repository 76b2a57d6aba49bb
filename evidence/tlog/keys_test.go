package tlog_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
)

// logKey makes a log's signer whose seed is made of one letter.
func logKey(t testing.TB, name string, letter byte) (note.Signer, tlog.Key) {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(letter), 32)))
	k, err := tlog.NewKey(name, tlog.TypeEd25519, private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return signer{k, private}, k
}

type signer struct {
	tlog.Key
	private ed25519.PrivateKey
}

func (s signer) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.private, text), nil }

func witness(t testing.TB, name string, letter byte, at int64) *tlog.Cosigner {
	t.Helper()
	c, err := tlog.NewCosigner(name, []byte(strings.Repeat(string(letter), 32)), func() time.Time { return time.Unix(at, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sign(t testing.TB, text string, by ...note.Signer) []byte {
	t.Helper()
	b, err := note.Sign(&note.Note{Text: text}, by...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The example of C2SP signed-note.
func TestKeyVerifiesTheExampleOfTheSpecification(t *testing.T) {
	const vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
	k, err := tlog.ParseKey(vkey)
	if err != nil || k.String() != vkey || k.Name() != "example.com/foo" || k.Type() != tlog.TypeEd25519 {
		t.Fatalf("%v, %v", k, err)
	}
	signed := "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
	if _, err := note.Open([]byte(signed), note.VerifierList(k)); err != nil {
		t.Error(err)
	}
	if _, err := note.Open([]byte(strings.Replace(signed, "example message", "exemplary message", 1)), note.VerifierList(k)); err == nil {
		t.Error("another text has the same signature")
	}
	// The library's own reader agrees with ours.
	if theirs, err := note.NewVerifier(vkey); err != nil || theirs.KeyHash() != k.KeyHash() {
		t.Error(err)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	_, k := logKey(t, "log.example/a", 'a')
	good := k.String()
	for name, vkey := range map[string]string{
		"nothing":         "",
		"no key":          "log.example/a+" + good[14:22],
		"another name":    "log.example/b" + good[13:],
		"a space":         "log example/a" + good[13:],
		"capitals":        strings.ToUpper(good[:22]) + good[22:],
		"short":           good[:len(good)-4],
		"line feed":       good[:30] + "\n" + good[30:],
		"another letter":  good[:40] + flip(good[40]) + good[41:],
		"unknown type":    "x+00000000+" + "B" + good[24:],
		"odd base64 bits": good[:len(good)-1] + flip(good[len(good)-1]),
		"endless name":    strings.Repeat("n", 256) + good[13:],
	} {
		if got, err := tlog.ParseKey(vkey); err == nil {
			t.Errorf("%s: %q gives %v", name, vkey, got)
		}
	}
	if _, err := tlog.NewKey("a+b", tlog.TypeEd25519, make([]byte, 32)); err == nil {
		t.Error("a name with a plus")
	}
	if _, err := tlog.NewKey("a", tlog.TypeMLDSA, make([]byte, 32)); err == nil {
		t.Error("an Ed25519 key that says it is ML-DSA-44")
	}
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestCosignature(t *testing.T) {
	text := tlog.Checkpoint{Origin: "log.example/a", Size: 3, Root: tlog.EntryHash([]byte("x"))}.Text()
	w := witness(t, "witness.example/w", 'w', 1_679_315_147)
	_, sigs, err := tlog.Open(sign(t, text, w), w.Key())
	if err != nil || len(sigs) != 1 {
		t.Fatal(sigs, err)
	}
	if at, err := tlog.CosignedAt(sigs[0]); err != nil || at != 1_679_315_147 {
		t.Error(at, err)
	}
	// What is signed is written out here once more, from the specification.
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat("w", 32)))
	raw, err := w.Sign([]byte(text))
	if err != nil || !ed25519.Verify(private.Public().(ed25519.PublicKey), []byte("cosignature/v1\ntime 1679315147\n"+text), raw[8:]) {
		t.Error("the message is not that of tlog-cosignature", err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"another instant": func(b []byte) []byte { b[7]++; return b },
		"short":           func(b []byte) []byte { return b[:len(b)-1] },
		"long":            func(b []byte) []byte { return append(b, 0) },
		"negative time":   func(b []byte) []byte { b[0] |= 0x80; return b },
		"no time":         func(b []byte) []byte { return b[8:] },
	} {
		if w.Key().Verify([]byte(text), change(append([]byte{}, raw...))) {
			t.Errorf("%s: accepted", name)
		}
	}
	if w.Key().Verify([]byte(text+"x\n"), raw) {
		t.Error("another text: accepted")
	}
	early := witness(t, "w", 'w', 0)
	if _, err := early.Sign([]byte(text)); err == nil {
		t.Error("a cosignature at instant zero")
	}
	if _, err := tlog.NewCosigner("w", []byte("short"), time.Now); err == nil {
		t.Error("a short seed")
	}
	for _, s := range []string{"", "AAAA", "!", "AAAAAAAAAAAAAAAAAAAAAA=="} {
		if _, err := tlog.CosignedAt(note.Signature{Base64: s}); err == nil {
			t.Errorf("a time in %q", s)
		}
	}
}

func ExampleCheckpoint_Text() {
	fmt.Print(tlog.Checkpoint{Origin: "example.org/room/9f3a21c4", Root: tlog.EmptyRoot()}.Text())
	// Output:
	// example.org/room/9f3a21c4
	// 0
	// 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
}
