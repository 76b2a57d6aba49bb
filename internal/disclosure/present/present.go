// Package present names who else is at the screen while footage is looked at (C104; State
// Council order 799, art. 16: the access register holds unit and name of the person):
// people of the register by their account, others by the name and the unit that were typed.
package present

import (
	"encoding/json"
	"slices"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text.
var (
	ErrMany   = problem.New(problem.Invalid, "present_many", "More people are named as present than there can be.").On("present") // most
	ErrEither = problem.New(problem.Invalid, "present_either", "Somebody who is present is a person of the register, or has a name and a unit that are typed.").On("present")
	ErrUnit   = problem.New(problem.Invalid, "present_unit", "Somebody from outside is named with the unit: police station, company, or that it is a private person.").On("present")
	ErrSelf   = problem.New(problem.Invalid, "present_self", "Who looks is on record already; name who else is there.").On("present")
	ErrPerson = problem.New(problem.Invalid, "present_person_unknown", "There is no such person in the register.").On("present")
)

// Most is how many can be named.
const Most = 20

// Key is where an act holds who was present (docs/formats/acts.md).
const Key = "present"

// Person is somebody at the screen.
type Person struct {
	ID   string // of the account; empty for somebody from outside
	Name string // of somebody from outside
	Unit string // theirs
}

// Clean brings those who are named into form, each once, in the order in which they were
// named. who is the account that looks; it is not named besides.
func Clean(all []Person, who string) ([]Person, error) {
	var out []Person
	for _, p := range all {
		switch {
		case (p.ID == "") == (p.Name == ""), p.ID != "" && p.Unit != "":
			return nil, ErrEither
		case p.ID != "" && p.ID == who:
			return nil, ErrSelf
		case p.ID == "":
			var err error
			if p.Name, err = text.Line("present", p.Name, 1, 60); err != nil {
				return nil, err
			}
			if p.Unit, err = text.Line("present", p.Unit, 0, 100); err != nil {
				return nil, err
			}
			if p.Unit == "" {
				return nil, ErrUnit
			}
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(out) > Most {
		return nil, ErrMany.With("most", Most)
	}
	return out, nil
}

// Alike tells whether the same people are named, in whatever order.
func Alike(a, b []Person) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(p Person) bool { return !slices.Contains(b, p) })
}

// Words are those who are named as a column holds them; empty: nobody.
func Words(all []Person) string {
	if len(all) == 0 {
		return ""
	}
	list := make([]said, len(all))
	for i, p := range all {
		list[i] = said(p)
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings are always written
	}
	return string(text)
}

// Parse reads what Words wrote, and how they stand in an act.
func Parse(words string) ([]Person, error) {
	if words == "" {
		return nil, nil
	}
	var list []said
	if err := json.Unmarshal([]byte(words), &list); err != nil {
		return nil, problem.Wrap(err, "read who is present")
	}
	all := make([]Person, len(list))
	for i, s := range list {
		all[i] = Person(s)
	}
	return all, nil
}

type said struct {
	ID   string `json:"person,omitempty"`
	Name string `json:"name,omitempty"`
	Unit string `json:"unit,omitempty"`
}

// Detail is how they stand in an act, under Key.
func Detail(all []Person) []any {
	list := make([]any, len(all))
	for i, p := range all {
		if p.ID != "" {
			list[i] = map[string]any{"person": p.ID}
		} else {
			list[i] = map[string]any{"name": p.Name, "unit": p.Unit}
		}
	}
	return list
}
