package tier_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatWasGivenUpIsRemovedInTime: footage on a place that the configuration lacks stays as it
// is until somebody gave the place up. Its removal waits for the place all the same, so that
// nothing is left there should it come back.
func TestWhatWasGivenUpIsRemovedInTime(t *testing.T) {
	clause.Covers(t, "C093")
	d := dbtest.Open(t, db.SQLite)
	var gone []string
	p := &tier.Places{DB: d, Volumes: []tier.Volume{{Root: t.TempDir()}}, GivenUp: func() []string { return gone }}
	s := archive.Segment{Camera: "gate", StartAt: 1, EndAt: 2, Run: "run", File: "gate/x.mp4", Volume: "dead"}
	is := func(what string, want bool) {
		t.Helper()
		disks, tiers := p.Answering()
		able, doubtful, err := p.Able(t.Context(), []archive.Segment{s})
		if slices.Contains(disks, "dead") || slices.Contains(tiers, "dead") != want || len(able) == 1 != want || len(doubtful) > 0 || err != nil {
			t.Errorf("%s: %v %v, able %v, doubtful %v, %v", what, disks, tiers, able, doubtful, err)
		}
	}
	opens := func(want error) {
		t.Helper()
		if _, err := p.Open(t.Context(), &s); !errors.Is(err, want) {
			t.Errorf("opened: %v", err)
		}
	}
	is("nobody gave it up", false)
	opens(archive.ErrTierAway)
	gone = []string{"dead"}
	is("somebody has", true)
	opens(fs.ErrNotExist)                                                 // playback goes on behind it
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { // as the engine tells of it, before its file goes
		_, err := tx.ExecContext(ctx, "INSERT INTO tombstones (file, camera, start_at, end_at, bytes, root, ground, authority, at, place) VALUES (?, 'gate', 1, 2, 3, '', 'maximum', 'x', 4, 'dead')", s.File)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Remove(t.Context(), s, false); !errors.Is(err, archive.ErrTierAway) {
		t.Errorf("its removal is not over: %v", err)
	}
	p.Volumes = append(p.Volumes, tier.Volume{Name: "dead", Root: t.TempDir()})
	if disks, tiers := p.Answering(); !slices.Contains(disks, "dead") || slices.Contains(tiers, "dead") {
		t.Errorf("it is back: %v %v", disks, tiers)
	}
}
