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

	"watchroom/internal/archive/spans"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
)

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
		var told []spans.Row
		var rows []Segment
		for at := from; at < to; at += day / 3 {
			gap := int64(60+i) * 1e6
			told = append(told,
				spans.Row{Camera: camera, StartAt: at, EndAt: at + day/3 - gap, Kind: "recorded"},
				spans.Row{Camera: camera, StartAt: at + day/3 - gap, EndAt: at + day/3, Kind: "gap", Cause: "network"})
			for s := at; segments && s < at+day/3; s += 300e6 {
				n := segment.Name{Camera: camera, Start: s, Run: "run"}
				rows = append(rows, Segment{Camera: camera, StartAt: s, EndAt: s + 300e6, Run: "run", File: n.Path(), Bytes: 150e6, Parts: 440, Frames: 7500, Codec: "h264", MIME: "avc1.64001f"})
			}
		}
		err := d.Tx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewInsert().Model(&told).Exec(ctx); err != nil {
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
