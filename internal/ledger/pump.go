package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/db"
)

// Log is the transparency log that a Pump brings acts into.
type Log interface {
	// Append puts entries behind one another at the end of the log and gives the index
	// of the first. When it returns they are durable. After an error the log holds none
	// of them or the first few, and Size tells; none comes in later, so that it is called
	// with a context that does not end.
	Append(ctx context.Context, entries ...[]byte) (first int64, err error)
	// Size is the number of entries.
	Size() int64
	// Entries reads the entries from, up to and not including, to.
	Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error]
}

// ErrBehind says that the log is shorter than it was, or another: acts are marked with
// entries that it does not have. Nothing is appended until a person has looked (see
// Continued).
var ErrBehind = errors.New("the log is not the one that acts were brought into")

// Kinds of acts that have an entry about the hold besides their own.
const (
	kindHoldPlaced   = "hold.placed"
	kindHoldReleased = "hold.released"
)

// pumpBatch bounds the acts of one Append, and those that are marked at once.
const pumpBatch = 256

// Pump brings acts from the outbox into the log, each once, whatever dies when: the
// log is asked what it holds before anything is appended after a start or a failure.
// Rows are marked one by one with their index, never by a highest id: transactions end
// in another order than they begin in.
type Pump struct {
	DB     *db.DB
	Into   Log
	Origin string        // of that log
	Every  time.Duration // how often it looks without being told; 0 means 1 s
	Retry  time.Duration // longest wait after a failure; 0 means 15 s
	Log    *slog.Logger
	// OnTrouble is called when acts cannot be brought into the log, and with nil when
	// they can again.
	OnTrouble func(error)
	// OnLacking, if set, is told how many acts the log holds that are not on record, which
	// happens where an older copy of the records was restored. It is told before anything
	// else comes into the log, and again until it gives no error.
	OnLacking func(ctx context.Context, acts int) error

	// OnLogged is told of the kinds of acts that came into the log now; may be nil.
	OnLogged func(kinds []string)

	// Abreast is how often the log says that no act waits, where none does; 0 means never.
	// Then the clock is needed, and Queued, if set, counts acts that are not on record yet and
	// will be: while there are some, it does not say so.
	Abreast time.Duration
	Clock   clock.Clock
	Queued  func() int
	// OnLate is told of acts that came into the log now and say that they were done long before
	// it was abreast last; may be nil.
	OnLate func([]LateAct)
	// OnFormless is told of the acts that wait and that no entry can tell of, since their rows
	// are damaged, whenever others are: they hold up nothing. May be nil.
	OnFormless func(acts []string)

	compared atomic.Bool // records and log were compared once

	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{}

	// Owned by the goroutine.
	settled bool            // the rows are marked as far as the log goes
	held    map[string]bool // acts whose hold's entry is in the log and whose own is not
	trouble bool
	pace    pace
	// formless are acts that wait and have no form in the log.
	formless map[string]bool
}

// Start begins to bring acts into the log.
func (p *Pump) Start(ctx context.Context) error {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Every <= 0 {
		p.Every = time.Second
	}
	if p.Retry <= 0 {
		p.Retry = 15 * time.Second
	}
	p.wake = make(chan struct{}, 1)
	p.held = map[string]bool{}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.done = make(chan struct{})
	go p.run(ctx)
	return nil
}

// lastSteps bounds how long Close brings into the log what was done until then.
const lastSteps = 2 * time.Second

// Close stops and waits. What was done last is brought into the log, so that records and
// log agree while nothing runs; what lastSteps is too short for comes there after the next
// Start.
func (p *Pump) Close() {
	p.cancel()
	<-p.done
	p.pace.ending = true
	ctx, cancel := context.WithTimeout(context.Background(), lastSteps)
	defer cancel()
	for more := true; more; {
		var err error
		if more, err = p.step(ctx); err != nil {
			p.Log.Warn("what was done last comes into the log after the next start", "err", err)
			return
		}
	}
}

// Compared tells whether what the log holds was compared with what is on record since
// Start: until then nobody knows whether the records are an older copy.
func (p *Pump) Compared() bool { return p.compared.Load() }

// Notify says that there may be acts. It never blocks.
func (p *Pump) Notify() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *Pump) run(ctx context.Context) {
	defer close(p.done)
	for away := time.Duration(0); ; {
		more, err := p.step(ctx)
		if ctx.Err() != nil {
			return
		}
		p.tell(err)
		wait := p.Every
		switch {
		case err != nil:
			away = min(max(2*away, 100*time.Millisecond), p.Retry)
			wait = away
		case more:
			away = 0
			continue
		default:
			away = 0
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-p.wake:
			timer.Stop()
		}
	}
}

func (p *Pump) tell(err error) {
	if p.trouble == (err != nil) {
		return
	}
	p.trouble = err != nil
	if p.trouble {
		p.Log.Error("acts cannot be brought into the log; they wait", "err", err)
	} else {
		p.Log.Info("acts go into the log again")
	}
	if p.OnTrouble != nil {
		p.OnTrouble(err)
	}
}

// step brings some acts into the log; more tells that others may be waiting. After an
// error nobody knows what the log has taken, so it is asked before the next.
func (p *Pump) step(ctx context.Context) (more bool, err error) {
	if !p.settled {
		if err := errors.Join(p.settle(ctx), p.recallAbreast(ctx)); err != nil {
			return false, err
		}
		p.settled = true
	}
	at := p.due()
	// An act whose hold is in the log already comes next: behind a row that is marked
	// nobody would look for it again.
	rows, err := waiting(ctx, p.DB.Read(), pumpBatch, p.formless, slices.Collect(maps.Keys(p.held))...)
	if err != nil || len(rows) == 0 {
		more = len(p.held) > 0
		if err == nil && !more {
			more, err = p.reformed(ctx)
		}
		clear(p.held)
		if err == nil && !more {
			p.abreast(ctx, at)
		}
		return more, err
	}
	full := len(rows) == pumpBatch
	entries, index := p.entries(rows)
	if len(index) < len(rows) {
		if rows = p.formed(rows, index); len(rows) == 0 {
			clear(p.held)
			return true, nil
		}
	}
	late := p.late(rows)
	p.settled = false
	first, err := p.Into.Append(context.WithoutCancel(ctx), entries...)
	if err != nil {
		return false, fmt.Errorf("append acts to the log: %w", err)
	}
	if len(late) > 0 {
		p.Log.Error("acts came into the log that say that they were done before, when the log had all that were on record", "acts", len(late), "first", late[0].ID, "kind", late[0].Kind, "at", time.UnixMicro(late[0].At).UTC())
		p.OnLate(late)
	}
	for id := range index {
		index[id] += first
	}
	if err := mark(ctx, p.DB, p.Origin, index); err != nil {
		return false, fmt.Errorf("mark acts that are in the log: %w", err)
	}
	p.settled = true
	if p.OnLogged != nil {
		kinds := make([]string, len(rows))
		for i := range rows {
			kinds[i] = rows[i].Kind
		}
		p.OnLogged(kinds)
	}
	more = full || len(p.held) > 0 || p.pace.ending && p.Abreast > 0 // which is said at the end
	clear(p.held)
	return more, nil
}

// settle marks what the log holds behind the last index that is marked: what was
// appended by a process that died, or failed, before it could mark it.
func (p *Pump) settle(ctx context.Context) error {
	last, err := lastMarked(ctx, p.DB.Read(), p.Origin)
	if err != nil {
		return fmt.Errorf("read how far acts are in the log: %w", err)
	}
	if size := p.Into.Size(); size <= last.Leaf {
		return fmt.Errorf("%w: it has %d entries, and acts are marked up to entry %d", ErrBehind, size, last.Leaf)
	}
	// One that went back may have grown past it since.
	for b, err := range p.Into.Entries(ctx, max(last.Leaf, 0), last.Leaf+1) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if !last.Is(b) {
			return fmt.Errorf("%w: entry %d is not the act %s", ErrBehind, last.Leaf, last.Act)
		}
	}
	clear(p.held)
	found, lacking := map[string]int64{}, 0
	take := func() error {
		n, err := absent(ctx, p.DB.Read(), found)
		if err == nil {
			err = mark(ctx, p.DB, p.Origin, found)
		}
		if err != nil {
			return fmt.Errorf("mark acts that are in the log: %w", err)
		}
		lacking += n
		clear(found)
		return nil
	}
	index := last.Leaf + 1
	for b, err := range p.Into.Entries(ctx, index, p.Into.Size()) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		e, err := leaf.Decode(b)
		if err != nil && !errors.Is(err, leaf.ErrEntry) && !errors.Is(err, leaf.ErrUnknown) {
			return err
		}
		switch e := e.(type) { // others are not ours
		case *leaf.Act:
			found[e.ID] = index
			delete(p.held, e.ID)
		case *leaf.Hold:
			p.held[e.Act] = true
		}
		index++
		if len(found) == pumpBatch {
			if err := take(); err != nil {
				return err
			}
		}
	}
	if err := take(); err != nil {
		return err
	}
	if lacking > 0 {
		p.Log.Error("the log holds acts that are not on record: the records are older than the log", "acts", lacking)
		if p.OnLacking != nil {
			if err := p.OnLacking(ctx, lacking); err != nil {
				return fmt.Errorf("tell of acts that are not on record: %w", err)
			}
		}
	}
	p.compared.Store(true)
	return nil
}

// entries makes the entries of acts; at is the place of each act's own among them. The
// entry of a hold comes before that of the act, which is the one that is marked: an
// Append that was cut short between them leaves the act waiting.
func (p *Pump) entries(rows []loggedRow) (entries [][]byte, at map[string]int64) {
	at = map[string]int64{}
	for i := range rows {
		l, err := rows[i].logged()
		if err != nil {
			p.Log.Error("an act in the outbox is damaged; it goes into the log as it is", "act", rows[i].ID, "err", err)
		}
		if h := l.Hold(); h != nil && !p.held[h.Act] {
			b, err := leaf.Encode(h)
			if err != nil {
				p.Log.Error("a hold has no entry of its own in the log", "act", l.Act.ID, "err", err)
			} else {
				entries = append(entries, b)
			}
		}
		b, err := leaf.Encode(l.Entry())
		if err != nil { // a row that Record would have refused
			p.Log.Error("an act has no form in the log: its row is damaged", "act", rows[i].ID, "err", err)
			continue
		}
		at[rows[i].ID] = int64(len(entries))
		entries = append(entries, b)
	}
	return entries, at
}

// Hold is the entry about the hold that an act placed or released, nil for other acts,
// and for those that do not say which footage it is.
func (l Logged) Hold() *leaf.Hold {
	var change string
	switch l.Act.Kind {
	case kindHoldPlaced:
		change = "placed"
	case kindHoldReleased:
		change = "released"
	default:
		return nil
	}
	var d struct {
		Camera   string
		From, To int64
	}
	if err := json.Unmarshal([]byte(l.Content.Detail), &d); err != nil {
		return nil
	}
	if l.Act.Camera != "" {
		d.Camera = l.Act.Camera
	}
	return &leaf.Hold{ID: leaf.Word(l.Act.Subject), At: l.Act.At, Change: change, Camera: leaf.Word(d.Camera),
		From: min(max(d.From, 0), latest), To: min(max(d.To, 0), latest), Act: leaf.Word(l.Act.ID)}
}
