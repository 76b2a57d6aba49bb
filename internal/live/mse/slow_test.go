package mse

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/coder/websocket"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/livetest"
)

func TestASlowViewerIsToldAndOthersSeeAll(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{Width: 1280, Height: 720, Codec: media.H264, GOP: 1, Seconds: 2})
	s := serve(t, camera, func(s *Server) { s.Queue = 16; s.WriteTimeout = time.Minute })
	camera.Begin("r1", 0)
	camera.Send(1)
	slow, quick := s.dial(t, "person=slow"), s.dial(t, "person=quick")
	quick.begin()
	quick.see(1)
	slow.begin()
	slow.see(1)
	// The slow viewer reads nothing until its socket and its queue are full and
	// something was lost; the quick one gets every picture meanwhile.
	total := 0
	for sent := 0; sent < 64<<20; {
		for _, u := range camera.Send(8) {
			sent += len(u.Data)
			total++
		}
		quick.see(8)
	}
	pictures, told := 0, uint64(0)
	for told == 0 {
		kind, data := slow.read()
		if kind == websocket.MessageBinary {
			pictures += len(slow.fragment(data))
			continue
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil || m.Type != "dropped" {
			t.Fatalf("got %s", data)
		}
		told = m.Frames
	}
	if s.Viewers.Figures().Dropped < told || pictures+int(told) > total {
		t.Errorf("%d seen and %d lost of %d", pictures, told, total)
	}
	next, _ := slow.see(1)
	if !next[0].key {
		t.Error("does not go on with a key frame")
	}
	_ = slow.conn.CloseNow()
	_ = quick.conn.CloseNow()
	s.Close()
}

func TestADeadViewerIsClosed(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{Width: 1280, Height: 720, GOP: 1, Seconds: 1})
	s := serve(t, camera, func(s *Server) { s.WriteTimeout = 50 * time.Millisecond })
	camera.Begin("r1", 0)
	camera.Send(1)
	c := s.dial(t, "")
	c.begin()
	for camera.Stream.Watchers() > 0 { // it reads nothing more
		camera.Send(8)
	}
	_ = c.conn.CloseNow()
	s.Close()
	if len(s.Viewers.List()) != 0 {
		t.Error("a seat is taken")
	}
}

func TestRightsThatEndAlsoCutAViewerThatReadsNothing(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{Width: 1280, Height: 720, GOP: 1, Seconds: 1})
	s := serve(t, camera, func(s *Server) { s.WriteTimeout = time.Hour })
	camera.Begin("r1", 0)
	camera.Send(1)
	c := s.dial(t, "person=ann")
	c.begin()
	for last := uint64(0); ; { // until its socket takes nothing more
		for sent := 0; sent < 8<<20; {
			for _, u := range camera.Send(8) {
				sent += len(u.Data)
			}
		}
		now := s.Viewers.Figures().Bytes
		if now == last {
			break
		}
		last = now
	}
	s.Viewers.EndPerson("ann", live.ErrRightsEnded)
	for len(s.Viewers.List()) > 0 {
		select {
		case <-time.Tick(time.Millisecond):
		case <-time.After(patience):
			t.Fatal("still there")
		}
	}
	_ = c.conn.CloseNow()
	s.Close()
}

func TestASilentPeerIsPinged(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{Seconds: 1})
	s := serve(t, camera, func(s *Server) { s.PingEvery = 20 * time.Millisecond })
	c := s.dial(t, "") // nothing to send: no camera
	c.text("state")
	// A peer that does not read answers no ping.
	for len(s.Viewers.List()) > 0 {
		select {
		case <-time.Tick(time.Millisecond):
		case <-time.After(patience):
			t.Fatal("still there")
		}
	}
	_ = c.conn.CloseNow()
	s.Close()
}
