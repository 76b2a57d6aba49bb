package journal

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
	"watchroom/internal/recording/segment"
)

// TestAPipeIsNoJournal: what somebody puts in its place holds up nobody who asks for it.
func TestAPipeIsNoJournal(t *testing.T) {
	root := t.TempDir()
	if err := durable.MakeDir(root, "cam", segment.Day(1)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "cam", segment.Day(1), FileName)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := ReadLines(path, 0, 0); !errors.Is(err, durable.ErrIrregular) {
		t.Errorf("read by lines: %v", err)
	}
	if err := Walk(path, func(*Record) {}); !errors.Is(err, durable.ErrIrregular) {
		t.Errorf("read through: %v", err)
	}
}
