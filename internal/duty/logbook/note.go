package logbook

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/logbook/words"
	"watchroom/internal/problem"
)

// Note writes a line of the program. It is a duty.Note.
func (b *Book) Note(ctx context.Context, tx bun.IDB, l duty.Line) error {
	_, err := b.note(ctx, tx, l, "")
	return err
}

// note writes a line; source is the act that it tells of. wrote is false where the record has that
// act already.
func (b *Book) note(ctx context.Context, tx bun.IDB, l duty.Line, source string) (wrote bool, err error) {
	if source != "" {
		n, err := tx.NewSelect().Table("duty_entries").Where("room = ?", l.Room).Where("source <> ''").Where("source = ?", source).Count(ctx)
		if err != nil || n > 0 {
			return false, problem.Wrap(err, "look into the duty record")
		}
	}
	now, kind := b.Clock.Micro(), words.Of(l.Code)
	if l.At == 0 {
		l.At = now
	}
	c := Content{Params: l.Params, Cameras: l.Cameras, Subject: l.Subject}
	if b.Names != nil {
		if c.Names, err = b.Names(ctx, tx, ids(l)); err != nil {
			return false, problem.Wrap(err, "read names")
		}
	}
	r := row{ID: db.NewID(), Room: l.Room, At: l.At, EnteredAt: now, Author: l.Person, Code: l.Code, Category: kind.Category, Severity: Severity(kind.Severity), Source: source}
	r.Root = r.ID
	e := Entry{Code: r.Code, Author: r.Author, Content: c}
	if err := b.insert(ctx, tx, &r, &c, e.Say(true, b.zone()), e.Say(false, b.zone())); err != nil {
		return false, err
	}
	return true, nil
}

// ids are all that a line names that may be a person or a camera.
func ids(l duty.Line) (all []string) {
	add := func(s string) {
		if db.ValidID(s) {
			all = append(all, s)
		}
	}
	add(l.Person)
	for _, c := range l.Cameras {
		add(c)
	}
	for _, v := range l.Params {
		switch v := v.(type) {
		case string:
			add(v)
		case []string:
			for _, s := range v {
				add(s)
			}
		}
	}
	return all
}
