package retention

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/locks"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/retention/reach"
	"watchroom/internal/archive/retention/unlawful"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/clock/reference"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Time tells whether the clock may be believed.
type Time interface {
	// Trusted is nil where it may. While it may not nothing is removed (ruling R5); with
	// reference.ErrLeapt not until a person or another machine has said that it is right.
	Trusted() error
	// Gained is how much of what the clock shows nobody can know to have passed: footage may
	// be younger by it.
	Gained() time.Duration
	// Believe is told that a person has.
	Believe()
	// Word is what another machine said that agrees; ok is false where none has.
	Word() (word reference.Word, ok bool)
}

// Space tells whether room is needed.
type Space interface {
	// Low names the places, as archive.Segment.Volume does, that are below their mark.
	// It measures anew.
	Low(ctx context.Context) (places []string, err error)
}

// Journal writes into the journals of cameras.
type Journal interface {
	// Append returns once the records are on disk, in order, in a journal of the camera.
	Append(ctx context.Context, camera string, now int64, records ...journal.Record) error
}

// Remover takes files away.
type Remover interface {
	// Remove returns once the file of a closed segment is gone from the disk. A file
	// that is not there is gone. everywhere is to look in every place, also where nothing
	// tells of a copy.
	Remove(ctx context.Context, s archive.Segment, everywhere bool) error
	// Lies tells whether the file of a segment is anywhere; known is false while a place that
	// may have it does not answer.
	Lies(ctx context.Context, s archive.Segment) (there, known bool)
}

// Derived is a store of things that were made from footage and go with it.
type Derived interface {
	// Removed is told that the footage of a camera from one instant to another (µs) is
	// removed by ground and authority, and removes what was derived from it. It is
	// told again after a crash.
	Removed(ctx context.Context, camera string, from, to int64, ground, authority string) error
}

// Catalogue is what the engine needs of *archive.Catalogue.
type Catalogue interface {
	Cameras(ctx context.Context) ([]string, error)
	CatchUp(ctx context.Context, camera string) error
	Unfinished(ctx context.Context, after string, limit int) ([]archive.Tombstone, error)
	Finish(ctx context.Context, files []string, at int64) error
	Told(ctx context.Context, camera string, files []string, days ...string) (map[string]archive.Told, error)
}

// Why nothing is removed at present.
var (
	ErrUntrusted = problem.New(problem.Unavailable, "removal_time_untrusted", "Nothing is removed while the time of this machine cannot be trusted.")
	ErrFrozen    = problem.New(problem.Unavailable, "removal_frozen", "Nothing is removed until a person has confirmed that all holds are there.")
	ErrHolds     = problem.New(problem.Unavailable, "removal_holds_unwritten", "Nothing is removed while the copy of the holds beside the footage cannot be read and written.")
	ErrUnread    = problem.New(problem.Unavailable, "removal_log_unread", "Nothing is removed until the acts on record have been compared with the transparency log.")
	ErrNothing   = problem.New(problem.Conflict, "removal_not_frozen", "Removal is not frozen.")
)

// Engine removes footage: what is past its maximum, what an order names, and, while
// room is needed, the oldest of what is past its minimum. Nothing else does.
type Engine struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Catalogue Catalogue
	Holds     *hold.Holds
	Orders    *order.Orders
	Journal   Journal
	Files     Remover
	Reach     reach.Places // what can be removed at present; nil: all that nothing locks
	Time      Time         // nil is never trusted
	Space     Space
	// Compared tells whether the acts on record were compared with the log, which shows
	// whether the records are an older copy (ruling R5); nil where there is no log.
	Compared func() bool
	// Warrants reads the acts that allow and forbid removal; nil where there is no log,
	// then the tables are believed.
	Warrants *warrant.Reader
	// Ages works out anew from the journals how old footage can be; nil: the catalogue is
	// believed.
	Ages    *stepped.Journals
	Derived []Derived
	// Pictures are those of which a rule may say that they go before their footage; nil: none.
	Pictures Pictures
	Every    time.Duration // between passes; 0 means a minute
	// OnPass is told after every pass what it did and why it did not do more; may be nil.
	OnPass func(Report)

	loop every.Loop

	pass       sync.Mutex        // one pass at a time; guards what follows
	reconciled int64             // µs, when holds were last reconciled; 0: not since the start
	warrants   *Warrants         // of this pass; nil where there is no log
	accused    []string          // files that stay whatever rows and journals tell, told of once
	within     reach.Within      // what this pass looks at now
	told       unlawful.Removals // what others have told of
	unread     int               // passes in a row that waited for the log
	unreadAt   int64             // µs, when the first of them was; 0: the last did not

	mu   sync.Mutex // guards last
	last Report
}

// Report is what one pass did.
type Report struct {
	At      int64 // µs; 0: there was none yet
	Removed int   // segments
	Bytes   int64
	// Pictures counts those that went by a rule of their own.
	Pictures int
	Blocked  error // why nothing may be removed; nil: it may
	Err      error // what went wrong
	Overdue  []hold.Hold
	Low      bool // room is still needed, and nothing more may go
	// Waits is what is due and cannot be removed yet.
	Waits reach.Waits
	// Unlawful is how many removals nobody has allowed, while a person has yet to look at them.
	Unlawful int
	// Unread is for how long passes have waited for the log.
	Unread time.Duration
}

// LongUnread is how long passes may wait for the log before somebody should look: it is a
// matter of seconds after every start and every act.
const LongUnread = 2 * time.Minute

const (
	batch          = 100
	reconcileEvery = int64(time.Hour / time.Microsecond)
)

// Start begins to pass.
func (e *Engine) Start(ctx context.Context) error {
	said := "" // the failure that was told of last
	e.loop.Start(ctx, cmp.Or(e.Every, time.Minute), func(ctx context.Context) { e.round(ctx, &said) })
	return nil
}

// Close ends after the segment that is being removed.
func (e *Engine) Close() {
	e.loop.Close()
}

// Wake asks for a pass now. It never blocks.
func (e *Engine) Wake() { e.loop.Wake() }

// round passes, and says what is new.
func (e *Engine) round(ctx context.Context, said *string) {
	r := e.Pass(ctx)
	if ctx.Err() != nil {
		return
	}
	if now := fmt.Sprint(r.Err); now != *said {
		if *said = now; r.Err != nil {
			e.Log.Error("footage that is due could not be removed; it is tried again", "err", r.Err)
		}
	}
	if r.Pictures > 0 {
		e.Log.Info("snapshots were removed whose time was over", "snapshots", r.Pictures)
	}
	if r.Removed > 0 {
		e.Log.Info("footage was removed", "segments", r.Removed, "bytes", r.Bytes)
	}
	if errors.Is(r.Blocked, ErrUnread) { // as after every start, and after every act that concerns removal
		e.unread++ // longer and longer: the log may be refused
		time.AfterFunc(min(time.Second<<min(e.unread-1, 10), time.Minute), e.loop.Wake)
	} else {
		e.unread = 0
	}
}

// Last is the report of the latest pass.
func (e *Engine) Last() Report {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}

// Pass looks once for what is due and removes it.
func (e *Engine) Pass(ctx context.Context) Report {
	e.pass.Lock()
	defer e.pass.Unlock()
	if e.Log == nil {
		e.Log = slog.New(slog.DiscardHandler)
	}
	r := Report{At: e.Clock.Micro()}
	r.Err = e.work(ctx, &r)
	for _, blocked := range []*problem.Error{ErrUntrusted, ErrFrozen, ErrHolds, ErrUnread} {
		if errors.Is(r.Err, blocked) {
			r.Blocked, r.Err = r.Err, nil
		}
	}
	if !errors.Is(r.Blocked, ErrUnread) {
		e.unreadAt = 0
	} else {
		e.unreadAt = cmp.Or(e.unreadAt, r.At)
		r.Unread = max(0, time.Duration(r.At-e.unreadAt)*time.Microsecond)
	}
	e.mu.Lock()
	e.last = r
	e.mu.Unlock()
	if e.OnPass != nil && ctx.Err() == nil { // what a pass is short of that was ended says nothing
		e.OnPass(r)
	}
	return r
}

// gate is nil where something may be removed. Holds are brought in order first, also
// while nothing may be.
func (e *Engine) gate(ctx context.Context) error {
	if now := e.Clock.Micro(); e.reconciled == 0 || now-e.reconciled >= reconcileEvery || now < e.reconciled {
		if err := e.Holds.Reconcile(ctx); err != nil {
			return ErrHolds.Because(err)
		}
		if err := e.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return frozen.Tell(ctx, tx, now) }); err != nil {
			return err
		}
		e.reconciled = now
	}
	if err := e.Holds.Copy(ctx); err != nil {
		return ErrHolds.Because(err)
	}
	untrusted := e.trusted()
	if err := e.leapt(ctx, untrusted); err != nil {
		return err
	}
	if err := thawed(ctx, e.DB.Read()); err != nil {
		return err
	}
	if e.Compared != nil && !e.Compared() {
		return ErrUnread
	}
	if untrusted != nil {
		return untrusted
	}
	if err := e.proved(ctx); err != nil {
		return err
	}
	return e.warranted(ctx)
}

// passed is the instant (µs) that has passed for certain: minima go by it.
func (e *Engine) passed() int64 {
	return e.Clock.Micro() - max(0, e.Time.Gained()).Microseconds()
}

func (e *Engine) trusted() error {
	if e.Time == nil {
		return ErrUntrusted
	}
	if err := e.Time.Trusted(); err != nil {
		return ErrUntrusted.Because(err)
	}
	return nil
}

func (e *Engine) work(ctx context.Context, r *Report) error {
	ctx = locks.Pass(ctx)
	standing, err := e.Holds.Standing(ctx)
	if err != nil {
		return err
	}
	for _, h := range standing {
		if h.Overdue(r.At) {
			r.Overdue = append(r.Overdue, h)
		}
	}
	undecided := e.undecide(ctx)
	e.warrants = nil
	err = e.gate(ctx)
	if failed := e.suspect(ctx, r); failed != nil {
		undecided = errors.Join(undecided, failed)
	} else if err == nil {
		err = thawed(ctx, e.DB.Read())
	}
	if err != nil {
		return errors.Join(err, undecided)
	}
	cameras, err := e.Catalogue.Cameras(ctx)
	if err != nil {
		return errors.Join(err, undecided)
	}
	var failed problem.Few
	failed.Add(undecided)
	e.within = reach.Within{Places: e.Reach}
	if e.within.Far() { // a tier that must be waited for keeps no disk of this machine full
		e.within.Near = true
		failed.Add(e.execute(ctx, r))
		failed.Add(e.expire(ctx, r, cameras))
		failed.Add(e.free(ctx, r, cameras))
		e.within, r.Waits = reach.Within{Places: e.Reach}, reach.Waits{} // what failed is asked for once more
	}
	failed.Add(e.finish(ctx, r))
	failed.Add(e.execute(ctx, r))
	failed.Add(e.expire(ctx, r, cameras))
	failed.Add(e.lapse(ctx, r))
	failed.Add(e.free(ctx, r, cameras))
	return failed.Err()
}

// drain takes all that a job may have, a batch at a time. What could not be asked about
// keeps nothing else.
func (e *Engine) drain(ctx context.Context, r *Report, j job) error {
	for last := ""; ; {
		removed := r.Removed
		first, err := e.take(ctx, r, &j)
		if err != nil || first == "" || r.Removed == removed && first == last {
			j.failed.Add(err)
			return j.failed.Err()
		}
		last = first
	}
}

// execute carries out the orders that are approved, and those that were carried out
// and whose footage has come back. One camera that fails keeps no other waiting.
func (e *Engine) execute(ctx context.Context, r *Report) error {
	due, err := e.Orders.Owed(ctx, e.DB.Read())
	if err != nil {
		return err
	}
	var failed problem.Few
	for _, o := range due {
		well := true
		for _, camera := range o.Cameras {
			err := e.Catalogue.CatchUp(ctx, camera)
			if err == nil {
				err = e.drain(ctx, r, job{camera: camera, ground: journal.GroundOrder, authority: o.ID})
			}
			if err == nil {
				err = e.derived(ctx, r, camera, journal.GroundOrder, o.ID, Window{From: o.From, To: o.To, By: o.To})
			}
			well = well && err == nil
			failed.Add(err)
		}
		if well {
			failed.Add(e.Orders.Progress(ctx, o.ID))
		}
	}
	return failed.Err()
}

// expire removes what is past its maximum.
func (e *Engine) expire(ctx context.Context, r *Report, cameras []string) error {
	rules, err := e.rules(ctx, e.DB.Read(), Main)
	if err != nil {
		return err
	}
	var failed problem.Few
	for _, camera := range cameras {
		windows, rule := rules.Beyond(camera, r.At, e.passed(), true)
		if len(windows) == 0 {
			continue
		}
		some, err := e.oldest(ctx, e.DB.Read(), camera, windows, 1, choice{}) // without the lock of a writer
		if err == nil && len(some) > 0 {
			err = e.drain(ctx, r, job{camera: camera, ground: journal.GroundMaximum})
		}
		if err == nil {
			err = e.derived(ctx, r, camera, journal.GroundMaximum, rule, windows...)
		}
		failed.Add(err)
	}
	return failed.Err()
}

// free makes room: of all cameras the oldest of what is past its minimum and lies where
// room is needed, until all is above its mark again or nothing more may go. One camera that
// fails keeps no other, and is left alone for this pass: each try tells of more.
func (e *Engine) free(ctx context.Context, r *Report, cameras []string) error {
	var failed problem.Few
	last := map[string][]string{}
	for e.Space != nil && ctx.Err() == nil {
		low, unknown := e.Space.Low(ctx) // of the others it is known
		var picked map[string][]string
		if r.Low = len(low) > 0; r.Low {
			some, err := e.pick(ctx, cameras, low)
			picked = some
			failed.Add(err)
		}
		if len(picked) == 0 {
			failed.Add(unknown)
			break
		}
		removed := r.Removed
		for camera, files := range picked {
			j := job{camera: camera, ground: journal.GroundSpace, files: files}
			if _, err := e.take(ctx, r, &j); err != nil {
				failed.Add(err)
				cameras = slices.DeleteFunc(slices.Clone(cameras), func(c string) bool { return c == camera })
			}
			failed.Add(j.failed.Err())
		}
		if r.Removed == removed && maps.EqualFunc(picked, last, slices.Equal) {
			failed.Add(unknown) // something came first: a hold, a rule
			break
		}
		last = picked
	}
	failed.Add(ctx.Err())
	return failed.Err()
}

// derived removes what was derived from footage in the windows, where no hold keeps it and
// the footage does not wait. What does it counts.
func (e *Engine) derived(ctx context.Context, r *Report, camera, ground, authority string, windows ...Window) error {
	held, err := hold.Of(ctx, e.DB.Read(), camera)
	if err != nil {
		return err
	}
	for _, w := range windows {
		due := reach.Due{Camera: camera, From: w.From, To: w.To, By: w.By, AsRecorded: ground == journal.GroundOrder}
		waits, keeps, err := e.within.Kept(ctx, e.DB.Read(), due, e.warrants.keeps(camera, held[camera]), e.Clock.Micro())
		if err != nil {
			return err
		}
		r.Waits.Add(waits)
		for _, f := range hold.Apart(max(w.From, 0), min(w.To, w.By), keeps) {
			for _, d := range e.Derived {
				if err := e.settled(ctx, d.Removed(ctx, camera, f.From, f.To, ground, authority)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// settled is what became of removing derived things. What tells otherwise than the act that
// made it stays, and freezes removal until a person has looked at it; then the rest goes on.
func (e *Engine) settled(ctx context.Context, err error) error {
	var untrue *warrant.Untrue
	switch {
	case errors.As(err, &untrue):
		return e.doubt(ctx, untrue.Rows...)
	case errors.Is(err, warrant.ErrWaiting):
		return ErrUnread.Because(err)
	}
	return err
}
