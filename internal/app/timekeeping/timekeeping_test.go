package timekeeping

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/internal/clock/reference"
	"watchroom/internal/recording/journal"
)

// told are the lines of the node's journal, in short.
func told(t *testing.T, root string) (out []string) {
	t.Helper()
	days, err := filepath.Glob(filepath.Join(root, journal.Node, "*", journal.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		records, _, torn, err := journal.Read(d, 0, 0)
		if err != nil || torn > 0 {
			t.Fatalf("%d torn, %v", torn, err)
		}
		for _, r := range records {
			line := r.Kind + " " + r.State
			if r.Step != nil {
				line += fmt.Sprint(" set by ", time.Duration(*r.Step)*time.Microsecond)
			}
			out = append(out, line)
		}
	}
	return out
}

// TestTheClocksLinesWait: what a disk does not take is written when it does.
func TestTheClocksLinesWait(t *testing.T) {
	root := t.TempDir()
	k := &Keeper{Root: root, wake: make(chan struct{}, 1)}
	k.note(reference.State{Sync: reference.Unknown}, nil)
	refuse := errors.New("not now")
	w := journal.Writer{Root: root, Camera: journal.Node, Try: func(string, string) error { return refuse }}
	if err := k.write(&w); !errors.Is(err, refuse) {
		t.Fatal(err)
	}
	k.note(reference.State{Sync: reference.Synchronised}, nil)
	w.Try = nil
	if err := k.write(&w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if got := told(t, root); !slices.Equal(got, []string{"time unknown", "time synchronised"}) {
		t.Errorf("%q", got)
	}
	for range 2 * maxTimeLines {
		k.note(reference.State{}, nil)
	}
	if len(k.lines) != maxTimeLines {
		t.Errorf("%d lines wait", len(k.lines))
	}
}
