package segment

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/media"
)

var tracks = []media.Track{{ID: 1, Codec: media.MJPEG, Timescale: 1000, Width: 64, Height: 64}}

func initOf() []byte { return fmp4.AppendInit(nil, (&media.Run{Tracks: tracks}).MP4Tracks()) }

// picture is a part of one picture that lasts 100 ms.
func picture(n int) []byte {
	return fmp4.AppendFragment(nil, uint32(n+1), []fmp4.TrackFragment{{TrackID: 1, BaseTime: uint64(n * 100),
		Samples: []fmp4.Sample{{Duration: 100, Key: true, Data: bytes.Repeat([]byte{byte(n)}, 50)}}}})
}

func create(t *testing.T, root string, try Try) *File {
	t.Helper()
	name := Name{Camera: "cam", Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro(), Run: "runa"}
	f, err := Create(root, name, initOf(), try)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// fill appends pictures and counts them, as the writer does.
func fill(t *testing.T, f *File, n int) {
	t.Helper()
	for i := range n {
		b := picture(i)
		if err := f.Append([][]byte{b[:20], b[20:]}); err != nil {
			t.Fatal(err)
		}
		f.Points = append(f.Points, fmp4.KeyPoint{Time: uint64(i * 100), Offset: f.Size - int64(len(b))})
		f.Frames++
		f.End = f.Name.Start + int64(i+1)*100_000
	}
}

// TestDurableInOrder: the file's data is on the disk before it has its name, and the
// name is there before anybody is told.
func TestDurableInOrder(t *testing.T) {
	root := t.TempDir()
	var steps []string
	var f *File
	f = create(t, root, func(step, path string) error {
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		open := strings.HasSuffix(rel, PartExt)
		if step != "list" && !open || step == "list" && rel != f.Name.Path() {
			t.Errorf("%s of %s", step, rel)
		}
		if _, err := os.Stat(path); step != "create" && err != nil {
			t.Errorf("%s: %v", step, err)
		}
		steps = append(steps, step)
		return nil
	})
	fill(t, f, 3)
	if f.Due(time.Hour) || !f.Due(0) {
		t.Error("what was written is not due, or was so before")
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if f.Due(0) {
		t.Error("due although nothing was written since")
	}
	if err := f.Finish(1); err != nil {
		t.Fatal(err)
	}
	want := "create write write write write sync write close rename list"
	if got := strings.Join(steps, " "); got != want {
		t.Errorf("steps %q, want %q", got, want)
	}
}

// TestInspectTellsWhatTheWriterKnew: identity, index, frames and end, from the bytes
// alone, whole or cut anywhere.
func TestInspectTellsWhatTheWriterKnew(t *testing.T) {
	root := t.TempDir()
	f := create(t, root, nil)
	fill(t, f, 5)
	if err := f.Finish(1); err != nil {
		t.Fatal(err)
	}
	want := f.Describe(tracks)
	whole, err := os.ReadFile(filepath.Join(root, f.Name.Path()))
	if err != nil || int64(len(whole)) != f.Size {
		t.Fatal(len(whole), f.Size, err)
	}
	look := func(b []byte) (*File, error) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		g, found, err := Inspect(file, root, f.Name, nil)
		if err == nil && !slices.EqualFunc(found, tracks, media.Track.Same) {
			t.Errorf("tracks %+v", found)
		}
		return g, err
	}
	g, err := look(whole)
	if err != nil {
		t.Fatal(err)
	}
	g.Size = f.Size // Inspect counts parts, not the index behind them
	if got := g.Describe(tracks); *got != *want {
		t.Errorf("inspected %+v, want %+v", got, want)
	}
	leaves := []leaf.Hash{leaf.Part(initOf())}
	at := len(initOf())
	for n := range 5 {
		for _, cut := range []int{at, at + 1, at + len(picture(n)) - 1} {
			g, err := look(whole[:cut])
			if err != nil {
				t.Fatal(err)
			}
			root := leaf.Root(leaves)
			if d := g.Describe(tracks); g.Frames != n || g.Size != int64(at) || d.End != f.Name.Start+int64(n)*100_000 || d.Root != hex.EncodeToString(root[:]) {
				t.Errorf("cut at %d: %+v", cut, d)
			}
		}
		leaves = append(leaves, leaf.Part(picture(n)))
		at += len(picture(n))
	}
	if _, err := look(whole[:100]); !errors.Is(err, fmp4.ErrTruncated) {
		t.Errorf("half an initialisation segment: %v", err)
	}
}

func TestAFailedWriteLeavesTheFileSound(t *testing.T) {
	fail := false
	f := create(t, t.TempDir(), func(step, _ string) error {
		if fail {
			return unix.ENOSPC
		}
		return nil
	})
	fill(t, f, 2)
	size, root := f.Size, f.Describe(tracks).Root
	fail = true
	if err := f.Append([][]byte{picture(2)}); !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	st, err := os.Stat(f.Path)
	if err != nil || st.Size() != size || f.Size != size || f.Describe(tracks).Root != root {
		t.Errorf("the file has %d bytes, %d were sound; %v", st.Size(), size, err)
	}
}

func TestManyPieces(t *testing.T) {
	f := create(t, t.TempDir(), nil)
	var pieces [][]byte
	var want []byte
	for n := range 3*maxPieces + 7 {
		pieces = append(pieces, bytes.Repeat([]byte{byte(n)}, n%5))
		want = append(want, pieces[n]...)
	}
	before := f.Size
	if err := f.Append(pieces); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.Path)
	if err != nil || !bytes.Equal(got[before:], want) {
		t.Errorf("%d bytes are not the %d written, %v", len(got)-int(before), len(want), err)
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	root := t.TempDir()
	f := create(t, root, nil)
	if _, err := Create(root, f.Name, initOf(), nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("beside an open one: %v", err)
	}
	fill(t, f, 1)
	open, err := Open(root, f.Name.Path())
	if err != nil {
		t.Fatal(err)
	}
	open.Close()
	if err := f.Finish(1); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(root, f.Name, initOf(), nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("beside a closed one: %v", err)
	}
	if open, err = Open(root, f.Name.Path()); err != nil {
		t.Fatal(err)
	}
	open.Close()
	if _, err := Open(root, "cam/none.mp4"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}
