package tlog

import (
	"context"
	"fmt"
	"slices"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/survey"
)

// Remembered compares the log with what other places remember of this node's logs, as
// Witnessed does with what witnesses have. Where a row was put right instead, which amended
// tells, the next of its kind is to be asked for. An error says that it could not be.
func (l *Log) Remembered(seen ...Seen) (amended bool, err error) {
	l.signing.Lock()
	defer l.signing.Unlock()
	if !l.isReady() {
		return false, nil // it will be judged with all of them
	}
	l.step(func() { amended, err = l.remember(l.cur, seen) })
	return amended, err
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
	c, _ := survey.Claimed(s.Note)
	return c.Origin
}

// size is how many entries s claims.
func (s Seen) size() int64 {
	c, _ := survey.Claimed(s.Note)
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
// not come from. What rows are marked with comes last: anybody can write that who has the
// database in hand; of a row that says otherwise than the log, amended tells whether it was
// put right. Called where the edge does not change, with signing held.
func (l *Log) remember(b *book, seen []Seen) (amended bool, err error) {
	var family map[string]bool
	seen = slices.Clone(seen)
	slices.SortStableFunc(seen, func(x, y Seen) int {
		switch {
		case (x.Last == nil) == (y.Last == nil):
			return 0
		case x.Last == nil:
			return -1
		}
		return 1
	})
	for _, s := range seen {
		put := false
		switch s.origin() {
		case "":
		case b.key.Name():
			put, err = l.weigh(b, s)
		default:
			if family == nil {
				family, _ = l.family(b)
			}
			if !family[s.origin()] {
				if put, err = l.amend(b, s, fmt.Errorf("it names %s, which is not here", s.origin())); !put && err == nil {
					l.lose(s)
				}
			}
		}
		if amended = amended || put; err != nil || l.refused() {
			return amended, err
		}
	}
	return amended, nil
}

// family are the origins of b, the log that grows, and of the logs that it continues from,
// one behind the other, and those of these that are here. A folder alone is of nobody's family.
func (l *Log) family(b *book) (origins map[string]bool, ended []chain.Ended) {
	origins = map[string]bool{b.key.Name(): true}
	from, err := l.From()
	if err != nil || from == nil {
		return origins, nil
	}
	origins[from.Origin] = true
	numbers, err := folders.List(l.disk, l.Dir)
	if err != nil {
		return origins, nil
	}
	var books []chain.Book
	for _, n := range numbers {
		one := &book{disk: l.disk, dir: folders.Of(l.Dir, n), number: n}
		if n < b.number && one.readPublic() == nil {
			books = append(books, chain.Book{Number: n, Dir: one.dir, Key: one.key, FS: disk.Shelf{Disk: l.disk, Dir: one.dir}})
		}
	}
	ended, _, _ = chain.Follow(books, from)
	for i := range ended {
		// What it says is not here any more may be remembered all the same.
		if c, err := ended[i].From(); err == nil && c != nil {
			origins[c.Origin] = true
		}
	}
	return origins, ended
}

// From is what the log that grows says that it continues from, as its tree holds it; nil
// where it says nothing of the kind.
func (l *Log) From() (*tlog.Continuation, error) {
	b, size, err := l.current()
	if err != nil || size == 0 {
		return nil, err
	}
	entry, err := l.Entry(0)
	if err != nil {
		return nil, err
	}
	path, err := l.Proof(0, size)
	if err != nil {
		return nil, err
	}
	r, err := l.Root(size)
	if err != nil {
		return nil, err
	}
	if err := tlog.VerifyInclusion(tlog.EntryHash(entry), 0, size, path, r); err != nil {
		return nil, fmt.Errorf("entry 0: %w", err)
	}
	return chain.Said(entry, b.key.Name())
}
