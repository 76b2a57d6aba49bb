package factor

import (
	"slices"
	"sync"
	"time"

	"watchroom/internal/access/factor/totp"
	"watchroom/internal/problem"
)

// Refusals at a sign-in of two codes in a row that are right for another time by the same
// measure. minutes is by how much.
var (
	ErrClockAhead  = problem.New(problem.NotSignedIn, "second_factor_clock_ahead", "The codes are right for another time: the clock of the device with the app is ahead. Set it to the network's time and take its next code.")
	ErrClockBehind = problem.New(problem.NotSignedIn, "second_factor_clock_behind", "The codes are right for another time: the clock of the device with the app is behind. Set it to the network's time and take its next code.")
)

// skews remembers of each app the last code that was right for another time. One such code says
// nothing: whoever guesses after the password would learn from it which code will be right in a
// while, with some twenty more to hit. Two different ones in a row that are off by the same
// nobody hits by chance (about one in 10^10 pairs), and whoever has the app with a wrong clock
// types nothing else. Codes to come that were refused stay refused.
//
// It is kept in memory: after a restart the hint comes one code later.
type skews struct {
	mu sync.Mutex
	of map[string]*skew // by app
}

type skew struct {
	off, step int64 // of the last such code
	at        time.Time
	refused   []int64 // steps to come
}

// forgets is how long such a code counts.
const forgets = StepFor

// saw notes a code of an app that is right off steps from now, and gives what may be told of it;
// nil: nothing.
func (s *skews) saw(app string, off int64, now time.Time) *problem.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[string]*skew{}
	}
	for id, k := range s.of {
		if len(k.still(now)) == 0 && now.Sub(k.at) > forgets {
			delete(s.of, id)
		}
	}
	k := s.of[app]
	if k == nil {
		k = &skew{}
		s.of[app] = k
	}
	step := totp.StepOf(now) + off
	again := !k.at.IsZero() && now.Sub(k.at) <= forgets && step != k.step && off-k.off >= -1 && off-k.off <= 1
	k.off, k.step, k.at, k.refused = off, step, now, k.still(now)
	if off > 0 && !slices.Contains(k.refused, step) {
		k.refused = append(k.refused, step)
	}
	switch {
	case !again:
		return nil
	case off > 0:
		return ErrClockAhead.With("minutes", totp.Minutes(off))
	}
	return ErrClockBehind.With("minutes", totp.Minutes(off))
}

// still gives the steps that could be taken yet.
func (k *skew) still(now time.Time) []int64 {
	return slices.DeleteFunc(slices.Clone(k.refused), func(step int64) bool { return step < totp.StepOf(now)-1 })
}

// other says that a code was wrong at any time: what came before it is not in a row with the next.
func (s *skews) other(app string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.of[app]; k != nil {
		k.at = time.Time{}
	}
}

// wasRefused tells whether the code of a step was typed before its time.
func (s *skews) wasRefused(app string, step int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.of[app]
	return k != nil && slices.Contains(k.refused, step)
}
