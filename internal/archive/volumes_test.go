package archive_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
)

// TestJournalsOfSeveralVolumesAreOneAccount: the recorder changes its volume between
// any two lines; what the catalogue tells is the same as if there were one.
func TestJournalsOfSeveralVolumesAreOneAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		roots := []string{t.TempDir(), t.TempDir(), t.TempDir()}
		var cameras []*past
		var now atomic.Int64
		for i := range 6 {
			p := newPast(roots[0], fmt.Sprintf("cam%d", i), uint64(100+i))
			p.others = []string{roots[1], roots[2]}
			p.process(t)
			cameras = append(cameras, p)
		}
		now.Store(dayOne)
		for round := range 4 {
			c := &archive.Catalogue{
				DB: d, Root: roots[0], Volumes: []archive.Volume{{Name: "b", Root: roots[1]}, {Name: "c", Root: roots[2]}},
				Clock: clock.Clock(func() time.Time { return time.UnixMicro(now.Load()) }),
			}
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				for _, p := range cameras {
					now.Store(p.at)
					p.check(t, c)
					p.process(t)
					c.Notify(p.camera)
				}
			}
			for _, p := range cameras {
				now.Store(p.at)
				p.check(t, c)
			}
			c.Close()
			if round == 2 { // nothing is left of the database
				if err := lose(t.Context(), d, 1); err != nil {
					t.Fatal(err)
				}
			}
			for _, p := range cameras {
				p.process(t)
			}
		}
	})
}

// line appends one to a volume's journal.
func line(t *testing.T, root string, at int64, r journal.Record) {
	t.Helper()
	w := journal.Writer{Root: root, Camera: "cam1"}
	defer w.Close()
	if err := w.Append(at, r); err != nil {
		t.Fatal(err)
	}
}

func closed(start, end int64) journal.Record {
	name := segment.Name{Camera: "cam1", Start: start, Run: "run1"}
	return journal.Record{Kind: journal.KindSegment, At: end, Run: "run1", Segment: &journal.Segment{File: name.Path(), Start: start, End: end, Bytes: 7, Root: "00"}}
}

// TestAVolumeThatComesBackLate: what its journal tells takes its place among what was
// told meanwhile, causes too, and the present is not touched.
func TestAVolumeThatComesBackLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, b := t.TempDir(), t.TempDir()
		away := true
		sec := func(n int64) int64 { return dayOne + n*1e6 }
		c := &archive.Catalogue{
			DB: d, Root: a, Volumes: []archive.Volume{{Name: "b", Root: b}},
			Clock: clock.Clock(func() time.Time { return time.UnixMicro(sec(300)) }), Away: func(v string) bool { return v == "b" && away },
		}
		line(t, b, dayOne, journal.Record{Kind: journal.KindStart, At: sec(0)})
		line(t, b, dayOne, closed(sec(10), sec(60)))
		line(t, b, dayOne, journal.Record{Kind: journal.KindGap, At: sec(60), Cause: media.CauseDiskFault})
		line(t, a, dayOne, closed(sec(100), sec(200)))
		line(t, a, dayOne, journal.Record{Kind: journal.KindStop, At: sec(200), Cause: media.CauseStopped})
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		look := func() []coverage.Span {
			lanes, err := c.Timeline(t.Context(), []string{"cam1"}, sec(10), sec(300), 0)
			if err != nil {
				t.Fatal(err)
			}
			return lanes[0].Spans
		}
		stopped := coverage.Span{Start: sec(200), End: sec(300), Kind: coverage.Gap, Cause: media.CauseStopped, Open: true}
		if diff := gocmp.Diff([]coverage.Span{{Start: sec(10), End: sec(100), Kind: coverage.None}, {Start: sec(100), End: sec(200), Kind: coverage.Recorded}, stopped}, look()); diff != "" {
			t.Errorf("while it is away: %s", diff)
		}
		away = false
		c.Notify("cam1")
		want := []coverage.Span{
			{Start: sec(10), End: sec(60), Kind: coverage.Recorded},
			{Start: sec(60), End: sec(100), Kind: coverage.Gap, Cause: media.CauseDiskFault},
			{Start: sec(100), End: sec(200), Kind: coverage.Recorded}, stopped,
		}
		if diff := gocmp.Diff(want, look()); diff != "" {
			t.Errorf("when it is back: %s", diff)
		}
		for volume, want := range map[string]bool{"": true, "b": true, "c": false} {
			if got, err := c.Holds(t.Context(), volume); err != nil || got != want {
				t.Errorf("segments on %q: %v, %v", volume, got, err)
			}
		}
	})
}

// TestAMoveChangesWhereASegmentLies, also when the catalogue is made again, and one
// place opens its file wherever it lies.
func TestAMoveChangesWhereASegmentLies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a := t.TempDir()
		c := &archive.Catalogue{DB: d, Root: a, Volumes: []archive.Volume{{Name: "b", Root: t.TempDir()}}}
		seg := closed(dayOne, dayOne+60e6)
		line(t, a, dayOne, seg)
		move := func(to string) {
			r := seg
			r.Kind, r.At, r.To = journal.KindMove, dayOne+3600e6, &to
			line(t, a, dayOne, r)
		}
		move("cold")
		c.Elsewhere = func(_ context.Context, s *archive.Segment) (archive.File, error) {
			return nil, archive.ErrTierAway.With("tier", s.Volume)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		where := func() archive.Segment {
			found, err := c.Segments(t.Context(), "cam1", dayOne, dayOne+60e6)
			if err != nil || len(found) != 1 {
				t.Fatalf("%v, %v", found, err)
			}
			return found[0]
		}
		s := where()
		if s.Volume != "cold" {
			t.Errorf("it lies on %q", s.Volume)
		}
		if _, err := c.Open(t.Context(), &s); !errors.Is(err, archive.ErrTierAway) {
			t.Errorf("a tier that is away: %v", err)
		}
		before := s
		move("b")
		c.Notify("cam1")
		if s = where(); s.Volume != "b" {
			t.Errorf("it lies on %q", s.Volume)
		}
		sameBytes(t, d)
		path := filepath.Join(c.Volumes[0].Root, s.File)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Repeat("x", 7)), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := c.Open(t.Context(), &s)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if n, err := f.Size(); err != nil || n != 7 {
			t.Errorf("its size is %d, %v", n, err)
		}
		late, err := c.Open(t.Context(), &before)
		if err != nil {
			t.Fatalf("a row from before the move: %v", err)
		}
		defer late.Close()
		c.Away = func(v string) bool { return v == "b" }
		if _, err := c.Open(t.Context(), &s); !errors.Is(err, archive.ErrTierAway) {
			t.Errorf("a volume that is away: %v", err)
		}
	})
}
