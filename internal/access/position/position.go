// Package position keeps the register of positions: what an institution calls those that come
// with the program, and those that it has added (C020, C112). A code never changes and is never
// used again, since acts, rules and reviews name it; what people read is the name. What one of
// its own may do is said by the rules of the house, and goes their way of two people.
package position

import (
	"regexp"
	"slices"
	"strings"

	"watchroom/internal/access"
	"watchroom/internal/access/username"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown   = problem.New(problem.NotFound, "position_not_found", "There is no such position.")
	ErrCode      = problem.New(problem.Invalid, "position_code", "The code has 2 to 40 letters a to z, digits or _, and begins with a letter.").On("code")
	ErrTaken     = problem.New(problem.Conflict, "position_taken", "A position has this code, or had it.").On("code") // code
	ErrNamed     = problem.New(problem.Conflict, "position_named", "Another position has this name.").On("name")      // name, position
	ErrLookalike = problem.New(problem.Conflict, "position_lookalike", "This looks like the name of another position.").On("name")
	ErrMixed     = problem.New(problem.Invalid, "position_mixed", "A name does not mix letters that look alike from different scripts.").On("name")
	ErrMarks     = problem.New(problem.Invalid, "position_marks", "A name has no braces and no $.").On("name")
	ErrBasis     = problem.New(problem.Invalid, "position_basis", "A position is based on one of the program's, but the administrator's and the contractor's, or on none.").On("basis")
	ErrHeld      = problem.New(problem.Conflict, "position_held", "Somebody holds this position. Take it from them first.") // count
	ErrProgram   = problem.New(problem.Conflict, "position_of_program", "This position comes with the program. It can be renamed, and stays.")
	ErrRetired   = problem.New(problem.Conflict, "position_retired", "This position is retired.")
	ErrInUse     = problem.New(problem.Conflict, "position_in_use", "This position is in use.")
)

// Limits.
const (
	longestName = 40
	mostOwn     = 40
)

// ErrMany refuses more than a table of rights can show.
var ErrMany = problem.New(problem.Conflict, "position_many", "There are 40 positions of your own already. Retire one that nobody needs.")

// Words are a name in both languages.
type Words struct{ ZH, EN string }

// Position is one of the register.
type Position struct {
	Code  access.Position
	Name  Words
	Basis access.Position // of the program, whose rights one of the house begins with; empty: none

	CreatedAt int64  // µs; 0: it came with the program
	RetiredAt *int64 // µs
}

// InUse tells whether people can hold it.
func (p *Position) InUse() bool { return p.RetiredAt == nil }

var codes = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)

// IsCode tells whether a position can be called so inside.
func IsCode(p access.Position) bool { return codes.MatchString(string(p)) }

// clean brings a name into form. It is shown in texts in which braces and $ mean something.
func clean(n Words) (_ Words, err error) {
	for _, w := range []*string{&n.ZH, &n.EN} {
		if *w, err = text.Line("name", *w, 1, longestName); err != nil {
			return n, err
		}
		if strings.ContainsAny(*w, "{}$") {
			return n, ErrMarks
		}
		if username.Plain(*w) != nil {
			return n, ErrMixed
		}
	}
	return n, nil
}

// distinct refuses a name that another position in use has, or that looks like it, in either
// language: who gives a position sees its name.
func distinct(all []Position, p Position) error {
	for _, o := range all {
		if o.Code == p.Code || !o.InUse() {
			continue
		}
		others := []string{text.Key(o.Name.ZH), text.Key(o.Name.EN)}
		for _, w := range []string{p.Name.ZH, p.Name.EN} {
			switch key := text.Key(w); {
			case slices.Contains(others, key):
				return ErrNamed.With("name", w).With("position", string(o.Code))
			case username.Alike(key, others) != "":
				return ErrLookalike.With("name", w).With("position", string(o.Code))
			}
		}
	}
	return nil
}

// detail is the position as it stands in acts.
func (p *Position) detail() map[string]any {
	return map[string]any{"nameZh": p.Name.ZH, "nameEn": p.Name.EN, "basis": string(p.Basis)}
}
