package repotest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// inPlace are the files that may open others so that something which lies there is written on, and
// why that is right.
var inPlace = map[string]string{
	"internal/app/timekeeping/leap.go": "makes its .new with O_EXCL, which follows nothing",
	"internal/app/folder/folder.go":    "marks the folder of a demonstration, which a person has just named",
	"internal/db/sqlite.go":            "makes the file that SQLite opens by its name right after; who runs the server may have it lie elsewhere, by a link",
}

// overwritten lists where the program opens a file by its name so that a link there would have
// another one written on, or a pipe would be waited for: durable.Replace and its neighbours do
// neither.
func overwritten(files tree, allowed map[string]string) ([]string, error) {
	var found []string
	for _, name := range files.written(".go") {
		if !strings.HasPrefix(name, "internal/") && !strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "internal/durable/") ||
			strings.HasPrefix(name, "internal/testkit/") || strings.HasSuffix(name, "_test.go") || allowed[name] != "" {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			say := func(what string) {
				found = append(found, fmt.Sprintf("%s: %s; see durable.Replace, Make and OpenOrMake", set.Position(call.Pos()), what))
			}
			switch written(call.Fun) {
			case "os.WriteFile", "os.Create":
				say(written(call.Fun) + " follows a link that lies there")
			case "os.OpenFile":
				if len(call.Args) != 3 {
					return true
				}
				flags := parts(call.Args[1])
				switch {
				case slices.Contains(parts(call.Args[0]), `".new"`):
					say("what is renamed later is opened by hand")
				case slices.Contains(flags, "O_TRUNC"), slices.Contains(flags, "O_CREATE") && !slices.Contains(flags, "O_EXCL"):
					say("os.OpenFile follows a link that lies there")
				}
			}
			return true
		})
	}
	slices.Sort(found)
	return found, nil
}

// parts are the names and texts of an expression.
func parts(e ast.Expr) (out []string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			out = append(out, n.Name)
		case *ast.BasicLit:
			out = append(out, n.Value)
		}
		return true
	})
	return out
}

func TestNothingIsOverwrittenByName(t *testing.T) {
	found, err := overwritten(readRepository(t), inPlace)
	if err != nil {
		t.Fatal(err)
	}
	report(t, found)
}

func TestOverwritingIsFound(t *testing.T) {
	got, err := overwritten(example(`
-- internal/a/a.go --
package a

func a(path string) {
	os.WriteFile(path, nil, 0o600)
	os.Create(path)
	os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	os.OpenFile(path, os.O_RDONLY, 0)
}
-- internal/a/a_test.go --
package a

func b() { os.Create("b") }
-- internal/durable/c.go --
package durable

func c() { os.OpenFile("c", os.O_TRUNC, 0) }
-- internal/d/d.go --
package d

func d() { os.Create("d") }
`), map[string]string{"internal/d/d.go": "it may"})
	if err != nil {
		t.Fatal(err)
	}
	const see = "; see durable.Replace, Make and OpenOrMake"
	finds(t, got,
		"internal/a/a.go:4:2: os.WriteFile follows a link that lies there"+see,
		"internal/a/a.go:5:2: os.Create follows a link that lies there"+see,
		"internal/a/a.go:6:2: os.OpenFile follows a link that lies there"+see,
		"internal/a/a.go:7:2: os.OpenFile follows a link that lies there"+see,
		"internal/a/a.go:8:2: what is renamed later is opened by hand"+see,
	)
}
