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

// TestWhatAllowsRemovalHurriesTheWitness, and what accepts a loss; daily work does not.
func TestWhatAllowsRemovalHurriesTheWitness(t *testing.T) {
	for _, kind := range []string{"deletion.approved", "hold.released", "hold.recovered", "retention.confirmed", "fault.given_up", "schedule.set", "ledger.unwitnessed"} {
		if !hurries([]string{"viewing.opened", kind}) {
			t.Errorf("%s waits for the next minute", kind)
		}
	}
	if hurries(nil) || hurries([]string{"viewing.opened", "person.created", "hold.placed"}) {
		t.Error("everything hurries")
	}
}
