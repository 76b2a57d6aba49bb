package archive

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/dbtest"
)

// TestADiskThatHangsHoldsUpNoTimeline: while one disk does not answer the footage of others is
// told of as it comes, also of a camera that has some there. What the disk tells comes when it
// answers; until then nobody who works on rows takes them for all.
func TestADiskThatHangsHoldsUpNoTimeline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
		now := begin.Add(time.Hour).UnixMicro()
		answer, hangs := make(chan struct{}), atomic.Bool{}
		c := &Catalogue{
			DB: d, Root: t.TempDir(), Volumes: []Volume{{Name: "b", Root: t.TempDir()}}, Log: slog.New(slog.DiscardHandler),
			Clock: clock.Clock(func() time.Time { return time.UnixMicro(now) }),
			reading: func(volume string) {
				if volume == "b" && hangs.Load() {
					<-answer
				}
			},
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		put := func(root, camera string, at int64, r journal.Record) {
			t.Helper()
			r.At = at
			dir := filepath.Join(root, camera, "2026-11-20")
			if err := os.MkdirAll(dir, 0o750); err != nil {
				t.Fatal(err)
			}
			w := journal.Writer{Root: root, Camera: camera}
			defer w.Close()
			if err := w.Append(at, r); err != nil {
				t.Fatal(err)
			}
			c.Notify(camera)
		}
		write := func(root, camera string, minute int, cause media.Cause) {
			t.Helper()
			put(root, camera, begin.Add(time.Duration(minute)*time.Minute).UnixMicro(), journal.Record{Kind: journal.KindGap, Cause: cause})
		}
		recorded := func(camera string) (minutes int64) {
			t.Helper()
			lanes, err := c.Timeline(t.Context(), []string{camera}, begin.UnixMicro(), now, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range lanes[0].Spans {
				if s.Kind == coverage.Recorded {
					minutes += (s.End - s.Start) / 60e6
				}
			}
			return minutes
		}
		tells := func(camera string, want ...media.Cause) {
			t.Helper()
			lanes, err := c.Timeline(t.Context(), []string{camera}, begin.UnixMicro(), now, 0)
			if err != nil {
				t.Fatal(err)
			}
			var got []media.Cause
			for _, s := range lanes[0].Spans {
				if s.Kind == coverage.Gap {
					got = append(got, s.Cause)
				}
			}
			if len(got) != len(want) {
				t.Fatalf("%s: %v, want %v", camera, got, want)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("%s: %v, want %v", camera, got, want)
				}
			}
		}
		write(c.Root, "gate", 1, media.CauseNetwork)
		tells("gate", media.CauseNetwork)
		hangs.Store(true)
		name := segment.Name{Camera: "yard", Start: begin.Add(5 * time.Minute).UnixMicro(), Run: "r"}
		put(c.Volumes[0].Root, "yard", name.Start+600e6, journal.Record{Kind: journal.KindSegment, Run: "r",
			Segment: &journal.Segment{File: name.Path(), Start: name.Start, End: name.Start + 600e6, Bytes: 1, Frames: 1, Parts: 1, Root: "00"}})
		write(c.Root, "yard", 3, media.CauseDiskFault)
		write(c.Root, "gate", 4, media.CauseDiskFault)
		tells("gate", media.CauseNetwork, media.CauseDiskFault)
		tells("yard", media.CauseDiskFault)
		if c.Settled("yard") {
			t.Error("the journals of a camera are taken for read while a disk stands still")
		}
		if err := c.CatchUp(t.Context(), "yard"); !errors.Is(err, ErrTierAway) {
			t.Errorf("rows are worked on that may not be all: %v", err)
		}
		if _, err := c.Open(t.Context(), &Segment{Volume: "b", File: "yard/2026-11-20/x.mp4"}); !errors.Is(err, ErrTierAway) {
			t.Errorf("opened on a disk that stands still: %v", err)
		}
		if behind, err := c.Behind(t.Context()); err != nil || behind["gate"] {
			t.Error(behind, err)
		}
		if _, err := c.Told(t.Context(), "yard", nil, "2026-11-20"); err == nil {
			t.Error("nothing is told by a disk that stands still, and that is taken for an answer")
		}
		hangs.Store(false)
		close(answer)
		await.Until(t, "what the disk tells is taken in by itself", func() bool { return c.Settled("yard") })
		if got := recorded("yard"); got != 10 {
			t.Errorf("%d minutes recorded, want 10", got)
		}
		if err := c.CatchUp(t.Context(), "yard"); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseDoesNotWaitForADiskThatHangs.
func TestCloseDoesNotWaitForADiskThatHangs(t *testing.T) {
	answer := make(chan struct{})
	defer close(answer)
	asked := make(chan struct{}, 1)
	c := &Catalogue{DB: dbtest.Open(t, db.SQLite), Root: t.TempDir(), Clock: clock.Clock(time.Now)}
	if err := c.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.reading = func(string) {
		select {
		case asked <- struct{}{}:
		default:
		}
		<-answer
	}
	c.mu.Unlock()
	c.Notify("gate")
	<-asked
	c.Close()
}
