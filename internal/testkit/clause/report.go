package clause

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report is what a run of tests showed.
type Report struct {
	Covered map[string][]Test // clause id to the tests that named it, in the order they ran
	Failed  []string          // every test that failed, naming a clause or not
}

// Test is one test that named a clause.
type Test struct {
	Name   string // package path and test, such as watchroom/internal/recording.TestKill/close
	Passed bool
}

// event is a line of `go test -json` (cmd/test2json).
type event struct {
	Action, Package, Test, Key, Value string
}

// Read takes the output of `go test -json`. A test that named a clause and never
// ended, because its process died, counts as failed.
func Read(r io.Reader) (*Report, error) {
	named := map[string][]string{} // test to clause ids
	result := map[string]bool{}
	var order []string
	report := &Report{Covered: map[string][]Test{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for number := 1; lines.Scan(); number++ {
		line := lines.Bytes()
		if len(line) == 0 || line[0] != '{' {
			continue // go vet and the linker write plain lines between
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		name := e.Package + "." + e.Test
		switch {
		case e.Action == "attr" && e.Key == attribute:
			if _, seen := named[name]; !seen {
				order = append(order, name)
			}
			if !slices.Contains(named[name], e.Value) {
				named[name] = append(named[name], e.Value)
			}
		case e.Test == "" && e.Action == "fail":
			report.Failed = append(report.Failed, e.Package)
		case e.Action == "pass" || e.Action == "fail":
			result[name] = e.Action == "pass"
			if e.Action == "fail" {
				report.Failed = append(report.Failed, name)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	for _, name := range order {
		for _, id := range named[name] {
			report.Covered[id] = append(report.Covered[id], Test{name, result[name]})
		}
	}
	return report, nil
}

// OK tells whether tests ran and none failed.
func (r *Report) OK() bool { return len(r.Covered) > 0 && len(r.Failed) == 0 }

// Write prints clause, class, verdict and tests, then by class the demands that no
// test named, and a closing line with counts. With all, those have lines of their
// own among the others.
func (r *Report) Write(w io.Writer, all bool) error {
	var b strings.Builder
	shown := map[Class]int{}
	total := map[Class]int{}
	missing := map[Class][]string{}
	for _, c := range All() {
		total[c.Class]++
		tests := r.Covered[c.ID]
		if len(tests) == 0 {
			missing[c.Class] = append(missing[c.Class], c.ID)
			if all {
				fmt.Fprintf(&b, "%s  %-7s  -\n", c.ID, c.Class)
			}
			continue
		}
		passed := true
		for _, t := range tests {
			passed = passed && t.Passed
		}
		if passed {
			shown[c.Class]++
		}
		for i, t := range tests {
			head := fmt.Sprintf("%s  %-7s", c.ID, c.Class)
			if i > 0 {
				head = strings.Repeat(" ", len(head))
			}
			fmt.Fprintf(&b, "%s  %s  %s\n", head, verdict(t.Passed), strings.TrimPrefix(t.Name, "watchroom/"))
		}
	}
	for _, c := range []Class{Enforce, Support, Human} {
		if !all && len(missing[c]) > 0 {
			fmt.Fprintf(&b, "not shown, %s: %s\n", c, strings.Join(missing[c], " "))
		}
	}
	for _, name := range r.Failed {
		fmt.Fprintf(&b, "failed: %s\n", strings.TrimPrefix(name, "watchroom/"))
	}
	fmt.Fprintf(&b, "clauses shown by passing tests: enforce %d of %d, support %d of %d, human %d of %d\n",
		shown[Enforce], total[Enforce], shown[Support], total[Support], shown[Human], total[Human])
	_, err := io.WriteString(w, b.String())
	return err
}

func verdict(passed bool) string {
	if passed {
		return "pass"
	}
	return "FAIL"
}
