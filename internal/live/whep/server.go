// Package whep sends live pictures to browsers over WebRTC, as the WebRTC-HTTP
// egress protocol describes it (draft-ietf-wish-whep): the client posts an offer
// and gets the answer with every candidate in it.
//
// All sessions share one UDP port, and one TCP port for networks that let no UDP
// through. A session belongs to a seat of live.Viewers and ends with it.
package whep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"watchroom/internal/clock"
	"watchroom/internal/live"
	"watchroom/internal/problem"
)

// Server holds the ports and the sessions. Set the fields, then Start.
type Server struct {
	Streams live.Streams
	Viewers *live.Viewers
	Log     *slog.Logger
	Clock   clock.Clock

	// UDP is the address, host:port, that all media go through. An unspecified
	// host (0.0.0.0, ::) stands for every address of this machine at the time of
	// Start. Port 0 picks a free one.
	UDP string
	// TCP is likewise the address of the fall-back; empty means none.
	TCP string
	// Sockets are open ones that are used where they fit the addresses, instead of new
	// ones. Start closes those that do not.
	Sockets Sockets
	// Announce are further addresses under which clients reach the ports, such
	// as the outer side of a NAT.
	Announce []string

	// ConnectTimeout bounds the time from the answer to a connection, and the
	// wait for a picture before it; 0 means 10 s.
	ConnectTimeout time.Duration
	// PaceBits is how fast a burst (key frame, or the pictures since the last
	// one) goes out, in bits a second; 0 means 150 Mbit/s.
	PaceBits int
	// WriteTimeout is how long a viewer over TCP may leave a packet unread; 0
	// means 3 s.
	WriteTimeout time.Duration
	// Queue is how many units a viewer may fall behind; 0 means 256.
	Queue int

	setting webrtc.SettingEngine
	open    Sockets
	udp     *ice.MultiUDPMuxDefault
	tcp     *ice.TCPMuxDefault
	calls   *patientListener // of tcp
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup // one per session

	pli, nack atomic.Uint64

	mu       sync.Mutex // guards all below
	sessions map[string]*session
	ended    map[string]*problem.Error // why sessions that are gone ended
	order    []string                  // of ended, oldest first
	closed   bool
}

// Sockets are the ports of a server. A process may pass them on to the next.
type Sockets struct {
	UDP []*net.UDPConn
	TCP *net.TCPListener
}

// take gives the socket that is bound to an address, or nil.
func (o *Sockets) take(ip net.IP, port int) *net.UDPConn {
	for i, c := range o.UDP {
		if a := c.LocalAddr().(*net.UDPAddr); a.IP.Equal(ip) && (port == 0 || port == a.Port) {
			o.UDP = slices.Delete(o.UDP, i, i+1)
			return c
		}
	}
	return nil
}

func (o *Sockets) close() {
	for _, c := range o.UDP {
		c.Close()
	}
	if o.TCP != nil {
		o.TCP.Close()
	}
}

// Open are the sockets that the server uses. They stay its own.
func (s *Server) Open() Sockets { return s.open }

// rememberEnded is how many past sessions a client may still ask about.
const rememberEnded = 1024

// Start opens the ports.
func (s *Server) Start(context.Context) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	ips, port, err := expand(s.UDP)
	if err != nil {
		return fmt.Errorf("whep: UDP address %q: %w", s.UDP, err)
	}
	logs := logFactory{log: s.Log}
	given := Sockets{slices.Clone(s.Sockets.UDP), s.Sockets.TCP}
	defer func() { given.close() }()
	s.open = Sockets{}
	var muxes []ice.UDPMux
	for _, ip := range ips {
		conn := given.take(ip, port)
		if conn == nil {
			conn, err = net.ListenUDP("udp", &net.UDPAddr{IP: ip, Port: port})
		}
		if err != nil {
			for _, m := range muxes {
				_ = m.Close()
			}
			return fmt.Errorf("whep: %w", err)
		}
		port = conn.LocalAddr().(*net.UDPAddr).Port // one port on all addresses
		// A burst to several viewers must not be lost in our own socket.
		_ = conn.SetWriteBuffer(4 << 20)
		_ = conn.SetReadBuffer(1 << 20)
		s.open.UDP = append(s.open.UDP, conn)
		muxes = append(muxes, ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: logs.NewLogger("ice")}))
	}
	s.udp = ice.NewMultiUDPMuxDefault(muxes...)

	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if s.TCP != "" {
		l := net.Listener(given.TCP)
		if given.TCP != nil && fits(given.TCP.Addr(), s.TCP) {
			given.TCP = nil
		} else if l, err = net.Listen("tcp", s.TCP); err != nil {
			_ = s.udp.Close()
			return fmt.Errorf("whep: %w", err)
		}
		s.open.TCP, _ = l.(*net.TCPListener)
		s.calls = &patientListener{Listener: l, patience: s.writeTimeout(), open: map[*patientConn]struct{}{}}
		// Without a buffer of its own a slow viewer's backlog stays in its
		// reader, which knows how to skip to a key frame.
		s.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{
			Listener: s.calls, Logger: logs.NewLogger("ice"),
			ReadBufferSize: 64, FirstStunBindTimeout: s.timeout(),
		})
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}

	s.setting = webrtc.SettingEngine{LoggerFactory: logs}
	e := &s.setting
	e.SetICEUDPMux(s.udp)
	if s.tcp != nil {
		e.SetICETCPMux(s.tcp)
	}
	e.SetNetworkTypes(networks)
	e.SetIncludeLoopbackCandidate(true)
	e.SetIPFilter(func(ip net.IP) bool {
		for _, own := range ips {
			if own.Equal(ip) {
				return true
			}
		}
		return false
	})
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.DisableActiveTCP(true)
	// A full agent with the active DTLS role connects soonest: Chromium shows the
	// first picture after 50 ms instead of 110 ms with a lite one.
	if err := e.SetAnsweringDTLSRole(webrtc.DTLSRoleClient); err != nil {
		return fmt.Errorf("whep: %w", err)
	}
	e.SetICETimeouts(5*time.Second, 10*time.Second, 2*time.Second)
	e.SetDTLSRetransmissionInterval(100 * time.Millisecond)
	if len(s.Announce) > 0 {
		err := e.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External: s.Announce, AsCandidateType: webrtc.ICECandidateTypeHost,
			Mode: webrtc.ICEAddressRewriteAppend,
		})
		if err != nil {
			s.closePorts()
			return fmt.Errorf("whep: announced addresses: %w", err)
		}
	}

	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.sessions = map[string]*session{}
	s.ended = map[string]*problem.Error{}
	return nil
}

// fits tells whether a listener is bound to an address as it is configured.
func fits(have net.Addr, want string) bool {
	a, err := net.ResolveTCPAddr("tcp", want)
	h, ok := have.(*net.TCPAddr)
	if err != nil || !ok || a.Port != 0 && a.Port != h.Port {
		return false
	}
	return a.IP.Equal(h.IP) || (a.IP == nil || a.IP.IsUnspecified()) && h.IP.IsUnspecified()
}

// Close ends every session, waits for them and closes the ports.
func (s *Server) Close() {
	if s.cancel == nil {
		return
	}
	s.mu.Lock()
	s.closed = true
	for _, one := range s.sessions {
		one.seat.End(live.ErrStopping)
	}
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
	s.closePorts()
}

func (s *Server) closePorts() {
	_ = s.udp.Close()
	if s.tcp != nil {
		// The mux waits for connections that have not said who they are, as a
		// browser opens them when its session falls silent.
		s.calls.hangUp()
		_ = s.tcp.Close()
	}
}

func (s *Server) timeout() time.Duration {
	if s.ConnectTimeout > 0 {
		return s.ConnectTimeout
	}
	return 10 * time.Second
}

func (s *Server) writeTimeout() time.Duration {
	if s.WriteTimeout > 0 {
		return s.WriteTimeout
	}
	return 3 * time.Second
}

// Addresses are those that media go through, as host:port.
func (s *Server) Addresses() (udp []string, tcp string) {
	for _, a := range s.udp.GetListenAddresses() {
		udp = append(udp, a.String())
	}
	if s.tcp != nil {
		tcp = s.tcp.LocalAddr().String()
	}
	return udp, tcp
}

// Figures count what viewers asked for since the start.
type Figures struct {
	Sessions        int    // now
	PictureLoss     uint64 // requests for a key frame, which only the camera can give
	Retransmissions uint64 // packets that viewers asked for again
}

// Figures reads the counts.
func (s *Server) Figures() Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Figures{Sessions: len(s.sessions), PictureLoss: s.pli.Load(), Retransmissions: s.nack.Load()}
}

// patientListener accepts connections on which no write blocks for ever.
type patientListener struct {
	net.Listener
	patience time.Duration

	mu    sync.Mutex // guards both below
	open  map[*patientConn]struct{}
	ended bool // every further connection is closed at once
}

// hangUp closes every connection.
func (l *patientListener) hangUp() {
	l.mu.Lock()
	l.ended = true
	open := slices.Collect(maps.Keys(l.open))
	l.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (l *patientListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetWriteBuffer(256 << 10) // what waits here is already late
	}
	p := &patientConn{Conn: c, listener: l}
	l.mu.Lock()
	l.open[p] = struct{}{}
	ended := l.ended
	l.mu.Unlock()
	if ended {
		_ = p.Close()
	}
	return p, nil
}

type patientConn struct {
	net.Conn
	listener *patientListener
}

// Close implements net.Conn.
func (c *patientConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// Write implements net.Conn. A packet that is cut off makes the stream of
// packets unreadable, so the connection ends with the first error.
func (c *patientConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.listener.patience)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// expand resolves host:port to addresses of this machine.
func expand(address string) ([]net.IP, int, error) {
	a, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, 0, err
	}
	if a.IP != nil && !a.IP.IsUnspecified() {
		return []net.IP{a.IP}, a.Port, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, 0, err
	}
	var ips []net.IP
	for _, one := range all {
		n, ok := one.(*net.IPNet)
		if !ok || n.IP.IsLinkLocalUnicast() || n.IP.IsMulticast() {
			continue
		}
		if a.IP.To4() != nil && n.IP.To4() == nil {
			continue // 0.0.0.0 means IPv4 alone
		}
		ips = append(ips, n.IP)
	}
	if len(ips) == 0 {
		return nil, 0, errors.New("this machine has no address")
	}
	return ips, a.Port, nil
}
