// Package records opens the database and the recordings of a configuration, for a
// server and for commands beside one.
package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// Open opens the database of a configuration for a command that works
// beside a running server or without one.
func Open(ctx context.Context, c *config.Config) (*db.DB, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return db.Open(ctx, Options(c))
}

// Known refuses a configuration whose data folder no server has made.
func Known(c *config.Config) error {
	if c.Database.URL != "" {
		return nil
	}
	_, err := os.Stat(Options(c).Path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data folder: %s is none: it has no watchroom.db, which the first watchroom serve makes", c.Data)
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// Options say where the records of a configuration are.
func Options(c *config.Config) db.Options {
	return db.Options{URL: c.Database.URL, Path: filepath.Join(c.Data, "watchroom.db")}
}

// Error is an error of opening the database.
type Error struct{ Err error }

// Error says each thing once: a driver that tries with and without TLS reports the
// same refusal of the same address twice.
func (e *Error) Error() string {
	var said []string
	for line := range strings.Lines(e.Err.Error()) {
		if line = strings.TrimSpace(line); !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}

func (e *Error) Unwrap() error { return e.Err }

var errPart = problem.New(problem.Unavailable, "server_incomplete", "A part of the server could not be started; its log says which. Cameras are being recorded.")

// Standing says in words for people what keeps the server from starting whole.
func Standing(err error) *problem.Error {
	if found := db.Trouble(err); found != nil {
		return found
	}
	var records *Error
	if errors.As(err, &records) {
		return db.ErrFailing.Because(err)
	}
	return errPart.Because(err)
}
