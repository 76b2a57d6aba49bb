package chronicle

import (
	"testing"
	"time"

	"watchroom/evidence/leaf"
)

// sealedAt is when the last seal of these logs was made.
var sealedAt = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func text(t *testing.T, e leaf.Entry) []byte {
	t.Helper()
	b, err := leaf.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sealAt(t *testing.T, at time.Time) []byte {
	t.Helper()
	s, _, err := leaf.NewSeal(at.UnixMicro(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return text(t, s)
}
