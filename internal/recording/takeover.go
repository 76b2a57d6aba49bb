package recording

import (
	"slices"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
)

// leave lets another writer go on where the present one waits for a disk that does
// not answer: with the next key frame, on a volume that takes it. The one that waits
// keeps what came before, and closes its segment if the disk ever answers. Where no
// volume takes anything, or no key frame has come, all stays as it is.
func (r *Recorder) leave(v *Volume) {
	// Chosen before r.mu is taken: it asks the volumes.
	r.mu.Lock()
	old := r.writer
	r.mu.Unlock()
	finding := func(v *Volume) bool {
		return slices.ContainsFunc(old.posts, func(p *post) bool { return p.volume == v && p.finding.Load() })
	}
	to := r.Volumes.pick(r, func(other *Volume) bool { return other != v && !finding(other) })
	if to == nil {
		return
	}
	r.mu.Lock()
	if old.doing == nil || old.at.volume != v || old.left {
		r.mu.Unlock()
		return
	}
	run, words := old.since.run, []op(nil)
	at := slices.IndexFunc(r.queue, func(o op) bool { return o.begin != nil || o.part != nil && o.part.Key && run != nil || o.last })
	rest := r.queue[max(at, 0):]
	switch begin := old.doing.begin; {
	case begin != nil: // it waits for the segment before to be closed, or for the new file
		at, rest = 0, slices.Concat([]op{{begin: begin}}, r.queue)
	case old.doing.last, at < 0:
		r.mu.Unlock()
		return
	}
	for _, o := range r.queue[:at] {
		if o.seal { // asked again before long, of the segment that comes
			r.sealing = false
			continue
		}
		if o.rec != nil { // a word that needs no file
			words = append(words, o)
			continue
		}
		old.kept = append(old.kept, o)
	}
	old.kept = append(old.kept, op{last: true})
	old.left = true
	next := newWriter(r, to)
	next.progress, next.before, next.waiting, next.heir = old.since, old.since.ever, old.waiting, old.heir
	next.posts = slices.DeleteFunc(next.posts, func(p *post) bool { return finding(p.volume) })
	if r.open != nil && len(r.open.Points) > 0 && next.waiting == nil {
		// What it has of this segment may never reach the disk. It takes the place of the gap
		// when the segment is closed. It is in the past: the camera is recorded.
		next.at.backlog = append(next.at.backlog, journal.Record{Kind: journal.KindGap, At: r.open.Start, Cause: media.CauseDiskFault})
		next.running = false
	}
	r.writer, r.queue, r.open = next, append(words, rest...), nil
	if r.gop.Placed() {
		r.gop.Clear() // it would be read from the disk that hangs
	}
	r.mu.Unlock()
	r.Log.Warn("a disk hangs; the camera is recorded onto another volume", "camera", r.Camera, "from", v.Name, "to", to.Name)
	r.Volumes.note(r, to)
	r.writers.Go(next.work)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
