package live

import (
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
)

// Past is how far back the right to watch live reaches. A viewer begins with the
// pictures since the last key frame, which were recorded before they asked; older
// footage is the past, and that is shown only behind a viewing. Where a camera
// sends key frames more seldom, a viewer waits for the next.
const Past = 10 * time.Second

// Still is how old the newest picture of a camera may be and count as one of now.
// It is longer than Past, since one picture is less than moving ones and pages that
// show many cameras ask for it seldom.
const Still = time.Minute

// Recent gives what a primer has of the last Past seconds before the instant of
// Mark: all of it or, where its key frame is older, nothing. A nil primer stays nil.
func Recent(p media.Primer, c clock.Clock) media.Primer {
	if p == nil {
		return nil
	}
	return &recent{p, c}
}

type recent struct {
	primer media.Primer
	clock  clock.Clock
}

// Mark implements media.Primer.
func (r *recent) Mark() func() ([]*media.Unit, error) {
	read := r.primer.Mark()
	if read == nil {
		return nil
	}
	oldest := r.clock.Micro() - Past.Microseconds()
	return func() ([]*media.Unit, error) {
		units, err := read()
		if err != nil || len(units) == 0 || units[0].Wall < oldest {
			return nil, err
		}
		return units, nil
	}
}
