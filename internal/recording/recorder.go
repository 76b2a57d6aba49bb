// Package recording turns one camera's stream into segment files and a journal
// beside them. Segments and journals together are the archive: every catalogue can
// be made again from them. The packages below it know how they stand on disk
// (segment, journal, durable), cut runs into parts (cutter), keep the newest for who
// joins (primer), follow what a source tells of itself (intake), know the room of a
// disk (space) and make whole what a crash left (leftover).
package recording

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording/cutter"
	"watchroom/internal/recording/intake"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/primer"
)

// Recorder writes one camera's main stream below a volume, or below the one of
// several that has room. It is a media.Sink and
// a media.Primer of that stream: the sink side cuts parts and segments in the
// source's goroutine and never blocks; a goroutine of its own does the writing.
// Between them stands a spool of bounded size. When the disk is so slow that the
// spool overflows, whole groups of pictures are given up and the gap is recorded.
type Recorder struct {
	Camera        string
	Volume        *Volume       // where it begins to write; with Volumes, Start chooses
	Volumes       *Volumes      // if set, others that it may write to
	SegmentLength time.Duration // 0 means 5 min; segments are cut on wall-clock multiples of it
	PartLength    time.Duration // 0 means 500 ms
	Spool         int64         // bytes; 0 means 64 MiB
	Clock         clock.Clock
	Log           *slog.Logger
	// Intake, if set, is asked what the source has lost and what it knows of the
	// camera's clock, for the journal. It is called in the source's goroutine and must
	// return at once.
	Intake func() intake.Intake
	// OnJournal is called by the writer after the camera's journal has grown. What
	// takes long there delays the writing.
	OnJournal func(camera string)
	// Earlier, if set, is closed once a process that still records the camera is gone.
	// Until then this one keeps its journal to itself and leaves alone what that one has
	// open; where it ends before, it has not begun as far as the journal tells.
	Earlier <-chan struct{}
	// Alive is when an earlier process of this recorder last gave a sign of life, µs since
	// 1970 UTC; 0 if that is not known. See journal.Record.
	Alive int64
	// OnEarlier is told, before anything is written, the id of the latest run that earlier
	// processes have recorded on volumes that answer, and again of each that answers late,
	// from another goroutine; empty if there is none.
	OnEarlier func(run string)
	// OnState is called when recording begins, stops, falls behind or has caught up,
	// from several goroutines. What takes long there delays the writing.
	OnState func(State)

	cut   cutter.Cutter // sink side; guarded by the stream's lock
	heard intake.Tally  // likewise

	mu      sync.Mutex // guards all below; never held over I/O, since the sink side takes it
	writer  *writer    // takes the steps of queue; others finish what they have begun
	queue   []op
	queued  int64 // bytes of units in queue
	open    *OpenSegment
	gop     primer.Group // of the open segment
	closing bool
	sealing bool // a seal is on its way to the writer
	// own is what was begun here while an earlier process still recorded, by the paths of
	// the closed forms; nil where none did.
	own   map[string]bool
	state State
	wake  chan struct{} // of the writer

	importance atomic.Int32 // Priority, as set last

	tell    sync.WaitGroup // calls of OnState that the sink side caused
	writers sync.WaitGroup
	done    chan struct{} // closed when the last step has been taken
}

// minSpool is what every recorder may spool although the volume's is used up.
const minSpool = 1 << 20

// State is what a recorder does at present.
type State struct {
	Recording bool
	Behind    bool        // the spool has been more than half full and has not drained since
	Cause     media.Cause // why it does not record, if it does not
	Dropped   uint64      // units given up because the disk was too slow
	Spooled   int64       // bytes waiting for the disk
	Written   int64       // bytes of parts that stand in files, since the start
}

// op is one step for the writer, in order.
type op struct {
	begin *cutter.Opening
	part  *cutter.Part
	close bool
	// With close, where the source counts: what the segment is short of.
	lost, dropped *int64

	seal bool            // note the open segment as it stands
	rec  *journal.Record // a journal record
	last bool            // stop after this one
	mute bool            // with last: without its record
	done chan struct{}
}

// Start brings in order what an earlier process left open and begins to write.
func (r *Recorder) Start(ctx context.Context) error {
	if r.SegmentLength <= 0 {
		r.SegmentLength = 5 * time.Minute
	}
	if r.PartLength <= 0 {
		r.PartLength = 500 * time.Millisecond
	}
	if r.Spool <= 0 {
		r.Spool = 64 << 20
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	r.wake = make(chan struct{}, 1)
	r.done = make(chan struct{})
	r.cut = cutter.Cutter{Segment: r.SegmentLength, Part: r.PartLength, Emit: func(s cutter.Step) {
		r.emit(op{begin: s.Begin, part: s.Part, close: s.Close})
	}}
	if r.Earlier == nil {
		r.push(op{rec: &journal.Record{Kind: journal.KindStart, At: r.Clock.Micro(), Alive: r.Alive}})
	} else {
		r.own = map[string]bool{}
	}
	if r.Volumes != nil {
		r.Volume = r.Volumes.home(r)
		r.Volumes.note(r, r.Volume)
	}
	r.writer = newWriter(r, r.Volume)
	r.writer.waiting = r.Earlier
	r.writers.Go(func() { r.writer.begin(); r.writer.work() })
	return nil
}

// SetPriority makes the camera as important as that: MinPriority to MaxPriority, 0
// for the default. It may be called at any time.
func (r *Recorder) SetPriority(n int) { r.importance.Store(int32(n)) }

func (r *Recorder) priority() int {
	if n := int(r.importance.Load()); n >= MinPriority && n <= MaxPriority {
		return n
	}
	return DefaultPriority
}

// Stop ends recording with a cause, writes everything out and waits. Nothing that
// reached the recorder before is lost. The stream must not write to it any more.
// Where a crash left segments behind, it waits until these are taken in.
func (r *Recorder) Stop(cause media.Cause) { r.StopSaying(cause, "") }

// StopSaying is Stop with words that stand beside the cause in the journal.
func (r *Recorder) StopSaying(cause media.Cause, detail string) { r.stop(cause, detail, false) }

// HandOver is Stop where another process goes on recording the camera, or trying to:
// the journal says nothing of an end.
func (r *Recorder) HandOver() { r.stop(media.CauseNone, "", true) }

func (r *Recorder) stop(cause media.Cause, detail string, mute bool) {
	r.mu.Lock()
	if r.closing {
		r.mu.Unlock()
		r.writers.Wait()
		return
	}
	r.closing = true
	r.mu.Unlock()
	at := r.Clock.Micro()
	if end := r.cut.End(0); end != 0 {
		at = end
	}
	r.push(op{rec: &journal.Record{Kind: journal.KindStop, At: at, Cause: cause, Detail: detail}, last: true, mute: mute})
	r.writers.Wait()
	r.tell.Wait()
}

// Drain waits until everything that makes up finished parts stands in the file.
func (r *Recorder) Drain() {
	done := make(chan struct{})
	r.push(op{done: done})
	select {
	case <-done:
	case <-r.done:
	}
}

// Close is Stop because the recorder's process ends.
func (r *Recorder) Close() { r.Stop(media.CauseStopped) }

// Begin implements media.Sink.
func (r *Recorder) Begin(run *media.Run) {
	if r.Intake != nil {
		r.heard.Since(r.Intake()) // what was lost before counts for no segment
	}
	r.cut.Begin(run, r.Camera)
}

// Write implements media.Sink.
func (r *Recorder) Write(_ *media.Run, u *media.Unit) {
	if r.cut.Paused {
		if !r.resumable() {
			return
		}
		r.cut.Paused = false
	}
	r.cut.Write(u)
	if r.overflowed() {
		r.giveUp(u.Wall)
	}
}

// End implements media.Sink.
func (r *Recorder) End(_ *media.Run, at int64, cause media.Cause) {
	// A run that only makes room for another, with other tracks, leaves no gap:
	// the next begins with the very picture that ended it.
	if cause == media.CauseNone {
		r.cut.End(at)
		return
	}
	if end := r.cut.End(0); end != 0 {
		at = end
	}
	r.Gap(at, cause, "")
}

// Gap records that from at on there is no picture, and why.
func (r *Recorder) Gap(at int64, cause media.Cause, detail string) {
	r.push(op{rec: &journal.Record{Kind: journal.KindGap, At: at, Cause: cause, Detail: detail}})
}

// Seal asks for a note in the journal of what stands in the open segment, on the
// disk, behind all parts that are finished now. It returns at once; where no segment
// is open there is nothing to note. Asking again before that has been done is one
// asking.
func (r *Recorder) Seal() {
	r.mu.Lock()
	asked := r.sealing || r.closing
	r.sealing = true
	r.mu.Unlock()
	if !asked {
		r.push(op{seal: true})
	}
}

// limit is how many bytes may wait for the disk.
func (r *Recorder) limit() int64 {
	if r.Volume.spooled.held.Load() > r.Volume.Spool {
		return min(r.Spool, minSpool)
	}
	return r.Spool
}

func (r *Recorder) overflowed() bool {
	limit := r.limit()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.queued > limit
}

// resumable tells whether the disk has caught up; a unit that comes before is lost.
func (r *Recorder) resumable() bool {
	limit := r.limit()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.queued > limit/2 {
		r.state.Dropped++
		return false
	}
	return true
}

// giveUp ends the segment and lets units pass until the disk has caught up.
func (r *Recorder) giveUp(at int64) {
	if end := r.cut.End(0); end != 0 {
		at = end
	}
	r.cut.Paused = true
	r.Gap(at, media.CauseDiskSlow, "")
	r.tell.Go(func() {
		r.Log.Error("the disk is too slow: pictures are given up", "camera", r.Camera)
	})
}

func (r *Recorder) push(o op) {
	r.mu.Lock()
	r.queue = append(r.queue, o)
	behind := false
	switch {
	case o.begin != nil, o.close:
		r.gop.Clear()
	case o.part != nil:
		r.queued += o.part.Bytes
		r.Volume.spooled.held.Add(o.part.Bytes)
		behind = r.fallsBehind()
		r.gop.Add(o.part)
	}
	r.mu.Unlock()
	if behind && r.OnState != nil {
		r.tell.Go(func() { r.OnState(r.State()) }) // not here: this is the source's goroutine
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// fallsBehind notes whether the spool is filling up, with hysteresis, and tells
// whether that has changed. r.mu is held.
func (r *Recorder) fallsBehind() (changed bool) {
	was := r.state.Behind
	r.state.Behind = r.queued > r.Spool/2 || was && r.queued > r.Spool/4
	return r.state.Behind != was
}

// took is called by the writer when a part no longer waits.
func (r *Recorder) took(p *cutter.Part) {
	r.Volume.spooled.held.Add(-p.Bytes)
	r.mu.Lock()
	r.queued -= p.Bytes
	changed := r.fallsBehind()
	s := r.state
	s.Spooled = r.queued
	r.mu.Unlock()
	if changed && r.OnState != nil {
		r.OnState(s)
	}
}

// State is the present state.
func (r *Recorder) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Spooled = r.queued
	return s
}

func (r *Recorder) setState(recording bool, cause media.Cause) {
	r.mu.Lock()
	changed := r.state.Recording != recording || r.state.Cause != cause
	r.state.Recording, r.state.Cause = recording, cause
	s := r.state
	s.Spooled = r.queued
	r.mu.Unlock()
	if changed && r.OnState != nil {
		r.OnState(s)
	}
}

// Mark implements media.Primer: the units since the last key frame, from the file
// where they are written, from memory where they are still on their way (R11).
func (r *Recorder) Mark() func() ([]*media.Unit, error) {
	pending, run := r.cut.Pending()
	if run == nil {
		return nil
	}
	key := r.cut.KeySeq()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gop.Units(pending, key)
}
