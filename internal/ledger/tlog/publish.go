package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/edge"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/guard"
	"watchroom/internal/ledger/survey"
	"watchroom/internal/ledger/tiles"
)

// sign looks at the log until it can be judged and then signs it on an interval.
func (l *Log) sign(ctx context.Context) {
	defer close(l.unsigned)
	tick := time.NewTicker(l.Interval)
	defer tick.Stop()
	for first := true; ; first = false {
		l.turn(ctx)
		if first {
			close(l.tried)
		}
		var soon <-chan time.Time
		if l.waits() {
			soon = time.After(min(l.Interval, 200*time.Millisecond))
		}
		select {
		case <-tick.C:
		case <-soon:
		case <-ctx.Done():
			if l.isReady() { // what came since the last tick
				l.turn(ctx)
			}
			return
		}
	}
}

// waits tells whether places that remember are given a moment to answer.
func (l *Log) waits() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return !l.ready && l.refusal == nil && l.trouble == nil
}

func (l *Log) isReady() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.ready
}

// stands is how long judging or signing the log may take before that is told: a guard on
// a mount whose server is gone holds it up for ever.
const stands = time.Minute

var errStands = errors.New("what remembers how far it was signed does not answer")

// turn does what is due: judge the log, or sign it.
func (l *Log) turn(ctx context.Context) {
	begins := func(at time.Time) {
		l.mu.Lock()
		l.turning = at
		l.mu.Unlock()
	}
	begins(time.Now())
	defer begins(time.Time{})
	l.signing.Lock()
	defer l.signing.Unlock()
	l.mu.RLock()
	ready, refusal := l.ready, l.refusal
	l.mu.RUnlock()
	var err error
	switch {
	case refusal != nil:
		return
	case !ready:
		if err = l.judge(ctx); err == nil && l.isReady() {
			err = l.publish()
		}
	default:
		err = l.publish()
	}
	l.report(err)
}

// judge compares the log with all that was signed of it before: the guard, its own
// checkpoints, what the records and the recording disks remember, what witnesses have.
// Called with signing held.
func (l *Log) judge(ctx context.Context) error {
	remembered, away := l.recall(ctx)
	if away != nil && (l.cur == nil || time.Since(l.begun) < l.RecallWait) {
		if time.Since(l.begun) < l.RecallWait {
			return nil // not worth a word yet
		}
		return ErrNotReady.Because(away)
	}
	mark, err := l.guard.Open()
	if err != nil {
		return err
	}
	if l.cur == nil {
		if mark != nil {
			l.lose(Seen{Who: "the guard", Note: mark})
			return nil
		}
		if known := largest(remembered); known.Who != "" {
			l.lose(known)
			return nil
		}
		if err := folders.Create(l.disk, l.Dir, 1, l.Node, nil); err != nil {
			return err
		}
		b, err := openBook(l.disk, l.Dir, 1)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.cur, l.fresh = b, true
		l.mu.Unlock()
		l.Log.Info("a new transparency log", "origin", b.key.Name(), "key", b.key.String())
	}
	b := l.cur
	if err := l.restore(b, l.newest(b, mark)); err != nil || l.refused() {
		return err
	}
	if mark, err = l.restoreGuard(b, mark); err != nil {
		return err
	}
	if mark, err = l.judgeGuard(b, mark); mark == nil || err != nil {
		return err
	}
	for _, s := range l.before(b) {
		if err := b.has(s); err != nil {
			l.refuseNow(CauseRolledBack, s.Size, err)
			return nil
		}
	}
	for again := true; again; {
		if again, err = l.remember(b, remembered); err != nil || l.refused() {
			return err
		}
		if again {
			if remembered, err = l.recall(ctx); err != nil {
				return ErrNotReady.Because(err)
			}
		}
	}
	if err := l.ask(ctx, b, mark); err != nil || l.refused() {
		return err
	}
	if away != nil {
		l.Log.Warn("not all places that remember how far the log was signed answer; it agrees with those that do and is signed", "error", away)
	}
	l.lookBeside(b)
	mended, err := b.mend()
	for _, file := range mended { // a power cut leaves such files, too
		l.Log.Warn("a partial tile was not as the log makes it, and was written anew", "file", b.file(file))
	}
	if err != nil {
		return err
	}
	l.mark = mark
	l.mu.Lock()
	l.ready = true
	l.mu.Unlock()
	return nil
}

// ask compares b, of which mark was signed last, with what witnesses have of it. One that this
// process has made nobody has seen.
func (l *Log) ask(ctx context.Context, b *book, mark []byte) error {
	if l.Ask == nil || l.fresh {
		return nil
	}
	wait, cancel := context.WithTimeout(ctx, l.AskWait)
	defer cancel()
	c, _ := survey.Claimed(mark)
	seen, awaited := l.Ask(wait, b.key, Signed{c, mark})
	for _, s := range seen {
		if _, err := l.weigh(b, s); err != nil || l.refused() {
			return err
		}
	}
	if len(awaited) > 0 {
		return ErrAwaited.With("witnesses", awaited)
	}
	return nil
}

// judgeGuard gives the guard that b agrees with; nil without an error says that the
// log was refused.
func (l *Log) judgeGuard(b *book, mark []byte) ([]byte, error) {
	_, err := l.disk.ReadFile(filepath.Join(b.dir, checkpointName))
	unsigned := errors.Is(err, fs.ErrNotExist)
	if err != nil && !unsigned {
		return nil, err
	}
	if mark != nil {
		c, _, err := tlog.Open(mark, b.key)
		if err == nil && c.Origin == b.key.Name() {
			if err := b.has(Signed{c, mark}); err != nil {
				l.refuseNow(CauseRolledBack, c.Size, err)
				return nil, nil
			}
			return mark, nil
		}
		known, parsed := survey.Claimed(mark)
		switch {
		case !parsed || known.Origin == b.key.Name():
			l.refuseNow(CauseGuardMissing, known.Size, fmt.Errorf("the guard file is damaged: %w", err))
			return nil, nil
		case !unsigned || !b.follows(known):
			l.lose(Seen{Who: "the guard", Note: mark})
			return nil, nil
		}
		// A crash came between the making of a log that continues and its guard.
	} else if !unsigned || b.edge.Size > 0 && !b.follows(tlog.Checkpoint{}) {
		l.refuseNow(CauseGuardMissing, 0, errors.New("the guard file is missing"))
		return nil, nil
	}
	next, err := b.sign(b.edge.Size, nil)
	if err == nil {
		_, _, err = l.guard.Swap(mark, nil, next.Note)
	}
	return next.Note, err
}

// follows tells whether the first entry of b says that it continues from the log of
// c; of the zero checkpoint, from any.
func (b *book) follows(c tlog.Checkpoint) bool {
	if b.edge.Base > 0 || b.edge.Size == 0 {
		return false
	}
	from, _, err := tlog.ParseContinuation(b.edge.Entries[0], tlog.Key{})
	return err == nil && from.Key == b.key && (c.Origin == "" || from.Origin == c.Origin && max(from.Known, from.Size) >= c.Size)
}

// before lists the checkpoints of b that lie beside it.
func (l *Log) before(b *book) []Signed {
	var list []Signed
	entries, err := l.disk.ReadDir(b.dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.Name() != checkpointName && e.Name() != againstName && survey.Cosignatures(e.Name()) == 0 {
			continue
		}
		if s, ok := l.read(b, e.Name()); ok {
			list = append(list, s)
		}
	}
	return list
}

// read reads a checkpoint of b that lies beside it. One that b did not sign is none.
func (l *Log) read(b *book, name string) (Signed, bool) {
	data, err := l.disk.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		return Signed{}, false
	}
	c, _, err := tlog.Open(data, b.key)
	if err != nil || c.Origin != b.key.Name() {
		return Signed{}, false
	}
	return Signed{c, data}, true
}

// signedBefore reads the checkpoints of an earlier process, so that they can be shown
// at once.
func (l *Log) signedBefore(b *book) (head Signed, cosigned map[int]Signed) {
	head, _ = l.read(b, checkpointName)
	cosigned = map[int]Signed{}
	for n := 1; n <= maxCosignatures; n++ {
		if s, ok := l.read(b, cosignedName+strconv.Itoa(n)); ok {
			cosigned[n] = s
		}
	}
	return head, cosigned
}

// has tells whether b has all that s says, as its beginning.
func (b *book) has(s Signed) error {
	if s.Size > b.edge.Size {
		return fmt.Errorf("a checkpoint over %d entries was signed, and there are %d", s.Size, b.edge.Size)
	}
	r, err := root(s.Size, b.hashes())
	if err != nil {
		return err
	}
	if r != s.Root {
		return fmt.Errorf("the first %d entries are not those that were signed", s.Size)
	}
	return nil
}

// sign makes a checkpoint of the first size entries. root may be nil.
func (b *book) sign(size int64, known *tlog.Hash) (Signed, error) {
	if b.signer == nil {
		return Signed{}, errors.New("the secret key is missing")
	}
	if known == nil {
		r, err := root(size, b.hashes())
		if err != nil {
			return Signed{}, err
		}
		known = &r
	}
	c := tlog.Checkpoint{Origin: b.key.Name(), Size: size, Root: *known}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, b.signer)
	return Signed{c, signed}, err
}

// refuseNow is refuse for who does not hold mu.
func (l *Log) refuseNow(cause string, known int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse(cause, known, err)
}

func (l *Log) refused() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.refusal != nil
}

// drawing is what a checkpoint is made of.
type drawing struct {
	book  *book
	size  int64
	root  tlog.Hash
	files []edge.File // partial tiles
}

// draw takes the tree as it is now, with its full tiles on the disk.
func (l *Log) draw(sizes ...int64) (d drawing, err error) {
	if !l.step(func() {
		d.book = l.cur
		if err = d.book.flush(&l.mu); err != nil {
			err = fmt.Errorf("tiles: %w", err)
			return
		}
		d.size = d.book.edge.Size
		for _, s := range append(sizes, d.size) {
			d.files = append(d.files, d.book.edge.Partial(s)...)
		}
		d.root, err = root(d.size, d.book.hashes())
	}) {
		err = errClosed
	}
	return d, err
}

// publish signs the tree as it is now: tiles first, then the guard, then the
// checkpoint that others see. Called with signing held.
func (l *Log) publish() error {
	l.mu.RLock()
	b, head := l.cur, l.head
	idle := head.Note != nil && head.Size == b.edge.Size && len(l.drawn) > 0
	l.mu.RUnlock()
	if idle {
		return nil
	}
	var sizes []int64
	if len(l.drawn) == 0 { // the first since the start: a power cut may have taken those of witnessed trees
		l.mu.RLock()
		for _, s := range l.cosigned {
			sizes = append(sizes, s.Size)
		}
		l.mu.RUnlock()
	}
	d, err := l.draw(sizes...)
	if err != nil {
		return err
	}
	for _, f := range d.files {
		if was, ok := l.drawn[f.Level]; ok && was.N == f.N && was.Width == f.Width {
			continue
		}
		if err := b.write([]edge.File{f}, false); err != nil {
			return fmt.Errorf("tiles: %w", err)
		}
	}
	signed, err := b.sign(d.size, &d.root)
	if err != nil {
		return err
	}
	if head.Note == nil || head.Size != d.size || !bytes.Equal(l.mark, signed.Note) {
		if err := l.swap(b, signed); err != nil {
			return err
		}
		if err := l.sweep(b, head.Size, d.size); err != nil {
			l.Log.Warn("partial tiles that have become full could not be removed", "error", err)
		}
		if err := disk.Replace(l.disk, filepath.Join(b.dir, checkpointName), signed.Note, 0o644); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		l.mu.Lock()
		l.head, l.signedAt = signed, l.Clock.Micro()
		l.mu.Unlock()
	}
	l.drawn[0] = edge.File{Level: 0, N: -1}
	for _, f := range d.files {
		f.Data = nil
		l.drawn[f.Level] = f
	}
	return nil
}

// swap moves the guard forward. One that somebody else moved is judged again.
func (l *Log) swap(b *book, next Signed) error { //nolint:unparam // the log that is signed
	var err error
	l.mark, l.maybe, err = l.guard.Swap(l.mark, l.maybe, next.Note)
	if errors.Is(err, guard.ErrSwapped) {
		mark, loadErr := l.guard.Load()
		if loadErr != nil {
			return loadErr
		}
		known, _ := survey.Claimed(mark)
		l.refuseNow(CauseRolledBack, known.Size, fmt.Errorf("%w: another copy of this log may be running", err))
		return err
	}
	return err
}

// sweep removes partial tiles of the tree of size old that stand in full ones now.
func (l *Log) sweep(b *book, old, size int64) error {
	for level := -1; ; level++ {
		shift := tlog.TileHeight * max(level, 0)
		if old>>shift == 0 {
			return nil
		}
		if n := old >> shift / tlog.TileWidth; n < size>>shift/tlog.TileWidth && old>>shift%tlog.TileWidth > 0 {
			if err := disk.RemoveAll(b.disk, filepath.Dir(filepath.Join(b.dir, tiles.Path(level, n, 1)))); err != nil {
				return err
			}
		}
	}
}
