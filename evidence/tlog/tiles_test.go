package tlog_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
)

// folder writes the tiles of a tree by the definition of tlog-tiles.
func folder(size int) fstest.MapFS {
	all, hashes := entries(size)
	files := fstest.MapFS{}
	for n := 0; n*256 < size; n++ {
		var b []byte
		w := min(256, size-n*256)
		for _, e := range all[n*256 : n*256+w] {
			b = tlog.AppendEntry(b, e)
		}
		files[tlog.BundlePath(int64(n), w)] = &fstest.MapFile{Data: b}
	}
	for level, at := 0, hashes; len(at) > 0; level++ {
		var above []leaf.Hash
		for n := 0; n*256 < len(at); n++ {
			part := at[n*256 : min(len(at), n*256+256)]
			var b []byte
			for _, h := range part {
				b = append(b, h[:]...)
			}
			files[tlog.TilePath(level, int64(n), len(part))] = &fstest.MapFile{Data: b}
			if len(part) == 256 {
				above = append(above, leaf.Root(part))
			}
		}
		at = above
	}
	return files
}

// The paths and the list of tiles of 70,000 entries stand in C2SP tlog-tiles.
func TestTilePaths(t *testing.T) {
	for want, got := range map[string]string{
		"tile/0/x001/x234/067":   tlog.TilePath(0, 1234067, 256),
		"tile/2/000.p/1":         tlog.TilePath(2, 0, 1),
		"tile/entries/273.p/112": tlog.BundlePath(273, 112),
		"tile/entries/x001/000":  tlog.BundlePath(1000, 256),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	files := folder(70000)
	if len(files) != 273+1+273+1+1+1+1 {
		t.Errorf("%d files", len(files))
	}
	for _, name := range []string{"tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} {
		if files[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

func TestTilesGiveRootProofsAndEntries(t *testing.T) {
	for _, size := range []int{1, 2, 255, 256, 257, 511, 700, 65536 + 300} {
		all, hashes := entries(size)
		tiles := &tlog.Tiles{FS: folder(size), Size: int64(size)}
		root, err := tiles.Root()
		if err != nil || root != tlog.Hash(leaf.Root(hashes)) {
			t.Fatalf("%d: root %v, %v", size, root, err)
		}
		for _, i := range []int{0, size / 3, size / 2, size - 1} {
			p, err := tiles.Proof(int64(i))
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.VerifyInclusion(tlog.EntryHash(all[i]), int64(i), int64(size), p, root); err != nil {
				t.Error(err)
			}
			e, err := tiles.Entry(int64(i))
			if err != nil || !bytes.Equal(e, all[i]) {
				t.Errorf("entry %d: %q, %v", i, e, err)
			}
			old := tlog.Hash(leaf.Root(hashes[:i+1]))
			p, err = tiles.Consistency(int64(i + 1))
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.VerifyConsistency(int64(i+1), int64(size), old, root, p); err != nil {
				t.Error(err)
			}
			if i+1 < size && tlog.VerifyConsistency(int64(i+1), int64(size), root, root, p) == nil {
				t.Error("another old root is consistent")
			}
		}
		n := 0
		for e, err := range tiles.Entries(0, int64(size)) {
			if err != nil || !bytes.Equal(e, all[n]) {
				t.Fatalf("entry %d: %q, %v", n, e, err)
			}
			n++
		}
		if n != size {
			t.Errorf("%d entries of %d", n, size)
		}
		if p, err := tiles.Consistency(0); err != nil || p != nil {
			t.Error(p, err)
		}
	}
}

func TestTilesOfOtherSizesAndOfNothing(t *testing.T) {
	// A partial tile may have given way to the full one.
	files := folder(512)
	files["tile/1/000.p/1"] = folder(300)["tile/1/000.p/1"]
	tiles := &tlog.Tiles{FS: files, Size: 300}
	_, hashes := entries(300)
	if root, err := tiles.Root(); err != nil || root != tlog.Hash(leaf.Root(hashes)) {
		t.Error(root, err)
	}
	if e, err := tiles.Entry(299); err != nil || string(e) != "entry 299" {
		t.Errorf("%q, %v", e, err)
	}
	if _, err := tiles.Entry(300); err == nil {
		t.Error("an entry behind the end")
	}
	for e, err := range tiles.Entries(299, 301) {
		if err == nil {
			t.Errorf("%q behind the end", e)
		}
	}
	for e, err := range tiles.Entries(298, 300) {
		if err != nil || string(e) != "entry 298" {
			t.Errorf("%q, %v", e, err)
		}
		break
	}
	if _, err := (&tlog.Tiles{FS: fstest.MapFS{}, Size: 300}).Root(); err == nil {
		t.Error("a root of no files")
	}
	if root, err := (&tlog.Tiles{FS: fstest.MapFS{}}).Root(); err != nil || root != tlog.EmptyRoot() {
		t.Error(root, err)
	}
	for _, c := range []struct {
		level int
		n     int64
	}{{-1, 0}, {0, 2}, {1, 1}, {2, 0}, {9, 0}, {0, -1}} {
		if _, err := tiles.Tile(c.level, c.n); err == nil {
			t.Errorf("a tile %d of level %d", c.n, c.level)
		}
	}
}

func TestEveryChangedByteIsFound(t *testing.T) {
	const size = 600
	good := &tlog.Tiles{FS: folder(size), Size: size}
	root, err := good.Root()
	if err != nil {
		t.Fatal(err)
	}
	check := func(files fstest.MapFS) error {
		tiles := &tlog.Tiles{FS: files, Size: size}
		for _, c := range []struct {
			level int
			n     int64
		}{{1, 0}, {-1, 0}, {-1, 1}, {-1, 2}} {
			if err := tiles.CheckTile(c.level, c.n); err != nil {
				return err
			}
		}
		if r, err := tiles.Root(); err != nil || r != root {
			return fmt.Errorf("root %v, %w", r, err)
		}
		return nil
	}
	if err := check(folder(size)); err != nil {
		t.Fatal(err)
	}
	for name, f := range folder(size) {
		for at := 0; at < len(f.Data); at += 97 {
			files := folder(size)
			files[name].Data[at] ^= 1
			if check(files) == nil {
				t.Errorf("byte %d of %s changed, and nobody saw it", at, name)
			}
		}
		files := folder(size)
		delete(files, name)
		if check(files) == nil {
			t.Errorf("%s is missing, and nobody saw it", name)
		}
		files[name] = &fstest.MapFile{Data: f.Data[:len(f.Data)-1]}
		if check(files) == nil {
			t.Errorf("%s is short, and nobody saw it", name)
		}
	}
}

func TestContinuation(t *testing.T) {
	old, oldKey := logKey(t, "room/1", 'o')
	fresh, freshKey := logKey(t, "room/2", 'n')
	_, strangerKey := logKey(t, "room/1", 's')
	c := tlog.Continuation{Origin: "room/1", Size: 7, Root: tlog.EntryHash([]byte("f")), Known: 9, Signed: tlog.EntryHash([]byte("k")),
		Cause: "rolled_back", At: 1_795_680_000_000_000, Key: freshKey, Reason: "restored from last week's copy"}
	sealed := c
	sealed.Commitment = tlog.EntryHash([]byte("salt and reason"))
	if strings.Contains(sealed.Text(), c.Reason) {
		t.Errorf("the reason stands in the log: %s", sealed.Text())
	}
	for what, text := range map[string]string{
		"a reason in clear":         strings.Replace(c.Text(), "continues/v1", "continues/v2", 1),
		"a commitment to nothing":   strings.Replace(sealed.Text(), sealed.Commitment.String(), tlog.Hash{}.String(), 1),
		"half a commitment":         strings.Replace(sealed.Text(), sealed.Commitment.String(), sealed.Commitment.String()[:20], 1),
		"a version that is to come": strings.Replace(sealed.Text(), "continues/v2", "continues/v3", 1),
	} {
		if got, _, err := tlog.ParseContinuation(sign(t, text, old, fresh), oldKey); err == nil {
			t.Errorf("%s: %+v", what, got)
		}
	}
	for _, s := range []struct {
		entry []byte
		old   tlog.Key
		byOld bool
	}{
		{sign(t, c.Text(), old, fresh), oldKey, true},
		{sign(t, c.Text(), fresh), oldKey, false},
		{sign(t, c.Text(), old, fresh), tlog.Key{}, false},
		{sign(t, sealed.Text(), old, fresh), oldKey, true},
	} {
		want := c
		if strings.HasPrefix(string(s.entry), "watchroom/continues/v2\n") {
			want = sealed
			want.Reason = "" // it stands elsewhere
		}
		got, byOld, err := tlog.ParseContinuation(s.entry, s.old)
		if err != nil || byOld != s.byOld || got != want || !tlog.IsContinuation(s.entry) {
			t.Errorf("%+v, %v, %v", got, byOld, err)
		}
	}
	if _, _, err := tlog.ParseContinuation(sign(t, c.Text(), old), oldKey); err == nil {
		t.Error("the old log alone begins a new one")
	}
	if _, byOld, err := tlog.ParseContinuation(sign(t, c.Text(), old, fresh), strangerKey); err != nil || byOld {
		t.Error("a stranger's key is taken for the old log's", err)
	}
	for _, line := range strings.SplitAfter(c.Text(), "\n") {
		if line == "" {
			continue
		}
		for what, text := range map[string]string{
			"missing": strings.Replace(c.Text(), line, "", 1),
			"twice":   strings.Replace(c.Text(), line, line+line, 1),
			"empty":   strings.Replace(c.Text(), line, strings.SplitAfter(line, " ")[0]+"\n", 1),
		} {
			if what == "empty" && strings.HasPrefix(line, "reason") {
				continue
			}
			if what == "empty" && strings.HasPrefix(line, "watchroom") {
				text = strings.Replace(text, "v1", "v2", 1)
			}
			if _, _, err := tlog.ParseContinuation(sign(t, text, old, fresh), oldKey); err == nil {
				t.Errorf("%s %q: accepted", what, line)
			}
		}
	}
}
