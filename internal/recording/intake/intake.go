// Package intake follows what a camera's source tells beside the pictures: what a segment is
// short of, and how the camera's clock goes.
package intake

// Intake is what a camera's source can tell beside the pictures.
type Intake struct {
	Lost    uint64 // RTP packets missing, since the source began to count
	Dropped uint64 // access units given up because they were damaged or too large, likewise
	// Offset is the camera's clock minus this machine's, µs; nil while it is not known.
	Offset *int64
	Source string // how Offset was measured: journal.BySenderReport or journal.ByDate
}

// clockMoved is the change of the offset, µs, that is noted before a segment ends:
// more than a measurement over a busy network errs, and as much as a person notices.
const clockMoved = 250_000

// Tally follows the intake of one camera.
type Tally struct {
	last   Intake // at the last close, or the run's beginning
	offset *int64 // as noted last, since the recorder started
	noted  bool   // in the open segment
}

// Since is what was lost between the last call and this one. A source that was
// replaced counts from zero again.
func (l *Tally) Since(now Intake) (lost, dropped int64) {
	was := l.last
	if now.Lost < was.Lost || now.Dropped < was.Dropped {
		was = Intake{}
	}
	l.last = now
	return int64(now.Lost - was.Lost), int64(now.Dropped - was.Dropped)
}

// Due tells whether the offset must be noted: once with every segment, and at once
// when it has moved by more than may be let be until then.
func (l *Tally) Due(now Intake, closing bool) bool {
	switch {
	case now.Offset == nil:
		return false
	case l.offset == nil:
		return true
	case closing && (!l.noted || *now.Offset != *l.offset):
		return true
	}
	return max(*now.Offset-*l.offset, *l.offset-*now.Offset) >= clockMoved
}

// Opened says that a segment was opened.
func (l *Tally) Opened() { l.noted = false }

// Noted says that an offset was noted.
func (l *Tally) Noted(offset int64) { l.offset, l.noted = &offset, true }
