// Package mse sends live pictures over a WebSocket: fragmented MP4 for Media
// Source Extensions, or bare JPEG pictures where the camera sends those.
//
// Text messages are JSON objects with a type. "init" announces what the binary
// messages after it hold: for video/mp4 first the initialisation segment, then
// fragments whose decode times count from base; for image/jpeg one picture each.
// "state" tells that the camera went or came, "dropped" that this viewer was too
// slow and lost frames up to a key frame, "end" why the server closes. The client
// may send {"type":"pause"} and {"type":"resume"}.
package mse

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"watchroom/internal/clock"
	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Server serves WebSockets. Set the fields, then Start.
type Server struct {
	Streams live.Streams
	Viewers *live.Viewers
	Log     *slog.Logger
	Clock   clock.Clock

	// Origins are host patterns, besides the server's own host, of pages that may
	// open a WebSocket (path.Match).
	Origins []string
	// Queue is how many units a viewer may fall behind; 0 means 256.
	Queue int
	// WriteTimeout ends a viewer that takes nothing for so long; 0 means 10 s.
	WriteTimeout time.Duration
	// PingEvery is how often a viewer must show that it is alive; 0 means 20 s.
	PingEvery time.Duration

	ctx     context.Context
	cancel  context.CancelFunc
	mu      sync.Mutex     // guards closed against running.Add
	running sync.WaitGroup // one per viewer
	closed  bool
}

// Params say who watches what. The caller has decided that they may.
type Params struct {
	Camera  string
	Which   media.Which
	Person  string
	Session string // sign-in or token under which it is watched
	Audio   bool   // sound is wanted and the client can decode AAC and Opus
}

// Start makes the server ready.
func (s *Server) Start(context.Context) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return nil
}

// Close ends every viewer and waits for them.
func (s *Server) Close() {
	if s.cancel == nil {
		return
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
}

// Serve takes over one request and returns when its viewer is gone. An error is a
// problem that the caller answers with: nothing was written then. A camera that
// sends nothing at the moment is no error; the viewer waits for it.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, p Params) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return live.ErrStopping
	}
	s.running.Add(1)
	s.mu.Unlock()
	defer s.running.Done()

	seat, err := s.Viewers.Enter(s.ctx, live.Viewer{
		Person: p.Person, Session: p.Session, Camera: p.Camera, Which: p.Which, Transport: "mse",
	})
	if err != nil {
		return err
	}
	defer seat.Leave()
	feed, err := s.Streams.Open(r.Context(), p.Camera, p.Which)
	if err != nil {
		return err
	}
	defer feed.Release()

	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: s.Origins})
	if err != nil {
		return nil // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }() // mostly closed already
	conn.SetReadLimit(4096)
	v := &viewer{server: s, params: p, seat: seat, feed: feed, conn: conn, commands: make(chan string, 1)}
	v.run()
	return nil
}

// run drives one viewer until it goes or must go.
func (v *viewer) run() {
	ctx, cancel := context.WithCancel(v.seat.Context())
	defer cancel()
	var helpers sync.WaitGroup
	helpers.Go(func() {
		defer cancel()
		v.listen()
	})
	helpers.Go(func() {
		defer cancel()
		v.ping(ctx)
	})
	over := make(chan struct{})
	helpers.Go(func() { v.hurry(over) })
	err := v.watch(ctx)
	v.goodbye(err)
	close(over)
	cancel()
	_ = v.conn.CloseNow() // wakes listen
	helpers.Wait()
}

// goodbye says why the server ends it, where it does.
func (v *viewer) goodbye(err error) {
	why := v.seat.Reason()
	if why == nil {
		if !errors.As(err, &why) {
			v.seat.End(live.ErrLeft)
			return
		}
		v.seat.End(why)
	} else if v.server.ctx.Err() != nil {
		why = live.ErrStopping
	}
	status := websocket.StatusGoingAway
	if why.Kind == problem.Forbidden {
		status = websocket.StatusPolicyViolation
	}
	if err := v.say(message{Type: "end", Reason: &reason{Code: why.Code, Params: why.Params, Detail: why.Detail}}); err != nil {
		return
	}
	_ = v.conn.Close(status, why.Code)
}

// grace is how long a viewer that must go may take to hear why.
const grace = 500 * time.Millisecond

// hurry cuts the connection when a viewer that must go holds up the goodbye, by
// reading nothing or not answering. It returns when over is closed.
func (v *viewer) hurry(over <-chan struct{}) {
	select {
	case <-v.seat.Context().Done():
	case <-over:
		return
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-timer.C:
		_ = v.conn.CloseNow()
	case <-over:
	}
}

// listen takes the client's messages until the connection ends. Cancelling a
// read would close the connection, and goodbye still has something to say.
func (v *viewer) listen() {
	for {
		kind, data, err := v.conn.Read(context.Background())
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			continue
		}
		v.command(data)
	}
}

// ping finds out about peers that vanished without a word.
func (v *viewer) ping(ctx context.Context) {
	every := v.server.PingEvery
	if every == 0 {
		every = 20 * time.Second
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		wait, cancel := context.WithTimeout(context.Background(), every)
		err := v.conn.Ping(wait)
		cancel()
		if err != nil {
			return
		}
	}
}

func (v *viewer) writeTimeout() time.Duration {
	if v.server.WriteTimeout > 0 {
		return v.server.WriteTimeout
	}
	return 10 * time.Second
}
