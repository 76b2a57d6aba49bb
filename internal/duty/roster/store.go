package roster

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/problem"
)

type shiftRow struct {
	bun.BaseModel `bun:"table:shifts,alias:s"`
	ID            string `bun:",pk"`
	Room          string
	Name          string
	FromAt        int64
	ToAt          int64
	Staff         int
	State         State
	Version       int
}

type placeRow struct {
	bun.BaseModel `bun:"table:shift_people,alias:p"`
	Shift         string `bun:",pk"`
	Person        string `bun:",pk"`
	Charge        int
}

type changeRow struct {
	bun.BaseModel `bun:"table:roster_changes,alias:c"`
	Shift         string `bun:",pk"`
	Version       int    `bun:",pk"`
	Room          string
	At            int64
	ChangedBy     string
	Kind          string
	Cause         string
	Reason        string
	Was           string
	Became        string
}

func (s *Shift) row() *shiftRow {
	return &shiftRow{ID: s.ID, Room: s.Room, Name: s.Name, FromAt: s.From, ToAt: s.To, Staff: s.Staff, State: s.State, Version: s.Version}
}

func (s *Shift) places() (rows []placeRow) {
	for _, p := range s.People {
		r := placeRow{Shift: s.ID, Person: p.Person}
		if p.Charge {
			r.Charge = 1
		}
		rows = append(rows, r)
	}
	return rows
}

// portion is how many rows go into one statement.
const portion = 200

// shifts reads those that where demands, in order of their begin.
func shifts(ctx context.Context, tx bun.IDB, where func(q *bun.SelectQuery) *bun.SelectQuery) ([]Shift, error) {
	var rows []shiftRow
	if err := where(tx.NewSelect().Model(&rows)).OrderExpr("s.from_at, s.to_at, s.id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read shifts")
	}
	all := make([]Shift, len(rows))
	at := map[string]int{}
	ids := make([]string, len(rows))
	for i, r := range rows {
		all[i] = Shift{ID: r.ID, Room: r.Room, Content: Content{Name: r.Name, From: r.FromAt, To: r.ToAt, Staff: r.Staff, People: []Place{}}, State: r.State, Version: r.Version}
		at[r.ID], ids[i] = i, r.ID
	}
	for part := range slices.Chunk(ids, portion) {
		var people []placeRow
		if err := tx.NewSelect().Model(&people).Where("p.shift IN (?)", bun.In(part)).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read who is in shifts")
		}
		for _, p := range people {
			s := &all[at[p.Shift]]
			s.People = append(s.People, Place{Person: p.Person, Charge: p.Charge == 1})
		}
	}
	for i := range all {
		order(all[i].People)
	}
	return all, nil
}

// Shift reads one.
func (x *Rosters) Shift(ctx context.Context, tx bun.IDB, id string) (Shift, error) {
	all, err := shifts(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("s.id = ?", id) })
	if err == nil && len(all) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Shift{}, err
	}
	return all[0], nil
}

// of reads the shifts of a room that run at some time between, those that were cancelled left out.
func of(ctx context.Context, tx bun.IDB, room string, within Span, states ...State) ([]Shift, error) {
	return shifts(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("s.room = ?", room).Where("s.from_at < ?", within.To).Where("s.to_at > ?", within.From).Where("s.state IN (?)", bun.In(states))
	})
}

// Held reads the shifts that somebody has at some time between, in whatever room.
func (x *Rosters) Held(ctx context.Context, tx bun.IDB, person string, within Span) ([]Shift, error) {
	return shifts(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Join("JOIN shift_people AS m ON m.shift = s.id").Where("m.person = ?", person).
			Where("s.from_at < ?", within.To).Where("s.to_at > ?", within.From).Where("s.state <> ?", Cancelled)
	})
}

// add writes new shifts.
func add(ctx context.Context, tx bun.Tx, all []Shift) error {
	for part := range slices.Chunk(all, portion) {
		rows, places := make([]*shiftRow, len(part)), []placeRow(nil)
		for i := range part {
			rows[i] = part[i].row()
			places = append(places, part[i].places()...)
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return problem.Wrap(err, "add shifts")
		}
		if err := seat(ctx, tx, places); err != nil {
			return err
		}
	}
	return nil
}

func seat(ctx context.Context, tx bun.Tx, places []placeRow) error {
	for part := range slices.Chunk(places, portion) {
		if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrNobody
			}
			return problem.Wrap(err, "add people to shifts")
		}
	}
	return nil
}

// put writes what a shift has become.
func put(ctx context.Context, tx bun.Tx, s *Shift) error {
	if _, err := tx.NewUpdate().Model(s.row()).Column("name", "from_at", "to_at", "staff", "state", "version").WherePK().Exec(ctx); err != nil {
		return problem.Wrap(err, "change a shift")
	}
	if _, err := tx.NewDelete().Model((*placeRow)(nil)).Where("shift = ?", s.ID).Exec(ctx); err != nil {
		return problem.Wrap(err, "change who is in a shift")
	}
	return seat(ctx, tx, s.places())
}

// note puts on record what was done to shifts.
func note(ctx context.Context, tx bun.Tx, rows []changeRow) error {
	for part := range slices.Chunk(rows, portion) {
		if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
			return problem.Wrap(err, "record a change of a roster")
		}
	}
	return nil
}
