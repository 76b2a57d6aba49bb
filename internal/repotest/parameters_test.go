package repotest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// declaredParameters collects the keys of parameters with their clauses, and the packages
// that export declarations, by folder.
func declaredParameters(files tree) (clauses map[string][]string, exporters []string, err error) {
	clauses = map[string][]string{}
	for _, name := range files.written(".go") {
		if !strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "internal/rule/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok || !strings.HasPrefix(written(c.Type), "rule.") {
				return true
			}
			key, serves := "", []string(nil)
			for _, e := range c.Elts {
				kv, ok := e.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				switch written(kv.Key) {
				case "Key":
					key, _ = literal(kv.Value)
				case "Clauses":
					if list, ok := kv.Value.(*ast.CompositeLit); ok {
						for _, one := range list.Elts {
							id, _ := literal(one)
							serves = append(serves, id)
						}
					}
				}
			}
			if key != "" {
				clauses[key] = serves
			}
			return true
		})
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "Parameters" {
				exporters = append(exporters, strings.TrimSuffix(name[:strings.LastIndex(name, "/")], "/"))
			}
		}
	}
	return clauses, exporters, nil
}

// wordlessParameters lists parameters, groups and clauses that the screens have no words
// for, and packages whose declarations nobody gathers.
func wordlessParameters(files tree) []string {
	clauses, exporters, err := declaredParameters(files)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for _, name := range []string{"web/src/i18n/en.ts", "web/src/i18n/zh.ts"} {
		has := map[string]int{}
		for _, key := range texts(files, name, "parameters") {
			has[key]++
		}
		lacks := func(key string, times int, what string) {
			if has[key] < times {
				found = append(found, fmt.Sprintf("%s has no %s %s of parameters", name, what, key))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(clauses)) {
			lacks(strings.ReplaceAll(key, ".", "_"), 2, "name and explanation")
			group, _, _ := strings.Cut(key, ".")
			lacks(group, 1, "group")
			for _, c := range clauses[key] {
				lacks(c, 1, "clause")
			}
		}
	}
	var gathered strings.Builder
	for _, name := range files.written(".go") {
		if !strings.HasSuffix(name, "_test.go") {
			gathered.WriteString(files[name])
		}
	}
	for _, folder := range exporters {
		if !strings.Contains(gathered.String(), folder[strings.LastIndex(folder, "/")+1:]+".Parameters()") {
			found = append(found, folder+": nobody gathers its Parameters; name them in internal/app/ruling")
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryParameterHasWords(t *testing.T) {
	files := readRepository(t)
	if clauses, exporters, err := declaredParameters(files); err != nil || clauses["password.least"] == nil || !slices.Contains(exporters, "internal/disclosure") {
		t.Errorf("declarations are not found in the sources any more: %v %v %v", clauses, exporters, err)
	}
	report(t, wordlessParameters(files))
}

func TestParametersWithoutWordsAreFound(t *testing.T) {
	finds(t, wordlessParameters(example(`
-- internal/a/a.go --
package a

var one = rule.Int{Key: "word.letters", Default: 1, Clauses: []string{"C113", "C104"}}
var two = rule.Bool{Key: "look.shown", Clauses: []string{"C113"}}

func Parameters() []rule.Parameter { return nil }
-- internal/b/b.go --
package b

func Parameters() []rule.Parameter { return nil }
-- internal/app/ruling/ruling.go --
package ruling

var all = a.Parameters()
-- web/src/i18n/en.ts --
export const en = {
  parameters: {
    group: { word: "Words", look: "Looks" },
    name: { word_letters: "Letters", look_shown: "Shown" },
    about: { word_letters: "How many", look_shown: "Whether" },
    clause: { C113: "Passwords", C104: "Viewing" },
  },
};
-- web/src/i18n/zh.ts --
export const zh = {
  parameters: {
    group: { word: "词" },
    name: { word_letters: "字数", look_shown: "显示" },
    about: { look_shown: "是否" },
    clause: { C113: "密码" },
  },
};
`)),
		"internal/b: nobody gathers its Parameters; name them in internal/app/ruling",
		"web/src/i18n/zh.ts has no clause C104 of parameters",
		"web/src/i18n/zh.ts has no group look of parameters",
		"web/src/i18n/zh.ts has no name and explanation word_letters of parameters",
	)
}
