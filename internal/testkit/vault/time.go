package vault

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/recording/journal"
)

// TimeLines are the lines of the node's journal below a recordings folder, in short: what
// was noted of the recorder's own clock.
func TimeLines(t testing.TB, root string) (out []string) {
	t.Helper()
	days, err := filepath.Glob(filepath.Join(root, journal.Node, "*", journal.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		records, _, torn, err := journal.Read(d, 0, 0)
		if err != nil || torn > 0 {
			t.Fatalf("%d torn, %v", torn, err)
		}
		for _, r := range records {
			line := r.Kind + " " + r.State
			if r.Step != nil {
				line += fmt.Sprint(" set by ", time.Duration(*r.Step)*time.Microsecond)
			}
			out = append(out, line)
		}
	}
	return out
}
