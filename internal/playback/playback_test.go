package playback_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/recording"
	"watchroom/internal/still"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/leak"
)

// past is a library over footage that was recorded for the test: a camera whose
// first run is H.264 with sound, then nothing for ten seconds, then larger
// pictures, then H.265.
type past struct {
	*playback.Library
	start    int64
	runs     [][2]int64
	pictures []int
	rec      *recording.Recorder
	stream   *media.Stream
}

func record(t *testing.T, open bool, specs ...footage.Spec) *past {
	t.Helper()
	if len(specs) == 0 {
		specs = []footage.Spec{
			{Audio: media.AAC, Seconds: 10},
			{Width: 480, Height: 270, Audio: media.AAC, Seconds: 10},
			{Codec: media.H265, Seconds: 10, Audio: media.PCMA},
		}
	}
	leak.Check(t)
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Options{Path: filepath.Join(dir, "w.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	p := &past{start: time.Date(2026, 3, 1, 11, 59, 47, 0, time.UTC).UnixMicro(), stream: &media.Stream{}}
	var now atomic.Int64
	now.Store(p.start)
	ck := clock.Clock(func() time.Time { return time.UnixMicro(now.Load()) })
	v := &recording.Volume{Root: filepath.Join(dir, "recordings"), Reserve: 1}
	if err := v.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	p.rec = &recording.Recorder{Camera: "cam1", Volume: v, SegmentLength: 20 * time.Second, Clock: ck}
	if err := p.rec.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.rec.Close)
	p.stream.AddSink(p.rec)

	at := p.start
	for i, spec := range specs {
		n, end := footage.Make(t, spec).Play(p.stream, fmt.Sprint("run", i), at, 45e6)
		p.pictures = append(p.pictures, n)
		p.runs = append(p.runs, [2]int64{at, end})
		if i < len(specs)-1 || !open {
			p.stream.End(end, media.CauseNetwork)
		}
		at = end
		if i == 0 {
			at += 10e6
		}
	}
	now.Store(at)
	cat := &archive.Catalogue{DB: d, Root: v.Root, Clock: ck}
	if open {
		p.rec.Drain()
		cat.OpenSegment = func(string) *recording.OpenSegment { return p.rec.Open() }
	} else {
		p.rec.Close()
	}
	if err := cat.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cat.Close)
	p.Library = &playback.Library{Catalogue: cat, Stills: &still.Maker{}}
	return p
}

func (p *past) read(t *testing.T, r playback.Request) (*playback.Stream, []byte) {
	t.Helper()
	s, err := p.Open(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		return nil, nil
	}
	defer s.Close()
	var b bytes.Buffer
	if _, err := s.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return s, b.Bytes()
}

// times gives the wall clock span of the first track of a stream.
func times(t *testing.T, b []byte, base int64) (start, end int64, pictures int) {
	t.Helper()
	tracks, size, err := fmp4.ReadInit(b)
	if err != nil {
		t.Fatal(err)
	}
	start = -1
	_, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		f := p.Track(tracks[0].ID)
		if f == nil {
			return nil
		}
		scale := int64(tracks[0].Timescale)
		if start < 0 {
			start = base + int64(f.BaseTime)*1e6/scale
			if !f.Samples[0].Key {
				t.Errorf("the stream does not begin with a key frame")
			}
		}
		end = base + int64(f.BaseTime+f.Duration())*1e6/scale
		pictures += len(f.Samples)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return start, end, pictures
}

const slack = int64(50_000) // one frame, and the rounding of ticks

func TestStreamAtRandomInstants(t *testing.T) {
	p := record(t, false)
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		run := random.IntN(len(p.runs))
		from := p.runs[run][0] + random.Int64N(p.runs[run][1]-p.runs[run][0]-1e6)
		to := from + 1e6 + random.Int64N(30e6)
		s, b := p.read(t, playback.Request{Camera: "cam1", From: from, To: to, Base: p.start, Audio: random.IntN(2) == 0})
		start, end, _ := times(t, b, s.Base)
		if start > from || from-start > 2e6+slack {
			t.Fatalf("asked from %d, first picture %d µs before", from, from-start)
		}
		want := min(to, p.runs[run][1])
		if end < want-slack || end > want+1e6 {
			t.Fatalf("asked up to %d µs into the run, got up to %d", want-p.runs[run][0], end-p.runs[run][0])
		}
		if s.Start < start-slack || s.Start > start+slack || s.End < end-slack || s.End > end+slack {
			t.Fatalf("says %d–%d, holds %d–%d", s.Start, s.End, start, end)
		}
		if to > p.runs[run][1] && run < 2 && to > p.runs[run+1][0] && (s.Next < p.runs[run+1][0]-slack || s.Next > p.runs[run+1][0]+slack) {
			t.Fatalf("next is %d, the next run begins at %d", s.Next, p.runs[run+1][0])
		}
	}
	if s, err := p.Open(t.Context(), playback.Request{Camera: "cam1", From: p.runs[0][1] + 2e6, To: p.runs[0][1] + 5e6}); s != nil || err != nil {
		t.Errorf("a stream out of a gap: %v %v", s, err)
	}
	if s, err := p.Open(t.Context(), playback.Request{Camera: "nobody", From: 0, To: 1}); s != nil || err != nil {
		t.Errorf("a stream of no camera: %v %v", s, err)
	}
}

func TestKeyframesAlone(t *testing.T) {
	p := record(t, false)
	s, b := p.read(t, playback.Request{Camera: "cam1", From: p.start, To: p.start + 29e6, Base: p.start, Keyframes: true})
	_, _, n := times(t, b, s.Base)
	if n != 15 {
		t.Errorf("%d key frames in 29 s, want 15", n)
	}
}

func TestOpenSegmentIsPlayed(t *testing.T) {
	p := record(t, true)
	last := p.runs[2]
	s, b := p.read(t, playback.Request{Camera: "cam1", From: last[1] - 10e6, To: last[1]})
	if s == nil {
		t.Fatal("the open segment is not played")
	}
	_, end, _ := times(t, b, s.Base)
	if end < last[1]-2e6 {
		t.Errorf("ends %d µs before the newest picture", last[1]-end)
	}
	f, err := p.File(t.Context(), "cam1", last[0], last[1])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || int64(len(b)) != f.Size() {
		t.Errorf("file of an open segment: %d of %d bytes, %v", len(b), f.Size(), err)
	}
	if _, taken, err := p.Thumbnail(t.Context(), "cam1", last[1]+5e6, 160); err != nil || taken > last[1] {
		t.Errorf("a picture of what is on its way to the disk: %d, %v", taken, err)
	}
	if _, _, err := p.Thumbnail(t.Context(), "cam1", last[1]+3600e6, 160); !errors.Is(err, playback.ErrNoPicture) {
		t.Errorf("a picture of the future: %v", err)
	}
	if _, u, err := p.Newest(t.Context(), "cam1"); err != nil || !u.Key {
		t.Errorf("newest key frame: %v", err)
	}
}

func TestFileIsTheSameByRanges(t *testing.T) {
	p := record(t, false)
	f, err := p.File(t.Context(), "cam1", p.start+3e6, p.runs[2][1]-4e6)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	whole, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(whole)) != f.Size() {
		t.Fatalf("%d bytes, size says %d", len(whole), f.Size())
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		at := random.Int64N(f.Size())
		b := make([]byte, min(1+random.Int64N(200_000), f.Size()-at))
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(f, b); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, whole[at:at+int64(len(b))]) {
			t.Fatalf("bytes %d+%d differ from those of one read", at, len(b))
		}
	}
	path := filepath.Join(t.TempDir(), "f.mp4")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-count_packets", "-of", "json", "-show_entries", "stream=codec_name,nb_read_packets,codec_type", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v: %s", err, out)
	}
	var probe struct {
		Streams []struct {
			Codec   string `json:"codec_name"`
			Type    string `json:"codec_type"`
			Packets string `json:"nb_read_packets"`
		}
	}
	if err := json.Unmarshal(out, &probe); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var video []string
	for _, s := range probe.Streams {
		if s.Type == "video" {
			video = append(video, s.Codec+" "+s.Packets)
		}
	}
	// From the key frame at 2 s of the first run (43 s of it), all of the second,
	// and 41 s and the rest of a part of the third.
	if len(video) != 2 || video[0] != "h264 2200" || !strings.HasPrefix(video[1], "hevc 10") {
		t.Errorf("pictures %q", video)
	}
}

// TestThumbnailWithoutKeyFrames shows a camera that refreshes its pictures bit by
// bit as it looked: like one that sends key frames of the same scene.
func TestThumbnailWithoutKeyFrames(t *testing.T) {
	want := record(t, false, footage.Spec{Seconds: 8, GOP: 25})
	got := record(t, false, footage.Spec{Seconds: 8, GOP: 25, Refresh: true})
	decoded := func(p *past) image.Image {
		b, taken, err := p.Thumbnail(t.Context(), "cam1", p.start+5_500_000, 0)
		if err != nil {
			t.Fatal(err)
		}
		if behind := p.start + 5_500_000 - taken; behind < 0 || behind > 1_100_000 {
			t.Fatalf("taken %d µs before", behind)
		}
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	a, b := decoded(want), decoded(got)
	grey, size := 0, a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			_, g, _, _ := a.At(x, y).RGBA()
			_, h, _, _ := b.At(x, y).RGBA()
			if d := int(g>>8) - int(h>>8); d > 60 || d < -60 {
				grey++
			}
		}
	}
	if grey*10 > size.X*size.Y {
		t.Errorf("%d of %d points differ", grey, size.X*size.Y)
	}
}

func TestThumbnail(t *testing.T) {
	p := record(t, false)
	for _, at := range []int64{p.start + 7e6, p.runs[1][0] + 5e6, p.runs[2][0] + 9e6} {
		b, taken, err := p.Thumbnail(t.Context(), "cam1", at, 160)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte{0xff, 0xd8}) || taken > at || at-taken > 2e6+slack {
			t.Errorf("at %d: %d bytes, taken %d µs before", at, len(b), at-taken)
		}
	}
	if _, _, err := p.Thumbnail(t.Context(), "cam1", p.runs[0][1]+5e6, 160); !errors.Is(err, playback.ErrNoPicture) {
		t.Errorf("in a gap: %v", err)
	}
	if _, _, err := p.Thumbnail(t.Context(), "cam1", p.start-1e6, 160); !errors.Is(err, playback.ErrNoPicture) {
		t.Errorf("before the first: %v", err)
	}
}

func TestPlaylistAndTimeline(t *testing.T) {
	p := record(t, false)
	pieces, err := p.Playlist(t.Context(), "cam1", p.start, p.runs[2][1])
	if err != nil {
		t.Fatal(err)
	}
	if len(pieces) != 3 || pieces[0].Codec != "h264" || pieces[1].Width != 480 || pieces[2].Codec != "h265" || pieces[0].Audio != "aac" {
		t.Fatalf("pieces %+v", pieces)
	}
	if pieces[0].DerivedAudio != "" || pieces[2].Audio != "pcma" || pieces[2].DerivedAudio != "flac" {
		t.Errorf("sound of the pieces %+v", pieces)
	}
	lanes, err := p.Catalogue.Timeline(context.Background(), []string{"cam1"}, p.start-5e6, p.runs[2][1]+5e6, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, s := range lanes[0].Spans {
		kinds = append(kinds, string(s.Kind)+string(s.Cause))
	}
	if got := strings.Join(kinds, " "); got != "none recorded gapnetwork recorded none" {
		t.Errorf("timeline %q: %+v", got, lanes[0].Spans)
	}
}
