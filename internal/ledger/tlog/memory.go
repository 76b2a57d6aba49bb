package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
)

// Remembered compares the log with what other places remember of this node's logs, as
// Witnessed does with what witnesses have.
func (l *Log) Remembered(seen ...Seen) {
	l.signing.Lock()
	defer l.signing.Unlock()
	if !l.isReady() {
		return // it will be judged with all of them
	}
	l.step(func() { l.remember(l.cur, seen) })
}

func (l *Log) recall(ctx context.Context) ([]Seen, error) {
	if l.Recall == nil {
		return nil, nil
	}
	wait, cancel := context.WithTimeout(ctx, l.AskWait)
	defer cancel()
	return l.Recall(wait)
}

// origin is the log that s is of.
func (s Seen) origin() string {
	if s.Origin != "" || s.Note == nil {
		return s.Origin
	}
	c, _ := claimed(s.Note)
	return c.Origin
}

// size is how many entries s claims.
func (s Seen) size() int64 {
	c, _ := claimed(s.Note)
	return max(s.Size, c.Size)
}

// largest is the memory of the most entries; without one, Who is empty.
func largest(seen []Seen) (best Seen) {
	for _, s := range seen {
		if s.origin() != "" && (best.Who == "" || s.size() > best.size()) {
			best = s
		}
	}
	return best
}

// lose refuses what is here, since somebody remembers a log that is not. Called with
// signing held.
func (l *Log) lose(s Seen) {
	l.lost = s
	l.refuseNow(CauseLost, s.size(), fmt.Errorf("%s remembers %d entries of %s, which is not here", s.Who, s.size(), s.origin()))
}

// remember refuses b if one of the memories contradicts it, or is of a log that b does
// not come from. Called where the edge does not change, with signing held.
func (l *Log) remember(b *book, seen []Seen) {
	var family map[string]bool
	for _, s := range seen {
		switch s.origin() {
		case "":
		case b.key.Name():
			l.weigh(b, s)
		default:
			if family == nil {
				family = l.family()
			}
			if !family[s.origin()] {
				l.lose(s)
			}
		}
		if l.refused() {
			return
		}
	}
}

// family are the origins of the logs in the folder and of those that they continue from.
func (l *Log) family() map[string]bool {
	origins := map[string]bool{}
	numbers, err := listBooks(l.disk, l.Dir)
	if err != nil {
		return origins
	}
	for _, n := range numbers {
		b := &book{disk: l.disk, dir: bookDir(l.Dir, n), number: n}
		if b.readPublic() != nil {
			continue
		}
		origins[b.key.Name()] = true
		if c, err := continues(l.disk, b.dir); err == nil && c.Key == b.key {
			origins[c.Origin] = true
		}
	}
	return origins
}

// Continues is what the first entry of the log in a folder says that it continues from.
// The error says that it cannot be read or says nothing of the kind.
func Continues(dir string) (tlog.Continuation, error) { return continues(disk.OS{}, dir) }

func continues(d disk.Disk, dir string) (tlog.Continuation, error) {
	entry, err := firstEntry(d, dir)
	if err != nil {
		return tlog.Continuation{}, err
	}
	c, _, err := tlog.ParseContinuation(entry, tlog.Key{})
	return c, err
}

// firstEntry reads the first entry of a log that may have ended, from its first bundle,
// whole or partial, or from its tail.
func firstEntry(d disk.Disk, dir string) ([]byte, error) {
	data, err := d.ReadFile(filepath.Join(dir, tlog.BundlePath(0, tlog.TileWidth)))
	width := tlog.TileWidth
	if errors.Is(err, fs.ErrNotExist) {
		if tail, tailErr := d.ReadFile(tailPath(dir)); tailErr == nil {
			if base, entries, _, tailErr := parseTail(tail); tailErr == nil && base == 0 && len(entries) > 0 {
				return entries[0], nil
			}
		}
		partial := filepath.Dir(tlog.BundlePath(0, 1))
		var names []fs.DirEntry
		if names, err = d.ReadDir(filepath.Join(dir, partial)); err != nil {
			return nil, err
		}
		for _, e := range names {
			if w, notNumber := strconv.Atoi(e.Name()); notNumber == nil && w > 0 && w < tlog.TileWidth {
				width = w
			}
		}
		data, err = d.ReadFile(filepath.Join(dir, tlog.BundlePath(0, width)))
	}
	if err != nil {
		return nil, err
	}
	entries, err := tlog.ParseBundle(data, width)
	if err != nil {
		return nil, err
	}
	return entries[0], nil
}
