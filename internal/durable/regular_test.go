package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
)

// TestOnlyRegularFiles: a pipe in the place of a file holds nobody up.
func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	pipe, link, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := errors.Join(unix.Mkfifo(pipe, 0o600), os.Symlink(file, link), os.WriteFile(file, []byte("a"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(string) (*os.File, error){
		"to read":   durable.OpenRegular,
		"to append": func(path string) (*os.File, error) { return durable.OpenToAppend(path, 0o600) },
	} {
		for path, want := range map[string]error{pipe: durable.ErrIrregular, link: unix.ELOOP} {
			if f, err := open(path); !errors.Is(err, want) {
				t.Errorf("%s: %v, %v", name, f, err)
			}
		}
	}
	if _, err := durable.OpenRegular(dir); !errors.Is(err, durable.ErrIrregular) {
		t.Errorf("a folder: %v", err)
	}
	for _, c := range []string{file, filepath.Join(dir, "new")} {
		f, err := durable.OpenToAppend(c, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("b"); err != nil {
			t.Error(err)
		}
		f.Close()
	}
	f, err := durable.OpenRegular(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || string(b) != "ab" {
		t.Errorf("%q, %v", b, err)
	}
	for most, want := range map[int64]string{1: "", 2: "ab", 9: "ab"} {
		if b, err := durable.ReadRegular(file, most); string(b) != want || (err == nil) != (want != "") {
			t.Errorf("at most %d: %q, %v", most, b, err)
		}
	}
	if _, err := durable.ReadRegular(pipe, 9); !errors.Is(err, durable.ErrIrregular) {
		t.Errorf("read a pipe: %v", err)
	}
	if _, err := durable.OpenRegular(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}
