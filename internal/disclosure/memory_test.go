package disclosure

import (
	"testing"

	"watchroom/internal/db"
)

// TestMemoryIsBounded remembers more viewings than fit; the newest is always there.
func TestMemoryIsBounded(t *testing.T) {
	v := &Viewings{Clock: nil}
	for range 3 * mostCached {
		id := db.NewID()
		v.remember(Viewing{ID: id}, v.Clock.Micro())
		if got, err := v.recall(t.Context(), id); got.ID != id || err != nil {
			t.Fatalf("%+v, %v", got, err)
		}
		if len(v.cached) > mostCached {
			t.Fatalf("%d are kept", len(v.cached))
		}
	}
	v.forget("unknown")
	for range 3 * mostTold {
		x := told{viewing: db.NewID()}
		if v.tolds.add(x); !v.tolds.all[x] || len(v.tolds.all) > mostTold {
			t.Fatalf("%d acts are remembered", len(v.tolds.all))
		}
	}
}
