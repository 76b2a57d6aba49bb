package mse

import (
	"context"
	"testing"
	"time"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/livetest"
)

// seldom is a camera whose last key frame is an hour old when somebody comes.
type seldom struct{ *livetest.Camera }

func (s seldom) Open(ctx context.Context, camera string, which media.Which) (live.Feed, error) {
	feed, err := s.Camera.Open(ctx, camera, which)
	feed.Primer = live.Recent(feed.Primer, func() time.Time { return s.Now().Add(time.Hour) })
	return feed, err
}

// TestAViewerDoesNotSeeThePast: where the last key frame is too old, the first
// picture is the next one.
func TestAViewerDoesNotSeeThePast(t *testing.T) {
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, func(s *Server) { s.Streams = seldom{camera} })
	camera.Begin("r1", 0)
	camera.Send(15) // key frames are 0, 10, 20
	c := s.dial(t, "")
	c.begin() // it has joined
	sent := camera.Send(15)
	seen, _ := c.see(10)
	same(t, sent[5:], seen)
}
