package whep

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/testkit/livetest"
)

const patience = time.Minute

// serve starts a server for one camera; the test's end closes it.
func serve(t *testing.T, c *livetest.Camera, change func(*Server)) *Server {
	t.Helper()
	s := &Server{Streams: c, Viewers: &live.Viewers{}, Clock: c.Now, UDP: "127.0.0.1:0"}
	if change != nil {
		change(s)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// picture is one access unit as a client put it together.
type picture struct {
	nals  [][]byte
	stamp uint32
}

// client is a browser's side of a session.
type client struct {
	t        *testing.T
	pc       *webrtc.PeerConnection
	offer    string
	answer   *Answer
	pictures chan picture
	sound    chan *rtp.Packet
	reports  chan *rtcp.SenderReport
	closed   chan struct{}
}

// dial makes a client and its offer, and posts it.
func dial(t *testing.T, s *Server, person string) (*client, error) {
	t.Helper()
	return dialWith(t, s, person, webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")
}

func dialWith(t *testing.T, s *Server, person, mime, fmtp string) (*client, error) {
	t.Helper()
	c := &client{
		t: t, pictures: make(chan picture, 4096), sound: make(chan *rtp.Packet, 4096),
		reports: make(chan *rtcp.SenderReport, 64), closed: make(chan struct{}),
	}
	engine := &webrtc.MediaEngine{}
	for pt, o := range map[uint8]struct {
		mime     string
		clock    uint32
		channels uint16
		fmtp     string
		kind     webrtc.RTPCodecType
	}{
		102: {mime, 90000, 0, fmtp, webrtc.RTPCodecTypeVideo},
		111: {webrtc.MimeTypeOpus, 48000, 2, "minptime=10;useinbandfec=1", webrtc.RTPCodecTypeAudio},
		8:   {webrtc.MimeTypePCMA, 8000, 0, "", webrtc.RTPCodecTypeAudio},
	} {
		err := engine.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: webrtc.PayloadType(pt), RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: o.mime, ClockRate: o.clock, Channels: o.channels, SDPFmtpLine: o.fmtp,
		}}, o.kind)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: playoutDelayURI}, webrtc.RTPCodecTypeVideo); err != nil {
		t.Fatal(err)
	}
	setting := webrtc.SettingEngine{}
	setting.SetIncludeLoopbackCandidate(true)
	setting.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	setting.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeTCP4})
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithSettingEngine(setting)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	c.pc = pc
	t.Cleanup(c.hangUp)
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			t.Fatal(err)
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		if track.Kind() == webrtc.RTPCodecTypeAudio {
			c.listen(track)
			return
		}
		go c.readReports(r)
		c.look(track)
	})
	closed := sync.OnceFunc(func() { close(c.closed) })
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateClosed {
			closed()
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.offer = offer.SDP
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	c.answer, err = s.Create(context.Background(), Request{
		Camera: "gate", Which: media.Main, Person: person, Session: "s-" + person, Offer: offer.SDP,
	})
	return c, err
}

// watch dials and takes the answer.
func watch(t *testing.T, s *Server, person string) *client {
	t.Helper()
	c, err := dial(t, s, person)
	if err != nil {
		t.Fatal(err)
	}
	c.accept(c.answer.SDP)
	return c
}

func (c *client) accept(sdp string) {
	c.t.Helper()
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) hangUp() { _ = c.pc.GracefulClose() }

// look puts access units together.
func (c *client) look(track *webrtc.TrackRemote) {
	decode := decoder(media.H264)
	if strings.EqualFold(track.Codec().MimeType, webrtc.MimeTypeH265) {
		decode = decoder(media.H265)
	}
	var now picture
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		nals, err := decode(p)
		if err == nil {
			now.nals = append(now.nals, nals...)
		}
		if p.Marker {
			now.stamp = p.Timestamp
			c.pictures <- now
			now = picture{}
		}
	}
}

func (c *client) listen(track *webrtc.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		c.sound <- p
	}
}

func (c *client) readReports(r *webrtc.RTPReceiver) {
	for {
		packets, _, err := r.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			if sr, ok := p.(*rtcp.SenderReport); ok {
				select {
				case c.reports <- sr:
				default: // nobody waits for them any more
				}
			}
		}
	}
}

// see takes n pictures.
func (c *client) see(n int) []picture {
	c.t.Helper()
	out := make([]picture, 0, n)
	for len(out) < n {
		out = append(out, take(c.t, c.pictures, "a picture"))
	}
	return out
}

func take[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// nalsOf are the NAL units of a unit as a viewer gets them.
func nalsOf(u *media.Unit) [][]byte {
	var nals [][]byte
	for b := u.Data; len(b) > 4; {
		n := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if kind := b[4] & 0x1f; kind != h264AUD && kind != h264Filler {
			nals = append(nals, b[4:4+n])
		}
		b = b[4+n:]
	}
	return nals
}

// onlyTCP takes the UDP candidates out of an answer.
func onlyTCP(sdp string) string {
	var b strings.Builder
	for line := range strings.Lines(sdp) {
		if !strings.HasPrefix(line, "a=candidate:") || strings.Contains(line, " tcp ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
