package repotest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// words maps a code that reaches a screen to the place in the sources that has it.
type words map[string]string

// wordsOf are the codes of the Go sources by the section of the texts they belong to.
type wordsOf struct{ problem, reason, cause, act, alarm, live words }

var actKind = regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)

// spoken collects the codes that the server sends to a browser. A code that is put
// together while the program runs is not seen.
func spoken(files tree) (wordsOf, error) {
	all := wordsOf{words{}, words{}, words{}, words{}, words{}, words{}}
	for _, name := range files.written(".go") {
		// What controls the simulator is a program of its own, without screens.
		if !strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "internal/source/sim/") ||
			strings.HasPrefix(name, "internal/testkit/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return all, err
		}
		note := func(to words, e ast.Expr) {
			if s, ok := literal(e); ok && s != "" {
				to[s] = set.Position(e.Pos()).String()
			}
		}
		noteAct := func(e ast.Expr) {
			if s, ok := literal(e); ok && actKind.MatchString(s) {
				note(all.act, e)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				called := lastName(n.Fun)
				switch {
				case written(n.Fun) == "problem.New" && len(n.Args) == 3:
					note(all.problem, n.Args[1])
				case called == "Fail" && len(n.Args) == 5 && strings.HasPrefix(name, "internal/source/"):
					note(all.reason, n.Args[1])
				case (called == "raise" && len(n.Args) == 5 || strings.EqualFold(called, "alarm") && len(n.Args) >= 4):
					note(all.alarm, n.Args[1])
				case strings.EqualFold(called, "act"), slices.ContainsFunc(n.Args, func(e ast.Expr) bool { return written(e) == "actor" }):
					for _, a := range n.Args {
						noteAct(a)
					}
				}
			case *ast.CompositeLit:
				for _, e := range n.Elts {
					kv, ok := e.(*ast.KeyValueExpr)
					if !ok {
						continue
					}
					switch key := written(kv.Key); {
					case key == "Code" && slices.Contains([]string{"problem.Error", "route.Problem"}, written(n.Type)):
						note(all.problem, kv.Value)
					case key == "Code" && lastName(n.Type) == "Reason":
						note(all.reason, kv.Value)
					case key == "Kind" && lastName(n.Type) == "Act":
						noteAct(kv.Value)
					}
				}
			case *ast.AssignStmt: // kind := "camera.switched_off"
				for i, to := range n.Lhs {
					switch {
					case len(n.Rhs) != len(n.Lhs):
					case written(to) == "kind":
						noteAct(n.Rhs[i])
					case written(to) == "code" && strings.HasPrefix(name, "internal/api/route/"):
						note(all.problem, n.Rhs[i])
					case written(to) == "code" && strings.HasPrefix(name, "internal/app/"):
						note(all.alarm, n.Rhs[i])
					}
				}
			case *ast.ValueSpec:
				for _, v := range n.Values {
					switch {
					case n.Type == nil:
					case written(n.Type) == "Cause" && strings.HasPrefix(name, "internal/media/"):
						note(all.cause, v)
					case written(n.Type) == "Reason" && strings.HasPrefix(name, "internal/live/"):
						note(all.live, v)
					}
				}
			}
			return true
		})
	}
	return all, nil
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// written gives a or a.b as it stands in the source, nothing for anything else.
func written(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

func lastName(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return written(e)
}

var textKey = regexp.MustCompile(`(?:^|[\s,{])(\w+): "`)

// spread is what a section takes from a file of the chapter that the words belong to.
var spread = regexp.MustCompile(`\.\.\.(\w+)`)

// texts gives the keys of a section of a language's words: of the file that holds them all,
// or of one of its own beside it, with what either spreads from others.
func texts(files tree, name, section string) []string {
	begin, end := "\n  "+section+": {", "\n  }"
	language := strings.TrimSuffix(name[strings.LastIndex(name, "/")+1:], ".ts")
	source, alone := files["web/src/i18n/"+section+"."+language+".ts"]
	if alone {
		begin, end = "export const "+section+" = {", "\n}"
	} else {
		source = files[name]
	}
	_, rest, _ := strings.Cut(source, begin)
	body, _, _ := strings.Cut(rest, end)
	var keys []string
	for _, m := range textKey.FindAllStringSubmatch(body, -1) {
		keys = append(keys, m[1])
	}
	for _, m := range spread.FindAllStringSubmatch(body, -1) {
		for file, source := range files {
			if !strings.HasPrefix(file, "web/src/i18n/") || !strings.HasSuffix(file, "."+language+".ts") {
				continue
			}
			_, rest, _ := strings.Cut(source, "export const "+m[1]+" = {")
			body, _, _ := strings.Cut(rest, "};")
			for _, m := range textKey.FindAllStringSubmatch(body, -1) {
				keys = append(keys, m[1])
			}
		}
	}
	return keys
}

// wordless lists codes that a screen could not put into words.
func wordless(files tree) []string {
	all, err := spoken(files)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for _, name := range []string{"web/src/i18n/en.ts", "web/src/i18n/zh.ts"} {
		for _, part := range []struct {
			section string
			codes   words
		}{{"problem", all.problem}, {"reason", all.reason}, {"cause", all.cause}, {"act", all.act}, {"alarm", all.alarm}, {"live", all.live}} {
			has := texts(files, name, part.section)
			for code, where := range part.codes {
				if key := strings.ReplaceAll(code, ".", "_"); !slices.Contains(has, key) {
					found = append(found, fmt.Sprintf("%s: %s has no text %s.%s", where, name, part.section, key))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

func TestEveryCodeHasWords(t *testing.T) {
	files := readRepository(t)
	all, err := spoken(files)
	if err != nil {
		t.Fatal(err)
	}
	// One of each way of writing it, so that a change of habit does not blind the rule.
	for code, in := range map[string]words{
		"camera_unknown": all.problem, "credentials_refused": all.reason, "payload_type_unexpected": all.reason, "disk_full": all.cause,
		"camera.created": all.act, "camera.switched_on": all.act, "layout.created": all.act, "person.renamed": all.act, "session.refused": all.act,
		"storage_full": all.alarm, "camera_down": all.alarm, "cameras_unconfirmed": all.alarm, "request_timeout": all.problem, "method_not_allowed": all.problem,
		"h265_not_supported_by_client": all.live, "no_audio": all.live,
	} {
		if in[code] == "" {
			t.Errorf("%s is not found in the sources any more", code)
		}
	}
	report(t, wordless(files))
}

func TestCodesWithoutWordsAreFound(t *testing.T) {
	finds(t, wordless(example(`
-- internal/media/unit.go --
package media

const (
	CauseNone Cause = ""
	CauseFull Cause = "disk_full"
	CauseWorm Cause = "worm"
)
-- internal/live/a.go --
package live

const ReasonDark Reason = "too_dark"
-- internal/source/a.go --
package source

var a = Fail(Refused, "busy", "Busy.", nil, nil)
var b = Reason{Code: "odd"}
-- internal/source/sim/a.go --
package sim

var a = problem.New(problem.Invalid, "fault_invalid", "Not shown.")
-- internal/camera/a.go --
package camera

var ErrA = problem.New(problem.Invalid, "a_taken", "A.").On("query.a")
var ErrB = &problem.Error{Code: "b_gone"}

func f() {
	kind := "camera.lost"
	note(ctx, actor, "camera.found", "not an act")
	x := ledger.Act{Kind: "camera.seen"}
	y := route.Actor(ctx).Act(now, "camera.heard", "")
	z := db.IsUnique(err, "cameras.name")
}
-- internal/app/a.go --
package app

func f() {
	code, detail = "smoke", "Smoke."
	w.raise("fire", "fire", "Fire.", "", nil)
}
-- internal/api/route/a.go --
package route

func f() {
	code, detail := "slow", "Slow."
}
-- internal/camera/a_test.go --
package camera

var x = problem.New(problem.Invalid, "only_in_a_test", "")
-- web/src/i18n/en.ts --
export const en = {
  cause: {
    disk_full: "Disk full", worm: "A worm: it ate",
  },
  problem: { a_taken: "Taken", b_gone: "Gone", slow: "Slow",
  },
  reason: {
    busy: "Busy", odd: "Odd",
  },
  live: { ...chapterLive,
  },
  act: {
    camera_lost: "lost", camera_found: "found",
    camera_seen: "saw", camera_heard: "heard",
  },
  alarm: {
    smoke: "Smoke", fire: "Fire",
  },
};
-- web/src/i18n/chapter.en.ts --
export const chapterLive = {
  too_dark: "Too dark",
};
-- web/src/i18n/zh.ts --
export const zh = {
  cause: {
    disk_full: "磁盘已满", b_gone: "在别处",
  },
  problem: {
    a_taken: "已占用",
  },
  reason: {
    busy: "忙",
  },
  act: {
    camera_lost: "丢失",
  },
};
`)),
		"internal/api/route/a.go:4:18: web/src/i18n/zh.ts has no text problem.slow",
		"internal/app/a.go:4:17: web/src/i18n/zh.ts has no text alarm.smoke",
		"internal/app/a.go:5:18: web/src/i18n/zh.ts has no text alarm.fire",
		"internal/camera/a.go:10:33: web/src/i18n/zh.ts has no text act.camera_heard",
		"internal/camera/a.go:4:33: web/src/i18n/zh.ts has no text problem.b_gone",
		"internal/camera/a.go:8:19: web/src/i18n/zh.ts has no text act.camera_found",
		"internal/camera/a.go:9:24: web/src/i18n/zh.ts has no text act.camera_seen",
		"internal/live/a.go:3:27: web/src/i18n/zh.ts has no text live.too_dark",
		"internal/media/unit.go:6:20: web/src/i18n/zh.ts has no text cause.worm",
		"internal/source/a.go:4:22: web/src/i18n/zh.ts has no text reason.odd",
	)
}
