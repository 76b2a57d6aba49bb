package reckoning_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/app/reckoning"
	"watchroom/internal/archive"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/tier"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

var morning = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// shelf is a tier's store that answers as it is told, and tells that it was asked.
type shelf struct {
	tier.Store
	answers chan error
	room    tier.Room
}

func (s *shelf) Check(ctx context.Context) (tier.Room, error) {
	select {
	case err := <-s.answers:
		return s.room, err
	case <-ctx.Done():
		return tier.Room{}, ctx.Err()
	}
}

type house struct {
	places *reckoning.Places
	now    atomic.Int64 // µs; the mover reads it, too
	shelf  *shelf
}

// open has one disk and one tier of a kind.
func open(t *testing.T, d *db.DB, of config.Tier, room tier.Room) *house {
	t.Helper()
	h := &house{shelf: &shelf{Store: tier.Folder(t.TempDir()), answers: make(chan error), room: room}}
	h.now.Store(morning.UnixMicro())
	clock := func() time.Time { return time.UnixMicro(h.now.Load()) }
	disks := &recording.Volumes{List: []*recording.Volume{{Root: t.TempDir(), Reserve: 1}}}
	if err := disks.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(disks.Close)
	tiers := []*tier.Tier{{Name: "vault", Store: h.shelf, MoveAfter: time.Hour}}
	catalogue := &archive.Catalogue{DB: d, Root: t.TempDir(), Clock: clock}
	m := &tier.Mover{Places: &tier.Places{DB: d, Tiers: tiers}, Catalogue: catalogue, Clock: clock, Every: time.Millisecond}
	if err := m.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	cfg := &config.Config{Archive: config.Archive{Tiers: []config.Tier{of}}}
	cfg.Recording.LowSpacePercent = 10
	h.places = &reckoning.Places{Config: cfg, Disks: disks, Tiers: tiers, Clock: clock, Used: func() map[string]int64 { return nil }, Records: d}
	return h
}

// answer lets the tier answer, and waits until what it said is taken in: when it is asked
// once more.
func (h *house) answer(err error) {
	h.shelf.answers <- err
	h.shelf.answers <- err
}

// TestATierThatIsAwayIsNamed, a folder and a bucket alike, and nothing of it counts: for an
// hour as one that may come back, then as one that nobody may count on.
func TestATierThatIsAwayIsNamed(t *testing.T) {
	clause.Covers(t, "C090")
	d := dbtest.Open(t, db.SQLite)
	for name, c := range map[string]struct {
		of   config.Tier
		room tier.Room
		well capacity.Volume
	}{
		"a folder":                 {config.Tier{Folder: "/vault"}, tier.Room{Total: 100, Free: 60, Device: "8:1"}, capacity.Volume{ID: "vault", Name: "vault", Tier: true, Total: 100, Free: 60, Device: "8:1"}},
		"a bucket":                 {config.Tier{Endpoint: "https://s3.example.org", Bucket: "b"}, tier.Room{Total: -1, Free: -1}, capacity.Volume{ID: "vault", Name: "vault", Tier: true, Boundless: true}},
		"a bucket that has a size": {config.Tier{Endpoint: "https://s3.example.org", Bucket: "b", Size: 70}, tier.Room{Total: -1, Free: -1}, capacity.Volume{ID: "vault", Name: "vault", Tier: true, Total: 70, Free: 70}},
	} {
		h := open(t, d, c.of, c.room)
		is := func(what string, want capacity.Volume) {
			t.Helper()
			all := h.places.Volumes()
			if len(all) != 2 || all[1] != want {
				t.Errorf("%s, %s: %+v, want %+v", name, what, all, want)
			}
			if disk := all[0]; disk.ID != "main" || disk.Mark != disk.Total/10 && disk.Mark != int64(float64(disk.Total)*0.1) {
				t.Errorf("%s: %+v", name, disk)
			}
		}
		is("not asked yet", capacity.Volume{ID: "vault", Name: "vault", Tier: true, Unseen: true})
		h.answer(nil)
		is("well", c.well)
		h.answer(archive.ErrTierAway.Because(errors.New("no route")))
		is("away", capacity.Volume{ID: "vault", Name: "vault", Tier: true, Unseen: true, Stalled: true})
		h.now.Store(morning.Add(time.Hour).UnixMicro())
		is("away for an hour", capacity.Volume{ID: "vault", Name: "vault", Tier: true, Away: true, Stalled: true})
		h.answer(errors.New("no right to write"))
		stalled := c.well
		stalled.Stalled = true
		is("failing", stalled)
		h.answer(nil)
		is("well again", c.well)
	}
}

// TestWhatWaits is what is old enough for the next tier, by where it lies.
func TestWhatWaits(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, config.Tier{Folder: "/vault"}, tier.Room{Total: 100, Free: 60})
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i, s := range []archive.Segment{{Volume: "", Bytes: 5}, {Volume: "", Bytes: 7}, {Volume: "vault", Bytes: 100}} {
				end := morning.Add(-2 * time.Hour).UnixMicro()
				if i == 1 {
					end = morning.Add(-30 * time.Minute).UnixMicro()
				}
				s.Camera, s.Run, s.StartAt, s.EndAt, s.File = "gate", "r", end-1-int64(i), end, string(rune('a'+i))
				if _, err := tx.NewInsert().Model(&s).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		waits, err := h.places.Waiting(t.Context())
		if err != nil || len(waits) != 1 || waits["main"] != 5 {
			t.Errorf("%v, %v", waits, err)
		}
	})
}

// TestWhenAStreamBecameAnother is told by the acts: the newest change of a main address.
func TestWhenAStreamBecameAnother(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, config.Tier{Folder: "/vault"}, tier.Room{Total: 100, Free: 60})
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i, field := range []string{"main.url", "main.url", "name", "sub.url", "main.url"} {
				camera := "gate"
				if i == 4 {
					camera = "yard"
				}
				detail := map[string]any{"changes": map[string]any{field: map[string]any{"from": "a", "to": "b"}}}
				if err := ledger.Record(ctx, tx, ledger.Act{At: int64(100 + i), Kind: "camera.changed", Subject: camera, Camera: camera, Detail: detail}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		at, err := h.places.Changed(t.Context(), 101)
		if err != nil || len(at) != 2 || at["gate"] != 101 || at["yard"] != 104 {
			t.Errorf("%v, %v", at, err)
		}
		if at, err = h.places.Changed(t.Context(), 102); err != nil || len(at) != 1 {
			t.Errorf("later ones: %v, %v", at, err)
		}
	})
}

// TestRoomIsNeededBeforeATierThatIsSlow: a disk whose footage a tier takes needs none at its
// mark, and does when it goes on filling.
func TestRoomIsNeededBeforeATierThatIsSlow(t *testing.T) {
	clause.Covers(t, "C090")
	d := dbtest.Open(t, db.SQLite)
	h := open(t, d, config.Tier{Folder: "/vault"}, tier.Room{Total: 100, Free: 60})
	s := h.places.Disks.List[0].Space()
	free := float64(s.Free) / float64(s.Total) * 100 // percent
	room := &reckoning.Room{Disks: h.places.Disks, Tiers: h.places.Tiers}
	low := func(what string, percent float64, want int) {
		t.Helper()
		room.Percent = percent
		places, err := room.Low(t.Context())
		if err != nil || len(places) != want {
			t.Errorf("%s: %q, %v", what, places, err)
		}
	}
	low("no tier was asked, above the mark", free/2, 0)
	low("no tier was asked, below the mark", free*1.5, 1)
	h.answer(nil)
	low("a tier takes it, below the mark", free*1.5, 0)
	low("a tier takes it, below half of the mark", free*2.5, 1)
	h.answer(errors.New("no right to write"))
	low("a tier takes nothing", free*1.5, 1)
}
