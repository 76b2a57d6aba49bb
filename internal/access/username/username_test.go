package username

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"watchroom/internal/testkit/clause"
)

func TestKey(t *testing.T) {
	for name, want := range map[string]string{
		"zhang.wei": "zhang.wei", " Zhang.Wei ": "zhang.wei", "ＺＨＡＮＧ": "zhang", "张伟": "张伟", "a1": "a1", "e\u0301tude": "étude",
		"": "", "a": "", "-ab": "", "a b": "", "a\u200bb": "", "a\u202eb": "", "a/b": "", "a\x00b": "", strings.Repeat("a", 65): "",
		strings.Repeat("名", 64): strings.Repeat("名", 64), strings.Repeat("長", 10_000): "", strings.Repeat("ﷺ", 10_000): "",
	} {
		_, key, err := Key(name)
		if key != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%.40q: %q, %v, want %q", name, key, err, want)
		}
	}
}

// TestNamesThatPassForOthers: of one drawn like another only the first is taken.
func TestNamesThatPassForOthers(t *testing.T) {
	clause.Covers(t, "C113")
	others := []string{"admin", "cap", "张伟", "operator"}
	for name, want := range map[string]string{
		"сар": "cap", "cap": "", "capo": "", "ορεrator": "operator", "张伟": "", "张玮": "", "аdmin": "admin",
		"adm1n": "admin", "adrnin": "admin", "ᴀdmin": "admin", "0perator": "operator", "operator.": "operator", "operat0r-": "operator", "cab": "",
		"admin2": "", "zhang.li": "", "oper.ator": "",
	} {
		if got := Alike(name, others); got != want {
			t.Errorf("%s: looks like %q, want %q", name, got, want)
		}
	}
	for name, mixed := range map[string]bool{"аdmin": true, "admin": false, "сар": false, "αdmin": true, "zhang张": false, "Ωmega": true, "12.34": false} {
		if err := Plain(name); (err != nil) != mixed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNamesHaveNothingThatNobodySees: a name that looks like another is not made with letters
// and marks that are not drawn.
func TestNamesHaveNothingThatNobodySees(t *testing.T) {
	clause.Covers(t, "C113")
	for name, fine := range map[string]bool{"guard": true, "gué": true, "ngu\u031bo\u031b\u0300i": true,
		"guard\ufe0f": false, "gu\u034fard": false, "guard\u3164": false, "guard\u115f": false, "gu\u180bard": false, "guard\U000e0101": false} {
		clean, _, err := Key(name)
		if err == nil {
			err = Plain(clean)
		}
		if (err == nil) != fine {
			t.Errorf("%+q: %v", name, err)
		}
	}
}

func FuzzKey(f *testing.F) {
	for _, s := range []string{"admin", "аdmin", "\u202e", "\xff", "ＡＢ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean, key, err := Key(s)
		if err != nil {
			return
		}
		if _, again, err := Key(clean); err != nil || again != key {
			t.Errorf("%q: %q then %q, %v", s, key, again, err)
		}
		if !utf8.ValidString(key) || Alike(key, []string{key}) != "" {
			t.Errorf("%q: %q", s, key)
		}
	})
}
