package tier

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/locks"
	"watchroom/internal/problem"
)

// Locker is a Store whose files can be locked.
type Locker interface {
	// LockedUntil tells until when a file, in any of its versions, cannot be removed; the
	// zero time where nothing is known to lock it, Endless where no end is set. A file that
	// is not there is not locked.
	LockedUntil(ctx context.Context, name string) (time.Time, error)
}

// Samer is a Store that is not told apart from others by a marker.
type Samer interface {
	// Same tells whether a file of another place is this one's: two names lead to one
	// file. One that is not there is not the same.
	Same(ctx context.Context, other Store, name string) (bool, error)
}

// Endless is a lock that somebody has to take away.
var Endless = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// unwellFor is for how long nothing is looked for on a tier that answered a question with an
// error: other tiers come first, then it is asked again.
const unwellFor = time.Minute

// askAgain is after how long a file is asked about once more that a tier did not let go and
// named no end: somebody may have given its keys the right, or taken the lock away.
const askAgain = time.Hour

// Answers tells whether the tier answered when it was last asked for anything. One that
// nobody has asked yet may.
func (t *Tier) Answers() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.lost
}

// Ask asks the tier how it is.
func (t *Tier) Ask(ctx context.Context) (Room, error) {
	room, err := t.Store.Check(ctx)
	return room, t.heard(err)
}

// heard notes whether the tier answered, and gives err back.
func (t *Tier) heard(err error) error {
	t.mu.Lock()
	t.lost = errors.Is(err, archive.ErrTierAway)
	t.mu.Unlock()
	return err
}

// bar notes when (µs) a tier refused a removal that it had not said it would; 0: it removed
// something.
func (t *Tier) bar(at int64) {
	t.mu.Lock()
	t.barred, t.removes = at, at == 0
	t.mu.Unlock()
}

// asked notes what came (µs) of a question about a file, and gives err back.
func (t *Tier) asked(at int64, err error) error {
	t.mu.Lock()
	t.failed = 0
	if err != nil && !errors.Is(err, archive.ErrTierAway) {
		t.failed = at
	}
	t.mu.Unlock()
	return t.heard(err)
}

func within(at, now int64, d time.Duration) bool {
	return at != 0 && now >= at && now-at < d.Microseconds()
}

// refuses tells whether the tier refused a removal less than an hour before an instant (µs),
// and else whether it must be tried with one segment: its last removal was refused, or
// since the start there was none.
func (t *Tier) refuses(now int64) (still, tryOne bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return within(t.barred, now, askAgain), !t.removes
}

// unwell tells whether the last question about a file failed less than a minute before an
// instant (µs).
func (t *Tier) unwell(now int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return within(t.failed, now, unwellFor)
}

// Answering names the places from which footage can be removed at present: the disks of
// this machine, and the tiers, but for those that refuse removal or whose last answer was
// an error, so that they keep no place in what is looked for. It asks nobody: whether a tier
// that was away is back the mover finds out. What lay on a place that people have given up is
// removed like any other when its time is over, though nothing is left of it: the removal is on
// record, and is carried out when the place should come back.
func (p *Places) Answering() (disks, tiers []string) {
	for _, v := range p.Volumes {
		if v.Away == nil || !v.Away() {
			disks = append(disks, v.Name)
		}
	}
	now := p.Clock.Micro()
	for _, t := range p.Tiers {
		if still, _ := t.refuses(now); t.Answers() && !still && !t.unwell(now) {
			tiers = append(tiers, t.Name)
		}
	}
	if p.GivenUp != nil {
		for _, name := range p.GivenUp() {
			if !p.configured(name) {
				tiers = append(tiers, name)
			}
		}
	}
	return disks, tiers
}

// Able gives those of some segments of which every copy can be removed now: its place
// answers, and nothing locks it there. Tiers are asked; what they keep is noted, and asked
// about again when the lock is over. Of a tier that has refused a removal without having
// said that it would, nothing is able for an hour. Then, and as long as a tier has removed
// nothing since the start, one segment is, so that nothing is told of more that stays.
// Nothing is removed. A copy at a place that is no longer configured is left out: Remove leaves it,
// and says so. A segment about which a tier gives no answer that can be understood is among
// the doubtful and keeps none of the others; err tells why, beside what is able.
func (p *Places) Able(ctx context.Context, segments []archive.Segment) (able, doubtful []archive.Segment, err error) {
	now := p.Clock.Micro()
	var failed problem.Few
	files := make([]string, len(segments))
	for i, s := range segments {
		files[i] = s.File
	}
	var moves []moveRow
	if err := p.DB.Read().NewSelect().Model(&moves).Where("file IN (?)", bun.List(files)).Scan(ctx); err != nil {
		return nil, nil, problem.Wrap(err, "find copies of segments")
	}
	copies := map[string][]string{}
	for _, m := range moves {
		copies[m.File] = append(copies[m.File], m.Source, m.Target)
	}
	var shut []locks.Lock
	tried := map[string]bool{} // tiers that one segment goes from
	for _, s := range segments {
		goes, tryOne := true, false
		t := p.Tier(s.Volume)
		if t != nil {
			var still bool
			still, tryOne = t.refuses(now)
			goes = !still && !(tryOne && tried[t.Name])
		}
		seen := map[string]bool{}
		for _, name := range append([]string{s.Volume}, copies[s.File]...) {
			if seen[name] || !goes || name != s.Volume && !p.configured(name) {
				continue // a copy whose place is no longer configured keeps nothing
			}
			seen[name] = true
			until, err := p.locked(ctx, name, s.File, now)
			switch {
			case ctx.Err() != nil:
				return nil, nil, ctx.Err()
			case errors.Is(err, archive.ErrTierAway):
				goes = false
			case err != nil: // such as for keys that were withdrawn
				doubtful, goes = append(doubtful, s), false
				failed.Add(problem.Wrap(err, "ask "+name+" about "+s.File))
			case until > now-locks.Slack:
				shut, goes = append(shut, locks.Lock{File: s.File, Tier: name, Until: until}), false
			}
		}
		if goes {
			able = append(able, s)
			if tryOne {
				tried[t.Name] = true
			}
		}
	}
	if len(shut) > 0 {
		failed.Add(p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return locks.Note(ctx, tx, shut...) }))
	}
	return able, doubtful, failed.Err()
}

// locked asks a place until when (µs) it keeps a file, 0 where it does not. For a lock
// without an end it is when it should be asked again.
func (p *Places) locked(ctx context.Context, place, file string, now int64) (int64, error) {
	if p.givenUp(place) {
		return 0, nil
	}
	at, err := p.store(place)
	if err != nil {
		return 0, err
	}
	t := p.Tier(place)
	if t == nil {
		return 0, nil // a disk of this machine
	}
	if !t.Answers() {
		return 0, archive.ErrTierAway.With("tier", place)
	}
	locker, ok := can[Locker](at)
	if !ok {
		_, err := at.Stat(ctx, filepath.ToSlash(file))
		if missing(err) {
			err = nil
		}
		return 0, t.asked(now, err)
	}
	until, err := locker.LockedUntil(ctx, filepath.ToSlash(file))
	switch {
	case t.asked(now, err) != nil || until.IsZero():
		return 0, err
	case until.Equal(Endless):
		return now + askAgain.Microseconds(), nil
	}
	return until.UnixMicro(), nil
}

// kept notes that a tier did not let a file go, until when as far as it says so.
func (p *Places) kept(ctx context.Context, t *Tier, file string) error {
	now := p.Clock.Micro()
	until, err := p.locked(ctx, t.Name, file, now)
	if err != nil {
		return err
	}
	if until == 0 { // it does not tell of its locks
		t.bar(now)
		_ = locks.Refuse(ctx, t.Name, ErrLocked.With("tier", t.Name))
	}
	until = max(until, now+askAgain.Microseconds())
	return p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return locks.Note(ctx, tx, locks.Lock{File: file, Tier: t.Name, Until: until})
	})
}

// locks keeps until when a tier does not let a file go that was just put there.
func (m *Mover) locks(ctx context.Context, t *Tier, lock Lock, file string) error {
	if _, ok := can[Locker](t.Store); !ok {
		return nil
	}
	one := locks.Lock{File: file, Tier: t.Name}
	switch {
	case lock.Until.Equal(Endless):
		one.Until = m.Clock.Micro() + askAgain.Microseconds()
	case !lock.Until.IsZero():
		one.Until = lock.Until.UnixMicro()
	}
	return m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return locks.Note(ctx, tx, one) })
}

// learn asks a tier about the locks of files of which nothing is known, as of those that an
// earlier version has put there: some at a time, each once, the oldest first.
func (m *Mover) learn(ctx context.Context, t *Tier) error {
	locker, ok := can[Locker](t.Store)
	if !ok || m.learnt[t] < 0 {
		return nil
	}
	var some []archive.Segment
	err := m.DB.Read().NewSelect().Model(&some).Column("file", "end_at").Where("volume = ?", t.Name).Where("end_at >= ?", m.learnt[t]).
		Where("NOT EXISTS (SELECT 1 FROM tier_locks l WHERE l.file = segment.file AND l.tier = ?)", t.Name).
		OrderExpr("end_at").Limit(batch).Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "find files whose locks nobody knows")
	}
	for _, s := range some {
		until, err := locker.LockedUntil(ctx, filepath.ToSlash(s.File))
		if t.heard(err) != nil {
			return err
		}
		if err := m.locks(ctx, t, Lock{Until: until}, s.File); err != nil {
			return err
		}
		m.learnt[t] = s.EndAt
	}
	if len(some) < batch {
		m.learnt[t] = -1 // what comes is noted when it is put there
	}
	return nil
}
