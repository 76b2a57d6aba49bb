package duty

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// Check is what somebody saw who looked at one thing of the room.
type Check struct {
	Item string `json:"item"` // a word of the parameter that lists them
	OK   bool   `json:"ok"`
	Note string `json:"note,omitempty"` // needed where it is not as it should be
}

// Attendance is somebody who signed on at a room, until they signed off.
type Attendance struct {
	ID        string
	Room      string
	Person    string
	Turn      Turn   // of the roster; the zero Turn: not on it
	OnAt      int64  // µs
	OffAt     *int64 // µs; nil: on watch
	OffHow    string // signed_off, handed_over, taken_over, closed
	Late      int64  // µs after the turn began; 0: in time
	Early     int64  // µs before the turn ended; 0: not before
	Reason    string // why somebody signed on who was not on the roster
	OffReason string
	Checks    []Check
	Address   string
}

// told is what the act says of somebody who signs on: all that the row holds.
func (a *Attendance) told(charge bool) map[string]any {
	checks := make([]any, len(a.Checks))
	for i, c := range a.Checks {
		one := map[string]any{"item": c.Item, "ok": c.OK}
		if c.Note != "" {
			one["note"] = c.Note
		}
		checks[i] = one
	}
	return map[string]any{"attendance": a.ID, "person": a.Person, "charge": charge, "onAt": a.OnAt, "late": a.Late, "shift": a.Turn.Shift, "plannedFrom": a.Turn.From, "plannedTo": a.Turn.To,
		"plannedStaff": a.Turn.Staff, "reason": a.Reason, "checks": checks, "console": a.Address}
}

// toldOff is what the act says of somebody whose watch ends.
func (a *Attendance) toldOff() map[string]any {
	return map[string]any{"attendance": a.ID, "person": a.Person, "how": a.OffHow, "offAt": *a.OffAt, "early": a.Early, "reason": a.OffReason}
}

// Ways of an attendance to end.
const (
	OffSigned     = "signed_off"
	OffHandedOver = "handed_over"
	OffTakenOver  = "taken_over"
	OffClosed     = "closed"
	OffReleased   = "released" // a leader let them go, and the relief was there
)

type attendanceRow struct {
	bun.BaseModel `bun:"table:attendances,alias:attendance"`
	ID            string `bun:",pk"`
	Room          string
	Person        string
	Shift         string
	PlannedFrom   int64
	PlannedTo     int64
	PlannedStaff  int
	OnAt          int64
	OffAt         *int64
	OffHow        string
	Late          int64
	Early         int64
	Reason        string
	OffReason     string
	Checks        string // JSON
	Address       string
}

func (r *attendanceRow) attendance() (a Attendance, err error) {
	a = Attendance{ID: r.ID, Room: r.Room, Person: r.Person, Turn: Turn{Shift: r.Shift, From: r.PlannedFrom, To: r.PlannedTo, Staff: r.PlannedStaff}, OnAt: r.OnAt, OffAt: r.OffAt, OffHow: r.OffHow,
		Late: r.Late, Early: r.Early, Reason: r.Reason, OffReason: r.OffReason, Address: r.Address}
	return a, problem.Wrap(json.Unmarshal([]byte(r.Checks), &a.Checks), "read who signed on")
}

func attendances(ctx context.Context, tx bun.IDB, of func(q *bun.SelectQuery) *bun.SelectQuery) ([]Attendance, error) {
	var rows []attendanceRow
	if err := tx.NewSelect().Model(&rows).Apply(of).OrderExpr("on_at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read who signed on")
	}
	all := make([]Attendance, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].attendance(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Present gives who is signed on at a room, the longest first.
func Present(ctx context.Context, tx bun.IDB, room string) ([]Attendance, error) {
	return attendances(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("room = ?", room).Where("off_at IS NULL") })
}

// PresentAt gives who was signed on at a room at some time from from to to (µs).
func PresentAt(ctx context.Context, tx bun.IDB, room string, from, to int64, most int) ([]Attendance, error) {
	return attendances(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("room = ?", room).Where("on_at < ?", to).Where("off_at IS NULL OR off_at > ?", from).Limit(int64(most))
	})
}

// Of gives where somebody is signed on now; nil: nowhere.
func Of(ctx context.Context, tx bun.IDB, person string) (*Attendance, error) {
	var r attendanceRow
	err := tx.NewSelect().Model(&r).Where("person = ?", person).Where("off_at IS NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, "read who signed on")
	}
	a, err := r.attendance()
	return &a, err
}

func open(ctx context.Context, tx bun.Tx, a *Attendance) error {
	checks, err := json.Marshal(a.Checks)
	if err != nil {
		return problem.Wrap(err, "write down who signed on")
	}
	r := attendanceRow{ID: a.ID, Room: a.Room, Person: a.Person, Shift: a.Turn.Shift, PlannedFrom: a.Turn.From, PlannedTo: a.Turn.To, PlannedStaff: a.Turn.Staff, OnAt: a.OnAt,
		Late: a.Late, Reason: a.Reason, Checks: string(checks), Address: a.Address}
	if _, err = tx.NewInsert().Model(&r).Exec(ctx); db.IsUnique(err) { // of another console, at the same time
		return ErrOnWatch
	}
	return problem.Wrap(err, "write down who signed on")
}

// end signs somebody off at an instant (µs).
func end(ctx context.Context, tx bun.Tx, a *Attendance, at int64, how, reason string) error {
	at = max(at, a.OnAt) // a clock that was set back ends nothing before it began
	if a.Turn.To > at {
		a.Early = a.Turn.To - at
	}
	a.OffAt, a.OffHow, a.OffReason = &at, how, reason
	_, err := tx.NewUpdate().Model((*attendanceRow)(nil)).Set("off_at = ?", at).Set("off_how = ?", how).Set("early = ?", a.Early).Set("off_reason = ?", reason).
		Where("id = ?", a.ID).Where("off_at IS NULL").Exec(ctx)
	return problem.Wrap(err, "write down who signed off")
}

// Everybody gives who is signed on anywhere.
func Everybody(ctx context.Context, tx bun.IDB) ([]Attendance, error) {
	return attendances(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("off_at IS NULL") })
}

// CameFor tells whether somebody signed on at a room for a shift.
func CameFor(ctx context.Context, tx bun.IDB, room, person, shift string) (bool, error) {
	n, err := tx.NewSelect().Model((*attendanceRow)(nil)).Where("room = ?", room).Where("person = ?", person).Where("shift = ?", shift).Count(ctx)
	return n > 0, problem.Wrap(err, "read who signed on")
}
