package door

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/leak"
)

// process is a web server behind a door, as one of two processes has it. Its answers
// say its name.
type process struct {
	*Door
	server *http.Server
	hold   chan struct{} // answers to /slow wait for its closing
	asked  atomic.Int64
	done   chan struct{}
}

func begin(t *testing.T, name string, l net.Listener, add ...*net.TCPConn) *process {
	t.Helper()
	p := prepare(t, name, l, add...)
	go func() {
		defer close(p.done)
		_ = p.server.Serve(p)
	}()
	return p
}

func prepare(t *testing.T, name string, l net.Listener, add ...*net.TCPConn) *process {
	t.Helper()
	p := &process{Door: New(l.(*net.TCPListener)), hold: make(chan struct{}), done: make(chan struct{})}
	p.Add(add...)
	p.server = &http.Server{ConnState: p.Mark, ReadHeaderTimeout: time.Minute, IdleTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		p.asked.Add(1)
		if r.URL.Path == "/slow" {
			<-p.hold
		}
		if r.TLS != nil && p.Leaving() {
			w.Header().Set("Connection", "close")
		}
		fmt.Fprintf(w, "%s: %s", name, b)
	})}
	return p
}

// end leaves the door and ends the server; what is left goes on.
func (p *process) end() []*net.TCPConn {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	left := p.Leave(ctx)
	_ = p.server.Close()
	<-p.done
	return left
}

// twice gives the listener of another process to the same port.
func twice(t *testing.T, l net.Listener) net.Listener {
	t.Helper()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	again, err := net.FileListener(f)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// client is a connection whose every request is counted and never sent twice.
type client struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, l net.Listener) *client {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &client{c, bufio.NewReader(c)}
}

func (c *client) write(path, body string) error {
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
	return err
}

func (c *client) read() (string, error) {
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return string(b), err
}

func (c *client) want(t *testing.T, want string) {
	t.Helper()
	if got, err := c.read(); err != nil || got != want {
		t.Errorf("answered %q, %v; want %q", got, err, want)
	}
}

func (c *client) ask(t *testing.T, path, body, want string) {
	t.Helper()
	if err := c.write(path, body); err != nil {
		t.Fatal(err)
	}
	c.want(t, want)
}

var until = await.Until

// TestEveryConnectionPassesOn: one that was used, one that was only opened and one on
// which the request comes while nobody serves are answered by the next process; what
// is under way is answered by the first, and its connection goes on, too.
func TestEveryConnectionPassesOn(t *testing.T) {
	leak.Check(t)
	first := listen(t)
	second := twice(t, first)
	a := begin(t, "a", first)
	used, opened, between, busy, half := dial(t, first), dial(t, first), dial(t, first), dial(t, first), dial(t, first)
	used.ask(t, "/", "1", "a: 1")
	between.ask(t, "/", "2", "a: 2")
	if err := busy.write("/slow", "3"); err != nil {
		t.Fatal(err)
	}
	until(t, "asked", func() bool { return a.asked.Load() == 3 })
	if _, err := io.WriteString(half, "POST / HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	until(t, "the beginning of a request was read", func() bool { return half.touched(a) })
	ended := make(chan []*net.TCPConn)
	go func() { ended <- a.end() }()
	until(t, "it leaves", a.Leaving)
	select {
	case <-ended:
		t.Fatal("it has ended before it had answered")
	default:
	}
	if _, err := io.WriteString(half, "Content-Length: 1\r\n\r\n5"); err != nil {
		t.Fatal(err)
	}
	half.want(t, "a: 5")
	close(a.hold)
	busy.want(t, "a: 3")
	left := <-ended
	if len(left) != 5 {
		t.Errorf("%d of 5 connections are left", len(left))
	}
	if err := between.write("/", "4"); err != nil {
		t.Fatal(err)
	}
	late := dial(t, second)
	b := begin(t, "b", second, left...)
	close(b.hold)
	between.want(t, "b: 4")
	for _, c := range []*client{used, opened, busy, half, late} {
		c.ask(t, "/", "again", "b: again")
		c.ask(t, "/slow", "and again", "b: and again")
	}
	for _, c := range b.end() {
		c.Close()
	}
}

// touched tells whether the server has read something of a request.
func (c *client) touched(p *process) bool {
	p.mu.Lock()
	all := p.open()
	p.mu.Unlock()
	return slices.ContainsFunc(all, func(one *conn) bool {
		one.mu.Lock()
		defer one.mu.Unlock()
		return one.RemoteAddr().String() == c.LocalAddr().String() && !one.untouched
	})
}

// TestNoRequestIsLost hammers a door that changes hands again and again, on
// connections that are kept and on new ones. No client asks anything twice: whatever
// ends without an answer is an error.
func TestNoRequestIsLost(t *testing.T) {
	leak.Check(t)
	l := listen(t)
	address := l.Addr().String()
	p := begin(t, "0", l)
	var stop atomic.Bool
	var answered atomic.Int64
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			var c *client
			for i := 0; !stop.Load(); i++ {
				if c == nil || n%2 == 0 {
					raw, err := net.Dial("tcp", address)
					if err != nil {
						t.Error(err)
						return
					}
					defer raw.Close()
					c = &client{raw, bufio.NewReader(raw)}
				}
				body := fmt.Sprint(n, "-", i)
				err := c.write("/", body)
				var got string
				if err == nil {
					got, err = c.read()
				}
				if err != nil || !strings.HasSuffix(got, ": "+body) {
					t.Errorf("client %d, request %d: %q, %v", n, i, got, err)
					return
				}
				answered.Add(1)
				if n%2 == 0 {
					c.Close()
				}
			}
		})
	}
	for n := range 200 {
		next := twice(t, p.Listener)
		before := answered.Load()
		until(t, "some are answered", func() bool { return answered.Load() >= before+20 || t.Failed() })
		p = begin(t, fmt.Sprint(n+1), next, p.end()...)
	}
	stop.Store(true)
	wg.Wait()
	for _, c := range p.end() {
		c.Close()
	}
}

// TestWhoGreetsIsAnswered: a TLS session cannot pass on. Who has begun one is answered
// by the process that it was begun with, and told to ask elsewhere next.
func TestWhoGreetsIsAnswered(t *testing.T) {
	leak.Check(t)
	made := httptest.NewTLSServer(nil)
	certificates := made.TLS.Certificates
	made.Close()
	secure := func(p *process) *process {
		p.grace = time.Minute
		go func() {
			defer close(p.done)
			_ = p.server.Serve(tls.NewListener(p, &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12}))
		}()
		return p
	}
	l := listen(t)
	address := l.Addr().String()
	p := secure(prepare(t, "0", l))
	var stop atomic.Bool
	var answered atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				raw, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) // made for the test
				if err != nil {
					t.Error(err)
					return
				}
				c := &client{raw, bufio.NewReader(raw)}
				err = c.write("/", "x")
				var got string
				if err == nil {
					got, err = c.read()
				}
				raw.Close()
				if err != nil || !strings.HasSuffix(got, ": x") {
					t.Errorf("%q, %v", got, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for n := range 30 {
		next := twice(t, p.Listener)
		before := answered.Load()
		until(t, "some are answered", func() bool { return answered.Load() >= before+10 || t.Failed() })
		p = secure(prepare(t, fmt.Sprint(n+1), next, p.end()...))
	}
	stop.Store(true)
	wg.Wait()
	for _, c := range p.end() {
		c.Close()
	}
}

// TestWhatNobodyTakes: Leave waits no longer than it may.
func TestWhatNobodyTakes(t *testing.T) {
	leak.Check(t)
	l := listen(t)
	p := begin(t, "a", l)
	busy := dial(t, l)
	if err := busy.write("/slow", ""); err != nil {
		t.Fatal(err)
	}
	until(t, "asked", func() bool { return p.asked.Load() == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if left := p.Leave(ctx); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
	_ = p.server.Close()
	<-p.done
	if _, err := busy.read(); err == nil {
		t.Error("answered although it was cut off")
	}
	close(p.hold)
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil || errors.Is(err, context.Canceled) {
		c.Close()
		t.Error("it still listens")
	}
}
