package capture

import (
	"watchroom/internal/archive/reconcile"
	"watchroom/internal/source"
)

// Look is what a camera's source and recorder have moved, for who compares it with
// what they claim; false for a camera that the fleet does not have.
func Look(f *Fleet, camera string) (reconcile.Look, bool) {
	s, ok := f.Status(camera)
	if !ok {
		return reconcile.Look{}, false
	}
	l := reconcile.Look{Live: s.Main.State == source.Live, Recording: s.State.Recording, Cause: s.State.Cause, Frames: s.Main.Figures.Frames, Written: s.State.Written}
	if o := f.OpenSegment(camera); o != nil {
		l.Since = o.Start
	}
	return l, true
}
