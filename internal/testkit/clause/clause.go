// Package clause ties tests to the demands of the rules that Watchroom carries
// out. A test that shows a demand fulfilled says so with Covers; the command in
// the folder clauses reads the output of tests that ran and prints which demands
// are shown, by which tests, and whether they passed. Nothing is read from
// sources, so a test that did not run covers nothing.
package clause

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
)

//go:embed clauses.csv
var table string

// Class says what software can do for a demand.
type Class string

// Classes.
const (
	Enforce Class = "enforce" // it refuses, forces, or detects the breach and escalates
	Support Class = "support" // it records, reminds, routes or measures
	Human   Class = "human"   // only a checklist line or a signed statement is possible
)

// Clause is one demand.
type Clause struct {
	ID    string // C001 and on
	Class Class
}

// All lists every demand by id.
func All() []Clause {
	list, err := parse(table)
	if err != nil {
		panic(err) // the table is part of the program, and a test reads it
	}
	return list
}

func parse(text string) ([]Clause, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("clauses.csv: %w", err)
	}
	var list []Clause
	for i, row := range rows {
		if i == 0 {
			continue
		}
		c := Clause{row[0], Class(row[1])}
		if want := fmt.Sprintf("C%03d", i); c.ID != want {
			return nil, fmt.Errorf("clauses.csv:%d: %s stands where %s belongs", i+1, c.ID, want)
		}
		if c.Class != Enforce && c.Class != Support && c.Class != Human {
			return nil, fmt.Errorf("clauses.csv:%d: no such class: %s", i+1, c.Class)
		}
		list = append(list, c)
	}
	return list, nil
}

// attribute is the key under which Covers reports to `go test -json`.
const attribute = "clause"

// T is what Covers needs of *testing.T.
type T interface {
	Helper()
	Attr(key, value string)
	Fatalf(format string, args ...any)
}

// Covers says that the test shows the demands with these ids fulfilled. Call it
// in the test (or subtest) whose failure means that they are not.
func Covers(t T, ids ...string) {
	t.Helper()
	known := map[string]bool{}
	for _, c := range All() {
		known[c.ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			t.Fatalf("no such clause: %s", id)
			return
		}
		t.Attr(attribute, id)
	}
}
