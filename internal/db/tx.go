package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
)

// attempts is how often a transaction that PostgreSQL could not place in any
// serial order is run before its error goes to the caller.
const attempts = 20

// ErrNested says that a transaction was opened inside another; on SQLite, which
// has one writer, that would wait for itself for ever.
var ErrNested = errors.New("db: a transaction inside a transaction")

// txWithin bounds a transaction, and the wait for the one writer of SQLite.
const txWithin = 8 * time.Second

type inTx struct{}

// Tx runs fn in one transaction that writes; an error or a panic undoes it.
// fn may run more than once, so it must touch nothing but tx and its results.
func (d *DB) Tx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return d.run(ctx, nil, fn)
}

// SerializableTx is Tx for acts that check an invariant over several rows: the
// outcome is as if they ran one after the other (R19).
func (d *DB) SerializableTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if d.engine == SQLite { // one writer: every transaction is serial
		return d.run(ctx, nil, fn)
	}
	return d.run(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, fn)
}

// Snapshot runs fn in a transaction that only reads: all that it asks it is told as of
// one instant, whatever is written meanwhile. fn must touch nothing but tx and its results.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if ctx.Value(inTx{}) != nil {
		return ErrNested
	}
	opts := &sql.TxOptions{ReadOnly: true}
	if d.engine == PostgreSQL { // SQLite knows no levels: what a transaction reads is of one instant
		opts.Isolation = sql.LevelRepeatableRead
	}
	return d.read.RunInTx(ctx, opts, func(ctx context.Context, tx bun.Tx) error {
		return fn(context.WithValue(ctx, inTx{}, true), tx)
	})
}

func (d *DB) run(ctx context.Context, opts *sql.TxOptions, fn func(ctx context.Context, tx bun.Tx) error) error {
	if ctx.Value(inTx{}) != nil {
		return ErrNested
	}
	for n := 1; ; n++ {
		err := d.once(ctx, opts, fn)
		if err == nil || n == attempts || !mayRepeat(err) {
			return err
		}
		pause := time.NewTimer(time.Duration(rand.Int64N(int64(n) * int64(5*time.Millisecond))))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

// once runs a transaction within its time. What runs out of it met a database that
// does not get on: a server that stands still, or a file that others keep locked.
func (d *DB) once(ctx context.Context, opts *sql.TxOptions, fn func(ctx context.Context, tx bun.Tx) error) error {
	limited, cancel := context.WithTimeout(ctx, txWithin)
	defer cancel()
	err := d.write.RunInTx(limited, opts, func(ctx context.Context, tx bun.Tx) error {
		return fn(context.WithValue(ctx, inTx{}, true), tx)
	})
	if err == nil || limited.Err() == nil || ctx.Err() != nil || Trouble(err) != nil {
		return err
	}
	if d.engine == SQLite {
		return ErrLocked.Because(err)
	}
	return ErrAway.Because(err)
}

// mayRepeat holds for what PostgreSQL asks to be tried again: serialization
// failure and deadlock.
func mayRepeat(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
