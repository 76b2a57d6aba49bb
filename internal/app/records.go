package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"watchroom/internal/config"
	"watchroom/internal/db"
)

// OpenRecords opens the database of a configuration for a command that works
// beside a running server or without one.
func OpenRecords(ctx context.Context, c *config.Config) (*db.DB, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return db.Open(ctx, recordsOf(c))
}

func recordsOf(c *config.Config) db.Options {
	return db.Options{URL: c.Database.URL, Path: filepath.Join(c.Data, "watchroom.db")}
}
