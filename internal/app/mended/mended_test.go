package mended_test

import (
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/app/mended"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatWasMendedIsOnRecord: once, and with what it was held against.
func TestWhatWasMendedIsOnRecord(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	var m mended.Files
	m.Add(tlog.Mended{File: "log-0001/tail", Origin: "example.org/gate/1", Size: 279, Signed: 270})
	for range 2 {
		if err := m.Note(t.Context(), d, access.Actor{}, 1_795_680_000_000_000); err != nil {
			t.Fatal(err)
		}
	}
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: mended.Kind})
	if err != nil || len(acts) != 1 || acts[0].Subject != "example.org/gate/1" || acts[0].Detail["file"] != "log-0001/tail" ||
		acts[0].Detail["size"] != float64(279) || acts[0].Detail["signed"] != float64(270) {
		t.Errorf("%+v, %v", acts, err)
	}
	m.Add(tlog.Mended{Row: "act_outbox act1", Origin: "example.org/gate/2", Size: 279, Signed: 279})
	if err := m.Note(t.Context(), d, access.Actor{}, 1_795_680_000_000_001); err != nil {
		t.Fatal(err)
	}
	acts, _, err = ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: mended.Kind})
	if err != nil || len(acts) != 2 || acts[0].Detail["row"] != "act_outbox act1" || acts[0].Detail["file"] != nil {
		t.Errorf("%+v, %v", acts, err)
	}
}
