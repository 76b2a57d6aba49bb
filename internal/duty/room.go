package duty

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/network"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Kinds of acts on rooms.
const (
	kindAdded   = "room.added"
	kindChanged = "room.changed"
	kindRetired = "room.retired"
)

// Refusals about rooms.
var (
	ErrRoomUnknown = problem.New(problem.NotFound, "room_unknown", "There is no such control room.")
	ErrRoomName    = problem.New(problem.Conflict, "room_name_taken", "Another control room has this name.").On("name")
	ErrRoomRetired = problem.New(problem.Conflict, "room_retired", "This control room was taken out of use.")
	ErrRoomArea    = problem.New(problem.Invalid, "room_area", "There is no such area.").On("areas")
	ErrRoomHead    = problem.New(problem.Invalid, "room_head", "The head of a room is somebody whose account is in use and who may decide on the watch there.").On("head")
	ErrRoomStaff   = problem.New(problem.Invalid, "room_staff", "A watch takes 1 to 50 people.").On("staff")
	ErrRoomHours   = problem.New(problem.Invalid, "room_hours", "A room is watched around the clock, or in business hours.").On("hours")
	ErrRoomWatched = problem.New(problem.Conflict, "room_watched", "Somebody keeps watch in this room. End the watch first.")
)

// Hours is when a room is watched.
type Hours string

// Hours of a room. One that is watched around the clock is never closed (C044).
const (
	RoundTheClock Hours = "around_the_clock"
	Business      Hours = "business"
)

// Content is what is said of a room.
type Content struct {
	Name     string   `json:"name"`
	Areas    []string `json:"areas"`    // ids of what it watches; empty: everything
	Head     string   `json:"head"`     // person: consents to swaps, and answers for it while nobody keeps watch
	Staff    int      `json:"staff"`    // the fewest people that a watch takes (C024)
	Hours    Hours    `json:"hours"`    // when it is watched
	Networks []string `json:"networks"` // addresses and networks of its computers, at which people sign on; empty: at any
	Phone    string   `json:"phone"`    // of the room; may be empty
}

// Room is a control room.
type Room struct {
	ID string
	Content
	AddedAt   int64  // µs
	RetiredAt *int64 // µs; nil: it is in use
}

// Here tells whether an address is one of the computers of the room.
func (r *Room) Here(address string) bool {
	return len(r.Networks) == 0 || network.Holds(r.Networks, address)
}

type roomRow struct {
	bun.BaseModel `bun:"table:rooms,alias:room"`
	ID            string `bun:",pk"`
	Name          string
	NameKey       string
	Areas         string // JSON
	Head          string
	Staff         int
	Hours         Hours
	Networks      string // JSON
	Phone         string
	AddedAt       int64
	RetiredAt     *int64
}

func (r *roomRow) room() (out Room, err error) {
	out = Room{ID: r.ID, Content: Content{Name: r.Name, Head: r.Head, Staff: r.Staff, Hours: r.Hours, Phone: r.Phone}, AddedAt: r.AddedAt, RetiredAt: r.RetiredAt}
	if err = json.Unmarshal([]byte(r.Areas), &out.Areas); err == nil {
		err = json.Unmarshal([]byte(r.Networks), &out.Networks)
	}
	return out, problem.Wrap(err, "read a control room")
}

func (r *roomRow) take(c *Content) error {
	areas, err := json.Marshal(c.Areas)
	if err != nil {
		return problem.Wrap(err, "write down a control room")
	}
	networks, err := json.Marshal(c.Networks)
	if err != nil {
		return problem.Wrap(err, "write down a control room")
	}
	r.Name, r.NameKey, r.Areas, r.Head, r.Staff, r.Hours, r.Networks, r.Phone = c.Name, keyOf(c.Name), string(areas), c.Head, c.Staff, c.Hours, string(networks), c.Phone
	return nil
}

// Rooms is their register.
type Rooms struct {
	DB    *db.DB
	Bus   *event.Bus // may be nil
	Clock clock.Clock
	Chain Chain // nil: there are no areas
	// Heads tells whether somebody can head a room: the account is in use and may decide on its watch;
	// nil: anybody can.
	Heads func(ctx context.Context, person string, areas []string) (bool, error)
	// Answers is told in the transaction who answers for a room while nobody keeps watch: of a new
	// room, and of one with another head. Ends refuses to end a room that is watched. Of Watch.
	Answers func(ctx context.Context, tx bun.Tx, actor access.Actor, room *Room) error
	Ends    func(ctx context.Context, tx bun.Tx, room *Room) error
	// Moved is told of a room that watches other areas than before; may be nil. Of Watch.
	Moved func(ctx context.Context, room string) error
}

// Load reads one room.
func Load(ctx context.Context, tx bun.IDB, id string) (Room, error) {
	var r roomRow
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Room{}, ErrRoomUnknown
	}
	if err != nil {
		return Room{}, problem.Wrap(err, "read a control room")
	}
	return r.room()
}

// All reads the rooms by name, those out of use too.
func All(ctx context.Context, tx bun.IDB) ([]Room, error) {
	var rows []roomRow
	if err := tx.NewSelect().Model(&rows).OrderExpr("name_key, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read control rooms")
	}
	all := make([]Room, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].room(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Seen gives the rooms that the actor may know of, by name, those out of use too.
func (x *Rooms) Seen(ctx context.Context, actor access.Actor) ([]Room, error) {
	if err := access.Can(actor, access.DutyRead, ""); err != nil {
		return nil, err
	}
	all, err := All(ctx, x.DB.Read())
	if err != nil {
		return nil, err
	}
	reach, err := ReachOf(ctx, x.DB.Read(), x.Chain, all...)
	return slices.DeleteFunc(all, func(r Room) bool { return !reach.Sees(actor, &r) }), err
}

// Look gives one room that the actor may know of; any other is unknown to them.
func (x *Rooms) Look(ctx context.Context, tx bun.IDB, actor access.Actor, id string) (Room, error) {
	if err := access.Can(actor, access.DutyRead, ""); err != nil {
		return Room{}, err
	}
	r, err := Load(ctx, tx, id)
	if err != nil {
		return r, err
	}
	reach, err := ReachOf(ctx, tx, x.Chain, r)
	if err == nil && !reach.Sees(actor, &r) {
		return Room{}, ErrRoomUnknown
	}
	return r, err
}

// In gives a room in use in which the actor may do action.
func (x *Rooms) In(ctx context.Context, tx bun.IDB, actor access.Actor, action access.Action, id string) (Room, error) {
	if err := access.Can(actor, action, ""); err != nil {
		return Room{}, err
	}
	r, err := x.Look(ctx, tx, actor, id)
	if err != nil {
		return r, err
	}
	reach, err := ReachOf(ctx, tx, x.Chain, r)
	if err != nil {
		return r, err
	}
	if err := reach.May(actor, action, &r); err != nil {
		return r, err
	}
	if r.RetiredAt != nil {
		return r, ErrRoomRetired
	}
	return r, nil
}

func (x *Rooms) clean(ctx context.Context, c Content) (out Content, err error) {
	out = c
	if out.Name, err = text.Line("name", c.Name, 1, 100); err != nil {
		return out, err
	}
	if out.Phone, err = text.Line("phone", c.Phone, 0, 40); err != nil {
		return out, err
	}
	if out.Networks, err = network.Clean("networks", c.Networks); err != nil {
		return out, err
	}
	switch {
	case c.Staff < 1 || c.Staff > 50:
		return out, ErrRoomStaff
	case c.Hours != RoundTheClock && c.Hours != Business:
		return out, ErrRoomHours
	}
	out.Areas = slices.Compact(slices.Sorted(slices.Values(c.Areas)))
	if out.Areas == nil {
		out.Areas = []string{}
	}
	for _, a := range out.Areas {
		chain := []string(nil)
		if x.Chain != nil {
			if chain, err = x.Chain(ctx, x.DB.Read(), a); err != nil {
				return out, problem.Wrap(err, "read areas")
			}
		}
		if len(chain) == 0 {
			return out, ErrRoomArea.With("area", a)
		}
	}
	if out.Head == "" {
		return out, ErrRoomHead
	}
	if x.Heads != nil {
		ok, err := x.Heads(ctx, out.Head, out.Areas)
		if err != nil {
			return out, err
		}
		if !ok {
			return out, ErrRoomHead
		}
	}
	return out, nil
}

// may is nil where the actor may set up a room that watches what c says.
func (x *Rooms) may(ctx context.Context, actor access.Actor, c *Content) error {
	r := Room{Content: *c}
	reach, err := ReachOf(ctx, x.DB.Read(), x.Chain, r)
	if err != nil {
		return err
	}
	return reach.May(actor, access.DutyConfigure, &r)
}

// Add sets up a room. From then on its head answers for it, until somebody signs on.
func (x *Rooms) Add(ctx context.Context, actor access.Actor, c Content) (r Room, err error) {
	if err := access.Can(actor, access.DutyConfigure, ""); err != nil {
		return r, err
	}
	if c, err = x.clean(ctx, c); err != nil {
		return r, err
	}
	if err := x.may(ctx, actor, &c); err != nil {
		return r, err
	}
	r = Room{ID: db.NewID(), Content: c, AddedAt: x.Clock.Micro()}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := roomRow{ID: r.ID, AddedAt: r.AddedAt}
		if err := row.take(&c); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrRoomName
			}
			return problem.Wrap(err, "add a control room")
		}
		if err := ledger.Record(ctx, tx, actor.For(access.DutyConfigure, "").Act(r.AddedAt, kindAdded, r.ID, "", map[string]any{"room": c})); err != nil {
			return err
		}
		return x.answers(ctx, tx, actor, &r)
	})
	if err == nil {
		x.tell(r.ID)
	}
	return r, err
}

func (x *Rooms) answers(ctx context.Context, tx bun.Tx, actor access.Actor, r *Room) error {
	if x.Answers == nil {
		return nil
	}
	return x.Answers(ctx, tx, actor, r)
}

// Change says otherwise what a room is. Who could set up the room as it was and as it is to be may.
func (x *Rooms) Change(ctx context.Context, actor access.Actor, id string, c Content) (r Room, err error) {
	if err := access.Can(actor, access.DutyConfigure, ""); err != nil {
		return r, err
	}
	if c, err = x.clean(ctx, c); err != nil {
		return r, err
	}
	if err := x.may(ctx, actor, &c); err != nil {
		return r, err
	}
	moved := false
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := x.In(ctx, tx, actor, access.DutyConfigure, id)
		if err != nil {
			return err
		}
		r, moved = before, !slices.Equal(before.Areas, c.Areas)
		r.Content = c
		row := roomRow{ID: id, AddedAt: before.AddedAt}
		if err := row.take(&c); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrRoomName
			}
			return problem.Wrap(err, "change a control room")
		}
		if err := ledger.Record(ctx, tx, actor.For(access.DutyConfigure, "").Act(x.Clock.Micro(), kindChanged, id, "", map[string]any{"from": before.Content, "room": c})); err != nil {
			return err
		}
		if c.Head == before.Head {
			return nil
		}
		return x.answers(ctx, tx, actor, &r)
	})
	if err != nil {
		return r, err
	}
	x.tell(id)
	if moved && x.Moved != nil {
		err = x.Moved(ctx, id)
	}
	return r, err
}

// Retire takes a room out of use that nobody watches. What it was stays on record.
func (x *Rooms) Retire(ctx context.Context, actor access.Actor, id, reason string) error {
	err := x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := x.In(ctx, tx, actor, access.DutyConfigure, id)
		if err != nil {
			return err
		}
		reason, err := text.Block("reason", reason, 4, 1000)
		if err != nil {
			return err
		}
		if x.Ends != nil {
			if err := x.Ends(ctx, tx, &r); err != nil {
				return err
			}
		}
		at := x.Clock.Micro()
		if _, err := tx.NewUpdate().Model((*roomRow)(nil)).Set("retired_at = ?", at).Where("id = ?", id).Exec(ctx); err != nil {
			return problem.Wrap(err, "retire a control room")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyConfigure, "").Act(at, kindRetired, id, "", map[string]any{"name": r.Name, "reason": reason}))
	})
	if err == nil {
		x.tell(id)
	}
	return err
}

func (x *Rooms) tell(id string) {
	if x.Bus != nil {
		x.Bus.Publish(event.Event{Kind: "duty", Subject: id})
	}
}

// keyOf is the form in which two names of rooms are equal.
func keyOf(name string) string { return text.Key(name) }
