package sheet

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// escapes stands before a slash of a name, which is no step, and before itself.
var escapes = strings.NewReplacer(`\`, `\\`, "/", `\/`, "／", `\／`)

// Step is a name as one step of a path.
func Step(name string) string { return escapes.Replace(name) }

// steps takes a path apart into names.
func steps(path string) []string {
	var all []string
	var one strings.Builder
	escaped := false
	for _, r := range path {
		switch {
		case escaped:
			if !strings.ContainsRune(`\/／`, r) {
				one.WriteByte('\\') // somebody's own
			}
			one.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '/' || r == '／':
			all = append(all, strings.TrimSpace(one.String()))
			one.Reset()
		default:
			one.WriteRune(r)
		}
	}
	if escaped {
		one.WriteByte('\\')
	}
	return append(all, strings.TrimSpace(one.String()))
}

// PathKey is the form in which two ways of writing where something lies in a tree are
// equal: "Site / House 1" and "site/house 1".
func PathKey(path string) string {
	all := steps(path)
	for i := range all {
		all[i] = Step(text.Key(all[i]))
	}
	return strings.Join(all, "/")
}

// Depth is how many steps a path has.
func Depth(path string) int {
	if strings.TrimSpace(path) == "" {
		return 0
	}
	return len(steps(path))
}

// Node is something in a tree: an area, a unit.
type Node struct {
	ID, Parent, Name string
	Retired          bool // it has no path
}

// Paths gives the way to every node from the outermost one: by id, and the id by PathKey of
// it. No path has more than deepest steps.
func Paths(nodes []Node, deepest int) (paths, ids map[string]string) {
	by := map[string]*Node{}
	for i := range nodes {
		by[nodes[i].ID] = &nodes[i]
	}
	paths, ids = map[string]string{}, map[string]string{}
	for i := range nodes {
		if nodes[i].Retired {
			continue
		}
		var names []string
		for at := &nodes[i]; at != nil && len(names) < deepest; at = by[at.Parent] {
			names = append(names, Step(at.Name))
		}
		slices.Reverse(names)
		path := strings.Join(names, "/")
		paths[nodes[i].ID], ids[PathKey(path)] = path, nodes[i].ID
	}
	return paths, ids
}

// OutermostFirst puts records of a tree in an order in which none comes before what it
// lies in. The path of that is in the column key.
func OutermostFirst(records []Record, key string) {
	slices.SortStableFunc(records, func(a, b Record) int { return cmp.Compare(Depth(a.Values[key]), Depth(b.Values[key])) })
}

// Word finds what a cell means among words that have names in both languages; an empty
// cell is the first. ok is false where it is none of them.
func Word[T ~string](cell string, words []T, names map[T][2]string) (w T, ok bool) {
	if cell == "" {
		return words[0], true
	}
	for _, w := range words {
		if k := text.Key(cell); k == text.Key(string(w)) || k == text.Key(names[w][0]) || k == text.Key(names[w][1]) {
			return w, true
		}
	}
	return "", false
}

// Outcome is what an import did, or, as a dry run, would do.
type Outcome struct {
	Created, Changed, Same int
	Faults                 Faults
}

// Take takes in records one by one with line, within a transaction, and notes what is wrong
// with each. It is ErrUndone after a dry run or with faults, and another error where it
// could not go on.
func (o *Outcome) Take(records []Record, columns []Column, dry bool, line func(*Record) error) error {
	*o = Outcome{}
	for i := range records {
		if err := line(&records[i]); err != nil {
			if k := problem.Of(err).Kind; k == problem.Internal || k == problem.Unavailable { // no fault of the line
				return err
			}
			o.Faults.Add(records[i].Line, err, columns)
		}
	}
	if dry || len(o.Faults) > 0 {
		return ErrUndone
	}
	return nil
}

// Detail is what the act of an import says: the numbers, and the digest of the file.
func (o *Outcome) Detail(digest string) map[string]any {
	return map[string]any{"created": o.Created, "changed": o.Changed, "same": o.Same, "sha256": digest}
}

// ErrUndone rolls a transaction back although nothing is wrong with it: a dry run, or one
// with faults. It leaves no package.
var ErrUndone = errors.New("sheet: nothing is to be kept")
