// Package standing tells of the work in the background that stands still: a disk, a server
// or a database that never answers holds it up without an error.
package standing

import (
	"context"
	"time"

	"watchroom/internal/clock/every"
)

// Names of what is watched.
const (
	Removal    = "removal"
	Moving     = "moving"
	Proofs     = "proofs"
	Faults     = "faults"
	Losses     = "losses"
	Days       = "days"
	Capacity   = "capacity"
	Strayed    = "strayed"
	Census     = "census"
	Shortage   = "shortage"
	Comparison = "comparison"
)

// long is how long a round may give no sign of life.
const long = 10 * time.Minute

var alarms = map[string]struct{ code, detail string }{
	Removal:    {"removal_stands", "The removal of footage has stood still for more than ten minutes. Recording goes on."},
	Moving:     {"moving_stands", "The moving of footage to archive tiers has stood still for more than ten minutes. Recording goes on."},
	Proofs:     {"proofs_stand", "The proof of the oldest footage has stood still for more than ten minutes. Recording goes on."},
	Faults:     {"faults_stand", "Storage faults have not been looked at for more than ten minutes. Recording goes on."},
	Losses:     {"losses_stand", "Lost footage has not been looked for for more than ten minutes. Recording goes on."},
	Days:       {"days_stand", "The coverage of past days has not been summed up for more than ten minutes. Recording goes on."},
	Capacity:   {"capacity_stands", "The forecast of the storage has stood still for more than ten minutes. Recording goes on."},
	Strayed:    {"strayed_stands", "The search for footage in the wrong place has stood still for more than ten minutes. Recording goes on."},
	Census:     {"census_stands", "Whether all footage is still there has not been looked at for more than ten minutes. Recording goes on."},
	Shortage:   {"shortage_stands", "Whether somebody must be asked because all recording disks are full has not been looked at for more than ten minutes. Recording goes on."},
	Comparison: {"comparison_stands", "What should be recorded has not been compared with what is recorded for more than ten minutes. Recording goes on."},
}

// Watch watches over rounds that are started under it. It needs Alarm before Start.
type Watch struct {
	every.Watch
	// Alarm raises an alarm under a key, or takes it down where code is empty.
	Alarm func(key, code, detail, camera string, params map[string]any)

	loop every.Loop
}

// Start begins to look.
func (w *Watch) Start(ctx context.Context) {
	w.loop.Start(ctx, 30*time.Second, func(context.Context) { w.look() })
}

// Close stops it.
func (w *Watch) Close() { w.loop.Close() }

func (w *Watch) look() {
	stands := w.Standing(long)
	for name, a := range alarms {
		if stands[name] {
			w.Alarm("standing "+name, a.code, a.detail, "", nil)
		} else {
			w.Alarm("standing "+name, "", "", "", nil)
		}
	}
}
