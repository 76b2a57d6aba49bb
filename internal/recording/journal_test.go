package recording_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

func FuzzReadJournal(f *testing.F) {
	f.Add([]byte("00000000 {}\n"), int64(0))
	f.Add([]byte("\n\n x\n12345678 {\"k\":\"seg\"}\n"), int64(3))
	f.Fuzz(func(t *testing.T, b []byte, offset int64) {
		path := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		offset = min(max(offset, 0), int64(len(b)))
		records, next, torn, err := journal.Read(path, offset, 0)
		if err != nil {
			t.Fatal(err)
		}
		rest := b[offset:]
		if lines := bytes.Count(rest, []byte("\n")); len(records)+torn != lines {
			t.Fatalf("%d records and %d torn of %d lines", len(records), torn, lines)
		}
		if want := offset + int64(bytes.LastIndexByte(rest, '\n')+1); next != want {
			t.Fatalf("next %d, want %d", next, want)
		}
		// One by one it is the same.
		for at, n := offset, 0; at < next; n++ {
			one, to, _, err := journal.Read(path, at, 1)
			if err != nil || to <= at {
				t.Fatal(to, err)
			}
			if len(one) == 1 && (n >= len(records) || !cmp.Equal(one[0], records[n])) {
				t.Fatalf("record %d is %+v", n, one[0])
			}
			at = to
		}
	})
}

func FuzzParseName(f *testing.F) {
	f.Add("cam1_20260301T115930.000000Z_runa.mp4.part")
	f.Add("a/b_20260301T115930.123456Z_c.mp4")
	f.Add("_20260301T115930.123456Z_.mp4")
	f.Fuzz(func(t *testing.T, path string) {
		n, open, err := segment.ParseName(path)
		if err != nil {
			return
		}
		want := filepath.Base(path)
		if open {
			want = want[:len(want)-len(segment.PartExt)]
		}
		if got := filepath.Base(n.Path()); got != want {
			t.Fatalf("%q is %+v, whose name is %q", path, n, got)
		}
	})
}

func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z0-9]{1,20}`)
		n := segment.Name{Camera: word.Draw(t, "camera"), Run: word.Draw(t, "run"), Start: rapid.Int64Range(0, 250_000_000_000_000_000).Draw(t, "start")}
		got, open, err := segment.ParseName(n.Path() + segment.PartExt)
		if err != nil || !open || got != n {
			t.Fatalf("%+v, %v, %v, want %+v", got, open, err, n)
		}
	})
	for _, bad := range []string{"", "a.mp4", "a_b.mp4", "a_20260301T115930.000000Z_b.txt", "a_20261301T115930.000000Z_b.mp4", "a_20260301T115930.000000Z_b_c.mp4"} {
		if _, _, err := segment.ParseName(bad); err == nil {
			t.Errorf("%q is a name", bad)
		}
	}
}

// TestJournalDays: lines go to the folder of the day they are written on, and the
// file of a segment stays where it began.
func TestJournalDays(t *testing.T) {
	r := &rig{t: t, root: t.TempDir(), wall: time.Date(2026, 3, 1, 23, 59, 50, 0, time.UTC).UnixMicro()}
	var now atomic.Int64
	now.Store(r.wall)
	r.open(func(rec *recording.Recorder, _ *recording.Volume) {
		rec.Clock = clock.Clock(func() time.Time { return time.UnixMicro(now.Load()) })
	})
	r.begin("runa")
	r.frames(100, 50)
	r.rec.Drain()
	now.Add(20e6)
	r.frames(300, 50) // over midnight: a segment is closed in the new day
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
	var got []string
	for _, day := range []string{"2026-03-01", "2026-03-02"} {
		records, _, torn, err := journal.Read(filepath.Join(r.root, "cam1", day, journal.FileName), 0, 0)
		if err != nil || torn != 0 {
			t.Fatal(torn, err)
		}
		got = append(got, kinds(records))
	}
	if want := []string{"start run", "seg seg gap:network stop"}; !cmp.Equal(got, want) {
		t.Errorf("journals %q, want %q", got, want)
	}
	if _, err := sound(r.root, r.journal(), 700*time.Millisecond); err != nil {
		t.Error(err)
	}
}

func TestRootHash(t *testing.T) {
	for _, bad := range []string{"", "00", "zz" + string(bytes.Repeat([]byte("0"), 62)), string(bytes.Repeat([]byte("0"), 66))} {
		if _, ok := (&journal.Segment{Root: bad}).RootHash(); ok {
			t.Errorf("%q is a root", bad)
		}
	}
}
