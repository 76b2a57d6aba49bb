package presence

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Absence is somebody on watch who stepped out for some minutes.
type Absence struct {
	ID        string
	Room      string
	Person    string
	At        int64  // µs
	Due       int64  // µs
	Cover     string // person who stays; empty: nobody does
	Elsewhere string // where alarms ring meanwhile
	Reason    string
	EndedAt   *int64 // µs; nil: away
	Overdue   bool
}

type absenceRow struct {
	bun.BaseModel `bun:"table:absences,alias:absence"`
	ID            string `bun:",pk"`
	Room          string
	Person        string
	Attendance    string
	At            int64
	Due           int64
	Cover         string
	Elsewhere     string
	Reason        string
	EndedAt       *int64
	Overdue       bool
}

func (r *absenceRow) absence() Absence {
	return Absence{ID: r.ID, Room: r.Room, Person: r.Person, At: r.At, Due: r.Due, Cover: r.Cover, Elsewhere: r.Elsewhere, Reason: r.Reason, EndedAt: r.EndedAt, Overdue: r.Overdue}
}

// Leaving is what somebody says who steps out.
type Leaving struct {
	Cover     string // person who stays
	Elsewhere string // where alarms ring, where nobody does
	Reason    string
}

// Allowed gives how long a short absence lasts, and how many there may be in a shift.
func (p *Presence) Allowed() (lasts time.Duration, most int) {
	return shortFor.Get(p.Rules), shortly.Get(p.Rules)
}

// StepOut begins a short absence of whoever is signed on (P8). Somebody stays, or alarms ring
// elsewhere; who is in charge answers for the room all the same.
func (p *Presence) StepOut(ctx context.Context, actor access.Actor, l Leaving) (out Absence, err error) {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return out, err
	}
	if l.Reason, err = text.Line("reason", l.Reason, 0, 200); err != nil {
		return out, err
	}
	if l.Elsewhere, err = text.Line("elsewhere", l.Elsewhere, 0, 100); err != nil {
		return out, err
	}
	lasts, most := p.Allowed()
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, err := duty.Of(ctx, tx, actor.Person)
		if err != nil {
			return err
		}
		if a == nil || !actor.InPerson() {
			return duty.ErrOffWatch
		}
		on, err := duty.Present(ctx, tx, a.Room)
		if err != nil {
			return err
		}
		var before []absenceRow
		if err := tx.NewSelect().Model(&before).Where("room = ?", a.Room).Where("attendance = ? OR ended_at IS NULL", a.ID).Scan(ctx); err != nil {
			return problem.Wrap(err, "read absences")
		}
		mine, away := 0, map[string]bool{}
		for i := range before {
			if before[i].Attendance == a.ID {
				mine++
			}
			if before[i].EndedAt == nil {
				away[before[i].Person] = true
			}
		}
		stays := slices.DeleteFunc(on, func(o duty.Attendance) bool { return o.Person == actor.Person || away[o.Person] })
		switch {
		case away[actor.Person]:
			return ErrAway
		case mine >= most:
			return ErrMany.With("most", most)
		case len(stays) == 0 && l.Cover != "", l.Cover != "" && !slices.ContainsFunc(stays, func(o duty.Attendance) bool { return o.Person == l.Cover }):
			return ErrCover
		case len(stays) > 0 && l.Cover == "":
			return ErrCover
		case len(stays) == 0 && l.Elsewhere == "":
			return ErrRing
		}
		at := p.Clock.Micro()
		r := absenceRow{ID: db.NewID(), Room: a.Room, Person: actor.Person, Attendance: a.ID, At: at, Due: at + lasts.Microseconds(), Cover: l.Cover, Elsewhere: l.Elsewhere, Reason: l.Reason}
		if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			return problem.Wrap(err, "step out")
		}
		out = r.absence()
		detail := map[string]any{"absence": r.ID, "due": r.Due}
		line := duty.Line{Room: a.Room, At: at, Code: "absence_began", Person: actor.Person, Subject: r.ID, Params: map[string]any{"person": actor.Person, "minutes": int64(lasts / time.Minute)}}
		for k, v := range map[string]string{"cover": l.Cover, "elsewhere": l.Elsewhere, "reason": l.Reason} {
			if v != "" {
				detail[k], line.Params[k] = v, v
			}
		}
		if err := ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(at, kindLeft, a.Room, "", detail)); err != nil {
			return err
		}
		return p.note(ctx, tx, line)
	})
	if err == nil {
		p.tell(out.Room, actor.Person)
	}
	return out, err
}

// Back ends the absence of whoever is signed in.
func (p *Presence) Back(ctx context.Context, actor access.Actor) (out Absence, err error) {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return out, err
	}
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var r absenceRow
		err := tx.NewSelect().Model(&r).Where("person = ?", actor.Person).Where("ended_at IS NULL").Scan(ctx)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrHere
		case err != nil:
			return problem.Wrap(err, "read absences")
		case !actor.InPerson():
			return duty.ErrPersonal
		}
		at := max(p.Clock.Micro(), r.At)
		if _, err := tx.NewUpdate().Model((*absenceRow)(nil)).Set("ended_at = ?", at).Where("id = ?", r.ID).Where("ended_at IS NULL").Exec(ctx); err != nil {
			return problem.Wrap(err, "end an absence")
		}
		r.EndedAt = &at
		out = r.absence()
		if err := ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(at, kindBack, r.Room, "", map[string]any{"absence": r.ID, "late": max(0, at-r.Due)})); err != nil {
			return err
		}
		return p.note(ctx, tx, duty.Line{Room: r.Room, At: at, Code: "absence_ended", Person: r.Person, Subject: r.ID, Params: map[string]any{"person": r.Person, "minutes": (at - r.At) / time.Minute.Microseconds()}})
	})
	if err == nil {
		p.raise("absence "+out.ID, "", "", nil)
		p.tell(out.Room, actor.Person)
	}
	return out, err
}

// Absent gives who stepped out of a room.
func Absent(ctx context.Context, tx bun.IDB, room string) ([]Absence, error) {
	var rows []absenceRow
	if err := tx.NewSelect().Model(&rows).Where("room = ?", room).Where("ended_at IS NULL").OrderExpr("at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read absences")
	}
	all := make([]Absence, len(rows))
	for i := range rows {
		all[i] = rows[i].absence()
	}
	return all, nil
}

// overdue tells of absences that last too long, once each, and ends those of a watch that is over.
func (p *Presence) overdue(ctx context.Context, at int64) error {
	var rows []absenceRow
	if err := p.DB.Read().NewSelect().Model(&rows).Where("ended_at IS NULL").Limit(mostListed).Scan(ctx); err != nil {
		return problem.Wrap(err, "read absences")
	}
	for i := range rows {
		r := &rows[i]
		on, err := duty.Of(ctx, p.DB.Read(), r.Person)
		if err != nil {
			return err
		}
		over := on == nil || on.ID != r.Attendance
		if !over && (r.Overdue || at <= r.Due) {
			continue
		}
		err = p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			q := tx.NewUpdate().Model((*absenceRow)(nil)).Where("id = ?", r.ID).Where("ended_at IS NULL")
			if over {
				_, err := q.Set("ended_at = ?", max(at, r.At)).Exec(ctx)
				return problem.Wrap(err, "end an absence")
			}
			if _, err := q.Set("overdue = ?", true).Exec(ctx); err != nil {
				return problem.Wrap(err, "note an absence that lasts too long")
			}
			return p.note(ctx, tx, duty.Line{Room: r.Room, At: at, Code: "absence_overdue", Person: r.Person, Subject: r.ID, Params: map[string]any{"person": r.Person, "minutes": (at - r.At) / time.Minute.Microseconds()}})
		})
		if err != nil {
			return err
		}
		if over {
			p.raise("absence "+r.ID, "", "", nil)
		} else {
			p.raise("absence "+r.ID, "absence_overdue", "Somebody on watch is away longer than a short absence lasts.", p.about(ctx, r.Room, r.Person, r.At))
		}
		p.tell(r.Room, "")
	}
	return nil
}

// Away gives the short absence of somebody that runs; nil: none does.
func (p *Presence) Away(ctx context.Context, actor access.Actor) (*Absence, error) {
	var r absenceRow
	err := p.DB.Read().NewSelect().Model(&r).Where("person = ?", actor.Person).Where("ended_at IS NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, "read absences")
	}
	a := r.absence()
	return &a, nil
}
