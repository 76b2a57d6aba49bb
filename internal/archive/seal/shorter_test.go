package seal

import (
	"errors"
	"testing"

	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/logtest"
)

// TestALogThatIsShorter: what was brought into a log and is not there any more was taken
// away. Nothing is appended, so that no other past comes into its place.
func TestALogThatIsShorter(t *testing.T) {
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.end()
	if origin, _, err := Reach(h.dir); err != nil || origin != "" {
		t.Errorf("%q, %v", origin, err)
	}
	if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1"), h.line(journal.KindSegment, "cam1")); err != nil {
		t.Fatal(err)
	}
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	if err := h.f.look(t.Context(), true, false); err != nil || h.log.Size() != 2 {
		t.Fatal(h.log.Size(), err)
	}
	if origin, size, err := Reach(h.dir); err != nil || origin != "o" || size != 2 {
		t.Errorf("%q, %d, %v", origin, size, err)
	}
	h.log = &logtest.Log{}
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.f.look(t.Context(), true, false); !errors.Is(err, ErrBehind) || h.log.Size() != 0 {
			t.Errorf("%v, %d entries", err, h.log.Size())
		}
	}
}
