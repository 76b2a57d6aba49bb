package s3

import (
	"context"
	"net"
	"time"
)

// stall is how long nothing may come or go over a connection on which something is to. It
// is more than a server has for the head of its answer.
const stall = 2 * time.Minute

// moving is a connection that ends when nothing has come or gone over it for a while. A
// server that stops in the middle of a file would else hold up for ever whoever moves,
// proves or removes footage, and nobody would be told.
type moving struct {
	net.Conn
	stall time.Duration
}

// dialer gives connections that end when they stall.
func dialer(d *net.Dialer, stall time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &moving{c, stall}, nil
	}
}

// goes lets both directions go on: who sends a long file has a read waiting all the while.
func (c *moving) goes() error { return c.SetDeadline(time.Now().Add(c.stall)) }

// Read implements net.Conn.
func (c *moving) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && err == nil {
		err = c.goes()
	}
	return n, err
}

// Write implements net.Conn. It goes on piece by piece, so that a slow line does not stall.
func (c *moving) Write(b []byte) (n int, err error) {
	for first := true; first || n < len(b); first = false {
		if err := c.goes(); err != nil {
			return n, err
		}
		k, err := c.Conn.Write(b[n:min(len(b), n+piece)])
		if n += k; err != nil {
			return n, err
		}
	}
	return n, c.goes()
}

const piece = 64 << 10
