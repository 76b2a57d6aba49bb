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
	l := reconcile.Look{Live: s.Main.State == source.Live, Recording: s.State.Recording, Cause: s.State.Cause, Frames: s.Main.Figures.Frames}
	if o := f.OpenSegment(camera); o != nil {
		l.Segment, l.Since, l.Size = o.Path, o.Start, o.Size
	}
	return l, true
}
