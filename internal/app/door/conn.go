package door

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// conn is a connection that can be taken back from the server where it reads the
// beginning of a request and nothing has come.
type conn struct {
	*net.TCPConn
	door *Door

	mu        sync.Mutex // guards all below
	untouched bool       // no byte of a request has been read: it may be another process's
	leaving   bool       // the server's reading is to end, or has ended, with nothing
	left      bool       // it has; closing it is passing it on
	secret    bool       // bytes belong to a TLS session, which cannot pass on
	state     http.ConnState
	deadline  time.Time // of reading, as the server has set it
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case n > 0:
		c.untouched = false
		if c.leaving { // it came just in time, and is answered here
			c.leaving = false
			_ = c.TCPConn.SetReadDeadline(c.deadline) // fails on a closed connection only
		}
	case c.leaving && errors.Is(err, os.ErrDeadlineExceeded):
		c.left = true
		return 0, io.EOF
	}
	return n, err
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.mu.Lock()
	left := c.left
	c.left = false
	c.mu.Unlock()
	if left {
		c.door.mu.Lock()
		c.door.keep(c.TCPConn)
		c.door.mu.Unlock()
		return nil
	}
	return c.TCPConn.Close()
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	if c.leaving {
		return nil // its own has passed
	}
	return c.TCPConn.SetReadDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// mark takes note of what the server does with the connection. plain tells that it
// is no TLS session's.
func (c *conn) mark(state http.ConnState, plain bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.secret = state, !plain
	// An answer is out and the server has not begun to read again. A client that sends
	// the next request without waiting for the answer (pipelining, which none does
	// unasked) may have had its beginning read.
	if state == http.StateIdle && plain {
		c.untouched = true
		if c.door.Leaving() {
			c.interrupt()
		}
	}
}

// leave ends the server's reading, if nothing of a request has come.
func (c *conn) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.untouched {
		c.interrupt()
	}
}

// interrupt lets the server's reading end unless bytes are there by then. c.mu is held.
func (c *conn) interrupt() {
	c.leaving = true
	_ = c.TCPConn.SetReadDeadline(time.Unix(1, 0)) // fails on a closed connection only
}

// settled tells whether the connection need not be waited for: one of a TLS session
// that waits for the next request, or, late, for the first.
func (c *conn) settled(late bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.secret && !c.untouched && (c.state == http.StateIdle || late && c.state == http.StateNew)
}
