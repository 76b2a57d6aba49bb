package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestChromiumIsFound(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	t.Setenv("WATCHROOM_CHROMIUM", "")
	if path, err := Chromium(); err == nil {
		t.Errorf("%q was found in an empty folder", path)
	}
	want := filepath.Join(folder, "chromium-browser")
	if err := os.WriteFile(want, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, err := Chromium(); err != nil || path != want {
		t.Errorf("found %q, %v", path, err)
	}
	t.Setenv("WATCHROOM_CHROMIUM", "elsewhere")
	if path, err := Chromium(); err != nil || path != "elsewhere" {
		t.Errorf("found %q, %v", path, err)
	}
}

// TestFailureSaysWhy runs the script as far as the start of a browser that is not one.
func TestFailureSaysWhy(t *testing.T) {
	none := filepath.Join(t.TempDir(), "no-browser")
	_, err := Watch(t.Context(), Wish{Chromium: none, Modules: "../../../web/package.json"})
	if err == nil || !strings.Contains(err.Error(), none) {
		t.Errorf("the error is %v", err)
	}
	_, err = Watch(t.Context(), Wish{Chromium: none, Modules: filepath.Join(t.TempDir(), "package.json")})
	if err == nil || !strings.Contains(err.Error(), "playwright-core") {
		t.Errorf("without the library the error is %v", err)
	}
}
