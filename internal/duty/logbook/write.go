package logbook

import (
	"context"
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

// Kinds of acts.
const (
	kindWritten  = "duty.written"
	kindReported = "duty.reported"
	kindReceived = "duty.received"
	kindSigned   = "duty.countersigned"
	kindHead     = "duty.head_written"
	kindAttached = "duty.attached"
)

// mayWrite gives the room where the actor may write into its record, and by what right: whoever
// keeps watch there, and whoever decides on the watch.
func (b *Book) mayWrite(ctx context.Context, tx bun.IDB, actor access.Actor, room string) (duty.Room, access.Action, error) {
	r, err := b.Rooms.In(ctx, tx, actor, access.DutyStand, room)
	if err == nil && b.OnWatch != nil {
		on, fault := b.OnWatch(ctx, tx, room, actor.Person)
		if fault != nil {
			return r, "", problem.Wrap(fault, "look who keeps watch")
		}
		if !on {
			err = ErrOffWatch
		}
	}
	switch {
	case actor.Person == "":
		return r, "", ErrNobody
	case err == nil:
		return r, access.DutyStand, nil
	case problem.Of(err).Kind != problem.Forbidden:
		return r, "", err
	}
	if r, fault := b.Rooms.In(ctx, tx, actor, access.DutyDecide, room); fault == nil {
		return r, access.DutyDecide, nil
	}
	return r, "", err
}

// clean takes what is typed; it asks nobody.
func (b *Book) clean(in *Input) (err error) {
	if in.Severity == "" {
		in.Severity = Ordinary
	}
	if in.Severity != Ordinary && in.Severity != Important && in.Severity != Severe {
		return ErrSeverity
	}
	if !slices.Contains(b.Offered(), in.Category) {
		return ErrCategory
	}
	if in.Text, err = text.Block("text", in.Text, 1, longestText); err != nil {
		return err
	}
	if in.Place, err = text.Line("place", in.Place, 0, 200); err != nil {
		return err
	}
	if in.Action, err = text.Block("action", in.Action, 0, longestText); err != nil {
		return err
	}
	slices.Sort(in.Cameras)
	in.Cameras = slices.Compact(in.Cameras)
	if len(in.Cameras) > mostCameras {
		return ErrCameras.With("most", mostCameras)
	}
	if f := in.Footage; f != nil && (f.Camera == "" || f.From <= 0 || f.To <= f.From || f.To-f.From > mostFootage.Microseconds()) {
		return ErrFootage
	}
	if in.Late != nil {
		late := *in.Late
		if late.Paper, err = text.Line("late.paper", late.Paper, 1, 60); err != nil {
			return err
		}
		in.Late = &late
	}
	return nil
}

// when decides whether something may be said to have happened then.
func (b *Book) when(in *Input, room *duty.Room, now int64) error {
	switch longest := back.Get(b.Rules); {
	case in.At > now+ahead.Microseconds():
		return ErrFuture
	case in.At < room.AddedAt:
		return ErrBeforeRoom
	case in.Late == nil && in.Corrects == "" && in.At < now-longest.Microseconds():
		return ErrTooFar.With("longest", int64(longest/time.Second))
	}
	return nil
}

// names asks what people and cameras are called, and refuses those that are not there.
func (b *Book) names(ctx context.Context, tx bun.IDB, people, cameras []string) (map[string]string, error) {
	if b.Names == nil {
		return nil, nil
	}
	ids := slices.DeleteFunc(append(slices.Clone(people), cameras...), func(id string) bool { return id == "" })
	names, err := b.Names(ctx, tx, ids)
	if err != nil {
		return nil, problem.Wrap(err, "read names")
	}
	for _, id := range people {
		if _, known := names[id]; id != "" && !known {
			return nil, ErrPerson
		}
	}
	for _, id := range cameras {
		if _, known := names[id]; !known {
			return nil, ErrCamera.With("camera", id)
		}
	}
	return names, nil
}

// Write writes an entry by hand.
func (b *Book) Write(ctx context.Context, actor access.Actor, in Input) (e Entry, err error) {
	in.Cameras = slices.Clone(in.Cameras)
	if err := b.clean(&in); err != nil {
		return e, err
	}
	told, err := cleanTold(in.Told)
	if err != nil {
		return e, err
	}
	asked := in.At
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		room, right, err := b.mayWrite(ctx, tx, actor, in.Room)
		if err != nil {
			return err
		}
		now := b.Clock.Micro()
		if in.At = asked; in.At == 0 {
			in.At = now
		}
		if err := b.when(&in, &room, now); err != nil {
			return err
		}
		c := Content{Text: in.Text, Place: in.Place, Cameras: in.Cameras, Action: in.Action, Late: in.Late, Footage: in.Footage, Snapshot: in.Snapshot}
		if c.Names, err = b.known(ctx, tx, actor, &in, told); err != nil {
			return err
		}
		r := row{ID: db.NewID(), Room: room.ID, At: in.At, EnteredAt: now, Author: actor.Person, Category: in.Category, Severity: in.Severity, Corrects: in.Corrects, Closes: in.Closes}
		if r.Root, err = b.corrects(ctx, tx, &in); err != nil {
			return err
		}
		if r.Root == "" {
			r.Root = r.ID
		}
		var said []string
		if told != nil {
			said = append(said, told.Name, told.Receipt)
		}
		if err := b.insert(ctx, tx, &r, &c, said...); err != nil {
			if db.IsUnique(err, "duty_entries.corrects") {
				return ErrCorrected
			}
			return err
		}
		if err := b.followUp(ctx, tx, &in, &r); err != nil {
			return err
		}
		detail := map[string]any{"room": room.ID, "year": r.Year, "number": r.Number, "at": r.At, "category": r.Category, "severity": r.Severity, "content": c}
		for key, v := range map[string]string{"corrects": in.Corrects, "closes": in.Closes} {
			if v != "" {
				detail[key] = v
			}
		}
		if in.FollowUp != nil {
			detail["owner"], detail["due"] = in.FollowUp.Owner, in.FollowUp.Due
		}
		if err := ledger.Record(ctx, tx, actor.For(right, "").Act(now, kindWritten, r.ID, "", detail)); err != nil {
			return err
		}
		if e, err = r.entry(); err != nil {
			return err
		}
		if told != nil {
			if _, err := b.report(ctx, tx, actor, right, &e, *told, now); err != nil {
				return err
			}
		}
		all := []Entry{e}
		err = b.mark(ctx, tx, all)
		e = all[0]
		return err
	})
	if err == nil {
		b.tell(in.Room)
	}
	return e, err
}

// known asks for the people, cameras and the snapshot that an entry names.
func (b *Book) known(ctx context.Context, tx bun.IDB, actor access.Actor, in *Input, told *Told) (map[string]string, error) {
	people, cameras := []string{actor.Person}, slices.Clone(in.Cameras)
	if in.Late != nil {
		if in.Late.Second == "" || in.Late.Second == actor.Person {
			return nil, ErrSecond
		}
		people = append(people, in.Late.Second)
	}
	if in.FollowUp != nil {
		if in.FollowUp.Owner == "" {
			return nil, ErrPerson.On("followUp.owner")
		}
		people = append(people, in.FollowUp.Owner)
	}
	if told != nil {
		people = append(people, told.Person)
	}
	if in.Footage != nil {
		cameras = append(cameras, in.Footage.Camera)
	}
	if in.Snapshot != "" && b.Snapshot != nil {
		there, err := b.Snapshot(ctx, tx, in.Snapshot)
		if err != nil {
			return nil, problem.Wrap(err, "look for a snapshot")
		}
		if !there {
			return nil, ErrSnapshot
		}
	}
	return b.names(ctx, tx, people, cameras)
}

// corrects gives the first entry of those that an entry corrects; empty: it corrects none.
func (b *Book) corrects(ctx context.Context, tx bun.IDB, in *Input) (root string, err error) {
	if in.Corrects == "" {
		return "", nil
	}
	before, err := load(ctx, tx, in.Corrects)
	switch {
	case err != nil:
		return "", err
	case before.Room != in.Room:
		return "", ErrElsewhere.On("corrects")
	case before.Code != "":
		return "", ErrProgram
	}
	var later string
	err = tx.NewSelect().Table("duty_entries").ColumnExpr("COALESCE(MAX(id), '')").Where("corrects <> ''").Where("corrects = ?", in.Corrects).Scan(ctx, &later)
	if err != nil {
		return "", problem.Wrap(err, "read corrections")
	}
	if later != "" {
		return "", ErrCorrected.With("entry", later)
	}
	return before.Root, nil
}

// followUp keeps what an entry leaves open, and closes what it closes.
func (b *Book) followUp(ctx context.Context, tx bun.IDB, in *Input, r *row) error {
	if f := in.FollowUp; f != nil {
		if f.Due != 0 && f.Due < r.EnteredAt {
			return ErrDue
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO duty_follow_ups (entry, room, owner, due) VALUES (?, ?, ?, ?)", r.ID, r.Room, f.Owner, f.Due)
		if err != nil {
			return problem.Wrap(err, "keep a follow-up")
		}
	}
	if in.Closes == "" {
		return nil
	}
	closed, err := load(ctx, tx, in.Closes)
	if err != nil {
		return err
	}
	if closed.Room != in.Room {
		return ErrElsewhere.On("closes")
	}
	done, err := tx.ExecContext(ctx, "UPDATE duty_follow_ups SET closed_by = ? WHERE entry = ? AND closed_by IS NULL", r.ID, in.Closes)
	if err != nil {
		return problem.Wrap(err, "close a follow-up")
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return ErrNotOpen
	}
	return nil
}

// Sign is the second signature of a late entry, by who is named in it.
func (b *Book) Sign(ctx context.Context, actor access.Actor, id string) (e Entry, err error) {
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if e, err = b.look(ctx, tx, actor, id); err != nil {
			return err
		}
		switch {
		case e.Late == nil || e.Late.Second != actor.Person || actor.Person == "":
			return ErrNotSecond
		case e.SignedAt != 0:
			return ErrSigned
		}
		e.SignedAt = b.Clock.Micro()
		if _, err := tx.ExecContext(ctx, "INSERT INTO duty_countersigns (entry, person, at) VALUES (?, ?, ?)", id, actor.Person, e.SignedAt); err != nil {
			return problem.Wrap(err, "keep a second signature")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyRead, "").Act(e.SignedAt, kindSigned, id, "", map[string]any{"room": e.Room, "number": e.Number, "year": e.Year}))
	})
	if err == nil {
		b.tell(e.Room)
	}
	return e, err
}

// look gives an entry that the actor may read; any other is unknown to them.
func (b *Book) look(ctx context.Context, tx bun.IDB, actor access.Actor, id string) (Entry, error) {
	if err := access.Can(actor, access.DutyRead, ""); err != nil {
		return Entry{}, err
	}
	e, err := load(ctx, tx, id)
	if err != nil {
		return e, err
	}
	if _, err := b.Rooms.Look(ctx, tx, actor, e.Room); err != nil {
		if problem.Of(err).Kind == problem.NotFound {
			return Entry{}, ErrUnknown
		}
		return Entry{}, err
	}
	all := []Entry{e}
	err = b.mark(ctx, tx, all)
	return all[0], err
}

// Get gives one entry.
func (b *Book) Get(ctx context.Context, actor access.Actor, id string) (Entry, error) {
	return b.look(ctx, b.DB.Read(), actor, id)
}
