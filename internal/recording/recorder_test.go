package recording_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
)

// rig is a recorder on a temporary volume with a stream that feeds it.
type rig struct {
	t      *testing.T
	root   string
	volume *recording.Volume
	rec    *recording.Recorder
	stream *media.Stream
	tick   int64 // frames written so far
	wall   int64
}

const frameTicks = 3600 // 25 frames a second at 90 kHz

func newRig(t *testing.T, change func(*recording.Recorder, *recording.Volume)) *rig {
	t.Helper()
	r := &rig{t: t, root: t.TempDir(), wall: time.Date(2026, 3, 1, 11, 59, 30, 0, time.UTC).UnixMicro()}
	r.open(change)
	return r
}

func (r *rig) open(change func(*recording.Recorder, *recording.Volume)) {
	r.t.Helper()
	r.volume = &recording.Volume{Root: r.root, Reserve: 1}
	r.rec = &recording.Recorder{Camera: "cam1", Volume: r.volume, SegmentLength: time.Minute}
	if change != nil {
		change(r.rec, r.volume)
	}
	if err := r.volume.Start(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.volume.Close)
	if err := r.rec.Start(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.rec.Close)
	r.stream = &media.Stream{}
	r.stream.AddSink(r.rec)
}

func (r *rig) begin(id string) *media.Run {
	run := &media.Run{ID: id, Start: r.wall, Tracks: []media.Track{
		{ID: 1, Codec: media.H264, Timescale: 90000, Width: 640, Height: 360, SPS: [][]byte{{0x67, 0x64, 0, 0x1f, 1}}, PPS: [][]byte{{0x68, 1}}},
		{ID: 2, Codec: media.PCMA, Timescale: 8000, SampleRate: 8000, Channels: 1},
	}}
	r.stream.Begin(run)
	return run
}

// frames writes n pictures, a key frame every gop, each with 40 ms of sound.
func (r *rig) frames(n, gop int) {
	for range n {
		data := []byte{0, 0, 0, 9, 0x41, 0, 0, 0, 0, byte(r.tick >> 24), byte(r.tick >> 16), byte(r.tick >> 8), byte(r.tick)}
		r.stream.Write(&media.Unit{Track: 0, PTS: r.tick * frameTicks, DTS: r.tick * frameTicks, Wall: r.wall, Key: r.tick%int64(gop) == 0, Data: data})
		r.stream.Write(&media.Unit{Track: 1, PTS: r.tick * 320, DTS: r.tick * 320, Wall: r.wall, Key: true, Data: make([]byte, 320)})
		r.tick++
		r.wall += 40_000
	}
}

func (r *rig) files(suffix string) []string {
	var out []string
	err := filepath.WalkDir(r.root, func(p string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, suffix) && filepath.Base(filepath.Dir(p)) != leftover.QuarantineDir {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *rig) journal() []journal.Record {
	var out []journal.Record
	for _, p := range r.files(journal.FileName) {
		records, _, torn, err := journal.Read(p, 0, 0)
		if err != nil || torn != 0 {
			r.t.Fatalf("journal %s: torn %d, %v", p, torn, err)
		}
		out = append(out, records...)
	}
	return out
}

// counters reads the frame numbers of all segments in order of their names.
func (r *rig) counters() []int64 {
	var out []int64
	for _, p := range r.files(segment.Ext) {
		b, err := os.ReadFile(p)
		if err != nil {
			r.t.Fatal(err)
		}
		_, size, err := fmp4.ReadInit(b)
		if err != nil {
			r.t.Fatal(err)
		}
		f, err := os.Open(p)
		if err != nil {
			r.t.Fatal(err)
		}
		defer f.Close()
		_, err = fmp4.Scan(f, int64(size), int64(len(b)), func(p *fmp4.Part) error {
			if err := p.Samples(b[p.Offset:]); err != nil {
				return err
			}
			for _, s := range p.Track(1).Samples {
				d := s.Data[9:]
				out = append(out, int64(d[0])<<24|int64(d[1])<<16|int64(d[2])<<8|int64(d[3]))
			}
			return nil
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return out
}

func TestEveryFrameIsKept(t *testing.T) {
	clause.Covers(t, "C088")
	r := newRig(t, nil)
	r.begin("runa")
	r.frames(25*100, 50)
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()

	got := r.counters()
	if len(got) != 2500 {
		t.Fatalf("%d frames on disk, want 2500", len(got))
	}
	for i, n := range got {
		if n != int64(i) {
			t.Fatalf("frame %d stands at place %d", n, i)
		}
	}
	// 11:59:30 to 12:01:10, cut at the minutes: three segments.
	if files := r.files(segment.Ext); len(files) != 3 {
		t.Fatalf("segments: %q", files)
	}
	if open := r.files(segment.PartExt); len(open) != 0 {
		t.Fatalf("left open: %q", open)
	}
	var kinds []string
	for _, rec := range r.journal() {
		kinds = append(kinds, rec.Kind)
	}
	if got, want := strings.Join(kinds, " "), "start run seg seg seg gap stop"; got != want {
		t.Errorf("journal %q, want %q", got, want)
	}
}
