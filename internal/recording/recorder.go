package recording

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/clock"
	"watchroom/internal/media"
)

// Recorder writes one camera's main stream below a volume. It is a media.Sink and
// a media.Primer of that stream: the sink side cuts parts and segments in the
// source's goroutine and never blocks; a goroutine of its own does the writing.
// Between them stands a spool of bounded size. When the disk is so slow that the
// spool overflows, whole groups of pictures are given up and the gap is recorded.
type Recorder struct {
	Camera        string
	Volume        *Volume
	SegmentLength time.Duration // 0 means 5 min; segments are cut on wall-clock multiples of it
	PartLength    time.Duration // 0 means 700 ms
	Spool         int64         // bytes; 0 means 64 MiB
	Clock         clock.Clock
	Log           *slog.Logger
	// OnJournal is called by the writer after the camera's journal has grown.
	OnJournal func(camera string)
	// OnState is called when recording begins, stops, or falls behind.
	OnState func(State)

	cut cutter // sink side; guarded by the stream's lock

	mu      sync.Mutex // guards all below
	queue   []op
	queued  int64 // bytes of units in queue
	open    *OpenSegment
	gop     []*part // parts since the last key frame, of the open segment
	closing bool
	state   State
	wake    chan struct{}

	done chan struct{}
}

// State is what a recorder does at present.
type State struct {
	Recording bool
	Behind    bool        // the spool is more than half full
	Cause     media.Cause // why it does not record, if it does not
	Dropped   uint64      // units given up because the disk was too slow
	Spooled   int64       // bytes waiting for the disk
}

// part is a part on its way to the file. units and tracks are dropped once it is
// written; from then on path, offset and size say where it stands.
type part struct {
	run    *media.Run
	units  []*media.Unit // in order of arrival
	tracks []fmp4.TrackFragment
	key    bool    // its first picture is a key frame: decoding can start here
	keyAt  int64   // wall clock of that picture's decoding time, µs
	zero   int64   // wall clock that decoding times count from, µs
	bases  []int64 // DTS minus decoding time, by index of the run's tracks
	start  int64   // wall clock of the first sample's decoding time, µs
	end    int64   // wall clock behind the last
	bytes  int64

	path         string // of the closed segment, below the root
	offset, size int64
}

// op is one step for the writer, in order.
type op struct {
	begin *beginOp
	part  *part
	close bool
	rec   *Record // a journal record
	last  bool    // stop after this one
	done  chan struct{}
}

type beginOp struct {
	name Name
	run  *media.Run
}

// Start brings in order what an earlier process left open and begins to write.
func (r *Recorder) Start(ctx context.Context) error {
	if r.SegmentLength <= 0 {
		r.SegmentLength = 5 * time.Minute
	}
	if r.PartLength <= 0 {
		r.PartLength = 700 * time.Millisecond
	}
	if r.Spool <= 0 {
		r.Spool = 64 << 20
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	r.wake = make(chan struct{}, 1)
	r.done = make(chan struct{})
	r.cut = cutter{segment: r.SegmentLength, part: r.PartLength, emit: r.push}
	r.push(op{rec: &Record{Kind: KindStart, At: r.Clock.Micro()}})
	go r.write()
	return nil
}

// Stop ends recording with a cause, writes everything out and waits. Nothing that
// reached the recorder before is lost. The stream must not write to it any more.
func (r *Recorder) Stop(cause media.Cause) {
	r.mu.Lock()
	if r.closing {
		r.mu.Unlock()
		<-r.done
		return
	}
	r.closing = true
	r.mu.Unlock()
	now := r.Clock.Micro()
	r.push(op{close: true})
	r.push(op{rec: &Record{Kind: KindStop, At: now, Cause: cause}, last: true})
	<-r.done
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
func (r *Recorder) Begin(run *media.Run) { r.cut.begin(run, r.Camera) }

// Write implements media.Sink.
func (r *Recorder) Write(_ *media.Run, u *media.Unit) {
	if r.cut.paused && r.resumable() {
		r.cut.paused = false
	}
	r.cut.write(u)
	if !r.cut.paused && r.overflowed() {
		r.giveUp(u.Wall)
	}
}

// End implements media.Sink.
func (r *Recorder) End(_ *media.Run, at int64, cause media.Cause) {
	end := r.cut.end()
	if end == 0 {
		end = at
	}
	r.Gap(end, cause, "")
}

// Gap records that from at on there is no picture, and why.
func (r *Recorder) Gap(at int64, cause media.Cause, detail string) {
	r.push(op{rec: &Record{Kind: KindGap, At: at, Cause: cause, Detail: detail}})
}

func (r *Recorder) overflowed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.queued > r.Spool
}

func (r *Recorder) resumable() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.queued <= r.Spool/2
}

// giveUp ends the segment and lets units pass until the disk has caught up.
func (r *Recorder) giveUp(at int64) {
	r.Log.Error("the disk is too slow: pictures are given up", "camera", r.Camera)
	if end := r.cut.end(); end != 0 {
		at = end
	}
	r.cut.paused = true
	r.Gap(at, media.CauseDiskSlow, "")
}

func (r *Recorder) push(o op) {
	r.mu.Lock()
	r.queue = append(r.queue, o)
	switch {
	case o.begin != nil:
		r.gop = nil
	case o.part != nil:
		r.queued += o.part.bytes
		if o.part.key {
			r.gop = r.gop[:0:0]
		}
		r.gop = append(r.gop, o.part)
	case o.close:
		r.gop = nil
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// State is the present state.
func (r *Recorder) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Spooled, s.Behind = r.queued, r.queued > r.Spool/2
	return s
}

func (r *Recorder) setState(recording bool, cause media.Cause) {
	r.mu.Lock()
	changed := r.state.Recording != recording || r.state.Cause != cause
	r.state.Recording, r.state.Cause = recording, cause
	s := r.state
	r.mu.Unlock()
	if changed && r.OnState != nil {
		r.OnState(s)
	}
}

// Mark implements media.Primer: the units since the last key frame, from the file
// where they are written, from memory where they are still on their way (R11).
func (r *Recorder) Mark() func() ([]*media.Unit, error) {
	pending, run := r.cut.pending()
	r.mu.Lock()
	defer r.mu.Unlock()
	if run == nil || len(r.gop) == 0 && (len(pending) == 0 || !startsWithKey(run, pending)) {
		return nil
	}
	if startsWithKey(run, pending) {
		return func() ([]*media.Unit, error) { return pending, nil }
	}
	parts := make([]part, len(r.gop))
	for i, p := range r.gop {
		parts[i] = *p
	}
	root := r.Volume.Root
	return func() ([]*media.Unit, error) {
		var out []*media.Unit
		for i := range parts {
			units, err := parts[i].read(root)
			if err != nil {
				return nil, err
			}
			out = append(out, units...)
		}
		return append(out, pending...), nil
	}
}

func startsWithKey(run *media.Run, units []*media.Unit) bool {
	v := run.Video()
	for _, u := range units {
		if v < 0 || u.Track == v {
			return u.Key
		}
	}
	return false
}
