package machine

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"watchroom/internal/recording/journal"
)

// Untold looks for every step in the node's journal below a folder of recordings, and lists
// what it does not tell of.
func (w *Clock) Untold(root string) (untold []string, err error) {
	days, err := filepath.Glob(filepath.Join(root, journal.Node, "*", journal.FileName))
	if err != nil {
		return nil, err
	}
	var told []time.Duration
	for _, d := range days {
		records, _, _, err := journal.Read(d, 0, 0)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if r.Step != nil {
				told = append(told, time.Duration(*r.Step)*time.Microsecond)
			}
		}
	}
	for n := 1; n < len(w.Steps); n++ {
		by := w.Steps[n].By - w.Steps[n-1].By
		if !slices.ContainsFunc(told, func(d time.Duration) bool { return (d - by).Abs() < 100*time.Millisecond }) {
			untold = append(untold, fmt.Sprintf("the journal does not tell that the clock was set by %v, but %v", by, told))
		}
	}
	if len(told) != len(w.Steps)-1 {
		untold = append(untold, fmt.Sprintf("the clock was set %d times, the journal tells of %v", len(w.Steps)-1, told))
	}
	return untold, nil
}
