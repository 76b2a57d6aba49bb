package interleaved

import (
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// MaxMark is the largest low-water mark (R10). The kernel makes the receive
// buffer twice as large as the mark by itself.
const MaxMark = 128 << 10

// lowWater is a socket's receive low-water mark (SO_RCVLOWAT): the kernel wakes
// the reader only when that many bytes wait. Almost all cost of receiving is
// waking up.
type lowWater struct {
	raw syscall.RawConn

	mu      sync.Mutex // the tick sets, the reader sets again; a setsockopt is done under it
	want    int        // what the mark should be; 0 and 1 mean off
	set     int        // what the socket's mark is
	lowered bool       // the tick has lowered it until the reader has emptied the socket
	reads   uint64     // Conn.reads at the last tick
}

// SetMark asks for a low-water mark of n bytes, off below 2. It takes effect at
// once when lowered, and after the next tick otherwise.
func (c *Conn) SetMark(n int) {
	m := &c.mark
	m.mu.Lock()
	defer m.mu.Unlock()
	m.want = min(max(n, 1), MaxMark)
	if m.want < m.set {
		m.apply(m.want)
	}
}

// Tick is to be called about every 250 ms. Where nothing was read since the tick
// before although bytes wait, it lowers the mark, which wakes the reader: frames
// are never held back for longer than two ticks. Elsewhere it sets what is wanted.
func (c *Conn) Tick() {
	m := &c.mark
	reads := c.reads.Load()
	m.mu.Lock()
	defer m.mu.Unlock()
	quiet := reads == m.reads
	m.reads = reads
	switch {
	case quiet && m.set > 1:
		m.lowered = true
		m.apply(1)
	case m.lowered:
		// The reader raises it when it has emptied the socket. Under TLS it cannot
		// tell, and having read something must do.
		if c.secure != nil && !quiet {
			m.lowered = false
			m.apply(m.want)
		}
	case m.want != m.set && m.want > 0:
		m.apply(m.want)
	}
}

// drained is called by the reader, inside its RawConn.Read, when it has emptied
// the socket.
func (m *lowWater) drained(fd int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lowered {
		m.lowered = false
		m.control(fd, m.want)
	}
}

func (m *lowWater) apply(n int) {
	// An error means that the socket is gone: its reader learns that by itself.
	_ = m.raw.Control(func(fd uintptr) { m.control(int(fd), n) })
}

func (m *lowWater) control(fd, n int) {
	if n = max(n, 1); n != m.set && unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, n) == nil {
		m.set = n
	}
}

// Mark is the low-water mark in force.
func (c *Conn) Mark() int {
	c.mark.mu.Lock()
	defer c.mark.mu.Unlock()
	return max(c.mark.set, 1)
}
