package mse

import (
	"bytes"
	"context"
	"encoding/json"
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
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/livetest"
)

const patience = time.Minute

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
