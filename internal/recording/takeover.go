package recording

import (
	"slices"
	"strings"

	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// takeOver begins the account of a recorder whose predecessor is gone: what that one
// may have left open is made whole, and then the journal says what was recorded
// meanwhile. What it says of failing to is left out as long as nothing was recorded:
// the predecessor did, or has said why not.
func (w *writer) takeOver() {
	w.waiting = nil
	first := slices.IndexFunc(w.backlog, func(r journal.Record) bool { return r.Kind == journal.KindRun })
	if first < 0 {
		first = len(w.backlog)
	}
	w.backlog = slices.Delete(w.backlog, 0, first)
	left := slices.DeleteFunc(w.folder.Find(), func(l leftover.Left) bool { return w.own[strings.TrimSuffix(l.Path, segment.PartExt)] })
	w.own = nil
	if len(left) > 0 {
		w.adopt(left)
		return
	}
	w.flush()
}

// endEarly ends a recorder that may have taken nothing over. Then its predecessor's
// account goes on, and all that this one adds is its footage.
func (w *writer) endEarly(o *op) {
	select {
	case <-w.waiting:
		w.takeOver()
		return
	default:
	}
	o.mute = true
	w.waiting, w.own = nil, nil
	w.backlog = slices.DeleteFunc(w.backlog, func(r journal.Record) bool {
		return r.Kind != journal.KindRun && r.Kind != journal.KindSegment && r.Kind != journal.KindSeal
	})
	w.flush()
}
