package tlog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/evidence/tlog"
)

const root64 = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

func TestParseCheckpoint(t *testing.T) {
	root, err := tlog.ParseHash(root64)
	if err != nil {
		t.Fatal(err)
	}
	good := "example.com/behind-the-sofa\n20852163\n" + root64 + "\n"
	for text, want := range map[string]tlog.Checkpoint{
		good:                          {Origin: "example.com/behind-the-sofa", Size: 20852163, Root: root},
		good + "an extension\nmore\n": {Origin: "example.com/behind-the-sofa", Size: 20852163, Root: root, Extension: "an extension\nmore\n"},
		"名\n0\n" + root64 + "\n":      {Origin: "名", Root: root},
	} {
		c, err := tlog.ParseCheckpoint(text)
		if err != nil || c.Text() != text {
			t.Errorf("%q: %v", text, err)
		}
		if d := cmp.Diff(want, c); d != "" {
			t.Error(d)
		}
	}
	for name, text := range map[string]string{
		"nothing":           "",
		"two lines":         "o\n1\n",
		"no last line feed": strings.TrimSuffix(good, "\n"),
		"no origin":         "\n1\n" + root64 + "\n",
		"leading zero":      "o\n01\n" + root64 + "\n",
		"plus":              "o\n+1\n" + root64 + "\n",
		"negative":          "o\n-1\n" + root64 + "\n",
		"no number":         "o\n\n" + root64 + "\n",
		"beyond belief":     "o\n1152921504606846977\n" + root64 + "\n",
		"beyond 64 bits":    "o\n9223372036854775808\n" + root64 + "\n",
		"short root":        "o\n1\nAAAA\n",
		"root with spare":   "o\n1\n" + strings.Replace(root64, "I=", "J=", 1) + "\n",
		"root with return":  "o\n1\n" + root64 + "\r\n",
		"empty extension":   good + "\n",
		"empty in between":  good + "a\n\nb\n",
		"open extension":    good + "a",
		"control character": good + "a\x01\n",
		"not UTF-8":         good + "\xff\n",
	} {
		if c, err := tlog.ParseCheckpoint(text); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestOpen(t *testing.T) {
	text := tlog.Checkpoint{Origin: "log.example/a", Size: 1, Root: tlog.EntryHash(nil)}.Text()
	a, aKey := logKey(t, "log.example/a", 'a')
	b, _ := logKey(t, "log.example/b", 'b')
	_, forged := logKey(t, "log.example/a", 'f')
	signed := sign(t, text, b, a)
	if c, sigs, err := tlog.Open(signed, aKey); err != nil || c.Text() != text || len(sigs) != 1 {
		t.Error(c, sigs, err)
	}
	if _, _, err := tlog.Open(signed, forged); err == nil {
		t.Error("a key of the same name verifies")
	}
	if _, _, err := tlog.Open(signed); err == nil {
		t.Error("no key verifies")
	}
	broken := strings.Replace(string(signed), "log.example/a\n1\n", "log.example/a\n2\n", 1)
	if _, _, err := tlog.Open([]byte(broken), aKey); err == nil {
		t.Error("an altered size verifies")
	}
	if _, _, err := tlog.Open(sign(t, "not a checkpoint\n", a), aKey); err == nil {
		t.Error("a signed text that is no checkpoint")
	}
	if _, _, err := tlog.Open(make([]byte, 1<<20), aKey); err == nil {
		t.Error("a megabyte")
	}
}

func TestSplitNote(t *testing.T) {
	text, sigs, err := tlog.SplitNote([]byte("a\n\nb\n\n— x AAAA\n— y BBBB\n"))
	if err != nil || text != "a\n\nb\n" || sigs != "— x AAAA\n— y BBBB\n" {
		t.Errorf("%q, %q, %v", text, sigs, err)
	}
	for _, s := range []string{"", "a\n", "a\n\n", "a\n\nb", "\x01\n\nb\n", "\xff\n\nb\n"} {
		if _, _, err := tlog.SplitNote([]byte(s)); err == nil {
			t.Errorf("%q: accepted", s)
		}
	}
}
