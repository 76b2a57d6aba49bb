package chronicle

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"watchroom/internal/app/unremembered"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/ondisk"
	"watchroom/internal/ledger/remembered"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/recording/marker"
)

// MemoryName is the file of a recording disk with the checkpoint that was signed last.
const MemoryName = ondisk.Name

// spread is the shortest time between two writes of a memory, but for the last.
const spread = 5 * time.Second

// errRecords says that the records are not open yet.
var errRecords = errors.New("the records do not answer yet")

// memories are the places besides the guard that remember what was signed: the records,
// the recording disks, and how far the journals were brought into the log.
type memories struct {
	dir   string // of the log
	roots func() []seal.Root
	clock clock.Clock
	log   *slog.Logger
	late  unremembered.Places
	aside func(file, aside string) // is told what was put aside; may be nil

	mu      sync.Mutex      // guards what follows up to failed
	db      *db.DB          // nil while the records are not open
	damaged map[string]bool // files that were complained of
	failed  map[string]bool // places that could not remember the last time

	noting  sync.Mutex // held while the records are written to; guards what follows up to notedAt
	noted   string     // the note that the records have; of noter
	noter   *db.DB
	notedAt time.Time

	// Owned by keep, which is never called twice at a time.
	written  map[string][]byte
	spreadAt time.Time
}

// recent tells whether a memory was written so short ago that the next waits.
func recent(now, at time.Time) bool { return !at.IsZero() && now.Sub(at) < spread }

func (m *memories) attach(d *db.DB) {
	m.mu.Lock()
	m.db = d
	m.mu.Unlock()
}

func (m *memories) records() *db.DB {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.db
}

// recall implements tlog.Log.Recall.
func (m *memories) recall(ctx context.Context) (seen []tlog.Seen, err error) {
	var ended map[string]bool
	d := m.records()
	if d == nil {
		err = errRecords
	} else {
		seen, ended, err = m.recorded(ctx, d)
	}
	for _, r := range m.roots() {
		if s, ok := m.onDisk(r); ok {
			seen = append(seen, s)
		}
	}
	if origin, size, err := seal.Reach(m.dir); err == nil && origin != "" && !strange(seen, origin) {
		seen = append(seen, tlog.Seen{Who: "the cursors of the journals", Origin: origin, Size: size})
	}
	// A disk that was away when a person decided about a log remembers the one before.
	var current []tlog.Seen
	for _, s := range seen {
		if !ended[s.Origin] {
			current = append(current, s)
		}
	}
	return current, err
}

// strange tells whether others remember logs, and none of them that of an origin. Cursors of
// such a one were left by a log that somebody laid here and took away again; whoever could
// exchange the log itself could exchange them with it.
func strange(seen []tlog.Seen, origin string) bool {
	return len(seen) > 0 && !slices.ContainsFunc(seen, func(s tlog.Seen) bool { return s.Origin == origin })
}

// recorded is what the records remember. ended are logs that others took the place of.
func (m *memories) recorded(ctx context.Context, d *db.DB) (seen []tlog.Seen, ended map[string]bool, err error) {
	books, _ := tlog.Books(m.dir) // without them a row is what it says
	return remembered.Recall(ctx, d, books)
}

// onDisk reads the memory of a recording disk.
func (m *memories) onDisk(r seal.Root) (s tlog.Seen, ok bool) {
	path := filepath.Join(r.Path, MemoryName)
	note, err := ondisk.Read(r.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false
	}
	c, err := ondisk.Parse(note, err)
	if err != nil {
		m.mu.Lock()
		first := !m.damaged[path]
		if first {
			if m.damaged == nil {
				m.damaged = map[string]bool{}
			}
			m.damaged[path] = true
		}
		m.mu.Unlock()
		if first {
			m.log.Warn("what a recording disk remembers of the transparency log cannot be read", "file", path, "error", err)
		}
		return s, false
	}
	return tlog.Seen{Who: path, Origin: c.Origin, Size: c.Size, Note: note}, true
}

// keep has every place remember a checkpoint of a log that was judged, and has the log
// compared first with what is there that was not put there from here: a disk may come
// back, and records may open, after the log was judged. last says that nothing follows.
func (m *memories) keep(ctx context.Context, l *tlog.Log, last bool) {
	head, s := l.Checkpoint(), l.Status()
	if head.Note == nil || !s.Ready || s.Refusal != nil {
		return
	}
	m.noteHead(ctx, l, last)
	if m.written == nil {
		m.written = map[string][]byte{}
	}
	now := m.clock.Reading()
	if !last && recent(now, m.spreadAt) {
		return
	}
	m.spreadAt = now
	var lacking []seal.Root
	for _, r := range m.roots() {
		if !bytes.Equal(m.written[r.Path], head.Note) {
			m.late.Lacks(nameOf(r), now) // those too that are behind one that stands still below
			lacking = append(lacking, r)
		}
	}
	for _, r := range lacking {
		_, err := marker.Read(r.Path)
		if err == nil {
			if err = m.put(l, r, head); m.told(r.Path, err) {
				continue
			}
		}
		m.late.Has(nameOf(r)) // or is its disk mounted?
	}
}

// nameOf is what people know a recording disk by.
func nameOf(r seal.Root) string { return cmp.Or(r.Volume, r.Path) }

// look tells of the places that answer and do not remember what was signed of a log.
func (m *memories) look(l *tlog.Log) {
	var answer []string
	if s := l.Status(); s.Ready && s.Refusal == nil {
		for _, r := range m.roots() {
			answer = append(answer, nameOf(r))
		}
		if m.records() != nil {
			answer = append(answer, unremembered.Database)
		}
	}
	m.late.Look(m.clock.Reading(), answer...)
}

// told logs what failed, once, and gives whether something did.
func (m *memories) told(place string, err error) (failed bool) {
	m.mu.Lock()
	if m.failed == nil {
		m.failed = map[string]bool{}
	}
	before := m.failed[place]
	m.failed[place] = err != nil
	m.mu.Unlock()
	if err != nil && !before {
		m.log.Warn("a place cannot remember what was signed of the transparency log", "place", place, "error", err)
	}
	return err != nil
}

// noteHead has the records remember the last checkpoint. last says that nothing follows:
// they are closed next.
func (m *memories) noteHead(ctx context.Context, l *tlog.Log, last bool) {
	m.noting.Lock()
	defer m.noting.Unlock()
	head, s, d := l.Checkpoint(), l.Status(), m.records()
	if d == nil || head.Note == nil || !s.Ready || s.Refusal != nil || m.noter == d && m.noted == head.Text() {
		return
	}
	now := m.clock.Reading()
	if m.noter == d && !last && recent(now, m.notedAt) {
		return
	}
	m.notedAt = now
	m.late.Lacks(unremembered.Database, now)
	if !m.told("the database", m.note(ctx, l, d, head)) || d.Healthy(ctx) != nil {
		m.late.Has(unremembered.Database)
	}
}

func (m *memories) note(ctx context.Context, l *tlog.Log, d *db.DB, head tlog.Signed) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	first := m.noter != d
	if first {
		err := remembered.Compare(ctx, l, func(ctx context.Context) ([]tlog.Seen, error) {
			seen, ended, err := m.recorded(ctx, d)
			return slices.DeleteFunc(seen, func(s tlog.Seen) bool { return ended[s.Origin] }), err
		})
		if err != nil || l.Status().Refusal != nil {
			return err
		}
	}
	err := remembered.Keep(ctx, d, m.dir, l, ledger.Head{Origin: head.Origin, Size: head.Size, Note: string(head.Note), At: m.clock.Micro()}, first)
	if err == nil {
		m.noter, m.noted = d, head.Text()
	}
	return err
}

// put writes the memory of a recording disk.
func (m *memories) put(l *tlog.Log, r seal.Root, head tlog.Signed) error {
	have, err := ondisk.Read(r.Path)
	switch {
	case err == nil && !bytes.Equal(have, m.written[r.Path]):
		if s, ok := m.onDisk(r); ok {
			// Of a log that was ended by a person's decision nothing is asked any more.
			if d := m.records(); d == nil || s.Origin == head.Origin || !m.isEnded(d, s.Origin) {
				_, _ = l.Remembered(s) // it is no row
			}
			if l.Status().Refusal != nil {
				return nil //nolint:nilerr // it is refused, which is told; the error before is none
			}
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !ondisk.NoFile(err):
		return err
	}
	aside, err := ondisk.Write(r.Path, head.Note)
	if aside != "" {
		path := filepath.Join(r.Path, MemoryName)
		m.log.Warn("what lay in the place of what a recording disk remembers of the transparency log is no file; it was put aside", "file", path, "aside", aside)
		if m.aside != nil {
			m.aside(path, aside)
		}
	}
	if err == nil {
		m.written[r.Path] = head.Note
	}
	return err
}

func (m *memories) isEnded(d *db.DB, origin string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, ended, err := m.recorded(ctx, d)
	return err == nil && ended[origin]
}
