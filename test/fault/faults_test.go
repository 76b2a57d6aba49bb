package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"watchroom/internal/testkit/clause"
	"watchroom/test/program"
)

// TestFaults does briefly to the built program what `make fault` does at length. Promises
// of seconds are published by that one; those of footage, catalogue and log hold at any
// speed.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "watchroom")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "watchroom/cmd/watchroom")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct {
		fault, row string
		times      string // how often; empty: as often as a short run does it
		clauses    []string
	}{
		// By the numbers in the pictures none is missing, everybody who asked was answered,
		// and who watched live sees pictures again.
		{fault: "restart", row: "| program exchanged while it runs | 6 | 0 | 0 of "},
		// Every file plays, every gap has its cause, files, catalogue and log agree.
		{fault: "kill", times: "4", row: "| killed and started again | 8 | ", clauses: []string{"C076", "C093"}},
		// A camera does not answer for a program that is gone.
		{fault: "silence", row: "| killed while no camera answers | 2 | ", clauses: []string{"C076"}},
		// What had arrived is written before the end.
		{fault: "stop", times: "1", row: "| stopped and started again | 2 | ", clauses: []string{"C076"}},
		// Nothing that a program which stands still for seconds leaves is without a cause.
		{fault: "pause", times: "1", row: "| halted for seconds | 2 | ", clauses: []string{"C076"}},
		// Every byte that somebody changes is found and named.
		{fault: "tamper", times: "12", row: "| single bytes changed | 12 | ", clauses: []string{"C091", "C094"}},
		// What somebody puts in afterwards is noted as unproved, and named.
		{fault: "insert", row: "| footage put in afterwards | 4 | ", clauses: []string{"C091", "C094"}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			clause.Covers(t, c.clauses...)
			t.Parallel()
			args := []string{"-short", "-untimed", "-only", c.fault, "-binary", binary, "-cameras", "2", "-folder", filepath.Join(dir, c.fault)}
			if c.times != "" {
				args = append(args, "-n", c.times)
			}
			var table, said bytes.Buffer
			if err := run(t.Context(), args, &table, &said); err != nil {
				t.Fatalf("%v\n%s\n%s", err, said.String(), table.String())
			}
			if !strings.Contains(table.String(), c.row) {
				t.Errorf("the table:\n%s", table.String())
			}
		})
	}
}

// TestEveryFaultIsTried by one of the commands that must pass: here, or by scripts/test-all.
func TestEveryFaultIsTried(t *testing.T) {
	script, err := os.ReadFile("../../scripts/test-all")
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.ReadFile("faults_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, m := range regexp.MustCompile(`parts\+?=([a-z0-9,]+)`).FindAllStringSubmatch(string(script), -1) {
		named = append(named, strings.Split(m[1], ",")...)
	}
	for _, f := range faults() {
		if !slices.Contains(named, f.Name) && !strings.Contains(string(here), `fault: "`+f.Name+`"`) {
			t.Errorf("neither make test nor make test-all runs %s", f.Name)
		}
	}
	for _, name := range named {
		if name != "" && !slices.ContainsFunc(faults(), func(f program.Part[*bench]) bool { return f.Name == name }) {
			t.Errorf("scripts/test-all runs %s, which there is not", name)
		}
	}
}
