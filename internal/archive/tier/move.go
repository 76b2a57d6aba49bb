package tier

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/clock/every"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// errDamaged says that a segment is not what the catalogue says of it.
var errDamaged = errors.New("tier: the segment does not match its hash")

// errCopy says that a copy was not what had been sent.
var errCopy = errors.New("tier: the copy differs from the segment")

// errOnePlace says that two names lead to one file, so that there is no second copy.
var errOnePlace = errors.New("tier: it is the place where the footage lies already, under another name")

// errUnruled says that nobody can tell at present for how long a copy must be locked.
var errUnruled = errors.New("tier: for how long footage may be kept cannot be told")

// sourceError is an error of the segment itself or of where it lies: the target is well.
type sourceError struct{ error }

func (e *sourceError) Unwrap() error { return e.error }

// move moves one segment. A kill between any two steps leaves a state from which it
// goes on:
//
//  1. A row says that there may be two copies.
//  2. The file is copied, whole or not at all.
//  3. The copy is read back; its root is that of the catalogue, its bytes those sent.
//  4. The journal says where the segment lies now, and is on the disk.
//  5. The row of the segment says so, too.
//  6. The first copy is removed.
//  7. The row of step 1 is deleted.
func (m *Mover) move(ctx context.Context, s archive.Segment, to *Tier) error {
	release, err := m.hold(ctx, s.File)
	if err != nil {
		return err
	}
	defer release()
	var now archive.Segment
	err = m.DB.Read().NewSelect().Model(&now).Where("camera = ? AND start_at = ? AND file = ?", s.Camera, s.StartAt, s.File).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (now.Volume != s.Volume || now.State != "") {
		return nil // removed or moved since, or about to be
	}
	if err != nil {
		return problem.Wrap(err, "find a segment")
	}
	lock, err := m.lock(ctx, &s, to)
	if err != nil {
		return err
	}
	source, err := m.store(s.Volume)
	if err != nil {
		return &sourceError{err}
	}
	if err := apart(ctx, source, to.Store, s.File); err != nil {
		return err
	}
	if err := m.tidy(ctx, &now, to); err != nil {
		return &sourceError{err}
	}
	row := moveRow{File: s.File, Source: s.Volume, Target: to.Name, At: m.Clock.Micro()}
	err = m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (file) DO UPDATE").Set("source = EXCLUDED.source").
			Set("target = EXCLUDED.target").Set("at = EXCLUDED.at").Exec(ctx)
		return err
	})
	if err != nil {
		return problem.Wrap(err, "note a move")
	}
	if err := m.step("noted", s.File); err != nil {
		return err
	}
	if err := m.copy(ctx, &s, source, to, &lock); err != nil {
		return err
	}
	if err := m.locks(ctx, to, lock, s.File); err != nil {
		return err
	}
	if err := m.step("copied", s.File); err != nil {
		return err
	}
	// From here on it is brought to its end, also while the server stops: little is left.
	ctx = context.WithoutCancel(ctx)
	if err := m.tell(&s, to.Name); err != nil {
		return &sourceError{err}
	}
	if err := m.step("told", s.File); err != nil {
		return err
	}
	err = m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*archive.Segment)(nil)).Set("volume = ?", to.Name).
			Where("camera = ? AND start_at = ? AND file = ? AND volume = ?", s.Camera, s.StartAt, s.File, s.Volume).Exec(ctx)
		return err
	})
	if err != nil {
		return problem.Wrap(err, "move a segment")
	}
	if m.Catalogue.OnChange != nil {
		m.Catalogue.OnChange(s.Camera)
	}
	if err := m.step("moved", s.File); err != nil {
		return err
	}
	return m.free(ctx, s.File, source)
}

// tidy removes what an earlier move of a segment left elsewhere: the first copy, where
// it could not be removed, or one on a tier that it does not go to any more.
func (m *Mover) tidy(ctx context.Context, s *archive.Segment, to *Tier) error {
	var old []moveRow
	if err := m.DB.Read().NewSelect().Model(&old).Where("file = ?", s.File).Scan(ctx); err != nil {
		return problem.Wrap(err, "read moves")
	}
	if len(old) > 0 {
		if err := m.lies(ctx, s); err != nil {
			return err
		}
	}
	lies, err := m.store(s.Volume)
	if err != nil {
		return err
	}
	for _, r := range old {
		for _, name := range []string{r.Source, r.Target} {
			if name == s.Volume || name == to.Name {
				continue
			}
			at, err := m.store(name)
			if err == nil {
				err = apart(ctx, lies, at, s.File)
			}
			if err == nil {
				err = at.Remove(ctx, filepath.ToSlash(s.File))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lies is nil where a segment lies, whole and sound, where its row says. Rows are what
// somebody can write who wants the copy removed that there is.
func (m *Mover) lies(ctx context.Context, s *archive.Segment) error {
	at, err := m.store(s.Volume)
	if err != nil {
		return err
	}
	_, err = verify(ctx, at, s)
	return err
}

// apart is nil unless what a place has under a name is the very file of another place: what
// is removed from the one would be gone from both. Disks are told apart by their markers.
func apart(ctx context.Context, a, b Store, file string) error {
	from, ok := can[Samer](a)
	if !ok {
		return nil
	}
	same, err := from.Same(ctx, bare(b), filepath.ToSlash(file))
	if err == nil && same {
		err = errOnePlace
	}
	return err
}

// free is the end of a move.
func (m *Mover) free(ctx context.Context, file string, source Store) error {
	if err := source.Remove(ctx, filepath.ToSlash(file)); err != nil {
		return &sourceError{err}
	}
	if err := m.step("freed", file); err != nil {
		return err
	}
	return m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return forget(ctx, tx, file) })
}

func (m *Mover) step(name, file string) error {
	if m.try == nil {
		return nil
	}
	return m.try(name, file)
}

// copy makes the second copy, unless a sound one is there already, and reads it back. lock
// is then what that one bears.
func (m *Mover) copy(ctx context.Context, s *archive.Segment, source Store, to *Tier, lock *Lock) error {
	name := filepath.ToSlash(s.File)
	if size, err := to.Store.Stat(ctx, name); err == nil && size == s.Bytes {
		if _, err := verify(ctx, to.Store, s); err == nil {
			if locker, ok := can[Locker](to.Store); ok {
				lock.Until, err = locker.LockedUntil(ctx, name)
			}
			return err
		}
	} else if err != nil && !missing(err) {
		return err
	}
	f, err := source.Open(ctx, name)
	if err != nil {
		return &sourceError{err}
	}
	defer f.Close()
	size, err := f.Size()
	if err == nil && size != s.Bytes {
		err = fmt.Errorf("%w: %d bytes, the catalogue says %d", errDamaged, size, s.Bytes)
	}
	if err != nil {
		return &sourceError{err}
	}
	from := &metered{ctx: ctx, from: io.NewSectionReader(f, 0, size), limit: &m.limit, sum: sha256.New()}
	if err := to.Store.Put(ctx, name, from, size, *lock); err != nil {
		if from.err != nil {
			return &sourceError{from.err}
		}
		return err
	}
	found, err := verify(ctx, to.Store, s)
	if err != nil || hex.EncodeToString(found.Sum[:]) != hex.EncodeToString(from.sum.Sum(nil)) {
		return m.blame(ctx, s, source, errors.Join(errCopy, err))
	}
	return nil
}

// blame finds out whether a copy is wrong because what was copied is.
func (m *Mover) blame(ctx context.Context, s *archive.Segment, source Store, err error) error {
	switch _, ours := verify(ctx, source, s); {
	case errors.Is(ours, archive.ErrTierAway): // nobody can tell
		return &sourceError{ours}
	case ours != nil:
		return &sourceError{errors.Join(errDamaged, ours)}
	}
	return err
}

// verify reads a copy whole and compares it with what the catalogue says (R1).
func verify(ctx context.Context, at Store, s *archive.Segment) (d segment.Digest, err error) {
	f, err := at.ReadBack(ctx, filepath.ToSlash(s.File))
	if err != nil {
		return d, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return d, err
	}
	d, err = segment.Hash(every.Reading(ctx, f), size)
	switch {
	case errors.Is(err, fmp4.ErrMalformed), errors.Is(err, fmp4.ErrTruncated):
		return d, errors.Join(errDamaged, err)
	case err != nil:
		return d, err
	case d.Bytes != s.Bytes || hex.EncodeToString(d.Root[:]) != s.Root:
		return d, fmt.Errorf("%w: %s: %d bytes with the root %x, the catalogue says %d with %s", errDamaged, s.File, d.Bytes, d.Root, s.Bytes, s.Root)
	}
	return d, nil
}

// lock is up to when a copy must not be removed: as the configuration wants it, never
// beyond the maximum.
func (m *Mover) lock(ctx context.Context, s *archive.Segment, to *Tier) (Lock, error) {
	if to.Lock == Unlocked {
		return Lock{}, nil
	}
	until := time.UnixMicro(s.EndAt).Add(to.LockFor).UTC()
	if m.LockUntil != nil {
		least, err := m.LockUntil(ctx, s.Camera, s.EndAt, until)
		if err != nil {
			return Lock{}, errors.Join(errUnruled, err)
		}
		if least.Before(until) {
			until = least
		}
	}
	if !until.After(m.Clock.Now()) {
		return Lock{}, nil // servers refuse what is over already
	}
	return Lock{to.Lock, until}, nil
}

// tell writes the line of a move into a journal of the camera: that of the disk it
// comes from, or of one that takes lines.
func (m *Mover) tell(s *archive.Segment, to string) error {
	closed := s.Closed()
	rec := journal.Record{Kind: journal.KindMove, At: m.Clock.Micro(), Run: s.Run, To: &to, Segment: &closed}
	if err := m.write(s.Volume, s.Camera, m.Clock.Micro(), rec); err != nil {
		return err
	}
	m.Catalogue.Notify(s.Camera)
	return nil
}

// Found notes, in a journal and in its row, where a segment lies that its row has elsewhere,
// unless that has changed since. Whoever asks has read it there.
func (p *Places) Found(ctx context.Context, s archive.Segment, at string) (noted bool, err error) {
	release, err := p.hold(ctx, s.File)
	if err != nil {
		return false, err
	}
	defer release()
	var now archive.Segment
	row := func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("camera = ? AND start_at = ? AND file = ? AND volume = ? AND state = ''", s.Camera, s.StartAt, s.File, s.Volume)
	}
	err = p.DB.Read().NewSelect().Model(&now).ApplyQueryBuilder(row).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, problem.Wrap(err, "find a segment")
	}
	closed, when := now.Closed(), p.Clock.Micro()
	if err := p.write(at, s.Camera, when, journal.Record{Kind: journal.KindMove, At: when, Run: now.Run, To: &at, Segment: &closed}); err != nil {
		return false, err
	}
	return true, p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*archive.Segment)(nil)).Set("volume = ?", at).ApplyQueryBuilder(row).Exec(ctx)
		return problem.Wrap(err, "note where a segment lies")
	})
}

// resume ends what an earlier process left half done. What the journals say is in the
// rows by then.
func (m *Mover) resume(ctx context.Context) error {
	var rows []moveRow
	if err := m.DB.Read().NewSelect().Model(&rows).OrderExpr("at, file").Scan(ctx); err != nil {
		return problem.Wrap(err, "read moves")
	}
	var errs []error
	for _, r := range rows {
		every.Alive(ctx)
		errs = append(errs, m.resumeOne(ctx, r))
	}
	return errors.Join(errs...)
}

func (m *Mover) resumeOne(ctx context.Context, r moveRow) error {
	name, _, err := segment.ParseName(r.File)
	if err != nil {
		return err
	}
	if err := m.Catalogue.Current(ctx, name.Camera); err != nil {
		return err
	}
	release, err := m.hold(ctx, r.File)
	if err != nil {
		return err
	}
	defer release()
	var s archive.Segment
	err = m.DB.Read().NewSelect().Model(&s).Where("camera = ? AND start_at = ? AND file = ?", name.Camera, name.Start, r.File).Scan(ctx)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return problem.Wrap(err, "find a segment")
	case err == nil && s.Volume == r.Target && r.Source != r.Target:
		source, err := m.store(r.Source)
		if err != nil {
			return err
		}
		lies, err := m.store(s.Volume)
		if err != nil {
			return err
		}
		if err := errors.Join(m.lies(ctx, &s), apart(ctx, source, lies, s.File)); err != nil {
			return err
		}
		return m.free(ctx, r.File, source)
	}
	return nil // not told of yet: it is due again, and a sound copy is taken as it is
}

// metered reads for a copy: not faster than the limit, and hashing.
type metered struct {
	ctx   context.Context
	from  io.Reader
	limit *limiter
	sum   hash.Hash
	err   error // of the source
}

func (r *metered) Read(b []byte) (int, error) {
	b = b[:min(len(b), 256<<10)]
	if err := r.limit.wait(r.ctx, len(b)); err != nil {
		return 0, err
	}
	n, err := r.from.Read(b)
	r.sum.Write(b[:n])
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// limiter spreads reading over time, for all files together.
type limiter struct {
	rate int64 // bytes a second; 0: no limit

	mu   sync.Mutex // guards next
	next time.Time
}

func (l *limiter) wait(ctx context.Context, n int) error {
	every.Alive(ctx)
	if l.rate <= 0 {
		return ctx.Err()
	}
	l.mu.Lock()
	now := time.Now()
	if l.next.Before(now) {
		l.next = now
	}
	pause := l.next.Sub(now)
	l.next = l.next.Add(time.Duration(int64(n) * int64(time.Second) / l.rate))
	l.mu.Unlock()
	if pause <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
