package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"watchroom/internal/durable"
)

func TestMakeDir(t *testing.T) {
	root := t.TempDir()
	for range 2 { // what is there already stays
		if err := durable.MakeDir(root, "cam", "2026-03-01"); err != nil {
			t.Fatal(err)
		}
	}
	st, err := os.Stat(filepath.Join(root, "cam", "2026-03-01"))
	if err != nil || !st.IsDir() || st.Mode().Perm()&0o007 != 0 {
		t.Errorf("%v, %v", st, err)
	}
	if err := durable.MakeDir(filepath.Join(root, "none"), "cam"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("below a root that is not there: %v", err)
	}
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.MakeDir(root, "file", "below"); err == nil {
		t.Error("a folder below a file")
	}
}

func TestRename(t *testing.T) {
	root := t.TempDir()
	if err := durable.MakeDir(root, "a"); err != nil {
		t.Fatal(err)
	}
	from, to := filepath.Join(root, "x"), filepath.Join(root, "a", "y")
	if err := os.WriteFile(from, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(to); err != nil || string(b) != "text" {
		t.Errorf("%q, %v", b, err)
	}
	if err := durable.Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if err := durable.SyncDir(filepath.Join(root, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
