// Package alive leaves a sign of life of the process behind, so that the next one knows
// until when it watched: a gap that a killed recorder told of is a camera's fault only so
// long (C076).
package alive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
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

// Last reads when the last sign was given, µs since 1970 UTC; 0 where none was.
func Last(path string) (int64, error) {
	b, err := durable.ReadRegular(path, 1<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	at, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil || at < 0 {
		return 0, fmt.Errorf("%s tells no instant", path)
	}
	return at, nil
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
	if err := s.file.Truncate(width + 1); err != nil { // what somebody wrote there may be longer
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
	_, err := s.file.WriteAt(fmt.Appendf(nil, "%*d\n", width, s.Clock.Micro()), 0)
	if err == nil {
		s.odd = false
	}
	return err
}

// Close gives a last sign and waits.
func (s *Sign) Close() {
	s.loop.Close()
	_ = s.give() // a process that ends in good order says so in the journals
	_ = s.file.Close()
}
