package password

import (
	"context"
	"errors"
	"strings"
	"testing"

	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct {
		password, username, reason string
	}{
		{"correct horse 7", "guard", ""},
		{"一二三四五六七八九十", "guard", ""},
		{"short1234", "guard", "too_short"},
		{"", "guard", "too_short"},
		{"三个汉字", "guard", "too_short"},
		{strings.Repeat("long", 300), "guard", "too_long"},
		{"night-guard", "night-guard", "username"},
		{"NIGHT-guard", "night-GUARD", "username"},
		{"night-guard2026!", "night-guard", "username"},
		{"2026night-guard", "night-guard", "username"},
		{"QwertyUiop", "guard", "common"},
		{"hikvision12345", "guard", "common"},
		{"1234567890", "guard", "common"},
		{"aaaaaaaaaaaa", "guard", "simple"},
		{"abababcccabab", "guard", "simple"},
		{"4567890123", "guard", "simple"},
		{"zyxwvutsrqp", "guard", "simple"},
		{"1234567890\n0123456789", "guard", ""},
	} {
		err := Check(secret.Text(c.password), c.username, nil)
		if got, _ := problem.Of(err).Params["reason"].(string); got != c.reason || (err == nil) != (c.reason == "") {
			t.Errorf("%q of %q: %v, want reason %q", c.password, c.username, err, c.reason)
		}
		if err != nil && !errors.Is(err, ErrPasswordTooWeak) {
			t.Errorf("%q: %v", c.password, err)
		}
	}
}

// TestCommonListIsUseful finds no line that the other rules refuse or that could
// never match.
func TestCommonListIsUseful(t *testing.T) {
	for line := range strings.Lines(commonPasswords) {
		line = strings.TrimSuffix(line, "\n")
		if err := Check(secret.Text(line), "", nil); problem.Of(err).Params["reason"] != "common" {
			t.Errorf("%q: %v, want the reason common", line, err)
		}
	}
}

func TestMadePasswordsAreGood(t *testing.T) {
	seen := map[secret.Text]bool{}
	for range 100 {
		p := Make()
		if err := Check(p, "guard", nil); err != nil || len(p) != 19 || seen[p] {
			t.Errorf("%s: %v, seen before: %v", p.Reveal(), err, seen[p])
		}
		seen[p] = true
	}
}

const good = secret.Text("correct horse 7")

func TestHasher(t *testing.T) {
	h, err := NewHasher(nil) // the real cost
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.Hash(t.Context(), "e\u0301tude-in-c")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash = %q, %v", hash, err)
	}
	for _, c := range []struct {
		password secret.Text
		hash     string
		want     bool
	}{
		{"étude-in-c", hash, true}, // composed differently
		{"Étude-in-c", hash, false},
		{"", hash, false},
		{"étude-in-c", "", false},
		{secret.Text(strings.Repeat("x", passwordMost+1)), hash, false},
	} {
		if got, err := h.Matches(t.Context(), c.password, c.hash); got != c.want || err != nil {
			t.Errorf("%q: %v, %v, want %v", c.password.Reveal(), got, err, c.want)
		}
	}
}

// TestHasherIsBounded holds all slots and finds that the next one waits, for an
// unknown name as well.
func TestHasherIsBounded(t *testing.T) {
	h, err := NewHasher(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range AtOnce {
		if err := h.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("hash: %v, want it to have waited", err)
	}
	if _, err := h.Matches(ctx, good, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("matches nobody's: %v, want it to have waited", err)
	}
	h.Leave()
	if _, err := h.Hash(t.Context(), good); err != nil {
		t.Error(err)
	}
}
