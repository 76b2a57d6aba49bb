package recording

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
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
	adopting bool            // something is being made whole; the journal waits, since its order is that of time
	busy     atomic.Int64    // since when the writer waits for the disk, Unix ns; 0 while it does not
	finding  atomic.Bool     // what was left open is being looked for; nothing may be opened beside it
}

// adopted is what was made whole on a volume.
type adopted struct {
	post    *post
	records []journal.Record
}

// maxBacklog bounds the journal records kept while the disk takes none.
const maxBacklog = 4096

func (r *Recorder) post(v *Volume) *post {
	return &post{
		volume:  v,
		journal: journal.Writer{Root: v.Root, Camera: r.Camera, Try: v.try},
		folder: leftover.Folder{Root: v.Root, Camera: r.Camera, Clock: r.Clock, Log: r.Log, Try: v.try, Fail: v.Fail,
			Alone: r.Volumes == nil || len(r.Volumes.List) == 1},
	}
}

// step does something that a hanging disk holds up, so that this is noticed.
func (p *post) step(f func() error) error {
	p.busy.Store(time.Now().UnixNano())
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
			w.adopted <- adopted{p, nil} // what lies there may be another's
			return
		}
		// Few recorders do so at once: after a power cut all of them have to.
		p.volume.inspect <- struct{}{}
		left := find()
		p.finding.Store(false)
		records := p.folder.Adopt(left)
		<-p.volume.inspect
		w.adopted <- adopted{p, records}
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
	var left []leftover.Left
	p.unclosed = slices.DeleteFunc(p.unclosed, func(l leftover.Left) bool {
		for _, name := range []string{l.Path + segment.PartExt, l.Path} {
			if _, err := os.Stat(filepath.Join(p.folder.Root, name)); err == nil {
				left = append(left, leftover.Left{Path: name, Sealed: l.Sealed})
				return false
			}
		}
		return true // set aside, or gone
	})
	if len(left) > 0 {
		w.adoptFound(p, left)
	}
}

// catchUp notes what was left behind, before all that has happened since.
func (w *writer) catchUp(a adopted) {
	p := a.post
	p.adopting = false
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
		if p.adopting || len(p.backlog) == 0 || p.volume.astray() || p != w.at && p.volume.Hangs() {
			continue
		}
		if err := p.step(func() error { return p.journal.Append(w.r.Clock.Micro(), p.backlog...) }); err != nil {
			p.journal.Close()
			p.volume.Fail(err)
			continue
		}
		if p.volume.astray() {
			p.journal.Close() // what it wrote may stand below the mount point
			continue
		}
		p.backlog, grown = p.backlog[:0], true
	}
	if grown && w.r.OnJournal != nil {
		w.r.OnJournal(w.r.Camera)
	}
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
