// Package visitor is who uses a recorder while it suffers: callers who ask all the time,
// and viewers who look at cameras live.
package visitor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/test/program"
)

// Callers ask all the time, half of them on a new connection each time, as who opens
// the page, half on one that is kept. None asks anything twice: a connection that ends
// without an answer is a failure, where a browser would ask again and say nothing.
type Callers struct {
	Answered atomic.Int64
	Slowest  atomic.Int64 // ns from a question to its answer
	failed   chan error
	stop     context.CancelFunc
	wg       sync.WaitGroup
}

// Call begins n callers of an address.
func Call(ctx context.Context, address string, n int) *Callers {
	c := &Callers{failed: make(chan error, n)}
	ctx, c.stop = context.WithCancel(ctx)
	for n := range n {
		c.wg.Go(func() {
			if err := c.ask(ctx, address, n%2 == 0); err != nil {
				c.failed <- fmt.Errorf("while the program was exchanged, after %d answers: %w", c.Answered.Load(), err)
			}
		})
	}
	return c
}

// End waits for them and gives the first failure of each.
func (c *Callers) End() (failed error) {
	c.stop()
	c.wg.Wait()
	close(c.failed)
	for err := range c.failed {
		failed = errors.Join(failed, err)
	}
	return failed
}

func (c *Callers) ask(ctx context.Context, address string, fresh bool) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	var conn net.Conn
	var r *bufio.Reader
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for program.Wait(ctx, 10*time.Millisecond) == nil {
		if conn == nil || fresh {
			if conn != nil {
				conn.Close()
			}
			if conn, err = net.Dial("tcp", u.Host); err != nil {
				return err
			}
			r = bufio.NewReader(conn)
		}
		began := time.Now()
		if err := post(conn, r, u.Host); err != nil {
			return err
		}
		c.Answered.Add(1)
		for took := int64(time.Since(began)); ; {
			if most := c.Slowest.Load(); took <= most || c.Slowest.CompareAndSwap(most, took) {
				break
			}
		}
	}
	return nil // the end was asked for
}

// post is a question that no client may ask twice by itself (RFC 9110 9.2.2).
func post(conn net.Conn, r *bufio.Reader, host string) error {
	const body = `{"username": 1}`
	if _, err := fmt.Fprintf(conn, "POST /api/v1/session HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", host, len(body), body); err != nil {
		return err
	}
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("answered %s", answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
