package awaited

import (
	"testing"
	"time"

	"watchroom/internal/ledger/witness"
)

// TestAWitnessThatNeverCosigned has been silent for as long as it is asked: its address may be
// mistyped, or its key another's.
func TestAWitnessThatNeverCosigned(t *testing.T) {
	asked := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := &Witnesses{Since: asked}
	if at := c.heard(witness.State{}); !at.Equal(asked) {
		t.Errorf("never: %v", at)
	}
	if at := c.heard(witness.State{At: 1_795_000_000}); at.Unix() != 1_795_000_000 {
		t.Errorf("once: %v", at)
	}
}
