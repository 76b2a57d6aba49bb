// Package remembered reads what the records remember of a node's logs, holds it against the
// logs that are here, and puts right what is damaged of it where the truth is signed.
package remembered

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/survey"
	"watchroom/internal/ledger/tlog"
)

// table names the rows.
const table = "ledger_heads "

// putting bounds how long a row is waited for.
const putting = 5 * time.Second

// Recall gives what the records remember, for tlog.Log.Recall. ended are logs that others took
// the place of. books are the logs that are here, the one that grows last. A row that contradicts
// its own signed checkpoint counts as that says; one whose checkpoint is damaged as its word
// for the size.
func Recall(ctx context.Context, d *db.DB, books []chain.Book) (seen []tlog.Seen, ended map[string]bool, err error) {
	heads, err := ledger.Heads(ctx, d.Read())
	if err != nil {
		return nil, nil, err
	}
	marks, err := ledger.LastMarked(ctx, d.Read())
	if err != nil {
		return nil, nil, err
	}
	ended = map[string]bool{}
	known := map[string]bool{}
	for i, h := range heads {
		heads[i] = meant(h, books)
		known[heads[i].Origin] = true
	}
	for _, h := range heads {
		// No damage ends the log that grows: what took its place would be remembered, too.
		own := len(books) > 0 && h.Origin == books[len(books)-1].Key.Name()
		ended[h.Origin] = ended[h.Origin] || h.Successor != "" && (!own || known[h.Successor])
		s := tlog.Seen{Who: "the database", Origin: h.Origin, Size: h.Size}
		if h.Note != "" {
			s.Note = []byte(h.Note)
		}
		seen = append(seen, s)
	}
	for _, m := range marks {
		seen = append(seen, tlog.Seen{Who: "the acts on record", Origin: m.Log, Size: m.Leaf + 1, Last: m.Is, Row: m.Row(),
			Put: func(origin string, index int64, entry []byte) (bool, error) {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putting)
				defer cancel()
				return m.Put(ctx, d, origin, index, entry)
			}})
	}
	return seen, ended, nil
}

// meant is the row as its signed checkpoint says that it must be. Of one whose checkpoint is
// damaged the note is empty: its size is a word without proof.
func meant(h ledger.Head, books []chain.Book) ledger.Head {
	c, err := survey.Plain([]byte(h.Note))
	if err == nil {
		if b := of(books, c.Origin); b != nil { // of one that is not here it is believed, so that nobody makes another
			_, err = survey.Open([]byte(h.Note), b.Key)
		}
	}
	if err != nil {
		h.Note = ""
		return h
	}
	h.Origin, h.Size = c.Origin, c.Size
	return h
}

func of(books []chain.Book, origin string) *chain.Book {
	i := slices.IndexFunc(books, func(b chain.Book) bool { return b.Key.Name() == origin })
	if i < 0 {
		return nil
	}
	return &books[i]
}

// Logs are the logs of a folder.
type Logs struct {
	Books []chain.Book // those that are here, the one that grows last
	Ended []chain.Ended
}

// successor is the log that took the place of another, as that says; ok is false where none
// that is here does.
func (l *Logs) successor(origin string) (next string, ok bool) {
	for i, e := range l.Ended {
		if e.Key.Name() != origin {
			continue
		}
		if i+1 < len(l.Ended) {
			return l.Ended[i+1].Key.Name(), true
		}
		return l.grows(), true
	}
	return "", origin == l.grows()
}

// follows tells whether a log is one of those behind another. Where the records were away while
// one grew, it is not the next.
func (l *Logs) follows(origin, next string) bool {
	behind := false
	for _, e := range l.Ended {
		if behind && e.Key.Name() == next {
			return true
		}
		behind = behind || e.Key.Name() == origin
	}
	return behind && next == l.grows()
}

func (l *Logs) grows() string { return l.Books[len(l.Books)-1].Key.Name() }

// wrong says how a row is damaged, given how it must be; empty where it is not.
func (l *Logs) wrong(h, is *ledger.Head) string {
	var all []string
	if is.Note == "" {
		all = append(all, "its checkpoint is not what was signed")
	}
	if h.Origin != is.Origin {
		all = append(all, fmt.Sprintf("its checkpoint is of %s", is.Origin))
	}
	if h.Size != is.Size {
		all = append(all, fmt.Sprintf("it has %d entries, by its checkpoint %d", h.Size, is.Size))
	}
	if next, ok := l.successor(is.Origin); ok && h.Successor != "" && !l.follows(is.Origin, h.Successor) {
		all = append(all, fmt.Sprintf("its successor is %q, by the logs %q", h.Successor, next))
	}
	return strings.Join(all, "; ")
}

// Fault is a row that is damaged, or is not there.
type Fault struct{ Row, Why string }

// young is how old the oldest act that is marked with a log is at most where its row may be on
// its way.
const young = 15 * time.Second // it is written with the first checkpoint after a start

// Faults names them, at an instant.
func Faults(ctx context.Context, tx bun.IDB, logs Logs, now time.Time) (found []Fault, err error) {
	heads, err := ledger.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	there, origins := map[string]bool{}, map[string]bool{}
	for i := range heads {
		is := meant(heads[i], logs.Books)
		there[is.Origin], origins[heads[i].Origin] = true, true
		if why := logs.wrong(&heads[i], &is); why != "" {
			found = append(found, Fault{table + heads[i].Origin, why})
		}
	}
	for _, h := range heads { // of logs that are not here
		if _, told := logs.successor(h.Origin); !told && of(logs.Books, h.Origin) == nil && !origins[h.Successor] {
			found = append(found, Fault{table + h.Origin, fmt.Sprintf("its successor is %q, of which nothing is remembered", h.Successor)})
		}
	}
	for _, b := range logs.Books {
		origin := b.Key.Name()
		if there[origin] {
			continue
		}
		known, err := ledger.MarkedBefore(ctx, tx, origin, now.Add(-young).UnixMicro())
		if err != nil {
			return nil, err
		}
		if known { // a database that was lost and made anew knows nothing of an older one
			found = append(found, Fault{table + origin, "it is gone"})
		}
	}
	return found, nil
}

// Of gives the logs of a folder, of which l grows.
func Of(dir string, l *tlog.Log) (logs Logs, err error) {
	if logs.Books, err = tlog.Books(dir); err != nil {
		return logs, err
	}
	from, err := l.From()
	if err != nil {
		return logs, err
	}
	number := l.Status().Number
	before := slices.DeleteFunc(slices.Clone(logs.Books), func(b chain.Book) bool { return b.Number == number })
	logs.Ended, _, _ = chain.Follow(before, from)
	return logs, nil
}

// Compare has a log compared with what is recalled, and again while rows are put right.
func Compare(ctx context.Context, l *tlog.Log, recall func(context.Context) ([]tlog.Seen, error)) error {
	for again := true; again; {
		seen, err := recall(ctx)
		if err != nil {
			return err
		}
		if again, err = l.Remembered(seen...); err != nil {
			return err
		}
	}
	return nil
}

// Keep has the records remember a checkpoint of the log that grows, after it was compared; where
// first is set, with what they have of it put right before.
func Keep(ctx context.Context, d *db.DB, dir string, l *tlog.Log, h ledger.Head, first bool) error {
	var logs Logs
	if first {
		logs, _ = Of(dir, l) // without them nothing is put right
	}
	var rows []string
	err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if len(logs.Books) > 0 {
			if rows, err = Mend(ctx, tx, logs, h); err != nil {
				return err
			}
		}
		return ledger.KeepHead(ctx, tx, h)
	})
	if err == nil {
		for _, row := range rows {
			l.Made(tlog.Mended{Row: row, Signed: h.Size}, errRow)
		}
	}
	return err
}

// errRow says why a row was made again.
var errRow = errors.New("it is not what was signed")

// Mend puts right what is damaged of the rows: head is the newest checkpoint of the log that
// grows, which was judged. It gives the rows.
func Mend(ctx context.Context, tx bun.IDB, logs Logs, head ledger.Head) (rows []string, err error) {
	heads, err := ledger.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		is := meant(h, logs.Books)
		if logs.wrong(&h, &is) == "" {
			continue
		}
		if is.Note == "" {
			if is.Origin == head.Origin {
				is.Size, is.Note = head.Size, head.Note
			} else if b := of(logs.Books, is.Origin); b != nil {
				is.Size, is.Note = last(b)
			}
			if is.Note == "" {
				continue // it is named when it is verified
			}
		}
		if next, ok := logs.successor(is.Origin); ok {
			is.Successor = next
		}
		if err := ledger.PutHead(ctx, tx, h.Origin, is); err != nil {
			return nil, err
		}
		rows = append(rows, table+h.Origin)
	}
	return rows, nil
}

// last is the checkpoint that a log which ended signed last.
func last(b *chain.Book) (size int64, note string) {
	text, err := fs.ReadFile(b.FS, "checkpoint")
	if err != nil {
		return 0, ""
	}
	c, err := survey.Open(text, b.Key)
	if err != nil {
		return 0, ""
	}
	return c.Size, string(text)
}
