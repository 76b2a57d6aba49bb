package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongArgumentsMeasureNothing(t *testing.T) {
	for _, args := range [][]string{{"-only", "nothing"}, {"-long", "soon"}, {"-h"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v were accepted", args)
		}
	}
	if err := run(t.Context(), []string{"-h"}, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("help: %v", err)
	}
}

// TestFailureLeavesNothing measures a program that cannot start: the figures that
// there are, none, are printed, the failure is told and the folder is empty again.
func TestFailureLeavesNothing(t *testing.T) {
	binary, cache := filepath.Join(t.TempDir(), "program"), t.TempDir()
	if err := os.WriteFile(binary, []byte("#!/bin/sh\necho broken; exit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var table, said strings.Builder
	file := filepath.Join(t.TempDir(), "figures.json")
	err := run(t.Context(), []string{"-binary", binary, "-cache", cache, "-only", "timeline,playback", "-short", "-json", file}, &table, &said)
	if err == nil || !strings.Contains(err.Error(), "broken") || !strings.Contains(err.Error(), "playback:") {
		t.Errorf("the error is %v", err)
	}
	if !strings.Contains(table.String(), "figure") {
		t.Errorf("the table is %q", table.String())
	}
	if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), `"machine"`) {
		t.Errorf("JSON: %s, %v", b, err)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
