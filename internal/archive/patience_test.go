package archive

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// TestADiskThatHangsWhileItIsRead: whoever plays is refused after a while, and at once after
// that, and leaves no more behind; who closes does not wait. It plays on when the disk
// answers.
func TestADiskThatHangsWhileItIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer, hangs, asked := make(chan struct{}), atomic.Bool{}, atomic.Int32{}
		c := &Catalogue{Root: t.TempDir(), Clock: clock.Clock(time.Now), reading: func(string) {
			asked.Add(1)
			if hangs.Load() {
				<-answer
			}
		}}
		name := segment.Name{Camera: "yard", Start: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC).UnixMicro(), Run: "r"}
		file := filepath.Join(c.Root, filepath.FromSlash(name.Path()))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, []byte("footage of the yard"), 0o600)); err != nil {
			t.Fatal(err)
		}
		open := func() File {
			f, err := c.openAt(t.Context(), &Segment{File: name.Path()})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		f, other := open(), open()
		b := make([]byte, 7)
		if n, err := f.ReadAt(b, 0); n != 7 || err != nil || string(b) != "footage" {
			t.Fatal(n, err)
		}
		if size, err := f.Size(); size != 19 || err != nil {
			t.Fatal(size, err)
		}
		hangs.Store(true)
		began := time.Now()
		if _, err := f.ReadAt(b, 11); !errors.Is(err, ErrTierAway) || time.Since(began) != longPiece {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		before := asked.Load()
		for range 100 {
			_, read := other.ReadAt(b, 0)
			_, size := other.Size()
			if !errors.Is(read, ErrTierAway) || !errors.Is(size, ErrTierAway) {
				t.Fatal(read, size)
			}
		}
		if time.Since(began) != longPiece || asked.Load() != before {
			t.Errorf("waited %v, asked %d times more", time.Since(began), asked.Load()-before)
		}
		if err := f.Close(); err != nil || time.Since(began) != longPiece {
			t.Errorf("closed after %v: %v", time.Since(began), err)
		}
		hangs.Store(false)
		close(answer)
		synctest.Wait()
		if string(b) != "footage" {
			t.Errorf("what was read late came to %q", b)
		}
		if n, err := other.ReadAt(b, 12); n != 7 || err != nil || string(b) != "he yard" {
			t.Errorf("%d %q %v", n, b, err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone, err := c.openAt(ctx, &Segment{File: name.Path()})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := gone.ReadAt(b, 0); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		gone.Close()
		synctest.Wait()
	})
}
