package interleaved

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pair is a connection between the reader under test and a device.
func pair(t *testing.T, take func(channel byte, payload []byte, arrival time.Time) (bool, bool)) (*Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialed, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	device, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewConn(dialed.(*net.TCPConn), nil, &Buffers{}, time.Now, take)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); device.Close() })
	return c, device
}

func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// waiting is how many bytes the kernel holds for the connection.
func waiting(t *testing.T, c *Conn) (n int) {
	t.Helper()
	err := c.raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLowWater holds bytes back with the mark and frees them with the tick. That
// lowering the mark wakes Go's edge-triggered poller is what R10 stands on.
func TestLowWater(t *testing.T) {
	frames := make(chan int, 10)
	c, device := pair(t, func(_ byte, p []byte, _ time.Time) (bool, bool) { frames <- len(p); return true, true })
	read := make(chan error, 1)
	messages := make(chan string, 1)
	go func() {
		b := make([]byte, 100)
		for {
			n, err := c.Read(b)
			if err != nil {
				read <- err
				return
			}
			messages <- string(b[:n])
		}
	}()
	send(t, device, ok)
	if got := <-messages; got != ok {
		t.Fatalf("message %q", got)
	}
	c.SetMark(64 << 10)
	if c.Tick(); c.Mark() != 64<<10 {
		t.Fatalf("mark %d", c.Mark())
	}
	for range 3 {
		send(t, device, frame(0, string(make([]byte, 1000))))
		for waiting(t, c) < 1004 {
			runtime.Gosched()
		}
		select {
		case <-frames:
			t.Fatal("a frame came although the mark was not reached")
		default:
		}
		c.Tick()
		if n := <-frames; n != 1000 {
			t.Fatalf("frame of %d bytes", n)
		}
		for c.Mark() != 64<<10 { // the reader sets it again when the socket is empty
			runtime.Gosched()
		}
		c.Tick() // it has read since
	}
	// What reaches the mark comes at once, whole.
	send(t, device, frame(0, string(make([]byte, 65000)))+frame(0, string(make([]byte, 2000))))
	if a, b := <-frames, <-frames; a != 65000 || b != 2000 {
		t.Errorf("frames of %d and %d bytes", a, b)
	}
	// Lowering takes effect without a tick.
	send(t, device, frame(0, "abc"))
	for waiting(t, c) < 7 {
		runtime.Gosched()
	}
	c.SetMark(1)
	if n := <-frames; n != 3 {
		t.Errorf("frame of %d bytes", n)
	}
	// So does the end of the stream, with the mark up.
	c.SetMark(64 << 10)
	c.Tick()
	c.Tick()
	device.Close()
	if err := <-read; err != io.EOF {
		t.Errorf("error %v", err)
	}
}

// TestPassThrough gives the library what is not ours, in order, and drops what
// was never set up.
func TestPassThrough(t *testing.T) {
	var taken int
	c, device := pair(t, func(ch byte, _ []byte, _ time.Time) (bool, bool) {
		switch ch {
		case 0:
			taken++
			return true, true
		case 2:
			return false, true
		}
		return true, false
	})
	send(t, device, ok+frame(0, "mine")+frame(2, "yours")+frame(7, "nobody's")+ok)
	want := ok + frame(2, "yours") + ok
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want || taken != 1 {
		t.Errorf("got %q, taken %d, %v", got, taken, err)
	}
}

// TestClose ends a Read that waits.
func TestClose(t *testing.T) {
	c, _ := pair(t, func(byte, []byte, time.Time) (bool, bool) { return true, true })
	read := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		read <- err
	}()
	c.Close()
	if err := <-read; err == nil {
		t.Error("no error")
	}
}
