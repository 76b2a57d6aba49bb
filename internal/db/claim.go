package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"

	"watchroom/internal/problem"
)

// ErrShared says that another server works with this database. Two of them would
// write the rows of footage that the other does not have.
var ErrShared = problem.New(problem.Unavailable, "database_shared",
	"Another Watchroom server works with this database. Give each server a database of its own.")

// claimKey is the key of the advisory lock; it is per database. The letters of
// "watchrm" in ASCII.
const claimKey = int64(0x7761746368726d)

// Claim is a server's hold on a PostgreSQL database, which ends with its connection:
// a session-level advisory lock (PostgreSQL 15, 13.3.5). A SQLite file lies in a data
// folder, which is held as a whole. Commands beside a server claim nothing.
type Claim struct {
	db *DB

	mu   sync.Mutex // guards conn; held over its calls, which are few
	conn *sql.Conn  // nil while there is none
}

// Claim takes the database for this server alone, or answers ErrShared.
func (d *DB) Claim(ctx context.Context) (*Claim, error) {
	c := &Claim{db: d}
	if err := c.Keep(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Keep looks whether the claim still stands and takes it again where its connection
// has broken. To be called every few seconds.
func (c *Claim) Keep(ctx context.Context) error {
	if c.db.engine != PostgreSQL {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, healthyWithin)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		var one int
		err := c.conn.QueryRowContext(ctx, "SELECT 1").Scan(&one)
		if err == nil {
			return nil
		}
		c.drop()
		if ctx.Err() != nil {
			return ErrAway.Because(err)
		}
	}
	conn, err := c.db.write.Conn(ctx)
	if err != nil {
		return ErrAway.Because(err)
	}
	var got bool
	if err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(?)", claimKey).Scan(&got); err == nil && got {
		c.conn = conn.Conn
		return nil
	}
	conn.Close()
	if err != nil {
		return ErrAway.Because(err)
	}
	return ErrShared
}

// drop closes the connection itself rather than giving it back to the pool: the lock
// is the session's.
func (c *Claim) drop() {
	if c.conn == nil {
		return
	}
	_ = c.conn.Raw(func(any) error { return driver.ErrBadConn })
	c.conn.Close()
	c.conn = nil
}

// Release gives the database free.
func (c *Claim) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil { // the server may take a moment to see that a connection is gone
		ctx, cancel := context.WithTimeout(context.Background(), healthyWithin)
		defer cancel()
		_, _ = c.conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()")
	}
	c.drop()
}
