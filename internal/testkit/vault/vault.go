// Package vault fills a recordings folder with closed segments and their journals, as
// recorders leave them, of any time and without ffmpeg: their pictures are only bytes,
// but files, parts and roots are real.
package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Vault is a recordings folder.
type Vault struct {
	Root string
	told map[string]*journal.Segment // what the journal says of each file
}

// Open makes an empty one.
func Open(t testing.TB) *Vault {
	t.Helper()
	root := filepath.Join(t.TempDir(), "recordings")
	if err := os.Mkdir(root, 0o750); err != nil {
		t.Fatal(err)
	}
	return At(root)
}

// At is the one in a folder that is there.
func At(root string) *Vault { return &Vault{Root: root, told: map[string]*journal.Segment{}} }

// Record puts n segments of a camera that follow one another, from an instant (µs) on,
// and their lines. It gives their files below the root.
func (v *Vault) Record(t testing.TB, camera string, from int64, n int, length time.Duration) (files []string) {
	t.Helper()
	tracks := []media.Track{{ID: 1, Codec: media.MJPEG, Timescale: 1000, Width: 64, Height: 64}}
	w := journal.Writer{Root: v.Root, Camera: camera}
	defer w.Close()
	run := "run" + time.UnixMicro(from).UTC().Format("20060102150405")
	if err := w.Append(from, journal.Record{Kind: journal.KindStart, At: from}, journal.Record{Kind: journal.KindRun, At: from, Run: run}); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		start := from + int64(i)*length.Microseconds()
		f, err := segment.Create(v.Root, segment.Name{Camera: camera, Start: start, Run: run}, fmp4.AppendInit(nil, (&media.Run{Tracks: tracks}).MP4Tracks()), nil)
		if err != nil {
			t.Fatal(err)
		}
		half := length.Milliseconds() / 2
		for part := range int64(2) {
			b := fmp4.AppendFragment(nil, uint32(part+1), []fmp4.TrackFragment{{TrackID: 1, BaseTime: uint64(part * half),
				Samples: []fmp4.Sample{{Duration: uint32(half), Key: true, Data: bytes.Repeat([]byte{byte(i), byte(part)}, 40)}}}})
			if err := f.Append([][]byte{b}); err != nil {
				t.Fatal(err)
			}
			f.Points = append(f.Points, fmp4.KeyPoint{Time: uint64(part * half), Offset: f.Size - int64(len(b))})
			f.Frames++
			f.End = start + (part+1)*half*1000
		}
		if err := f.Finish(1); err != nil {
			t.Fatal(err)
		}
		of := f.Describe(tracks)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.Append(of.End, journal.Record{Kind: journal.KindSegment, At: of.End, Run: run, Segment: of}); err != nil {
			t.Fatal(err)
		}
		v.told[of.File] = of
		files = append(files, of.File)
	}
	return files
}

// Files lists the closed segments that lie below the root, sorted.
func (v *Vault) Files(t testing.TB) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(v.Root, "*", "*", "*"+segment.Ext))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		rel, err := filepath.Rel(v.Root, f)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, rel)
	}
	return files
}

// Bury removes a segment as retention does: a line, then the file.
func (v *Vault) Bury(t testing.TB, camera string, now int64, file string) {
	t.Helper()
	w := journal.Writer{Root: v.Root, Camera: camera}
	defer w.Close()
	err := w.Append(now, journal.Record{Kind: journal.KindTombstone, At: now, Ground: journal.GroundSpace, Authority: "default", Segment: v.told[file]})
	if err == nil {
		err = os.Remove(filepath.Join(v.Root, file))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Told is what the journal says of a file.
func (v *Vault) Told(file string) *journal.Segment { return v.told[file] }
