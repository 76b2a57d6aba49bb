package leaf

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// Inputs and roots of the reference implementation of RFC 6962
// (certificate-transparency, merkle_tree_test.cc); roots[n] is of the first n.
var (
	inputs = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots  = []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
)

func TestReferenceVectors(t *testing.T) {
	var leaves []Hash
	var tree Tree
	for n, want := range roots {
		if n > 0 {
			data, err := hex.DecodeString(inputs[n-1])
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, Part(data))
			tree.Add(Part(data))
		}
		for name, got := range map[string]Hash{"Root": Root(leaves), "Tree": tree.Root()} {
			if hex.EncodeToString(got[:]) != want {
				t.Errorf("%s of %d leaves is %x", name, n, got)
			}
		}
		if tree.Len() != uint64(n) {
			t.Errorf("%d leaves are counted as %d", n, tree.Len())
		}
	}
}

// TestReferencePath is the audit path of the first of eight leaves in the
// reference implementation.
func TestReferencePath(t *testing.T) {
	var leaves []Hash
	for _, s := range inputs {
		data, _ := hex.DecodeString(s)
		leaves = append(leaves, Part(data))
	}
	want := []string{
		"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
		"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
	}
	path := Path(leaves, 0)
	if len(path) != len(want) {
		t.Fatalf("%d hashes", len(path))
	}
	for i := range want {
		if hex.EncodeToString(path[i][:]) != want[i] {
			t.Errorf("hash %d is %x", i, path[i])
		}
	}
}

func TestPartInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(t, "pieces")
		h := NewPart()
		for _, p := range pieces {
			h.Write(p)
		}
		whole := slices.Concat(pieces...)
		if Part(pieces...) != Part(whole) || Hash(h.Sum(nil)) != Part(whole) {
			t.Fatal("the hash depends on how the data is cut")
		}
		if Part(whole) != Hash(tlog.RecordHash(whole)) {
			t.Fatal("tlog hashes the leaf otherwise")
		}
	})
}

type store []tlog.Hash

func (s store) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = s[x]
	}
	return out, nil
}

// TestAllSizesAgainstTlog compares roots and paths with an independent
// implementation for every tree up to 70 leaves and every leaf of it.
func TestAllSizesAgainstTlog(t *testing.T) {
	var leaves []Hash
	var tree Tree
	var theirs store
	for n := 1; n <= 70; n++ {
		data := bytes.Repeat([]byte{byte(n)}, n)
		stored, err := tlog.StoredHashes(int64(n-1), data, theirs)
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, stored...)
		leaves = append(leaves, Part(data))
		tree.Add(Part(data))

		root, err := tlog.TreeHash(int64(n), theirs)
		if err != nil {
			t.Fatal(err)
		}
		if Root(leaves) != Hash(root) || tree.Root() != Hash(root) {
			t.Fatalf("%d leaves: root %x, tree %x, tlog %x", n, Root(leaves), tree.Root(), root)
		}
		for i := range n {
			proof, err := tlog.ProveRecord(int64(n), int64(i), theirs)
			if err != nil {
				t.Fatal(err)
			}
			path := Path(leaves, i)
			same := slices.EqualFunc(path, proof, func(a Hash, b tlog.Hash) bool { return a == Hash(b) })
			if !same {
				t.Fatalf("%d leaves, leaf %d: path %x, tlog %x", n, i, path, proof)
			}
			for j, other := range leaves {
				if got := Verify(leaves[i], j, n, path, Hash(root)); got != (j == i) {
					t.Fatalf("%d leaves: leaf %d at index %d: %v", n, i, j, got)
				}
				if got := Verify(other, i, n, path, Hash(root)); got != (j == i) {
					t.Fatalf("%d leaves: leaf %d at index %d: %v", n, j, i, got)
				}
			}
		}
	}
}

// TestVerifyRefuses changes one thing of a right proof.
func TestVerifyRefuses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 70).Draw(t, "n")
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		leaves := make([]Hash, n)
		for j := range leaves {
			leaves[j] = Part([]byte{byte(j)})
		}
		path, root := Path(leaves, i), Root(leaves)
		if !Verify(leaves[i], i, n, path, root) {
			t.Fatal("a right proof was refused")
		}
		bit := func(h Hash) Hash {
			h[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			return h
		}
		other := slices.Clone(path)
		what := rapid.SampledFrom([]string{"leaf", "root", "path", "shorter", "longer", "swapped", "index", "outside"}).Draw(t, "what")
		ok := false
		switch what {
		case "leaf":
			ok = Verify(bit(leaves[i]), i, n, path, root)
		case "root":
			ok = Verify(leaves[i], i, n, path, bit(root))
		case "path":
			if len(path) > 0 {
				at := rapid.IntRange(0, len(path)-1).Draw(t, "at")
				other[at] = bit(other[at])
				ok = Verify(leaves[i], i, n, other, root)
			}
		case "shorter":
			if len(path) > 0 {
				ok = Verify(leaves[i], i, n, path[:len(path)-1], root) || Verify(leaves[i], i, n, path[1:], root)
			}
		case "longer":
			ok = Verify(leaves[i], i, n, append(other, root), root) || Verify(leaves[i], i, n, append([]Hash{leaves[i]}, other...), root)
		case "swapped":
			if len(path) > 1 {
				other[0], other[1] = other[1], other[0]
				ok = Verify(leaves[i], i, n, other, root)
			}
		case "index":
			j := rapid.IntRange(0, n-1).Draw(t, "j")
			ok = j != i && Verify(leaves[i], j, n, path, root)
		case "outside":
			ok = Verify(leaves[i], -1, n, path, root) || Verify(leaves[i], n, n, path, root) || Verify(leaves[i], 0, 0, nil, root)
		}
		if ok {
			t.Fatalf("accepted: %s", what)
		}
	})
}

// TestNodeIsNoLeaf: the prefixes keep an inner node from being shown as a part.
func TestNodeIsNoLeaf(t *testing.T) {
	a, b := Part([]byte("a")), Part([]byte("b"))
	if Root([]Hash{a, b}) == Part(a[:], b[:]) {
		t.Error("an inner node has the hash of a leaf")
	}
}

func TestTreeStaysSmall(t *testing.T) {
	var tree Tree
	for range 1 << 12 {
		tree.Add(Hash{})
		if len(tree.stack) > 12 {
			t.Fatalf("%d leaves keep %d hashes", tree.n, len(tree.stack))
		}
	}
}

func TestFrozenTreeGrowsOn(t *testing.T) {
	var tree Tree
	for i := range 50 {
		thawed, ok := Thaw(tree.Freeze())
		if !ok || thawed.Root() != tree.Root() || thawed.Len() != uint64(i) {
			t.Fatalf("after %d leaves", i)
		}
		tree.Add(Part([]byte{byte(i)}))
		thawed.Add(Part([]byte{byte(i)}))
		if thawed.Root() != tree.Root() {
			t.Fatalf("the leaf behind %d others", i)
		}
	}
	if _, ok := Thaw(Frozen{Leaves: 3, Stack: make([]Hash, 1)}); ok {
		t.Error("a tree of too few hashes was thawed")
	}
}
