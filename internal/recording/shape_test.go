package recording_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/cutter"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
)

// quick is a folder in memory where there is one: these tests make thousands of
// files, and what a power cut would leave is not their subject.
func quick(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "watchroom-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

type drawer interface {
	Fatal(...any)
	Fatalf(string, ...any)
	Helper()
}

// camera draws units as a session would hand them on, in order of arrival.
type camera struct {
	tracks  []media.Track
	units   []*media.Unit
	segment time.Duration
	start   int64
	off     int64 // µs, beside two ticks, that a sample may stand from its instant
}

var h264Track = media.Track{ID: 1, Codec: media.H264, Timescale: 90000, Width: 640, Height: 360, SPS: [][]byte{{0x67, 0x64, 0, 0x1f, 1}}, PPS: [][]byte{{0x68, 1}}}

func drawCamera(t *rapid.T) *camera {
	c := &camera{start: time.Date(2026, 3, 1, 23, 59, 40, 0, time.UTC).UnixMicro() + rapid.Int64Range(0, 30e6).Draw(t, "start")}
	c.segment = time.Duration(rapid.IntRange(2, 20).Draw(t, "segment")) * time.Second
	kind := rapid.SampledFrom([]string{"h264", "h264+pcma", "h264+aac", "mjpeg", "pcma"}).Draw(t, "kind")
	length := rapid.Int64Range(1, 40).Draw(t, "seconds") * 1e6
	video := media.Track{ID: 1, Codec: media.MJPEG, Timescale: 90000, Width: 64, Height: 64}
	audio := media.Track{ID: 2, Codec: media.PCMA, Timescale: 8000, SampleRate: 8000, Channels: 1}
	type timed struct {
		at int64 // arrival, µs since the start
		u  *media.Unit
	}
	var all []timed
	add := func(track int, arrival, pts, dts, scale int64, key bool) {
		all = append(all, timed{arrival, &media.Unit{
			Track: track, PTS: pts, DTS: dts, Key: key, Wall: c.start + pts*1e6/scale,
			Data: fmt.Appendf([]byte{0, 0, 0, 14}, "%d/%012d", track, len(all)),
		}})
	}
	if kind != "pcma" {
		if kind != "mjpeg" {
			video = h264Track
		}
		c.tracks = append(c.tracks, video)
		step := 90000 / rapid.Int64Range(1, 60).Draw(t, "fps")
		gop := rapid.IntRange(1, 200).Draw(t, "gop")
		b := int64(rapid.IntRange(0, 3).Draw(t, "reordered"))
		jitter := rapid.Int64Range(0, step).Draw(t, "jitter")
		still := rapid.IntRange(0, 20).Draw(t, "equal") // every so many pictures two have one decoding time
		if kind == "mjpeg" {
			gop, b = 1, 0
		}
		dts := int64(0)
		for i := 0; dts*1e6/90000 < length; i++ {
			key := i%gop == 0
			pts := dts
			if !key && b > 0 {
				pts += int64(i) % (b + 1) * step
			}
			add(0, dts*1e6/90000, pts, dts, 90000, key)
			if still == 0 || i%still != 0 || key {
				dts += step - jitter/2 + rapid.Int64Range(0, jitter).Draw(t, "j")
			}
		}
	}
	if kind != "h264" && kind != "mjpeg" {
		scale, each := int64(8000), int64(320)
		if kind == "h264+aac" {
			audio = media.Track{ID: 2, Codec: media.AAC, Timescale: 48000, SampleRate: 48000, Channels: 1, Config: []byte{0x11, 0x88}}
			scale, each = 48000, 1024
		}
		track := len(c.tracks)
		c.tracks = append(c.tracks, audio)
		lag := rapid.Int64Range(-800_000, 800_000).Draw(t, "lag") // of its arrival
		for pts := int64(0); pts*1e6/scale < length; pts += each {
			add(track, pts*1e6/scale+lag, pts, pts, scale, true)
		}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	for _, x := range all {
		c.units = append(c.units, x.u)
	}
	c.off = 2
	if clock := rapid.SampledFrom([]string{"even", "even", "slewed", "burst", "ahead"}).Draw(t, "clock"); clock != "even" {
		c.disturb(t, clock)
		c.off = 6_000
	}
	return c
}

// disturb gives the units the instants that a source gives them that is still
// finding out how the camera's clock stands to its own: the distance moves by 500
// ppm, or in one step after so many units, or with each of the first units because
// they came in a burst. Pictures stay in order, a millisecond apart where their
// timestamps are.
func (c *camera) disturb(t *rapid.T, clock string) {
	var shift, step float64
	burst, at := 0, -1
	switch clock {
	case "slewed":
		step = rapid.Float64Range(-500, 500).Draw(t, "ppm")
	case "burst":
		burst = rapid.IntRange(1, 100).Draw(t, "burst")
	case "ahead":
		at = rapid.IntRange(0, 200).Draw(t, "at")
	}
	type front struct{ pts, wall int64 }
	fronts := make([][]front, len(c.tracks)) // pictures that none sent earlier is shown after
	for i, u := range c.units {
		scale := int64(c.tracks[u.Track].Timescale)
		past := fronts[u.Track]
		micros := func(ticks int64) int64 { return ticks * 1e6 / scale }
		if n := len(past); n > 0 && u.PTS <= past[n-1].pts {
			for n--; n > 0 && u.PTS < past[n].pts; n-- {
			}
			u.Wall = past[n].wall + micros(u.PTS-past[n].pts)
			if n+1 < len(past) {
				u.Wall = past[n].wall + (past[n+1].wall-past[n].wall)*(u.PTS-past[n].pts)/(past[n+1].pts-past[n].pts)
			}
			continue
		}
		switch {
		case i < burst:
			shift = -float64(micros(u.PTS))
		case i == at:
			shift = rapid.Float64Range(-3e6, 3e6).Draw(t, "jump")
		}
		wall := u.Wall + int64(shift+step*float64(micros(u.PTS))/1e6)
		if n := len(past); n > 0 {
			wall = max(wall, past[n-1].wall+min(1000, micros(u.PTS-past[n-1].pts)))
		}
		fronts[u.Track] = append(past, front{u.PTS, wall})
		u.Wall = wall
	}
}

// kept is what must be on disk of a track: all from the first key frame on.
func (c *camera) kept(track int) (out []*media.Unit) {
	run := media.Run{Tracks: c.tracks}
	v, begun := run.Video(), false
	for _, u := range c.units {
		begun = begun || v < 0 || u.Track == v && u.Key
		if begun && u.Track == track {
			out = append(out, u)
		}
	}
	return out
}

func (c *camera) decodeWall(u *media.Unit) int64 {
	return u.Wall - (u.PTS-u.DTS)*1e6/int64(c.tracks[u.Track].Timescale)
}

func record(t drawer, root string, c *camera) {
	t.Helper()
	v := &recording.Volume{Root: root, Reserve: 1}
	if err := v.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	rec := &recording.Recorder{Camera: "cam1", Volume: v, SegmentLength: c.segment}
	if err := rec.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	var s media.Stream
	s.AddSink(rec)
	s.Begin(&media.Run{ID: "runa", Start: c.start, Tracks: c.tracks})
	for _, u := range c.units {
		s.Write(u)
	}
	s.End(c.start, media.CauseNetwork)
	rec.Close()
}

func TestAnyCamera(t *testing.T) {
	clause.Covers(t, "C088")
	base := quick(t)
	rapid.Check(t, func(t *rapid.T) {
		c := drawCamera(t)
		root, err := os.MkdirTemp(base, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(root)
		record(t, root, c)
		records, torn, err := readJournals(root)
		if err != nil || torn != 0 {
			t.Fatal(torn, err)
		}
		segments, err := sound(root, records, 700*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		c.complete(t, segments)
		c.boundaries(t, segments)
		lines := map[string]*journal.Segment{}
		for i := range records {
			if r := &records[i]; r.Segment != nil {
				lines[r.File] = r.Segment
			}
		}
		c.seams(t, segments, lines)
	})
}

// complete fails unless every unit stands on disk once, in order, with its bytes,
// and its place in time: to a tick where the camera's clock is even, to a few
// milliseconds where it is not.
func (c *camera) complete(t drawer, segments []*stored) {
	for track := range c.tracks {
		want, scale := c.kept(track), int64(c.tracks[track].Timescale)
		var got []placed
		for _, s := range segments {
			got = append(got, s.samples(c.tracks[track].ID)...)
		}
		if len(got) != len(want) {
			t.Fatalf("track %d: %d units on disk, want %d", track, len(got), len(want))
		}
		for i, g := range got {
			w := want[i]
			if g.data != string(w.Data) || g.key != w.Key {
				t.Fatalf("track %d, unit %d is %q, want %q", track, i, g.data, w.Data)
			}
			if off := g.wall - w.Wall; off > 2e6/scale+c.off || off < -2e6/scale-c.off {
				t.Fatalf("track %d, unit %d is %d µs off its time", track, i, off)
			}
		}
	}
}

// boundaries fails unless each segment ends before the first key frame behind a
// multiple of the segment length, give or take what a file's times may be off.
func (c *camera) boundaries(t drawer, segments []*stored) {
	run := media.Run{Tracks: c.tracks}
	length, near := c.segment.Microseconds(), c.off+25
	next := 0
	for _, u := range c.kept(max(run.Video(), 0)) {
		if !u.Key {
			continue
		}
		at := c.decodeWall(u)
		switch {
		case next < len(segments) && max(at-segments[next].name.Start, segments[next].name.Start-at) <= near:
			if begun := segments[max(next-1, 0)].name.Start; next > 0 && at/length == begun/length && at%length < length-near {
				t.Fatalf("the segment that begins at %d ends at %d already", begun, at)
			}
			next++
		case next == 0:
			t.Fatalf("the first key frame at %d begins no segment", at)
		case at/length > segments[next-1].name.Start/length && at%length > near:
			t.Fatalf("the segment that begins at %d holds a key frame at %d", segments[next-1].name.Start, at)
		}
	}
	if next != len(segments) {
		t.Fatalf("%d of %d segments begin at a key frame", next, len(segments))
	}
}

// seams fails unless pictures end in each segment where they begin in the next, no
// decoding time goes back, and sound is late by a delay that never shrinks.
func (c *camera) seams(t drawer, segments []*stored, lines map[string]*journal.Segment) {
	for i, s := range segments {
		main := s.main()
		delay := map[int]int64{}
		for _, f := range s.tracks {
			for _, x := range s.samples(f.ID) {
				if f.ID != main.ID {
					delay[f.ID] = max(delay[f.ID], x.decode-x.wall)
				}
			}
		}
		if line := lines[s.name.Path()]; line.End != s.end(main.ID) {
			t.Fatalf("segment %d ends at %d, the journal says %d", i, s.end(main.ID), line.End)
		}
		if i == 0 {
			continue
		}
		before := segments[i-1]
		if end := before.end(main.ID); end != s.name.Start {
			t.Fatalf("segment %d begins %d µs behind the one before", i, s.name.Start-end)
		}
		for _, f := range s.tracks {
			old, now := before.samples(f.ID), s.samples(f.ID)
			if len(old) == 0 || len(now) == 0 {
				continue
			}
			last, first := old[len(old)-1], now[0]
			tick := 1e6/int64(f.Timescale) + 1
			if first.decode < last.decode-tick {
				t.Fatalf("track %d: segment %d begins at %d, the last unit before it is decoded at %d", f.ID, i, first.decode, last.decode)
			}
			if f.ID != main.ID && first.decode-first.wall < last.decode-last.wall-2*tick {
				t.Fatalf("track %d: the delay shrinks from %d to %d µs in segment %d", f.ID, last.decode-last.wall, first.decode-first.wall, i)
			}
		}
	}
}

func TestSoundThatLagsStaysInStep(t *testing.T) {
	// 300 ms of sound arrive behind each key frame although they belong before it.
	c := &camera{start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro(), segment: 2 * time.Second,
		tracks: []media.Track{h264Track, {ID: 2, Codec: media.PCMA, Timescale: 8000, SampleRate: 8000, Channels: 1}}}
	for i := range int64(500) {
		at := c.start + i*40_000
		c.units = append(c.units,
			&media.Unit{PTS: i * 3600, DTS: i * 3600, Wall: at, Key: i%50 == 0, Data: []byte{0, 0, 0, 1, byte(i)}},
			&media.Unit{Track: 1, PTS: i*320 - 2400, DTS: i*320 - 2400, Wall: at - 300_000, Key: true, Data: []byte{byte(i)}})
	}
	root := quick(t)
	record(t, root, c)
	records, _, err := readJournals(root)
	if err != nil {
		t.Fatal(err)
	}
	segments, err := sound(root, records, 700*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(segments) != 10 {
		t.Fatalf("%d segments", len(segments))
	}
	c.complete(t, segments)
}

func TestFewKeyFrames(t *testing.T) {
	// A key frame every 20 s, segments of 5 s: a segment waits for its key frame.
	r := newRig(t, func(rec *recording.Recorder, _ *recording.Volume) { rec.SegmentLength = 5 * time.Second })
	r.begin("runa")
	r.frames(25*61, 500)
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
	segments, err := sound(r.root, r.journal(), 700*time.Millisecond)
	if err != nil || len(segments) != 4 {
		t.Fatalf("%d segments, %v", len(segments), err)
	}
	if n := len(r.counters()); n != 25*61 {
		t.Errorf("%d frames", n)
	}
}

func TestStandingTimestampsFillNoMemory(t *testing.T) {
	// A camera whose clock stands still sends without end: parts end all the same.
	r := newRig(t, nil)
	run := r.begin("runa")
	n := 3 * cutter.MaxPartSamples
	for i := range n {
		r.stream.Write(&media.Unit{Key: i == 0, Wall: r.wall, Data: []byte{0, 0, 0, 1, 7}})
	}
	r.rec.Drain()
	open := r.rec.Open()
	if open == nil || open.Run != run {
		t.Fatal("nothing was written before the run ended")
	}
	r.stream.End(r.wall, media.CauseTimestamps)
	r.rec.Close()
	segments, err := sound(r.root, r.journal(), 700*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(segments[0].samples(1)); got != n {
		t.Errorf("%d frames, want %d", got, n)
	}
}

func TestChangesOfRun(t *testing.T) {
	r := newRig(t, nil)
	r.begin("runa")
	r.frames(100, 50)
	r.stream.End(r.wall, media.CauseTimestamps) // the session cut at a jump
	r.begin("runb")
	r.frames(100, 50)
	// The resolution changes: the session ends the run without a gap of time.
	r.stream.End(r.wall, media.CauseNone)
	r.stream.Begin(&media.Run{ID: "runc", Start: r.wall, Tracks: []media.Track{{ID: 1, Codec: media.H265, Timescale: 90000, Width: 1920, Height: 1080,
		VPS: h264Track.PPS, SPS: h264Track.SPS, PPS: h264Track.PPS}}})
	r.frames(100, 50)
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
	segments, err := sound(r.root, r.journal(), 700*time.Millisecond)
	if err != nil || len(segments) != 3 {
		t.Fatalf("%d segments, %v", len(segments), err)
	}
	var codecs []string
	for _, rec := range r.journal() {
		if rec.Segment != nil {
			codecs = append(codecs, rec.Codec+" "+rec.Audio)
		}
	}
	if !slices.Equal(codecs, []string{"h264 pcma", "h264 pcma", "h265 "}) {
		t.Errorf("codecs %q", codecs)
	}
	if got, want := kinds(r.journal()), "start run seg gap:timestamp_jump run seg seg gap:network stop"; got != want {
		t.Errorf("journal %q, want %q", got, want)
	}
	if n := len(r.counters()); n != 300 {
		t.Errorf("%d frames", n)
	}
}

func TestAPauseIsNoPicture(t *testing.T) {
	// Nothing comes for four seconds, one more picture, and the connection breaks:
	// what is recorded ends a picture's length behind the last.
	r := newRig(t, nil)
	r.begin("runa")
	r.frames(100, 50)
	r.tick, r.wall = r.tick+100, r.wall+4e6
	r.frames(1, 1000)
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
	for _, rec := range r.journal() {
		if rec.Segment != nil && rec.End != r.wall {
			t.Errorf("the segment ends %d µs off", rec.End-r.wall)
		}
	}
}
