package recording

import (
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"sync"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording/cutter"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/internal/recording/space"
)

// writer is the disk side of a recorder: it takes the steps in order and is the
// only one that may wait for the disk. Where it waits for ever, another takes the
// steps that follow (see leave).
type writer struct {
	r       *Recorder
	posts   []*post // of every volume
	at      *post   // where it writes; changed under r.mu
	adopted chan adopted
	// What was left open in days that are long over; taken when nothing is being adopted.
	elsewhere chan foundElsewhere
	ending    chan struct{}   // closed when the last step comes
	before    bool            // an earlier writer of this recorder has noted a run
	waiting   <-chan struct{} // Recorder.Earlier until it is closed; then nil. Meanwhile no journal is written
	heir      bool            // it has been waited for, and that process is gone
	helpers   sync.WaitGroup

	// Guarded by r.mu: a step belongs to one writer.
	doing *op      // at present
	since progress // what it had come to before that
	left  bool     // another writer has taken over
	kept  []op     // what is still to be done, then

	progress
	file   *segment.File
	sealed []journal.Sealed // the seals of the open segment, oldest first
	seq    uint32
	late   []lateTrack // where a segment was opened late: by how much its times differ from the cutter's
	spent  bool        // there was no room for a camera of this priority
	head   []byte
	pieces [][]byte
}

// progress is what a writer that takes over must know.
type progress struct {
	run     *media.Run
	runName segment.Name // of the segment the cutter has open
	running bool         // a run record stands for what is being written
	lost    media.Cause  // of the last gap record
	ever    bool         // a run record was noted
	first   int64        // when the first run did begin, µs since 1970 UTC; 0 before
	// Of a predecessor that was waited for: see leftover.Folder, and died.
	footage, silent int64
	mourned         bool // the journal says that it ended without a word
}

// lateTrack is what decoding times of a track are moved back by, in ticks.
type lateTrack struct {
	known bool
	ticks int64
}

func newWriter(r *Recorder, v *Volume) *writer {
	w := &writer{r: r, at: r.post(v)}
	w.posts = []*post{w.at}
	if r.Volumes != nil {
		for _, other := range r.Volumes.List {
			if other != v {
				w.posts = append(w.posts, r.post(other))
			}
		}
	}
	w.adopted, w.ending, w.elsewhere = make(chan adopted, len(w.posts)), make(chan struct{}), make(chan foundElsewhere)
	return w
}

func (w *writer) work() {
	for _, p := range w.posts {
		p.volume.attend(p)
	}
	for {
		o, any := w.next()
		if !any {
			elsewhere := w.elsewhere
			if w.adopting() {
				elsewhere = nil
			}
			select {
			case <-w.r.wake:
			case <-w.waiting:
				w.takeOver()
			case a := <-w.adopted:
				w.catchUp(a)
			case f := <-elsewhere:
				w.adoptFound(f.post, f.left)
			}
			continue
		}
		if o.last {
			close(w.ending)
			if w.waiting != nil && o.rec != nil {
				w.endEarly(&o)
			}
			for w.at.adopting {
				w.catchUp(<-w.adopted)
			}
		}
		w.step(&o)
		if o.last {
			w.end(o.rec)
			return
		}
	}
}

func (w *writer) adopting() bool {
	return slices.ContainsFunc(w.posts, func(p *post) bool { return p.adopting })
}

// next takes the next step.
func (w *writer) next() (o op, any bool) {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	w.doing = nil
	queue := &w.r.queue
	if w.left {
		queue = &w.kept
	}
	if len(*queue) == 0 {
		return op{}, false
	}
	o = (*queue)[0]
	(*queue)[0] = op{}
	if *queue = (*queue)[1:]; len(*queue) == 0 {
		*queue = nil
	}
	w.doing, w.since = &o, w.progress
	return o, true
}

// end waits for what is being made whole; the last segment's close may have taken up
// others. rec is nil where another writer goes on.
func (w *writer) end(rec *journal.Record) {
	adopted := func() {
		for w.adopting() {
			w.catchUp(<-w.adopted)
		}
	}
	adopted()
	w.flush() // a journal may have been failing when the last word came
	adopted()
	w.helpers.Wait()
	if rec == nil && w.waiting != nil {
		w.holdBack()
	}
	for _, p := range w.posts {
		p.journal.Close()
		p.volume.dismiss(p)
	}
	if rec == nil {
		return
	}
	if w.r.Volumes != nil {
		w.r.Volumes.note(w.r, nil)
	}
	w.r.setState(false, rec.Cause)
	close(w.r.done)
}

func (w *writer) step(o *op) {
	switch {
	case o.begin != nil:
		w.finish()
		if w.gone() {
			return // the next writer begins it
		}
		w.run, w.runName = o.begin.Run, o.begin.Name
		w.open(o.begin.Name, nil)
	case o.part != nil:
		w.part(o.part)
		w.r.took(o.part)
	case o.close:
		if w.file != nil {
			w.file.Lost, w.file.Dropped = o.lost, o.dropped
		}
		w.finish()
	case o.done != nil:
		close(o.done)
	case o.seal:
		w.seal()
	case o.last && o.rec == nil:
		w.finish()
	case o.rec != nil:
		if o.last {
			w.finish()
		}
		if o.mute {
			return
		}
		if o.rec.Kind == journal.KindGap {
			w.lost, w.running = o.rec.Cause, false
			w.r.setState(false, o.rec.Cause)
		}
		w.note(*o.rec)
	}
}

// open begins a segment, on another volume where the present one takes none. Where
// that fails the cause is noted, and the next part that begins with a key frame tries
// again.
func (w *writer) open(name segment.Name, late []lateTrack) {
	w.at.volume.astray()
	cause := w.barred(w.at)
	if cause != media.CauseNone || !w.r.Volumes.takes(w.at.volume, w.r) || w.at.finding.Load() {
		if p := w.other(w.at); p != nil {
			w.move(p)
			cause = media.CauseNone
		} else if w.at.finding.Load() {
			cause = media.CauseDiskFault
		}
	}
	if cause != media.CauseNone {
		w.fail(name.Start, cause, nil)
		return
	}
	var tried []*post
	init := fmp4.AppendInit(nil, w.run.MP4Tracks())
	for {
		v := w.at.volume
		w.claim(name)
		var file *segment.File
		err := w.at.step(func() (err error) { file, err = segment.Create(v.Root, name, init, v.try); return err })
		if err == nil && v.astray() {
			err = errors.Join(errAstray, file.Remove())
		}
		if err == nil {
			w.begun(file, name, late)
			return
		}
		tried = append(tried, w.at)
		next := w.other(tried...)
		if next == nil || w.gone() {
			w.fail(name.Start, space.Cause(err), err)
			return
		}
		w.r.Log.Error("a segment could not be opened", "camera", w.r.Camera, "volume", v.Name, "err", err)
		v.Fail(err)
		w.move(next)
	}
}

func (w *writer) begun(file *segment.File, name segment.Name, late []lateTrack) {
	w.file, w.seq, w.late, w.sealed = file, 0, late, nil
	w.at.volume.add(file)
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	if !w.left {
		w.r.open = &OpenSegment{Name: name, Run: w.run, Volume: w.at.volume.Name, Path: file.Path, Start: name.Start, End: name.Start}
	}
}

// barred tells why nothing may be written to a volume: for anybody, or for a camera
// that is less important than others. With hysteresis, so that it does not flutter.
func (w *writer) barred(p *post) media.Cause {
	if c := p.volume.barred.Load(); c != nil && (*c != media.CauseDiskFull || !w.r.Volumes.chosen(w.r)) {
		return *c
	}
	if now := w.r.Volumes.standing(); now.WhenFull != ByPriority && now.Record == nil {
		return media.CauseNone
	}
	need := w.r.Volumes.reserve(p.volume, w.r)
	if w.spent {
		need += need / 4
	}
	if w.spent = p.volume.free.Load() < need; w.spent {
		return media.CauseDiskFull
	}
	return media.CauseNone
}

// gone tells whether another writer has taken over.
func (w *writer) gone() bool {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	return w.left
}

// fail ends the segment, if one is open, and records the gap once.
func (w *writer) fail(at int64, cause media.Cause, err error) {
	if err != nil {
		if w.lost != cause { // once, however often it is tried
			w.r.Log.Error("recording failed", "camera", w.r.Camera, "cause", cause, "err", err)
		}
		w.at.volume.Fail(err)
	}
	w.finish()
	w.running = false
	if w.lost != cause && !w.gone() {
		w.lost = cause
		w.note(journal.Record{Kind: journal.KindGap, At: at, Cause: cause})
	}
	w.setState(false, cause)
}

// setState is the recorder's, while this is its writer.
func (w *writer) setState(recording bool, cause media.Cause) {
	if !w.gone() {
		w.r.setState(recording, cause)
	}
}

func (w *writer) part(p *cutter.Part) {
	if w.file != nil {
		if cause := w.barred(w.at); cause != media.CauseNone {
			switch {
			case w.other(w.at) == nil:
				w.fail(p.Start, cause, nil)
				w.dropPart(p)
				return
			case p.Key: // nothing is lost where another volume takes over at a key frame
				w.finish()
			}
		}
	}
	for {
		if w.file == nil && !w.reopen(p) {
			w.dropPart(p)
			return
		}
		err := w.append(p)
		if err == nil {
			return
		}
		if !p.Key || w.other(w.at) == nil || w.gone() {
			w.fail(p.Start, space.Cause(err), err)
			w.dropPart(p)
			return
		}
		w.r.Log.Error("recording failed and goes on elsewhere", "camera", w.r.Camera, "volume", w.at.volume.Name, "err", err)
		w.at.volume.Fail(err)
		w.finish()
	}
}

// reopen opens a segment in the middle of a run with a part that begins with a key frame.
func (w *writer) reopen(p *cutter.Part) bool {
	if !p.Key || w.run == nil {
		return false
	}
	name := w.runName
	name.Start = p.Start
	w.open(name, make([]lateTrack, len(w.run.Tracks)))
	return w.file != nil
}

func (w *writer) append(p *cutter.Part) error {
	w.moveBack(p)
	w.seq++
	w.head = fmp4.AppendHead(w.head[:0], w.seq, p.Tracks)
	w.pieces = append(w.pieces[:0], w.head)
	for i := range p.Tracks {
		for j := range p.Tracks[i].Samples {
			w.pieces = append(w.pieces, p.Tracks[i].Samples[j].Data)
		}
	}
	size := int64(0)
	for _, b := range w.pieces {
		size += int64(len(b))
	}
	if err := w.at.step(func() error { return w.file.Append(w.pieces) }); err != nil {
		return err
	}
	clear(w.pieces)
	w.placed(p, size)
	return nil
}

// placed takes note of a part that stands in the file.
func (w *writer) placed(p *cutter.Part, size int64) {
	offset := w.file.Size - size
	w.at.volume.written.Add(size)
	lead := w.run.Tracks[max(w.run.Video(), 0)]
	for i := range p.Tracks {
		if f := &p.Tracks[i]; f.TrackID == lead.ID {
			w.file.Frames += len(f.Samples)
			w.file.End = w.file.Name.Start + int64(f.BaseTime+f.Duration())*1e6/int64(lead.Timescale)
			if p.Key {
				w.file.Points = append(w.file.Points, fmp4.KeyPoint{Time: f.BaseTime, Offset: offset})
			}
		}
	}
	if !w.running {
		w.running, w.lost, w.ever = true, media.CauseNone, true
		w.first = cmp.Or(w.first, p.Start)
		w.note(journal.Record{Kind: journal.KindRun, At: p.Start, Run: w.run.ID})
	}
	w.r.mu.Lock()
	p.Root, p.Path, p.Offset, p.Size = w.at.volume.Root, w.file.Name.Path(), offset, size
	p.Units, p.Tracks = nil, nil
	w.r.state.Written += size
	if !w.left {
		w.r.open.Size = w.file.Size
		w.r.open.End = w.file.End
		if p.Key {
			w.r.open.Points = append(w.r.open.Points, Point{Start: p.KeyAt, Offset: offset})
		}
	}
	w.r.mu.Unlock()
	w.setState(true, media.CauseNone)
}

// moveBack counts a part's decoding times from the start of a segment that was
// opened late. Each track is placed anew by the wall clock of its first sample.
func (w *writer) moveBack(p *cutter.Part) {
	if w.late == nil {
		return
	}
	zero := w.file.Name.Start
	bases := slices.Clone(p.Bases) // Mark may hold the part as it was
	for i := range p.Tracks {
		f := &p.Tracks[i]
		track := slices.IndexFunc(w.run.Tracks, func(t media.Track) bool { return t.ID == f.TrackID })
		l := &w.late[track]
		if !l.known {
			ahead := max(p.Walls[track]-zero, 0) * int64(w.run.Tracks[track].Timescale) / 1e6
			l.known, l.ticks = true, int64(f.BaseTime)-ahead
		}
		f.BaseTime = uint64(max(int64(f.BaseTime)-l.ticks, 0))
		bases[track] += l.ticks
	}
	w.r.mu.Lock()
	p.Zero, p.Bases = zero, bases
	w.r.mu.Unlock()
}

// dropPart counts a part that the disk did not take. It can still be shown.
func (w *writer) dropPart(p *cutter.Part) {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	w.r.state.Dropped += uint64(len(p.Units))
	p.Lost, p.Tracks = true, nil
	w.r.gop.Spare()
}

// finish closes the open segment: file, then name, then journal.
func (w *writer) finish() {
	f, p := w.file, w.at
	if f == nil {
		return
	}
	w.file = nil
	p.volume.remove(f)
	defer func() {
		f.Close()
		w.r.mu.Lock()
		if !w.left {
			w.r.open = nil
		}
		w.r.mu.Unlock()
	}()
	if f.Frames == 0 {
		// Holds an initialisation segment only: no picture is lost with it.
		if err := f.Remove(); err != nil { // it is set aside as soon as the disk takes something
			p.unclosed = append(p.unclosed, leftover.Left{Path: f.Name.Path()})
			p.volume.Fail(err)
		}
		return
	}
	track := 0
	if v := w.run.Video(); v >= 0 {
		track = v
	}
	if err := p.step(func() error { return f.Finish(w.run.Tracks[track].ID) }); err != nil {
		// It is made whole when the next one has been closed, or at the next start.
		p.unclosed = append(p.unclosed, leftover.Left{Path: f.Name.Path(), Sealed: w.sealed})
		w.r.Log.Error("a segment could not be closed", "camera", w.r.Camera, "file", f.Path, "err", err)
		p.volume.Fail(err)
		w.doubt(f.Name.Start, space.Cause(err))
		return
	}
	w.noteAt(p, journal.Record{Kind: journal.KindSegment, At: f.End, Run: f.Name.Run, Segment: f.Describe(w.run.Tracks)})
	for _, p := range w.posts {
		if p == w.at || !p.volume.Hangs() {
			w.retry(p)
		}
	}
}

// doubt records a gap in the place of a segment that could not be closed. What of it had
// been written and not forced to the disk may be lost with the disk, and nobody knows from
// where on; it may even be that the disk never comes back. When the segment is made whole,
// what there is of it takes the place of the gap, so that its cause is told of what is
// missing and of nothing else.
func (w *writer) doubt(start int64, cause media.Cause) {
	if w.gone() {
		return // the next writer has gone on, and has told of more
	}
	w.running, w.lost = false, cause
	w.note(journal.Record{Kind: journal.KindGap, At: start, Cause: cause})
}

// seal notes the open segment as it stands. Its data is brought to the disk first: a
// seal that a power cut can make untrue would accuse the disk of what the power did.
func (w *writer) seal() {
	w.r.mu.Lock()
	w.r.sealing = false
	w.r.mu.Unlock()
	f, p := w.file, w.at
	if f == nil || f.Frames == 0 {
		return
	}
	if err := p.step(f.Sync); err != nil {
		p.volume.Fail(err)
		return
	}
	root := f.Root()
	sealed := journal.Sealed{File: f.Name.Path(), Parts: f.Parts(), Bytes: f.Size, Root: hex.EncodeToString(root[:])}
	if n := len(w.sealed); n > 0 && w.sealed[n-1] == sealed {
		return // nothing has come since
	}
	w.sealed = append(w.sealed, sealed)
	rec := journal.Record{Kind: journal.KindSeal, At: w.r.Clock.Micro(), Sealed: &sealed}
	// While the journal waits, one seal a segment does: the newest says all.
	if n := len(p.backlog); n > 0 && p.backlog[n-1].Kind == journal.KindSeal && p.backlog[n-1].Sealed.File == sealed.File {
		p.backlog = p.backlog[:n-1]
	}
	w.noteAt(p, rec)
}
