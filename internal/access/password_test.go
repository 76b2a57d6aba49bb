package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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
		err := checkPassword(secret.Text(c.password), c.username)
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
		if err := checkPassword(secret.Text(line), ""); problem.Of(err).Params["reason"] != "common" {
			t.Errorf("%q: %v, want the reason common", line, err)
		}
	}
}

func TestNewPasswordsAreGood(t *testing.T) {
	seen := map[secret.Text]bool{}
	for range 100 {
		p := newPassword()
		if err := checkPassword(p, "guard"); err != nil || len(p) != 19 || seen[p] {
			t.Errorf("%s: %v, seen before: %v", p.Reveal(), err, seen[p])
		}
		seen[p] = true
	}
}

func TestHasher(t *testing.T) {
	h, err := newHasher(nil) // the real cost
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.hash(t.Context(), "e\u0301tude-in-c")
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
		if got, err := h.matches(t.Context(), c.password, c.hash); got != c.want || err != nil {
			t.Errorf("%q: %v, %v, want %v", c.password.Reveal(), got, err, c.want)
		}
	}
}

// TestHasherIsBounded holds all slots and finds that the next one waits, for an
// unknown name as well.
func TestHasherIsBounded(t *testing.T) {
	h, err := newHasher(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range hashesAtOnce {
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("hash: %v, want it to have waited", err)
	}
	if _, err := h.matches(ctx, good, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("matches nobody's: %v, want it to have waited", err)
	}
	h.leave()
	if _, err := h.hash(t.Context(), good); err != nil {
		t.Error(err)
	}
}

func TestLimiter(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := newLimiter(3, 10*time.Second)
	for range 3 {
		if err := l.take("a", now); err != nil {
			t.Fatal(err)
		}
	}
	err := l.take("a", now)
	if !errors.Is(err, ErrTooManyAttempts) || problem.Of(err).Params["retryAfterSeconds"] != 10 {
		t.Errorf("the fourth: %+v", problem.Of(err))
	}
	if err := l.take("b", now); err != nil {
		t.Errorf("another key: %v", err)
	}
	if err := l.take("a", now.Add(9*time.Second)); err == nil || problem.Of(err).Params["retryAfterSeconds"] != 1 {
		t.Errorf("after 9 s: %v", err)
	}
	if err := l.take("a", now.Add(10*time.Second)); err != nil {
		t.Errorf("after 10 s: %v", err)
	}
	l.give("a", 1)
	if err := l.take("a", now.Add(10*time.Second)); err != nil {
		t.Errorf("after one was given back: %v", err)
	}
	if err := l.take("a", now.Add(-time.Hour)); !errors.Is(err, ErrTooManyAttempts) {
		t.Errorf("a clock that went back: %v", err)
	}
}

func TestLimiterMemoryIsBounded(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := newLimiter(3, time.Hour)
	for range 3 {
		l.take("attacked", now)
	}
	for i := range 3 * maxBuckets {
		l.take(fmt.Sprint(i), now)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
	if err := l.take("attacked", now); !errors.Is(err, ErrTooManyAttempts) {
		t.Errorf("new keys wash an exhausted one away: %v", err)
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":              "192.0.2.7",
		"192.0.2.7:5060":         "192.0.2.7",
		"::ffff:192.0.2.7":       "192.0.2.7",
		"2001:db8:1:2:3:4:5:6":   "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:8080": "2001:db8:1:2::/64",
		"fe80::1%eth0":           "fe80::/64",
		"":                       "",
		"@":                      "@",
	} {
		if got := network(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
