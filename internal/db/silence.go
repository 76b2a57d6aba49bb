package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"watchroom/internal/clock"
)

const (
	// silentAfter is how long a server may say nothing after it was asked, before it
	// is asked for something easy on another connection. Where that is not answered
	// either the server stands still, or its machine is gone with the sockets open.
	silentAfter = 3 * time.Second
	// suspectAfter bounds that question, and takes the place of silentAfter once the
	// server was found silent, until any connection hears something again.
	suspectAfter = time.Second
	// longest bounds the wait for a server that answers others.
	longest = time.Minute
	// schemaAfter bounds one statement while the schema is brought up to date.
	schemaAfter = 5 * time.Minute
)

var errSilent = errors.New("the server says nothing")

// listener knows whether a PostgreSQL server answers. One that accepts connections
// and says nothing more would otherwise hold every caller and the whole pool.
type listener struct {
	settled atomic.Bool  // the schema is up to date
	suspect atomic.Bool  // somebody asked last and heard nothing
	trying  atomic.Bool  // one connection is being made while it is suspect
	failed  atomic.Int64 // when the last such one came to nothing, of clock.Steady

	ask   func(context.Context) error // the server something easy, on a connection of its own
	mu    sync.Mutex                  // guards what follows; held while the server is asked
	asked time.Time
	heard bool // it answered then
}

// alive tells whether the server answers at all.
func (l *listener) alive() bool {
	if !l.settled.Load() || l.suspect.Load() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.asked) < suspectAfter {
		return l.heard
	}
	ctx, cancel := context.WithTimeout(context.Background(), suspectAfter)
	defer cancel()
	err := l.ask(ctx)
	var answer *pgconn.PgError
	l.asked, l.heard = time.Now(), err == nil || errors.As(err, &answer)
	return l.heard
}

func (l *listener) patience() time.Duration {
	switch {
	case l.suspect.Load():
		return suspectAfter
	case !l.settled.Load():
		return schemaAfter
	}
	return silentAfter
}

// dial wraps what dial makes.
func (l *listener) dial(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &heard{Conn: c, listener: l}, nil
	}
}

// connector makes connections: while the server is suspect one at a time with a
// pause behind it, and whoever else wants one is refused at once. Without that the
// pool would let all who queue for it wait for a connection one after the other.
type connector struct {
	driver.Connector
	listener *listener
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	l := c.listener
	limit := 10 * time.Second
	if l.settled.Load() {
		limit = silentAfter
	}
	if l.suspect.Load() {
		recently := clock.Steady()-time.Duration(l.failed.Load()) < suspectAfter
		if recently || !l.trying.CompareAndSwap(false, true) {
			return nil, ErrAway.Because(errSilent)
		}
		defer l.trying.Store(false)
		limit = suspectAfter
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := c.Connector.Connect(limited)
	// A caller that does not want it any more says nothing about the server.
	if err != nil && limited.Err() != nil && ctx.Err() == nil && l.settled.Load() {
		l.suspect.Store(true)
		l.failed.Store(int64(clock.Steady()))
	}
	return conn, err
}

// heard is a connection that waits only so long for each answer. Deadlines that
// others set hold too, and end a call in the way they expect.
type heard struct {
	net.Conn
	listener *listener

	mu     sync.Mutex // guards theirs and keeps the setting of deadlines in order
	theirs struct{ read, write time.Time }
}

// SetDeadline implements net.Conn.
func (c *heard) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs.read, c.theirs.write = t, t
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *heard) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs.read = t
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *heard) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs.write = t
	return c.Conn.SetWriteDeadline(t)
}

// Read implements net.Conn.
func (c *heard) Read(p []byte) (int, error) {
	for began := time.Now(); ; {
		if err := c.limit(func() time.Time { return c.theirs.read }, c.Conn.SetReadDeadline); err != nil {
			return 0, err
		}
		n, err := c.Conn.Read(p)
		if n > 0 {
			c.listener.suspect.Store(false)
			return n, err
		}
		if !c.ours(err, func() time.Time { return c.theirs.read }) {
			return n, err
		}
		if time.Since(began) > longest || !c.listener.alive() {
			return n, c.silent("read")
		}
	}
}

// Write implements net.Conn.
func (c *heard) Write(p []byte) (int, error) {
	if err := c.limit(func() time.Time { return c.theirs.write }, c.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if c.ours(err, func() time.Time { return c.theirs.write }) {
		err = c.silent("write")
	}
	return n, err
}

func (c *heard) limit(theirs func() time.Time, set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	until := time.Now().Add(c.listener.patience())
	if t := theirs(); !t.IsZero() && t.Before(until) {
		until = t
	}
	return set(until)
}

// ours tells a deadline of ours from one of theirs, and from other errors.
func (c *heard) ours(err error, theirs func() time.Time) bool {
	var network net.Error
	if err == nil || !errors.As(err, &network) || !network.Timeout() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := theirs()
	return t.IsZero() || t.After(time.Now())
}

// silent ends the connection: nothing more comes from it. For the caller that is
// no timeout, after which a connection might still be used.
func (c *heard) silent(op string) error {
	if c.listener.settled.Load() {
		c.listener.suspect.Store(true)
	}
	_ = c.Conn.Close()
	return &net.OpError{Op: op, Net: "tcp", Addr: c.RemoteAddr(), Err: errSilent}
}
