package recording

import "watchroom/internal/recording/journal"

// emit passes a step of the cutter's on, with what the source tells at that instant.
func (r *Recorder) emit(o op) {
	if o.begin != nil {
		r.heard.Opened()
	}
	if r.Intake == nil || o.begin != nil {
		r.push(o)
		return
	}
	now := r.Intake()
	var clock *journal.Record
	if r.heard.Due(now, o.close) {
		at := *now.Offset
		r.heard.Noted(at)
		clock = &journal.Record{Kind: journal.KindClock, At: r.Clock.Micro(), Offset: &at, Source: now.Source}
	}
	if !o.close {
		r.push(o) // the run's record before the first of its clock's
	}
	if clock != nil {
		r.push(op{rec: clock})
	}
	if o.close {
		lost, dropped := r.heard.Since(now)
		o.lost, o.dropped = &lost, &dropped
		r.push(o)
	}
}
