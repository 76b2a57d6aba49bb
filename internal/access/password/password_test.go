package password

import (
	"context"
	"errors"
	"strings"
	"testing"

	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
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

// TestBreachedAndHabitual: what was published after breaches, and what people make of names,
// years and numbers, is refused; what only looks a little like it is not.
func TestBreachedAndHabitual(t *testing.T) {
	clause.Covers(t, "C113")
	for password, reason := range map[string]string{
		"iloveyou123": "common", "Liverpool1": "common", "Football2024": "common", "!!dragon1987": "common", "password2026!": "common",
		"Sunshine#888888": "common", "ＰＡＳＳＷＯＲＤ１２３４": "common", "woaini5201314": "common", "5201314woaini": "common",
		"zhangwei2026": "habit", "ZhangWei1990": "habit", "wangxiaoming19881203": "habit", "lina@19900101": "habit", "xiaomingwang88": "habit",
		"ouyangfei666": "habit", "123456789zw": "habit", "zw19900101": "habit", "LW-19881203": "habit", "qq88888888": "simple",
		"13812345678": "habit", "a13812345678": "habit", "1990010119920202": "habit", "hikvision2026": "habit", "admin@123456": "common", "jiankong8888": "habit",
		"menwei@2026": "habit", "kx7vkx7vkx7v": "habit",
		"Watchroom2026": "habit", "qwer1234!@#$": "habit", "a1b2c3d4e5f6": "habit", "guardguard12": "habit", "shipinjiankong": "habit", "anquanbaowei123": "habit",
		"mingdezhongxue": "habit", "Mingde@2026": "habit", "1q2w3e4r5t": "common", "g1f2e3d4c5b6": "habit",
		"correct horse 7": "", "zhangwei tends bees": "", "wangba-quilt-1974-fig": "", "blue-4821-kettle": "", "7Hk2mQ9xTz": "", "19-lamps-88-doors": "",
		"night ferry 1997 to Oslo": "", "监控室里有三只猫和一把伞": "", "83920174655": "", "mulberry canal 12": "",
	} {
		err := Check(secret.Text(password), "guard", nil)
		if got, _ := problem.Of(err).Params["reason"].(string); got != reason || (err == nil) != (reason == "") {
			t.Errorf("%q: %v, want reason %q", password, err, reason)
		}
	}
	if n := len(breachedMarks) / markSize; n < 40_000 || len(breachedMarks)%markSize != 0 {
		t.Errorf("the list of breached passwords has %d entries and %d bytes", n, len(breachedMarks))
	}
	for i := markSize; i < len(breachedMarks); i += markSize {
		if breachedMarks[i-markSize:i] >= breachedMarks[i:i+markSize] {
			t.Fatalf("the list is not sorted at %d, or holds something twice", i)
		}
	}
}

// TestCheckTakesAnything: whatever is typed, an answer comes, and a long one soon.
func TestCheckTakesAnything(t *testing.T) {
	for _, p := range []string{strings.Repeat("zhang", 200), strings.Repeat("1", 1024), strings.Repeat("\xff", 500), "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", strings.Repeat("é", 512)} {
		_ = Check(secret.Text(p), strings.Repeat("x", 64), nil)
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
