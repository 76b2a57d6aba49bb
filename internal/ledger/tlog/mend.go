package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/edge"
	"watchroom/internal/ledger/retile"
	"watchroom/internal/ledger/survey"
	"watchroom/internal/ledger/tail"
	"watchroom/internal/ledger/tiles"
)

// Mended says which file of a log, or row of what remembers it, was damaged and was made
// again from what proves it.
type Mended struct {
	File   string // below the folder of the logs, or the path of the guard
	Row    string // table and key, where it is no file
	Origin string // of the log
	Size   int64  // entries that the log has since
	Signed int64  // of them in the checkpoint that they were held against
}

// made tells of what was made again.
func (l *Log) made(b *book, m Mended, damage error) {
	l.mu.RLock()
	m.Origin, m.Size = b.key.Name(), b.edge.Size
	l.mu.RUnlock()
	l.Log.Warn("what belongs to the transparency log was damaged. It was made again from what is there besides, which agrees with what was signed",
		"file", m.File, "row", m.Row, "damage", damage, "size", m.Size, "signed", m.Signed)
	if l.OnMended != nil {
		l.OnMended(m)
	}
}

// Made tells of what another place that remembers the log made again by it.
func (l *Log) Made(m Mended, damage error) {
	l.mu.RLock()
	b := l.cur
	l.mu.RUnlock()
	l.made(b, m, damage)
}

func (b *book) file(name string) string { return filepath.Join(filepath.Base(b.dir), name) }

// newest is the checkpoint over the most entries that b signed, by its guard and by what
// lies beside it.
func (l *Log) newest(b *book, mark []byte) (best Signed) {
	best, _ = l.read(b, checkpointName)
	if c, _, err := tlog.Open(mark, b.key); err == nil && c.Origin == b.key.Name() && (best.Note == nil || c.Size > best.Size) {
		best = Signed{c, mark}
	}
	return best
}

// restore makes the tail again where it does not hold any more what was signed and the
// tiles do. Without that the log is refused, unless judging it does so. Called with signing
// held.
func (l *Log) restore(b *book, known Signed) error {
	why := l.hurt
	if why == nil && known.Note != nil {
		why = b.has(known)
	}
	if why == nil {
		return nil
	}
	next, err := (*book)(nil), errors.New("no checkpoint tells what was signed")
	if known.Note != nil {
		next, err = b.recover(known)
	}
	if err != nil {
		if l.hurt != nil {
			l.refuseNow(CauseDamaged, known.Size, fmt.Errorf("%w; nothing that is there makes it good: %w", l.hurt, err))
		}
		return nil
	}
	for _, f := range next.anew {
		if err := l.putTile(b, f); err != nil {
			return ErrNotWritten.Because(err)
		}
	}
	made := false
	l.step(func() {
		var t *tail.File
		// Where tiles alone were damaged the tail is as it was.
		is := &book{disk: b.disk, dir: b.dir, number: b.number, key: b.key}
		whole, length, wrong := is.readTail()
		if made = wrong != nil || is.has(known) != nil; made {
			is = next
			t, err = tail.Anew(l.disk, tail.Path(b.dir), next.edge.Base, next.edge.Entries)
		} else {
			t, err = tail.Open(l.disk, tail.Path(b.dir), whole, length)
		}
		if err != nil {
			return
		}
		if b.tail != nil {
			b.tail.Close()
		}
		l.mu.Lock()
		b.tail, b.edge = t, is.edge
		l.mu.Unlock()
	})
	if err != nil {
		return ErrNotWritten.Because(err)
	}
	l.hurt = nil
	for path := range next.anew {
		l.made(b, Mended{File: b.file(path), Signed: known.Size}, why)
	}
	if made {
		l.made(b, Mended{File: b.file(tail.Name), Signed: known.Size}, why)
	}
	return nil
}

// recover gives b with the entries that its tail lacks: from whole batches anywhere in it
// and from bundles, partial ones, too. They are those that s was signed over, and what
// follows without a hole. Full tiles that are damaged are those that the bundles make.
func (b *book) recover(s Signed) (next *book, err error) {
	data, err := b.disk.ReadFile(tail.Path(b.dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	left := tail.Remains(data)
	if next, err = b.recovered(s, left, nil); err == nil {
		return next, nil
	}
	for anew := range b.folder().Candidates(s.Size / tlog.TileWidth * tlog.TileWidth) {
		if next, other := b.recovered(s, left, anew); other == nil {
			return next, nil
		}
	}
	return nil, err
}

// recovered is recover with some full tiles that are others than on the disk.
func (b *book) recovered(s Signed, left map[int64][]byte, anew map[string]edge.File) (next *book, err error) {
	for _, batches := range []bool{true, false} { // what is believed first
		next = &book{disk: b.disk, dir: b.dir, number: b.number, key: b.key, anew: anew}
		if err = next.readLevels(s.Size / tlog.TileWidth * tlog.TileWidth); err != nil {
			return nil, err
		}
		if next.gather(left, batches); next.has(s) == nil {
			break
		}
	}
	if err = next.has(s); err != nil {
		return nil, err
	}
	for i := range left {
		if i > next.edge.Size {
			return nil, fmt.Errorf("entries from %d on are missing before others that were on record", next.edge.Size)
		}
	}
	return next, nil
}

// gather adds entries that are left in a tail or stand in bundles, up to the first that
// does neither.
func (b *book) gather(left map[int64][]byte, batches bool) {
	var bundle [][]byte
	for n := int64(-1); ; {
		if i := b.edge.Size / tlog.TileWidth; i != n {
			n, bundle = i, tiles.Widest(b.disk, b.dir, i)
		}
		e, ok := left[b.edge.Size]
		if at := int(b.edge.Size % tlog.TileWidth); at < len(bundle) && (!ok || !batches) {
			e, ok = bundle[at], true
		}
		if !ok {
			return
		}
		b.edge.Add(bytes.Clone(e))
	}
}

// slips are how many bytes of a checkpoint may be others for it to be recognised. Nobody
// who lacks the key comes that near to its signature but from a whole one, and who has a
// whole one can put that there.
const slips = 8

// meant gives the checkpoint that damaged bytes begin with: one that this key signs over
// the first entries of b, as many as one of the sizes says.
func (b *book) meant(damaged []byte, sizes ...int64) (Signed, bool) {
	for _, size := range sizes {
		if size < 0 || size > b.edge.Size {
			continue
		}
		s, err := b.sign(size, nil)
		if err != nil || len(damaged) < len(s.Note) {
			continue
		}
		differ := 0
		for i, c := range s.Note {
			if damaged[i] != c {
				differ++
			}
		}
		if differ <= slips {
			return s, true
		}
	}
	return Signed{}, false
}

// slipped tells whether a checkpoint of b, from its guard or beside it, is another by some
// bytes than it was signed, and which it was. Signatures are made the same every time.
func (b *book) slipped(note []byte) (was Signed, yes bool) {
	if b.signer == nil || note == nil {
		return was, false
	}
	c, parsed := survey.Claimed(note)
	if _, _, err := tlog.Open(note, b.key); err == nil && parsed {
		if s, err := b.sign(c.Size, &c.Root); err != nil || bytes.HasPrefix(note, s.Note) {
			return was, false
		}
	}
	sizes := []int64{c.Size, b.edge.Size}
	if beside, err := b.disk.ReadFile(filepath.Join(b.dir, checkpointName)); err == nil {
		if c, ok := survey.Claimed(beside); ok {
			sizes = append(sizes, c.Size)
		}
	}
	return b.meant(note, sizes...)
}

// restoreGuard puts the checkpoint back that the guard held, where it is another by some
// bytes. It gives what the guard has.
func (l *Log) restoreGuard(b *book, mark []byte) ([]byte, error) {
	was, yes := b.slipped(mark)
	if !yes || len(mark) != len(was.Note) {
		return mark, nil
	}
	if _, _, err := l.guard.Swap(mark, nil, was.Note); err != nil {
		return mark, err
	}
	l.made(b, Mended{File: l.Guard, Signed: was.Size}, errors.New("the guard is not what was signed"))
	return was.Note, nil
}

// lookBeside tells of checkpoints beside b that are damaged. The latest is written anew.
func (l *Log) lookBeside(b *book) {
	if public, err := l.disk.ReadFile(filepath.Join(b.dir, publicName)); err != nil || string(public) != b.key.String()+"\n" {
		if err := disk.Replace(l.disk, filepath.Join(b.dir, publicName), []byte(b.key.String()+"\n"), 0o644); err != nil {
			l.Log.Warn("the public key of the transparency log is damaged and could not be written anew", "error", err)
		} else {
			l.made(b, Mended{File: b.file(publicName), Signed: b.edge.Size}, errors.New("it is not the public key of the log"))
		}
	}
	entries, err := l.disk.ReadDir(b.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.Name() != checkpointName && e.Name() != againstName && survey.Cosignatures(e.Name()) == 0 {
			continue
		}
		note, err := l.disk.ReadFile(filepath.Join(b.dir, e.Name()))
		if err != nil {
			continue
		}
		s, ok := l.read(b, e.Name())
		if ok {
			own, err := b.sign(s.Size, &s.Root)
			if ok = err != nil || bytes.HasPrefix(note, own.Note); ok {
				_, wrong := survey.Open(note, b.key, l.Witnesses...)
				ok = wrong == nil
			}
			if ok {
				continue
			}
		}
		if e.Name() != checkpointName {
			l.cosignedAnew(b, e.Name(), note)
			continue
		}
		l.mu.Lock()
		l.head = Signed{} // so that it is written anew
		l.mu.Unlock()
		l.made(b, Mended{File: b.file(e.Name()), Signed: b.edge.Size}, errors.New("the checkpoint is not what was signed"))
	}
}

// mend writes the partial tiles anew that are not as they must be. Only a log that agrees with
// its guard is mended: wider tiles than it has are left as evidence. It gives the names of those
// that held something else.
func (b *book) mend() ([]string, error) {
	return retile.Partial(b.disk, b.dir, &b.edge, func(f edge.File) error { return b.write([]edge.File{f}, false) })
}
