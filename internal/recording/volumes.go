package recording

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/recording/marker"
	"watchroom/internal/recording/space"
)

// WhenFull is what happens when no volume has room.
type WhenFull string

// What was approved for that case. Nothing is ever deleted to make room.
const (
	Ask        WhenFull = "ask"      // all cameras stop, and people are asked
	ByPriority WhenFull = "priority" // cameras of low priority stop while there is room for the others
)

// Standing is what holds when no volume has room.
type Standing struct {
	WhenFull WhenFull
	// Record names the cameras that somebody has chosen to go on, where the policy is Ask:
	// they may use most of what is kept in reserve, and all others stop. Nil: nobody has.
	Record map[string]bool
}

// The room that cameras need once somebody has chosen, by the reserve of a volume.
const (
	chosenPart = 4 // the chosen ones a fourth of it
	roomyTimes = 5 // the others five times as much, as do the least important by priority
)

// Priorities of cameras.
const (
	MinPriority     = 1
	DefaultPriority = 5
	MaxPriority     = 9
)

// Volumes are the disks that recorders write to. A camera stays on one volume; when
// that has no room, fails or hangs, its next segment is opened on another.
type Volumes struct {
	List []*Volume // the first is recording.folder
	// Book, if set, remembers which volume is which. Without it folders bear no marker.
	Book     *marker.Book
	WhenFull WhenFull // empty means Ask; it holds until Decide
	// HungAfter is how long a disk may hold up the background work before cameras leave
	// it; 0 means 10 s.
	HungAfter time.Duration
	Log       *slog.Logger
	// Lock, if set, takes a volume for this process alone, once its marker is right.
	Lock func(root string) error
	// Unlock, if set, gives a volume free that answers with errors, until it is well.
	Unlock func(root string)
	// OnSpace is called when the state of a volume changes. What takes long there
	// delays a writer.
	OnSpace func(*Volume, space.Space)

	decided atomic.Pointer[func() Standing]

	fresh map[string]bool // volumes that were empty and without a marker at the start

	mu        sync.Mutex // guards all below
	recorders map[*Recorder]*Volume
	refused   map[*Volume]error

	cancel context.CancelFunc
	done   chan struct{}
	begun  sync.WaitGroup // volumes that are being started
}

// startWait is how long the start waits for a volume that does not answer.
const startWait = 5 * time.Second

// Start starts every volume. One that cannot be used is told of in its state; it is
// an error only if the first one's folder cannot be made and there is no other.
func (s *Volumes) Start(ctx context.Context) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.HungAfter = cmp.Or(s.HungAfter, 10*time.Second)
	s.recorders, s.refused = map[*Recorder]*Volume{}, map[*Volume]error{}
	s.fresh = map[string]bool{}
	if s.Book != nil {
		if err := s.Book.Open(); err != nil {
			return err
		}
	}
	shared := &spool{}
	ctx, s.cancel = context.WithCancel(ctx)
	if len(s.List) == 1 && s.List[0].Name == "" {
		if err := os.MkdirAll(s.List[0].Root, 0o750); err != nil {
			s.cancel()
			return err
		}
	}
	ready := make(chan struct{}, len(s.List))
	for _, v := range s.List {
		v.spooled = shared
		v.defaults()
		v.Check = func() error { return s.check(v) }
		if tell := s.OnSpace; tell != nil {
			v.OnSpace = func(now space.Space) { tell(v, now) }
		}
		v.hung.Store(true) // until it answers
		v.unknown()
		s.begun.Go(func() {
			s.open(v)
			v.begin(ctx)
			ready <- struct{}{}
		})
	}
	wait := time.NewTimer(startWait)
	defer wait.Stop()
	for range s.List {
		select {
		case <-ready:
			continue
		case <-wait.C:
		}
		break
	}
	for _, v := range s.List {
		if v.hung.Load() { // it has had its time
			v.tell()
		}
	}
	s.done = make(chan struct{})
	go s.run(ctx)
	return nil
}

// open makes a volume's folder, claims it and measures it.
func (s *Volumes) open(v *Volume) {
	var err error
	if v.Name == "" { // the others are mount points: what is not there is not made
		err = os.MkdirAll(v.Root, 0o750)
	} else if _, err = os.Stat(v.Root); err != nil {
		err = missing(err)
	}
	if err == nil && s.Book != nil {
		var fresh bool
		if fresh, err = s.Book.Claim(v.Root, v.Name); fresh {
			s.mu.Lock()
			s.fresh[v.Name] = true
			s.mu.Unlock()
		}
	}
	if err != nil {
		s.Log.Error("a volume cannot be recorded onto", "volume", v.Name, "folder", v.Root, "err", err)
	}
	v.hung.Store(false)
	v.opened.Store(true)
	v.measure()
}

// check tells whether a folder is the volume that it should be.
func (s *Volumes) check(v *Volume) error {
	s.mu.Lock()
	err := s.refused[v]
	s.mu.Unlock()
	if err != nil || s.Book == nil {
		return err
	}
	if _, err = s.Book.Claim(v.Root, v.Name); err != nil {
		if _, none := os.Stat(v.Root); none != nil {
			err = missing(none)
		}
	}
	if err == nil && s.Lock != nil && !v.ill() {
		err = v.lock(s.Lock)
	}
	return err
}

// missing says of a folder that cannot be looked at that its volume is gone.
func missing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", marker.ErrNoFolder, err)
	}
	return err
}

// Doubt refuses volumes that were found empty although there are recordings on them,
// as the catalogue knows. It is asked once the catalogue can answer.
func (s *Volumes) Doubt(holds func(volume string) bool) {
	for _, v := range s.List {
		s.mu.Lock()
		fresh := s.fresh[v.Name]
		s.mu.Unlock()
		if !fresh || !holds(v.Name) {
			continue
		}
		s.mu.Lock()
		s.refused[v] = marker.ErrGone
		s.mu.Unlock()
		v.measure()
	}
}

// Close stops the background work. Open files are the recorders' to close.
func (s *Volumes) Close() {
	s.cancel()
	<-s.done
	s.begun.Wait()
	for _, v := range s.List {
		v.Close()
	}
}

// run looks after volumes that hang: nobody who waits for a disk can do that.
func (s *Volumes) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(max(s.HungAfter/10, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, v := range s.List {
			if v.watch(s.HungAfter) {
				s.Log.Warn("a disk does not answer, or does again", "volume", v.Name, "folder", v.Root, "hangs", v.hung.Load())
			}
			if !v.hung.Load() {
				if s.Unlock != nil {
					v.release(s.Unlock)
				}
				continue
			}
			for _, r := range s.on(v) {
				r.leave(v)
			}
		}
	}
}

// on gives the recorders that write to a volume.
func (s *Volumes) on(v *Volume) (list []*Recorder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r, at := range s.recorders {
		if at == v {
			list = append(list, r)
		}
	}
	return list
}

// Cameras is how many cameras are recorded onto a volume at present.
func (s *Volumes) Cameras(v *Volume) int { return len(s.on(v)) }

// note says which volume a recorder writes to; nil for none any more.
func (s *Volumes) note(r *Recorder, v *Volume) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v == nil {
		delete(s.recorders, r)
		return
	}
	s.recorders[r] = v
}

// home is where a camera's recorder begins: where it wrote last, or, for a new
// camera and where that volume takes nothing, where there is most room for it.
func (s *Volumes) home(r *Recorder) *Volume {
	var last *Volume
	newest, written := "", time.Time{}
	for _, v := range s.List {
		if v.hung.Load() {
			continue
		}
		day, at := newestDay(filepath.Join(v.Root, r.Camera))
		if day > newest || day == newest && day != "" && at.After(written) {
			last, newest, written = v, day, at
		}
	}
	if last != nil && s.takes(last, r) && last.free.Load() >= s.reserve(last, r) {
		return last
	}
	return cmp.Or(s.pick(r, nil), last, s.List[0])
}

// pick chooses a volume that takes the next segment, nil where none does. Cameras are
// spread so that each has about as much room as the others.
func (s *Volumes) pick(r *Recorder, may func(*Volume) bool) *Volume {
	s.mu.Lock()
	defer s.mu.Unlock()
	var best *Volume
	most := 0.0
	for _, v := range s.List {
		if !s.takes(v, r) || may != nil && !may(v) || v.free.Load() < s.reserve(v, r) {
			continue
		}
		n := 1
		for other, at := range s.recorders {
			if at == v && other != r {
				n++
			}
		}
		if room := float64(v.free.Load()) / float64(n); room > most*1.01 { // disks that are alike are taken in their order
			best, most = v, room
		}
	}
	return best
}

// reserve is how many bytes must be free for a camera to go on. By priority, the
// least important ones stop at five times the volume's reserve; where somebody has chosen,
// all do that were not.
func (s *Volumes) reserve(v *Volume, r *Recorder) int64 {
	switch now := s.standing(); {
	case now.WhenFull == ByPriority:
		return v.Reserve + int64(MaxPriority-r.priority())*v.Reserve/2
	case now.Record == nil:
		return v.Reserve
	case now.Record[r.Camera]:
		return v.Reserve / chosenPart
	}
	return roomyTimes * v.Reserve
}

// Decide lets what people have decided hold from now on. now is asked at every part and must
// not wait.
func (s *Volumes) Decide(now func() Standing) { s.decided.Store(&now) }

func (s *Volumes) standing() Standing {
	if s == nil {
		return Standing{}
	}
	if decided := s.decided.Load(); decided != nil {
		return (*decided)()
	}
	return Standing{WhenFull: s.WhenFull}
}

// chosen tells whether somebody has said that a camera is to be recorded into what is left.
func (s *Volumes) chosen(r *Recorder) bool {
	now := s.standing()
	return now.WhenFull != ByPriority && now.Record[r.Camera]
}

// takes tells whether a volume takes the footage of a camera: what is full and well does of
// one that was chosen.
func (s *Volumes) takes(v *Volume, r *Recorder) bool {
	return v.takes() || !v.hung.Load() && v.Space().State == space.Full && s.chosen(r)
}

// Roomy tells whether a volume has so much room that every camera may record, whoever was
// chosen.
func (s *Volumes) Roomy() bool {
	return slices.ContainsFunc(s.List, func(v *Volume) bool { return v.takes() && v.free.Load() >= roomyTimes*v.Reserve })
}

func newestDay(dir string) (day string, at time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", at
	}
	for _, e := range slices.Backward(entries) {
		if _, err := time.Parse(time.DateOnly, e.Name()); err == nil && e.IsDir() {
			if info, err := e.Info(); err == nil {
				at = info.ModTime()
			}
			return e.Name(), at
		}
	}
	return "", at
}

// Written is the number of bytes written since Start, of all volumes.
func (s *Volumes) Written() (n int64) {
	for _, v := range s.List {
		n += v.Written()
	}
	return n
}

// Space is the state of all volumes together: what the best of them says, or failing
// where some are and the rest is well.
func (s *Volumes) Space() space.Space {
	all := make([]space.Space, len(s.List))
	for i, v := range s.List {
		all[i] = v.Space()
	}
	return space.Sum(all)
}

// Volume finds a volume by its name, nil if there is none.
func (s *Volumes) Volume(name string) *Volume {
	for _, v := range s.List {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// away tells whether another folder stands in the volume's place.
func (v *Volume) away() bool { return v.Space().State == space.Away }

// astray is away for somebody who is about to begin a file, or has just begun one. Where
// the volume has answered with errors it is looked at anew: that is when people unmount
// it, and what is begun then would lie below its mount point, out of sight.
func (v *Volume) astray() bool {
	if v.Check != nil && v.ill() {
		v.measure()
	}
	return v.away()
}

// errAstray says that a file came to lie in a folder that is not the volume.
var errAstray = errors.New("the volume went away while a file was begun")

// back waits until the volume is in its place, or gives up when it ends.
func (v *Volume) back(ending <-chan struct{}) bool {
	if !v.away() {
		return true
	}
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			if !v.away() {
				return true
			}
		case <-ending:
			return false
		}
	}
}

// Hang tells whether no volume answers.
func (s *Volumes) Hang() bool {
	return !slices.ContainsFunc(s.List, func(v *Volume) bool { return !v.hung.Load() })
}

// SomeHangs tells whether a volume does not answer.
func (s *Volumes) SomeHangs() bool {
	return slices.ContainsFunc(s.List, func(v *Volume) bool { return v.hung.Load() })
}

// Hangs tells whether a volume cannot be read at present, because its disk does not
// answer or another stands in its place.
func (v *Volume) Hangs() bool {
	return v.hung.Load() || v.Space().State == space.Away
}
