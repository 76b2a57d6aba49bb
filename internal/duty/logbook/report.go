package logbook

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

func cleanTold(in *Told) (*Told, error) {
	if in == nil {
		return nil, nil
	}
	t, err := *in, error(nil)
	if t.Name, err = text.Line("name", t.Name, 0, 100); err != nil {
		return nil, err
	}
	if t.Receipt, err = text.Line("receipt", t.Receipt, 0, 60); err != nil {
		return nil, err
	}
	switch t.Channel {
	case Phone, Radio, InPerson, Message:
	default:
		return nil, ErrChannel
	}
	if (t.Person == "") == (t.Name == "") {
		return nil, ErrReportedTo
	}
	return &t, nil
}

// report keeps to whom an entry was reported.
func (b *Book) report(ctx context.Context, tx bun.IDB, actor access.Actor, right access.Action, e *Entry, t Told, now int64) (Report, error) {
	r := Report{ID: db.NewID(), Entry: e.ID, Root: e.Root, Person: t.Person, Name: t.Name, Channel: t.Channel, At: t.At, Typed: t.At != 0, EnteredAt: now, EnteredBy: actor.Person, Receipt: t.Receipt}
	if !r.Typed {
		r.At = now
	}
	switch {
	case r.At > now+ahead.Microseconds():
		return r, ErrFuture
	case r.At < e.At-ahead.Microseconds():
		return r, ErrReportEarly
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return r, problem.Wrap(err, "keep a report")
	}
	return r, ledger.Record(ctx, tx, actor.For(right, "").Act(now, kindReported, e.ID, "", map[string]any{
		"room": e.Room, "report": r.ID, "to": r.Person, "name": r.Name, "channel": r.Channel, "at": r.At, "typed": r.Typed, "receipt": r.Receipt}))
}

// Report says to whom an entry was reported (C072). Without a time it was just now.
func (b *Book) Report(ctx context.Context, actor access.Actor, id string, in Told) (e Entry, err error) {
	told, err := cleanTold(&in)
	if err != nil {
		return e, err
	}
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if e, err = b.look(ctx, tx, actor, id); err != nil {
			return err
		}
		_, right, err := b.mayWrite(ctx, tx, actor, e.Room)
		if err != nil {
			return err
		}
		if _, err := b.names(ctx, tx, []string{told.Person}, nil); err != nil {
			return err
		}
		if _, err := b.report(ctx, tx, actor, right, &e, *told, b.Clock.Micro()); err != nil {
			return err
		}
		e, err = b.look(ctx, tx, actor, id)
		return err
	})
	if err == nil {
		b.tell(e.Room)
	}
	return e, err
}

// Receive confirms that a report has come to the person it was made to (P26).
func (b *Book) Receive(ctx context.Context, actor access.Actor, report string) (e Entry, err error) {
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var entry string
		if err := tx.NewSelect().Table("duty_reports").ColumnExpr("COALESCE(MAX(entry), '')").Where("id = ?", report).Scan(ctx, &entry); err != nil {
			return problem.Wrap(err, "read a report")
		}
		if entry == "" {
			return ErrReport
		}
		if e, err = b.look(ctx, tx, actor, entry); err != nil {
			return err
		}
		for _, r := range e.Reports {
			switch {
			case r.ID != report:
				continue
			case r.Person == "" || r.Person != actor.Person:
				return ErrNotYours
			case r.ReceivedAt != 0:
				return ErrReceived
			}
			now := b.Clock.Micro()
			if _, err := tx.ExecContext(ctx, "INSERT INTO duty_receipts (report, at) VALUES (?, ?)", report, now); err != nil {
				return problem.Wrap(err, "keep a receipt")
			}
			if err := ledger.Record(ctx, tx, actor.For(access.DutyRead, "").Act(now, kindReceived, e.ID, "", map[string]any{"room": e.Room, "report": report})); err != nil {
				return err
			}
		}
		e, err = b.look(ctx, tx, actor, entry)
		return err
	})
	if err == nil {
		b.tell(e.Room)
	}
	return e, err
}

// mostOpen bounds what is read of open matters of a room.
const mostOpen = 500

// unreported reads what is severe and was not reported, the oldest first; by room, empty: of all.
func (b *Book) unreported(ctx context.Context, tx bun.IDB, rooms []string) ([]Entry, error) {
	var rows []row
	q := tx.NewSelect().Model(&rows).Where("entry.severity = 'severe'").Where("entry.code = ''").Where("entry.room IN (?)", bun.List(rooms)).
		Where("NOT EXISTS (SELECT 1 FROM duty_reports AS report WHERE report.root = entry.root)").
		Where("NOT EXISTS (SELECT 1 FROM duty_entries AS later WHERE later.corrects = entry.id AND later.corrects <> '')").
		OrderExpr("entry.seq").Limit(mostOpen)
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read what was not reported")
	}
	return b.entries(ctx, tx, rows)
}

func (b *Book) entries(ctx context.Context, tx bun.IDB, rows []row) ([]Entry, error) {
	all := make([]Entry, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].entry(); err != nil {
			return nil, err
		}
	}
	return all, b.mark(ctx, tx, all)
}

// Overdue gives what is severe and was not reported in time in some rooms at an instant (µs), the
// oldest first.
func (b *Book) Overdue(ctx context.Context, tx bun.IDB, at int64, rooms ...string) ([]Entry, error) {
	if len(rooms) == 0 {
		return nil, nil
	}
	all, err := b.unreported(ctx, tx, rooms)
	if err != nil {
		return nil, err
	}
	var late []Entry
	for i := range all {
		if all[i].ReportBy <= at {
			late = append(late, all[i])
		}
	}
	return late, nil
}

// Matters gives the open follow-ups of a room and what is severe and was not reported (C067). It
// is a duty.Matters.
func (b *Book) Matters(ctx context.Context, tx bun.IDB, room *duty.Room, at int64) (all []duty.Matter, err error) {
	severe, err := b.unreported(ctx, tx, []string{room.ID})
	if err != nil {
		return nil, err
	}
	for i := range severe {
		e := &severe[i]
		all = append(all, duty.Matter{Kind: "unreported", ID: e.ID, Text: e.Text, Since: e.At, Owner: e.Author, Due: e.ReportBy, Urgent: true,
			Params: map[string]any{"number": e.Number, "category": e.Category}})
	}
	var rows []row
	err = tx.NewSelect().Model(&rows).Join("JOIN duty_follow_ups AS open ON open.entry = entry.id").
		Where("open.room = ?", room.ID).Where("open.closed_by IS NULL").OrderExpr("entry.seq").Limit(mostOpen).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read follow-ups")
	}
	open, err := b.entries(ctx, tx, rows)
	for i := range open {
		e := &open[i]
		all = append(all, duty.Matter{Kind: "follow_up", ID: e.ID, Text: e.Text, Since: e.At, Owner: e.Open.Owner, Due: e.Open.Due, Urgent: e.Open.Due != 0 && e.Open.Due < at,
			Params: map[string]any{"number": e.Number, "category": e.Category}})
	}
	return all, err
}
