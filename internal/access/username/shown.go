package username

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// ErrShownTaken refuses a name to show that another open account has: on every list and in every
// record it is the name that tells who it was.
var ErrShownTaken = problem.New(problem.Conflict, "display_name_taken", "Somebody else is called so already. Add what tells them apart, such as the unit or a number.").On("displayName") // name

// Shown is ErrShownTaken where another open account, whose time is not over at an instant (µs), is
// shown by a name that differs from this one in case or width alone; person is the id of who is
// to have it.
func Shown(ctx context.Context, tx bun.IDB, person, name string, at int64) error {
	var names []string
	if err := tx.NewSelect().Table("people").Column("display_name").Where("NOT disabled").Where("id <> ?", person).
		Where("valid_until IS NULL OR valid_until > ?", at).Scan(ctx, &names); err != nil {
		return problem.Wrap(err, "list names")
	}
	for _, n := range names {
		if text.Key(n) == text.Key(name) {
			return ErrShownTaken.With("name", n)
		}
	}
	return nil
}

// Apart refuses names, of somebody who was just put into the table, that pass for those of others:
// a user name that mixes scripts or is drawn like another, and a name to show that is taken.
func Apart(ctx context.Context, tx bun.IDB, person, username, shown string, at int64) error {
	if err := Plain(username); err != nil {
		return err
	}
	_, key, err := Key(username)
	if err != nil {
		return err
	}
	var names []string
	if err := tx.NewSelect().Table("people").Column("username_key").Where("id <> ?", person).OrderExpr("created_at, id").Scan(ctx, &names); err != nil {
		return problem.Wrap(err, "list user names")
	}
	if other := Alike(key, names); other != "" {
		return ErrLookalike.With("username", other)
	}
	return Shown(ctx, tx, person, shown, at)
}

// Told gives a name to show with the user name beside it where it is taken.
func Told(ctx context.Context, tx bun.IDB, person, username, shown string, at int64) string {
	if Shown(ctx, tx, person, shown, at) == nil {
		return shown
	}
	return text.Shown(shown, 100-len([]rune(username))-3) + " (" + username + ")"
}
