package ledger

import (
	"context"
	"fmt"
	"time"

	"watchroom/evidence/leaf"
)

// Late is how long after its instant an act may come into the log at the latest, where the
// log says that it was abreast of the acts on record in between. An act bears the instant at
// which it began: it asks a directory, hashes a password, and waits for the one who writes
// before it is on record (see db.DB.Tx), also beside a server that stops.
const Late = time.Minute

const (
	// leap is how far the clock may be set ahead unseen: what is left of Late is more than an
	// act takes.
	leap = 5 * time.Second
	// calm is how long after the clock was set ahead the log is not said to be abreast: what
	// was begun before bears an instant of long ago.
	calm = time.Minute
	// lookBack is among how many entries at the end of a log it is looked for when that was
	// said last. It only warns; a verification looks at all.
	lookBack = 1 << 16
)

// LateAct is one that came into the log long after its instant, although the log was abreast
// in between. Instants are µs since 1970 UTC.
type LateAct struct {
	ID, Kind string
	At       int64
	Abreast  int64 // when the log was, last
}

// pace is what a Pump knows of when the log was abreast; owned by its goroutine.
type pace struct {
	looked bool      // last was looked for in the log
	last   int64     // when the log was abreast last, µs; 0 where it never said so
	said   time.Time // by this process
	at     time.Time // of the last step
	wall   int64     // what the clock showed then
	leapt  time.Time // when the clock was last seen to be set ahead
	failed time.Time // when it could not be said last
	ending bool
}

// due gives the instant at which the log is abreast if nothing waits, 0 where it is not to
// be said now. It is asked before it is looked what waits.
func (p *Pump) due() int64 {
	if p.Abreast <= 0 {
		return 0
	}
	now, wall := time.Now(), p.Clock.Micro()
	if !p.pace.at.IsZero() && wall-p.pace.wall > (now.Sub(p.pace.at)+leap).Microseconds() {
		p.pace.leapt = now
	}
	p.pace.at, p.pace.wall = now, wall
	back := wall < p.pace.last // since then the clock was set back, which the log has to show soon
	switch {
	case !p.pace.leapt.IsZero() && now.Sub(p.pace.leapt) < calm,
		!p.pace.ending && !back && !p.pace.said.IsZero() && now.Sub(p.pace.said) < p.Abreast,
		!p.pace.ending && !p.pace.failed.IsZero() && now.Sub(p.pace.failed) < calm,
		p.Queued != nil && p.Queued() != 0:
		return 0
	}
	return wall
}

// abreast says in the log that nothing waited at an instant. Where the log is away nothing is
// kept from it by that, and it is said later.
func (p *Pump) abreast(ctx context.Context, at int64) {
	if at == 0 {
		return
	}
	b, err := leaf.Encode(&leaf.Abreast{At: at})
	if err == nil {
		_, err = p.Into.Append(context.WithoutCancel(ctx), b)
	}
	if err != nil {
		p.pace.failed = time.Now()
		p.Log.Debug("the log cannot say that it is abreast", "err", err)
		return
	}
	p.pace.said, p.pace.last = time.Now(), at
}

// recallAbreast looks for when the log was abreast last.
func (p *Pump) recallAbreast(ctx context.Context) error {
	if p.Abreast <= 0 || p.pace.looked {
		return nil
	}
	const step = 256
	size := p.Into.Size()
	for to := size; to > 0 && to > size-lookBack && p.pace.last == 0; to -= step {
		for b, err := range p.Into.Entries(ctx, max(to-step, 0), to) {
			if err != nil {
				return fmt.Errorf("read the log: %w", err)
			}
			if !leaf.Is(b, "abreast") {
				continue
			}
			if e, err := leaf.Decode(b); err == nil {
				if a, ok := e.(*leaf.Abreast); ok {
					p.pace.last = a.At
				}
			}
		}
	}
	p.pace.looked = true
	return nil
}

// late gives those of some acts that say that they were done long before the log was abreast,
// and were not in it. Where the clock was set back since, a verification judges.
func (p *Pump) late(rows []loggedRow) (all []LateAct) {
	if p.OnLate == nil || p.pace.last == 0 || p.Clock.Micro() < p.pace.last {
		return nil
	}
	for i := range rows {
		if r := &rows[i]; r.At+Late.Microseconds() < p.pace.last {
			all = append(all, LateAct{r.ID, r.Kind, r.At, p.pace.last})
		}
	}
	return all
}
