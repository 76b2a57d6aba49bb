package tier

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/problem"
)

// Mover moves closed segments down the tiers: when they are old enough, and earlier,
// the oldest first, where their disk is low on space.
type Mover struct {
	*Places
	Catalogue *archive.Catalogue
	AtOnce    int           // files at the same time; 0 means 2
	RateLimit int64         // bytes read a second; 0 means no limit
	Every     time.Duration // between two looks; 0 means 30 s
	Clock     clock.Clock
	Log       *slog.Logger
	// LockUntil, if set, cuts the instant up to which footage is locked back to what its
	// maximum allows (R5). While it fails, nothing is moved to a tier that locks: a copy
	// without its lock would stay without.
	LockUntil func(ctx context.Context, camera string, end int64, want time.Time) (until time.Time, err error)
	// OnTrouble is told what keeps a tier from taking footage; code is empty when that is
	// over. subject is the tier, or the file of a segment that cannot be moved.
	OnTrouble func(subject, code, detail string)

	// try, where set by a test, ends the work between two steps as a kill would.
	try func(step, file string) error

	limit   limiter
	skipped map[string]time.Time // files that could not be moved, and until when; belongs to run
	copied  time.Time            // when the journals were copied last; likewise
	resumed bool                 // what an earlier process left half done is done; likewise
	learnt  map[*Tier]int64      // up to which end (µs) all locks are known, -1: of all files; likewise
	wake    chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
}

const (
	batch = 64 // segments that are found at once
	// settled is how old a segment must be before it may leave a full disk.
	settled = time.Minute
	// again is how long a segment that could not be read is left alone.
	again = time.Hour
	// journalsEvery is how often it is looked for days that are over.
	journalsEvery = time.Hour
)

// Start begins to move.
func (m *Mover) Start(ctx context.Context) error {
	m.prepare()
	m.wake = make(chan struct{}, 1)
	ctx, m.cancel = context.WithCancel(ctx)
	m.done = make(chan struct{})
	go m.run(ctx)
	return nil
}

func (m *Mover) prepare() {
	m.AtOnce = cmp.Or(m.AtOnce, 2)
	m.Every = cmp.Or(m.Every, 30*time.Second)
	if m.Log == nil {
		m.Log = slog.New(slog.DiscardHandler)
	}
	m.limit.rate = m.RateLimit
	m.skipped = map[string]time.Time{}
	m.learnt = map[*Tier]int64{}
}

// Close stops moving and waits for what is on its way; a file that is half copied is
// begun anew at the next start.
func (m *Mover) Close() {
	m.cancel()
	<-m.done
}

// Wake makes it look now.
func (m *Mover) Wake() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *Mover) run(ctx context.Context) {
	defer close(m.done)
	wait := min(time.Second, m.Every) // at first the catalogue may still be catching up
	for {
		for m.pass(ctx) && ctx.Err() == nil {
		}
		again := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			again.Stop()
			return
		case <-again.C:
		case <-m.wake:
			again.Stop()
		}
		wait = min(2*wait, m.Every)
	}
}

// pass looks once at everything, and tells whether something was moved, so that there
// may be more.
func (m *Mover) pass(ctx context.Context) (more bool) {
	ctx, end := every.Begin(ctx)
	defer end()
	well := map[*Tier]bool{}
	some := false
	for _, t := range m.Tiers {
		well[t] = m.check(ctx, t)
		some = some || well[t]
	}
	if !some {
		return false
	}
	if !m.resumed {
		if err := m.resume(ctx); err != nil {
			m.complain("what was being moved could not be ended", err)
		} else {
			m.resumed = true
		}
	}
	if now := m.Clock.Now(); now.Sub(m.copied) >= journalsEvery {
		if err := m.copyJournals(ctx, well); err != nil {
			m.complain("journals could not be copied", err)
		} else {
			m.copied = now
		}
	}
	for t := range well {
		if well[t] {
			if err := m.learn(ctx, t); err != nil {
				m.complain("what an archive tier locks could not be asked", err)
			}
		}
	}
	work, err := m.due(ctx, well)
	if err != nil {
		m.complain("what is to be moved could not be found", err)
		return false
	}
	for _, t := range m.Tiers {
		if well[t] && !slices.ContainsFunc(work, func(j job) bool { return j.to == t }) {
			m.refuse(t, nil) // nothing is left that it might refuse
		}
	}
	return m.moveAll(ctx, work)
}

func (m *Mover) complain(what string, err error) {
	if !errors.Is(err, context.Canceled) {
		m.Log.Warn(what+"; it is tried again", "err", err) //nolint:sloglint // one of the constants above
	}
}

// job is a segment and where it goes.
type job struct {
	segment archive.Segment
	to      *Tier
}

// check asks a tier how it is, and tells what has changed.
func (m *Mover) check(ctx context.Context, t *Tier) bool {
	room, err := t.Ask(ctx)
	state := OK
	switch {
	case errors.Is(err, archive.ErrTierAway):
		state = Away
	case err != nil:
		state = Failing
	case room.Free >= 0 && room.Free < t.MinFree:
		state = Full
	}
	t.mu.Lock()
	t.room = room
	if err == nil {
		t.known = &room
	}
	refused := t.refused
	t.mu.Unlock()
	if state != OK || !refused { // else it answers, and has not taken the last file: it is tried
		m.settle(t, state, err)
	}
	return state == OK
}

// refuse notes whether a tier has not taken the last file that it was given.
func (m *Mover) refuse(t *Tier, err error) {
	t.mu.Lock()
	t.refused = err != nil
	t.mu.Unlock()
	switch {
	case err == nil:
		m.settle(t, OK, nil)
	case errors.Is(err, archive.ErrTierAway):
		m.settle(t, Away, err)
	default:
		m.settle(t, Failing, err)
	}
}

// settle notes how a tier is.
func (m *Mover) settle(t *Tier, state State, err error) {
	code, detail := trouble(state, err)
	t.mu.Lock()
	changed := t.code != code
	if t.state != state {
		t.since = m.Clock.Now()
	}
	t.state, t.code = state, code
	if err != nil || state == OK {
		t.err = err
	}
	t.mu.Unlock()
	if !changed {
		return
	}
	m.Log.Warn("the state of an archive tier has changed", "tier", t.Name, "state", state, "err", err)
	if m.OnTrouble != nil {
		m.OnTrouble(t.Name, code, detail)
	}
}

// trouble is the alarm of a state; none of a tier that is well.
func trouble(state State, err error) (code, detail string) {
	switch {
	case state == Away && errors.Is(err, ErrOther):
		return "tier_other", "An archive tier is not the place where its footage lies. Nothing is moved to it or removed there; recording goes on."
	case state == Away && errors.Is(err, ErrTaken):
		return "tier_taken", "Another server works in an archive tier, or nobody knows yet that it has ended. Nothing is moved to it or removed there by this one; recording goes on."
	case state == Away:
		return "tier_away", "An archive tier does not answer. What should move there waits; recording goes on."
	case state == Full:
		return "tier_full", "An archive tier has no room left. What should move there waits."
	case state == Failing:
		return "tier_failing", "Footage could not be moved. It stays where it is, and is tried again."
	}
	return "", ""
}

// before are the names of all places that stand before tier i in the order.
func (m *Mover) before(i int) (names []string) {
	for _, v := range m.Volumes {
		names = append(names, v.Name)
	}
	for _, t := range m.Tiers[:i] {
		names = append(names, t.Name)
	}
	return names
}

// due finds what must be moved next.
func (m *Mover) due(ctx context.Context, well map[*Tier]bool) (work []job, err error) {
	now := m.Clock.Now()
	chosen := map[string]bool{}
	add := func(list []archive.Segment, t *Tier) {
		for _, s := range list {
			if until, skip := m.skipped[s.File]; skip && now.Before(until) || chosen[s.File] {
				continue
			}
			if v := m.volume(s.Volume); v != nil && v.Away != nil && v.Away() {
				continue
			}
			if t := m.Tier(s.Volume); t != nil && !well[t] {
				continue
			}
			chosen[s.File] = true
			work = append(work, job{s, t})
		}
	}
	// What is old enough for several tiers goes to the last of them at once.
	for i := len(m.Tiers) - 1; i >= 0; i-- {
		t := m.Tiers[i]
		if !well[t] {
			continue
		}
		until := int64(0)
		if i+1 < len(m.Tiers) {
			until = now.Add(-m.Tiers[i+1].MoveAfter).UnixMicro()
		}
		list, err := m.oldest(ctx, m.before(i), now.Add(-t.MoveAfter).UnixMicro(), until)
		if err != nil {
			return nil, err
		}
		add(list, t)
	}
	spill := func(name string, from int) error {
		for _, t := range m.Tiers[from:] {
			if well[t] {
				list, err := m.oldest(ctx, []string{name}, now.Add(-settled).UnixMicro(), 0)
				if err != nil {
					return err
				}
				add(list[:min(len(list), 4*m.AtOnce)], t) // then it is looked again whether there is room now
				return nil
			}
		}
		return nil
	}
	for _, v := range m.Volumes {
		if v.Low != nil && v.Low() {
			if err := spill(v.Name, 0); err != nil {
				return nil, err
			}
		}
	}
	for i, t := range m.Tiers {
		t.mu.Lock()
		low := t.room.Free >= 0 && t.room.Free < t.MinFree+t.MinFree/4
		t.mu.Unlock()
		if low {
			if err := spill(t.Name, i+1); err != nil {
				return nil, err
			}
		}
	}
	return work, nil
}

// oldest lists segments of some places that ended at or before an instant and after
// another, the oldest first.
func (m *Mover) oldest(ctx context.Context, places []string, by, after int64) (list []archive.Segment, err error) {
	for _, name := range places { // one by one, as the index has them
		var some []archive.Segment
		err := m.DB.Read().NewSelect().Model(&some).Where("volume = ? AND end_at <= ? AND end_at > ?", name, by, after).Where("state = ''").
			OrderExpr("end_at, camera").Limit(int64(batch + len(m.skipped))).Scan(ctx)
		if err != nil {
			return nil, problem.Wrap(err, "find the oldest segments")
		}
		list = append(list, some...)
	}
	return list, nil
}

// moveAll moves a list, some at a time. It tells whether any was moved.
func (m *Mover) moveAll(ctx context.Context, work []job) (moved bool) {
	jobs := make(chan job)
	var mu sync.Mutex // guards moved, bad and m.skipped
	bad := map[*Tier]bool{}
	var workers sync.WaitGroup
	for range min(m.AtOnce, len(work)) {
		workers.Go(func() {
			for j := range jobs {
				mu.Lock()
				skip := bad[j.to]
				mu.Unlock()
				if skip || ctx.Err() != nil {
					continue
				}
				err := m.move(ctx, j.segment, j.to)
				if ctx.Err() != nil {
					continue
				}
				mu.Lock()
				m.judge(ctx, j, err, bad)
				moved = moved || err == nil
				mu.Unlock()
			}
		})
	}
	for _, j := range work {
		jobs <- j
	}
	close(jobs)
	workers.Wait()
	return moved
}

// note notes that a segment is damaged, or right again, where it is seen and stays.
func (m *Mover) note(ctx context.Context, s *archive.Segment, right bool) {
	err := m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if right {
			return damage.Mend(ctx, tx, m.Clock.Micro(), s.File)
		}
		return damage.Note(ctx, tx, m.Clock.Micro(), damage.Damage{File: s.File, Camera: s.Camera, StartAt: s.StartAt, EndAt: s.EndAt, Kind: damage.Altered, FoundBy: damage.Move})
	})
	if err != nil {
		m.complain("what is damaged could not be noted", err)
	}
}

// judge takes note of how a move went.
func (m *Mover) judge(ctx context.Context, j job, err error, bad map[*Tier]bool) {
	var from *sourceError
	file := j.segment.File
	switch {
	case err == nil:
		m.refuse(j.to, nil)
		if _, was := m.skipped[file]; was {
			delete(m.skipped, file)
			if m.OnTrouble != nil {
				m.OnTrouble(file, "", "")
			}
			m.note(ctx, &j.segment, true)
		}
	case errors.As(err, &from) && errors.Is(err, archive.ErrTierAway): // tried again when it answers
		m.complain("a segment lies where nobody answers", err)
	case errors.As(err, &from):
		m.skipped[file] = m.Clock.Now().Add(again)
		if errors.Is(err, errDamaged) {
			m.note(ctx, &j.segment, false)
		}
		m.Log.Error("a segment could not be moved", "file", file, "volume", j.segment.Volume, "err", err)
		if m.OnTrouble != nil && errors.Is(err, errDamaged) {
			m.OnTrouble(file, "footage_damaged", "A recording does not match its hash. It is not moved, so that nothing takes its place.")
		}
	case errors.Is(err, errUnruled): // the tier is well
		bad[j.to] = true
		m.complain("nothing is moved to a tier that locks", err)
	default:
		bad[j.to] = true
		m.refuse(j.to, err)
	}
}
