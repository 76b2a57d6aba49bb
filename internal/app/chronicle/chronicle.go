// Package chronicle runs the transparency log of a node: what the recorders' journals
// say and what people did goes into it, and its witnesses are asked. Recording waits
// for none of it: the journals and the outbox of acts are the queue.
package chronicle

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/access"
	"watchroom/internal/app/abreast"
	"watchroom/internal/app/awaited"
	"watchroom/internal/app/mended"
	"watchroom/internal/app/passed"
	"watchroom/internal/app/soundness"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/seal"
	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/gained"
	"watchroom/internal/ledger/moved"
	"watchroom/internal/ledger/remembered"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/problem"
)

// Fleet is what is recorded.
type Fleet interface {
	Cameras() []string
	Seal(camera string)
}

// Chronicle is the log with everything that feeds and watches it.
type Chronicle struct {
	Dir       string // folder of the log; made when missing
	Node      string // name of the node; see tlog.Log
	Guard     string // path of the guard; empty means beside the log
	Witnesses []witness.Witness
	Every     time.Duration // how often witnesses are asked; 0 means 1 min
	Unheard   bool          // sign after a start although witnesses do not answer

	Roots func() []seal.Root
	Open  func() []seal.Open
	Fleet Fleet
	Clock clock.Clock
	Log   *slog.Logger
	// Earlier, if set, is closed once the process is gone that writes the log until then:
	// it has one writer at a time.
	Earlier <-chan struct{}
	// Alarm raises an alarm under a key, or takes it down where code is empty.
	Alarm func(key, code, detail string, params map[string]any)
	// Unread is told of journals that cannot be read; see seal.Sealer.
	Unread func(seal.Unread)
	// Aside is told of journals that were set aside; see seal.Sealer.
	Aside func(seal.Unread)
	// OnTheirWay are acts that are not on record yet; its alarm is the one of this.
	OnTheirWay abreast.Acts
	// Mended is what was put right and no act tells of yet; nil: of the log alone.
	Mended *mended.Files
	// Unproved is what of the clock nobody has borne out, which the log tells; may be nil.
	Unproved func() (ahead, more time.Duration)
	// OnWitness is told that a witness on another machine cosigned at an instant by its own
	// clock; see witness.Client. It must return at once. May be nil.
	OnWitness func(name string, at time.Time)

	// SignedBefore is when the last checkpoint was signed before Start, which sets it; zero
	// if none was.
	SignedBefore time.Time

	log      *tlog.Log
	vouching awaited.Witnesses
	asking   bool // witnesses are submitted to; owned by run
	memory   *memories
	files    soundness.Files

	mu      sync.Mutex // guards what follows up to counted
	sealer  *seal.Sealer
	pump    *ledger.Pump
	missing map[string]bool // logs that ended of which something is lost, told of once
	lying   *Reading        // the log as it lay there before it was open; nil unless it was asked then
	counted bool            // the acts on record were counted since the start
	lacking int64           // acts behind the last that is marked that are not on record, as the pump found at the start
	said    string          // what was said last of acts that are not on record; owned by counting
	stops   []func()        // what the goroutine that runs has started, last first
	running bool            // the log is open
	// The keys that count are compared with the log; owned by run.
	rostered bool
	cancel   context.CancelFunc
	opened   chan struct{} // closed once the log has an origin and the sealer runs
	done     chan struct{}
}

// Start begins to open the log, and then to bring the journals into it. A log that
// another process holds is waited for.
func (c *Chronicle) Start(ctx context.Context) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Mended == nil {
		c.Mended = &mended.Files{}
	}
	c.SignedBefore, c.OnTheirWay.Alarm = passed.Signed(c.Dir), c.Alarm
	c.memory = &memories{dir: c.Dir, roots: c.Roots, clock: c.Clock, log: c.Log, aside: c.Mended.AddAside}
	c.memory.late.Alarm = c.Alarm
	c.log = &tlog.Log{Dir: c.Dir, Node: c.Node, Guard: c.Guard, Recall: c.memory.recall, OnMended: c.Mended.Add, OnDamaged: c.files.Add, Clock: c.Clock, Log: c.Log}
	c.files.Log, c.files.Dir, c.files.Alarm, c.files.Out = entries{c.log}, c.Dir, c.Alarm, c.Log
	keys := rosterOf(c.log, c.Dir, c.Witnesses, nil)
	c.log.Witnesses = keys.Witnesses
	c.vouching = awaited.Witnesses{Clock: c.Clock, Alarm: c.Alarm, Since: c.Clock.Now()}
	if gone := keys.Gone(); len(c.Witnesses)+len(gone) > 0 {
		client := &witness.Client{Log: c.log, Dir: c.Dir, Witnesses: c.Witnesses, Gone: gone, Interval: c.Every, GoOn: c.Unheard, Clock: c.Clock, Logger: c.Log}
		if c.OnWitness != nil {
			client.OnCosigned = func(w witness.Witness, at time.Time) { c.OnWitness(w.Name, at) }
		}
		c.vouching.Client, c.log.Ask = client, client.Ask
	}
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.log.Ending = ctx.Done()
	c.opened, c.done = make(chan struct{}), make(chan struct{})
	if !kept {
		close(c.done)
		return nil
	}
	go c.run(ctx)
	return nil
}

// run opens the log, starts what feeds it once it has an origin, which a new one may
// have to ask its witnesses for, and watches it.
func (c *Chronicle) run(ctx context.Context) {
	defer close(c.done)
	if c.Earlier != nil {
		select {
		case <-c.Earlier:
		case <-ctx.Done():
			return
		}
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	waits := false // for witnesses
	for n, ticked := 0, true; ; {
		if !c.running {
			c.open(ctx)
		}
		if c.running && !c.isOpen() {
			if s := c.log.Status(); s.Origin != "" && (s.Ready || s.Refusal != nil) {
				c.begin(ctx)
			}
		}
		if c.running && (n%5 == 0 && ticked || waits != c.awaits()) {
			waits = c.awaits()
			c.look()
		}
		if waits && ticked {
			c.vouching.Read(ctx, c.memory.records())
		}
		var soon <-chan time.Time
		if c.running && !c.isOpen() {
			soon = time.After(200 * time.Millisecond)
		}
		ticked = false
		select {
		case <-ctx.Done():
			for _, stop := range slices.Backward(c.stops) {
				stop()
			}
			return
		case <-soon:
		case <-tick.C:
			n, ticked = n+1, true
		}
	}
}

// open opens the log; what fails is tried again with the next tick.
func (c *Chronicle) open(ctx context.Context) {
	err := os.MkdirAll(c.Dir, 0o700)
	if err == nil && c.vouching.Client != nil {
		err = c.vouching.Client.Open()
	}
	if err == nil {
		moved.Bring(c.Dir, c.Guard, c.log.Ending, c.Log)
		err = c.log.Start(ctx)
	}
	if err != nil {
		c.Alarm("ledger", "ledger_closed", "The transparency log cannot be opened. Recording goes on.", map[string]any{"reason": problem.Of(err).Code})
		return
	}
	c.running, c.stops = true, append(c.stops, func() {
		c.log.Close()
		c.memory.keep(ctx, c.log, true) // what was signed last
	})
	c.stops = append(c.stops, c.remember(ctx))
	c.stops = append(c.stops, c.lastWord)
	sealing := &capture.Sealing{Cameras: c.Fleet.Cameras, Seal: c.Fleet.Seal}
	if err := sealing.Start(ctx); err == nil {
		c.stops = append(c.stops, sealing.Close)
	}
}

// lastWord has witnesses cosign what is signed last. A second after nothing more is appended
// another copy may take this one's place, of which they could not tell otherwise.
func (c *Chronicle) lastWord() {
	c.log.Finish()
	if c.asking {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		c.vouching.Client.Finish(ctx)
	}
}

// awaits tells whether nothing is signed before witnesses have said what they have.
func (c *Chronicle) awaits() bool { return errors.Is(c.log.Status().Trouble, tlog.ErrAwaited) }

// remember has other places know what was signed. A disk that hangs holds up nobody else.
func (c *Chronicle) remember(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				c.memory.keep(ctx, c.log, false)
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (c *Chronicle) isOpen() bool {
	select {
	case <-c.opened:
		return true
	default:
		return false
	}
}

// begin starts the sealer.
func (c *Chronicle) begin(ctx context.Context) {
	if c.vouching.Client != nil && !c.asking {
		c.asking = c.vouching.Client.Start(ctx) == nil
		c.vouching.Client.Soon() // what is signed first
	}
	if !c.rostered {
		c.rostered = true
		told := &gained.Teller{Into: entries{c.log}, Clock: c.Clock, Log: c.Log, Unproved: c.Unproved}
		if c.log.Size() == 0 { // a new log begins with its key
			c.stops = append(c.stops, c.keys(ctx), told.Start(ctx))
		} else { // before any other word of the node's clock
			c.stops = append(c.stops, told.Start(ctx), c.keys(ctx))
		}
	}
	s := &seal.Sealer{
		Roots: c.Roots, Into: entries{c.log}, Origin: c.log.Key().Name(), Dir: c.Dir, Clock: c.Clock, Log: c.Log, Open: c.Open, Beat: 20 * time.Minute,
		OnTrouble: func(err error) { c.trouble(journalsKey, err) }, OnUnread: c.Unread, OnAside: c.Aside,
		OnForeign: func(f seal.Foreign) { c.Mended.AddForeign(c.log.Key().Name(), f) },
	}
	if err := s.Start(ctx); err != nil {
		c.trouble(journalsKey, err)
		return // tried again with the next tick
	}
	c.stops = append(c.stops, s.Close)
	if err := c.files.Start(ctx); err == nil {
		c.stops = append(c.stops, c.files.Close)
	}
	c.mu.Lock()
	c.sealer = s
	c.mu.Unlock()
	close(c.opened)
}

// What may not come into the log, each with an alarm of its own.
const (
	journalsKey = "ledger journals"
	actsKey     = "ledger acts"
)

// trouble is told of what keeps something from coming into the log, nil once it does.
func (c *Chronicle) trouble(key string, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		c.Alarm(key, "", "", nil)
		return
	}
	code, detail := "ledger_behind", "What is recorded does not come into the transparency log. Recording goes on, and nothing of it is lost."
	if key == actsKey {
		code, detail = "ledger_acts_behind", "What people do does not come into the transparency log. Recording goes on, and nothing of it is lost."
	}
	c.Alarm(key, code, detail, map[string]any{"reason": problem.Of(err).Code})
	if errors.Is(err, ledger.ErrBehind) || errors.Is(err, seal.ErrBehind) { // the log does not have what was brought into it
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = remembered.Compare(ctx, c.log, c.memory.recall) // it is tried again with the next failure
	}
}

// late is how old the oldest part of footage may be that the log does not tell of
// before that is an alarm: twice what is promised.
const late = 2 * time.Minute

func (c *Chronicle) look() {
	s := c.log.Status()
	code, detail, params := "", "", map[string]any{}
	switch {
	case s.Refusal != nil:
		code, detail = "ledger_refuses", "The transparency log is not as it was when it was last signed, and is signed no more. Recording goes on."
		params["cause"] = s.Refusal.Params["cause"]
	case s.Trouble != nil:
		code, detail, params = awaited.Trouble(s.Trouble)
	}
	c.Alarm("ledger", code, detail, params)
	c.Mended.Keep(c.memory.records(), c.Clock, c.Log)
	c.lookContinued()
	code, detail = "", ""
	lag := c.Lag()
	if lag > late {
		code, detail = "ledger_late", "Footage of more than two minutes is not in the transparency log yet."
	}
	c.Alarm("ledger lag", code, detail, map[string]any{"seconds": int(lag.Seconds())})
	c.vouching.Look()
	c.memory.look(c.log)
}

// lookContinued tells that a log took the place of another until a person has looked.
func (c *Chronicle) lookContinued() {
	d := c.memory.records()
	if d == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	standing, err := frozen.Standing(ctx, d.Read())
	if err != nil {
		return // what stood stands
	}
	code, detail, params := "", "", map[string]any{}
	for _, f := range standing {
		if f.Reason == frozen.Continued {
			code, detail = "ledger_continued", "The transparency log was continued in a new one. Nothing is removed until a person has compared what the old one tells of."
			params["origin"] = f.Detail
		}
	}
	c.Alarm("ledger continued", code, detail, params)
}

// Notify says that a camera's journal has grown. It never blocks.
func (c *Chronicle) Notify(camera string) {
	c.mu.Lock()
	s := c.sealer
	c.mu.Unlock()
	if s != nil {
		s.Notify(camera)
	}
}

// Lag is how old the oldest part of footage is that nothing in the log tells of.
func (c *Chronicle) Lag() time.Duration {
	c.mu.Lock()
	s := c.sealer
	c.mu.Unlock()
	if s == nil {
		return 0
	}
	return s.Lag()
}

// Acts begins to bring acts into the log, as soon as there is one. end stops that; the
// database is needed until then.
func (c *Chronicle) Acts(ctx context.Context, d *db.DB) (end func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	c.memory.attach(d)
	c.vouching.Read(ctx, d)
	go func() {
		defer close(done)
		defer c.memory.attach(nil)
		defer func() { c.memory.noteHead(context.WithoutCancel(ctx), c.log, true) }() // what was signed last
		onRecord := func(ctx context.Context) {
			if err := c.Mended.Note(ctx, d, access.Actor{}, c.Clock.Micro()); err != nil {
				c.trouble(actsKey, err)
			}
		}
		defer onRecord(context.WithoutCancel(ctx)) // what a stop came before
		select {
		case <-c.opened:
		case <-ctx.Done():
			return
		}
		onRecord(ctx)
		p := &ledger.Pump{
			DB: d, Into: entries{c.log}, Origin: c.log.Key().Name(), Log: c.Log,
			OnTrouble: func(err error) { c.trouble(actsKey, err) },
			OnLogged:  c.vouching.Logged,
			Abreast:   10 * time.Minute, Clock: c.Clock, Queued: c.OnTheirWay.Waiting, OnLate: c.OnTheirWay.Late, OnFormless: c.OnTheirWay.Formless,
			OnLacking: func(_ context.Context, acts int) error { // count tells how many there are in all, before anything is removed
				c.mu.Lock()
				defer c.mu.Unlock()
				c.lacking = int64(acts)
				return nil
			},
		}
		for err := c.continued(ctx, d); err != nil; err = c.continued(ctx, d) {
			c.trouble(actsKey, err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return
			}
		}
		if err := p.Start(ctx); err != nil {
			c.trouble(actsKey, err)
			return
		}
		c.feed(p)
		c.counting(ctx, d, p)
		c.feed(nil)
		p.Close()
	}()
	return func() { cancel(); <-done }
}

// feed notes what brings acts into the log at present.
func (c *Chronicle) feed(p *ledger.Pump) {
	c.mu.Lock()
	c.pump, c.counted = p, false
	c.mu.Unlock()
}

// Compared tells whether the acts on record were compared with the log since the start,
// and counted. Records that lack some are older than the log, or somebody has deleted
// them, and removal is frozen by then.
func (c *Chronicle) Compared() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pump != nil && c.pump.Compared() && c.counted
}

// Status tells how the log does.
func (c *Chronicle) Status() tlog.Status { return c.log.Status() }

// Checkpoint is the latest signed tree head.
func (c *Chronicle) Checkpoint() tlog.Signed { return c.log.Checkpoint() }

// ProofFile proves an entry of the log.
func (c *Chronicle) ProofFile(index int64) (*evidence.Proof, error) { return c.log.ProofFile(index) }

// Signed tells when the last checkpoint was signed; ok is false before the first.
func (c *Chronicle) Signed() (at time.Time, ok bool) {
	if s := c.log.Status(); s.SignedAt != 0 {
		return time.UnixMicro(s.SignedAt), true
	}
	return c.SignedBefore, !c.SignedBefore.IsZero()
}

// States tells how each witness does.
func (c *Chronicle) States() []witness.State { return c.vouching.States() }

// GoOn lets the log be signed without the witnesses that it waits for; see awaited.Witnesses.
func (c *Chronicle) GoOn(ctx context.Context, d *db.DB, by access.Actor, reason string) error {
	return c.vouching.GoOn(ctx, d, by, reason)
}

// Close stops everything. What is not in the log yet comes into it after the next start.
func (c *Chronicle) Close() {
	c.cancel()
	<-c.done
}

// entries is the log as those see it who append to it.
type entries struct{ *tlog.Log }

// Entries reads from the log until ctx ends.
func (e entries) Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for entry, err := range e.Log.Entries(from, to) {
			if err == nil && ctx.Err() != nil {
				err = ctx.Err()
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// NodeName is the name of a node that was given none: of its machine.
func NodeName() string {
	name, err := os.Hostname()
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r == '+' || r > '~' {
			return '-'
		}
		return r
	}, name)
	if err != nil || name == "" {
		name = "node"
	}
	return "watchroom/" + name
}

// Folder is where the log of a data folder lies.
func Folder(data string) string { return filepath.Join(data, "ledger") }
