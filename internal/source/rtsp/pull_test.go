package rtsp_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/source/rtsp"
)

// pull runs a Runner against an address and collects what comes.
type pull struct {
	runner *source.Runner
	stream media.Stream

	mu     sync.Mutex
	runs   []*media.Run
	units  []*media.Unit
	ended  []media.Cause
	status []source.Status
	wake   chan struct{}
}

func startPull(t *testing.T, cfg source.Config, tune func(*source.Runner)) *pull {
	t.Helper()
	return startPullBy(t, &rtsp.Puller{}, cfg, tune)
}

func startPullBy(t *testing.T, puller *rtsp.Puller, cfg source.Config, tune func(*source.Runner)) *pull {
	t.Helper()
	p := &pull{wake: make(chan struct{}, 1)}
	p.stream.AddSink(p)
	if err := puller.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.runner = &source.Runner{Config: cfg, Stream: &p.stream, Connect: puller.Run, Gate: source.NewGate(4, 0), OnStatus: p.onStatus}
	if tune != nil {
		tune(p.runner)
	}
	if err := p.runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.runner.Close()
		puller.Close()
	})
	return p
}

func (p *pull) note(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pull) Begin(r *media.Run)                { p.note(func() { p.runs = append(p.runs, r) }) }
func (p *pull) Write(_ *media.Run, u *media.Unit) { p.note(func() { p.units = append(p.units, u) }) }
func (p *pull) End(_ *media.Run, _ int64, c media.Cause) {
	p.note(func() { p.ended = append(p.ended, c) })
}
func (p *pull) onStatus(s source.Status) { p.note(func() { p.status = append(p.status, s) }) }

// until waits for a condition on what was collected.
func (p *pull) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		p.mu.Lock()
		done := ok()
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-p.wake:
		case <-limit:
			t.Fatalf("never came: %s; status %+v", what, p.runner.Status())
		}
	}
}

func (p *pull) reason(code string) func() bool {
	return func() bool {
		for _, s := range p.status {
			if s.Reason.Code == code {
				return true
			}
		}
		return false
	}
}

// TestTransports records from a real server in every way a camera can be reached.
func TestTransports(t *testing.T) {
	const user, pass = "viewer", "päss word"
	cases := []struct {
		name      string
		camera    *camera
		scheme    string
		transport string
		want      string
		insecure  bool
	}{
		{name: "tcp", scheme: "rtsp", transport: "tcp", want: "tcp"},
		{name: "auto", scheme: "rtsp", want: "tcp"},
		{name: "udp", camera: &camera{udp: true}, scheme: "rtsp", transport: "udp", want: "udp"},
		{name: "udp refused", scheme: "rtsp", transport: "udp", want: "tcp"},
		{name: "tls", camera: &camera{secure: certificate(t)}, scheme: "rtsps", want: "tls", insecure: true},
		{name: "basic", camera: &camera{user: user, pass: pass, methods: []auth.VerifyMethod{auth.VerifyMethodBasic}}, scheme: "rtsp", want: "tcp"},
		{name: "digest md5", camera: &camera{user: user, pass: pass, methods: []auth.VerifyMethod{auth.VerifyMethodDigestMD5}}, scheme: "rtsp", want: "tcp"},
		{name: "digest sha-256", camera: &camera{user: user, pass: pass, methods: []auth.VerifyMethod{auth.VerifyMethodDigestSHA256}}, scheme: "rtsp", want: "tcp"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cam := c.camera
			if cam == nil {
				cam = &camera{}
			}
			cam.t = t
			cam.start()
			p := startPull(t, source.Config{
				URL: c.scheme + "://" + cam.address() + "/cam", Username: cam.user, Password: cam.pass,
				Transport: c.transport, InsecureTLS: c.insecure, Audio: true,
			}, nil)
			p.until(t, "40 units", func() bool { return len(p.units) >= 40 })
			p.mu.Lock()
			defer p.mu.Unlock()
			if st := p.runner.Status(); st.State != source.Live || st.Figures.Transport != c.want || st.Cause != media.CauseNone {
				t.Errorf("status %+v, want live over %s", st, c.want)
			}
			checkUnits(t, p.runs, p.units, cam.frames)
		})
	}
}

func checkUnits(t *testing.T, runs []*media.Run, units []*media.Unit, size int) {
	t.Helper()
	if len(runs) != 1 || len(runs[0].Tracks) != 2 {
		t.Fatalf("runs %+v", runs)
	}
	v, a := runs[0].Tracks[0], runs[0].Tracks[1]
	if v.Codec != media.H264 || v.Width != 1920 || v.Height != 1080 || v.ID != 1 || a.Codec != media.PCMA || a.ID != 2 {
		t.Errorf("tracks %+v %+v", v, a)
	}
	if !units[0].Key || units[0].Track != 0 || units[0].PTS != 0 || units[0].Wall != runs[0].Start {
		t.Errorf("first unit %+v does not begin the run %+v", units[0], runs[0])
	}
	last := map[int]*media.Unit{}
	sound := 0
	for _, u := range units {
		if before := last[u.Track]; before != nil && (u.DTS <= before.DTS || u.Wall <= before.Wall) {
			t.Errorf("unit %+v follows %+v", u, before)
		}
		last[u.Track] = u
		if u.Track == 1 {
			sound++
			continue
		}
		if u.PTS%900 != 0 || u.PTS != u.DTS {
			t.Errorf("pts %d dts %d", u.PTS, u.DTS)
		}
		want := 4 + size
		if u.Key {
			want = 4 + len(testSPS) + 4 + len(testPPS) + 4 + 3*size
		}
		if len(u.Data) != want || int(binary.BigEndian.Uint32(u.Data)) > len(u.Data) {
			t.Errorf("unit of %d bytes, want %d, key %v", len(u.Data), want, u.Key)
		}
	}
	if sound == 0 {
		t.Error("no sound came")
	}
}

// TestFailures names the state and reason that each bad device leads to.
func TestFailures(t *testing.T) {
	cam := (&camera{t: t, user: "u", pass: "p"}).start()
	secure := (&camera{t: t, secure: certificate(t)}).start()
	mute := (&camera{t: t, mute: true}).start()
	cases := []struct {
		name string
		cfg  source.Config
		want source.State
		code string
	}{
		{"other scheme", source.Config{URL: "http://127.0.0.1/"}, source.Unsupported, "url_scheme_unsupported"},
		{"no host", source.Config{URL: "rtsp:///x"}, source.Unsupported, "url_invalid"},
		{"wrong password", source.Config{URL: "rtsp://" + cam.address() + "/cam", Username: "u", Password: "x"}, source.WrongCredentials, "credentials_refused"},
		{"no password", source.Config{URL: "rtsp://" + cam.address() + "/cam"}, source.WrongCredentials, "credentials_missing"},
		{"wrong path", source.Config{URL: "rtsp://" + cam.address() + "/other", Username: "u", Password: "p"}, source.Refused, "path_not_found"},
		{"untrusted", source.Config{URL: "rtsps://" + secure.address() + "/cam"}, source.Refused, "tls_certificate_untrusted"},
		{"no tls there", source.Config{URL: "rtsps://" + replies(t, reply("400 Bad Request", "")) + "/cam"}, source.Refused, "tls_not_spoken"},
		{"tls there", source.Config{URL: "rtsp://" + replies(t, "\x15\x03\x01\x00\x02\x02\x46") + "/cam"}, source.Refused, "not_an_rtsp_server"},
		{"never sends", source.Config{URL: "rtsp://" + mute.address() + "/cam"}, source.Stalled, "no_frames"},
		{"nobody listens", source.Config{URL: "rtsp://127.0.0.1:1/cam"}, source.Unreachable, "connection_refused"},
		{"unknown host", source.Config{URL: "rtsp://no-such-host.invalid/cam"}, source.Unreachable, "name_unknown"},
		{"web server", source.Config{URL: "rtsp://" + replies(t, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n") + "/"}, source.Refused, "not_an_rtsp_server"},
		{"ssh server", source.Config{URL: "rtsp://" + replies(t, "SSH-2.0-OpenSSH_9.2\r\n") + "/"}, source.Refused, "not_an_rtsp_server"},
		{"says nothing and hangs up", source.Config{URL: "rtsp://" + replies(t, "") + "/"}, source.Refused, "closed_by_camera"},
		{"cut in the headers", source.Config{URL: "rtsp://" + replies(t, "RTSP/1.0 200 OK\r\nCSeq") + "/"}, source.Refused, "closed_by_camera"},
		{"endless headers", source.Config{URL: "rtsp://" + replies(t, "RTSP/1.0 200 OK\r\n"+strings.Repeat("X: y\r\n", 20000)) + "/"}, source.Refused, "protocol_error"},
		{"server error", source.Config{URL: "rtsp://" + scripted(t, reply("500 Oops", "")) + "/"}, source.Refused, "refused_with_status"},
		{"busy", source.Config{URL: "rtsp://" + scripted(t, reply("453 Not Enough Bandwidth", "")) + "/"}, source.Refused, "device_busy"},
		{"garbage description", source.Config{URL: "rtsp://" + scripted(t, sdp("\x00\xffgarbage")) + "/"}, source.Unsupported, "description_invalid"},
		{"empty description", source.Config{URL: "rtsp://" + scripted(t, sdp("v=0\r\no=- 0 0 IN IP4 0\r\ns=-\r\nt=0 0\r\n")) + "/"}, source.Unsupported, "description_invalid"},
		{"nothing we know", source.Config{URL: "rtsp://" + scripted(t, sdp("v=0\r\no=- 0 0 IN IP4 0\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n")) + "/"}, source.Unsupported, "no_supported_track"},
		{"redirects in circles", source.Config{URL: "rtsp://" + scripted(t, "RTSP/1.0 302 Moved\r\nCSeq: %s\r\nLocation: %u\r\n\r\n") + "/"}, source.Refused, "too_many_redirects"},
		{"metadata service", source.Config{URL: "rtsp://169.254.169.254/latest"}, source.Refused, "address_refused"},
		{"metadata service in disguise", source.Config{URL: "rtsp://[::ffff:169.254.169.254]:80/latest"}, source.Refused, "address_refused"},
		{"everybody", source.Config{URL: "rtsps://255.255.255.255/"}, source.Refused, "address_refused"},
		{"redirects to the metadata service", source.Config{URL: "rtsp://" + scripted(t, "RTSP/1.0 302 Moved\r\nCSeq: %s\r\nLocation: rtsp://169.254.169.254:80/\r\n\r\n") + "/"}, source.Refused, "address_refused"},
		{"sends from the metadata service", source.Config{URL: "rtsp://" + odd{setup: udpFrom("169.254.169.254")}.listen(t) + "/", Transport: "udp"}, source.Refused, "address_refused"},
		{"redirects to the web", source.Config{URL: "rtsp://" + scripted(t, "RTSP/1.0 302 Moved\r\nCSeq: %s\r\nLocation: http://example.org/\r\n\r\n") + "/"}, source.Refused, "redirect_invalid"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := startPull(t, c.cfg, func(r *source.Runner) { r.NoFrameTimeout = 300 * time.Millisecond })
			p.until(t, c.code, p.reason(c.code))
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, s := range p.status {
				if s.Reason.Code == c.code && (s.State != c.want || s.Cause == media.CauseNone) {
					t.Errorf("state %s with cause %q, want %s", s.State, s.Cause, c.want)
				}
			}
			if len(p.runs) != 0 {
				t.Errorf("%d runs began", len(p.runs))
			}
		})
	}
}

// udpFrom is an answer to SETUP of a device that says where its packets come from.
func udpFrom(address string) string {
	return "RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: 1\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;source=" + address + "\r\n\r\n"
}

// replies is a listener that says one thing once it has been asked.
func replies(t *testing.T, text string) string {
	return listener(t, func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			_, _ = c.Write([]byte(text))
		}
	})
}

func reply(status, body string) string {
	return "RTSP/1.0 " + status + "\r\nCSeq: %s\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n" + body
}

func sdp(body string) string {
	return "RTSP/1.0 200 OK\r\nCSeq: %s\r\nContent-Type: application/sdp\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n" + strings.ReplaceAll(body, "%", "%%")
}

// scripted is a device that knows OPTIONS and answers everything else with text,
// in which %s stands for the sequence number and %u for its own address.
func scripted(t *testing.T, text string) string {
	return listener(t, func(c net.Conn) {
		for {
			req, seq := readRequest(c)
			switch {
			case req == "":
				return
			case strings.HasPrefix(req, "OPTIONS"):
				fmt.Fprintf(c, "RTSP/1.0 200 OK\r\nCSeq: %s\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n", seq)
			default:
				out := strings.ReplaceAll(text, "%s", seq)
				out = strings.ReplaceAll(out, "%u", "rtsp://"+c.LocalAddr().String()+"/")
				_, _ = c.Write([]byte(strings.ReplaceAll(out, "%%", "%")))
			}
		}
	})
}

func readRequest(c net.Conn) (request, seq string) {
	var b []byte
	one := make([]byte, 1)
	for !strings.HasSuffix(string(b), "\r\n\r\n") {
		if _, err := c.Read(one); err != nil {
			return "", ""
		}
		b = append(b, one[0])
	}
	for line := range strings.SplitSeq(string(b), "\r\n") {
		if v, ok := strings.CutPrefix(line, "CSeq: "); ok {
			seq = v
		}
	}
	return string(b), seq
}

// TestReconnect takes the camera away and brings it back at the same address.
func TestReconnect(t *testing.T) {
	cam := (&camera{t: t}).start()
	p := startPull(t, source.Config{URL: "rtsp://" + cam.address() + "/cam"}, nil)
	p.until(t, "pictures", func() bool { return len(p.units) > 10 })
	cam.server.Close()
	p.until(t, "the end of the run", func() bool { return len(p.ended) == 1 })
	p.mu.Lock()
	if p.ended[0] != media.CauseNetwork {
		t.Errorf("cause %s", p.ended[0])
	}
	p.mu.Unlock()
	p.until(t, "the reason", p.reason("connection_lost"))
	if st := p.runner.Status(); st.Figures.Reconnects != 1 || st.Cause == media.CauseNone {
		t.Errorf("status %+v", st)
	}
}

// TestStop ends a run with the cause that was given.
func TestStop(t *testing.T) {
	cam := (&camera{t: t}).start()
	p := startPull(t, source.Config{URL: "rtsp://" + cam.address() + "/cam"}, nil)
	p.until(t, "pictures", func() bool { return len(p.units) > 3 })
	p.runner.Stop(media.CauseSwitchedOff)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ended) != 1 || p.ended[0] != media.CauseSwitchedOff {
		t.Errorf("ended %v", p.ended)
	}
	if st := p.runner.Status(); st.State != source.Off || st.Cause != media.CauseSwitchedOff {
		t.Errorf("status %+v", st)
	}
}

// TestParameterChange begins a new run when the camera's parameter sets change.
func TestParameterChange(t *testing.T) {
	cam := (&camera{t: t, setPPS: []byte{0x68, 0xce, 0x3c, 0x80}}).start()
	p := startPull(t, source.Config{URL: "rtsp://" + cam.address() + "/cam"}, nil)
	p.until(t, "a second run", func() bool { return len(p.runs) == 2 && len(p.units) > 50 })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended[0] != media.CauseNone || string(p.runs[1].Tracks[0].PPS[0]) != string(cam.setPPS) || p.runs[0].ID == p.runs[1].ID {
		t.Errorf("ended %v, runs %+v %+v", p.ended, p.runs[0], p.runs[1])
	}
}

// TestRedirectKeepsPassword sends a redirection to another host name, and to
// another port of the same host, and looks for the password there.
func TestRedirectKeepsPassword(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1"} {
		t.Run(host, func(t *testing.T) { redirectKeepsPassword(t, host) })
	}
}

func redirectKeepsPassword(t *testing.T, host string) {
	seen := make(chan string, 100)
	other := listener(t, func(c net.Conn) {
		for {
			req, seq := readRequest(c)
			if req == "" {
				return
			}
			seen <- req
			fmt.Fprintf(c, "RTSP/1.0 401 No\r\nCSeq: %s\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n", seq)
		}
	})
	_, port, _ := net.SplitHostPort(other)
	first := scripted(t, "RTSP/1.0 302 Moved\r\nCSeq: %s\r\nLocation: rtsp://"+host+":"+port+"/x\r\n\r\n")
	p := startPull(t, source.Config{URL: "rtsp://" + first + "/", Username: "u", Password: "secret"}, nil)
	p.until(t, "the refusal", p.reason("credentials_refused"))
	asked := 0
	for len(seen) > 0 {
		req := <-seen
		asked++
		if strings.Contains(req, "Authorization") {
			t.Errorf("the password went to another host: %s", req)
		}
	}
	if asked == 0 {
		t.Error("the redirection was not followed")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.status {
		if strings.Contains(fmt.Sprintf("%+v", s), "secret") {
			t.Errorf("the password is in %+v", s)
		}
	}
}

// TestProbe looks at a camera once.
func TestProbe(t *testing.T) {
	cam := (&camera{t: t}).start()
	puller := &rtsp.Puller{}
	r, err := source.Probe(t.Context(), puller.Run, source.Config{URL: "rtsp://" + cam.address() + "/cam", Audio: true})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK || r.KeyFrame == nil || !r.KeyFrame.Key || r.Run == nil || len(r.Tracks) != 2 || r.Bitrate <= 0 || r.FPS <= 0 || r.KeyInterval <= 0 {
		t.Errorf("result %+v", r)
	}
	r, err = source.Probe(t.Context(), puller.Run, source.Config{URL: "rtsp://" + cam.address() + "/elsewhere"})
	if err != nil || r.OK || r.State != source.Refused || r.Reason.Code != "path_not_found" {
		t.Errorf("result %+v, %v", r, err)
	}
}

// TestNothingIsLeft counts goroutines and open files over many short connections.
func TestNothingIsLeft(t *testing.T) {
	cam := (&camera{t: t, udp: true}).start()
	puller := &rtsp.Puller{}
	round := func() {
		for _, transport := range []string{"tcp", "udp"} {
			var stream media.Stream
			live := make(chan struct{})
			var once sync.Once
			r := &source.Runner{Stream: &stream, Connect: puller.Run,
				Config: source.Config{URL: "rtsp://" + cam.address() + "/cam", Transport: transport},
				OnStatus: func(s source.Status) {
					if s.State == source.Live {
						once.Do(func() { close(live) })
					}
				}}
			if err := r.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-live
			r.Close()
		}
	}
	round()
	goroutines, files := settle(t, 1<<30, 1<<30)
	for range 5 {
		round()
	}
	if g, f := settle(t, goroutines, files); g > goroutines || f > files {
		buf := make([]byte, 1<<16)
		t.Errorf("goroutines %d → %d, files %d → %d\n%s", goroutines, g, files, f, buf[:runtime.Stack(buf, true)])
	}
}

// settle counts goroutines and open files, waiting while the server side, which
// closes in its own time, is above the limits.
func settle(t *testing.T, goroutines, files int) (g, f int) {
	t.Helper()
	for range 60_000 {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		g, f = runtime.NumGoroutine(), len(fds)
		if g <= goroutines && f <= files {
			break
		}
		runtime.Gosched()
		<-time.After(time.Millisecond)
	}
	return g, f
}
