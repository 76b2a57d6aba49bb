package guise_test

import (
	"testing"

	"watchroom/internal/archive/guise"
	"watchroom/internal/testkit/clause"
)

// TestStray: what is no footage by its name and lies where people put things.
func TestStray(t *testing.T) {
	clause.Covers(t, "C091")
	for file, want := range map[string]bool{
		"readme": true, "cam1/notes.txt": true, "cam1/2026-03-01/read.me": true, "other/x.txt": true,
		"holiday.mp4": false, "cam1/x.MP4": false, "cam1/2026-03-01/x.mp4.part": false, "cam1/journal.jsonl": false, "cam1/x.incoming": false,
		"lost+found/#12": false, "cam1/odd/x": false, "cam1/2026-13-01/x": false, "cam1/2026-03-01/odd/x": false,
	} {
		if got := guise.Stray(file); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}
