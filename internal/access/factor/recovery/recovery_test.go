package recovery

import (
	"bytes"
	"strings"
	"testing"

	"watchroom/internal/secret"
)

func TestCodes(t *testing.T) {
	codes, hashes := Make("p")
	if len(codes) != 10 || len(hashes) != 10 {
		t.Fatalf("%d codes, %d hashes", len(codes), len(hashes))
	}
	seen := map[secret.Text]bool{}
	for i, c := range codes {
		text := c.Reveal()
		if seen[c] || len(text) != 19 || strings.Count(text, "-") != 3 {
			t.Errorf("code %q", text)
		}
		seen[c] = true
		for _, typed := range []string{text, strings.ToUpper(text), " " + strings.ReplaceAll(text, "-", " ") + " ",
			strings.ReplaceAll(text, "0", "O"), strings.ReplaceAll(text, "1", "l"), strings.ReplaceAll(text, "1", "I")} {
			if h, ok := Hash("p", secret.Text(typed)); !ok || !bytes.Equal(h, hashes[i]) {
				t.Errorf("%q is not taken for %q", typed, text)
			}
		}
		if h, _ := Hash("q", c); bytes.Equal(h, hashes[i]) {
			t.Error("the code is good for another person")
		}
	}
}

func FuzzHash(f *testing.F) {
	f.Add("0123-4567-89ab-cdef")
	f.Add("")
	f.Add(strings.Repeat("x", 10_000))
	f.Fuzz(func(t *testing.T, code string) {
		h, ok := Hash("p", secret.Text(code))
		if ok != (h != nil) || ok && len(h) != 32 {
			t.Errorf("%q: %x, %v", code, h, ok)
		}
	})
}

func TestWhatIsNoCode(t *testing.T) {
	for _, code := range []secret.Text{"", "123456", "u123-4567-89ab-cdef", "0123-4567-89ab-cdef-0", secret.Text(strings.Repeat("0", 10_000)), "0123-4567-89ab-cde\x00"} {
		if _, ok := Hash("p", code); ok {
			t.Errorf("%.30q is a code", code.Reveal())
		}
	}
}
