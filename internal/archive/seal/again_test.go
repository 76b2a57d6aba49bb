package seal

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/recording/journal"
)

// says is what the log tells, without where it stood, sorted.
func (h *house) says(t *testing.T) (all []string) {
	t.Helper()
	members := Members{Dir: h.dir}
	for _, e := range h.log.All() {
		if s, ok := e.(*leaf.Seal); ok {
			of, err := members.Of(s)
			if err != nil {
				t.Fatal(err)
			}
			for i := range of {
				all = append(all, memberKey(&of[i]))
			}
			continue
		}
		all = append(all, entryKey(e))
	}
	slices.Sort(all)
	return all
}

func (h *house) looks(t *testing.T) {
	t.Helper()
	for range 3 { // gathers, seals, and looks once more
		h.f.fullAt = time.Time{}
		if err := h.f.look(t.Context(), true, false); err != nil {
			t.Fatal(err)
		}
	}
}

// TestALineThatComesBackIsInTheLogOnce: a disk is lost, and what its journals told
// comes back from a copy, into the journals of another disk. Only what the log has never
// heard goes into it.
func TestALineThatComesBackIsInTheLogOnce(t *testing.T) {
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	defer h.end()
	var told []journal.Record
	for _, k := range []string{journal.KindStart, journal.KindRun, journal.KindSegment, journal.KindSeal, journal.KindGap, journal.KindClock, journal.KindSegment,
		journal.KindTombstone, journal.KindMove, "moon", journal.KindStop} {
		told = append(told, h.line(k, "cam1"))
		if r := &told[len(told)-1]; r.Detail != "" { // as the line is read from the copy
			r.Salt = strings.Repeat("5f", 32)
		}
	}
	if err := h.write(1, "cam1", 0, told...); err != nil {
		t.Fatal(err)
	}
	h.looks(t)
	before := h.says(t)
	if len(before) != 9 {
		t.Fatalf("%d things told: %q", len(before), before)
	}
	if err := os.RemoveAll(filepath.Join(h.roots[1].Path, "cam1")); err != nil {
		t.Fatal(err)
	}
	late := h.line(journal.KindSegment, "cam1") // was copied, and the log was away
	back := append(slices.Clone(told), late)
	for i := range back {
		back[i].Again = true
	}
	now := h.line(journal.KindSegment, "cam1")
	if err := h.write(0, "cam1", 0, append(back, now)...); err != nil {
		t.Fatal(err)
	}
	h.looks(t)
	after := h.says(t)
	if len(after) != len(before)+2 || len(slices.Compact(slices.Clone(after))) != len(after) {
		t.Errorf("%d things told before, %d after:\n%q", len(before), len(after), after)
	}
	// Once more with another log: it knows none of it.
	h.log.Put([]byte("watchroom moon v7\n"))
	fresh, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	fresh.roots = h.roots
	if err := fresh.begin(); err != nil {
		t.Fatal(err)
	}
	defer fresh.end()
	fresh.looks(t)
	if all := fresh.says(t); !slices.Equal(all, after) {
		// "moon" is told of by the hash of its line, which says that it came back
		if len(all) != len(after) {
			t.Errorf("another log tells %d things, want %d", len(all), len(after))
		}
	}
}
