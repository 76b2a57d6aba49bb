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

// measured lists where the program takes a reading of the machine's clock down to a number, with
// which nothing can be measured once somebody sets the clock: a disk would hang for an hour, or be
// synced an hour late. How long something lasts is clock.Steady's to say, what time it is a
// clock.Clock's.
func measured(files tree) ([]string, error) {
	var found []string
	for _, name := range files.written(".go") {
		if !strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "internal/clock/") || strings.HasPrefix(name, "internal/testkit/") ||
			strings.HasPrefix(name, "internal/source/sim/") || strings.HasSuffix(name, "_test.go") {
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
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Unix") && slices.Equal(parts(s.X), []string{"time", "Now"}) {
				found = append(found, fmt.Sprintf("%s: time.Now().%s moves when the clock is set; see clock.Steady and clock.Clock", set.Position(call.Pos()), s.Sel.Name))
			}
			return true
		})
	}
	return found, nil
}

func TestNothingIsMeasuredByTheWallClock(t *testing.T) {
	found, err := measured(readRepository(t))
	if err != nil {
		t.Fatal(err)
	}
	report(t, found)
}

func TestMeasuringByTheWallClockIsFound(t *testing.T) {
	got, err := measured(example(`
-- internal/a/a.go --
package a

import "time"

func a() (int64, time.Time) {
	_ = c.Now().UnixNano()
	return time.Now().UnixNano(), time.Now()
}
-- internal/source/sim/a.go --
package sim

var serial = time.Now().Unix()
`))
	if err != nil {
		t.Fatal(err)
	}
	finds(t, got, "internal/a/a.go:7:9: time.Now().UnixNano moves when the clock is set; see clock.Steady and clock.Clock")
}
