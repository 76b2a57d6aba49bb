package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/secret"
)

func TestTextShowsItselfToNobody(t *testing.T) {
	const word = "tiger-42"
	s := secret.Text(word)
	type holder struct {
		Password secret.Text
		Pointer  *secret.Text
		List     []secret.Text
	}
	h := holder{Password: s, Pointer: &s, List: []secret.Text{s}}
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s"} {
		fmt.Fprintf(&shown, verb+"\n", s)
		fmt.Fprintf(&shown, verb+"\n", h)
		fmt.Fprintf(&shown, verb+"\n", []secret.Text{s})
	}
	fmt.Fprintln(&shown, s, h, fmt.Errorf("wrapped %w: %v", errors.ErrUnsupported, s))
	for _, handler := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(handler).Info("x", "password", s, "holder", h, "any", any(s))
	}
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	shown.Write(data)
	hex := fmt.Sprintf("%x", word)
	if got := shown.String(); strings.Contains(got, word) || strings.Contains(strings.ToLower(got), hex) {
		t.Errorf("the secret shows:\n%s", got)
	}
	if !bytes.Contains(data, []byte(`"Password":"[redacted]"`)) {
		t.Errorf("JSON = %s", data)
	}
	if s.Reveal() != word || secret.Text("").String() != "" {
		t.Error("Reveal or the empty text is wrong")
	}
}

func box(t testing.TB, dir string) *secret.Box {
	t.Helper()
	b, err := secret.OpenBox(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealOpens(t *testing.T) {
	dir := t.TempDir()
	b := box(t, dir)
	rapid.Check(t, func(rt *rapid.T) {
		plain, place := rapid.String().Draw(rt, "plain"), rapid.String().Draw(rt, "place")
		sealed := b.Seal(secret.Text(plain), place)
		if again := b.Seal(secret.Text(plain), place); bytes.Equal(sealed, again) {
			rt.Fatal("the same text twice gives the same bytes")
		}
		got, err := box(t, dir).Open(sealed, place) // the key read again
		if err != nil || got.Reveal() != plain {
			rt.Fatalf("got %q, %v", got.Reveal(), err)
		}
		if _, err := b.Open(sealed, place+"x"); !errors.Is(err, secret.ErrNotOpened) {
			rt.Fatalf("another place: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(rt, "i")
		sealed[i] ^= 1
		if _, err := b.Open(sealed, place); !errors.Is(err, secret.ErrNotOpened) {
			rt.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := b.Open(sealed[:i], place); !errors.Is(err, secret.ErrNotOpened) {
			rt.Fatalf("cut at %d: %v", i, err)
		}
	})
	if _, err := box(t, t.TempDir()).Open(b.Seal("x", "p"), "p"); !errors.Is(err, secret.ErrNotOpened) {
		t.Errorf("another key: %v", err)
	}
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	box(t, dir)
	path := filepath.Join(dir, secret.KeyFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("mode %v, %d bytes", info.Mode().Perm(), info.Size())
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("files = %v, want the key alone", files)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.OpenBox(dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	for _, n := range []int{0, 31, 33} {
		if err := os.WriteFile(path, make([]byte, n), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chmod(path, 0o600)
		if _, err := secret.OpenBox(dir); err == nil || !strings.Contains(err.Error(), "put the right file back") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := secret.OpenBox(filepath.Join(dir, "absent")); err == nil {
		t.Error("made a key without a folder")
	}
}

func TestTwoFirstStartsAgreeOnOneKey(t *testing.T) {
	dir := t.TempDir()
	boxes := make([]*secret.Box, 8)
	var all sync.WaitGroup
	for i := range boxes {
		all.Go(func() { boxes[i], _ = secret.OpenBox(dir) })
	}
	all.Wait()
	for i, b := range boxes {
		if b == nil {
			t.Fatalf("%d failed", i)
		}
		if got, err := b.Open(boxes[0].Seal("x", "p"), "p"); err != nil || got != "x" {
			t.Errorf("%d has another key: %v", i, err)
		}
	}
}

// TestDerivedKeys: each use has a key of its own, which stays and opens nothing of the box.
func TestDerivedKeys(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	open := func(key []byte) *secret.Box {
		t.Helper()
		b, err := secret.NewBox(key)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	box := open(key)
	marks := box.Derive("marks")
	if len(marks) != 32 || !bytes.Equal(marks, open(key).Derive("marks")) {
		t.Errorf("%x", marks)
	}
	for name, other := range map[string][]byte{"another use": box.Derive("mark"), "another box": open(bytes.Repeat([]byte{8}, 32)).Derive("marks"), "the key itself": key} {
		if bytes.Equal(marks, other) {
			t.Errorf("the same as %s", name)
		}
	}
	if _, err := open(marks).Open(box.Seal("tiger-42", "here"), "here"); !errors.Is(err, secret.ErrNotOpened) {
		t.Error(err)
	}
}

// TestRandom: each is another, fits into an address, and its hash tells nothing but it.
func TestRandom(t *testing.T) {
	a, b := secret.Random(), secret.Random()
	if a == b || len(a) != 43 || strings.Trim(a.Reveal(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("%q, %q", a.Reveal(), b.Reveal())
	}
	if h := secret.HashOf(a); len(h) != 32 || !bytes.Equal(h, secret.HashOf(a)) || bytes.Equal(h, secret.HashOf(b)) {
		t.Errorf("%x", h)
	}
}
