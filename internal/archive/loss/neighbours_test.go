package loss_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/archive/loss"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestNeighboursByAreaToo (P20): areas are chosen from a list, places are typed as somebody likes.
func TestNeighboursByAreaToo(t *testing.T) {
	clause.Covers(t, "C098")
	r := open(t, dbtest.Open(t, db.SQLite))
	r.Keeper.Cameras = func(context.Context) ([]loss.Camera, error) {
		return []loss.Camera{{ID: "gate", Place: "hall", Area: "north"}, {ID: "lane", Area: "north"}, {ID: "yard", Place: "Hall"}, {ID: "roof", Place: "hall east"}, {ID: "attic"},
			{ID: "cellar", Area: "south"}, {ID: "gone", Area: "north", RetiredAt: at(-60)}}, nil
	}
	r.lose("gate", 0, 20, media.CauseNetwork)
	r.scan(30)
	all, err := r.List(t.Context(), loss.Filter{})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	near, err := r.Neighbours(t.Context(), &all[0])
	if diff := cmp.Diff([]loss.Neighbour{{Camera: "lane", Share: 0.75}, {Camera: "yard"}}, near); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
