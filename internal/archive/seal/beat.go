package seal

import (
	"context"
	"time"
)

// firstBeat is how long after the start a seal is made where nothing is recorded.
const firstBeat = 2 * time.Minute

// beats begins to count to the first seal that ties nothing together.
func (f *follower) beats() { f.sealed = time.Now().Add(firstBeat - f.s.Beat) }

// beat has the log say how late it is where nothing was sealed for long, since nothing
// was recorded: a seal without members. What journals and rows tell of the time others
// can have written there.
func (f *follower) beat(ctx context.Context) error {
	if f.s.Beat <= 0 || len(f.heads) > 0 || time.Since(f.sealed) < f.s.Beat {
		return nil
	}
	return f.seal(ctx)
}
