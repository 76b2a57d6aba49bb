package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// read sets what the file says. name is only for messages. Every key that is
// unknown or of the wrong type is reported with its place; origins receives the
// place of every value that was set.
func (c *Config) read(name string, text []byte, origins map[string]string) Problems {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Problems{syntax(name, err)}
	}
	r := reader{name: name, byPath: map[string]field{}, origins: origins}
	for _, f := range fields(c) {
		r.byPath[f.path] = f
	}
	for i, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case ast.MapNode:
			if i > 0 {
				r.problem(doc.Body, "", "a configuration is one document; remove the line ---")
				continue
			}
			r.mapping(body, "")
		default:
			r.problem(doc.Body, "", "want keys with values, got "+describe(body))
		}
	}
	return r.problems
}

type reader struct {
	name     string
	byPath   map[string]field
	origins  map[string]string
	problems Problems
}

func (r *reader) problem(n ast.Node, key, text string) {
	r.problems = append(r.problems, Problem{r.place(n.GetToken()), key, text})
}

func (r *reader) place(t *token.Token) string {
	if t == nil || t.Position == nil {
		return r.name
	}
	return fmt.Sprintf("%s:%d:%d", r.name, t.Position.Line, t.Position.Column)
}

func (r *reader) mapping(m ast.MapNode, prefix string) {
	for entries := m.MapRange(); entries.Next(); {
		entry := entries.KeyValue()
		if entry.Key.IsMergeKey() {
			r.problem(entry.Key, "", "merge keys (<<) are not read")
			continue
		}
		path := prefix + scalarText(entry.Key)
		f, ok := r.byPath[path]
		switch {
		case !ok:
			r.problem(entry.Key, path, "unknown key"+r.nearest(path))
		case f.group:
			r.group(f, entry.Value)
		default:
			r.leaf(f, entry.Value)
		}
	}
}

func (r *reader) group(f field, n ast.Node) {
	switch body := n.(type) {
	case *ast.NullNode: // "tls:" with every line below it commented out
	case ast.MapNode:
		r.mapping(body, f.path+".")
	default:
		r.problem(n, f.path, "want keys with values, got "+describe(n))
	}
}

// list reads a list of groups. Each is read apart, so that none is moved while
// something points into it.
func (r *reader) list(f field, n ast.Node) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.problem(n, f.path, "want a list of keys with values such as [{name: a}], got "+describe(n))
		return
	}
	f.value.SetLen(0)
	for i, item := range seq.Values {
		m, ok := item.(ast.MapNode)
		if !ok {
			r.problem(item, fmt.Sprintf("%s[%d]", f.path, i), "want keys with values, got "+describe(item))
			continue
		}
		prefix := fmt.Sprintf("%s[%d].", f.path, f.value.Len())
		for _, sub := range f.grow() {
			r.byPath[sub.path] = sub
		}
		r.origins[strings.TrimSuffix(prefix, ".")] = r.place(item.GetToken())
		r.mapping(m, prefix)
	}
}

func (r *reader) leaf(f field, n ast.Node) {
	r.origins[f.path] = r.place(n.GetToken())
	if f.groups() {
		r.list(f, n)
		return
	}
	list, isList := f.value.Addr().Interface().(*[]string)
	if isList {
		seq, ok := n.(*ast.SequenceNode)
		if !ok {
			r.problem(n, f.path, "want a list such as [a, b], got "+describe(n))
			return
		}
		*list = nil
		for i, item := range seq.Values {
			s, ok := item.(*ast.StringNode)
			if !ok {
				r.problem(item, fmt.Sprintf("%s[%d]", f.path, i), "want text, got "+describe(item))
				continue
			}
			*list = append(*list, s.Value)
		}
		return
	}
	switch v := n.(type) {
	case *ast.NullNode:
		r.problem(n, f.path, "has no value; remove the line to keep the default")
	case *ast.StringNode, *ast.LiteralNode:
		if f.value.Kind() == reflect.Bool || f.value.Kind() == reflect.Int {
			r.problem(n, f.path, "want "+want(f)+", got "+describe(n))
			return
		}
		r.set(f, n, scalarText(v))
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		if f.value.Kind() == reflect.String {
			r.problem(n, f.path, "want text, got "+describe(n)+"; put it in quotes")
			return
		}
		r.set(f, n, scalarText(v))
	default:
		r.problem(n, f.path, "want "+want(f)+", got "+describe(n))
	}
}

func (r *reader) set(f field, n ast.Node, text string) {
	if err := f.set(text); err != nil {
		r.problem(n, f.path, err.Error())
	}
}

// nearest names the key that was probably meant: the same last word elsewhere, or
// the same letters with other dashes and capitals.
func (r *reader) nearest(path string) string {
	fold := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	best := ""
	for known, f := range r.byPath {
		if fold(known) == fold(path) || fold(f.key) == fold(last) {
			if best == "" || known < best {
				best = known
			}
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

func scalarText(n ast.Node) string {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return v.Value.Value
	default:
		return n.GetToken().Value
	}
}

func want(f field) string {
	switch f.value.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	default:
		return "text"
	}
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "the text " + quote(scalarText(n))
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + scalarText(n)
	case *ast.BoolNode:
		return scalarText(n)
	case *ast.NullNode:
		return "nothing"
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "keys with values"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias, which are not read"
	default:
		return n.Type().String()
	}
}

func syntax(name string, err error) Problem {
	var e yaml.Error
	if !errors.As(err, &e) {
		return Problem{name, "", err.Error()}
	}
	r := reader{name: name}
	return Problem{r.place(e.GetToken()), "", e.GetMessage()}
}
