package mended_test

import (
	"fmt"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/app/mended"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/seal"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatWasMendedIsOnRecord: once, and with what it was held against.
func TestWhatWasMendedIsOnRecord(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	var m mended.Files
	m.AddForeign("example.org/gate/1", seal.Foreign{Origin: "example.org/gate/2", Size: 7})
	m.AddForeign("example.org/gate/1", seal.Foreign{Aside: "sealer.cursor.aside-1"})
	m.Add(tlog.Mended{File: "log-0001/tail", Origin: "example.org/gate/1", Size: 279, Signed: 270})
	for range 2 {
		if err := m.Note(t.Context(), d, access.Actor{}, 1_795_680_000_000_000); err != nil {
			t.Fatal(err)
		}
	}
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: mended.Kind})
	said := map[string]bool{}
	for _, a := range acts {
		said[fmt.Sprint(a.Subject, a.Detail)] = true
	}
	if err != nil || len(acts) != 3 || !said["example.org/gate/1map[file:sealer.cursor size:7 was:example.org/gate/2]"] ||
		!said["example.org/gate/1map[aside:sealer.cursor.aside-1 file:sealer.cursor]"] || !said["example.org/gate/1map[file:log-0001/tail signed:270 size:279]"] {
		t.Errorf("%+v, %v", acts, err)
	}
	m.Add(tlog.Mended{Row: "act_outbox act1", Origin: "example.org/gate/2", Size: 279, Signed: 279})
	if err := m.Note(t.Context(), d, access.Actor{}, 1_795_680_000_000_001); err != nil {
		t.Fatal(err)
	}
	acts, _, err = ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: mended.Kind})
	if err != nil || len(acts) != 4 || acts[0].Detail["row"] != "act_outbox act1" || acts[0].Detail["file"] != nil {
		t.Errorf("%+v, %v", acts, err)
	}
	m.AddMarker(marker.Mended{Volume: "b", File: "/disk/.watchroom-volume"})
	if err := m.Note(t.Context(), d, access.Actor{}, 1_795_680_000_000_002); err != nil {
		t.Fatal(err)
	}
	acts, _, err = ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: mended.KindMarker})
	if err != nil || len(acts) != 1 || acts[0].Subject != "b" || acts[0].Detail["file"] != "/disk/.watchroom-volume" {
		t.Errorf("%+v, %v", acts, err)
	}
	line := lines.Found{Camera: "gate", Volume: "b", Why: lines.Otherwise, At: 7, File: "gate/x.mp4"}
	for range 3 {
		m.AddLine(line)
	}
	line.Why, line.File = lines.Timeless, ""
	m.AddLine(line)
	for range 2 {
		if err := m.Note(t.Context(), d, access.Actor{}, 1_795_680_000_000_003); err != nil {
			t.Fatal(err)
		}
	}
	m.AddAside("/data/acts/acts.journal", "/data/acts/acts.journal.aside-1")
	m.AddForeign("example.org/gate/1", seal.Foreign{File: "seals/2026-11-26", Aside: "seals/2026-11-26.aside-1"})
	if err := m.Note(t.Context(), d, access.Actor{}, 1_795_680_000_000_004); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]string{
		mended.KindAside: "map[aside:/data/acts/acts.journal.aside-1 file:/data/acts/acts.journal]",
		mended.Kind:      "map[aside:seals/2026-11-26.aside-1 file:seals/2026-11-26]",
	} {
		if acts, _, err = ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: kind}); err != nil || len(acts) == 0 || fmt.Sprint(acts[0].Detail) != want {
			t.Errorf("%s: %+v, %v", kind, acts, err)
		}
	}
	acts, _, err = ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: mended.KindLine})
	said = map[string]bool{}
	for _, a := range acts {
		said[fmt.Sprint(a.Camera, a.Subject, a.Detail)] = true
	}
	if err != nil || len(acts) != 2 || !said["gatebmap[at:7 count:3 file:gate/x.mp4 why:told_otherwise]"] || !said["gatebmap[at:7 count:1 why:no_such_time]"] {
		t.Errorf("%v, %v", said, err)
	}
}
