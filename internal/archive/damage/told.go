package damage

import (
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
	"watchroom/internal/recording/segment"
)

// Told is what is wrong with a segment that was made whole after a crash, or that
// nothing shows to be of its run; nil: nothing.
func Told(camera string, r *journal.Record, doubt lives.Doubt) *Damage {
	if r.Kind == journal.KindLost {
		name, _, _ := segment.ParseName(r.Sealed.File) // who asks has looked that it is one
		return &Damage{File: r.Sealed.File, Camera: camera, StartAt: name.Start, EndAt: name.Start, Kind: Missing, FoundBy: Start}
	}
	d := Damage{File: r.File, Camera: camera, StartAt: r.Start, EndAt: r.End, FoundBy: Start}
	switch {
	case r.Altered:
		d.Kind = Altered
	case r.Short > 0:
		d.Kind = Short
	case r.Unproved, doubt != lives.None:
		d.Kind = Unproved
	default:
		return nil
	}
	return &d
}
