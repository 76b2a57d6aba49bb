package leftover_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// leave makes a segment of n pictures of 100 ms and leaves it open.
func leave(t *testing.T, root string, at time.Time, n int) *segment.File {
	t.Helper()
	tracks := []media.Track{{ID: 1, Codec: media.MJPEG, Timescale: 1000, Width: 64, Height: 64}}
	f, err := segment.Create(root, segment.Name{Camera: "cam", Start: at.UnixMicro(), Run: "runa"},
		fmp4.AppendInit(nil, (&media.Run{Tracks: tracks}).MP4Tracks()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		part := fmp4.AppendFragment(nil, uint32(i+1), []fmp4.TrackFragment{{TrackID: 1, BaseTime: uint64(i * 100),
			Samples: []fmp4.Sample{{Duration: 100, Key: true, Data: []byte{1, 2, 3}}}}})
		if err := f.Append([][]byte{part}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

func folder(root string, now time.Time, failed *[]error) leftover.Folder {
	return leftover.Folder{Root: root, Camera: "cam", Clock: clock.Clock(func() time.Time { return now }),
		Log: slog.New(slog.DiscardHandler), Fail: func(err error) { *failed = append(*failed, err) }}
}

// TestInOrderOfTime: whatever the days they stand in and whether they are closed,
// segments are found and told in the order of their start.
func TestInOrderOfTime(t *testing.T) {
	root := t.TempDir()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var want []string
	var lines []journal.Record
	for i, at := range []time.Duration{-72 * time.Hour, -time.Hour, -time.Minute, 0, 20 * time.Hour} {
		f := leave(t, root, noon.Add(at), i+1)
		path := f.Name.Path()
		if i%2 == 1 { // closed, and not in the journal
			if err := os.Rename(filepath.Join(root, path)+segment.PartExt, filepath.Join(root, path)); err != nil {
				t.Fatal(err)
			}
			want = append(want, path)
		} else {
			want = append(want, path+segment.PartExt)
		}
		lines = append(lines, journal.Record{Kind: journal.KindSegment, Run: "runa",
			At: f.Name.Start + int64(i+1)*100_000})
	}
	known := leave(t, root, noon.Add(-30*time.Minute), 1)
	if err := os.Rename(known.Path, filepath.Join(root, known.Name.Path())); err != nil {
		t.Fatal(err)
	}
	w := journal.Writer{Root: root, Camera: "cam"}
	if err := w.Append(noon.UnixMicro(), journal.Record{Kind: journal.KindSegment, Segment: &segment.Closed{File: known.Name.Path()}}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var failed []error
	f := folder(root, noon.Add(21*time.Hour), &failed)
	found := f.Find()
	var paths []string
	for _, l := range found {
		paths = append(paths, l.Path)
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Fatal(diff)
	}
	records := f.Adopt(found)
	if len(records) != len(lines) || len(failed) != 0 {
		t.Fatalf("%d records, %v", len(records), failed)
	}
	for i, r := range records {
		if s := r.Segment; s.Frames != i+1 || !s.Recovered || s.Lost != nil || s.Dropped != nil || r.At != lines[i].At || r.Run != "runa" || s.End != r.At {
			t.Errorf("record %d: %+v, %+v", i, r, s)
		}
		if st, err := os.Stat(filepath.Join(root, r.File)); err != nil || st.Size() != r.Bytes {
			t.Errorf("%s: %v", r.File, err)
		}
	}
	if again := f.Find(); slices.ContainsFunc(again, func(l leftover.Left) bool { return filepath.Ext(l.Path) == segment.PartExt }) {
		t.Errorf("still open: %+v", again)
	}
}

// TestOneFailureHidesNoOther: a file that cannot be read is left as it is and told.
func TestOneFailureHidesNoOther(t *testing.T) {
	root := t.TempDir()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	bad := leave(t, root, noon, 2)
	leave(t, root, noon.Add(time.Minute), 2)
	var failed []error
	f := folder(root, noon, &failed)
	f.Try = func(step, path string) error {
		if step == "adopt" && filepath.Join(root, path) == bad.Path {
			return unix.EIO
		}
		return nil
	}
	if records := f.Adopt(f.Find()); len(records) != 1 || records[0].Start != noon.Add(time.Minute).UnixMicro() {
		t.Errorf("records %+v", records)
	}
	if len(failed) != 1 || !errors.Is(failed[0], unix.EIO) {
		t.Errorf("failures %v", failed)
	}
	f.Try = nil
	if records := f.Adopt(f.Find()); len(records) != 2 || records[0].Start != noon.UnixMicro() {
		t.Errorf("later: %+v", records)
	}
}

// TestNamesAsLongAsTheyCanBe: what is set aside gets a longer name than it had, and no
// file system takes one of more than 255 bytes.
func TestNamesAsLongAsTheyCanBe(t *testing.T) {
	root := t.TempDir()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	day := filepath.Dir(leave(t, root, noon, 2).Path)
	for _, name := range []string{strings.Repeat("长", 80), strings.Repeat("长", 83), strings.Repeat("x", 251), strings.Repeat("x", 250) + "y", strings.Repeat("\xff", 240)} {
		if err := os.WriteFile(filepath.Join(day, name+segment.Ext), []byte(name), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	var failed []error
	f := folder(root, noon, &failed)
	if records := f.Adopt(f.Find()); len(records) != 1 || len(failed) != 0 {
		t.Errorf("records %+v, failures %v", records, failed)
	}
	aside, err := os.ReadDir(filepath.Join(root, f.Camera, leftover.QuarantineDir))
	if err != nil || len(aside) != 5 {
		t.Errorf("set aside %v, %v", aside, err)
	}
}

func TestNothingIsThere(t *testing.T) {
	var failed []error
	f := folder(t.TempDir(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), &failed)
	if found := f.Find(); len(found) != 0 || len(failed) != 0 {
		t.Errorf("found %+v, %v", found, failed)
	}
}

// TestAgainstTheSeal: a file that holds less than what was sealed of it, or other
// parts, is marked when it is made whole.
func TestAgainstTheSeal(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	picture := []byte{1, 2, 3}
	for name, c := range map[string]struct {
		touch   func(b []byte, last int) []byte // last: where the last part begins
		short   int
		altered bool
	}{
		"as it was":         {func(b []byte, _ int) []byte { return b }, 0, false},
		"unsealed part cut": {func(b []byte, _ int) []byte { return b[:len(b)-3] }, 0, false},
		"sealed part cut":   {func(b []byte, last int) []byte { return b[:last-3] }, 1, false},
		"a byte is changed": {func(b []byte, last int) []byte { b[bytes.LastIndex(b[:last], picture)] ^= 1; return b }, 0, true},
		"both":              {func(b []byte, last int) []byte { b[bytes.Index(b, picture)] ^= 1; return b[:last-3] }, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			f := leave(t, root, noon.Add(-48*time.Hour), 10)
			b, err := os.ReadFile(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			w := journal.Writer{Root: root, Camera: "cam"}
			defer w.Close()
			for i, day := range []int64{f.Name.Start, f.Name.Start + 86_400e6, noon.UnixMicro(), noon.Add(time.Hour).UnixMicro()} {
				parts := []int{2, 5, 9, 1}[i]
				s := journal.Sealed{File: f.Name.Path(), Parts: parts, Root: rootOf(t, b, parts)}
				if i == 3 {
					s.File = "cam/2026-03-01/another.mp4"
				}
				if err := w.Append(day, journal.Record{Kind: journal.KindSeal, Sealed: &s}); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(f.Path, c.touch(b, bytes.LastIndex(b, []byte("moof"))-4), 0o600); err != nil {
				t.Fatal(err)
			}
			var failed []error
			folder := folder(root, noon, &failed)
			found := folder.Find()
			if len(found) != 1 || len(found[0].Sealed) != 3 {
				t.Fatalf("found %+v", found)
			}
			records := folder.Adopt(found)
			if len(records) != 1 || len(failed) != 0 {
				t.Fatalf("%+v, %v", records, failed)
			}
			if s := records[0].Segment; s.Short != c.short || s.Altered != c.altered || !s.Recovered {
				t.Errorf("short %d, altered %v of %d parts", s.Short, s.Altered, s.Parts)
			}
		})
	}
}

// rootOf is the root over the first parts of a segment's bytes.
func rootOf(t *testing.T, b []byte, parts int) string {
	t.Helper()
	_, size, err := fmp4.ReadInit(b)
	if err != nil {
		t.Fatal(err)
	}
	hashes := []leaf.Hash{leaf.Part(b[:size])}
	_, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		hashes = append(hashes, leaf.Part(b[p.Offset:p.Offset+p.Size]))
		return nil
	})
	if err != nil || len(hashes) <= parts {
		t.Fatal(len(hashes), err)
	}
	root := leaf.Root(hashes[:parts+1])
	return hex.EncodeToString(root[:])
}
