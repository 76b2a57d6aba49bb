package journal

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// samples are records of every kind, with every field.
func samples() []Record {
	n, zero, to := int64(-83_500), int64(0), "archive"
	sealed := &Sealed{File: "c4m/2026-11-26/c4m_20261126T080003.120000Z_hk2v9x0000a7c1.mp4", Parts: 64, Bytes: 22_418_830, Root: strings.Repeat("2c", 32)}
	closed := &Segment{File: sealed.File, Start: 1_795_680_003_120_000, End: 1_795_680_300_040_000, Bytes: 148_466_210, Parts: 424, Frames: 7423,
		Root: strings.Repeat("9f", 32), Codec: "h264", MIME: "avc1.64001F,mp4a.40.2", Width: 1920, Height: 1080, Audio: "aac", Lost: &zero, Dropped: &n}
	hurt := *closed
	hurt.Recovered, hurt.Altered, hurt.Unproved, hurt.Short = true, true, true, 3
	return []Record{
		{Kind: KindStart, At: 1_795_680_000_000_000},
		{Kind: KindStop, At: -5, Cause: media.CauseSwitchedOff, Detail: "by someone: for a reason", Salt: strings.Repeat("5f", 32)},
		{Kind: KindRun, At: 1_795_680_003_120_000, Run: "hk2v9x0000a7c1"},
		{Kind: KindClock, At: 1, Offset: &n, Source: BySenderReport},
		{Kind: KindTime, At: 2, Offset: &zero, Source: "ntp.example.org:123", State: "synchronised", Stratum: 2, Step: &n},
		{Kind: KindSeal, At: 3, Sealed: sealed},
		{Kind: KindLost, At: 4, Sealed: sealed},
		{Kind: KindSegment, At: closed.End, Run: "hk2v9x0000a7c1", Segment: closed},
		{Kind: KindSegment, At: closed.End, Run: "hk2v9x0000a7c1", Segment: &hurt, Again: true},
		{Kind: KindMove, At: 5, Run: "hk2v9x0000a7c1", Segment: closed, To: &to},
		{Kind: KindTombstone, At: 6, Run: "hk2v9x0000a7c1", Segment: closed, Ground: GroundOrder, Authority: "order1"},
		{Kind: KindGap, At: 7, Cause: media.CauseNetwork},
	}
}

// both reads an object in the short way and in the long one.
func both(t *testing.T, text string) (plain bool) {
	t.Helper()
	var short, long Record
	if plain = short.plain(text); !plain {
		return false
	}
	if err := json.Unmarshal([]byte(text), &long); err != nil {
		t.Fatalf("%s is no JSON: %v", text, err)
	}
	if d := cmp.Diff(long, short); d != "" {
		t.Fatalf("%s\n%s", text, d)
	}
	return true
}

// TestPlainLines: what this program writes is read in the short way, and comes to the same
// as in the long one; where something was changed, too, or it is left to that.
func TestPlainLines(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var all []string
	for _, r := range samples() {
		text := r.Text()
		if !both(t, text) {
			t.Errorf("%s is not read in the short way", text)
		}
		all = append(all, text)
	}
	accepted := 0
	for range 50_000 {
		b := []byte(all[random.IntN(len(all))])
		for range 1 + random.IntN(3) {
			switch at := random.IntN(len(b)); random.IntN(4) {
			case 0:
				b[at] = `{}[]",:\ 019-tfnEe.é`[random.IntN(21)]
			case 1:
				b = append(b[:at], b[at+1:]...)
			case 2:
				other := all[random.IntN(len(all))]
				from := random.IntN(len(other))
				b = append(b[:at:at], other[from:]...)
			default:
				b = append(b[:at:at], append([]byte{"0123456789"[random.IntN(10)]}, b[at:]...)...)
			}
			if len(b) == 0 {
				b = []byte("{}")
			}
		}
		if both(t, string(b)) {
			accepted++
		}
	}
	if accepted < 1000 {
		t.Errorf("only %d changed lines were read in the short way: the test shows little", accepted)
	}
	for _, text := range []string{
		`{"k":"a","K":"b"}`, `{"k": "a"}`, `{"k":"\u0061"}`, `{"k":"ä"}`, `{"at":1.0}`, `{"at":null}`, `{"x":1}`, `{"at":01}`, `{"at":9223372036854775808}`,
		`{"parts":2147483648}`, `{"seal":{"parts":1},"seal":{"file":"f"}}`, `{"seal":null}`, `{"k":"a"} `, `{"k":"a",}`, `{"again":1}`, ``, `{`,
	} {
		if both(t, text) {
			t.Errorf("%s is for the long way", text)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, r := range samples() {
		f.Add(r.Text())
	}
	f.Fuzz(func(t *testing.T, text string) { both(t, text) })
}

// TestWalk sees what Read reads, also where lines are torn, long or still growing.
func TestWalk(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	var text []byte
	for i, r := range append(samples(), Record{Kind: KindGap, At: 8, Detail: strings.Repeat("x", 200_000)}) {
		line, err := r.line()
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, line...)
		if i%3 == 0 {
			text = append(text, "1234abcd {\"k\":\"torn\"}\n"...)
		}
	}
	text = append(text, `00000000 {"k":`...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	want, _, torn, err := Read(path, 0, 0)
	if err != nil || torn != 5 {
		t.Fatalf("%d torn, %v", torn, err)
	}
	var got []Record
	if err := Walk(path, func(r *Record) { got = append(got, *r) }); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// day is the journal of a day of a camera as recorders write it: segments of 5 min, a seal
// a minute.
func day(b *testing.B) (path string, lines int) {
	root := b.TempDir()
	start := int64(1_795_651_200_000_000)
	var text []byte
	note := func(r Record) {
		line, err := r.line()
		if err != nil {
			b.Fatal(err)
		}
		text, lines = append(text, line...), lines+1
	}
	offset, lost := int64(-83_500), int64(3)
	for at := start; at < start+86_400_000_000; at += 300_000_000 {
		name := segment.Name{Camera: "cam000000000", Start: at, Run: "hk2v9x0000a7c1"}
		for m := range int64(5) {
			note(Record{Kind: KindSeal, At: at + m*60_000_000, Sealed: &Sealed{File: name.Path(), Parts: int(m+1) * 86, Bytes: m * 30_000_000, Root: strings.Repeat("2c", 32)}})
		}
		note(Record{Kind: KindClock, At: at + 299_000_000, Offset: &offset, Source: BySenderReport})
		note(Record{Kind: KindSegment, At: at + 300_000_000, Run: name.Run, Segment: &Segment{File: name.Path(), Start: at, End: at + 300_000_000,
			Bytes: 148_466_210, Parts: 424, Frames: 7423, Root: strings.Repeat("9f", 32), Codec: "h264", MIME: "avc1.64001F,mp4a.40.2",
			Width: 1920, Height: 1080, Audio: "aac", Lost: &lost, Dropped: &lost}})
	}
	path = filepath.Join(root, FileName)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	return path, lines
}

// BenchmarkDay reads the journal of a day.
func BenchmarkDay(b *testing.B) {
	path, lines := day(b)
	for name, read := range map[string]func() (int, error){
		"read": func() (int, error) {
			records, _, _, err := Read(path, 0, 0)
			return len(records), err
		},
		"walk": func() (n int, err error) {
			err = Walk(path, func(*Record) { n++ })
			return n, err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := read(); err != nil || n != lines {
					b.Fatal(fmt.Sprint(n, " of ", lines, err))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
		})
	}
}
