// Package door is the web server's listener. It knows every connection and whether
// anything of a request has come on it: when another process takes the door over,
// those on which nothing is under way pass to that one as they are, and whoever
// writes to one of them meanwhile is answered there.
//
// net/http alone cannot do that. Its Shutdown closes connections that wait for their
// next request while that may be on its way, and drops a first request that it has
// just read: whoever sent one of them gets the end of the connection for an answer.
package door

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// Door is a listener for an http.Server, whose ConnState must be Mark.
type Door struct {
	Listener *net.TCPListener

	grace time.Duration

	mu        sync.Mutex     // guards all below; taken behind a conn's, never before
	waiting   []*net.TCPConn // added and not accepted yet
	accepting int            // calls that wait for one, or hold one that nobody knows yet
	conns     map[*conn]bool
	leaving   bool
	over      bool           // Leave has returned
	left      []*net.TCPConn // taken back from the server, with nothing of a request read
	changed   chan struct{}  // a connection has gone or is in another state
}

// grace is how long a client may take that has greeted (TLS) and not asked yet:
// browsers open connections that they may come to need.
const grace = time.Second

// New makes a door of a listener.
func New(l *net.TCPListener) *Door {
	return &Door{Listener: l, grace: grace, conns: map[*conn]bool{}, changed: make(chan struct{}, 1)}
}

// Add lets connections in that another process has accepted. They are served first; it
// is called before the server begins.
func (d *Door) Add(list ...*net.TCPConn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = append(d.waiting, list...)
}

// Accept implements net.Listener.
func (d *Door) Accept() (net.Conn, error) {
	d.mu.Lock()
	if d.leaving {
		d.mu.Unlock()
		return nil, net.ErrClosed
	}
	if n := len(d.waiting); n > 0 {
		defer d.mu.Unlock()
		c := d.waiting[0]
		d.waiting = d.waiting[1:]
		return d.admit(c), nil
	}
	d.accepting++
	d.mu.Unlock()
	raw, err := d.Listener.AcceptTCP()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.accepting--
	switch {
	case err != nil:
		d.tell()
		return nil, err
	case d.leaving: // it came at the very end
		d.keep(raw)
		d.tell()
		return nil, net.ErrClosed
	}
	return d.admit(raw), nil
}

func (d *Door) admit(raw *net.TCPConn) *conn {
	c := &conn{TCPConn: raw, door: d, untouched: true}
	d.conns[c] = true
	return c
}

// keep holds a connection for whoever takes the door over. d.mu is held.
func (d *Door) keep(raw *net.TCPConn) {
	if d.over {
		raw.Close()
		return
	}
	d.left = append(d.left, raw)
}

// Close implements net.Listener. Connections stay.
func (d *Door) Close() error { return d.Listener.Close() }

// Addr implements net.Listener.
func (d *Door) Addr() net.Addr { return d.Listener.Addr() }

// Leaving tells whether the door is being left: no answer should promise another one
// on a connection that cannot pass on.
func (d *Door) Leaving() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.leaving
}

// Mark is the http.Server's ConnState.
func (d *Door) Mark(nc net.Conn, state http.ConnState) {
	c, plain := nc.(*conn)
	if t, ok := nc.(*tls.Conn); ok {
		c, _ = t.NetConn().(*conn)
	}
	if c == nil {
		return
	}
	if state == http.StateHijacked || state == http.StateClosed {
		d.forget(c)
		return
	}
	c.mark(state, plain)
	d.tell()
}

func (d *Door) forget(c *conn) {
	d.mu.Lock()
	delete(d.conns, c)
	d.mu.Unlock()
	d.tell()
}

func (d *Door) tell() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// Leave ends listening, waits until what was asked has been answered or ctx is done,
// and gives the connections on which nothing is under way. They are the caller's.
// What is left with the server then is for its Shutdown and Close.
func (d *Door) Leave(ctx context.Context) []*net.TCPConn {
	d.mu.Lock()
	d.leaving = true
	d.left, d.waiting = append(d.left, d.waiting...), nil
	all := d.open()
	d.mu.Unlock()
	_ = d.Listener.Close() // closed twice at worst
	for _, c := range all {
		c.leave()
	}
	patient := time.NewTimer(d.grace)
	defer patient.Stop()
	for late := false; !d.settled(late); {
		select {
		case <-d.changed:
			continue
		case <-patient.C:
			late = true
			continue
		case <-ctx.Done():
		}
		break
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.left
	d.left, d.over = nil, true
	return left
}

// open lists the connections that are with the server. d.mu is held.
func (d *Door) open() (out []*conn) {
	for c := range d.conns {
		out = append(out, c)
	}
	return out
}

func (d *Door) settled(late bool) bool {
	d.mu.Lock()
	all, some := d.open(), d.accepting > 0
	d.mu.Unlock()
	if some {
		return false
	}
	for _, c := range all {
		if !c.settled(late) {
			return false
		}
	}
	return true
}
