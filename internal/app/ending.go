package app

import "time"

// How long the end waits for a part that a disk may hold up: for the first, and once one was
// left for those that follow.
const (
	endure     = 10 * time.Second
	endureNext = 5 * time.Second
)

// endAll stops all that was started, last first. What waits for a recording disk that does not
// answer is left at its work, so that the others write out what has arrived and the process
// ends; what it leaves open is made whole at the next start.
func (a *App) endAll() {
	long := endure
	for len(a.stops) > 0 {
		if !a.ends(a.last(), long) {
			long = endureNext
			a.Log.Error("a part could not be ended because a recording disk does not answer; it is left")
		}
	}
}

// ends stops a part, and tells whether it has come to its end. It is waited for as long as it
// takes unless a disk has not answered for so long.
func (a *App) ends(stop func(), long time.Duration) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		stop()
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for stands := time.Duration(0); stands < long; {
		select {
		case <-done:
			return true
		case <-tick.C:
		}
		if stands += time.Second; a.hangs == nil || !a.hangs() {
			stands = 0
		}
	}
	return false
}
