package mse

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/livetest"
)

func TestPicturesFromTheLastKeyFrameOn(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C044")
	camera := livetest.New(t, footage.Spec{Audio: media.AAC, BFrames: 2})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	sent := camera.Send(25)
	last := 0
	for i, u := range sent {
		if u.Key {
			last = i
		}
	}
	sent = sent[last:]
	c := s.dial(t, "person=ann&audio")
	m := c.begin()
	if m.Codec != media.H264 || m.AudioCodec != media.AAC || m.Width != 160 || m.Height != 96 || m.Run != "r1" ||
		!strings.HasPrefix(m.MIME, `video/mp4; codecs="avc1.`) || !strings.HasSuffix(m.MIME, `,mp4a.40.2"`) {
		t.Errorf("init %+v", m)
	}
	seen, _ := c.see(len(sent))
	same(t, sent, seen)
	for range 30 {
		one := camera.Send(1)
		got, _ := c.see(1)
		same(t, one, got)
	}
	checkFile(t, c.file.Bytes(), len(sent)+30)
	if f := s.Viewers.Figures(); f.Watching["mse"] != 1 || f.Bytes == 0 {
		t.Errorf("figures %+v", f)
	}
	if err := c.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	s.Close()
	if camera.Stream.Watchers() != 0 || camera.Holds.Load() != 0 || len(s.Viewers.List()) != 0 {
		t.Error("something is held after the end")
	}
}

func TestSoundIsLeftOutWithAReason(t *testing.T) {
	for _, c := range []struct {
		codec       media.Codec
		query, want string
		tracks      int
	}{
		{media.PCMA, "audio", "none: g711_needs_whep", 1},
		{media.AAC, "", "none: not_wanted", 1},
		{"", "audio", "none: no_audio", 1},
		{media.Opus, "audio", "", 2},
	} {
		camera := livetest.New(t, footage.Spec{Audio: c.codec, Seconds: 1})
		s := serve(t, camera, nil)
		camera.Begin("r1", 0)
		camera.Send(3)
		v := s.dial(t, c.query)
		if m := v.begin(); m.Audio != c.want || len(v.tracks) != c.tracks {
			t.Errorf("%s: %q, %d tracks", c.codec, m.Audio, len(v.tracks))
		}
		v.see(3)
	}
}

func TestTheCameraGoesAndComes(t *testing.T) {
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, nil)
	c := s.dial(t, "")
	if m := c.text("state"); m.Status != "connecting" {
		t.Errorf("before the first run: %+v", m)
	}
	camera.Begin("r1", 0)
	sent := camera.Send(12)
	c.begin()
	seen, _ := c.see(12)
	same(t, sent, seen)
	camera.End(media.CauseNoFrames)
	m := c.text("state")
	if m.Status != "stalled" || m.Reason == nil || m.Reason.Code != "no_frames" || m.Since == "" {
		t.Errorf("after the end: %+v", m)
	}
	base := c.init.Base
	camera.Begin("r2", 9)
	sent = camera.Send(5)
	if m := c.begin(); m.Run != "r2" || m.Base != base {
		t.Errorf("second run: %+v", m)
	}
	seen, _ = c.see(5)
	same(t, sent, seen)
	camera.BeginWith("r3", 1, []media.Track{{ID: 1, Codec: media.AAC, Timescale: 48000}})
	if m := c.text("state"); m.Status != "stalled" && m.Status != "connecting" {
		t.Errorf("end of the second run: %+v", m)
	}
	if m := c.text("state"); m.Status != "unsupported" || m.Reason.Code != "no_video" {
		t.Errorf("a run without a picture: %+v", m)
	}
}

func TestEveryCauseHasAStatus(t *testing.T) {
	for cause, want := range map[media.Cause]string{
		media.CauseNoFrames: "stalled", media.CauseNetwork: "unreachable", media.CauseUnreachable: "unreachable",
		media.CauseCredentials: "wrong_credentials", media.CauseRefused: "refused", media.CauseUnsupported: "unsupported",
		media.CauseSwitchedOff: "off", media.CauseStopped: "off", media.CauseTimestamps: "connecting",
	} {
		if got := status(cause); got != want {
			t.Errorf("%s: %s, want %s", cause, got, want)
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	camera := livetest.New(t, footage.Spec{})
	watchers := make(chan int, 64)
	camera.Stream.OnWatch(func(n int) { watchers <- n })
	await := func(want int) {
		t.Helper()
		for {
			select {
			case n := <-watchers:
				if n == want {
					return
				}
			case <-time.After(patience):
				t.Fatalf("never %d watchers", want)
			}
		}
	}
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	camera.Send(1)
	c := s.dial(t, "")
	await(1)
	c.begin()
	c.see(1)
	say := func(text string) {
		t.Helper()
		if err := c.conn.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	say(`{"type":"nonsense"}`)
	say(`not even JSON`)
	say(`{"type":"pause"}`)
	await(0)
	sent := camera.Send(25)[19:] // the last key frame is number 20 of the run
	say(`{"type":"resume"}`)
	c.begin()
	seen, _ := c.see(len(sent))
	same(t, sent, seen)
}

func TestRightsThatEndCloseTheViewer(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	camera.Send(2)
	ann, bob := s.dial(t, "person=ann"), s.dial(t, "person=bob")
	for _, c := range []*client{ann, bob} {
		c.begin()
		c.see(2)
	}
	s.Viewers.EndPerson("ann", live.ErrRightsEnded)
	if m := ann.text("end"); m.Reason == nil || m.Reason.Code != "rights_ended" || m.Reason.Detail == "" {
		t.Errorf("ann is told %+v", m)
	}
	_, _, err := ann.conn.Read(context.Background())
	if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("ann's connection: %v", err)
	}
	camera.Send(1)
	bob.see(1)
	done := make(chan struct{})
	go func() { s.Close(); close(done) }()
	if m := bob.text("end"); m.Reason == nil || m.Reason.Code != "server_stopping" {
		t.Errorf("bob is told %+v", m)
	}
	if _, _, err := bob.conn.Read(context.Background()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("bob's connection: %v", err)
	}
	<-done
}

func TestMotionJPEG(t *testing.T) {
	camera := livetest.New(t, footage.Spec{Codec: media.MJPEG, Audio: media.AAC, Seconds: 1})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	sent := camera.Send(1)
	c := s.dial(t, "audio")
	if m := c.text("init"); m.MIME != "image/jpeg" || m.Codec != media.MJPEG || m.Base != "" {
		t.Errorf("init %+v", m)
	}
	sent = append(sent, camera.Send(5)...)
	for i, u := range sent {
		kind, data := c.read()
		if kind != websocket.MessageBinary || !bytes.Equal(data, u.Data) || !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
			t.Errorf("picture %d: %v, %d bytes for %d", i, kind, len(data), len(u.Data))
		}
	}
}

func TestServeRefuses(t *testing.T) {
	camera := livetest.New(t, footage.Spec{Seconds: 1})
	s := serve(t, camera, func(s *Server) { s.Viewers.Max = 1 })
	refused := func(want string) {
		t.Helper()
		_, answer, err := websocket.Dial(context.Background(), s.url, nil)
		if err == nil || answer == nil {
			t.Fatalf("want %s, got a connection or no answer: %v", want, err)
		}
		body := make([]byte, 64)
		n, _ := answer.Body.Read(body)
		if answer.StatusCode != http.StatusTeapot || strings.TrimSpace(string(body[:n])) != want {
			t.Errorf("%d %q, want %s", answer.StatusCode, body[:n], want)
		}
	}
	camera.Refuse = problem.New(problem.Unavailable, "camera_off", "")
	refused("camera_off")
	camera.Refuse = nil
	c := s.dial(t, "")
	c.text("state")
	refused("too_many_viewers")
	s.Close()
	refused("server_stopping")
	if camera.Holds.Load() != 0 {
		t.Error("a hold is kept")
	}

	// A page of another origin and a plain request get no viewer.
	s = serve(t, camera, nil)
	_, answer, err := websocket.Dial(context.Background(), s.url, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://elsewhere.example"}}})
	if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("another origin: %v %v", answer, err)
	}
	plain, err := http.Get("http" + strings.TrimPrefix(s.url, "ws"))
	if err != nil || plain.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a plain request: %v %v", plain, err)
	}
	_ = plain.Body.Close()
	if len(s.Viewers.List()) != 0 || camera.Holds.Load() != 0 {
		t.Error("something is held")
	}
}

// broken gives a past that cannot be read.
type broken struct{ *livetest.Camera }

func (b broken) Open(ctx context.Context, camera string, which media.Which) (live.Feed, error) {
	f, err := b.Camera.Open(ctx, camera, which)
	f.Primer = b
	return f, err
}

func (broken) Mark() func() ([]*media.Unit, error) {
	return func() ([]*media.Unit, error) { return nil, errors.New("disk fault") }
}

func TestAPastThatCannotBeReadIsSkipped(t *testing.T) {
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, func(s *Server) { s.Streams = broken{camera} })
	camera.Begin("r1", 0)
	camera.Send(3)
	c := s.dial(t, "")
	c.begin()
	sent := camera.Send(20)[7:]
	seen, _ := c.see(len(sent))
	same(t, sent, seen)
}
