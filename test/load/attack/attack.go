// Package attack tries to sign in: as somebody honest does, and as many as a flood does.
package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// From gives a client whose connections come from an address of the loopback network.
func From(address string) *http.Client {
	d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: 10 * time.Second}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: 8}}
}

// Try posts one sign-in and gives its status.
func Try(ctx context.Context, c *http.Client, url, username, password string) (int, []*http.Cookie, error) {
	body, err := json.Marshal(map[string]string{"username": username, "password": password})
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/session", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Cookies(), err
}

// Attack sends wrong attempts: each by a client and under a name.
type Attack struct {
	Rate int // attempts a second
	Next func(i int) (c *http.Client, name string)

	Sent, Hashed, Stopped, Other atomic.Int64
}

// Run goes on until ctx ends.
func (a *Attack) Run(ctx context.Context, url string) {
	tick := time.NewTicker(time.Second / time.Duration(a.Rate))
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c, name := a.Next(i)
		all.Go(func() {
			a.Sent.Add(1)
			status, _, err := Try(ctx, c, url, name, fmt.Sprintf("wrong guess number %d", i))
			switch {
			case err != nil && ctx.Err() != nil: // the end of the measurement
			case status == http.StatusUnauthorized:
				a.Hashed.Add(1)
			case status == http.StatusTooManyRequests:
				a.Stopped.Add(1)
			default:
				a.Other.Add(1)
			}
		})
	}
}
