package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"watchroom/test/fault/visitor"
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
		now := time.Now().UTC()
		viewing, err := visitor.View(ctx, i.Server, guard, i.ids, now.Add(-time.Minute), now.Add(time.Hour), "Viewers that do not read", b.folder)
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
					c, err := visitor.Ask(i.URL, guard, ask)
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
