package tlog_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
)

// mldsaKey is a well-formed key of a kind that is not verified here.
var mldsaKey = func() string {
	public := append([]byte{tlog.TypeMLDSA}, bytes.Repeat([]byte{7}, 1312)...)
	id := sha256.Sum256(append([]byte("m.example\n"), public...))
	return fmt.Sprintf("m.example+%08x+%s", binary.BigEndian.Uint32(id[:]), base64.StdEncoding.EncodeToString(public))
}()

func entries(n int) (all [][]byte, hashes []leaf.Hash) {
	for i := range n {
		e := fmt.Appendf(nil, "entry %d", i)
		all, hashes = append(all, e), append(hashes, leaf.Part(e))
	}
	return all, hashes
}

func path(p []leaf.Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(p))
	for i, h := range p {
		out[i] = tlog.Hash(h)
	}
	return out
}

// Trees and paths come from evidence/leaf here: another piece of code.
func TestInclusionAgainstAnotherTree(t *testing.T) {
	for n := 1; n <= 70; n++ {
		all, hashes := entries(n)
		root := tlog.Hash(leaf.Root(hashes))
		for i := range n {
			p := path(leaf.Path(hashes, i))
			if err := tlog.VerifyInclusion(tlog.EntryHash(all[i]), int64(i), int64(n), p, root); err != nil {
				t.Fatal(err)
			}
			if n > 1 && tlog.VerifyInclusion(tlog.EntryHash(all[i]), int64((i+1)%n), int64(n), p, root) == nil {
				t.Errorf("entry %d of %d stands in another place", i, n)
			}
			if tlog.VerifyInclusion(tlog.EntryHash([]byte("x")), int64(i), int64(n), p, root) == nil {
				t.Errorf("another entry stands at %d of %d", i, n)
			}
			if tlog.VerifyInclusion(tlog.EntryHash(all[i]), int64(i), int64(n), append(p, root), root) == nil {
				t.Errorf("a longer path for %d of %d", i, n)
			}
		}
	}
	for _, c := range [][2]int64{{-1, 1}, {1, 1}, {0, 0}, {0, -1}, {0, tlog.MaxSize + 1}, {1 << 62, 1<<62 + 1}} {
		if tlog.VerifyInclusion(tlog.Hash{}, c[0], c[1], nil, tlog.Hash{}) == nil {
			t.Errorf("entry %d of %d", c[0], c[1])
		}
	}
}

func TestConsistencyOfEdges(t *testing.T) {
	empty, a, b := tlog.EmptyRoot(), tlog.EntryHash([]byte("a")), tlog.EntryHash([]byte("b"))
	for _, c := range []struct {
		old, size     int64
		oldRoot, root tlog.Hash
		path          []tlog.Hash
		fits          bool
	}{
		{0, 0, empty, empty, nil, true},
		{0, 0, empty, a, nil, false},
		{0, 1, empty, a, nil, true},
		{0, 1, a, a, nil, false},
		{0, 1, empty, a, []tlog.Hash{b}, false},
		{1, 1, a, a, nil, true},
		{1, 1, a, b, nil, false},
		{1, 1, a, a, []tlog.Hash{b}, false},
		{2, 1, a, a, nil, false},
		{-1, 1, empty, a, nil, false},
		{1, 1 << 62, a, a, nil, false},
	} {
		if err := tlog.VerifyConsistency(c.old, c.size, c.oldRoot, c.root, c.path); (err == nil) != c.fits {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestProofFile(t *testing.T) {
	c := players(t)
	all, hashes := entries(9)
	text := tlog.Checkpoint{Origin: "log.example/a", Size: 9, Root: tlog.Hash(leaf.Root(hashes))}.Text()
	policy, err := tlog.ParsePolicy([]byte(c.text()))
	if err != nil {
		t.Fatal(err)
	}
	p := &tlog.Proof{Index: 5, Path: path(leaf.Path(hashes, 5)), Extra: []byte("salt"), Checkpoint: sign(t, text, c.log, c.x1, c.x2, c.y1)}
	got, err := tlog.ParseProof(p.Text())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, got); d != "" {
		t.Error(d)
	}
	if v, err := got.Verify(policy, all[5]); err != nil || !v.Quorum || len(v.Cosigned) != 3 {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := got.Verify(policy, all[4]); err == nil {
		t.Error("another entry is proved")
	}
	got.Checkpoint = sign(t, text, c.x1)
	if _, err := got.Verify(policy, all[5]); err == nil {
		t.Error("proved without the log")
	}
}

func TestParseProofRefuses(t *testing.T) {
	c := players(t)
	note := string(sign(t, tlog.Checkpoint{Origin: "o", Size: 1, Root: tlog.EntryHash(nil)}.Text(), c.log))
	const head = "c2sp.org/tlog-proof@v1\n"
	for _, good := range []string{
		head + "index 0\n\n" + note,
		head + "extra \nindex 0\n\n" + note,
		head + "extra c2FsdA==\nindex 7\n" + root64 + "\n\n" + note,
	} {
		if p, err := tlog.ParseProof([]byte(good)); err != nil || string(p.Text()) != good {
			t.Errorf("%q: %v", good, err)
		}
	}
	for name, text := range map[string]string{
		"nothing":           "",
		"another version":   strings.Replace(head, "v1", "v2", 1) + "index 0\n\n" + note,
		"no index":          head + "\n" + note,
		"index first":       head + "index 0\nextra AAAA\n\n" + note,
		"two extras":        head + "extra AAAA\nextra AAAA\nindex 0\n\n" + note,
		"bad extra":         head + "extra A\nindex 0\n\n" + note,
		"bad index":         head + "index 00\n\n" + note,
		"bad hash":          head + "index 0\nAAAA\n\n" + note,
		"too many hashes":   head + "index 0\n" + strings.Repeat(root64+"\n", 64) + "\n" + note,
		"no checkpoint":     head + "index 0\n\n",
		"unsigned":          head + "index 0\n\no\n1\n" + root64 + "\n",
		"no checkpoint but": head + "index 0\n\nhello\n\n— x AAAA\n",
		"carriage return":   head + "index 0\r\n\n" + note,
		"endless":           head + "index 0\n\n" + strings.Repeat("x", 1<<20),
	} {
		if p, err := tlog.ParseProof([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
