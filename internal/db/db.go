// Package db is the one way to the records: SQLite in the data folder, or
// PostgreSQL, with one schema and one set of queries. Callers write bun queries
// without a word of either dialect; what the engines do differently (one writer
// or many, retries, the shape of their errors) stays in here.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// Engine is the database underneath; only for people to read.
type Engine string

// The two engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// Options say where the records are.
type Options struct {
	URL     string // postgres://… or postgresql://…; empty means SQLite
	Path    string // the SQLite file, made when it is not there
	Readers int    // connections that read at once; 0 means 4 (SQLite) or 16 (PostgreSQL, writers too)
	Log     *slog.Logger
}

// DB is an open database whose schema is up to date.
type DB struct {
	engine Engine
	read   *bun.DB
	write  *bun.DB // the same as read on PostgreSQL; one connection on SQLite
	heard  listener

	mu    sync.Mutex // guards check
	check *check     // the look at the database's health that is going on
}

// check is one look at the database's health, for all who want to know.
type check struct {
	done chan struct{}
	err  error // once done is closed
}

// Open connects and brings the schema up to date.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	var d *DB
	var err error
	switch {
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		d, err = openPostgres(o)
	case o.URL != "":
		return nil, fmt.Errorf("database URL must begin with postgres://")
	case o.Path == "":
		return nil, fmt.Errorf("no database named: neither a file nor a URL")
	default:
		d, err = openSQLite(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if err := d.migrate(ctx, o.Log); err != nil {
		d.Close()
		return nil, fmt.Errorf("bring the database schema up to date: %w", err)
	}
	d.heard.settled.Store(true)
	return d, nil
}

func openPostgres(o Options) (*DB, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err) // pgx leaves the password out
	}
	// The builder writes values into the text, so statements rarely repeat: a
	// cache of prepared ones would cost a round trip each and keep memory.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "watchroom"
	}
	d := &DB{engine: PostgreSQL}
	config.DialFunc = d.heard.dial(config.DialFunc)
	plain := stdlib.GetConnector(*config)
	d.heard.ask = func(ctx context.Context) error {
		c, err := plain.Connect(ctx)
		if err == nil {
			err = c.Close()
		}
		return err
	}
	pool := sql.OpenDB(&connector{plain, &d.heard})
	n := o.Readers
	if n <= 0 {
		n = 16
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(min(n, 4))
	pool.SetConnMaxIdleTime(5 * time.Minute)
	d.read = bun.NewDB(pool, pgdialect.New())
	d.write = d.read
	return d, nil
}

func openSQLite(ctx context.Context, o Options) (*DB, error) {
	if err := makePrivate(o.Path); err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	// FULL: an act that was answered is still there after a power cut.
	// recursive_triggers: REPLACE runs the delete triggers that guard the records.
	write, err := sql.Open("sqlite", sqliteURI(o.Path, "immediate",
		"journal_mode(WAL)", "synchronous(FULL)", "cache_size(-4096)", "recursive_triggers(1)"))
	if err != nil {
		return nil, fmt.Errorf("database file %s: %w", o.Path, err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil { // makes the write-ahead log before anyone reads
		write.Close()
		return nil, fmt.Errorf("database file %s: %w", o.Path, err)
	}
	read, err := sql.Open("sqlite", sqliteURI(o.Path, "deferred", "query_only(1)", "cache_size(-1024)"))
	if err != nil {
		write.Close()
		return nil, fmt.Errorf("database file %s: %w", o.Path, err)
	}
	n := o.Readers
	if n <= 0 {
		n = 4
	}
	read.SetMaxOpenConns(n)
	read.SetMaxIdleConns(n)
	return &DB{
		engine: SQLite,
		read:   bun.NewDB(read, sqlitedialect.New()),
		write:  bun.NewDB(write, sqlitedialect.New()),
	}, nil
}

// Engine names the database underneath.
func (d *DB) Engine() Engine { return d.engine }

// Read is for queries that change nothing; it may lag behind the caller's own
// open transaction and refuses to write on SQLite.
func (d *DB) Read() bun.IDB { return d.read }

// healthyWithin bounds a look at the database's health.
const healthyWithin = 1500 * time.Millisecond

// Healthy answers whether the database answers, within two seconds. One look at a
// time is under way, whoever asks: a database that stands still may hold it long.
func (d *DB) Healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthyWithin)
	defer cancel()
	d.mu.Lock()
	c := d.check
	if c == nil {
		c = &check{done: make(chan struct{})}
		d.check = c
		go d.look(c)
	}
	d.mu.Unlock()
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return ErrAway.Because(ctx.Err())
	}
}

func (d *DB) look(c *check) {
	ctx, cancel := context.WithTimeout(context.Background(), healthyWithin)
	defer cancel()
	var one int
	if err := d.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		if found := Trouble(err); found != nil {
			c.err = found
		} else {
			c.err = ErrAway.Because(err)
		}
	}
	d.mu.Lock()
	d.check = nil
	d.mu.Unlock()
	close(c.done)
}

// Close closes all connections. On SQLite it folds the write-ahead log into the file.
func (d *DB) Close() error {
	var err error
	if d.read != d.write {
		err = d.read.Close()
	}
	if werr := d.write.Close(); werr != nil {
		err = werr
	}
	return err
}

// PrepareRead prepares a statement for a hot path that only reads. Parameters
// are written as ?, on both engines. Close it before the DB.
func (d *DB) PrepareRead(ctx context.Context, query string) (*sql.Stmt, error) {
	return d.read.DB.PrepareContext(ctx, d.rebind(query))
}

// PrepareWrite prepares a statement for a hot path that writes; inside a
// transaction use tx.StmtContext. Parameters are written as ?.
func (d *DB) PrepareWrite(ctx context.Context, query string) (*sql.Stmt, error) {
	return d.write.DB.PrepareContext(ctx, d.rebind(query))
}

// rebind numbers the parameters for PostgreSQL. Question marks inside quotes stay.
func (d *DB) rebind(query string) string {
	if d.engine != PostgreSQL {
		return query
	}
	var b strings.Builder
	n, quoted := 0, byte(0)
	for i := range len(query) {
		c := query[i]
		switch {
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '\'' || c == '"':
			quoted = c
		case c == '?':
			n++
			fmt.Fprintf(&b, "$%d", n)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
