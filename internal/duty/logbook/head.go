package logbook

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Status is what somebody noted at an hour of a shift.
type Status struct {
	At   int64  `json:"at"` // µs
	Text string `json:"text"`
}

// Sheet is the head of the record of a shift (P19).
type Sheet struct {
	Room  string `json:"-"`
	Shift string `json:"-"` // id; empty: named by its begin
	From  int64  `json:"-"` // µs
	To    int64  `json:"-"` // µs, exclusive

	Name      string   `json:"name"` // of the shift, such as 早班
	Weather   string   `json:"weather"`
	Persons   []string `json:"persons"` // ids of who kept watch
	Leader    string   `json:"leader"`  // on duty; a name
	Online    int      `json:"online"`  // cameras that give a picture
	Total     int      `json:"total"`
	Faulty    string   `json:"faulty"` // numbers of the others
	Recording string   `json:"recording"`
	Clock     string   `json:"clock"`
	Power     string   `json:"power"` // UPS
	Fire      string   `json:"fire"`  // panel
	Hourly    []Status `json:"hourly"`

	Version   int    `json:"-"`
	WrittenBy string `json:"-"`
	WrittenAt int64  `json:"-"`
}

type headRow struct {
	bun.BaseModel `bun:"table:duty_heads,alias:head"`
	ID            string `bun:",pk"`
	Room          string
	Shift         string
	Version       int
	Begins        int64
	Ends          int64
	Content       string
	WrittenBy     string
	WrittenAt     int64
}

func (r *headRow) sheet() (Sheet, error) {
	s := Sheet{Room: r.Room, Shift: r.Shift, From: r.Begins, To: r.Ends, Version: r.Version, WrittenBy: r.WrittenBy, WrittenAt: r.WrittenAt}
	return s, problem.Wrap(json.Unmarshal([]byte(r.Content), &s), "read the head of a duty record")
}

const (
	longestShift = 36 * time.Hour
	mostPersons  = 50
	mostHourly   = 48
)

// named is the shift of a sheet, which without a roster is named by its begin.
func (s *Sheet) named() string {
	if s.Shift != "" {
		return s.Shift
	}
	return time.UnixMicro(s.From).UTC().Format("20060102T1504Z")
}

func (s *Sheet) clean() (err error) {
	for _, f := range []struct {
		field        string
		value        *string
		least, most_ int
	}{{"shift", &s.Shift, 0, 40}, {"name", &s.Name, 0, 40}, {"weather", &s.Weather, 1, 40}, {"leader", &s.Leader, 0, 100}, {"faulty", &s.Faulty, 0, 1000},
		{"recording", &s.Recording, 1, 200}, {"clock", &s.Clock, 1, 200}, {"power", &s.Power, 1, 200}, {"fire", &s.Fire, 0, 200}} {
		if *f.value, err = text.Line(f.field, *f.value, f.least, f.most_); err != nil {
			return err
		}
	}
	if s.From <= 0 || s.To <= s.From || s.To-s.From > longestShift.Microseconds() {
		return ErrHeadTimes
	}
	s.Persons = slices.Compact(slices.Sorted(slices.Values(s.Persons)))
	if len(s.Persons) > mostPersons {
		return text.ErrTooLong.With("field", "persons").With("max", mostPersons).On("persons")
	}
	if len(s.Hourly) > mostHourly {
		return text.ErrTooLong.With("field", "hourly").With("max", mostHourly).On("hourly")
	}
	s.Online, s.Total = max(s.Online, 0), max(s.Total, 0)
	s.Online = min(s.Online, s.Total)
	for i := range s.Hourly {
		if s.Hourly[i].Text, err = text.Line("hourly", s.Hourly[i].Text, 1, 200); err != nil {
			return err
		}
	}
	slices.SortStableFunc(s.Hourly, func(a, b Status) int { return int((a.At - b.At) / max(max(a.At-b.At, b.At-a.At), 1)) })
	return nil
}

// WriteHead writes the head of a shift, or says it otherwise: the version before stays.
func (b *Book) WriteHead(ctx context.Context, actor access.Actor, s Sheet) (out Sheet, err error) {
	s.Hourly = slices.Clone(s.Hourly)
	if err := s.clean(); err != nil {
		return s, err
	}
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		room, right, err := b.mayWrite(ctx, tx, actor, s.Room)
		if err != nil {
			return err
		}
		out = s
		now := b.Clock.Micro()
		switch {
		case s.From > now+ahead.Microseconds():
			return ErrFuture.On("from")
		case s.To < room.AddedAt:
			return ErrBeforeRoom.On("to")
		}
		if _, err := b.names(ctx, tx, s.Persons, nil); err != nil {
			return err
		}
		out.Shift, out.WrittenBy, out.WrittenAt = s.named(), actor.Person, now
		var last int
		err = tx.NewSelect().Model((*headRow)(nil)).ColumnExpr("COALESCE(MAX(version), 0)").Where("room = ?", s.Room).Where("shift = ?", out.Shift).Scan(ctx, &last)
		if err != nil {
			return problem.Wrap(err, "read the head of a duty record")
		}
		out.Version = last + 1
		content, err := json.Marshal(out)
		if err != nil {
			return problem.Wrap(err, "write down the head of a duty record")
		}
		r := headRow{ID: db.NewID(), Room: s.Room, Shift: out.Shift, Version: out.Version, Begins: s.From, Ends: s.To, Content: string(content), WrittenBy: actor.Person, WrittenAt: now}
		if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			return problem.Wrap(err, "keep the head of a duty record")
		}
		return ledger.Record(ctx, tx, actor.For(right, "").Act(now, kindHead, r.ID, "", map[string]any{"room": s.Room, "shift": out.Shift, "version": out.Version, "from": s.From, "to": s.To, "head": out}))
	})
	if err == nil {
		b.tell(s.Room)
	}
	return out, err
}

// Heads gives the heads of the shifts of a room that touch a stretch of time (µs), each in its
// version in force, by their begin.
func (b *Book) Heads(ctx context.Context, actor access.Actor, room string, from, to int64) ([]Sheet, error) {
	if _, err := b.Rooms.Look(ctx, b.DB.Read(), actor, room); err != nil {
		return nil, err
	}
	return heads(ctx, b.DB.Read(), room, from, to)
}

func heads(ctx context.Context, tx bun.IDB, room string, from, to int64) (all []Sheet, err error) {
	var rows []headRow
	err = tx.NewSelect().Model(&rows).Where("room = ?", room).Where("begins < ?", to).Where("begins > ?", from-longestShift.Microseconds()).Where("ends > ?", from).
		Where("NOT EXISTS (SELECT 1 FROM duty_heads AS later WHERE later.room = head.room AND later.shift = head.shift AND later.version > head.version)").
		OrderExpr("begins, shift").Limit(mostOpen).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read heads of the duty record")
	}
	for i := range rows {
		s, err := rows[i].sheet()
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Head gives the head of a shift in its version in force; nil: it has none yet. shift is its id, or
// what Sheet.Shift says of one without a roster.
func (b *Book) Head(ctx context.Context, tx bun.IDB, room, shift string) (*Sheet, error) {
	var rows []headRow
	err := tx.NewSelect().Model(&rows).Where("room = ?", room).Where("shift = ?", shift).OrderExpr("version DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, problem.Wrap(err, "read the head of a duty record")
	}
	s, err := rows[0].sheet()
	return &s, err
}

// Ready refuses to end a watch (µs) whose record has no head that somebody wrote (C062).
func (b *Book) Ready(ctx context.Context, tx bun.IDB, room string, from, to int64) error {
	all, err := heads(ctx, tx, room, from, to)
	if err == nil && len(all) == 0 {
		return ErrNoRecord
	}
	return err
}
