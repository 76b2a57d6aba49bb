// Package alive leaves a sign of life of the process behind, so that the next one knows
// until when it watched: a gap that a killed recorder told of is a camera's fault only so
// long (C076).
package alive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/durable"
)

// FileName is the sign's name in the data folder.
const FileName = "alive"

// Pause is how long until the next sign.
const Pause = 2 * time.Second

// width holds every instant of int64, so that a sign takes the place of the one before.
const width = 20

// What a process says of itself beside the instant; versions before said nothing.
const (
	lives = "lives"
	ended = "ended"
)

// Word is what a process left behind last.
type Word struct {
	At    int64 // of the last sign, µs since 1970 UTC; 0 where there was none
	Lives bool  // it did not say that it ended: it lives, or died
}

// Sign is given every Pause. It is not forced to the disk: after a cut of the power it may
// be half a minute old, which counts against the recorder.
type Sign struct {
	Path  string
	Clock clock.Clock
	Log   *slog.Logger
	// OnAside is told what lay in the place of the sign and was no file, by its path and by the
	// one under which it lies now. It must return at once. May be nil.
	OnAside func(file, aside string)

	file *os.File
	loop every.Loop
	odd  bool
}

// Last reads the last word of a process.
func Last(path string) (w Word, err error) {
	b, err := durable.ReadRegular(path, 1<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	at, said, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	w.At, err = strconv.ParseInt(at, 10, 64)
	if err != nil || w.At < 0 || said != "" && said != lives && said != ended {
		return Word{}, fmt.Errorf("%s tells no instant", path)
	}
	w.Lives = said == lives
	return w, nil
}

// Start begins to give signs. What is no file in the place of the sign is put aside: nobody
// stops recording by it.
func (s *Sign) Start(ctx context.Context) error {
	aside, err := durable.PutAside(s.Path)
	if err != nil {
		return err
	}
	if aside != "" {
		s.Log.Warn("what lay in the place of the sign of life is no file; it was put aside", "file", s.Path, "aside", aside)
		if s.OnAside != nil {
			s.OnAside(s.Path, aside)
		}
	}
	if s.file, err = durable.OpenOrMake(s.Path, 0o600); err != nil {
		return err
	}
	if err := s.file.Truncate(width + int64(len(lives)) + 2); err != nil { // what somebody wrote there may be longer
		return errors.Join(err, s.file.Close())
	}
	s.loop.Start(ctx, Pause, every.Trying(func(context.Context) error { return s.give() }, func(err error) {
		if !s.odd {
			s.Log.Warn("no sign of life can be left; after a crash nobody knows when it was", "err", err)
		}
		s.odd = true
	}))
	return nil
}

func (s *Sign) give() error {
	err := s.write(s.Clock.Micro(), lives)
	if err == nil {
		s.odd = false
	}
	return err
}

func (s *Sign) write(at int64, word string) error {
	_, err := s.file.WriteAt(fmt.Appendf(nil, "%*d %s\n", width, at, word), 0)
	return err
}

// Close gives a last sign and waits. owed is when a process before died of which nobody was told
// yet, µs since 1970 UTC, so that the next one does; 0 for none.
func (s *Sign) Close(owed int64) {
	s.loop.Close()
	at, word := s.Clock.Micro(), ended
	if owed != 0 {
		at, word = owed, lives
	}
	if err := errors.Join(s.write(at, word), s.file.Close()); err != nil {
		s.Log.Warn("the last word could not be left; the next process takes this one for dead, and says so", "file", s.Path, "err", err)
	}
}
