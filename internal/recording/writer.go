package recording

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// writer is the disk side of a recorder: it takes the steps in order and is the
// only one that may wait for the disk.
type writer struct {
	r       *Recorder
	journal journal.Writer
	backlog []journal.Record // journal records that the disk did not take yet, oldest first

	folder    leftover.Folder
	recovered chan []journal.Record // of what a crash left behind; nil once they are noted
	waiting   <-chan struct{}       // Recorder.Earlier until it is closed; then nil
	own       map[string]bool       // while waiting: what was begun here, by the paths of the closed forms
	unclosed  []leftover.Left       // segments of ours that could not be closed, by the paths of their closed forms
	sealed    []journal.Sealed      // the seals of the open segment, oldest first

	run     *media.Run
	runName segment.Name // of the segment the cutter has open
	file    *segment.File
	seq     uint32
	late    []lateTrack // where a segment was opened late: by how much its times differ from the cutter's
	running bool        // a run record stands for what is being written
	lost    media.Cause // of the last gap record
	head    []byte
	pieces  [][]byte
}

// lateTrack is what decoding times of a track are moved back by, in ticks.
type lateTrack struct {
	known bool
	ticks int64
}

// maxBacklog bounds the journal records kept while the disk takes none.
const maxBacklog = 4096

func (r *Recorder) work() {
	defer close(r.done)
	w := &writer{r: r, journal: journal.Writer{Root: r.Volume.Root, Camera: r.Camera, Try: r.Volume.try}}
	defer w.journal.Close()
	w.folder = leftover.Folder{Root: r.Volume.Root, Camera: r.Camera, Clock: r.Clock, Log: r.Log, Try: r.Volume.try, Fail: r.Volume.Fail}
	left := w.folder.Find()
	if r.OnEarlier != nil {
		r.OnEarlier(w.folder.Newest)
	}
	switch {
	case r.Earlier != nil:
		w.waiting, w.own = r.Earlier, map[string]bool{}
	case len(left) > 0:
		w.adopt(left)
	}
	for {
		r.mu.Lock()
		ops := r.queue
		r.queue = nil
		r.mu.Unlock()
		for i := range ops {
			if ops[i].last && w.waiting != nil {
				w.endEarly(&ops[i])
			}
			if ops[i].last && w.recovered != nil {
				w.catchUp(<-w.recovered)
			}
			w.step(&ops[i])
			if ops[i].last {
				if w.recovered != nil { // the last segment's close took up others
					w.catchUp(<-w.recovered)
				}
				r.setState(false, ops[i].rec.Cause)
				return
			}
			ops[i] = op{}
		}
		if len(ops) == 0 {
			select {
			case <-r.wake:
			case <-w.waiting:
				w.takeOver()
			case records := <-w.recovered:
				w.catchUp(records)
			}
		}
	}
}

// adopt begins to make whole what was left open. It hashes every byte: what arrives
// meanwhile is written at once, and only the journal waits, because its order is that
// of time.
func (w *writer) adopt(left []leftover.Left) {
	done := make(chan []journal.Record, 1)
	w.recovered = done
	go func() {
		// Few recorders do so at once: after a power cut all of them have to.
		w.r.Volume.inspect <- struct{}{}
		records := w.folder.Adopt(left)
		<-w.r.Volume.inspect
		done <- records
	}()
}

// retry takes up segments that could not be closed, now that the disk takes others.
func (w *writer) retry() {
	if len(w.unclosed) == 0 || w.recovered != nil {
		return
	}
	var left []leftover.Left
	w.unclosed = slices.DeleteFunc(w.unclosed, func(l leftover.Left) bool {
		for _, p := range []string{l.Path + segment.PartExt, l.Path} {
			if _, err := os.Stat(filepath.Join(w.folder.Root, p)); err == nil {
				left = append(left, leftover.Left{Path: p, Sealed: l.Sealed})
				return false
			}
		}
		return true // set aside, or gone
	})
	if len(left) > 0 {
		w.adopt(left)
	}
}

// catchUp notes what was left behind, before all that has happened since.
func (w *writer) catchUp(records []journal.Record) {
	w.recovered = nil
	w.unclosed = slices.DeleteFunc(w.unclosed, func(l leftover.Left) bool {
		return slices.ContainsFunc(records, func(r journal.Record) bool { return r.File == l.Path })
	})
	w.backlog = append(records, w.backlog...)
	w.flush()
}

func (w *writer) step(o *op) {
	switch {
	case o.begin != nil:
		w.finish()
		w.run, w.runName = o.begin.run, o.begin.name
		w.open(o.begin.name, nil)
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

// open begins a segment. Where that fails the cause is noted, and the next part
// that begins with a key frame tries again.
func (w *writer) open(name segment.Name, late []lateTrack) {
	if w.r.Volume.full.Load() {
		w.fail(name.Start, media.CauseDiskFull, nil)
		return
	}
	file, err := segment.Create(w.r.Volume.Root, name, fmp4.AppendInit(nil, w.run.MP4Tracks()), w.r.Volume.try)
	if err != nil {
		w.fail(name.Start, causeOf(err), err)
		return
	}
	w.file, w.seq, w.late, w.sealed = file, 0, late, nil
	if w.waiting != nil {
		w.own[name.Path()] = true
	}
	w.r.Volume.add(file)
	w.r.mu.Lock()
	w.r.open = &OpenSegment{Name: name, Run: w.run, Path: file.Path, Start: name.Start, End: name.Start}
	w.r.mu.Unlock()
}

// fail ends the segment, if one is open, and records the gap once.
func (w *writer) fail(at int64, cause media.Cause, err error) {
	if err != nil {
		if w.lost != cause { // once, however often it is tried
			w.r.Log.Error("recording failed", "camera", w.r.Camera, "cause", cause, "err", err)
		}
		w.r.Volume.Fail(err)
	}
	w.finish()
	w.running = false
	if w.lost != cause {
		w.lost = cause
		w.note(journal.Record{Kind: journal.KindGap, At: at, Cause: cause})
	}
	w.r.setState(false, cause)
}

func (w *writer) part(p *part) {
	if w.file == nil {
		if !p.key || w.run == nil {
			w.dropPart(p)
			return
		}
		name := w.runName
		name.Start = p.start
		if w.open(name, make([]lateTrack, len(w.run.Tracks))); w.file == nil {
			w.dropPart(p)
			return
		}
	} else if w.r.Volume.full.Load() {
		w.fail(p.start, media.CauseDiskFull, nil)
		w.dropPart(p)
		return
	}
	w.moveBack(p)
	w.seq++
	w.head = fmp4.AppendHead(w.head[:0], w.seq, p.tracks)
	w.pieces = append(w.pieces[:0], w.head)
	for i := range p.tracks {
		for j := range p.tracks[i].Samples {
			w.pieces = append(w.pieces, p.tracks[i].Samples[j].Data)
		}
	}
	size := int64(0)
	for _, b := range w.pieces {
		size += int64(len(b))
	}
	if err := w.file.Append(w.pieces); err != nil {
		w.fail(p.start, causeOf(err), err)
		w.dropPart(p)
		return
	}
	clear(w.pieces)
	w.placed(p, size)
}

// placed takes note of a part that stands in the file.
func (w *writer) placed(p *part, size int64) {
	offset := w.file.Size - size
	w.r.Volume.written.Add(size)
	lead := w.run.Tracks[max(w.run.Video(), 0)]
	for i := range p.tracks {
		if f := &p.tracks[i]; f.TrackID == lead.ID {
			w.file.Frames += len(f.Samples)
			w.file.End = w.file.Name.Start + int64(f.BaseTime+f.Duration())*1e6/int64(lead.Timescale)
			if p.key {
				w.file.Points = append(w.file.Points, fmp4.KeyPoint{Time: f.BaseTime, Offset: offset})
			}
		}
	}
	if !w.running {
		w.running, w.lost = true, media.CauseNone
		w.note(journal.Record{Kind: journal.KindRun, At: p.start, Run: w.run.ID})
	}
	w.r.mu.Lock()
	p.path, p.offset, p.size = w.file.Name.Path(), offset, size
	p.units, p.tracks = nil, nil
	w.r.open.Size = w.file.Size
	w.r.open.End = w.file.End
	if p.key {
		w.r.open.Points = append(w.r.open.Points, Point{Start: p.keyAt, Offset: offset})
	}
	w.r.mu.Unlock()
	w.r.setState(true, media.CauseNone)
}

// moveBack counts a part's decoding times from the start of a segment that was
// opened late. Each track is placed anew by the wall clock of its first sample.
func (w *writer) moveBack(p *part) {
	if w.late == nil {
		return
	}
	zero := w.file.Name.Start
	bases := slices.Clone(p.bases) // Mark may hold the part as it was
	for i := range p.tracks {
		f := &p.tracks[i]
		track := slices.IndexFunc(w.run.Tracks, func(t media.Track) bool { return t.ID == f.TrackID })
		l := &w.late[track]
		if !l.known {
			ahead := max(p.walls[track]-zero, 0) * int64(w.run.Tracks[track].Timescale) / 1e6
			l.known, l.ticks = true, int64(f.BaseTime)-ahead
		}
		f.BaseTime = uint64(max(int64(f.BaseTime)-l.ticks, 0))
		bases[track] += l.ticks
	}
	w.r.mu.Lock()
	p.zero, p.bases = zero, bases
	w.r.mu.Unlock()
}

// dropPart counts a part that the disk did not take. It can still be shown.
func (w *writer) dropPart(p *part) {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	w.r.state.Dropped += uint64(len(p.units))
	p.lost, p.tracks = true, nil
	held := int64(0)
	for _, g := range w.r.gop {
		if g.lost {
			held += g.bytes
		}
	}
	if held > maxLostGOP {
		w.r.gop = nil
	}
}

// finish closes the open segment: file, then name, then journal.
func (w *writer) finish() {
	f := w.file
	if f == nil {
		return
	}
	w.file = nil
	w.r.Volume.remove(f)
	defer func() {
		f.Close()
		w.r.mu.Lock()
		w.r.open = nil
		w.r.mu.Unlock()
	}()
	if f.Frames == 0 {
		// Holds an initialisation segment only: no picture is lost with it.
		if err := f.Remove(); err != nil {
			w.r.Volume.Fail(err)
		}
		return
	}
	track := 0
	if v := w.run.Video(); v >= 0 {
		track = v
	}
	if err := f.Finish(w.run.Tracks[track].ID); err != nil {
		// It is made whole when the next one has been closed, or at the next start.
		w.unclosed = append(w.unclosed, leftover.Left{Path: f.Name.Path(), Sealed: w.sealed})
		w.r.Log.Error("a segment could not be closed", "camera", w.r.Camera, "file", f.Path, "err", err)
		w.r.Volume.Fail(err)
		return
	}
	w.note(journal.Record{Kind: journal.KindSegment, At: f.End, Run: f.Name.Run, Segment: f.Describe(w.run.Tracks)})
	w.retry()
}

// seal notes the open segment as it stands. Its data is brought to the disk first: a
// seal that a power cut can make untrue would accuse the disk of what the power did.
func (w *writer) seal() {
	w.r.mu.Lock()
	w.r.sealing = false
	w.r.mu.Unlock()
	f := w.file
	if f == nil || f.Frames == 0 {
		return
	}
	if err := f.Sync(); err != nil {
		w.r.Volume.Fail(err)
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
	if n := len(w.backlog); n > 0 && w.backlog[n-1].Kind == journal.KindSeal && w.backlog[n-1].Sealed.File == sealed.File {
		w.backlog = w.backlog[:n-1]
	}
	w.note(rec)
}

// note appends to the journal, behind what it did not take before.
func (w *writer) note(rec journal.Record) {
	if len(w.backlog) < maxBacklog {
		w.backlog = append(w.backlog, rec)
	} else {
		w.r.Log.Error("a journal record is lost", "camera", w.r.Camera, "kind", rec.Kind, "at", rec.At)
	}
	w.flush()
}

// flush brings the backlog into the journal, if that can be.
func (w *writer) flush() {
	if w.recovered != nil || w.waiting != nil || len(w.backlog) == 0 {
		return
	}
	if err := w.journal.Append(w.r.Clock.Micro(), w.backlog...); err != nil {
		w.journal.Close()
		w.r.Volume.Fail(err)
		return
	}
	w.backlog = w.backlog[:0]
	if w.r.OnJournal != nil {
		w.r.OnJournal(w.r.Camera)
	}
}
