package leftover_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
)

// lasting leaves an open segment of a run that lasts for so many seconds.
func lasting(t *testing.T, root string, at time.Time, run string, seconds int) *segment.File {
	t.Helper()
	tracks := []media.Track{{ID: 1, Codec: media.MJPEG, Timescale: 1000, Width: 64, Height: 64}}
	f, err := segment.Create(root, segment.Name{Camera: "cam", Start: at.UnixMicro(), Run: run},
		fmp4.AppendInit(nil, (&media.Run{Tracks: tracks}).MP4Tracks()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range seconds {
		part := fmp4.AppendFragment(nil, uint32(i+1), []fmp4.TrackFragment{{TrackID: 1, BaseTime: uint64(i * 1000),
			Samples: []fmp4.Sample{{Duration: 1000, Key: true, Data: []byte{1, 2, 3}}}}})
		if err := f.Append([][]byte{part}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWhatNothingProves: what is found is taken in, whoever wrote it, and is marked where
// nothing shows that it was this camera's recorder.
func TestWhatNothingProves(t *testing.T) {
	clause.Covers(t, "C091")
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		at       time.Time
		run      string
		seconds  int
		volumes  bool // the camera has others
		sealed   bool
		unproved bool
	}{
		"its own, killed early":            {noon, "runa", 140, false, false, false},
		"its own, sealed":                  {noon, "runa", 170, false, true, false},
		"its own, and should be sealed":    {noon, "runa", 170, false, false, true},
		"before the line of its run":       {noon, "runb", 9, false, false, false},
		"of no run":                        {noon, "runb", 20, false, false, true},
		"of a run on another volume":       {noon, "runb", 20, true, false, false},
		"long, and of no run":              {noon, "runb", 170, true, false, true},
		"of no run, in a day that is over": {noon.AddDate(0, -1, 0), "runb", 20, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			w := journal.Writer{Root: root, Camera: "cam"}
			defer w.Close()
			f := lasting(t, root, c.at, c.run, c.seconds)
			lines := []journal.Record{{Kind: journal.KindRun, At: noon.UnixMicro(), Run: "runa"},
				{Kind: journal.KindSeal, At: noon.UnixMicro(), Sealed: &journal.Sealed{File: f.Name.Path() + "x", Parts: 1}}}
			if c.sealed {
				b, err := os.ReadFile(f.Path)
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, journal.Record{Kind: journal.KindSeal, Sealed: &journal.Sealed{File: f.Name.Path(), Parts: 60, Root: rootOf(t, b, 60)}})
			}
			if err := w.Append(noon.UnixMicro(), lines...); err != nil {
				t.Fatal(err)
			}
			var failed []error
			folder := folder(root, noon.Add(time.Hour), &failed)
			folder.Alone = !c.volumes
			records := folder.Adopt(folder.Find())
			if len(records) != 1 || len(failed) != 0 {
				t.Fatalf("%+v, %v", records, failed)
			}
			if s := records[0].Segment; s.Unproved != c.unproved || !s.Recovered || s.Frames != c.seconds {
				t.Errorf("unproved %v: %+v", s.Unproved, s)
			}
		})
	}
}

// TestWhatWasSealedAndIsGone is told of once: the file that is not there, and the one
// that holds nothing whole.
func TestWhatWasSealedAndIsGone(t *testing.T) {
	clause.Covers(t, "C091")
	root := t.TempDir()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := journal.Writer{Root: root, Camera: "cam"}
	defer w.Close()
	var want []string
	for i, damage := range []func(path string) error{
		os.Remove,
		func(path string) error { return os.WriteFile(path, []byte("nothing"), 0o600) },
		func(path string) error { return os.Rename(path, path[:len(path)-len(segment.PartExt)]) }, // closed, and not yet told
	} {
		f := leave(t, root, noon.Add(time.Duration(i)*time.Minute), 4)
		b, err := os.ReadFile(f.Path)
		if err == nil {
			err = damage(f.Path)
		}
		if err == nil {
			err = w.Append(noon.UnixMicro(), journal.Record{Kind: journal.KindSeal, Sealed: &journal.Sealed{File: f.Name.Path(), Parts: 2, Root: rootOf(t, b, 2)}})
		}
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, f.Name.Path())
	}
	var failed []error
	folder := folder(root, noon.Add(time.Hour), &failed)
	told := map[string]string{}
	records := folder.Adopt(folder.Find())
	for _, r := range records {
		told[r.Of()] += r.Kind
	}
	if len(records) != 3 || told[want[0]] != journal.KindLost || told[want[1]] != journal.KindLost || told[want[2]] != journal.KindSegment {
		t.Errorf("told %v", told)
	}
	if err := w.Append(noon.UnixMicro(), records...); err != nil {
		t.Fatal(err)
	}
	if again := folder.Find(); len(again) != 0 || len(failed) != 0 {
		t.Errorf("again %+v, %v", again, failed)
	}
	if aside, err := os.ReadDir(filepath.Join(root, "cam", leftover.QuarantineDir)); err != nil || len(aside) != 1 {
		t.Errorf("set aside %v, %v", aside, err)
	}
}

// TestToldOfBeforeItWasClosed: somebody tells that a segment was closed, or lost, which a dead
// process left open. What is left is held against its seals all the same.
func TestToldOfBeforeItWasClosed(t *testing.T) {
	clause.Covers(t, "C093")
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, kind := range []string{journal.KindSegment, journal.KindLost} {
		root := t.TempDir()
		f := lasting(t, root, noon, "runa", 170)
		b, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		seal := &journal.Sealed{File: f.Name.Path(), Parts: 160, Root: rootOf(t, b, 160)}
		lie := journal.Record{Kind: kind, At: noon.UnixMicro(), Sealed: seal}
		if kind == journal.KindSegment {
			lie = journal.Record{Kind: kind, At: noon.UnixMicro(), Run: "runa", Segment: &segment.Closed{File: f.Name.Path(), Start: noon.UnixMicro(), End: noon.UnixMicro() + 1000}}
		}
		w := journal.Writer{Root: root, Camera: "cam"}
		err = w.Append(noon.UnixMicro(), journal.Record{Kind: journal.KindRun, At: noon.UnixMicro(), Run: "runa"}, journal.Record{Kind: journal.KindSeal, Sealed: seal}, lie)
		w.Close()
		if err == nil {
			err = os.Truncate(f.Path, int64(len(b)/2))
		}
		if err != nil {
			t.Fatal(err)
		}
		var failed []error
		folder := folder(root, noon.Add(time.Hour), &failed)
		records := folder.Adopt(folder.Find())
		if len(records) != 1 || len(failed) != 0 || records[0].Segment == nil || records[0].Short == 0 {
			t.Errorf("%s: %+v, %v", kind, records, failed)
		}
	}
}
