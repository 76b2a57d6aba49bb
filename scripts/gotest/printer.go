package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is a line of `go test -json` (cmd/test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64 // seconds
}

// printer turns events into lines for people.
type printer struct {
	out                     io.Writer
	said                    map[string][]string // what a test or package said that has not ended
	passed, failed, skipped int                 // tests and subtests
	packages                int
}

func (p *printer) line(line []byte) {
	if len(line) == 0 {
		return
	}
	var e event
	if line[0] != '{' || json.Unmarshal(line, &e) != nil {
		_, _ = p.out.Write(line) // a message of the go command itself
		return
	}
	name := e.Package + "." + e.Test
	switch e.Action {
	case "output":
		p.said[name] = append(p.said[name], e.Output)
	case "build-output": // compiler messages name no test
		fmt.Fprint(p.out, e.Output)
	case "pass", "skip":
		if e.Test != "" {
			p.count(e.Action)
		} else if e.Action == "pass" {
			p.packages++
			fmt.Fprintf(p.out, "ok    %6.1fs  %s\n", e.Elapsed, e.Package)
		}
		delete(p.said, name)
	case "fail":
		if e.Test != "" {
			p.count(e.Action)
		} else {
			p.packages++
			p.unfinished(e.Package)
			fmt.Fprintf(p.out, "FAIL  %6.1fs  %s\n", e.Elapsed, e.Package)
		}
		p.tell(name)
	}
}

func (p *printer) count(action string) {
	switch action {
	case "pass":
		p.passed++
	case "fail":
		p.failed++
	case "skip":
		p.skipped++
	}
}

func (p *printer) tell(name string) {
	for _, s := range p.said[name] {
		fmt.Fprint(p.out, s)
	}
	delete(p.said, name)
}

// unfinished tells what tests of a package said that never ended, because the
// process died: a panic or a time-out.
func (p *printer) unfinished(pkg string) {
	for name := range p.said {
		if strings.HasPrefix(name, pkg+".") && name != pkg+"." {
			p.failed++
			p.tell(name)
		}
	}
}

func (p *printer) close() {
	fmt.Fprintf(p.out, "go test: %d passed, %d failed, %d skipped, in %d packages\n", p.passed, p.failed, p.skipped, p.packages)
}
