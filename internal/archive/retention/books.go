package retention

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/warrant"
)

// Books are the rules of a class as they count.
type Books = rulebook.Books

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
		return pictures.Under(&main), nil
	}
	return main, err
}

// tables gives the rules of both classes as the table has them.
func tables(ctx context.Context, tx bun.IDB) (main, pictures Books, err error) {
	main.Class, pictures.Class = Main, Snapshot
	if main.Table, err = load(ctx, tx, Main); err == nil {
		pictures.Table, err = load(ctx, tx, Snapshot)
	}
	return main, pictures, err
}
