package recording

import (
	"slices"
	"sync/atomic"

	"watchroom/internal/clock"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
)

// post is what a writer has on one volume: the journal beside the segments there, and
// what could not be closed or was left open there.
type post struct {
	volume   *Volume
	journal  journal.Writer
	backlog  []journal.Record // what the disk did not take yet, oldest first
	folder   leftover.Folder
	asked    <-chan struct{} // closed when the folder is not being looked through any more; nil if it never was
	unclosed []leftover.Left // segments of ours that could not be closed, by the paths of their closed forms
	adopting bool            // something is being made whole, or brought into the journal, which waits: its order is that of time
	busy     atomic.Int64    // since when the writer waits for the disk, of clock.Steady; 0 while it does not
	finding  atomic.Bool     // what was left open is being looked for; nothing may be opened beside it
}

// adopted is what was made whole on a volume, or brought into its journal.
type adopted struct {
	post    *post
	records []journal.Record
	gone    []leftover.Left  // of what could not be closed, that which is there no more
	entered bool             // the journal was all that was at work
	failed  []journal.Record // lines that it did not take, then
}

// maxBacklog bounds the journal records kept while the disk takes none.
const maxBacklog = 4096

func (r *Recorder) post(v *Volume) *post {
	return &post{
		volume: v,
		journal: journal.Writer{Root: v.Root, Camera: r.Camera, Try: v.try, OnAside: func(path string) {
			r.Log.Error("a journal cannot be read and was set aside; another was begun in its place", "camera", r.Camera, "volume", v.Name, "file", path)
		}},
		folder: leftover.Folder{Root: v.Root, Camera: r.Camera, Clock: r.Clock, Log: r.Log, Try: v.try, Fail: v.Fail,
			Alone: r.Volumes == nil || len(r.Volumes.List) == 1},
	}
}

// step does something that a hanging disk holds up, so that this is noticed.
func (p *post) step(f func() error) error {
	p.busy.Store(int64(clock.Steady()))
	defer p.busy.Store(0)
	return f()
}

// adopt begins to make whole what was left open. It hashes every byte: what arrives
// meanwhile is written at once, and only the journal waits.
func (w *writer) adopt(p *post, find func() []leftover.Left) {
	p.adopting = true
	p.finding.Store(true)
	w.helpers.Go(func() {
		if !p.volume.back(w.ending) {
			w.adopted <- adopted{post: p} // what lies there may be another's
			return
		}
		// Few recorders do so at once: after a power cut all of them have to.
		p.volume.inspect <- struct{}{}
		left := find()
		p.finding.Store(false)
		records := p.folder.Adopt(left)
		<-p.volume.inspect
		w.adopted <- adopted{post: p, records: records}
	})
}

// adoptFound is adopt of what was found already.
func (w *writer) adoptFound(p *post, left []leftover.Left) {
	w.adopt(p, func() []leftover.Left { return left })
	p.finding.Store(false)
}

// retry takes up segments that could not be closed, now that the disk takes others.
func (w *writer) retry(p *post) {
	if len(p.unclosed) == 0 || p.adopting || w.waiting != nil {
		return
	}
	if p != w.at { // it may not answer, and is not waited for
		unclosed := slices.Clone(p.unclosed)
		p.adopting = true
		w.helpers.Go(func() {
			p.volume.inspect <- struct{}{}
			left, gone := leftover.There(p.folder.Root, unclosed)
			records := p.folder.Adopt(left)
			<-p.volume.inspect
			w.adopted <- adopted{post: p, records: records, gone: gone}
		})
		return
	}
	var left, gone []leftover.Left
	_ = p.step(func() error { left, gone = leftover.There(p.folder.Root, p.unclosed); return nil })
	p.unclosed = leftover.Without(p.unclosed, gone)
	if len(left) > 0 {
		w.adoptFound(p, left)
	}
}

// catchUp notes what was left behind, before all that has happened since.
func (w *writer) catchUp(a adopted) {
	p := a.post
	p.adopting = false
	if a.entered {
		w.entered(p, a.failed)
		return
	}
	p.unclosed = leftover.Without(p.unclosed, a.gone)
	p.unclosed = slices.DeleteFunc(p.unclosed, func(l leftover.Left) bool {
		return slices.ContainsFunc(a.records, func(r journal.Record) bool { return r.Of() == l.Path })
	})
	if w.heir {
		w.learn(p)
		a.records = append(a.records, w.died(a.records)...)
	}
	p.backlog = append(a.records, p.backlog...)
	w.flush()
}

// note appends to the journal of the volume that is written to, behind what it did
// not take before.
func (w *writer) note(rec journal.Record) { w.noteAt(w.at, rec) }

func (w *writer) noteAt(p *post, rec journal.Record) {
	if len(p.backlog) < maxBacklog {
		p.backlog = append(p.backlog, rec)
	} else {
		w.r.Log.Error("a journal record is lost", "camera", w.r.Camera, "kind", rec.Kind, "at", rec.At)
	}
	w.flush()
}

// flush brings the backlogs into the journals, if that can be.
func (w *writer) flush() {
	if w.waiting != nil {
		return
	}
	grown := false
	for _, p := range w.posts {
		switch {
		case p.adopting || len(p.backlog) == 0:
		case p == w.at:
			if w.enter(p, p.backlog) {
				p.backlog, grown = p.backlog[:0], true
			}
		case !p.volume.Hangs(): // it may all the same, and is not waited for
			lines := p.backlog
			p.backlog, p.adopting = nil, true
			w.helpers.Go(func() {
				a := adopted{post: p, entered: true}
				if !w.enter(p, lines) {
					a.failed = lines
				}
				w.adopted <- a
			})
		}
	}
	if grown {
		w.grown()
	}
}

// entered takes note of how a volume's journal has taken what waited for it. What it did not
// take is tried again with the next word.
func (w *writer) entered(p *post, failed []journal.Record) {
	if failed != nil {
		p.backlog = append(failed, p.backlog...)
		return
	}
	w.grown()
	w.flush()
}

func (w *writer) grown() {
	if w.r.OnJournal != nil {
		w.r.OnJournal(w.r.Camera)
	}
}

// enter brings lines into the journal of a volume, and tells whether they stand there.
func (w *writer) enter(p *post, lines []journal.Record) bool {
	if p.volume.astray() {
		return false
	}
	if err := p.step(func() error { return p.journal.Append(w.r.Clock.Micro(), lines...) }); err != nil {
		p.journal.Close()
		p.volume.Fail(err)
		return false
	}
	if p.volume.astray() {
		p.journal.Close() // what it wrote may stand below the mount point
		return false
	}
	return true
}

// move makes a volume the one that is written to. What its predecessor's journal did
// not take goes along, but for what it says of the segments that stand beside it.
func (w *writer) move(p *post) {
	if p == w.at {
		return
	}
	stays := func(r journal.Record) bool { return r.Segment != nil || r.Sealed != nil }
	for _, rec := range w.at.backlog {
		if !stays(rec) {
			p.backlog = append(p.backlog, rec)
		}
	}
	w.at.backlog = slices.DeleteFunc(w.at.backlog, func(r journal.Record) bool { return !stays(r) })
	w.r.Log.Warn("a camera is recorded onto another volume", "camera", w.r.Camera, "from", w.at.volume.Name, "to", p.volume.Name)
	w.r.mu.Lock()
	w.at = p
	w.r.mu.Unlock()
	w.r.Volumes.note(w.r, p.volume)
}

// postFor gives the post of a volume that the writer may use.
func (w *writer) postFor(v *Volume) *post {
	for _, p := range w.posts {
		if p.volume == v {
			return p
		}
	}
	return nil
}

// other chooses another volume for the next segment, nil where none takes it. except
// are those that were tried.
func (w *writer) other(except ...*post) *post {
	if w.r.Volumes == nil {
		return nil
	}
	v := w.r.Volumes.pick(w.r, func(v *Volume) bool {
		p := w.postFor(v)
		return p != nil && !p.finding.Load() && !slices.Contains(except, p)
	})
	return w.postFor(v)
}
