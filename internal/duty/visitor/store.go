package visitor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

type row struct {
	bun.BaseModel `bun:"table:visits,alias:visit"`
	ID            string `bun:",pk"`
	Room          string
	At            int64
	CameAt        int64
	ByPerson      string
	Kind          Kind
	Host          string
	Met           string
	State         State
	Seq           int
	Awaits        string
	AwaitsUntil   int64
}

type contentRow struct {
	bun.BaseModel `bun:"table:visit_contents,alias:content"`
	Visit         string `bun:",pk"`
	Seq           int    `bun:",pk"`
	At            int64
	ByPerson      string
	Why           string
	Name          string
	NameKey       string
	Unit          string
	UnitKey       string
	IDKind        string `bun:"id_kind"`
	IDNumber      string `bun:"id_number"`
	Reason        string
	HostName      string
	Papers        string
	Items         string
}

type stepRow struct {
	bun.BaseModel `bun:"table:visit_steps,alias:step"`
	Visit         string `bun:",pk"`
	Seq           int    `bun:",pk"`
	Kind          string
	At            int64
	DoneAt        int64
	ByPerson      string
	Person        string
	Number        string
	Note          string
	Badge         string
	Phone         bool
	Secrecy       bool
	Saw           string
	CaseNo        string
}

func (c *contentRow) version() Version {
	return Version{Content: Content{Name: c.Name, Unit: c.Unit, IDKind: c.IDKind, IDNumber: c.IDNumber, Reason: c.Reason, HostName: c.HostName, Papers: c.Papers, Items: c.Items},
		Seq: c.Seq, At: c.At, By: c.ByPerson, Why: c.Why}
}

func (s *stepRow) step() Step {
	return Step{Seq: s.Seq, Kind: s.Kind, At: s.At, DoneAt: s.DoneAt, By: s.ByPerson, Person: s.Person, Number: s.Number, Note: s.Note,
		Badge: s.Badge, Phone: s.Phone, Secrecy: s.Secrecy, Saw: s.Saw, Case: s.CaseNo}
}

// filled gives visits with what was said of them and done.
func filled(ctx context.Context, tx bun.IDB, rows []row) ([]Visit, error) {
	all, at, ids := make([]Visit, len(rows)), map[string]*Visit{}, make([]string, len(rows))
	for i := range rows {
		r := &rows[i]
		all[i] = Visit{ID: r.ID, Room: r.Room, At: r.At, CameAt: r.CameAt, By: r.ByPerson, Kind: r.Kind, Host: r.Host, Met: r.Met, State: r.State, Awaits: r.Awaits, AwaitsUntil: r.AwaitsUntil}
		at[r.ID], ids[i] = &all[i], r.ID
	}
	if len(ids) == 0 {
		return all, nil
	}
	var contents []contentRow
	if err := tx.NewSelect().Model(&contents).Where("visit IN (?)", bun.List(ids)).OrderExpr("visit, seq").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read what is said of visits")
	}
	var steps []stepRow
	if err := tx.NewSelect().Model(&steps).Where("visit IN (?)", bun.List(ids)).OrderExpr("visit, seq").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read steps of visits")
	}
	for i := range contents {
		v := at[contents[i].Visit]
		said := contents[i].version()
		v.Versions, v.Content = append(v.Versions, said), said.Content
	}
	for i := range steps {
		v := at[steps[i].Visit]
		v.Steps = append(v.Steps, steps[i].step())
	}
	return all, nil
}

func load(ctx context.Context, tx bun.IDB, id string) (Visit, error) {
	var r row
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Visit{}, ErrUnknown
	}
	if err != nil {
		return Visit{}, problem.Wrap(err, "read a visit")
	}
	all, err := filled(ctx, tx, []row{r})
	if err != nil {
		return Visit{}, err
	}
	return all[0], nil
}

// Get gives a visit to a room that the actor may know of, and its room.
func (x *Register) Get(ctx context.Context, actor access.Actor, id string) (Visit, duty.Room, error) {
	if err := access.Can(actor, access.DutyRead, ""); err != nil {
		return Visit{}, duty.Room{}, err
	}
	v, err := load(ctx, x.DB.Read(), id)
	if err != nil {
		return v, duty.Room{}, err
	}
	r, err := x.Rooms.Look(ctx, x.DB.Read(), actor, v.Room)
	if errors.Is(err, duty.ErrRoomUnknown) {
		err = ErrUnknown
	}
	return v, r, err
}

// Filter narrows a list.
type Filter struct {
	Room   string
	Text   string // part of a name or a unit, as it stands now
	From   int64  // µs, of when they came
	To     int64  // exclusive; 0: without end
	Open   bool   // those alone from which something follows
	Before string // cursor of a page before
	Limit  int
}

// MaxLimit bounds a page.
const MaxLimit = 200

// List gives visits to a room, who came last first, and the cursor of the next page, empty for none.
func (x *Register) List(ctx context.Context, actor access.Actor, f Filter) ([]Visit, string, error) {
	r, err := x.Rooms.Look(ctx, x.DB.Read(), actor, f.Room)
	if err != nil {
		return nil, "", err
	}
	if f.Limit < 1 || f.Limit > MaxLimit {
		f.Limit = MaxLimit
	}
	var rows []row
	q := x.DB.Read().NewSelect().Model(&rows).Where("visit.room = ?", r.ID).OrderExpr("visit.came_at DESC, visit.id DESC").Limit(int64(f.Limit) + 1)
	if f.Open {
		q.Where("visit.state IN (?)", bun.List(open))
	}
	if f.From != 0 {
		q.Where("visit.came_at >= ?", f.From)
	}
	if f.To != 0 {
		q.Where("visit.came_at < ?", f.To)
	}
	if f.Before != "" {
		var at int64
		var id string
		if n, err := fmt.Sscanf(f.Before, "%d-%s", &at, &id); err != nil || n != 2 {
			return nil, "", ErrCursor
		}
		q.Where("(visit.came_at < ? OR visit.came_at = ? AND visit.id < ?)", at, at, id)
	}
	if key := text.Key(strings.TrimSpace(f.Text)); key != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(key) + "%"
		q.Where(`EXISTS (SELECT 1 FROM visit_contents c WHERE c.visit = visit.id AND c.seq = visit.seq AND (c.name_key LIKE ? ESCAPE '\' OR c.unit_key LIKE ? ESCAPE '\'))`, like, like)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", problem.Wrap(err, "list visits")
	}
	next := ""
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		last := &rows[f.Limit-1]
		next = fmt.Sprintf("%d-%s", last.CameAt, last.ID)
	}
	all, err := filled(ctx, x.DB.Read(), rows)
	return all, next, err
}

// Waiting gives the visits that wait for the actor: those whom they may let in, and those for whom
// they are to sign, who came first first.
func (x *Register) Waiting(ctx context.Context, actor access.Actor) ([]Visit, error) {
	rooms, err := x.Rooms.Seen(ctx, actor)
	if err != nil || actor.Person == "" {
		return nil, err
	}
	reach, err := duty.ReachOf(ctx, x.DB.Read(), x.Rooms.Chain, rooms...)
	if err != nil {
		return nil, err
	}
	mine, seen := []string{""}, []string{""}
	for i := range rooms {
		seen = append(seen, rooms[i].ID)
		if rooms[i].RetiredAt == nil && reach.May(actor, access.VisitorApprove, &rooms[i]) == nil {
			mine = append(mine, rooms[i].ID)
		}
	}
	var rows []row
	err = x.DB.Read().NewSelect().Model(&rows).Where("visit.room IN (?)", bun.List(seen)).
		Where("(visit.state = ? AND visit.by_person <> ? AND visit.room IN (?) OR visit.awaits = ?)", Registered, actor.Person, bun.List(mine), actor.Person).
		OrderExpr("visit.came_at, visit.id").Limit(MaxLimit).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read which visits wait")
	}
	return filled(ctx, x.DB.Read(), rows)
}

// Inside gives who is inside a room, or is met outside it, at an instant (µs), who came first first.
// Of the past it tells what is on record by now.
func (x *Register) Inside(ctx context.Context, tx bun.IDB, room string, at int64) ([]Visit, error) {
	var rows []row
	err := tx.NewSelect().Model(&rows).Where("visit.room = ?", room).
		Where("EXISTS (SELECT 1 FROM visit_steps s WHERE s.visit = visit.id AND s.kind = 'entered' AND s.done_at <= ?)", at).
		Where("NOT EXISTS (SELECT 1 FROM visit_steps s WHERE s.visit = visit.id AND s.kind = 'left' AND s.done_at <= ?)", at).
		Where("(visit.state IN (?) OR visit.state = ? AND visit.came_at <= ?)", bun.List([]State{Inside, Met}), Out, at).
		OrderExpr("visit.came_at, visit.id").Limit(1000).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read who is inside")
	}
	return filled(ctx, tx, rows)
}

// Matters names who is still inside a room: an item of a handover (C067), and nothing that bars it.
func (x *Register) Matters(ctx context.Context, tx bun.IDB, room *duty.Room, at int64) ([]duty.Matter, error) {
	all, err := x.Inside(ctx, tx, room.ID, at)
	if err != nil {
		return nil, err
	}
	matters := make([]duty.Matter, len(all))
	for i := range all {
		v := &all[i]
		matters[i] = duty.Matter{Kind: "visitor", ID: v.ID, Since: v.In(), Owner: v.Host, Urgent: v.Step("denied") != nil, Params: map[string]any{
			"name": v.Name, "unit": v.Unit, "kind": string(v.Kind), "host": v.HostName, "met": v.Met}}
	}
	return matters, nil
}

// Exported puts on record that the register of a room was taken out.
func (x *Register) Exported(ctx context.Context, actor access.Actor, room string, detail map[string]any) error {
	return x.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, actor.For(access.DutyRead, "").Act(x.Clock.Micro(), "visitor.exported", room, "", detail))
	})
}
