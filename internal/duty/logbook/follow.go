package logbook

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/duty"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

const (
	followed  = 256              // acts of one step
	quiet     = 30 * time.Second // that a camera stands still before a line says what became of it
	flapping  = 10 * time.Minute // after which a line is written although it does not stand still
	following = 2 * time.Second  // between two looks
	listening = 4096             // events that wait
)

// Follow writes into the record of each room what is done with its cameras and what becomes of them:
// recordings that are viewed, snapshots and configuration from the acts, of which none is missed and
// none told twice, whatever ends when; pictures that are lost and alarms from the bus.
type Follow struct {
	Book *Book
	Bus  *event.Bus
	Log  *slog.Logger
	// Cameras gives those that a room watches.
	Cameras func(ctx context.Context, tx bun.IDB, room *duty.Room) (map[string]bool, error)
	// Lost tells whether a camera that is to give a picture gives none, and why; known is false of a
	// camera that is none, or is switched off. nil: nobody knows.
	Lost func(camera string) (lost bool, cause string, known bool)
	// Alarm makes a line of an event about an alarm, of which camera it is, if it is about one; ok is
	// false where it tells of none that begins. nil: of none.
	Alarm func(e event.Event) (line duty.Line, camera string, ok bool)
	Every time.Duration // between two looks; 0: 2 s

	// Owned by the goroutine, and by tests that call Step.
	cameras map[string]*flap

	sub    *event.Subscription
	cancel context.CancelFunc
	done   chan struct{}
}

// flap is what became of a camera since the last line about it.
type flap struct {
	told  bool // the record says that it is lost
	now   bool // it is lost
	count int  // times that it was lost
	first int64
	last  int64
	cause string
}

// Start begins to follow.
func (f *Follow) Start(ctx context.Context) error {
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	f.sub = f.Bus.Subscribe(listening)
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	f.done = make(chan struct{})
	go f.run(ctx)
	return nil
}

// Close stops and waits.
func (f *Follow) Close() {
	f.cancel()
	<-f.done
	f.sub.Close()
}

func (f *Follow) run(ctx context.Context) {
	defer close(f.done)
	trouble := false
	var events []event.Event // of alarms that could not be written down yet
	for {
		timer := time.NewTimer(cmp.Or(f.Every, following))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-f.sub.C:
			timer.Stop()
		}
		fresh, lost := f.sub.Take()
		if lost > 0 { // the states are read anew; alarms of then are lost
			f.Log.Warn("the duty record missed events", "events", lost)
			for camera := range f.cameras {
				fresh = append(fresh, event.Event{Kind: "camera", Subject: camera, Camera: camera})
			}
		}
		events = append(events, fresh...)
		err := f.Step(ctx, events)
		if ctx.Err() != nil {
			return
		}
		if err == nil || len(events) > listening {
			events = nil
		}
		if (err != nil) != trouble {
			if trouble = err != nil; trouble {
				f.Log.Error("the duty record cannot be followed up; it is tried again", "err", err)
			} else {
				f.Log.Info("the duty record is followed up again")
			}
		}
	}
}

// Step takes in some events and all acts that came since.
func (f *Follow) Step(ctx context.Context, events []event.Event) error {
	for more := true; more; {
		var err error
		if more, err = f.acts(ctx); err != nil {
			return err
		}
	}
	f.listen(events)
	return f.write(ctx, events)
}

type cursorRow struct {
	bun.BaseModel `bun:"table:duty_followed,alias:followed"`
	Log           string `bun:",pk"`
	Leaf          int64
}

// acts takes the next acts of each log into the records, with how far it has come.
func (f *Follow) acts(ctx context.Context) (more bool, err error) {
	touched := map[string]bool{}
	err = f.Book.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		more = false
		clear(touched)
		logs, err := ledger.LastMarked(ctx, tx)
		if err != nil {
			return problem.Wrap(err, "follow acts")
		}
		var rows []cursorRow
		if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
			return problem.Wrap(err, "follow acts")
		}
		for _, log := range logs {
			i := slices.IndexFunc(rows, func(r cursorRow) bool { return r.Log == log.Log })
			from := int64(-1)
			switch {
			case i >= 0:
				from = rows[i].Leaf
			case len(rows) == 0:
				from = log.Leaf // what was done before there was a record stands in none
			}
			full, last, err := f.log(ctx, tx, log.Log, from, touched)
			if err != nil {
				return err
			}
			more = more || full
			if i >= 0 && last == from {
				continue
			}
			row := cursorRow{Log: log.Log, Leaf: last}
			if _, err := tx.NewInsert().Model(&row).On("CONFLICT (log) DO UPDATE").Set("leaf = EXCLUDED.leaf").Exec(ctx); err != nil {
				return problem.Wrap(err, "note how far acts were followed")
			}
		}
		return nil
	})
	if err == nil {
		for room := range touched {
			f.Book.tell(room)
		}
	}
	return more, err
}

// told is a line that some acts together make.
type told struct {
	line   duty.Line
	source string
}

func (f *Follow) log(ctx context.Context, tx bun.Tx, origin string, from int64, touched map[string]bool) (full bool, last int64, err error) {
	acts, _, err := ledger.ActsBehind(ctx, tx, origin, from, followed) // of one that is damaged the trail tells
	if err != nil || len(acts) == 0 {
		return false, from, err
	}
	var lines []*told
	for i := range acts {
		t := tell(&acts[i].Act)
		if t == nil {
			continue
		}
		if j := slices.IndexFunc(lines, func(l *told) bool { return l.source == t.source }); j >= 0 {
			lines[j].line.Cameras = append(lines[j].line.Cameras, t.line.Cameras...)
			continue
		}
		lines = append(lines, t)
	}
	return len(acts) == followed, acts[len(acts)-1].Leaf, f.notes(ctx, tx, lines, touched)
}

// tell makes a line of an act that the record tells of; nil: of none. Why somebody viewed recordings
// is for who reads the acts, not for the room.
func tell(a *ledger.Act) *told {
	l := duty.Line{At: a.At, Person: a.Person, Subject: a.Subject, Params: map[string]any{"person": a.Person}}
	if a.Camera != "" {
		l.Cameras = []string{a.Camera}
	}
	source := a.ID
	number := func(key string) {
		if v, ok := a.Detail[key].(float64); ok {
			l.Params[key] = int64(v)
		}
	}
	switch {
	case a.Kind == "viewing.opened" && a.Camera != "":
		l.Code, source = "viewing", a.Subject
		number("from")
		number("to")
	case a.Kind == "snapshot.taken" && a.Camera != "":
		l.Code = "snapshot"
		number("at")
	case strings.HasPrefix(a.Kind, "camera.") && a.Camera != "" && a.Person != "":
		l.Code, l.Params["act"] = "configuration", a.Kind
	case a.Kind == "parameter.approved" || a.Kind == "configuration.changed":
		l.Code, l.Params["act"] = "configuration", a.Kind
	default:
		return nil
	}
	if a.Person == "" {
		delete(l.Params, "person")
	}
	return &told{line: l, source: source}
}

// notes writes lines into the records of the rooms that they concern.
func (f *Follow) notes(ctx context.Context, tx bun.Tx, lines []*told, touched map[string]bool) error {
	if len(lines) == 0 {
		return nil
	}
	rooms, err := duty.All(ctx, tx)
	if err != nil {
		return err
	}
	for i := range rooms {
		if rooms[i].RetiredAt != nil {
			continue
		}
		watched, err := f.Cameras(ctx, tx, &rooms[i])
		if err != nil {
			return problem.Wrap(err, "read the cameras of a room")
		}
		for _, t := range lines {
			l := t.line
			l.Room, l.Params = rooms[i].ID, maps.Clone(l.Params)
			if len(l.Cameras) > 0 {
				l.Cameras = slices.DeleteFunc(slices.Clone(l.Cameras), func(c string) bool { return !watched[c] })
				if len(l.Cameras) == 0 {
					continue
				}
			}
			wrote, err := f.Book.note(ctx, tx, l, t.source)
			if err != nil {
				return err
			}
			touched[l.Room] = touched[l.Room] || wrote
		}
	}
	return nil
}

// listen takes in what events tell of cameras.
func (f *Follow) listen(events []event.Event) {
	if f.Lost == nil {
		return
	}
	if f.cameras == nil {
		f.cameras = map[string]*flap{}
	}
	now := f.Book.Clock.Micro()
	for _, e := range events {
		if e.Kind != "camera" {
			continue
		}
		lost, cause, known := f.Lost(e.Subject)
		c := f.cameras[e.Subject]
		if !known {
			delete(f.cameras, e.Subject)
			continue
		}
		if c == nil { // one that connects while the program starts was not lost; one that stays so is
			if c = (&flap{now: lost, last: now}); lost {
				c.first, c.cause = now, cause
			}
			f.cameras[e.Subject] = c
			continue
		}
		if lost == c.now {
			continue
		}
		if c.first == 0 {
			c.first = now
		}
		c.now, c.last = lost, now
		if lost {
			c.count++
			c.cause = cause
		}
	}
}

// write tells of cameras that stand still again, and of alarms.
func (f *Follow) write(ctx context.Context, events []event.Event) error {
	now := f.Book.Clock.Micro()
	var lines []*told
	var settled []*flap
	for _, id := range slices.Sorted(maps.Keys(f.cameras)) {
		c := f.cameras[id]
		if c.first == 0 || now-c.last < quiet.Microseconds() && now-c.first < flapping.Microseconds() {
			continue
		}
		settled = append(settled, c)
		l := duty.Line{At: c.first, Cameras: []string{id}, Subject: id, Params: map[string]any{"camera": id}}
		switch {
		case c.now:
			l.Code = "camera_lost"
			if c.cause != "" {
				l.Params["cause"] = c.cause
			}
			if c.count > 1 {
				l.Params["count"] = c.count
			}
		case c.told || c.count > 0:
			l.Code = "camera_back"
			if !c.told {
				l.Code = "camera_brief"
			}
			if c.told && c.count > 0 || c.count > 1 {
				l.Params["count"] = c.count
			}
		default:
			continue
		}
		lines = append(lines, &told{line: l})
	}
	if f.Alarm != nil {
		for _, e := range events {
			if e.Kind != "alarm" {
				continue
			}
			if l, camera, ok := f.Alarm(e); ok {
				if camera != "" {
					l.Cameras = []string{camera}
				}
				lines = append(lines, &told{line: l})
			}
		}
	}
	touched := map[string]bool{}
	if len(lines) > 0 {
		err := f.Book.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			clear(touched)
			return f.notes(ctx, tx, lines, touched)
		})
		if err != nil {
			return err
		}
	}
	for _, c := range settled {
		c.told, c.first, c.count, c.cause = c.now, 0, 0, ""
	}
	for room := range touched {
		f.Book.tell(room)
	}
	return nil
}
