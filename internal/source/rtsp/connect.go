package rtsp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/source/reach"
	"watchroom/internal/source/rtsp/interleaved"
)

var (
	errDial      = errors.New("rtsp: dial")
	errHandshake = errors.New("rtsp: the device did not answer in time")
)

// never stands for no time limit: the library's own limits on silence are
// replaced by the session's watchdog and by the handshake's deadline.
const never = 200 * 365 * 24 * time.Hour

// connection is one connection to a device.
type connection struct {
	puller   *Puller
	session  *source.Session
	cfg      source.Config
	protocol gortsplib.Protocol
	from     netip.Addr // of the device that redirected us here
	client   *gortsplib.Client
	phase    int // when in the round of ticks it sends reports

	routes   atomic.Pointer[[]route] // channels of RTP within RTSP, replaced as tracks are set up
	conn     atomic.Pointer[interleaved.Conn]
	received atomic.Uint64 // UDP packets

	tracks    []*receiver
	medias    []*description.Media
	method    base.Method // of the last request; used in the library's goroutine only
	fps       float64     // what the description announces, 0 where it does not: pictures a second,
	width     int         // their size
	height    int
	mu        sync.Mutex // guards location and failed
	location  string
	failed    error // why we closed the connection ourselves
	closeOnce sync.Once
}

// route leads a channel to its track. A channel that is not direct is the
// library's: it is encrypted (SRTP).
type route struct {
	channel byte
	control bool
	direct  bool
	to      *receiver
}

func (p *Puller) connect(ctx context.Context, cfg source.Config, s *source.Session, u *url.URL, protocol gortsplib.Protocol, from netip.Addr) error {
	c := &connection{puller: p, session: s, cfg: cfg, protocol: protocol, from: from}
	c.routes.Store(&[]route{})
	c.client = &gortsplib.Client{
		Scheme: u.Scheme, Host: u.Host, Protocol: &protocol,
		ReadTimeout: never, WriteTimeout: 5 * time.Second,
		UserAgent:      "Watchroom",
		DialContext:    c.dial,
		DialTLSContext: c.dialTLS,
		ListenPacket:   listenPacket,
		ResolveIPAddr:  c.resolve,
		OnRequest:      func(r *base.Request) { c.method = r.Method },
		OnResponse:     c.onResponse,
		OnPacketsLost:  func(uint64) {}, // counted by the receivers
		OnDecodeError:  func(error) { s.Bad(1) },

		OnTransportSwitch: func(error) {}, // cannot happen: the protocol is given
	}
	if err := c.client.Start(); err != nil {
		return err
	}
	// Whatever the library waits for, closing it ends that.
	stop := context.AfterFunc(ctx, c.close)
	defer func() {
		stop()
		p.remove(c)
		c.close()
	}()
	deadline := time.AfterFunc(cmp.Or(p.HandshakeTimeout, defaultHandshake), func() {
		c.fail(errHandshake)
		c.close()
	})
	err := c.handshake(u)
	deadline.Stop()
	if err != nil {
		return c.reason(otherTransport(err))
	}
	p.add(c)
	if protocol == gortsplib.ProtocolUDP {
		patience := time.AfterFunc(cmp.Or(p.UDPPatience, defaultPatience)+c.period(), func() {
			if c.received.Load() == 0 {
				c.fail(errSilent)
				c.close()
			}
		})
		defer patience.Stop()
	}
	return c.reason(c.client.Wait())
}

// period is the time between two pictures that the device announces, 0 where it is
// below a second or not known.
func (c *connection) period() time.Duration {
	if c.fps <= 0 || c.fps >= 1 {
		return 0
	}
	return min(time.Duration(float64(time.Second)/c.fps), time.Minute)
}

// close ends the library's client and waits for its goroutines.
func (c *connection) close() { c.closeOnce.Do(c.client.Close) }

func (c *connection) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = err
	}
}

// reason prefers what really happened to what the library made of it.
func (c *connection) reason(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.location != "" {
		return &redirected{c.location, c.peer()}
	}
	if c.failed != nil {
		return c.failed
	}
	return err
}

func (c *connection) handshake(u *url.URL) error {
	address := *u
	if c.cfg.Username != "" || c.cfg.Password != "" {
		address.User = url.UserPassword(c.cfg.Username, c.cfg.Password)
	}
	target := (*base.URL)(&address)
	desc, _, err := c.client.Describe(target)
	if err != nil {
		return err
	}
	tracks, offered := choose(desc, c.cfg.Audio)
	if len(tracks) == 0 {
		return unsupported(offered)
	}
	offer := make([]media.Track, len(tracks))
	for i, t := range tracks {
		if t.track.Codec == media.MJPEG {
			t.track.Width, t.track.Height = c.width, c.height
		}
		offer[i] = t.track
		r, err := newReceiver(i, t, c.session)
		if err != nil {
			return source.Fail(source.Unsupported, "description_invalid", "The device's description of its stream (SDP) cannot be understood.", nil, err)
		}
		c.tracks, c.medias = append(c.tracks, r), append(c.medias, t.media)
		forgiveMode(t)
	}
	c.session.Offer(offer)
	c.session.Announce(c.fps)
	for i, t := range tracks {
		res, err := c.client.Setup(desc.BaseURL, t.media, 0, 0)
		if err != nil {
			return fmt.Errorf("setup: %w", err)
		}
		c.listen(i, t, res)
	}
	if _, err := c.client.Play(nil); err != nil {
		return fmt.Errorf("play: %w", err)
	}
	c.session.Playing(c.transport(u.Scheme))
	return nil
}

func (c *connection) transport(scheme string) string {
	switch {
	case scheme == "rtsps":
		return "tls"
	case c.protocol == gortsplib.ProtocolUDP:
		return "udp"
	}
	return "tcp"
}

// forgiveMode hides an absent packetization-mode, for which the library refuses
// UDP; our depacketiser takes either mode.
func forgiveMode(t chosen) {
	if f, ok := t.format.(*format.H264); ok {
		f.PacketizationMode = 1
	}
}

// listen leads the packets of a track that has been set up to its receiver.
func (c *connection) listen(i int, t chosen, res *base.Response) {
	r := c.tracks[i]
	var th headers.Transport
	encrypted := t.media.KeyMgmtMikey != nil || t.media.KeyMgmtSDES != nil || t.media.Profile == headers.TransportProfileSAVP
	if c.protocol == gortsplib.ProtocolTCP && th.Unmarshal(res.Header["Transport"]) == nil && th.InterleavedIDs != nil {
		routes := append([]route{}, *c.routes.Load()...)
		first := byte(th.InterleavedIDs[0])
		routes = append(routes,
			route{channel: first, direct: !encrypted, to: r},
			route{channel: first + 1, control: true, direct: !encrypted, to: r})
		c.routes.Store(&routes)
		if !encrypted {
			return
		}
	}
	c.client.OnPacketRTP(t.media, t.format, func(p *rtp.Packet) {
		c.received.Add(1)
		r.library(p, c.session.Now())
	})
	c.client.OnPacketRTCP(t.media, func(p rtcp.Packet) {
		if sr, ok := p.(*rtcp.SenderReport); ok {
			r.report(sr.NTPTime, sr.RTPTime, c.session.Now())
		}
	})
}

// frame takes what comes within the RTSP connection.
func (c *connection) frame(channel byte, payload []byte, arrival time.Time) (taken, known bool) {
	for _, r := range *c.routes.Load() {
		if r.channel != channel {
			continue
		}
		switch {
		case !r.direct:
			return false, true
		case r.control:
			r.to.control(payload, arrival)
		default:
			r.to.packet(payload, arrival)
		}
		return true, true
	}
	return true, false
}

// onResponse looks at every answer before the library does.
func (c *connection) onResponse(res *base.Response) {
	if at, ok := dateOf(res.Header); ok && c.session != nil {
		c.session.Date(at, c.session.Now())
	}
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400 && len(res.Header["Location"]) == 1:
		// The library would follow for ever and take the password along.
		c.mu.Lock()
		c.location = res.Header["Location"][0]
		c.mu.Unlock()
		delete(res.Header, "Location")
	case c.method == base.Options && res.StatusCode >= 400 && res.StatusCode != base.StatusUnauthorized:
		// OPTIONS is only a courtesy; some devices do not know it.
		res.StatusCode = base.StatusOK
	case c.method == base.Setup && c.protocol == gortsplib.ProtocolUDP:
		var th headers.Transport
		if th.Unmarshal(res.Header["Transport"]) != nil || th.Source2 == nil {
			return
		}
		if err := c.checkSource(*th.Source2); err != nil {
			c.fail(err)
			res.StatusCode = base.StatusForbidden // so that the library goes no further
		}
	case c.method == base.Describe && res.StatusCode == base.StatusOK:
		res.Body = mendSDP(res.Body)
		c.fps = frameRate(res.Body)
		c.width, c.height = frameSize(res.Body)
		if ct := res.Header["Content-Type"]; len(ct) == 0 && len(res.Body) > 0 {
			res.Header["Content-Type"] = base.HeaderValue{"application/sdp"}
		}
	}
}

func (c *connection) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return c.open(ctx, network, address, nil)
}

func (c *connection) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return c.open(ctx, network, address, &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: c.cfg.InsecureTLS, //nolint:gosec // the person who added the camera said so
		MinVersion:         tls.VersionTLS12,
	})
}

func (c *connection) open(ctx context.Context, network, address string, secure *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.puller.DialTimeout, defaultDial))
	defer cancel()
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         c.control,
	}
	raw, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, errors.Join(errDial, err)
	}
	tcp := raw.(*net.TCPConn) //nolint:forcetypeassert // the library asks for "tcp" only
	var secured net.Conn
	if secure != nil {
		t := tls.Client(tcp, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			tcp.Close()
			return nil, errors.Join(errDial, fmt.Errorf("tls: %w", err))
		}
		secured = t
	}
	conn, err := interleaved.NewConn(tcp, secured, &c.puller.buffers, c.session.Now, c.frame)
	if err != nil {
		tcp.Close()
		return nil, err
	}
	c.conn.Store(conn)
	return conn, nil
}

// control checks the address that is about to be dialled (R18).
func (c *connection) control(network, address string, raw syscall.RawConn) error {
	if c.from.IsValid() {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return reach.Named(c.from, to.Addr())
	}
	return reach.Control(network, address, raw)
}

// peer is the device's own address, invalid before the connection stands.
func (c *connection) peer() netip.Addr {
	conn := c.conn.Load()
	if conn == nil {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	return a.Addr()
}

// checkSource looks at the address that the device wants to send UDP packets
// from: the library sends there too, for firewalls and receiver reports. What the
// library ignores is no harm.
func (c *connection) checkSource(name string) error {
	a, err := netip.ParseAddr(name)
	if err != nil {
		return nil //nolint:nilerr // a name is checked when it is resolved
	}
	if a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return nil
	}
	return reach.Named(c.peer(), a)
}

// resolve is for names that the device gives as its address for UDP.
func (c *connection) resolve(network, name string) (*net.IPAddr, error) {
	ip, err := net.ResolveIPAddr(network, name)
	if err != nil {
		return nil, err
	}
	a, _ := netip.AddrFromSlice(ip.IP)
	if err := reach.Named(c.peer(), a); err != nil {
		return nil, err
	}
	return ip, nil
}

// listenPacket opens a UDP socket with room for the burst of a large key frame,
// as far as the system allows.
func listenPacket(network, address string) (net.PacketConn, error) {
	pc, err := net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	if u, ok := pc.(*net.UDPConn); ok {
		_ = u.SetReadBuffer(1 << 20) // less is merely worse
	}
	return pc, nil
}

// tick is called every 250 ms, n counting.
func (c *connection) tick(n int) {
	if conn := c.conn.Load(); conn != nil && c.protocol == gortsplib.ProtocolTCP {
		conn.SetMark(mark(c.session.Rate(), c.session.Watchers()))
		conn.Tick()
	}
	if n%reportEvery != c.phase {
		return
	}
	now := c.session.Now()
	for i, r := range c.tracks {
		if !r.codec.Video() || c.protocol != gortsplib.ProtocolTCP {
			continue // over UDP the library reports
		}
		if rr := r.receiverReport(now); rr != nil {
			// A queue that is full means a device that does not read: no loss.
			_ = c.client.WritePacketRTCP(c.medias[i], rr)
		}
	}
}

// mark is the low-water mark of R10: a quarter of a second of the stream, nothing
// while the rate is small or not known or somebody watches live.
func mark(rate float64, watchers int) int {
	if watchers > 0 || rate < minMarkRate {
		return 1
	}
	return min(int(rate/8*maxMarkSecs), interleaved.MaxMark)
}
