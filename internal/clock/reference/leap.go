package reference

import "time"

const (
	// farAhead is how much later than the last checkpoint the clock may be (R5).
	farAhead = time.Hour
	// near is how much the clock of another machine and this one may differ so that the
	// one bears the other out.
	near = time.Minute
	// eased is the part of the time that passes by which a clock that is ahead, and not far, is
	// believed: a quarter of an hour a day. So outages that are short do not come to a far
	// one in sum, and no clock is led ahead in small steps. Ages do not go by it; see Gained.
	eased = 96
)

// past is an instant that has passed for certain, with when that was known by Elapsed.
// Since then as much more has passed as Elapsed has gone on.
type past struct {
	at     time.Time
	steady time.Duration
}

// Word is what the clock of another machine said of this one.
type Word struct {
	By string    // who that is, for people
	At time.Time // what both clocks showed, by that one
}

// Since names the newest instant that is known to have passed before the start, such as
// that of the log's last checkpoint. Where the clock is far ahead of it the time is not
// trusted, whatever time servers say, which can be as wrong as the clock: until Believe,
// until Witnessed, or until the clock is set back. The checkpoints that follow bear the
// clock's own time and prove nothing. more is what earlier processes have believed of a clock
// that nobody has borne out; see Unproved.
func (w *Watch) Since(at time.Time, more time.Duration) { w.know(at.Round(0), max(0, more), nil) }

// Believe takes a person's word that the clock is right although it went far ahead.
func (w *Watch) Believe() { w.know(w.Clock.Now().Round(0), 0, nil) }

// Witnessed takes the word of another machine, with a clock of its own, that it is now
// the instant at. A word that does not agree with this clock changes nothing.
func (w *Watch) Witnessed(by string, at time.Time) {
	now := w.Clock.Now()
	if _, stepped := w.step(); stepped || now.Sub(at).Abs() > near {
		return
	}
	w.know(now.Round(0), 0, &Word{by, at})
}

// Word is the last one that bore this clock out since the start and since it was last
// set; ok is false where there is none.
func (w *Watch) Word() (word Word, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.word == nil {
		return Word{}, false
	}
	return *w.word, true
}

// Leapt tells whether the clock is far ahead of what is known to have passed by now, and
// gives that.
func (w *Watch) Leapt() (known time.Time, is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known.at.Add(w.Elapsed() - w.known.steady), w.ahead() > farAhead
}

// Gained is how much later the clock is than what has passed for certain, in sum since somebody
// bore it out, however it came about: what it was set ahead, and what outages took. By so much
// footage may be younger than the clock makes it.
func (w *Watch) Gained() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, w.ahead()+w.more)
}

// Unproved is Gained in two: how far the clock is ahead, which counts for Leapt, and what has
// been believed of it as time went on.
func (w *Watch) Unproved() (ahead, more time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, w.ahead()), w.more
}

// ahead is how much later the clock is than what is known to have passed. w.mu is held.
func (w *Watch) ahead() time.Duration {
	return w.Clock.Now().Round(0).Sub(w.known.at) - (w.Elapsed() - w.known.steady)
}

// know begins anew to count from an instant.
func (w *Watch) know(at time.Time, more time.Duration, word *Word) {
	w.mu.Lock()
	w.known, w.more, w.easedAt = past{at, w.Elapsed()}, more, w.Elapsed()
	if word != nil {
		w.word = word
	}
	w.mu.Unlock()
	w.tellLeap()
}

// follow takes a little of what the clock shows as passed while it is not far ahead. One that
// was set back takes nothing back of what has passed.
func (w *Watch) follow() {
	w.mu.Lock()
	now := w.Elapsed()
	if a := w.ahead(); a > 0 && a <= farAhead {
		by := min(a, (now-w.easedAt)/eased)
		w.known.at, w.more = w.known.at.Add(by), w.more+by
	}
	w.easedAt = now
	w.mu.Unlock()
	w.tellLeap()
}

// tellLeap tells of a change of Leapt.
func (w *Watch) tellLeap() {
	w.mu.Lock()
	is := w.ahead() > farAhead
	changed := is != w.leapt
	w.leapt = is
	w.mu.Unlock()
	if changed && w.OnLeap != nil {
		w.OnLeap()
	}
}
