// Package tlog keeps a node's transparency log: an append-only Merkle tree (RFC 6962)
// in files as C2SP tlog-tiles wants them, with signed checkpoints. An append is on
// the disk when it returns. A log that is smaller than what was signed of it before,
// or that does not agree with it, is never signed again: a person opens a new one
// that begins with a word about the old. docs/ledger-format.md describes the files,
// docs/decisions/0013-own-log.md why they are ours.
package tlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"watchroom/evidence/tlog"
	"watchroom/internal/clock"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/edge"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/guard"
	"watchroom/internal/ledger/keys"
	"watchroom/internal/ledger/tail"
	"watchroom/internal/problem"
)

// Refusals of a log.
var (
	// ErrRefused says that this log must not be signed or appended to any more. Its
	// parameters: cause, have and known (entries).
	ErrRefused = problem.New(problem.Conflict, "ledger_refuses_to_sign",
		"The transparency log is not as it was when it was last signed, so nothing more is signed or appended. "+
			"Recording goes on. Put the newest files back, or open a new log that continues from this one.")
	// ErrNotReady says that the log cannot be judged yet, such as when its guard lies
	// on a disk that is away.
	ErrNotReady = problem.New(problem.Unavailable, "ledger_not_ready",
		"The transparency log waits for what remembers how far it was signed: the file that guards it, or the records. Recording goes on.")
	// ErrAwaited says that too few witnesses have said what they have of the log. Its
	// parameter: witnesses, the names of those that are waited for.
	ErrAwaited = problem.New(problem.Unavailable, "ledger_awaits_witness",
		"The transparency log is not signed before its witnesses have said how far they know it. Recording goes on.")
	// ErrNotWritten says that the disk refused an append. Nothing of it is in the log
	// of this process; a crash may let it through.
	ErrNotWritten = problem.New(problem.Unavailable, "ledger_not_written",
		"The transparency log could not be written. Recording goes on.")
)

// errClosed says that the log was closed.
var errClosed = errors.New("the log is closed")

// Causes for which a log is signed no more.
const (
	CauseRolledBack   = "rolled_back"   // smaller than what was signed of it, or another
	CauseGuardMissing = "guard_missing" // the file that remembers the last checkpoint is gone or unreadable
	CauseKeyMissing   = "key_missing"   // the secret key is gone or unreadable
	CauseDamaged      = "damaged"       // files of the log are missing or altered
	CauseLost         = "lost"          // the log that others remember is not here
)

// Limits of one append.
const (
	groupEntries = 4096     // entries of waiting callers that are written at once
	groupBytes   = 8 << 20  // of them
	flushEntries = 2048     // full bundles are written before so many entries wait, or with the next checkpoint
	flushBytes   = 1 << 20  // of them
	backlogBytes = 64 << 20 // entries that may wait in memory when tiles cannot be written
)

// Log is the transparency log of one node. Its exported fields are its inputs.
type Log struct {
	Dir      string        // an existing folder, for this log alone
	Node     string        // name of the node, such as example.org/watchroom/gate; no spaces, no plus
	Guard    string        // path of the guard file, best on another disk; empty means Dir/guard
	Interval time.Duration // between checkpoints when something was appended; 0 means 1 s
	// Ask gives what witnesses have of this origin, of which head was signed last. It is called
	// before anything is signed or appended, unless this process has made the log and its key;
	// ctx ends after AskWait. awaited names those without whose word nothing is signed or
	// appended: it is called again with the next tick. May be nil.
	Ask     func(ctx context.Context, key tlog.Key, head Signed) (seen []Seen, awaited []string)
	AskWait time.Duration // 0 means 5 s
	// Recall gives what other places of this node remember of its logs: the records, the
	// recording disks. It is called before anything is signed or appended, and an error
	// says that one of them does not answer yet. A log that is there waits for it for
	// RecallWait and then goes on with those that answer; a new one is not made before all
	// have said that they know of none. May be nil.
	Recall     func(ctx context.Context) ([]Seen, error)
	RecallWait time.Duration // 0 means 30 s
	// Ending, if set, is closed before Close is called, and before whatever waits for the log
	// is ended: a guard that hangs is waited for no longer.
	Ending <-chan struct{}
	// OnMended is told of a file of the log that was damaged and was made again; may be nil.
	OnMended func(Mended)
	// Witnesses are those whose cosignatures are verified, and OnDamaged is told of a file that
	// is damaged and cannot be made again; may be nil.
	Witnesses []tlog.Key
	OnDamaged func(file string)
	Clock     clock.Clock
	Log       *slog.Logger

	disk  disk.Disk // tests put another in its place
	guard *guard.Patient
	lock  io.Closer
	// The signer ends before the appender, which it asks.
	endSigning, endAppending context.CancelFunc
	unsigned                 chan struct{} // closed when the signer has ended

	appends chan *appending
	steps   chan func()   // what the appender does between appends
	tried   chan struct{} // closed when the log was looked at for the first time
	closed  chan struct{} // closed when the appender has ended

	// signing is held by who signs or changes what is signed: publish, Continue,
	// Cosigned. Before it waits for the appender, never the other way round.
	signing sync.Mutex
	begun   time.Time         // when Start was called
	fresh   bool              // this process has made the log; guarded by signing
	hurt    error             // how the tail is damaged, until it is made again; guarded by signing
	lost    Seen              // the log that others remember and that is not here; guarded by signing
	mark    []byte            // the guard as we left it; guarded by signing
	maybe   [][]byte          // what swaps may have put there although they failed; guarded by signing
	drawn   map[int]edge.File // the last partial tile of each level that was written; guarded by signing

	mu       sync.RWMutex // guards what follows, and the edge of cur
	cur      *book        // nil until there is one
	ready    bool         // looked at and good: may be appended to and signed
	refusal  *problem.Error
	trouble  error     // why there is no checkpoint at present, or nil
	turning  time.Time // since when it is judged or signed; zero between that
	head     Signed
	cosigned map[int]Signed // by number of cosignatures: the latest
	signedAt int64
}

type appending struct {
	entries [][]byte
	bytes   int
	first   int64
	done    chan error // holds one
}

// Signed is a checkpoint with its signatures.
type Signed struct {
	tlog.Checkpoint
	Note []byte // the signed note, with cosignatures where there are some
}

// Status is what a person wants to know of the log.
type Status struct {
	Number   int    // which log of this node
	Origin   string // empty until there is one
	Key      string // verifier key
	Size     int64  // entries on record
	Signed   int64  // of them in the latest checkpoint
	SignedAt int64  // µs since 1970 UTC, by this process; 0 if it has signed none
	Cosigned int64  // entries in the latest checkpoint that a witness cosigned
	Ready    bool
	Refusal  *problem.Error // why it is signed no more; nil in good order
	Trouble  error          // why there is no new checkpoint at present; nil in good order
}

// Start opens the log, or makes one. Its error is of the folder: no access, or
// another process. A log that must not be signed is no error but stands in Status.
func (l *Log) Start(ctx context.Context) error {
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	l.Interval, l.AskWait = cmp.Or(l.Interval, time.Second), cmp.Or(l.AskWait, 5*time.Second)
	l.RecallWait = cmp.Or(l.RecallWait, 30*time.Second)
	if l.disk == nil {
		l.disk = disk.OS{}
	}
	if l.Guard == "" {
		l.Guard = filepath.Join(l.Dir, guardName)
	}
	if _, _, vkey, err := keys.New(l.Node); err != nil {
		return err
	} else if _, err := tlog.ParseKey(vkey); err != nil {
		return fmt.Errorf("ledger: %q cannot be the name of a node: it must be without spaces and +, and not longer than 240 bytes", l.Node)
	}
	lock, err := l.disk.Lock(filepath.Join(l.Dir, "lock"))
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	l.lock = lock
	l.mark, l.maybe, l.lost, l.hurt, l.fresh = nil, nil, Seen{}, nil, false
	l.begun, l.drawn = time.Now(), map[int]edge.File{}
	l.mu.Lock() // its state may be asked for before it is open
	l.ready, l.refusal, l.trouble, l.cur, l.head, l.cosigned = false, nil, nil, nil, Signed{}, map[int]Signed{}
	l.mu.Unlock()
	if err := l.open(); err != nil {
		lock.Close()
		return fmt.Errorf("ledger: %w", err)
	}
	l.appends, l.steps = make(chan *appending), make(chan func())
	l.tried, l.closed = make(chan struct{}), make(chan struct{})
	l.unsigned = make(chan struct{})
	ctx, l.endAppending = context.WithCancel(context.WithoutCancel(ctx))
	go l.append(ctx)
	ctx, l.endSigning = context.WithCancel(ctx)
	l.guard = &guard.Patient{File: guard.File{Disk: l.disk, Path: l.Guard}, Ending: l.Ending}
	if l.guard.Ending == nil {
		l.guard.Ending = ctx.Done()
	}
	go l.sign(ctx)
	return nil
}

// Finish ends signing, when what was appended has been signed, unless that cannot be. Until
// Close the log can be read, and takes cosignatures.
func (l *Log) Finish() {
	l.endSigning()
	<-l.unsigned
}

// Close ends signing and gives the folder back. All that was appended is on the disk. Where
// the guard's disk hangs the folder is another's only when it, or the process, has ended:
// what it does late must not come after what another log does.
func (l *Log) Close() {
	l.Finish()
	l.endAppending()
	<-l.closed
	if l.cur != nil && l.cur.tail != nil {
		l.cur.tail.Close()
	}
	lock := l.lock
	l.guard.Then(func() { lock.Close() })
}

// open finds the log that grows. Damage is a refusal, not an error.
func (l *Log) open() error {
	numbers, err := folders.List(l.disk, l.Dir)
	if err == nil { // a kill may have left a name in the kernel's hands
		err = l.disk.SyncDir(l.Dir)
	}
	if err != nil || len(numbers) == 0 {
		return err
	}
	b, err := openBook(l.disk, l.Dir, numbers[len(numbers)-1])
	if err != nil && !errors.Is(err, tail.ErrDamaged) {
		return err
	}
	head, cosigned := l.signedBefore(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cur, l.head, l.cosigned = b, head, cosigned
	if err != nil && b.signer == nil {
		l.refuse(CauseDamaged, 0, err)
	} else if l.hurt = err; b.signer == nil {
		l.refuse(CauseKeyMissing, 0, errors.New("the secret key is missing or does not belong to the public one"))
	}
	return nil
}

// refuse ends signing and appending for good. known is the size that was signed
// before, as far as it is known. Called with mu held.
func (l *Log) refuse(cause string, known int64, err error) {
	if l.refusal != nil {
		return
	}
	have := int64(0)
	if l.cur != nil {
		have = l.cur.edge.Size
	}
	l.ready = false
	l.refusal = ErrRefused.With("cause", cause).With("have", have).With("known", known).Because(err)
	l.Log.Error("the transparency log is signed no more; recording goes on. Put the newest files back, or open a new log that continues from this one",
		"cause", cause, "have", have, "known", known, "error", err)
}

// Append puts entries, each of 1 to 65,535 bytes, on record in their order and gives
// the index of the first. They are on the disk when it returns. Callers at the same
// time share one write. When ctx ends while the write is under way the entries may be
// in the log all the same. Its errors are ErrRefused, ErrNotReady and ErrNotWritten.
func (l *Log) Append(ctx context.Context, entries ...[]byte) (first int64, err error) {
	a := &appending{entries: entries, done: make(chan error, 1)}
	for _, e := range entries {
		if len(e) == 0 || len(e) > tlog.MaxEntry {
			return 0, fmt.Errorf("ledger: an entry has 1 to %d bytes, not %d", tlog.MaxEntry, len(e))
		}
		a.bytes += len(e)
	}
	if len(entries) == 0 || len(entries) > groupEntries || a.bytes > groupBytes {
		return 0, fmt.Errorf("ledger: an append has 1 to %d entries and at most %d bytes, not %d and %d", groupEntries, groupBytes, len(entries), a.bytes)
	}
	select {
	case <-l.tried:
	case <-l.closed:
		return 0, ErrNotReady.Because(errClosed)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case l.appends <- a:
	case <-l.closed:
		return 0, ErrNotReady.Because(errClosed)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case err := <-a.done:
		return a.first, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// append is the one goroutine that changes the tree and the tail.
func (l *Log) append(ctx context.Context) {
	defer close(l.closed)
	for {
		select {
		case a := <-l.appends:
			l.put(a)
		case f := <-l.steps:
			f()
		case <-ctx.Done():
			return
		}
	}
}

// step has the appender do f and waits for it; false if the log is closed.
func (l *Log) step(f func()) bool {
	done := make(chan struct{})
	select {
	case l.steps <- func() { defer close(done); f() }:
		<-done
		return true
	case <-l.closed:
		return false
	}
}

// put writes a and whatever else waits, then syncs once for all of them.
func (l *Log) put(a *appending) {
	waiting, entries, bytes := []*appending{a}, a.entries, a.bytes
	for more := true; more && len(entries) < groupEntries && bytes < groupBytes; {
		select {
		case a := <-l.appends:
			waiting, entries, bytes = append(waiting, a), append(entries[:len(entries):len(entries)], a.entries...), bytes+a.bytes
		default:
			more = false
		}
	}
	first, err := l.record(entries)
	for _, a := range waiting {
		a.first = first
		first += int64(len(a.entries))
		a.done <- err
	}
	if err != nil {
		return
	}
	if b := l.cur; b.edge.Size-b.edge.Base >= flushEntries || b.edge.Bytes >= flushBytes {
		if err := b.flush(&l.mu); err != nil {
			l.report(fmt.Errorf("tiles: %w", err))
		}
	}
}

func (l *Log) record(entries [][]byte) (first int64, err error) {
	l.mu.RLock()
	ready, refusal, trouble := l.ready, l.refusal, l.trouble
	l.mu.RUnlock()
	switch {
	case refusal != nil:
		return 0, refusal
	case !ready:
		return 0, ErrNotReady.Because(trouble)
	}
	b := l.cur
	if b.edge.Bytes > backlogBytes {
		return 0, ErrNotWritten.Because(errors.New("too many entries wait for tiles that cannot be written"))
	}
	if err := b.tail.Append(b.edge.Base, b.edge.Entries, entries); err != nil {
		return 0, ErrNotWritten.Because(err)
	}
	first = b.edge.Size
	l.mu.Lock()
	for _, e := range entries {
		b.edge.Add(append([]byte(nil), e...))
	}
	l.mu.Unlock()
	return first, nil
}

// report remembers why there is no checkpoint, and logs it when it is new.
func (l *Log) report(err error) {
	l.mu.Lock()
	was := l.trouble
	l.trouble = err
	l.mu.Unlock()
	switch {
	case err != nil && (was == nil || was.Error() != err.Error()):
		l.Log.Warn("the transparency log is not signed at present", "error", err)
	case err == nil && was != nil:
		l.Log.Info("the transparency log is signed again")
	}
}
