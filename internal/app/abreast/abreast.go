// Package abreast says what waits for the records, so that the log may say that it has all acts,
// and raises an alarm about acts that came into it late.
package abreast

import (
	"sync"
	"time"

	"watchroom/internal/ledger"
)

// Acts are those on their way. The zero value with Alarm is ready.
type Acts struct {
	// Alarm raises an alarm under a key.
	Alarm func(key, code, detail string, params map[string]any)

	mu      sync.Mutex // guards what follows
	pending func() int // nil while nobody can tell
	late    int        // since the start
}

// Queue says how acts are counted that wait for the records. Until it is called nobody knows.
func (a *Acts) Queue(pending func() int) {
	a.mu.Lock()
	a.pending = pending
	a.mu.Unlock()
}

// Waiting counts acts that wait for the records; while nobody knows, one does.
func (a *Acts) Waiting() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending == nil {
		return 1
	}
	return a.pending()
}

// Late raises an alarm about acts that came late, which stands while the process runs.
func (a *Acts) Late(acts []ledger.LateAct) {
	a.mu.Lock()
	a.late += len(acts)
	n := a.late
	a.mu.Unlock()
	a.Alarm("ledger late acts", "ledger_acts_late", "Acts came into the transparency log that say that they were done before, and were not on record then.",
		map[string]any{"act": acts[0].ID, "at": time.UnixMicro(acts[0].At).UTC().Format(time.RFC3339), "count": n})
}

// Formless raises an alarm about acts whose damaged rows keep them out of the log, until there
// are none.
func (a *Acts) Formless(acts []string) {
	if len(acts) == 0 {
		a.Alarm("ledger formless acts", "", "", nil)
		return
	}
	a.Alarm("ledger formless acts", "ledger_acts_formless", "Acts cannot come into the transparency log, since what is on record of them is damaged. The others do.",
		map[string]any{"act": acts[0], "count": len(acts)})
}
