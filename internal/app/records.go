package app

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

// OpenRecords opens the database of a configuration for a command that works
// beside a running server or without one.
func OpenRecords(ctx context.Context, c *config.Config) (*db.DB, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return db.Open(ctx, recordsOf(c))
}

// KnownRecords refuses a configuration whose data folder no server has made.
func KnownRecords(c *config.Config) error {
	if c.Database.URL != "" {
		return nil
	}
	_, err := os.Stat(recordsOf(c).Path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data folder: %s is none: it has no watchroom.db, which the first watchroom serve makes", c.Data)
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

func recordsOf(c *config.Config) db.Options {
	return db.Options{URL: c.Database.URL, Path: filepath.Join(c.Data, "watchroom.db")}
}

// recordsError is an error of opening the database.
type recordsError struct{ err error }

// Error says each thing once: a driver that tries with and without TLS reports the
// same refusal of the same address twice.
func (e *recordsError) Error() string {
	var said []string
	for line := range strings.Lines(e.err.Error()) {
		if line = strings.TrimSpace(line); !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}

func (e *recordsError) Unwrap() error { return e.err }

var errPart = problem.New(problem.Unavailable, "server_incomplete", "A part of the server could not be started; its log says which. Cameras are being recorded.")

// standing says in words for people what keeps the server from starting whole.
func standing(err error) *problem.Error {
	if found := db.Trouble(err); found != nil {
		return found
	}
	var records *recordsError
	if errors.As(err, &records) {
		return db.ErrFailing.Because(err)
	}
	return errPart.Because(err)
}
