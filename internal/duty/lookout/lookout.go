// Package lookout notices every minute that a room is not watched as it should be (C044, C045, C070;
// practice P3): nobody keeps watch, too few do, somebody on the roster has not come, or a relief is
// absent and the one before stays on. That is told at once, and a relief that does not come again
// each half hour, until it is right; beyond the longest hours it is on record as the employer's.
package lookout

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Kinds of acts.
const (
	kindExtended = "duty.extended"
	kindOverlong = "duty.overlong"
)

// What an institution sets.
var (
	again   = rule.Duration{Key: "duty.relief_again", Default: 30 * time.Minute, Least: 5 * time.Minute, Most: 2 * time.Hour, Guard: rule.Higher, Clauses: []string{"C069", "C070"}}
	longest = rule.Duration{Key: "duty.longest", Default: 12 * time.Hour, Least: 4 * time.Hour, Most: 24 * time.Hour, Guard: rule.Higher, Clauses: []string{"C024", "C070"}}
)

// Parameters gives what an institution sets of reliefs.
func Parameters() []rule.Parameter { return []rule.Parameter{again, longest} }

// Planned is somebody on the roster of a room.
type Planned struct {
	Person string
	Shift  string
	From   int64 // µs
	To     int64 // µs
}

// Lookout looks at all rooms.
type Lookout struct {
	DB    *db.DB
	Clock clock.Clock
	Rules *rule.Set // nil: the defaults
	Watch *duty.Watch
	Note  duty.Note // nil: no duty record is kept

	// Planned gives who is on the roster of a room at an instant (µs); nil: there is none.
	Planned func(ctx context.Context, tx bun.IDB, room string, at int64) ([]Planned, error)
	// Alarm raises an alarm under a key, or takes it down where code is empty; nil: nobody is told.
	Alarm func(key, code, detail string, params map[string]any)

	mu    sync.Mutex // guards what follows
	up    map[string]bool
	short map[string]int64 // µs, since when a room has too few; by room
}

type extensionRow struct {
	bun.BaseModel `bun:"table:extensions,alias:extension"`
	Attendance    string `bun:",pk"`
	Nth           int    `bun:",pk"`
	Room          string
	Person        string
	At            int64
	Overlong      bool
}

// state is what is to be told of one room now, by key.
type state map[string]alarm

type alarm struct {
	code, detail string
	params       map[string]any
}

// Look looks at every room once. What is right again is taken down.
func (l *Lookout) Look(ctx context.Context) error {
	tx, at := l.DB.Read(), l.Clock.Micro()
	rooms, err := duty.All(ctx, tx)
	if err != nil {
		return err
	}
	wrong, failed := state{}, []error{}
	for i := range rooms {
		if rooms[i].RetiredAt == nil {
			failed = append(failed, l.room(ctx, tx, &rooms[i], at, wrong))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err // what could not be looked at is not right again
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Alarm == nil {
		return nil
	}
	for key := range l.up {
		if _, still := wrong[key]; !still {
			l.Alarm(key, "", "", nil)
			delete(l.up, key)
		}
	}
	for key, a := range wrong {
		if l.up == nil {
			l.up = map[string]bool{}
		}
		l.up[key] = true
		l.Alarm(key, a.code, a.detail, a.params)
	}
	return nil
}

func (l *Lookout) room(ctx context.Context, tx bun.IDB, room *duty.Room, at int64, wrong state) error {
	tenure, err := duty.Running(ctx, tx, room.ID)
	if err != nil || tenure == nil {
		return err
	}
	on, err := duty.Present(ctx, tx, room.ID)
	if err != nil {
		return err
	}
	if tenure.Kind == duty.Vacant && room.Hours == duty.RoundTheClock {
		wrong["vacant "+room.ID] = alarm{"room_vacant", "Nobody keeps watch in a control room.", map[string]any{"room": room.Name, "head": tenure.Person, "since": tenure.Since}}
	}
	if tenure.Kind == duty.Kept {
		l.staffed(room, on, at, wrong)
		if err := l.relieved(ctx, room, tenure, on, at, wrong); err != nil {
			return err
		}
	}
	if l.Planned == nil || tenure.Kind == duty.Closed {
		return nil
	}
	planned, err := l.Planned(ctx, tx, room.ID, at)
	if err != nil {
		return problem.Wrap(err, "read the roster")
	}
	for _, p := range planned {
		if at < p.From+l.Watch.Grace().Microseconds() || slices.ContainsFunc(on, func(a duty.Attendance) bool { return a.Person == p.Person }) {
			continue
		}
		came, err := duty.CameFor(ctx, tx, room.ID, p.Person, p.Shift)
		if err != nil {
			return err
		}
		if !came {
			wrong[strings.Join([]string{"late", p.Shift, p.Person}, " ")] = alarm{"watch_late", "Somebody on the roster has not signed on.", map[string]any{"room": room.Name, "person": p.Person, "from": p.From}}
		}
	}
	return nil
}

// staffed tells of a room with too few people, once that has lasted longer than is worth a word.
func (l *Lookout) staffed(room *duty.Room, on []duty.Attendance, at int64, wrong state) {
	least := room.Staff
	for i := range on {
		if t := &on[i].Turn; t.From <= at && at < t.To {
			least = max(least, t.Staff)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(on) >= least {
		delete(l.short, room.ID)
		return
	}
	if l.short == nil {
		l.short = map[string]int64{}
	}
	since, known := l.short[room.ID]
	if !known {
		since = at
		l.short[room.ID] = at
	}
	if at-since >= l.Watch.Grace().Microseconds() {
		wrong["short "+room.ID] = alarm{"room_understaffed", "Too few people keep watch in a control room.", map[string]any{"room": room.Name, "on": len(on), "staff": least, "since": since}}
	}
}

// relieved tells of a watch that goes on after its shift since no relief came.
func (l *Lookout) relieved(ctx context.Context, room *duty.Room, tenure *duty.Tenure, on []duty.Attendance, at int64, wrong state) error {
	i := slices.IndexFunc(on, func(a duty.Attendance) bool { return a.Person == tenure.Person })
	if i < 0 || on[i].Turn.To == 0 {
		return nil
	}
	a := &on[i]
	over := at - a.Turn.To
	if over <= l.Watch.Grace().Microseconds() {
		return nil
	}
	nth := int(over/again.Get(l.Rules).Microseconds()) + 1
	overlong := at-a.OnAt > longest.Get(l.Rules).Microseconds()
	if err := l.extend(ctx, room, a, nth, overlong, at); err != nil {
		return err
	}
	code, detail := "relief_absent", "No relief has come, and somebody keeps watch after their shift."
	if overlong {
		code, detail = "watch_overlong", "Somebody keeps watch longer than the longest hours."
	}
	// A key of its own each time has it told again.
	wrong[fmt.Sprintf("relief %s %d", a.ID, nth)] = alarm{code, detail, map[string]any{"room": room.Name, "person": a.Person, "to": a.Turn.To, "minutes": over / time.Minute.Microseconds()}}
	return nil
}

// extend puts the nth half hour of an extension on record, once.
func (l *Lookout) extend(ctx context.Context, room *duty.Room, a *duty.Attendance, nth int, overlong bool, at int64) error {
	var last extensionRow
	err := l.DB.Read().NewSelect().Model(&last).Where("attendance = ?", a.ID).OrderExpr("nth DESC").Limit(1).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return problem.Wrap(err, "read extensions")
	}
	if last.Nth >= nth && (last.Overlong || !overlong) {
		return nil
	}
	nth = max(nth, last.Nth+1)
	return l.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r := extensionRow{Attendance: a.ID, Nth: nth, Room: room.ID, Person: a.Person, At: at, Overlong: overlong}
		res, err := tx.NewInsert().Model(&r).On("CONFLICT (attendance, nth) DO NOTHING").Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "write down an extension")
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return problem.Wrap(err, "write down an extension")
		}
		kind := kindExtended
		if overlong {
			kind = kindOverlong
		}
		minutes := (at - a.Turn.To) / time.Minute.Microseconds()
		if err := ledger.Record(ctx, tx, access.Actor{}.Act(at, kind, room.ID, "", map[string]any{"attendance": a.ID, "person": a.Person, "to": a.Turn.To, "nth": nth, "minutes": minutes})); err != nil {
			return err
		}
		if l.Note == nil {
			return nil
		}
		line := duty.Line{Room: room.ID, At: at, Code: "extended", Person: a.Person, Subject: a.ID, Params: map[string]any{"person": a.Person, "minutes": minutes}}
		return problem.Wrap(l.Note(ctx, tx, line), "write into the duty record")
	})
}
