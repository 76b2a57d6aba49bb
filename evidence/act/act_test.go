package act_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/act"
	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
)

var content = leaf.ActContent{ID: "0rz3k5m9c2v7q", At: 1_795_478_400_000_000, Person: "anna", Action: "viewing.opened", Subject: "v", Camera: "gate",
	Detail: `{"reason":"南门 \"2\"\nbag","purpose":"incident"}`}

// made is a file about content, in a log of some entries that a policy knows.
func made(t testing.TB) (*act.File, string) {
	t.Helper()
	salt := leaf.Salt{1, 2, 3}
	entry, err := leaf.Encode(&leaf.Act{ID: content.ID, At: content.At, Action: content.Action, Commitment: leaf.Commit(salt, content.Encode())})
	if err != nil {
		t.Fatal(err)
	}
	var stored []xtlog.Hash
	hashes := xtlog.HashReaderFunc(func(indexes []int64) ([]xtlog.Hash, error) {
		out := make([]xtlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	for i := range 7 {
		e := fmt.Appendf(nil, "entry %d", i)
		if i == 4 {
			e = entry
		}
		more, err := xtlog.StoredHashes(int64(i), e, hashes)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	root, err := xtlog.TreeHash(7, hashes)
	if err != nil {
		t.Fatal(err)
	}
	path, err := xtlog.ProveRecord(7, 4, hashes)
	if err != nil {
		t.Fatal(err)
	}
	secret, public, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{9}, ed25519.SeedSize)), "log.example/gate")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("log.example/gate\n7\n%s\n", root)}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return act.New(&content, salt, &tlog.Proof{Index: 4, Path: path, Checkpoint: signed}), "log " + public + "\nquorum none\n"
}

func policyOf(t *testing.T, text string) *tlog.Policy {
	t.Helper()
	p, err := tlog.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAFileProvesItsAct(t *testing.T) {
	f, policy := made(t)
	data, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	read, err := act.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*tlog.Policy{"with a policy": policyOf(t, policy), "without": nil} {
		got, err := read.Verify(p)
		if err != nil || got.Content != content || got.Index != 4 || got.Checkpoint.Size != 7 || (got.Verdict != nil) != (p != nil) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestAnyChangeIsFound changes the file in every way that still is a file.
func TestAnyChangeIsFound(t *testing.T) {
	f, text := made(t)
	policy := policyOf(t, text)
	for name, change := range map[string]func(f *act.File){
		"another person":        func(f *act.File) { f.Content = strings.Replace(f.Content, "4:anna", "4:zoee", 1) },
		"another reason":        func(f *act.File) { f.Content = strings.Replace(f.Content, "incident", "accident", 1) },
		"an earlier time":       func(f *act.File) { f.Content = strings.Replace(f.Content, "at 1795", "at 1794", 1) },
		"a number written else": func(f *act.File) { f.Content = strings.Replace(f.Content, "at 1795", "at 01795", 1) },
		"more behind it":        func(f *act.File) { f.Content += "x" },
		"another salt":          func(f *act.File) { f.Salt[5] ^= 1 },
		"a short salt":          func(f *act.File) { f.Salt = f.Salt[:31] },
		"another index":         func(f *act.File) { f.Proof = strings.Replace(f.Proof, "index 4", "index 3", 1) },
		"another size":          func(f *act.File) { f.Proof = strings.Replace(f.Proof, "\n7\n", "\n6\n", 1) },
		"no proof":              func(f *act.File) { f.Proof = "" },
		"no content":            func(f *act.File) { f.Content = "" },
	} {
		bad := *f
		bad.Salt = bytes.Clone(f.Salt)
		change(&bad)
		for _, p := range []*tlog.Policy{policy, nil} {
			if _, err := bad.Verify(p); !errors.Is(err, act.ErrProof) {
				t.Errorf("%s, policy %v: %v", name, p != nil, err)
			}
		}
	}
	_, other, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{8}, ed25519.SeedSize)), "log.example/gate")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Verify(policyOf(t, "log "+other+"\nquorum none\n")); !errors.Is(err, act.ErrProof) {
		t.Errorf("by a forger's log: %v", err)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	f, _ := made(t)
	good, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"nothing": "", "a list": "[]", "more": string(good) + "{}", "another format": strings.Replace(string(good), " v1", " v2", 1),
		"a field more": strings.Replace(string(good), `"content"`, `"extra":1,"content"`, 1), "a huge one": strings.Repeat(" ", 9<<20),
	} {
		if _, err := act.Parse([]byte(data)); !errors.Is(err, act.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	file, _ := made(f)
	good, err := file.JSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		p, err := act.Parse(data)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			return
		}
		if got, err := p.Verify(nil); err == nil && string(got.Content.Encode()) != p.Content {
			t.Fatal("it proves another content than it holds")
		}
	})
}
