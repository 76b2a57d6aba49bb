// Package sim is a set of cameras that do not exist: an RTSP server with drawn
// places to record in demonstrations, tests and measurements.
//
// A camera plays a committed clip in a loop, or a file of the caller's, or is
// drawn afresh and encoded by an ffmpeg child (live). Every picture carries a
// frame counter in an SEI message (clip.ParseCounter) and, in drawn places, a bar
// code (scene.Bar), so that every frame can be accounted for. Faults are caused
// with SetFault or over HTTP; see Kind.
//
// Paths are /cam1/main and /cam1/sub; cameras are numbered from 1.
package sim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/auth"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/clip"
)

// Auth names a way for a client to prove that it knows the password.
type Auth string

// The ways of RFC 2617 and RFC 7616 that cameras use.
const (
	Basic        Auth = "basic"
	DigestMD5    Auth = "digest-md5"
	DigestSHA256 Auth = "digest-sha256"
)

// Options are the inputs of a simulator.
type Options struct {
	Listen  string   // RTSP address; empty means 127.0.0.1 and a free port
	Control string   // HTTP address for faults; empty means no HTTP
	Cameras []Camera // at least one; see Mix

	Username, Password string // of every camera that has none of its own; empty means open
	Auth               []Auth // accepted ways; empty means all three
	TLS                bool   // RTSPS with a certificate made at start
	UDP                bool   // also offer RTP over UDP, on two free ports

	FFmpeg string       // the program for live cameras; empty means "ffmpeg"
	Logger *slog.Logger // nil means silent
}

// Camera describes one camera.
type Camera struct {
	Name  string // shown in lists; empty means the scene's title
	Scene string // ID of a scene; empty means the next in turn

	Live bool // drawn and encoded while it runs (needs ffmpeg) instead of played from a clip

	// File plays a file instead of a scene, main and sub alike: MP4, or H.264
	// Annex B of FileFPS frames a second if it does not tell itself.
	File    string
	FileFPS float64

	Codec media.Codec // of the main stream: H264 (also if empty) or H265 (only scene "server")
	Audio media.Codec // of the main stream: AAC, PCMA, PCMU or empty
	NoSub bool        // the camera has no sub-stream

	// Odd cameras, for tests.
	Tiny          bool // the main stream is as small as the sub-stream
	BFrames       bool // pictures leave in another order than they are shown (implies Tiny)
	LongGOP       bool // a key frame every 20 s (implies Tiny)
	SetsInSDPOnly bool // parameter sets never come in the stream
	Silent        bool // describes itself and never sends a picture
	OneSession    bool // each stream is given to one client at a time, others are refused (453)

	Username, Password string  // overrides those of Options
	Faults             []Fault // from the start
}

// Mix is the usual set of n cameras: the scenes in turn, the first with G.711
// sound, the second with AAC, the server room in H.265.
func Mix(n int) []Camera {
	cams := make([]Camera, n)
	for i := range cams {
		switch i % 6 {
		case 0:
			cams[i].Audio = media.PCMA
		case 1:
			cams[i].Audio = media.AAC
		case 5:
			cams[i].Codec = media.H265
		}
	}
	return cams
}

// Sim is a running simulator.
type Sim struct {
	opts Options
	log  *slog.Logger

	cams    []*camera
	server  *gortsplib.Server
	cert    *tls.Certificate
	http    *http.Server
	control net.Listener
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	library library
	readers readers
}

// New checks the options and makes a simulator, which Start sets going.
func New(opts Options) (*Sim, error) {
	if len(opts.Cameras) == 0 {
		return nil, errors.New("sim: no cameras")
	}
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:0"
	}
	if opts.FFmpeg == "" {
		opts.FFmpeg = "ffmpeg"
	}
	s := &Sim{opts: opts, log: opts.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for i := range opts.Cameras {
		c, err := newCamera(s, i+1, opts.Cameras[i])
		if err != nil {
			return nil, fmt.Errorf("sim: camera %d: %w", i+1, err)
		}
		s.cams = append(s.cams, c)
	}
	return s, nil
}

// Start opens the listeners and lets the cameras send. It returns once every
// camera can be asked; a live camera then has its first picture. Cancelling ctx
// stops the start, or later the cameras; Close must be called all the same.
func (s *Sim) Start(ctx context.Context) (err error) {
	ctx, s.cancel = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	for _, c := range s.cams {
		if err := c.open(ctx); err != nil {
			return fmt.Errorf("sim: camera %d: %w", c.n, err)
		}
	}
	if err := s.listen(); err != nil {
		return err
	}
	start := time.Now()
	for _, c := range s.cams {
		for _, st := range c.streams() {
			if err := st.mount(s.server); err != nil {
				return fmt.Errorf("sim: camera %d: %w", c.n, err)
			}
		}
	}
	for i, c := range s.cams {
		// Cameras do not tick together: their phases are spread over a frame.
		phase := time.Duration(float64(i) / float64(len(s.cams)) * float64(time.Second) / c.main.fps)
		for _, st := range c.streams() {
			begin := start.Add(phase)
			switch {
			case c.live == nil:
				s.wg.Go(func() { st.run(ctx, begin) })
			case st.sound != nil:
				s.wg.Go(func() { st.hum(ctx, begin) })
			}
			phase += 7 * time.Millisecond
		}
		if c.live != nil {
			c.live.Deliver(c.deliver(start))
		}
	}
	return s.serveControl()
}

// Close stops everything, reaps every child and waits for all goroutines.
func (s *Sim) Close() {
	if s.cancel != nil {
		s.cancel()
	}
	if s.http != nil {
		s.http.Close()
	}
	for _, c := range s.cams {
		if c.live != nil {
			c.live.Close()
		}
	}
	s.wg.Wait()
	for _, c := range s.cams {
		for _, st := range c.streams() {
			st.unmount()
		}
	}
	if s.server != nil {
		s.server.Close()
	}
}

// listen opens the RTSP server.
func (s *Sim) listen() error {
	methods := map[Auth]auth.VerifyMethod{
		Basic: auth.VerifyMethodBasic, DigestMD5: auth.VerifyMethodDigestMD5, DigestSHA256: auth.VerifyMethodDigestSHA256,
	}
	ways := s.opts.Auth
	if len(ways) == 0 {
		ways = []Auth{Basic, DigestMD5, DigestSHA256}
	}
	var accept []auth.VerifyMethod
	for _, w := range ways {
		m, ok := methods[w]
		if !ok {
			return fmt.Errorf("sim: unknown authentication %q", w)
		}
		accept = append(accept, m)
	}
	var conf *tls.Config
	if s.opts.TLS {
		cert, err := certificate()
		if err != nil {
			return err
		}
		s.cert = cert
		conf = &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}
	}
	host, _, err := net.SplitHostPort(s.opts.Listen)
	if err != nil {
		return fmt.Errorf("sim: listen address: %w", err)
	}
	for try := 0; ; try++ {
		srv := &gortsplib.Server{
			Handler: &handler{s}, RTSPAddress: s.opts.Listen, TLSConfig: conf, AuthMethods: accept,
			// A key frame leaves in one burst; a client may be a few of them late.
			WriteQueueSize: 2048,
		}
		if s.opts.UDP {
			rtp, err := freePair(host)
			if err != nil {
				return err
			}
			srv.UDPRTPAddress = net.JoinHostPort(host, strconv.Itoa(rtp))
			srv.UDPRTCPAddress = net.JoinHostPort(host, strconv.Itoa(rtp+1))
		}
		err := srv.Start()
		if err == nil {
			s.server = srv
			return nil
		}
		// Somebody may have taken the pair of ports in between.
		if !s.opts.UDP || try == 20 {
			return fmt.Errorf("sim: RTSP server: %w", err)
		}
	}
}

// freePair finds an even UDP port whose successor is free too.
func freePair(host string) (int, error) {
	for range 100 {
		c, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
		if err != nil {
			return 0, fmt.Errorf("sim: UDP: %w", err)
		}
		port := c.LocalAddr().(*net.UDPAddr).Port &^ 1
		c.Close()
		a, err := net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			continue
		}
		b, err := net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(port+1)))
		a.Close()
		if err != nil {
			continue
		}
		b.Close()
		return port, nil
	}
	return 0, errors.New("sim: no two neighbouring UDP ports are free")
}

// Addr is the RTSP listener's address. Valid after Start.
func (s *Sim) Addr() string { return s.server.NetListener().Addr().String() }

// ControlURL is the HTTP address for faults, empty without one. Valid after Start.
func (s *Sim) ControlURL() string {
	if s.control == nil {
		return ""
	}
	return "http://" + s.control.Addr().String()
}

// URL is the address of a camera's stream, without credentials. Valid after Start.
func (s *Sim) URL(n int, which media.Which) string {
	scheme := "rtsp"
	if s.opts.TLS {
		scheme = "rtsps"
	}
	return fmt.Sprintf("%s://%s/cam%d/%s", scheme, s.Addr(), n, which)
}

// Certificate is the certificate of a TLS simulator in PEM, to be trusted by
// clients; nil without TLS. Valid after Start.
func (s *Sim) Certificate() []byte { return certificatePEM(s.cert) }

// Len is the number of cameras.
func (s *Sim) Len() int { return len(s.cams) }

func (s *Sim) stream(n int, which media.Which) *stream {
	if n < 1 || n > len(s.cams) {
		return nil
	}
	if which == media.Sub {
		return s.cams[n-1].sub
	}
	return s.cams[n-1].main
}

// Sent tells what a camera's stream has sent so far. The zero value is the
// answer for a stream that does not exist.
func (s *Sim) Sent(n int, which media.Which) Sent {
	st := s.stream(n, which)
	if st == nil {
		return Sent{}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.sent
}

// ParseCounter finds the frame counter and the instant of sending in an access
// unit as media.Unit holds it. ok is false for pictures that are not ours.
func ParseCounter(unit []byte) (counter uint64, sentAt time.Time, ok bool) {
	return clip.ParseCounter(unit)
}

// library keeps the clips that are in use, cut into packets once for all cameras.
type library struct {
	mu   sync.Mutex // guards reels; held while a clip is read, which is rare
	byID map[string]*reel
}

// reel is a clip ready to send.
type reel struct {
	clip   *clip.Clip
	frames []clip.Packed
}

func (l *library) get(id string, inBand bool, open func() (*clip.Clip, error)) (*reel, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := fmt.Sprintf("%s|%v", id, inBand)
	if r := l.byID[key]; r != nil {
		return r, nil
	}
	c, err := open()
	if err != nil {
		return nil, err
	}
	r := &reel{c, c.Pack(inBand)}
	if l.byID == nil {
		l.byID = map[string]*reel{}
	}
	l.byID[key] = r
	return r, nil
}
