// Package pack reads regime packs: files that give an institution's values of
// parameters, each with the clause that it serves. Three come with the program, and an
// institution may bring its own.
//
//	pack: company
//	values:
//	  password.least: {value: 12, clause: C113}
//
// What a pack does not name has the default of the program. A pack that is wrong is wrong
// line by line: every fault says where it is.
package pack

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

//go:embed *.yaml
var files embed.FS

// Pack is one set of values.
type Pack struct {
	Name   string
	Values map[string]Value // by key
}

// Value is what a pack says of one parameter.
type Value struct {
	Value  json.RawMessage // in its one form
	Clause string
}

// Fault is what is wrong in one line of a file.
type Fault struct {
	Line    int    // from 1
	Key     string // of the parameter, if it is about one
	Problem *problem.Error
}

// What can be wrong with a line, besides what package rule says of values.
var (
	ErrSyntax  = problem.New(problem.Invalid, "pack_syntax", "This line cannot be read as YAML.")                                                 // detail
	ErrShape   = problem.New(problem.Invalid, "pack_shape", "A pack has a name (pack) and values, each with value and clause.")                   // at
	ErrKey     = problem.New(problem.Invalid, "rule_unknown", "There is no such parameter.")                                                      // key
	ErrClause  = problem.New(problem.Invalid, "pack_clause", "This is not a clause that the parameter serves.")                                   // key, clause, clauses
	ErrName    = problem.New(problem.Invalid, "pack_name", "The name of a pack has 1 to 40 small letters, digits or _ and begins with a letter.") //
	ErrTooLong = problem.New(problem.Invalid, "pack_too_long", "A pack has at most 64 KiB.")                                                      // most, bytes
)

const mostBytes = 64 << 10

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Names gives the names of the packs that come with the program, the plainest first.
func Names() []string { return []string{"neutral", "company", "campus"} }

// BuiltIn gives one of them.
func BuiltIn(name string, set *rule.Set) (p Pack, faults []Fault, known bool) {
	if !slices.Contains(Names(), name) {
		return Pack{}, nil, false
	}
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return Pack{}, nil, false
	}
	p, faults = Parse(text, set)
	return p, faults, true
}

// Parse reads a pack and holds it against the declarations of set. The pack holds what is
// right, and nothing of it may be used while there are faults.
func Parse(text []byte, set *rule.Set) (Pack, []Fault) {
	r := &reader{set: set, pack: Pack{Values: map[string]Value{}}}
	if len(text) > mostBytes {
		r.fault(1, "", ErrTooLong.With("most", mostBytes))
		return r.pack, r.faults
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		line, says := 1, err.Error()
		if e, ok := errors.AsType[yaml.Error](err); ok {
			says = e.GetMessage()
			if t := e.GetToken(); t != nil && t.Position != nil {
				line = max(t.Position.Line, 1)
			}
		}
		r.fault(line, "", ErrSyntax.With("detail", short(says)))
		return r.pack, r.faults
	}
	if len(file.Docs) != 1 {
		r.fault(1, "", ErrShape)
		return r.pack, r.faults
	}
	r.document(file.Docs[0].Body)
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return a.Line - b.Line })
	return r.pack, r.faults
}

type reader struct {
	set    *rule.Set
	pack   Pack
	faults []Fault
}

func (r *reader) fault(line int, key string, p *problem.Error) {
	r.faults = append(r.faults, Fault{Line: line, Key: key, Problem: p})
}

func (r *reader) document(body ast.Node) {
	line := lineOf(body)
	entries, ok := pairs(body)
	if !ok {
		r.fault(line, "", ErrShape)
		return
	}
	named, valued := false, false
	for _, e := range entries {
		switch keyOf(e) {
		case "pack":
			named = true
			name, ok := plain(e.Value)
			text, isText := name.(string)
			if !ok || !isText || !nameForm.MatchString(text) {
				r.fault(lineOf(e.Value), "", ErrName)
				continue
			}
			r.pack.Name = text
		case "values":
			valued = true
			if _, none := e.Value.(*ast.NullNode); none {
				continue // a pack without values is all defaults
			}
			values, ok := pairs(e.Value)
			if !ok {
				r.fault(lineOf(e.Value), "", ErrShape)
				continue
			}
			for _, v := range values {
				r.value(v)
			}
		default:
			r.fault(lineOf(e.Key), "", ErrShape.With("at", short(keyOf(e))))
		}
	}
	if !named {
		r.fault(line, "", ErrName)
	}
	if !valued {
		r.fault(line, "", ErrShape)
	}
}

// value reads one line of values.
func (r *reader) value(e *ast.MappingValueNode) {
	key, line := keyOf(e), lineOf(e.Key)
	parameter, known := r.set.Find(key)
	if !known {
		r.fault(line, short(key), ErrKey.With("key", short(key)))
		return
	}
	fields, ok := pairs(e.Value)
	if !ok {
		r.fault(line, key, ErrShape.With("at", key))
		return
	}
	var value, clause ast.Node
	for _, f := range fields {
		switch keyOf(f) {
		case "value":
			value = f.Value
		case "clause":
			clause = f.Value
		default:
			r.fault(lineOf(f.Key), key, ErrShape.With("at", short(keyOf(f))))
		}
	}
	if value == nil || clause == nil {
		r.fault(line, key, ErrShape.With("at", key))
		return
	}
	said, _ := plain(clause)
	id, _ := said.(string)
	if serves := parameter.About().Clauses; !slices.Contains(serves, id) {
		r.fault(lineOf(clause), key, ErrClause.With("key", key).With("clause", short(id)).With("clauses", serves))
		return
	}
	given, ok := plain(value)
	raw, err := json.Marshal(given)
	if !ok || err != nil {
		raw = nil // which is no value of anything
	}
	one, err := rule.Parse(parameter, raw)
	if err != nil {
		r.fault(lineOf(value), key, problem.Of(err))
		return
	}
	r.pack.Values[key] = Value{Value: one, Clause: id}
}

// pairs gives the entries of a mapping. Aliases, tags and merges are none: a pack is
// what is written in it.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func keyOf(e *ast.MappingValueNode) string {
	if e.Key == nil {
		return ""
	}
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	if t := e.Key.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

// plain gives a number, a switch, a text or a list of texts as Go has it.
func plain(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return n.Value, true
	case *ast.BoolNode:
		return n.Value, true
	case *ast.StringNode:
		return n.Value, true
	case *ast.SequenceNode:
		list := []any{}
		for _, v := range n.Values {
			one, ok := plain(v)
			if _, nested := one.([]any); !ok || nested {
				return nil, false
			}
			list = append(list, one)
		}
		return list, true
	}
	return nil, false
}

func lineOf(n ast.Node) int {
	if n == nil {
		return 1
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return max(t.Position.Line, 1)
	}
	return 1
}

// short is as much of what somebody wrote as a fault repeats.
func short(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// String is for logs and tests.
func (f Fault) String() string {
	return fmt.Sprintf("line %d: %s: %s", f.Line, f.Key, f.Problem.Code)
}
