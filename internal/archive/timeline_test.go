package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
)

// drawSpans makes what the table may hold: spans without hole, the last perhaps open.
func drawSpans(t *rapid.T) (spans []Span, end int64) {
	at := rapid.Int64Range(0, 1000).Draw(t, "first") * 1e6
	recorded := rapid.Bool().Draw(t, "recorded")
	for range rapid.IntRange(0, 30).Draw(t, "spans") {
		s := Span{Start: at, Kind: Recorded}
		if !recorded {
			s.Kind, s.Cause = Gap, rapid.SampledFrom([]media.Cause{media.CauseNetwork, media.CauseRefused, media.CauseUnknown}).Draw(t, "cause")
		}
		at += rapid.Int64Range(1, rapid.SampledFrom([]int64{3e6, 100e6, 4000e6}).Draw(t, "scale")).Draw(t, "length")
		s.End = at
		spans = append(spans, s)
		recorded = s.Kind == Gap && rapid.IntRange(0, 3).Draw(t, "gaps follow") > 0
	}
	if n := len(spans); n > 0 && spans[n-1].Kind == Gap && rapid.Bool().Draw(t, "open") {
		spans[n-1].End = open
		at = spans[n-1].Start
	}
	return spans, at
}

func TestLanesHaveNoHoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans, end := drawSpans(t)
		now := end + rapid.Int64Range(0, 100e6).Draw(t, "since")
		var tail *recording.OpenSegment
		if rapid.Bool().Draw(t, "recording") {
			start := max(end+rapid.Int64Range(-20e6, 20e6).Draw(t, "tail"), 0)
			tail = &recording.OpenSegment{Start: start, End: min(start+rapid.Int64Range(1, 60e6).Draw(t, "tail length"), max(now, start+1))}
		}
		from := rapid.Int64Range(0, now+50e6).Draw(t, "from")
		to := from + rapid.Int64Range(1, 5000e6).Draw(t, "length")
		full := fill(withTail(slices.Clone(spans), tail), from, to, now)
		follow(t, full, from, to)
		resolution := rapid.Int64Range(0, 600e6).Draw(t, "resolution")
		merged := merge(slices.Clone(full), resolution)
		follow(t, merged, from, to)
		for _, s := range full {
			middle := s.Start + (s.End-s.Start)/2
			m := merged[slices.IndexFunc(merged, func(m Span) bool { return middle < m.End })]
			switch {
			case s.Kind == Gap && m.Kind != Gap:
				t.Fatalf("the gap %+v is hidden by %+v", s, m)
			case s.Kind == Gap && !slices.ContainsFunc(merged, func(m Span) bool {
				return m.Kind == Gap && m.Cause == s.Cause && m.Start < s.End+resolution && m.End > s.Start-resolution
			}):
				t.Fatalf("the cause of %+v is told nowhere near: %+v", s, merged)
			case s.Kind == Gap && s.Open && (!m.Open || m.Cause != s.Cause):
				t.Fatalf("the gap %+v that lasts became %+v", s, m)
			case (s.Kind == None) != (m.Kind == None):
				t.Fatalf("%+v became %+v", s, m)
			case s.Kind == Recorded && m.Kind == Gap && s.End-s.Start >= resolution:
				t.Fatalf("the recording %+v is hidden by %+v", s, m)
			}
		}
		const causes = 4 // drawn ones, and the unknown before a tail
		if limit := (2*causes+2)*((to-from)/max(resolution, 1)+1) + 5; resolution > 0 && int64(len(merged)) > limit {
			t.Fatalf("%d spans where %d would be seen", len(merged), limit)
		}
		if tail != nil && tail.Start >= end && (len(spans) == 0 || spans[len(spans)-1].End != open) {
			// What is being written counts as recorded, to its last part.
			for _, s := range full {
				if at := tail.End - 1; s.Start <= at && at < s.End && at >= from && at < to && s.Kind != Recorded {
					t.Fatalf("the open segment %+v is a %+v", tail, s)
				}
			}
		}
	})
}

// follow fails unless the spans fill from to to.
func follow(t *rapid.T, spans []Span, from, to int64) {
	at := from
	for _, s := range spans {
		if s.Start != at || s.End <= s.Start {
			t.Fatalf("span %+v where %d was due, of %+v", s, at, spans)
		}
		at = s.End
	}
	if at != to {
		t.Fatalf("the spans end at %d, not at %d: %+v", at, to, spans)
	}
}

// TestShortGapsStay: on a screen that shows 90 days, gaps are far shorter than a
// pixel.
func TestShortGapsStay(t *testing.T) {
	const s, hour = int64(1e6), int64(3600e6)
	rec := func(from, to int64) Span { return Span{Start: from, End: to, Kind: Recorded} }
	gap := func(from, to int64, cause media.Cause) Span {
		return Span{Start: from, End: to, Kind: Gap, Cause: cause}
	}
	last := gap(2*hour+40*s, 2*hour+50*s, media.CauseRefused)
	last.Open = true
	for name, c := range map[string]struct{ full, want []Span }{
		"one second in a day": {
			[]Span{rec(0, 10*hour), gap(10*hour, 10*hour+s, media.CauseNetwork), rec(10*hour+s, 24*hour)},
			[]Span{rec(0, 10*hour), gap(10*hour, 10*hour+s, media.CauseNetwork), rec(10*hour+s, 24*hour)},
		},
		"a short recording between two": {
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+s, media.CauseNetwork), rec(2*hour+s, 2*hour+9*s), gap(2*hour+9*s, 2*hour+10*s, media.CauseNoFrames), rec(2*hour+10*s, 9*hour)},
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+9*s, media.CauseNetwork), gap(2*hour+9*s, 2*hour+10*s, media.CauseNoFrames), rec(2*hour+10*s, 9*hour)},
		},
		"in turns": {
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseNetwork), gap(2*hour+10*s, 2*hour+20*s, media.CauseRefused),
				gap(2*hour+20*s, 2*hour+30*s, media.CauseNetwork), gap(2*hour+30*s, 2*hour+40*s, media.CauseRefused), rec(2*hour+40*s, 9*hour)},
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseNetwork), gap(2*hour+10*s, 2*hour+40*s, media.CauseRefused), rec(2*hour+40*s, 9*hour)},
		},
		"in turns, and it lasts": {
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseRefused), gap(2*hour+10*s, 2*hour+40*s, media.CauseNetwork), last},
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseRefused), gap(2*hour+10*s, 2*hour+40*s, media.CauseNetwork), last},
		},
	} {
		if got := merge(c.full, hour); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestOneCameraThatCannotBeRead: no answer is better than one that lacks a camera.
func TestOneCameraThatCannotBeRead(t *testing.T) {
	c := &Catalogue{DB: dbtest.Open(t, db.SQLite), Root: t.TempDir(), Clock: clock.Clock(time.Now)}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cameras := make([]string, 50)
	for i := range cameras {
		cameras[i] = fmt.Sprint("cam", i)
	}
	// A journal where a file should be: the camera's folder is one.
	if err := os.WriteFile(filepath.Join(c.Root, "cam33"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Notify("cam33")
	if lanes, err := c.Timeline(t.Context(), cameras, 0, 1e6, 0); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("%d lanes, %v", len(lanes), err)
	}
	if lanes, err := c.Timeline(t.Context(), cameras[:33], 0, 1e6, 0); err != nil || len(lanes) != 33 || lanes[32].Camera != "cam32" {
		t.Errorf("%v: %+v", err, lanes)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Timeline(ctx, cameras[:3], 0, 1e6, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody listens any more: %v", err)
	}
}

func TestGapThatBeginsNow(t *testing.T) {
	got := fill([]Span{{Start: 5e6, End: open, Kind: Gap, Cause: media.CauseNetwork}}, 0, 10e6, 5e6)
	if want := []Span{{Start: 0, End: 10e6, Kind: None}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// TestTheFutureIsNotTold: after the clock was set back, recordings stand ahead of the
// present; what lies between has not happened.
func TestTheFutureIsNotTold(t *testing.T) {
	const s = int64(1e6)
	spans := []Span{{Start: 0, End: 10 * s, Kind: Recorded}, {Start: 10 * s, End: 100 * s, Kind: Gap, Cause: media.CauseClockStep}, {Start: 100 * s, End: 110 * s, Kind: Recorded}}
	got := fill(spans, 0, 200*s, 30*s)
	want := []Span{spans[0], {Start: 10 * s, End: 30 * s, Kind: Gap, Cause: media.CauseClockStep}, {Start: 30 * s, End: 100 * s, Kind: None}, spans[2], {Start: 110 * s, End: 200 * s, Kind: None}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestTailInAllOrders(t *testing.T) {
	const s = int64(1e6)
	gap := func(from, to int64) Span {
		return Span{Start: from, End: to, Kind: Gap, Cause: media.CauseNetwork}
	}
	rec := func(from, to int64) Span { return Span{Start: from, End: to, Kind: Recorded} }
	tail := &recording.OpenSegment{Start: 100 * s, End: 110 * s}
	unknown := func(from, to int64) Span {
		return Span{Start: from, End: to, Kind: Gap, Cause: media.CauseUnknown}
	}
	writing := Span{Start: 100 * s, End: 110 * s, Kind: Recorded, Open: true}
	for name, c := range map[string]struct{ stored, want []Span }{
		"nothing stored":          {nil, []Span{writing}},
		"it follows":              {[]Span{rec(0, 100*s)}, []Span{{Start: 0, End: 110 * s, Kind: Recorded, Open: true}}},
		"closed since":            {[]Span{rec(0, 112*s)}, []Span{{Start: 0, End: 112 * s, Kind: Recorded, Open: true}}},
		"its run closes the gap":  {[]Span{rec(0, 90*s), gap(90*s, open)}, []Span{rec(0, 90*s), gap(90*s, 100*s), writing}},
		"the gap is newer":        {[]Span{rec(0, 100*s), gap(105*s, open)}, []Span{rec(0, 100*s), gap(105*s, open)}},
		"the gap is closed":       {[]Span{gap(90*s, 100*s)}, []Span{gap(90*s, 100*s), writing}},
		"records are missing":     {[]Span{rec(0, 50*s)}, []Span{rec(0, 50*s), unknown(50*s, 100*s), writing}},
		"a gap, then nothing":     {[]Span{gap(0, 50*s)}, []Span{gap(0, 50*s), unknown(50*s, 100*s), writing}},
		"the gap reaches into it": {[]Span{gap(0, 104*s)}, []Span{gap(0, 100*s), writing}},
		"the gap reaches over it": {[]Span{gap(0, 120*s)}, []Span{gap(0, 100*s), writing, gap(110*s, 120*s)}},
		"the clock was set back":  {[]Span{rec(0, 90*s), gap(90*s, 400*s), rec(400*s, 500*s)}, []Span{rec(0, 90*s), gap(90*s, 100*s), writing, gap(110*s, 400*s), rec(400*s, 500*s)}},
		"over what was recorded":  {[]Span{rec(0, 105*s), gap(105*s, 107*s), rec(107*s, 500*s)}, []Span{rec(0, 500*s)}},
		"40 ms apart are nothing": {[]Span{rec(0, 100*s-40_000)}, []Span{{Start: 0, End: 110 * s, Kind: Recorded, Open: true}}},
	} {
		if got := withTail(slices.Clone(c.stored), tail); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// stock fills the tables with days of footage: segments of five minutes, three gaps
// a day.
func stock(b *testing.B, d *db.DB, cameras int, days int64, segments bool) (names []string, from, to int64) {
	b.Helper()
	const day = int64(24 * 3600 * 1e6)
	from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	to = from + days*day
	for i := range cameras {
		camera := fmt.Sprintf("cam%02d", i)
		names = append(names, camera)
		var spans []coverageRow
		var rows []Segment
		for at := from; at < to; at += day / 3 {
			gap := int64(60+i) * 1e6
			spans = append(spans,
				coverageRow{Camera: camera, StartAt: at, EndAt: at + day/3 - gap, Kind: "recorded"},
				coverageRow{Camera: camera, StartAt: at + day/3 - gap, EndAt: at + day/3, Kind: "gap", Cause: "network"})
			for s := at; segments && s < at+day/3; s += 300e6 {
				n := segment.Name{Camera: camera, Start: s, Run: "run"}
				rows = append(rows, Segment{Camera: camera, StartAt: s, EndAt: s + 300e6, Run: "run", File: n.Path(), Bytes: 150e6, Parts: 440, Frames: 7500, Codec: "h264", MIME: "avc1.64001f"})
			}
		}
		err := d.Tx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewInsert().Model(&spans).Exec(ctx); err != nil {
				return err
			}
			for part := range slices.Chunk(rows, 1000) {
				if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return names, from, to
}

func benchEach(b *testing.B, run func(b *testing.B, c *Catalogue, d *db.DB)) {
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			d := dbtest.Open(b, engine)
			c := &Catalogue{DB: d, Root: b.TempDir(), Clock: clock.Clock(func() time.Time { return time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC) })}
			if err := c.Start(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.Cleanup(c.Close)
			run(b, c, d)
		})
	}
}

// BenchmarkTimeline reads 90 days for one camera and for 64.
func BenchmarkTimeline(b *testing.B) {
	benchEach(b, func(b *testing.B, c *Catalogue, d *db.DB) {
		names, from, to := stock(b, d, 64, 90, false)
		for _, n := range []int{1, 64} {
			b.Run(fmt.Sprintf("cameras=%d", n), func(b *testing.B) {
				for b.Loop() {
					if _, err := c.Timeline(b.Context(), names[:n], from, to, time.Hour); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

// BenchmarkSegments looks an instant and a day up among 90 days.
func BenchmarkSegments(b *testing.B) {
	benchEach(b, func(b *testing.B, c *Catalogue, d *db.DB) {
		names, from, to := stock(b, d, 2, 90, true)
		for name, length := range map[string]int64{"minute": 60e6, "day": 24 * 3600e6} {
			b.Run(name, func(b *testing.B) {
				at := from
				for b.Loop() {
					at = from + (at*31+length)%(to-from)
					if _, err := c.Segments(b.Context(), names[1], at, at+length); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
