package mse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"watchroom/evidence/fmp4"
	"watchroom/internal/live"
	"watchroom/internal/live/livetest"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/leak"
)

const patience = 20 * time.Second

type fixture struct {
	*Server
	url string
}

// serve starts a server for one camera; the end of the test closes it.
func serve(t *testing.T, c *livetest.Camera, change func(*Server)) fixture {
	t.Helper()
	s := &Server{Streams: c, Viewers: &live.Viewers{}, Clock: c.Now}
	if change != nil {
		change(s)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person := r.URL.Query().Get("person")
		err := s.Serve(w, r, Params{Camera: "gate", Which: media.Main, Person: person, Session: "s-" + person, Audio: r.URL.Query().Has("audio")})
		if err != nil {
			http.Error(w, problem.Of(err).Code, http.StatusTeapot)
		}
	}))
	t.Cleanup(func() {
		s.Close()
		web.Close()
	})
	return fixture{s, "ws" + strings.TrimPrefix(web.URL, "http")}
}

type client struct {
	t      *testing.T
	conn   *websocket.Conn
	tracks []fmp4.Track
	init   message
	file   bytes.Buffer // everything binary since the last init
}

func (f fixture) dial(t *testing.T, query string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, f.url+"/?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(64 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t: t, conn: conn}
}

func (c *client) read() (websocket.MessageType, []byte) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	kind, data, err := c.conn.Read(ctx)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return kind, data
}

func (c *client) text(kind string) message {
	c.t.Helper()
	k, data := c.read()
	var m message
	if k != websocket.MessageText || json.Unmarshal(data, &m) != nil || m.Type != kind {
		c.t.Fatalf("got %v %.200s, want text %s", k, data, kind)
	}
	return m
}

// begin reads the announcement and the initialisation segment.
func (c *client) begin() message {
	c.t.Helper()
	c.init = c.text("init")
	_, data := c.read()
	tracks, _, err := fmp4.ReadInit(data)
	if err != nil {
		c.t.Fatal(err)
	}
	c.tracks = tracks
	c.file.Reset()
	c.file.Write(data)
	return c.init
}

// sample is one sample with its place.
type sample struct {
	track int
	wall  int64 // µs: base and decode time together
	key   bool
	data  []byte
}

func (c *client) fragment(data []byte) []sample {
	c.t.Helper()
	c.file.Write(data)
	base, err := time.Parse(stamp, c.init.Base)
	if err != nil {
		c.t.Fatal(err)
	}
	p := parse(c.t, data)
	var out []sample
	for _, tf := range p.Tracks {
		var scale uint32
		for _, track := range c.tracks {
			if track.ID == tf.TrackID {
				scale = track.Timescale
			}
		}
		at := int64(tf.BaseTime)
		for _, s := range tf.Samples {
			out = append(out, sample{tf.TrackID, base.UnixMicro() + micros(at+int64(s.Offset), scale), s.Key, s.Data})
			at += int64(s.Duration)
		}
	}
	return out
}

// see reads fragments until there are n pictures; other samples are returned too.
func (c *client) see(n int) (pictures, others []sample) {
	c.t.Helper()
	for len(pictures) < n {
		kind, data := c.read()
		if kind != websocket.MessageBinary {
			c.t.Fatalf("got %s while waiting for pictures", data)
		}
		for _, s := range c.fragment(data) {
			if s.track == 1 {
				pictures = append(pictures, s)
			} else {
				others = append(others, s)
			}
		}
	}
	return pictures, others
}

func same(t *testing.T, sent []*media.Unit, seen []sample) {
	t.Helper()
	if len(sent) != len(seen) {
		t.Fatalf("%d pictures for %d", len(seen), len(sent))
	}
	for i, u := range sent {
		if !bytes.Equal(u.Data, seen[i].data) || u.Key != seen[i].key {
			t.Fatalf("picture %d differs", i)
		}
		// A tick of the slowest clock and the rounding of wall clocks.
		if d := u.Wall - seen[i].wall; d < -200 || d > 200 {
			t.Errorf("picture %d is %d µs off", i, d)
		}
	}
}

func TestPicturesFromTheLastKeyFrameOn(t *testing.T) {
	leak.Check(t)
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

// checkFile has two strangers read what a viewer got.
func checkFile(t *testing.T, b []byte, pictures int) {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, segment := range f.Segments {
		for _, fragment := range segment.Fragments {
			for _, traf := range fragment.Moof.Trafs {
				if traf.Tfhd.TrackID == 1 {
					n += int(traf.Trun.SampleCount())
				}
			}
		}
	}
	if n != pictures {
		t.Errorf("mp4ff counts %d pictures, want %d", n, pictures)
	}
	path := filepath.Join(t.TempDir(), "live.mp4")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-count_frames", "-select_streams", "v",
		"-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe (apt-get install ffmpeg): %v: %s", err, out)
	}
	if d := cmp.Diff(pictures, atoi(strings.TrimSpace(string(out)))); d != "" {
		t.Errorf("ffprobe says %q: %s", out, d)
	}
}

func atoi(s string) (n int) {
	_ = json.Unmarshal([]byte(s), &n)
	return n
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
