package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"watchroom/internal/testkit/postgresql"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// database: what records does not notice that the database is away.
func (b *bench) database(ctx context.Context) error {
	p, err := newPostgres(ctx)
	if err != nil {
		return err
	}
	defer p.remove()
	if err := p.start(ctx); err != nil {
		return err
	}
	o := newOutcome("PostgreSQL away")
	o.mostMissing = 0
	o.mustSay = []string{"database_away"}
	err = b.suffer(ctx, "database", station.ServerOptions{Database: postgresql.URL(p.port, "postgres")}, o, func(i *installation) error {
		for n := range b.often(2, 4) {
			at := time.Now()
			how := []string{"fast", "immediate"}[n%2]
			err := p.stop(ctx, how)
			away := b.between(b.long(8*time.Second, 10*time.Second), b.long(10*time.Second, 45*time.Second))
			if n == 0 {
				away = b.long(20*time.Second, 10*time.Minute)
			}
			if err == nil {
				err = program.Wait(ctx, away)
			}
			if err = errors.Join(err, p.start(ctx)); err != nil {
				return err
			}
			o.happened(event{at: at, over: time.Now()}, 1)
			if err := i.recording(ctx); err != nil {
				return err
			}
			if err := program.Wait(ctx, 3*time.Second); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.locked(ctx)
}

// locked: another program keeps SQLite's lock for writing and does not let go.
func (b *bench) locked(ctx context.Context) error {
	o := newOutcome("SQLite locked by another program")
	o.mostMissing = 0
	o.mustSay = []string{"database_away"}
	return b.suffer(ctx, "locked", station.ServerOptions{}, o, func(i *installation) error {
		d, err := sql.Open("sqlite", filepath.Join(i.options.Data, "watchroom.db"))
		if err != nil {
			return err
		}
		defer d.Close()
		d.SetMaxOpenConns(1)
		at := time.Now()
		for limit := at.Add(time.Minute); ; { // another may be writing just now
			if _, err = d.ExecContext(ctx, "BEGIN IMMEDIATE"); err == nil {
				break
			}
			if time.Now().After(limit) {
				return err
			}
		}
		err = program.Wait(ctx, b.long(30*time.Second, 10*time.Minute))
		_, rolled := d.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		o.happened(event{at: at, over: time.Now()}, 1)
		if err = errors.Join(err, rolled); err != nil {
			return err
		}
		return i.recording(ctx)
	})
}

// postgres is a server of our own in a folder of its own.
type postgres struct {
	bin, folder string
	port        int
	account     postgresql.Account
}

func newPostgres(ctx context.Context) (*postgres, error) {
	var p postgres
	var err error
	if p.bin, err = postgresql.Binaries(); err != nil {
		return nil, err
	}
	if p.account, err = postgresql.ServerAccount(); err != nil {
		return nil, err
	}
	if p.port, err = postgresql.FreePort(); err != nil {
		return nil, err
	}
	if p.folder, err = p.account.Folder("watchroom-fault-postgres-"); err != nil {
		return nil, err
	}
	return &p, p.do(ctx, "initdb", "-D", p.data(), "-U", postgresql.Superuser, "--auth=trust", "--encoding=UTF8", "--locale=C")
}

func (p *postgres) data() string { return filepath.Join(p.folder, "data") }

func (p *postgres) start(ctx context.Context) error {
	return p.do(ctx, "pg_ctl", "-D", p.data(), "-w", "-l", filepath.Join(p.folder, "log"),
		"-o", fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1", p.port, p.folder), "start")
}

// stop ends the server: "fast" cuts its clients off, "immediate" is a crash.
func (p *postgres) stop(ctx context.Context, how string) error {
	return p.do(ctx, "pg_ctl", "-D", p.data(), "-w", "-m", how, "stop")
}

func (p *postgres) remove() {
	// It may not run, or not any more.
	_ = p.stop(context.Background(), "immediate")
	os.RemoveAll(p.folder)
}

func (p *postgres) do(ctx context.Context, name string, args ...string) error {
	c := p.account.Command(ctx, filepath.Join(p.bin, name), args...)
	said, err := os.CreateTemp("", "watchroom-fault-")
	if err != nil {
		return err
	}
	defer os.Remove(said.Name())
	defer said.Close()
	c.Stdout, c.Stderr = said, said // a file: the server inherits it and would keep a pipe open
	if err := c.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w: %s", name, err, text)
	}
	return nil
}
