package retention

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/warrant"
)

// Books are the rules as they count: those of the table, and those that people made by
// what the log proves. Where they differ the stricter counts: footage goes only where both
// let it go, so that a row that nobody made frees nothing, and an act that cannot be proved
// takes no promise back. Whoever tells how long footage is kept asks these, not the table.
type Books struct {
	class Class
	table *rulebook.Book
	acts  *rulebook.Book // nil where there is no log
	// promised are the rules of acts with, each time, one more by which nobody lets anything
	// go: one that the log does not hold (any more), or that was made again from a copy. It
	// allows nothing, and what it promises is kept.
	promised  []*rulebook.Book
	recovered []recovered
	footage   *Books // of snapshots: the rules of the footage that they show; else nil
}

// recovered is a rule that was made again from a copy because the database had lost it.
type recovered struct {
	rulebook.Entry
	brought int64 // µs, when
}

// since are the books that a removal at an instant has to be allowed by. What was made
// again later may have been lost later: it counted then.
func (b Books) since(at int64) []*rulebook.Book {
	book := b.acts
	for _, r := range b.recovered {
		if r.brought >= at {
			book = book.And(r.Entry)
		}
	}
	return append([]*rulebook.Book{book}, b.promised...)
}

// InForce gives the rules of footage as they count now. An act on its way into the log is not
// asked for: its row counts where it is the stricter.
func (r *Rules) InForce(ctx context.Context) (Books, error) { return r.Of(ctx, Main) }

// Of gives the rules of a class as they count now.
func (r *Rules) Of(ctx context.Context, class Class) (b Books, err error) {
	err = warrant.OfOneInstant(ctx, r.DB, func(ctx context.Context, tx bun.IDB) error {
		b, err = r.booksIn(ctx, tx, class, nil)
		return err
	})
	return b, err
}

// booksIn gives them as they stand in tx; the tables alone where the log cannot be read.
func (r *Rules) booksIn(ctx context.Context, tx bun.IDB, class Class, unread error) (b Books, err error) {
	var main, pictures Books
	if r.Warrants != nil && unread == nil {
		main, pictures, _, err = ruledBy(ctx, r.Warrants, tx)
	} else {
		main, pictures, err = tables(ctx, tx)
	}
	if err == nil && class == Snapshot {
		return pictures.under(&main), nil
	}
	return main, err
}

// tables gives the rules of both classes as the table has them.
func tables(ctx context.Context, tx bun.IDB) (main, pictures Books, err error) {
	main.class, pictures.class = Main, Snapshot
	if main.table, err = load(ctx, tx, Main); err == nil {
		pictures.table, err = load(ctx, tx, Snapshot)
	}
	return main, pictures, err
}

// under gives rules of snapshots beside those of the footage that they show.
func (b Books) under(footage *Books) Books {
	b.footage = footage
	return b
}

// Possible refuses a rule that could not be kept: a snapshot goes with its footage, which may
// go once its own minimum is over.
func (b Books) Possible(w Wish) error {
	if b.footage == nil || w.Inherits {
		return nil
	}
	if footage := b.footage.Plan(w.Camera); w.Rule.MinDays > footage.MinDays {
		return ErrAbove.With("days", footage.MinDays)
	}
	return nil
}

// least is the minimum of a camera as far as one person alone may not lower it.
func (b Books) least(camera string) int {
	days := b.table.Least(camera)
	if b.acts != nil {
		days = max(days, b.acts.Least(camera))
	}
	for _, more := range b.promised {
		days = max(days, more.Least(camera))
	}
	return days
}

// would is the least minimum that a change would bring into force, by the acts or by the
// table: a row that nobody made makes no change look smaller. Of snapshots it is 0 where
// there would be none but that of their footage.
func (b Books) would(inherits bool, rule Rule) int {
	if !inherits {
		return rule.MinDays
	}
	days := b.table.Plan("").MinDays
	if b.acts != nil {
		if acts := b.acts.Plan("").MinDays; days == 0 || acts != 0 && acts < days {
			days = acts
		}
	}
	return days
}

// Plan works out what counts for a camera.
func (b Books) Plan(camera string) Plan {
	of := func(book *rulebook.Book) Plan { return book.Plan(camera) }
	if b.footage != nil {
		footage := b.footage.Plan(camera)
		of = func(book *rulebook.Book) Plan { return book.Plan(camera).Under(&footage) }
	}
	if b.acts == nil {
		return of(b.table)
	}
	plan := rulebook.Stricter(of(b.acts), of(b.table))
	for _, more := range b.promised {
		plan = rulebook.Stricter(plan, of(more))
	}
	return plan
}

// Most is for how many days footage of a camera may be kept at most, nil: there is no end.
// It is what people have set, whatever the table says: nobody may be told an earlier end
// by a row alone, nor a later one.
func (b Books) Most(camera string) *int {
	if b.acts == nil {
		return b.table.Plan(camera).MaxDays
	}
	return b.acts.Plan(camera).MaxDays
}

// Minimum tells for how many days footage of a camera that began at start (µs) must be
// kept. The function belongs to one goroutine at a time.
func (b Books) Minimum() func(camera string, start int64) int {
	plans := map[string]*Plan{}
	return func(camera string, start int64) int {
		p := plans[camera]
		if p == nil {
			of := b.Plan(camera)
			p, plans[camera] = &of, &of
		}
		return p.MinimumFor(start)
	}
}

// With gives the books as they would be with a change, from when it would be in force if it
// were made at now (µs).
func (b Books) With(w Wish, now int64) Books {
	return b.with(rulebook.Entry{Class: b.class, Camera: w.Camera, Inherits: w.Inherits, Existing: w.Existing, At: b.table.Next(now), Rule: w.Rule})
}

// with gives the books as they would be with one rule more.
func (b Books) with(one rulebook.Entry) Books {
	b.table = b.table.And(one)
	if b.acts != nil {
		b.acts = b.acts.And(one)
	}
	promised := b.promised
	b.promised = nil
	for _, more := range promised {
		b.promised = append(b.promised, more.And(one))
	}
	return b
}

// beyond gives what of a camera is past its minimum, or its maximum, and the id of the rule.
func (b Books) beyond(camera string, now, passed int64, maximum bool) ([]Window, string) {
	plan := b.Plan(camera)
	if b.acts == nil {
		return plan.BeyondFor(now, passed, maximum), plan.ID
	}
	return plan.BeyondFor(now, passed, maximum), b.acts.Plan(camera).ID
}
