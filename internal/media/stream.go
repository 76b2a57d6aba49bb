package media

import "sync"

// Sink follows a stream synchronously, in the writer's goroutine and under the
// stream's lock: it must return at once, whatever happens to disk or network.
// The recorder is the only sink that sees production; it owns a spool of its own.
type Sink interface {
	Begin(run *Run)
	Write(run *Run, u *Unit)
	// End says that no unit of the run follows. at is µs since 1970 UTC.
	End(run *Run, at int64, cause Cause)
}

// Stream is one camera's main or sub stream over all its reconnections: one
// writer, any number of readers, no copies. The zero value is ready for use.
type Stream struct {
	mu       sync.Mutex // serialises the writer, joins and leaves; never held over I/O
	run      *Run       // nil between runs
	sinks    []Sink
	readers  map[*Reader]struct{}
	watchers int
	onWatch  func(watchers int)
}

// AddSink attaches a sink. A run that is already going begins for it at once.
func (s *Stream) AddSink(k Sink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sinks = append(s.sinks, k)
	if s.run != nil {
		k.Begin(s.run)
	}
}

// OnWatch registers the one function that is told how many readers watch,
// whenever that number changes. It runs under the stream's lock.
func (s *Stream) OnWatch(f func(watchers int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onWatch = f
	if f != nil {
		f(s.watchers)
	}
}

// Begin opens a run, ending the one before if the source did not.
func (s *Stream) Begin(run *Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		s.end(run.Start, CauseTimestamps)
	}
	s.run = run
	for _, k := range s.sinks {
		k.Begin(run)
	}
	for r := range s.readers {
		r.push(Item{Run: run})
	}
}

// Write hands one unit of the current run to everyone. It never blocks.
func (s *Stream) Write(u *Unit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return
	}
	for _, k := range s.sinks {
		k.Write(s.run, u)
	}
	for r := range s.readers {
		r.push(Item{Run: s.run, Unit: u})
	}
}

// End closes the current run, if there is one. at is µs since 1970 UTC.
func (s *Stream) End(at int64, cause Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		s.end(at, cause)
	}
}

func (s *Stream) end(at int64, cause Cause) {
	run := s.run
	s.run = nil
	for _, k := range s.sinks {
		k.End(run, at, cause)
	}
	for r := range s.readers {
		r.push(Item{Run: run, Ended: true, Cause: cause})
	}
}

// Run is the current run, or nil between runs.
func (s *Stream) Run() *Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run
}

// Watchers is the number of readers.
func (s *Stream) Watchers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watchers
}

// Primer gives a joining reader what was sent since the last key frame. Mark is
// called under the stream's lock and must not block; the function it returns
// does the reading, later and elsewhere, and yields exactly the units from the
// last key frame up to the instant of Mark, in order of arrival.
type Primer interface {
	Mark() func() ([]*Unit, error)
}

// Join attaches a reader whose ring holds size items. With a primer, prime
// returns the units that precede the reader's first item without gap or overlap;
// without one it is nil and the reader begins at the next key frame.
func (s *Stream) Join(size int, p Primer) (r *Reader, run *Run, prime func() ([]*Unit, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r = newReader(s, size)
	if p != nil && s.run != nil {
		prime = p.Mark()
		r.waitKey = prime == nil
	}
	if s.readers == nil {
		s.readers = map[*Reader]struct{}{}
	}
	s.readers[r] = struct{}{}
	s.watchers++
	if s.onWatch != nil {
		s.onWatch(s.watchers)
	}
	return r, s.run, prime
}

func (s *Stream) leave(r *Reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.readers[r]; !ok {
		return
	}
	delete(s.readers, r)
	s.watchers--
	if s.onWatch != nil {
		s.onWatch(s.watchers)
	}
}
