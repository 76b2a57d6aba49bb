package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAPlannedRestartLosesNothing exchanges the built program while it records, as
// `make fault FAULT="-short -only restart"` does: by the numbers in the pictures none
// is missing, everybody who asked was answered, and who watched live sees pictures again.
func TestAPlannedRestartLosesNothing(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "watchroom")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "watchroom/cmd/watchroom")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var table, said bytes.Buffer
	err := run(t.Context(), []string{"-short", "-only", "restart", "-binary", binary, "-cameras", "2", "-folder", filepath.Join(dir, "fault")}, &table, &said)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, said.String(), table.String())
	}
	if !strings.Contains(table.String(), "| program exchanged while it runs | 6 | 0 | 0 of ") {
		t.Errorf("the table:\n%s", table.String())
	}
}
