package timekeeping

import (
	"errors"
	"slices"
	"testing"

	"watchroom/internal/clock/reference"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/vault"
)

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
	if got := vault.TimeLines(t, root); !slices.Equal(got, []string{"time unknown", "time synchronised"}) {
		t.Errorf("%q", got)
	}
	for range 2 * maxTimeLines {
		k.note(reference.State{}, nil)
	}
	if len(k.lines) != maxTimeLines {
		t.Errorf("%d lines wait", len(k.lines))
	}
}
