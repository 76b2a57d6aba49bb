package recording

import "watchroom/internal/recording/journal"

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

// ledger follows the intake on the sink side, under the stream's lock.
type ledger struct {
	last   Intake // at the last close, or the run's beginning
	offset *int64 // as noted last, since the recorder started
	noted  bool   // in the open segment
}

// since is what was lost between the last call and this one. A source that was
// replaced counts from zero again.
func (l *ledger) since(now Intake) (lost, dropped int64) {
	was := l.last
	if now.Lost < was.Lost || now.Dropped < was.Dropped {
		was = Intake{}
	}
	l.last = now
	return int64(now.Lost - was.Lost), int64(now.Dropped - was.Dropped)
}

// due tells whether the offset must be noted: once with every segment, and at once
// when it has moved by more than may be let be until then.
func (l *ledger) due(now Intake, closing bool) bool {
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

// emit passes a step of the cutter's on, with what the source tells at that instant.
func (r *Recorder) emit(o op) {
	if o.begin != nil {
		r.heard.noted = false
	}
	if r.Intake == nil || o.begin != nil {
		r.push(o)
		return
	}
	now := r.Intake()
	var clock *journal.Record
	if r.heard.due(now, o.close) {
		at := *now.Offset
		r.heard.offset, r.heard.noted = &at, true
		clock = &journal.Record{Kind: journal.KindClock, At: r.Clock.Micro(), Offset: &at, Source: now.Source}
	}
	if !o.close {
		r.push(o) // the run's record before the first of its clock's
	}
	if clock != nil {
		r.push(op{rec: clock})
	}
	if o.close {
		lost, dropped := r.heard.since(now)
		o.lost, o.dropped = &lost, &dropped
		r.push(o)
	}
}
