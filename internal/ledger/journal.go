package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/problem"
)

const (
	journalName  = "acts.journal"
	takeLines    = 256     // acts in one transaction
	takeBytes    = 1 << 20 // read at once, unless one line is longer
	compactAbove = 1 << 20 // bytes already taken in that the file may hold
)

// ErrNotRecorded says that an act could not be put on record, so that what it
// would have allowed must not happen.
var ErrNotRecorded = problem.New(problem.Unavailable, "act_not_recorded",
	"The act could not be put on record, so it is not allowed.")

var errClosed = errors.New("act journal is closed")

// Journal is the local, synced record of acts that may not wait for a database
// (R6). Record returns when the act is on the disk; a loop takes the acts into
// the database when it answers, each once, by its id.
type Journal struct {
	Dir    string                                      // an existing folder
	Insert func(ctx context.Context, acts []Act) error // takes acts in, leaving those that are there; see Insert
	Clock  clock.Clock                                 // for acts without a time
	Retry  time.Duration                               // longest wait after a failed Insert; 0 means 15 s
	Log    *slog.Logger
	// OnAside is told what lay in the place of the file and was none, by its path and by the one
	// under which it lies now. It must return at once. May be nil.
	OnAside func(file, aside string)

	fsync   func(*os.File) error // tests make it fail
	cancel  context.CancelFunc
	writer  chan struct{} // closed when the goroutine that owns the file has ended
	taker   chan struct{} // closed when the loop that takes acts in has ended
	records chan record
	takes   chan chan batch
	taken   chan batch
	pending atomic.Int64
	asking  atomic.Int64 // acts that are being put on the disk

	// Owned by the writer goroutine.
	file    *os.File
	size    int64 // bytes of synced, whole lines
	done    int64 // bytes of them that the database has
	suspect bool  // a write or sync failed: rewrite the file before believing it again
}

// record asks for one line to be on the disk.
type record struct {
	line   []byte
	answer chan error // holds one
}

// batch is what follows the lines that the database has.
type batch struct {
	acts  []Act
	lines int
	bytes int64
}

// Start reads what an earlier process left, cuts off a torn last line and begins
// to take acts in.
func (j *Journal) Start(ctx context.Context) error {
	if j.Log == nil {
		j.Log = slog.New(slog.DiscardHandler)
	}
	if j.Retry <= 0 {
		j.Retry = 15 * time.Second
	}
	if j.fsync == nil {
		j.fsync = func(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
	}
	if err := j.open(); err != nil {
		return fmt.Errorf("act journal: %w", err)
	}
	ctx, j.cancel = context.WithCancel(context.WithoutCancel(ctx))
	j.writer, j.taker = make(chan struct{}), make(chan struct{})
	j.records, j.takes, j.taken = make(chan record), make(chan chan batch), make(chan batch)
	go j.write(ctx)
	go j.take(ctx)
	return nil
}

// Close stops taking in and closes the file. Acts that the database does not have
// yet are taken in after the next Start.
func (j *Journal) Close() {
	j.cancel()
	<-j.taker
	<-j.writer
}

// Pending counts the acts that the database does not have yet, those among them that are being
// put on the disk.
func (j *Journal) Pending() int { return int(j.asking.Load() + j.pending.Load()) }

// Record puts a on the disk before it returns, giving it an id and a time if it
// has none. Its error is ErrNotRecorded.
func (j *Journal) Record(a Act) error {
	j.asking.Add(1)
	defer j.asking.Add(-1)
	if a.ID == "" {
		a.ID = db.NewID()
	}
	if a.At == 0 {
		a.At = j.Clock.Micro()
	}
	if len(a.Salt) == 0 {
		a.Salt = newSalt()
	}
	line, err := encode(a)
	if err != nil {
		return ErrNotRecorded.Because(err)
	}
	r := record{line: line, answer: make(chan error, 1)}
	select {
	case j.records <- r:
	case <-j.writer:
		return ErrNotRecorded.Because(errClosed)
	}
	if err := <-r.answer; err != nil {
		return ErrNotRecorded.Because(err)
	}
	return nil
}

// open reads the file through. What lies there and is none would hold up the start for ever, or
// be somebody else's, and is put aside. Nothing is known of what the database has, so
// every line is pending: taking one in twice does no harm.
func (j *Journal) open() error {
	path := filepath.Join(j.Dir, journalName)
	aside, err := durable.PutAside(path)
	if err != nil {
		return err
	}
	if aside != "" {
		j.Log.Error("what lay in the place of the act journal is no file; it was put aside", "file", path, "aside", aside)
		if j.OnAside != nil {
			j.OnAside(path, aside)
		}
	}
	f, err := durable.OpenOrMake(path, 0o600)
	if err != nil {
		return err
	}
	lines, whole, err := j.recover(f, path)
	if err != nil {
		f.Close()
		return err
	}
	j.file, j.size, j.done, j.suspect = f, int64(whole), 0, false
	j.pending.Store(int64(lines))
	return nil
}

func (j *Journal) recover(f *os.File, path string) (lines, whole int, err error) {
	data, err := io.ReadAll(f)
	if err != nil {
		return 0, 0, err
	}
	acts, whole, damaged := scan(data, 0)
	if damaged > 0 { // kept aside for a person to look at; the rest goes on
		aside := path + ".damaged-" + db.NewID()
		j.Log.Error("act journal has damaged lines; a copy is kept", "lines", damaged, "copy", aside)
		if err := durable.Replace(aside, data, 0o600); err != nil {
			return 0, 0, err
		}
	}
	if whole < len(data) {
		j.Log.Warn("act journal ends in a torn line; it is cut off", "bytes", len(data)-whole)
		if err := f.Truncate(int64(whole)); err != nil {
			return 0, 0, err
		}
	}
	return len(acts) + damaged, whole, errors.Join(f.Sync(), durable.SyncDir(j.Dir))
}

// write owns the file: every line, sync and rewrite happens here.
func (j *Journal) write(ctx context.Context) {
	defer close(j.writer)
	defer func() { j.file.Close() }()
	for {
		takes := j.takes
		if j.pending.Load() == 0 {
			takes = nil // let the taker wait
		}
		select {
		case r := <-j.records:
			j.put(r)
		case answer := <-takes:
			answer <- j.next()
		case b := <-j.taken:
			j.done += b.bytes
			j.pending.Add(-int64(b.lines))
			if j.done > compactAbove {
				if err := j.rewrite(); err != nil {
					j.Log.Error("act journal could not be shortened", "error", err)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// put writes r and whatever else waits, then syncs once for all of them.
func (j *Journal) put(r record) {
	waiting := []record{r}
	lines := r.line
	for more := true; more && len(waiting) < takeLines; {
		select {
		case r := <-j.records:
			waiting, lines = append(waiting, r), append(lines, r.line...)
		default:
			more = false
		}
	}
	err := j.store(lines)
	if err != nil {
		j.Log.Error("act journal could not be written", "error", err)
	} else {
		j.pending.Add(int64(len(waiting)))
	}
	for _, r := range waiting {
		r.answer <- err
	}
}

// store appends lines and syncs. After a failed sync the kernel may call pages
// clean that never reached the disk, so the file is written anew before more
// goes into it; the refused lines are not in the new one.
func (j *Journal) store(lines []byte) error {
	if j.suspect {
		if err := j.rewrite(); err != nil {
			return err
		}
	}
	_, err := j.file.WriteAt(lines, j.size)
	if err == nil {
		err = j.fsync(j.file)
	}
	if err != nil {
		j.suspect = true
		_ = j.file.Truncate(j.size) // so that a reader after a crash does not see them; rewrite makes sure
		return err
	}
	j.size += int64(len(lines))
	return nil
}

// rewrite puts the lines that the database does not have into a new file and
// that in the place of the old: write, sync, rename, sync the folder.
func (j *Journal) rewrite() error {
	rest := make([]byte, j.size-j.done)
	if _, err := j.file.ReadAt(rest, j.done); err != nil && len(rest) > 0 {
		return err
	}
	path := filepath.Join(j.Dir, journalName)
	f, err := durable.Make(path+durable.Incoming, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(rest); err == nil {
		err = j.fsync(f)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		f.Close()
		return err
	}
	j.file.Close()
	j.file, j.size, j.done, j.suspect = f, int64(len(rest)), 0, false
	return durable.SyncDir(j.Dir)
}

// next reads the lines after those that the database has.
func (j *Journal) next() batch {
	for n := int64(takeBytes); ; n *= 2 {
		n = min(n, j.size-j.done)
		data := make([]byte, n)
		if _, err := j.file.ReadAt(data, j.done); err != nil {
			j.Log.Error("act journal could not be read", "error", err)
			return batch{}
		}
		acts, whole, damaged := scan(data, takeLines)
		if whole > 0 || n == j.size-j.done {
			return batch{acts: acts, lines: len(acts) + damaged, bytes: int64(whole)}
		}
	}
}

// take brings acts into the database, oldest first.
func (j *Journal) take(ctx context.Context) {
	defer close(j.taker)
	answer := make(chan batch, 1)
	for {
		select {
		case j.takes <- answer:
		case <-ctx.Done():
			return
		}
		b := <-answer
		if !j.insist(ctx, b) {
			return
		}
		select {
		case j.taken <- b:
		case <-ctx.Done():
			return
		}
	}
}

// insist inserts b however long the database is away; false when ctx ended first.
func (j *Journal) insist(ctx context.Context, b batch) bool {
	var err error
	for away := time.Duration(0); ; away = min(max(2*away, 100*time.Millisecond), j.Retry) {
		if away > 0 {
			wait := time.NewTimer(away)
			select {
			case <-wait.C:
			case <-ctx.Done():
				wait.Stop()
				return false
			}
		}
		switch {
		case b.lines == 0: // the file could not be read; ask again after a while
			if away > 0 {
				return true
			}
			continue
		case len(b.acts) > 0:
			err = j.Insert(ctx, b.acts)
		}
		if err == nil {
			if away > 0 {
				j.Log.Info("the database takes acts again")
			}
			return true
		}
		if away == 0 && ctx.Err() == nil {
			j.Log.Warn("acts wait in the journal until the database takes them", "error", err)
		}
	}
}
