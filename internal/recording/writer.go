package recording

import (
	"encoding/hex"
	"errors"
	"os"
	"strings"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/media"
)

// writer is the disk side of a recorder: it takes the steps in order and is the
// only one that may wait for the disk.
type writer struct {
	r       *Recorder
	journal journal
	backlog []Record // journal records that the disk did not take yet, oldest first

	run     *media.Run
	runName Name // of the segment the cutter has open
	file    *segmentFile
	seq     uint32
	shift   int64       // µs that decoding times are moved back, after a segment was opened late
	running bool        // a run record stands for what is being written
	lost    media.Cause // of the last gap record
	head    []byte
	pieces  [][]byte
}

// maxBacklog bounds the journal records kept while the disk takes none.
const maxBacklog = 4096

func (r *Recorder) write() {
	defer close(r.done)
	w := &writer{r: r, journal: journal{root: r.Volume.Root, camera: r.Camera}}
	defer w.journal.close()
	w.recover()
	for {
		r.mu.Lock()
		ops := r.queue
		r.queue = nil
		r.mu.Unlock()
		for i := range ops {
			w.step(&ops[i])
			if ops[i].last {
				r.setState(false, ops[i].rec.Cause)
				return
			}
			ops[i] = op{}
		}
		if len(ops) == 0 {
			<-r.wake
		}
	}
}

func (w *writer) step(o *op) {
	switch {
	case o.begin != nil:
		w.run, w.runName, w.shift = o.begin.run, o.begin.name, 0
		w.open(o.begin.name)
	case o.part != nil:
		w.part(o.part)
		w.r.mu.Lock()
		w.r.queued -= o.part.bytes
		w.r.mu.Unlock()
	case o.close:
		w.finish()
	case o.done != nil:
		close(o.done)
	case o.rec != nil:
		if o.rec.Kind == KindGap {
			w.lost, w.running = o.rec.Cause, false
			w.r.setState(false, o.rec.Cause)
		}
		w.note(*o.rec)
	}
}

// open begins a segment. Where that fails the cause is noted, and the next part
// that begins with a key frame tries again.
func (w *writer) open(name Name) {
	w.finish()
	if w.r.Volume.full.Load() {
		w.fail(name.Start, media.CauseDiskFull, nil)
		return
	}
	file, err := createFile(w.r.Volume.Root, name, fmp4.AppendInit(nil, w.run.MP4Tracks()))
	if err != nil {
		w.fail(name.Start, causeOf(err), err)
		return
	}
	w.file, w.seq = file, 0
	w.r.Volume.add(file)
	w.r.mu.Lock()
	w.r.open = &OpenSegment{Name: name, Run: w.run, Path: file.path, Start: name.Start, End: name.Start}
	w.r.mu.Unlock()
}

// fail ends the segment, if one is open, and records the gap once.
func (w *writer) fail(at int64, cause media.Cause, err error) {
	if err != nil {
		w.r.Log.Error("recording failed", "camera", w.r.Camera, "cause", cause, "err", err)
		w.r.Volume.Fail(err)
	}
	w.finish()
	w.running = false
	if w.lost != cause {
		w.lost = cause
		w.note(Record{Kind: KindGap, At: at, Cause: cause})
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
		w.shift = p.start - p.zero
		if w.open(name); w.file == nil {
			w.dropPart(p)
			return
		}
	} else if w.r.Volume.full.Load() {
		w.fail(p.start, media.CauseDiskFull, nil)
		w.dropPart(p)
		return
	}
	if w.shift != 0 {
		for i := range p.tracks {
			ticks := w.shift * int64(w.scale(p.tracks[i].TrackID)) / 1e6
			p.tracks[i].BaseTime = uint64(max(int64(p.tracks[i].BaseTime)-ticks, 0))
		}
	}
	w.seq++
	w.head = fmp4.AppendHead(w.head[:0], w.seq, p.tracks)
	w.pieces = append(w.pieces[:0], w.head)
	for i := range p.tracks {
		for j := range p.tracks[i].Samples {
			w.pieces = append(w.pieces, p.tracks[i].Samples[j].Data)
		}
	}
	size := int64(len(w.head))
	for _, b := range w.pieces[1:] {
		size += int64(len(b))
	}
	// writeAll consumes the slice it is given; hashing wants it whole.
	if err := w.file.write(append([][]byte(nil), w.pieces...)); err != nil {
		w.fail(p.start, causeOf(err), err)
		w.dropPart(p)
		return
	}
	w.file.tree.Add(leaf.Part(w.pieces...))
	clear(w.pieces)
	w.placed(p, size)
}

// placed takes note of a part that stands in the file.
func (w *writer) placed(p *part, size int64) {
	offset := w.file.size - size
	w.r.Volume.written.Add(size)
	w.file.end = max(w.file.end, p.end)
	video := w.run.Video()
	for i := range p.tracks {
		if video < 0 && i == 0 || video >= 0 && p.tracks[i].TrackID == w.run.Tracks[video].ID {
			w.file.frames += len(p.tracks[i].Samples)
			if p.key {
				w.file.points = append(w.file.points, fmp4.KeyPoint{Time: p.tracks[i].BaseTime, Offset: offset})
			}
		}
	}
	if !w.running {
		w.running, w.lost = true, media.CauseNone
		w.note(Record{Kind: KindRun, At: p.start, Run: w.run.ID})
	}
	w.r.mu.Lock()
	p.path, p.offset, p.size = w.file.name.Path(), offset, size
	p.zero += w.shift
	if w.shift != 0 {
		for i := range p.bases {
			p.bases[i] += w.shift * int64(w.run.Tracks[i].Timescale) / 1e6
		}
	}
	p.units, p.tracks = nil, nil
	w.r.open.Size = w.file.size
	w.r.open.End = w.file.end
	if p.key {
		w.r.open.Points = append(w.r.open.Points, Point{Start: p.keyAt, Offset: offset})
	}
	w.r.mu.Unlock()
	w.r.setState(true, media.CauseNone)
}

func (w *writer) scale(id int) uint32 {
	for i := range w.run.Tracks {
		if w.run.Tracks[i].ID == id {
			return w.run.Tracks[i].Timescale
		}
	}
	return 1
}

func (w *writer) dropPart(p *part) {
	w.r.mu.Lock()
	w.r.state.Dropped += uint64(len(p.units))
	w.r.mu.Unlock()
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
		f.file.Close()
		w.r.mu.Lock()
		w.r.open = nil
		w.r.mu.Unlock()
	}()
	if f.frames == 0 {
		// Holds an initialisation segment only: no picture is lost with it.
		if err := os.Remove(f.path); err != nil {
			w.r.Volume.Fail(err)
		}
		return
	}
	track := 0
	if v := w.run.Video(); v >= 0 {
		track = v
	}
	if err := f.finish(w.r.Volume.Root, w.run.Tracks[track].ID); err != nil {
		// The file stays open by name; the next start makes it whole.
		w.r.Log.Error("a segment could not be closed", "camera", w.r.Camera, "file", f.path, "err", err)
		w.r.Volume.Fail(err)
		return
	}
	w.note(Record{Kind: KindSegment, At: f.end, Run: f.name.Run, Segment: describe(f, w.run.Tracks)})
}

func describe(f *segmentFile, tracks []media.Track) *Segment {
	root := f.tree.Root()
	s := &Segment{
		File: f.name.Path(), Start: f.name.Start, End: f.end, Bytes: f.size,
		Parts: int(f.tree.Len()) - 1, Frames: f.frames, Root: hex.EncodeToString(root[:]),
	}
	var mimes []string
	for _, t := range tracks {
		if m := t.MIME(); m != "" {
			mimes = append(mimes, m)
		}
		switch {
		case t.Codec.Video() && s.Codec == "":
			s.Codec, s.Width, s.Height = string(t.Codec), t.Width, t.Height
		case !t.Codec.Video() && s.Audio == "":
			s.Audio = string(t.Codec)
		}
	}
	s.MIME = strings.Join(mimes, ",")
	return s
}

// note appends to the journal, behind what it did not take before.
func (w *writer) note(rec Record) {
	if len(w.backlog) < maxBacklog {
		w.backlog = append(w.backlog, rec)
	} else {
		w.r.Log.Error("a journal record is lost", "camera", w.r.Camera, "kind", rec.Kind, "at", rec.At)
	}
	if err := w.journal.append(w.r.Clock.Micro(), w.backlog...); err != nil {
		w.journal.close()
		if !errors.Is(err, os.ErrClosed) {
			w.r.Volume.Fail(err)
		}
		return
	}
	w.backlog = w.backlog[:0]
	if w.r.OnJournal != nil {
		w.r.OnJournal(w.r.Camera)
	}
}
