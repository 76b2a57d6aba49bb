package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"watchroom/test/load/station"
	"watchroom/test/program"
)

// viewers: those who ask and do not read cost others nothing.
func (b *bench) viewers(ctx context.Context) error {
	o := newOutcome("viewers that do not read")
	o.mostMissing = 0
	return b.suffer(ctx, "viewers", station.ServerOptions{}, o, func(i *installation) error {
		if err := i.Operator(ctx, "guard"); err != nil {
			return err
		}
		guard, err := i.SignIn(ctx, "guard")
		if err != nil {
			return err
		}
		if err := program.Wait(ctx, 5*time.Second); err != nil { // some footage to ask for
			return err
		}
		var viewing struct {
			ID string `json:"id"`
		}
		now := time.Now().UTC()
		err = i.Call(ctx, guard, http.MethodPost, "/api/v1/viewings", map[string]any{"cameras": i.ids, "purpose": "maintenance",
			"from": now.Add(-time.Minute), "to": now.Add(time.Hour), "reason": "Viewers that do not read"}, &viewing)
		if err != nil {
			return err
		}
		at := time.Now()
		for range b.often(2, 6) {
			for _, id := range i.ids {
				q := url.Values{"from": {i.begun.UTC().Format(time.RFC3339Nano)}, "to": {now.Format(time.RFC3339Nano)}}
				for _, ask := range []string{
					"GET /api/v1/live/" + id + "/mse?stream=main HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
					"GET /api/v1/events HTTP/1.1\r\n",
					fmt.Sprintf("GET /api/v1/viewings/%s/cameras/%s/stream.mp4?%s HTTP/1.1\r\n", viewing.ID, id, q.Encode()),
				} {
					c, err := i.ask(guard, ask)
					if err != nil {
						return err
					}
					defer c.Close()
					o.times++
				}
			}
		}
		if err := program.Wait(ctx, b.long(15*time.Second, 60*time.Second)); err != nil {
			return err
		}
		o.happened(event{at: at, over: at}, 0) // each viewer was counted
		return i.recording(ctx)
	})
}

// ask sends a request on a connection of its own with a small buffer, and reads
// only the beginning of the answer.
func (i *installation) ask(who *http.Client, request string) (net.Conn, error) {
	u, err := url.Parse(i.URL)
	if err != nil {
		return nil, err
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	var cookies []string
	for _, k := range who.Jar.Cookies(u) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	err = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	_, wrote := fmt.Fprintf(c, "%sHost: %s\r\nOrigin: %s\r\nCookie: %s\r\n\r\n", request, u.Host, i.URL, strings.Join(cookies, "; "))
	status := make([]byte, len("HTTP/1.1 200"))
	_, read := c.Read(status)
	if err = errors.Join(err, wrote, read); err == nil && !strings.HasSuffix(string(status), " 200") && !strings.HasSuffix(string(status), " 101") {
		err = fmt.Errorf("%.60s: %s", request, status)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}
