package staff

import (
	"context"
	"strings"
	"unicode"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"watchroom/internal/problem"
)

// ErrStandInTwice refuses a second account for who is in already.
var ErrStandInTwice = problem.New(problem.Conflict, "stand_in_twice", "Somebody with this identity stands in already. Close that account first, or wait until the shift ends.").On("identity")

// once is nil where nobody with that identity stands in at an instant (µs) whose account is open.
func once(ctx context.Context, tx bun.IDB, identity string, at int64) error {
	var in []standInRow
	err := tx.NewSelect().Model(&in).Where("until > ?", at).
		Where("NOT EXISTS (SELECT 1 FROM people AS p WHERE p.id = stand_in.person AND p.disabled)").Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "look who stands in")
	}
	for i := range in {
		if sameIdentity(in[i].Identity, identity) {
			return ErrStandInTwice
		}
	}
	return nil
}

// sameIdentity tells whether two numbers of papers are one, however they are typed.
func sameIdentity(a, b string) bool {
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToUpper(r)
			}
			return -1
		}, norm.NFKC.String(s))
	}
	return bare(a) == bare(b)
}
