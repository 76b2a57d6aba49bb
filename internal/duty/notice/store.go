package notice

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/duty"
	"watchroom/internal/problem"
)

type row struct {
	bun.BaseModel `bun:"table:instructions,alias:instruction"`
	ID            string `bun:",pk"`
	Kind          Kind
	At            int64
	SaidAt        int64
	ByPerson      string
	Giver         string
	Text          string
	Until         int64
	State         State
	Owner         string
	Due           int64
	Awaits        string
	AwaitsUntil   int64
}

type roomRow struct {
	bun.BaseModel `bun:"table:instruction_rooms,alias:addressed"`
	Instruction   string `bun:",pk"`
	Room          string `bun:",pk"`
}

type readRow struct {
	bun.BaseModel `bun:"table:instruction_reads,alias:reading"`
	Instruction   string `bun:",pk"`
	Person        string `bun:",pk"`
	At            int64
}

type stepRow struct {
	bun.BaseModel `bun:"table:instruction_steps,alias:step"`
	Instruction   string `bun:",pk"`
	Seq           int    `bun:",pk"`
	Kind          string
	At            int64
	ByPerson      string
	Note          string
	Owner         string
	Due           int64
}

func insert(ctx context.Context, tx bun.IDB, e *Entry) error {
	r := row{ID: e.ID, Kind: e.Kind, At: e.At, SaidAt: e.SaidAt, ByPerson: e.By, Giver: e.Giver, Text: e.Text, Until: e.Until, State: e.State, Owner: e.Owner, Due: e.Due, Awaits: e.Awaits, AwaitsUntil: e.AwaitsUntil}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return problem.Wrap(err, "keep an instruction")
	}
	rooms := make([]roomRow, len(e.Rooms))
	for i, room := range e.Rooms {
		rooms[i] = roomRow{Instruction: e.ID, Room: room}
	}
	_, err := tx.NewInsert().Model(&rooms).Exec(ctx)
	return problem.Wrap(err, "keep whom an instruction is for")
}

// filled gives entries with their rooms, readings and steps.
func filled(ctx context.Context, tx bun.IDB, rows []row) ([]Entry, error) {
	all, at, ids := make([]Entry, len(rows)), map[string]*Entry{}, make([]string, len(rows))
	for i := range rows {
		r := &rows[i]
		all[i] = Entry{ID: r.ID, Kind: r.Kind, At: r.At, SaidAt: r.SaidAt, By: r.ByPerson, Giver: r.Giver, Text: r.Text, Until: r.Until, State: r.State, Owner: r.Owner, Due: r.Due, Awaits: r.Awaits, AwaitsUntil: r.AwaitsUntil}
		at[r.ID], ids[i] = &all[i], r.ID
	}
	if len(ids) == 0 {
		return all, nil
	}
	var rooms []roomRow
	var reads []readRow
	var steps []stepRow
	for what, q := range map[string]*bun.SelectQuery{
		"rooms": tx.NewSelect().Model(&rooms).OrderExpr("instruction, room"), "readings": tx.NewSelect().Model(&reads).OrderExpr("instruction, at, person"),
		"steps": tx.NewSelect().Model(&steps).OrderExpr("instruction, seq"),
	} {
		if err := q.Where("instruction IN (?)", bun.List(ids)).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read "+what+" of instructions")
		}
	}
	for i := range rooms {
		e := at[rooms[i].Instruction]
		e.Rooms = append(e.Rooms, rooms[i].Room)
	}
	for i := range reads {
		e := at[reads[i].Instruction]
		e.Reads = append(e.Reads, Reading{Person: reads[i].Person, At: reads[i].At})
	}
	for i := range steps {
		s, e := &steps[i], at[steps[i].Instruction]
		e.Steps = append(e.Steps, Step{Seq: s.Seq, Kind: s.Kind, At: s.At, By: s.ByPerson, Note: s.Note, Owner: s.Owner, Due: s.Due})
	}
	return all, nil
}

func load(ctx context.Context, tx bun.IDB, id string) (Entry, error) {
	var r row
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, ErrUnknown
	}
	if err != nil {
		return Entry{}, problem.Wrap(err, "read an instruction")
	}
	all, err := filled(ctx, tx, []row{r})
	if err != nil {
		return Entry{}, err
	}
	return all[0], nil
}

// Filter narrows a list.
type Filter struct {
	Room   string // id; empty: all that the actor may know of
	Open   bool   // those alone that are neither closed nor withdrawn
	Before string // cursor of a page before
	Limit  int
}

// MaxLimit bounds a page.
const MaxLimit = 200

// List gives what was told to rooms that the actor may know of, the latest first, and the cursor of
// the next page, empty for none. Of each it names no rooms elsewhere.
func (b *Book) List(ctx context.Context, actor access.Actor, f Filter) ([]Entry, string, error) {
	seen, err := b.seen(ctx, actor, f.Room)
	if err != nil {
		return nil, "", err
	}
	if f.Limit < 1 || f.Limit > MaxLimit {
		f.Limit = MaxLimit
	}
	var rows []row
	q := b.DB.Read().NewSelect().Model(&rows).OrderExpr("instruction.at DESC, instruction.id DESC").Limit(int64(f.Limit)+1).
		Where("EXISTS (SELECT 1 FROM instruction_rooms r WHERE r.instruction = instruction.id AND r.room IN (?))", bun.List(seen))
	if f.Open {
		q.Where("instruction.state = ?", Open)
	}
	if f.Before != "" {
		var at int64
		var id string
		if n, err := fmt.Sscanf(f.Before, "%d-%s", &at, &id); err != nil || n != 2 {
			return nil, "", ErrCursor
		}
		q.Where("(instruction.at < ? OR instruction.at = ? AND instruction.id < ?)", at, at, id)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", problem.Wrap(err, "list instructions")
	}
	next := ""
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = fmt.Sprintf("%d-%s", rows[f.Limit-1].At, rows[f.Limit-1].ID)
	}
	all, err := b.shown(ctx, actor, rows)
	return all, next, err
}

// seen gives the ids of rooms that the actor may know of, or one of them.
func (b *Book) seen(ctx context.Context, actor access.Actor, room string) ([]string, error) {
	if room != "" {
		r, err := b.Rooms.Look(ctx, b.DB.Read(), actor, room)
		return []string{r.ID}, err
	}
	rooms, err := b.Rooms.Seen(ctx, actor)
	ids := []string{""}
	for i := range rooms {
		ids = append(ids, rooms[i].ID)
	}
	return ids, err
}

// shown gives entries as the actor may know them.
func (b *Book) shown(ctx context.Context, actor access.Actor, rows []row) ([]Entry, error) {
	all, err := filled(ctx, b.DB.Read(), rows)
	if err != nil {
		return nil, err
	}
	seen, err := b.seen(ctx, actor, "")
	for i := range all {
		all[i].Rooms = slices.DeleteFunc(all[i].Rooms, func(r string) bool { return !slices.Contains(seen, r) })
	}
	return all, err
}

// Get gives one as the actor may know it.
func (b *Book) Get(ctx context.Context, actor access.Actor, id string) (Entry, error) {
	var rows []row
	if err := access.Can(actor, access.DutyRead, ""); err != nil {
		return Entry{}, err
	}
	if err := b.DB.Read().NewSelect().Model(&rows).Where("id = ?", id).Scan(ctx); err != nil {
		return Entry{}, problem.Wrap(err, "read an instruction")
	}
	all, err := b.shown(ctx, actor, rows)
	if err != nil {
		return Entry{}, err
	}
	if len(all) == 0 || len(all[0].Rooms) == 0 {
		return Entry{}, ErrUnknown
	}
	return all[0], nil
}

// Mine gives what waits for the actor: to be read, seen to, or signed; the latest first.
func (b *Book) Mine(ctx context.Context, actor access.Actor) ([]Entry, error) {
	open, _, err := b.List(ctx, actor, Filter{Open: true})
	if err != nil {
		return nil, err
	}
	now, readers := b.Clock.Micro(), map[string][]string{}
	for i := range open {
		for _, r := range open[i].Rooms {
			if _, asked := readers[r]; !asked {
				if readers[r], err = b.ToRead(ctx, b.DB.Read(), []string{r}); err != nil {
					return nil, err
				}
			}
		}
	}
	return slices.DeleteFunc(open, func(e Entry) bool {
		reads := slices.ContainsFunc(e.Rooms, func(r string) bool { return slices.Contains(e.Unread(readers[r]), actor.Person) })
		return !(e.Awaits == actor.Person || e.Owner == actor.Person || reads && !e.Over(now))
	}), nil
}

// Matters names what is open in a room: instructions, of which one that nobody sees to until a day
// bars a handover (practice P3), and notices that somebody has not read.
func (b *Book) Matters(ctx context.Context, tx bun.IDB, room *duty.Room, at int64) ([]duty.Matter, error) {
	var rows []row
	err := tx.NewSelect().Model(&rows).Where("instruction.state = ?", Open).Where("EXISTS (SELECT 1 FROM instruction_rooms r WHERE r.instruction = instruction.id AND r.room = ?)", room.ID).
		OrderExpr("instruction.at, instruction.id").Limit(1000).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read open instructions")
	}
	all, err := filled(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	readers, err := b.ToRead(ctx, tx, []string{room.ID})
	if err != nil {
		return nil, err
	}
	matters := []duty.Matter{}
	for i := range all {
		e := &all[i]
		unread := e.Unread(readers)
		if e.Over(at) || e.Kind == Notice && len(unread) == 0 && (b.Readers != nil || len(e.Reads) > 0) {
			continue
		}
		m := duty.Matter{Kind: string(e.Kind), ID: e.ID, Text: e.Text, Since: e.SaidAt, Owner: e.Owner, Due: e.Due,
			Params: map[string]any{"giver": e.Giver, "unread": unread, "unsigned": e.Awaits != ""}}
		m.Urgent = len(unread) > 0 && b.Red(e, at) || e.Due != 0 && e.Due <= at
		if e.Kind == Instruction && (e.Owner == "" || e.Due == 0) {
			m.Bars = "instruction_unowned"
		}
		matters = append(matters, m)
	}
	return matters, nil
}
