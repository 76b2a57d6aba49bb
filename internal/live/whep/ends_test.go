package whep

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/livetest"
)

func TestRightsThatEndCloseTheSession(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	camera.Send(1)
	ann, bob := watch(t, s, "ann"), watch(t, s, "bob")
	ann.see(1)
	bob.see(1)
	if w, err := s.Viewer(ann.answer.ID); err != nil || w.Person != "ann" || w.Session != "s-ann" || w.Camera != "gate" {
		t.Errorf("viewer %+v, %v", w, err)
	}
	if n := s.Viewers.EndSession("s-ann", live.ErrRightsEnded); n != 1 {
		t.Errorf("%d ended", n)
	}
	take(t, ann.closed, "the end of ann's session")
	camera.Send(3)
	bob.see(3)
	s.Close()
	take(t, bob.closed, "the end of the server")
	if err := s.Delete(context.Background(), ann.answer.ID); problem.Of(err).Params["reason"] != "rights_ended" {
		t.Errorf("ann is told %v", problem.Of(err).Params)
	}
	if _, err := s.Viewer(bob.answer.ID); problem.Of(err).Params["reason"] != "server_stopping" {
		t.Errorf("bob is told %v", problem.Of(err).Params)
	}
	if _, err := s.Viewer("nobody"); problem.Of(err).Params != nil {
		t.Errorf("a stranger is told %v", problem.Of(err).Params)
	}
	ann.hangUp()
	bob.hangUp()
}

func TestCreateRefuses(t *testing.T) {
	leak.Check(t)
	plain := livetest.New(t, footage.Spec{Seconds: 1})
	plain.Begin("r1", 0)
	jpeg := livetest.New(t, footage.Spec{Seconds: 1, Codec: media.MJPEG})
	jpeg.Begin("r1", 0)
	h265 := livetest.New(t, footage.Spec{Seconds: 1, Codec: media.H265})
	h265.Begin("r1", 0)
	reordered := livetest.New(t, footage.Spec{Seconds: 1, BFrames: 2})
	reordered.Begin("r1", 0)
	sound := livetest.New(t, footage.Spec{Seconds: 1})
	sound.BeginWith("r1", 0, []media.Track{{ID: 1, Codec: media.AAC}})
	silent := livetest.New(t, footage.Spec{Seconds: 1})
	down := livetest.New(t, footage.Spec{Seconds: 1})
	down.Down = true
	switchedOff := livetest.New(t, footage.Spec{Seconds: 1})
	switchedOff.Refuse = problem.New(problem.Unavailable, "camera_off", "The camera is switched off.")
	for camera, want := range map[*livetest.Camera]string{
		jpeg: "mjpeg_needs_mse", h265: "codec_not_offered", reordered: "b_frames_need_mse", silent: "camera_not_live", down: "camera_not_live", switchedOff: "camera_off",
	} {
		s := serve(t, camera, func(s *Server) {
			switch camera {
			case silent:
				s.ConnectTimeout = time.Millisecond
			case down: // is not waited for
				s.ConnectTimeout = time.Hour
			}
		})
		c, err := dial(t, s, "ann")
		if problem.Of(err).Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if camera.Stream.Watchers() != 0 || camera.Holds.Load() != 0 || len(s.Viewers.List()) != 0 || s.Figures().Sessions != 0 {
			t.Errorf("%s: something is held", want)
		}
		c.hangUp()
		s.Close()
	}

	s := serve(t, sound, nil)
	c, err := dial(t, s, "ann")
	if problem.Of(err).Code != "codec_not_offered" {
		t.Errorf("sound alone: %v", err)
	}
	c.hangUp()
	s.Close()

	s = serve(t, plain, func(s *Server) { s.Viewers.MaxPerPerson = 1 })
	for offer, want := range map[string]string{
		"": "bad_offer", "hello": "bad_offer", preamble: "bad_offer", "\r\n": "bad_offer",
		preamble + "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=recvonly\r\n": "codec_not_offered",
	} {
		if _, err := s.Create(context.Background(), Request{Offer: offer}); code(err) != want {
			t.Errorf("%q: %v, want %s", offer, err, want)
		}
	}
	first, err := dial(t, s, "ann")
	if err != nil {
		t.Fatal(err)
	}
	second, err := dial(t, s, "ann")
	if !errors.Is(err, live.ErrTooManyOfPerson) {
		t.Errorf("second of one person: %v", err)
	}
	s.Close()
	if _, err := s.Create(context.Background(), Request{Offer: first.offer}); !errors.Is(err, live.ErrStopping) {
		t.Errorf("after Close: %v", err)
	}
	first.hangUp()
	second.hangUp()
}

func TestAClientThatNeverConnectsIsForgotten(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{Seconds: 1})
	camera.Begin("r1", 0)
	camera.Send(1)
	s := serve(t, camera, func(s *Server) { s.ConnectTimeout = 50 * time.Millisecond })
	c, err := dial(t, s, "ann")
	if err != nil {
		t.Fatal(err)
	}
	s.running.Wait()
	if _, err := s.Viewer(c.answer.ID); problem.Of(err).Params["reason"] != "connection_lost" {
		t.Errorf("reason %v", problem.Of(err).Params)
	}
	s.Close()
	c.hangUp()
}

// A browser opens connections for TCP candidates that may never say a word.
func TestCloseWaitsForNoSilentConnection(t *testing.T) {
	leak.Check(t)
	s := serve(t, livetest.New(t, footage.Spec{Seconds: 1}), func(s *Server) { s.TCP, s.ConnectTimeout = "127.0.0.1:0", time.Hour })
	_, address := s.Addresses()
	silent, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	for { // until the server has taken the connection
		s.calls.mu.Lock()
		n := len(s.calls.open)
		s.calls.mu.Unlock()
		if n > 0 {
			break
		}
		runtime.Gosched()
	}
	// The mux alone would read on for an hour.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	select {
	case <-closed:
	case <-ctx.Done():
		t.Error("Close waits for a connection that says nothing")
		<-closed
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still served")
	}
}

func TestPatch(t *testing.T) {
	camera := livetest.New(t, footage.Spec{Seconds: 1})
	camera.Begin("r1", 0)
	s := serve(t, camera, nil)
	c, err := dial(t, s, "ann")
	if err != nil {
		t.Fatal(err)
	}
	o, err := readOffer(c.offer)
	if err != nil {
		t.Fatal(err)
	}
	const good = "a=mid:0\r\na=candidate:1 1 udp 2113937151 0b4f.local 50000 typ host generation 0 ufrag x\r\na=end-of-candidates\r\n"
	for fragment, want := range map[string]string{
		"a=ice-ufrag:" + o.ufrag + "\r\na=ice-pwd:x\r\n" + good: "",
		good:                           "",
		"a=ice-ufrag:other\r\n" + good: "ice_restart_unsupported",
		"a=candidate:nonsense\r\n":     "bad_candidate",
	} {
		err := s.Patch(context.Background(), c.answer.ID, fragment)
		if got := code(err); got != want {
			t.Errorf("%q: %s, want %q", fragment, got, want)
		}
	}
	if err := s.Patch(context.Background(), "unknown", good); !errors.Is(err, live.ErrNoSession) {
		t.Error(err)
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return problem.Of(err).Code
}
