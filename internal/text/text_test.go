package text_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		in, want string
		err      error
	}{
		{"  大门 1 ", "大门 1", nil},
		{"e\u0301", "é", nil},
		{strings.Repeat("门", 10), strings.Repeat("门", 10), nil},
		{strings.Repeat("门", 11), "", text.ErrTooLong},
		{"", "", text.ErrRequired},
		{" \t\u3000\n", "", text.ErrRequired},
		{"a", "", text.ErrTooShort},
		{"two\nlines", "", text.ErrCharacter},
		{"a\x00b", "", text.ErrCharacter},
		{"a\xffb", "", text.ErrCharacter},
		{"zero\u200bwidth", "", text.ErrCharacter},
		{"right\u202eleft", "", text.ErrCharacter},
		{"private\ue000", "", text.ErrCharacter},
		{"\u3164\u3164", "", text.ErrCharacter},
		{"<b>'\"&%?", "<b>'\"&%?", nil},
	} {
		got, err := text.Line("name", c.in, 2, 10)
		if c.err == text.ErrTooLong || c.want == "é" { // one character is enough for these
			got, err = text.Line("name", c.in, 1, 10)
		}
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: %q, %v, want %q, %v", c.in, got, err, c.want, c.err)
		}
		if err != nil && (problem.Of(err).Field != "name" || problem.Of(err).Params["field"] != "name") {
			t.Errorf("%q: the error does not name its field: %+v", c.in, err)
		}
	}
}

func TestAWordOfChineseIsAsLongAsOneOfEnglish(t *testing.T) {
	for in, want := range map[string]error{
		"写错了": nil, "断电": nil, "oops": nil, "ネジ": nil, "고장": nil, "a断b": nil,
		"错": text.ErrTooShort, "no!": text.ErrTooShort, "。。。": text.ErrTooShort, "２号": text.ErrTooShort,
	} {
		if got, err := text.Block("reason", in, 4, 5); !errors.Is(err, want) || err == nil && got != in {
			t.Errorf("%q: %q, %v, want %v", in, got, err, want)
		}
	}
	if _, err := text.Block("reason", "电源被拔掉", 4, 4); !errors.Is(err, text.ErrTooLong) {
		t.Errorf("five characters where four may be: %v", err)
	}
}

func TestBlockKeepsLines(t *testing.T) {
	got, err := text.Block("note", " one\r\n\ttwo\rthree\n", 0, 100)
	if err != nil || got != "one\n\ttwo\nthree" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := text.Block("note", "", 0, 100); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestKeyJoinsWhatLooksTheSame(t *testing.T) {
	for _, same := range [][]string{
		{"Gate", "gATE"}, {"Straße", "STRASSE"}, {"É", "e\u0301"}, {"大门A", "大门a"}, {"Σ", "ς"}, {"Ꭰ", "ꭰ"}, {"ǅ", "Ǆ"}, {"ＧＡＴＥ１", "gate1"}, {"东门　（北）", "东门 (北)"}, {"ｶﾒﾗ", "カメラ"},
	} {
		if text.Key(same[0]) != text.Key(same[1]) {
			t.Errorf("%q and %q have keys %q and %q", same[0], same[1], text.Key(same[0]), text.Key(same[1]))
		}
	}
	if text.Key("东门") == text.Key("西门") || text.Key("1") == text.Key("①") {
		t.Error("different names have one key")
	}
}

func TestLineProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "in")
		got, err := text.Line("x", in, 0, 20)
		if err != nil {
			return
		}
		if n := utf8.RuneCountInString(got); n > 20 || strings.TrimSpace(got) != got || strings.ContainsAny(got, "\x00\n\r") {
			t.Fatalf("%q gives %q", in, got)
		}
		if again, err := text.Line("x", got, 0, 20); again != got || err != nil {
			t.Fatalf("taken twice %q becomes %q, %v", got, again, err)
		}
		if k := text.Key(got); text.Key(k) != k {
			t.Fatalf("the key of %q is not stable: %q, %q", got, k, text.Key(k))
		}
	})
}

func TestShown(t *testing.T) {
	for in, want := range map[string]string{"Mozilla/5.0 (X11)": "Mozilla/5.0 (X11)", "a\x00b\u202e\xff\nc": "ab\ufffdc", "门门门门门门门门门门门门门门门门门门门门": strings.Repeat("门", 17)} {
		if got := text.Shown(in, 17); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestAReasonSaysSomething: one character again and again is no reason; words with double letters
// and figures are.
func TestAReasonSaysSomething(t *testing.T) {
	for in, good := range map[string]bool{"....": false, "啊啊啊啊": false, "aaaa": false, "1111111111": false, "写错了": true, "二楼": true,
		"oops": true, "a fall": true, "110 号": true, "!?!?": true, "door": true, "door 3": true} {
		if _, err := text.Line("reason", in, 4, 100); (err == nil) != good || err != nil && !errors.Is(err, text.ErrTooShort) {
			t.Errorf("%q: %v", in, err)
		}
	}
	if _, err := text.Line("name", "666", 2, 100); err != nil {
		t.Errorf("a name may be a number: %v", err)
	}
}
