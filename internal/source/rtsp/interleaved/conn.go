package interleaved

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ReadSize is the size of the buffers that sockets are emptied into. It is more
// than the largest low-water mark, so that one call takes all there is.
const ReadSize = 256 << 10

// Buffers lends read buffers to connections for as long as a socket is readable,
// so that idle ones hold none. The zero value is ready for use.
type Buffers struct{ pool sync.Pool }

func (p *Buffers) get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, ReadSize)
	return &b
}

func (p *Buffers) put(b *[]byte) { p.pool.Put(b) }

// Conn is the connection that is given to the RTSP library. Its Read returns
// messages, and frames of channels that Frame does not take; frames that it takes
// are handled inside Read. Read must only be called by one goroutine.
type Conn struct {
	net.Conn
	buffers *Buffers
	frame   func(channel byte, payload []byte, arrival time.Time) (taken, known bool)
	now     func() time.Time

	raw     syscall.RawConn
	secure  []byte // for TLS: room for one record; nil otherwise
	split   Splitter
	arrival time.Time
	out     []byte // messages that Read has yet to return
	failed  error

	reads    atomic.Uint64 // times that bytes came
	received atomic.Uint64 // bytes
	mark     lowWater
}

// NewConn wraps a connected socket, under TLS if secured is not nil. frame is
// called in Read's goroutine; taken frames go no further, and known tells whether
// the channel is one that was set up. now gives arrivals.
func NewConn(tcp *net.TCPConn, secured net.Conn, buffers *Buffers, now func() time.Time,
	frame func(channel byte, payload []byte, arrival time.Time) (taken, known bool),
) (*Conn, error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &Conn{Conn: tcp, buffers: buffers, frame: frame, now: now, raw: raw}
	if secured != nil {
		c.Conn, c.secure = secured, make([]byte, 16<<10)
	}
	c.mark.raw = raw
	c.split.Frame = c.onFrame
	c.split.Message = func(b []byte) { c.out = append(c.out, b...) }
	return c, nil
}

func (c *Conn) onFrame(channel byte, payload []byte) bool {
	taken, known := c.frame(channel, payload, c.arrival)
	if !taken && known {
		c.out = append(c.out, '$', channel, byte(len(payload)>>8), byte(len(payload)))
		c.out = append(c.out, payload...)
	}
	return known
}

// Read returns bytes for the RTSP library.
func (c *Conn) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.failed != nil {
			return 0, c.failed
		}
		if c.secure != nil {
			c.readSecure()
		} else {
			c.readPlain()
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	if len(c.out) == 0 {
		c.out = nil
	}
	return n, nil
}

// readPlain stays inside one RawConn.Read for as long as only frames come; the
// runtime parks the goroutine whenever the socket is empty, and no buffer is held
// then.
func (c *Conn) readPlain() {
	var failed error
	err := c.raw.Read(func(fd uintptr) bool {
		buf := c.buffers.get()
		defer c.buffers.put(buf)
		for {
			n, err := unix.Read(int(fd), *buf)
			switch {
			case errors.Is(err, unix.EINTR):
				continue
			case errors.Is(err, unix.EAGAIN):
				c.mark.drained(int(fd))
				return false
			case err != nil:
				failed = err
				return true
			case n == 0:
				failed = io.EOF
				return true
			}
			failed = c.take((*buf)[:n])
			if failed != nil || len(c.out) > 0 {
				return true
			}
			// Read on until the socket is empty: the end of the stream may have come
			// with the bytes, and it would not be announced again.
		}
	})
	if failed == nil {
		failed = err
	}
	c.failed = failed
}

func (c *Conn) readSecure() {
	n, err := c.Conn.Read(c.secure)
	if n > 0 {
		c.failed = c.take(c.secure[:n])
	}
	if c.failed == nil {
		c.failed = err
	}
}

func (c *Conn) take(b []byte) error {
	c.arrival = c.now()
	c.reads.Add(1)
	c.received.Add(uint64(len(b)))
	return c.split.Write(b)
}

// Received is how many bytes have come, for the figures.
func (c *Conn) Received() uint64 { return c.received.Load() }
