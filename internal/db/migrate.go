package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// The two folders hold files of equal names; a test compares what they build.
//
//go:embed migrations
var migrations embed.FS

// Migrations gives the migration files of one engine.
func Migrations(engine Engine) fs.FS {
	folder := "migrations/sqlite"
	if engine == PostgreSQL {
		folder = "migrations/postgres"
	}
	sub, err := fs.Sub(migrations, folder)
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

func (d *DB) migrate(ctx context.Context, log *slog.Logger) error {
	dialect := goose.DialectSQLite3
	var opts []goose.ProviderOption
	if d.engine == PostgreSQL {
		dialect = goose.DialectPostgres
		// Several nodes may start at once on one database.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, d.write.DB, Migrations(d.engine), opts...)
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > target {
		return ErrNewer.Because(fmt.Errorf("made by a newer version: schema %d, this program knows %d", current, target))
	}
	if current == target {
		return nil
	}
	done, err := provider.Up(ctx)
	if current == 0 { // a new one; what it is made of matters to nobody
		log.Info("database schema", "made", len(done))
		return err
	}
	for _, m := range done {
		log.Info("database schema", "migration", m.Source.Path, "took", m.Duration)
	}
	return err
}
