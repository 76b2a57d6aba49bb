package playback_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/shelf"
)

// noon is when made footage begins, µs.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro()

const second = int64(1e6)

// library has hand-made segments and gives the number of pictures in each.
func library(t *testing.T, segments ...shelf.Segment) (*playback.Library, []int) {
	t.Helper()
	c := shelf.Open(t)
	n := shelf.Put(t, c, segments...)
	return &playback.Library{Catalogue: c}, n
}

// track is what one track of a played file holds.
type track struct {
	samples    int
	begin, end int64 // µs on the file's own axis
	keys       []int64
}

// inspect reads what was played and fails where decoding times go back.
func inspect(t *testing.T, b []byte) map[int]*track {
	t.Helper()
	tracks, size, err := fmp4.ReadInit(b)
	if err != nil {
		t.Fatal(err)
	}
	scale := map[int]int64{}
	for _, x := range tracks {
		scale[x.ID] = int64(x.Timescale)
	}
	out, ends := map[int]*track{}, map[int]uint64{}
	_, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		for i := range p.Tracks {
			f := &p.Tracks[i]
			x := out[f.TrackID]
			if x == nil {
				x = &track{begin: int64(f.BaseTime) * 1e6 / scale[f.TrackID]}
				out[f.TrackID] = x
			}
			if f.BaseTime < ends[f.TrackID] {
				t.Errorf("track %d goes back by %d ticks at %d", f.TrackID, ends[f.TrackID]-f.BaseTime, f.BaseTime)
			}
			at := f.BaseTime
			for _, s := range f.Samples {
				if s.Duration == 0 {
					t.Errorf("a sample of track %d lasts nothing", f.TrackID)
				}
				if s.Key {
					x.keys = append(x.keys, int64(at)*1e6/scale[f.TrackID])
				}
				at += uint64(s.Duration)
			}
			ends[f.TrackID] = f.BaseTime + f.Duration()
			x.samples += len(f.Samples)
			x.end = int64(ends[f.TrackID]) * 1e6 / scale[f.TrackID]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func whole(t *testing.T, l *playback.Library, from, to int64) (*playback.File, []byte) {
	t.Helper()
	f, err := l.File(t.Context(), "cam1", from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return f, b
}

// near allows for the rounding of ticks: of the clips, 12,800 a second.
func near(a, b int64) bool { return a-b <= 160 && b-a <= 160 }

// TestSegmentsThatOverlap: an old archive may hold them, from a clock that drifted
// or a restart that lost nothing.
func TestSegmentsThatOverlap(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Audio: media.AAC, Seconds: 4})
	for _, overlap := range []int64{0, 1, 39_000, 480_000, 2_300_000} {
		for _, run := range []string{"run1", "run2"} {
			t.Run(fmt.Sprintf("%d µs, %s", overlap, run), func(t *testing.T) {
				second := noon + 10*second - overlap
				third := second + 10*1e6 - overlap
				l, n := library(t,
					shelf.Segment{Clip: clip, Start: noon, Length: 10e6},
					shelf.Segment{Clip: clip, Start: second, Length: 10e6, Run: run},
					shelf.Segment{Clip: clip, Start: third, Length: 10e6, Run: run})
				end := third + 10e6
				f, b := whole(t, l, noon, end)
				got := inspect(t, b)[1]
				if f.Start != noon || f.End != end || !near(got.end, end-noon) || got.begin != 0 {
					t.Errorf("from %d to %d, says %d to %d", got.begin, got.end, f.Start-noon, f.End-noon)
				}
				// Parts last half a second: what both segments have is left out but for
				// the part in which the second begins.
				most := n[0] + n[1] + n[2]
				if least := most - 2*int(overlap*25/1e6); got.samples > most || got.samples < least || overlap < 40_000 && got.samples != most {
					t.Errorf("%d pictures of %d", got.samples, most)
				}
				// Nothing adds up: a key frame a while after a seam stands where it was taken.
				for _, at := range []int64{second + 4e6, third + 4e6} {
					found := false
					for _, k := range got.keys {
						found = found || near(k, at-noon)
					}
					if !found {
						t.Errorf("no key frame at %d: %v", at-noon, got.keys)
					}
				}
				ask(t, l, noon, end, got.samples)
			})
		}
	}
}

// TestARunThatTakesOver: two processes have recorded the same pictures for a while, at
// times that differ by a few ms. No picture is played twice.
func TestARunThatTakesOver(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Seconds: 4})
	for _, off := range []int64{-12_000, 0, 3_000, 15_000, 130_000} {
		l, n := library(t,
			shelf.Segment{Clip: clip, Start: noon, Length: 12e6},
			shelf.Segment{Clip: clip, Start: noon + 8e6 + off, Length: 12e6, Run: "run2"})
		end := noon + 20*second + off
		f, b := whole(t, l, noon, end)
		if got := inspect(t, b)[1]; got.samples != n[0]+n[1]-100 || f.End != end {
			t.Errorf("%d µs: %d pictures of %d and %d, of which 100 are in both", off, got.samples, n[0], n[1])
		}
	}
}

// ask plays an interval as a player does, asking on where the answer says, in all
// three ways.
func ask(t *testing.T, l *playback.Library, from, to int64, pictures int) {
	t.Helper()
	for _, r := range []playback.Request{{Audio: true}, {}, {Keyframes: true}} {
		seen := 0
		r.Camera, r.From, r.To, r.Base = "cam1", from, to, from
		for steps := 0; r.From != 0; steps++ {
			if steps > 10 {
				t.Fatal("it asks on for ever")
			}
			s, err := l.Open(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if s == nil {
				break
			}
			var b bytes.Buffer
			if _, err := s.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			s.Close()
			got := inspect(t, b.Bytes())
			if _, sound := got[2]; sound != r.Audio {
				t.Errorf("with sound: %v, want %v", sound, r.Audio)
			}
			if s.Next != 0 && s.Next <= r.From {
				t.Fatalf("from %d it says to ask on at %d", r.From, s.Next)
			}
			seen += got[1].samples
			r.From = s.Next
		}
		if !r.Keyframes && seen != pictures {
			t.Errorf("%d pictures streamed, %d in the file", seen, pictures)
		}
	}
}

func TestOneSegmentWithinAnother(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Audio: media.AAC, Seconds: 4})
	l, n := library(t,
		shelf.Segment{Clip: clip, Start: noon, Length: 20e6},
		shelf.Segment{Clip: clip, Start: noon + 4*second, Length: 8e6, Run: "run2"},
		shelf.Segment{Clip: clip, Start: noon + 20*second, Length: 4e6})
	f, b := whole(t, l, noon, noon+24*second)
	got := inspect(t, b)[1]
	// A part more where run2 takes over, and less than a group where run1 goes on.
	if most := n[0] + n[2]; got.samples > most+13 || got.samples < most-50 || f.End != noon+24*second {
		t.Errorf("%d pictures, want %d but for the wait for a key frame", got.samples, most)
	}
	ask(t, l, noon, noon+24*second, got.samples)
	pieces, err := l.Playlist(t.Context(), "cam1", noon, noon+24*second)
	if err != nil || len(pieces) != 3 {
		t.Fatalf("%v: %+v", err, pieces)
	}
	for i, want := range []struct {
		run        string
		start, end int64
	}{{"run1", 0, 4}, {"run2", 4, 12}, {"run1", 12, 24}} {
		if p := pieces[i]; p.Run != want.run || p.Start != noon+want.start*second || p.End != noon+want.end*second {
			t.Errorf("piece %d: %+v", i, p)
		}
	}
}

// TestTheClockWasSetBack: an hour recorded twice is played once, the later run
// where it covers the earlier one, and never in turns.
func TestTheClockWasSetBack(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Audio: media.AAC, Seconds: 4})
	seg := func(run string, from, length float64) shelf.Segment {
		return shelf.Segment{Clip: clip, Run: run, Start: noon + int64(from*1e6), Length: int64(length * 1e6)}
	}
	// Three segments; a reconnection; set back by 35 s, and another reconnection.
	l, _ := library(t, seg("a1", 0, 10), seg("a1", 10, 10), seg("a2", 21, 9), seg("a2", 30, 10),
		seg("b1", 5.5, 4.5), seg("b1", 10, 10), seg("b1", 20, 5), seg("b2", 27, 3), seg("b2", 30, 20))
	want := []struct {
		run        string
		start, end float64
	}{{"a1", 0, 5.5}, {"b1", 5.5, 25}, {"a2", 25, 27}, {"b2", 27, 50}}
	for _, from := range []float64{0, 3, 8, 24, 26, 29, 45} {
		pieces, err := l.Playlist(t.Context(), "cam1", noon+int64(from*1e6), noon+50*second)
		if err != nil {
			t.Fatal(err)
		}
		rest := want
		for rest[0].end <= from {
			rest = rest[1:]
		}
		if len(pieces) != len(rest) {
			t.Fatalf("from %v: %+v", from, pieces)
		}
		for i, p := range pieces {
			if w := rest[i]; p.Run != w.run || p.Start != noon+int64(max(w.start, from)*1e6) || p.End != noon+int64(w.end*1e6) {
				t.Errorf("from %v, piece %d: %+v, want %+v", from, i, p, w)
			}
		}
		f, b := whole(t, l, noon+int64(from*1e6), noon+50*second)
		got := inspect(t, b)[1]
		if f.End != noon+50*second || !near(got.end, f.End-f.Start) {
			t.Errorf("from %v: %d to %d", from, f.Start-noon, f.End-noon)
		}
		byRanges(t, l, noon+int64(from*1e6), noon+50*second, b)
		ask(t, l, noon+int64(from*1e6), noon+50*second, got.samples)
	}
}

func TestPiecesDoNotOverlap(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Seconds: 4})
	l, _ := library(t,
		shelf.Segment{Clip: clip, Start: noon, Length: 10e6},
		shelf.Segment{Clip: clip, Start: noon + 9*second, Length: 10e6, Run: "run2"})
	pieces, err := l.Playlist(t.Context(), "cam1", noon+second, noon+15*second)
	if err != nil || len(pieces) != 2 || pieces[0].End != noon+9*second || pieces[1].Start != noon+9*second || pieces[1].End != noon+15*second {
		t.Errorf("%v: %+v", err, pieces)
	}
	// At the instant where the second takes over, it is asked for and not the first.
	s, err := l.Open(t.Context(), playback.Request{Camera: "cam1", From: noon + 9*second + 1, To: noon + 15*second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Start != noon+9*second || s.Next != 0 {
		t.Errorf("starts at %d, next %d", s.Start-noon, s.Next)
	}
}

// TestChangesWithinAFile decodes files whose pictures change size and go back to
// the first, of cameras that tell their parameter sets by SDP alone and of cameras
// that send them with every key frame.
func TestChangesWithinAFile(t *testing.T) {
	for _, codec := range []media.Codec{media.H264, media.H265, media.MJPEG} {
		small := footage.Make(t, footage.Spec{Codec: codec, Seconds: 4, Audio: media.AAC})
		large := footage.Make(t, footage.Spec{Codec: codec, Width: 480, Height: 270, Seconds: 4, Audio: media.AAC})
		sizes := map[bool]int64{}
		own := map[*footage.Clip]string{small: ownPicture(t, small), large: ownPicture(t, large)}
		for _, inBand := range []bool{false, true} {
			if codec == media.MJPEG && inBand {
				continue // it has no parameter sets
			}
			t.Run(fmt.Sprintf("%s, in band %v", codec, inBand), func(t *testing.T) {
				l, _ := library(t,
					shelf.Segment{Clip: small, Start: noon, Length: 8e6, InBand: inBand},
					shelf.Segment{Clip: large, Start: noon + 8*second, Length: 8e6, InBand: inBand, Run: "run2"},
					shelf.Segment{Clip: small, Start: noon + 20*second, Length: 8e6, InBand: inBand, Run: "run3"})
				f, b := whole(t, l, noon, noon+28*second)
				sizes[inBand] = f.Size()
				if got := inspect(t, b); got[1].samples != 600 || len(got) != 2 {
					t.Errorf("%d tracks, %d pictures", len(got), got[1].samples)
				}
				byRanges(t, l, noon, noon+28*second, b)
				path := filepath.Join(t.TempDir(), "f.mp4")
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				if d := run(t, "ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "format=duration", path); !strings.HasPrefix(d, "28.0") {
					t.Errorf("duration %s", d)
				}
				frames := run(t, "ffprobe", "-v", "error", "-select_streams", "v", "-of", "csv=p=0", "-show_entries", "frame=width", path)
				if a, b := strings.Count(frames, "320"), strings.Count(frames, "480"); a != 400 || b != 200 {
					t.Errorf("%d small and %d large pictures decoded: %s", a, b, frames)
				}
				// Where somebody seeks to, the picture is the one of that instant.
				for at, want := range map[string]*footage.Clip{"5": small, "13": large, "25": small} {
					if got := picture(t, path, at); got != own[want] {
						t.Errorf("at %s s: another picture", at)
					}
				}
			})
		}
		// What was not needed was not put in.
		if codec != media.MJPEG && sizes[false] != sizes[true] {
			t.Errorf("%s: %d bytes with sets put in, %d where they were", codec, sizes[false], sizes[true])
		}
	}
}

// byRanges reads pieces of the file in all orders and compares them with the whole.
func byRanges(t *testing.T, l *playback.Library, from, to int64, whole []byte) {
	t.Helper()
	f, err := l.File(t.Context(), "cam1", from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(len(whole))
	for i := range int64(200) {
		at := i * 7919 * 131 % size
		b := make([]byte, min(1+i*97, size-at))
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(f, b); err != nil || !bytes.Equal(b, whole[at:at+int64(len(b))]) {
			t.Fatalf("bytes %d+%d differ from those of one read: %v", at, len(b), err)
		}
	}
}

// picture is the hash of the decoded picture at an instant of a file, in seconds.
func picture(t *testing.T, path, at string) string {
	t.Helper()
	out := run(t, "ffmpeg", "-v", "error", "-ss", at, "-i", path, "-frames:v", "1", "-an", "-pix_fmt", "yuv420p", "-f", "framemd5", "-")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1][strings.LastIndex(lines[len(lines)-1], ",")+1:]
}

// ownPicture is that of a clip by itself, a second after it begins.
func ownPicture(t *testing.T, c *footage.Clip) string {
	t.Helper()
	s := shelf.Segment{Clip: c, Length: 4e6}
	b, _ := s.Bytes()
	path := filepath.Join(t.TempDir(), "own.mp4")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return picture(t, path, "1")
}

// run gives what a program says. It fails the test where the program complains.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var out, complaint bytes.Buffer
	c := exec.CommandContext(t.Context(), name, args...)
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil || complaint.Len() > 0 {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, complaint.Bytes())
	}
	return out.String()
}

func TestIndexesThatLack(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Seconds: 4, Audio: media.AAC})
	for _, index := range []shelf.Index{shelf.Full, shelf.Absent, shelf.Partial} {
		l, _ := library(t,
			shelf.Segment{Clip: clip, Start: noon, Length: 20e6, Index: index},
			shelf.Segment{Clip: clip, Start: noon + 20*second, Length: 20e6, Index: index})
		for from := noon; from < noon+38*second; from += 3_700_000 {
			f, b := whole(t, l, from, from+3*second)
			got := inspect(t, b)[1]
			if f.Start > from || from-f.Start > 4*second || !near(got.end, f.End-f.Start) || f.End < from+3*second-1000 && f.End < noon+40*second {
				t.Errorf("index %d, from %d: starts %d µs before, ends %d µs after", index, from-noon, from-f.Start, f.End-from)
			}
			byRanges(t, l, from, from+3*second, b)
		}
	}
}
