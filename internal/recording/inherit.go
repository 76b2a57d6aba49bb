package recording

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// begin looks for what earlier processes left behind, before anything is written. What
// they left open is made whole, unless one of them is still at work.
func (w *writer) begin() {
	found, newest := w.find(), ""
	for p := range found {
		if media.LaterRun(p.folder.Newest, newest) {
			newest = p.folder.Newest
		}
	}
	if w.r.OnEarlier != nil {
		w.r.OnEarlier(newest)
	}
	if w.waiting == nil {
		w.adoptAll(found, nil)
		w.lookElsewhere()
	}
}

// elsewherePause is the rest between two days of the past: there may be hundreds of
// each of hundreds of cameras.
const elsewherePause = 2 * time.Second

// lookElsewhere begins to look through the days in which nothing can have been left
// open unless a clock was set. Nothing waits for it.
func (w *writer) lookElsewhere() {
	for _, p := range w.posts {
		if p.volume.Hangs() {
			continue
		}
		folder := p.folder // as Find has left it; that may be asked again meanwhile
		w.helpers.Go(func() {
			rest := time.NewTimer(0)
			defer rest.Stop()
			left := folder.Elsewhere(func() bool {
				select {
				case <-w.ending:
					return false
				case <-rest.C:
				}
				rest.Reset(elsewherePause)
				return !p.volume.Hangs()
			})
			if len(left) == 0 {
				return
			}
			select {
			case w.elsewhere <- foundElsewhere{p, left}:
			case <-w.ending: // the next start finds it
			}
		})
	}
}

// foundElsewhere is what was left open on a volume in days that are long over.
type foundElsewhere struct {
	post *post
	left []leftover.Left
}

// find looks on every volume for what was left behind. One that does not answer is
// left out; so is one that is slow, but for the one that is written to.
func (w *writer) find() map[*post][]leftover.Left {
	type answer struct {
		post *post
		left []leftover.Left
	}
	answers, open := make(chan answer, len(w.posts)), map[*post]bool{}
	for _, p := range w.posts {
		if p.volume.Hangs() {
			continue
		}
		open[p] = true
		before, asked := p.asked, make(chan struct{})
		p.asked = asked
		w.helpers.Go(func() {
			defer close(asked)
			if before != nil {
				<-before
			}
			answers <- answer{p, p.folder.Find()}
		})
	}
	found := map[*post][]leftover.Left{}
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for len(open) > 0 {
		select {
		case a := <-answers:
			found[a.post] = a.left
			delete(open, a.post)
		case <-look.C:
			if !open[w.at] || w.at.volume.Hangs() {
				return found
			}
		}
	}
	return found
}

// adoptAll begins to make whole what was left open on every volume, but for what is
// this recorder's own. A volume that has not answered is not used for segments until
// it is known what lies there.
func (w *writer) adoptAll(found map[*post][]leftover.Left, own map[string]bool) {
	others := func(left []leftover.Left) []leftover.Left {
		return slices.DeleteFunc(left, func(l leftover.Left) bool { return own[strings.TrimSuffix(l.Path, segment.PartExt)] })
	}
	for _, p := range w.posts {
		left, ok := found[p]
		if !ok {
			asked := p.asked
			w.adopt(p, func() []leftover.Left {
				if asked != nil {
					<-asked
				}
				left := p.folder.Find()
				if w.r.OnEarlier != nil { // the runs on it are news
					w.r.OnEarlier(p.folder.Newest)
				}
				return others(left)
			})
		} else if left = others(left); len(left) > 0 {
			w.adoptFound(p, left)
		}
	}
}

// claim notes that a segment is this recorder's own, before its file is there.
func (w *writer) claim(name segment.Name) {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	if w.r.own != nil {
		w.r.own[name.Path()] = true
	}
}

// takeOver begins the account of a recorder whose predecessor is gone: what that one
// may have left open is made whole, and then the journals say what was recorded
// meanwhile. What they say of failing to is left out as long as nothing was recorded:
// the predecessor did, or has said why not.
func (w *writer) takeOver() {
	w.waiting, w.heir = nil, true
	w.silence()
	if w.gone() { // the writer that goes on looks for it
		w.flush()
		return
	}
	w.r.mu.Lock()
	own := w.r.own
	w.r.own = nil
	w.r.mu.Unlock()
	found := w.find()
	for p := range found {
		w.learn(p)
	}
	w.adoptAll(found, own)
	if !w.adopting() {
		w.mourn()
	}
	w.lookElsewhere()
	w.flush()
}

// joined is how far apart two segments may lie that the account of coverage takes for
// one recording, µs (coverage.Tolerance): of any longer time it wants to know the cause.
const joined = 50_000

// learn takes in what the journals of a volume tell of a predecessor's pictures.
func (w *writer) learn(p *post) {
	w.footage, w.silent = max(w.footage, p.folder.Footage), max(w.silent, p.folder.Silence)
}

// died gives what the journal says behind what a predecessor left: that it ended without
// a word before anything was recorded here. One that handed over is followed at once, or
// has said why not. Whether it left a file open does not matter: it may have been between
// two of them, or the file held no picture yet.
func (w *writer) died(left []journal.Record) []journal.Record {
	for _, r := range left {
		if r.Kind == journal.KindSegment {
			w.footage = max(w.footage, r.At)
		}
	}
	if w.mourned || w.footage <= w.silent || w.first != 0 && w.first <= w.footage+joined {
		return nil
	}
	w.mourned = true
	return []journal.Record{{Kind: journal.KindStart, At: cmp.Or(w.first, w.r.Clock.Micro())}}
}

// mourn notes what died gives where nothing was left behind, before what was recorded here.
func (w *writer) mourn() {
	for _, rec := range w.died(nil) {
		to := w.at
		for _, p := range w.posts {
			if slices.ContainsFunc(p.backlog, func(r journal.Record) bool { return r.Kind == journal.KindRun && r.At == w.first }) {
				to = p
			}
		}
		to.backlog = slices.Insert(to.backlog, 0, rec)
	}
}

// silence drops what was noted before the first run.
func (w *writer) silence() {
	for _, p := range w.posts {
		recorded := w.before
		p.backlog = slices.DeleteFunc(p.backlog, func(r journal.Record) bool {
			recorded = recorded || r.Kind == journal.KindRun
			return !recorded && !footage(r)
		})
	}
}

// footage tells whether a record is about a segment of this recorder.
func footage(r journal.Record) bool {
	return r.Kind == journal.KindSegment || r.Kind == journal.KindSeal
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
	w.onlyFootage()
}

func (w *writer) onlyFootage() {
	w.waiting = nil
	for _, p := range w.posts {
		p.backlog = slices.DeleteFunc(p.backlog, func(r journal.Record) bool { return r.Kind != journal.KindRun && !footage(r) })
	}
	w.flush()
}

// holdBack keeps the account of a writer that another has taken over from until the
// journals may be written.
func (w *writer) holdBack() {
	select {
	case <-w.waiting:
		w.takeOver()
	case <-w.r.done: // it ended early
		w.onlyFootage()
	}
}
