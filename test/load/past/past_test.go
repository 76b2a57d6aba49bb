package past

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/still"
	"watchroom/internal/testkit/dbtest"
	"watchroom/test/load/clip"
)

func plan() Plan {
	return Plan{From: time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC), Days: 3, Segment: time.Hour, GapsADay: 3}
}

func TestPlanCoversAllTime(t *testing.T) {
	p := plan()
	like := journal.Segment{Bytes: 9, Frames: 7, Codec: "h264"}
	c := p.Of(4, "cam", like)
	if len(c.Segments) != 3*(24-3) {
		t.Errorf("%d segments, want 63", len(c.Segments))
	}
	at := p.From.UnixMicro()
	recorded := int64(0)
	for i, s := range c.Spans {
		if s.Start != at || s.End <= s.Start {
			t.Errorf("span %d is %d to %d, want it to begin at %d", i, s.Start, s.End, at)
		}
		if (s.Kind == coverage.Gap) != (s.Cause != media.CauseNone) {
			t.Errorf("span %d: %s with the cause %q", i, s.Kind, s.Cause)
		}
		if s.Kind == coverage.Recorded {
			recorded += s.End - s.Start
		}
		at = s.End
	}
	if at != p.To().UnixMicro() || recorded != 63*time.Hour.Microseconds() {
		t.Errorf("spans end at %d with %d µs recorded", at, recorded)
	}
	for _, s := range c.Segments {
		if n, open, err := segment.ParseName(s.File); err != nil || open || n.Camera != "cam" || n.Start != s.StartAt || n.Run != s.Run || s.Bytes != 9 {
			t.Errorf("segment %+v: %v", s, err)
		}
	}
	if again := p.Of(4, "cam", like); len(again.Spans) != len(c.Spans) || again.Spans[1] != c.Spans[1] {
		t.Error("the same camera was planned in two ways")
	}
}

// TestPlantedPastIsThere reads the planted rows and files with what reads real ones.
func TestPlantedPastIsThere(t *testing.T) {
	file, err := clip.Make(t.Context(), t.TempDir(), clip.Spec{Codec: media.H264, Width: 480, Height: 288, FPS: 5, Kilobits: 200, Seconds: 4, KeyFrames: 2})
	if err != nil {
		t.Fatal(err)
	}
	sample, like, err := Sample(t.Context(), file, t.TempDir(), 40*time.Second, 0)
	if err != nil {
		t.Fatal(err)
	}
	if like.Frames != 200 || like.Codec != "h264" || like.Root == "" {
		t.Errorf("sample = %+v", like)
	}
	p := Plan{From: time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC), Days: 1, Segment: 40 * time.Second, GapsADay: 3}
	c := p.Of(0, "cam", like)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		if _, err := Keep(root, sample, like, c, nil, 0); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time on top of rows that are cleared
			if err := Clear(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			if err := Fill(t.Context(), d, "other", p.Of(1, "other", like), nil); err != nil {
				t.Fatal(err)
			}
		}
		other := p.Of(1, "other", like)
		cat := &archive.Catalogue{DB: d, Root: root, Clock: p.To}
		if err := cat.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer cat.Close()
		lanes, err := cat.Timeline(t.Context(), []string{"cam", "other"}, p.From.UnixMicro(), p.To().UnixMicro(), 0)
		if err != nil || len(lanes) != 2 {
			t.Fatalf("timeline: %+v, %v", lanes, err)
		}
		for i, want := range [][]coverage.Span{c.Spans, other.Spans} {
			if diff := cmp.Diff(want, lanes[i].Spans); diff != "" {
				t.Errorf("spans of %s (-planned +found):\n%s", lanes[i].Camera, diff)
			}
		}
		last := c.Segments[len(c.Segments)-1]
		library := &playback.Library{Catalogue: cat, Stills: &still.Maker{}}
		s, err := library.Open(t.Context(), playback.Request{Camera: "cam", From: last.StartAt + 20e6, To: last.EndAt, Base: last.StartAt})
		if err != nil || s == nil {
			t.Fatal(s, err)
		}
		defer s.Close()
		if s.Start > last.StartAt+20e6 || s.End < last.EndAt-1e6 {
			t.Errorf("playback from %d to %d, want 20 s of %d to %d", s.Start, s.End, last.StartAt, last.EndAt)
		}
		var n counter
		if _, err := s.WriteTo(&n); err != nil || int64(n) < like.Bytes/4 {
			t.Errorf("%d bytes were played, %v", n, err)
		}
	})
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func TestSampleGivesUpWhenAsked(t *testing.T) {
	file, err := clip.Make(t.Context(), t.TempDir(), clip.Spec{Codec: media.H264, Width: 480, Height: 288, FPS: 5, Kilobits: 200, Seconds: 2, KeyFrames: 2})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Sample(ctx, file, t.TempDir(), time.Hour, 0); err == nil {
		t.Error("a sample was made although nobody waits for it")
	}
	c := Camera{Segments: []archive.Segment{{Camera: "cam", File: filepath.Join("cam", "1970-01-01", "c.mp4")}}}
	if _, err := Keep(t.TempDir(), filepath.Join(t.TempDir(), "none"), journal.Segment{}, c, nil, 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a sample that is not there: %v", err)
	}
}
