package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"time"

	"watchroom/test/fault/machine"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// database: what records does not notice that the database is away.
func (b *bench) database(ctx context.Context) error {
	p, err := machine.NewPostgres(ctx)
	if err != nil {
		return err
	}
	defer p.Remove()
	if err := p.Start(ctx); err != nil {
		return err
	}
	o := newOutcome("PostgreSQL away")
	o.mostMissing = 0
	o.mustSay = []string{"database_away"}
	err = b.suffer(ctx, "database", station.ServerOptions{Database: p.URL()}, o, func(i *installation) error {
		for n := range b.often(2, 4) {
			at := time.Now()
			how := []string{"fast", "immediate"}[n%2]
			err := p.Stop(ctx, how)
			away := b.between(b.long(8*time.Second, 10*time.Second), b.long(10*time.Second, 45*time.Second))
			if n == 0 {
				away = b.long(20*time.Second, 10*time.Minute)
			}
			if err == nil {
				err = program.Wait(ctx, away)
			}
			if err = errors.Join(err, p.Start(ctx)); err != nil {
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
	if !b.short { // it is looked once a minute who falls behind, and this is over before
		o.mustSay = []string{"catalogue_behind"}
	}
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
