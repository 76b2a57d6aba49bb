package username

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// ErrShownTaken refuses a name to show that another open account has: on every list and in every
// record it is the name that tells who it was.
var ErrShownTaken = problem.New(problem.Conflict, "display_name_taken", "Somebody else is called so already. Add what tells them apart, such as the unit or a number.").On("displayName") // name

// ErrShownMixed refuses a name to show that is made to look like another.
var ErrShownMixed = problem.New(problem.Invalid, "display_name_mixed", "A word of this name mixes letters that look alike from different scripts.").On("displayName")

// Drawn is the form in which names to show are equal that people take for each other: they
// differ in case, width, spaces, what nobody sees, and letters that are drawn alike.
func Drawn(name string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, text.Key(name))
	return alike.Replace(seen)
}

// Mixed tells whether letters of Latin, Cyrillic and Greek meet in one word of a name to show. Two
// words may be of two scripts: people are shown in both that they write themselves in.
func Mixed(name string) bool {
	words := strings.FieldsFunc(text.Key(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) })
	return slices.ContainsFunc(words, func(w string) bool { return len(scripts(w)) > 1 })
}

// Shown is ErrShownMixed, or ErrShownTaken where another open account, whose time is not over at an
// instant (µs), is shown by a name that people take for this one; person is the id of who is to
// have it.
func Shown(ctx context.Context, tx bun.IDB, person, name string, at int64) error {
	if Mixed(name) {
		return ErrShownMixed
	}
	var names []string
	if err := tx.NewSelect().Table("people").Column("display_name").Where("NOT disabled").Where("id <> ?", person).
		Where("valid_until IS NULL OR valid_until > ?", at).Scan(ctx, &names); err != nil {
		return problem.Wrap(err, "list names")
	}
	drawn := Drawn(name)
	for _, n := range names {
		if Drawn(n) == drawn {
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
