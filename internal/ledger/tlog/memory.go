package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"watchroom/evidence/tlog"
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
				family = l.family(b)
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

// family are the origins of b, the log that grows, and of the logs that it continues from, one behind the
// other. A folder alone is of nobody's family.
func (l *Log) family(b *book) map[string]bool {
	origins := map[string]bool{b.key.Name(): true}
	from, err := l.From()
	if err != nil || from == nil {
		return origins
	}
	origins[from.Origin] = true
	numbers, err := listBooks(l.disk, l.Dir)
	if err != nil {
		return origins
	}
	var books []Book
	for _, n := range numbers {
		one := &book{disk: l.disk, dir: bookDir(l.Dir, n), number: n}
		if n < b.number && one.readPublic() == nil {
			books = append(books, Book{Number: n, Dir: one.dir, Key: one.key, FS: shelf{l.disk, one.dir}})
		}
	}
	ended, _, _ := Chain(books, from)
	for i := range ended {
		// What it says is not here any more may be remembered all the same.
		if c, err := ended[i].From(); err == nil && c != nil {
			origins[c.Origin] = true
		}
	}
	return origins
}

// firstEntry reads the first entry of a log that may have ended, from its first bundle,
// whole or partial, or from its tail.
func firstEntry(d reader, dir string) ([]byte, error) {
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
