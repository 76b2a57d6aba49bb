package soundness_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"watchroom/evidence/leaf"
	"watchroom/internal/app/soundness"
	"watchroom/internal/archive/seal"
	"watchroom/internal/testkit/leak"
)

// log is one of which a bundle is damaged.
type log struct {
	entries [][]byte
	damaged []string
}

func (l *log) Look(_ context.Context, rest func() error, damaged func(string, error)) error {
	for _, file := range l.damaged {
		damaged(file, errors.New("another"))
	}
	return rest()
}

func (l *log) Size() int64 { return int64(len(l.entries)) }

func (l *log) Entries(_ context.Context, from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, e := range l.entries[from:to] {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// TestDamagedFilesAreTold: those that the log names, those that were found when it was opened,
// and days of seals whose members are others; and no alarm stands where all is well.
func TestDamagedFilesAreTold(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	at := int64(1_795_680_000_000_000)
	member := leaf.Member{Camera: "cam1", File: "cam1/x.mp4", Parts: 1, Place: leaf.Place{Day: leaf.DayOf(at)}}
	s, block, err := leaf.NewSeal(at, []leaf.Member{member})
	if err != nil {
		t.Fatal(err)
	}
	entry, err := leaf.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	day := filepath.Join(dir, seal.MembersDir, leaf.DayOf(at))
	put := func(b []byte) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(day), 0o700), os.WriteFile(day, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	l := &log{entries: [][]byte{[]byte("another"), entry}}
	look := func(known ...string) []string {
		t.Helper()
		f := &soundness.Files{Log: l, Dir: dir, Out: slog.New(slog.DiscardHandler)}
		for _, k := range known {
			f.Add(k)
		}
		files, err := f.Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	put(block)
	if files := look(); len(files) > 0 {
		t.Errorf("as it is: %q", files)
	}
	for i := range block {
		bad := slices.Clone(block)
		bad[i] ^= 0x10
		put(bad)
		if files := look(); !slices.Equal(files, []string{"seals/" + leaf.DayOf(at)}) {
			t.Errorf("byte %d of the members: %q", i, files)
		}
	}
	put(block)
	l.damaged = []string{"log-0001/tile/entries/000"}
	if files := look("log-0001/checkpoint.w1"); !slices.Equal(files, []string{"log-0001/checkpoint.w1", "log-0001/tile/entries/000"}) {
		t.Errorf("%q", files)
	}

	alarms := make(chan string, 1)
	f := &soundness.Files{Log: l, Dir: dir, Out: slog.New(slog.DiscardHandler), Alarm: func(key, code, _ string, params map[string]any) {
		if key == soundness.Key {
			files, _ := params["files"].(string)
			alarms <- code + " " + files
		}
	}}
	for _, want := range []string{"ledger_damaged log-0001/tile/entries/000", " "} {
		if err := f.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := <-alarms; got != want {
			t.Errorf("alarm %q, want %q", got, want)
		}
		f.Close()
		l.damaged = nil
	}
}
