// Package rtsp pulls streams from RTSP cameras (RFC 2326) into source sessions.
//
// The dialogue, authentication and UDP are gortsplib's. On the usual way, RTP
// within the RTSP connection, packets are taken from the socket by package
// interleaved and never pass through the library: that, together with the receive
// low-water mark, is most of what makes a camera cheap to record.
package rtsp

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5"

	"watchroom/internal/source"
	"watchroom/internal/source/rtsp/interleaved"
)

// Puller holds what the connections of all cameras share: read buffers and the
// tick that serves low-water marks and receiver reports. Its Run is a
// source.Connect. It works without Start, too: then sockets keep their low-water
// mark of one byte and no receiver reports are sent, which suits a single test of
// a connection.
type Puller struct {
	DialTimeout      time.Duration // for the TCP connection and TLS; 0 means 5 s
	HandshakeTimeout time.Duration // up to the answer to PLAY; 0 means 15 s
	UDPPatience      time.Duration // without a packet before TCP is tried; 0 means 3 s
	BusyPause        time.Duration // before a device that refused the first transport and calls itself busy is asked again; 0 means 2 s
	UDPMemory        time.Duration // how long a device from which no UDP came begins with TCP; 0 means 1 h

	buffers interleaved.Buffers
	cancel  context.CancelFunc
	done    chan struct{}

	mu    sync.Mutex // guards all below; never held over I/O
	conns map[*connection]struct{}
	mute  map[string]time.Time // until when devices from which no UDP came begin with TCP
}

const (
	tickEvery   = 250 * time.Millisecond // R10
	reportEvery = 32                     // ticks: a receiver report every 8 s
	maxMarkSecs = 0.25
	minMarkRate = 500_000 // bit/s: below, the mark stays off
	maxHops     = 3       // redirections

	defaultDial      = 5 * time.Second
	defaultHandshake = 15 * time.Second
	defaultPatience  = 3 * time.Second
	defaultMemory    = time.Hour
	defaultBusy      = 2 * time.Second
)

// Start runs the tick until ctx is done or Close is called.
func (p *Puller) Start(ctx context.Context) error {
	ctx, p.cancel = context.WithCancel(ctx)
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		t := time.NewTicker(tickEvery)
		defer t.Stop()
		for n := 0; ; n++ {
			select {
			case <-t.C:
				p.tick(n)
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// Close stops the tick and waits. Connections are ended by their own contexts.
func (p *Puller) Close() {
	if p.cancel != nil {
		p.cancel()
		<-p.done
	}
}

func (p *Puller) tick(n int) {
	p.mu.Lock()
	conns := make([]*connection, 0, len(p.conns))
	for c := range p.conns {
		conns = append(conns, c)
	}
	p.mu.Unlock()
	for _, c := range conns {
		c.tick(n)
	}
}

func (p *Puller) add(c *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		p.conns = map[*connection]struct{}{}
	}
	p.conns[c] = struct{}{}
	c.phase = len(p.conns) % reportEvery
}

func (p *Puller) remove(c *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// Run pulls one stream until it ends or ctx is done, and returns why, as a
// *source.Failure where the reason is known. It is a source.Connect.
//
// Of the transports, "tcp" and "auto" begin with TCP; "auto" turns to UDP when the
// device refuses TCP (461). "tcp" does not: the failure is then tcp_not_offered. "udp" begins with UDP and turns to TCP when the device
// refuses it or nothing comes within UDPPatience; then the camera begins with TCP for
// UDPMemory, so that each reconnection does not lose those seconds anew. rtsps://
// uses TCP only.
func (p *Puller) Run(ctx context.Context, cfg source.Config, s *source.Session) error {
	u, err := parseURL(cfg.URL)
	if err != nil {
		return err
	}
	order := []gortsplib.Protocol{gortsplib.ProtocolTCP}
	switch {
	case u.Scheme == "rtsps" || cfg.Transport == "tcp":
	case cfg.Transport == "udp" && !p.muted(cfg.Camera, u.Host):
		order = []gortsplib.Protocol{gortsplib.ProtocolUDP, gortsplib.ProtocolTCP}
	default:
		order = []gortsplib.Protocol{gortsplib.ProtocolTCP, gortsplib.ProtocolUDP}
	}
	for i, protocol := range order {
		err = p.follow(ctx, cfg, s, u, protocol)
		if i > 0 && busy(err) {
			// A small device counts the connection that it has just refused for a moment
			// longer: only what it says after that is about other viewers.
			select {
			case <-time.After(cmp.Or(p.BusyPause, defaultBusy)):
				err = p.follow(ctx, cfg, s, u, protocol)
			case <-ctx.Done():
			}
		}
		if errors.Is(err, errSilent) {
			p.noUDP(cfg.Camera, u.Host)
		}
		if i+1 == len(order) || ctx.Err() != nil || !errors.Is(err, errOtherTransport) {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, errOtherTransport) && !errors.Is(err, errSilent) {
		return noTransport(err, cfg.Transport == "tcp" && u.Scheme == "rtsp")
	}
	return explain(err, cfg.Username != "")
}

// noUDP remembers that no UDP packet came from a device.
func (p *Puller) noUDP(camera, host string) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.mute, func(_ string, until time.Time) bool { return now.After(until) })
	if p.mute == nil {
		p.mute = map[string]time.Time{}
	}
	p.mute[camera+" "+host] = now.Add(cmp.Or(p.UDPMemory, defaultMemory))
}

func (p *Puller) muted(camera, host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.mute[camera+" "+host])
}

// follow makes a connection and goes where the device redirects it.
func (p *Puller) follow(ctx context.Context, cfg source.Config, s *source.Session, u *url.URL, protocol gortsplib.Protocol) error {
	var from netip.Addr
	for range maxHops + 1 {
		err := p.connect(ctx, cfg, s, u, protocol, from)
		var r *redirected
		if !errors.As(err, &r) {
			return err
		}
		next, err := target(u, r.location)
		if err != nil {
			return err
		}
		if hostPort(next) != hostPort(u) {
			// The password is for the device that was configured, for no other, and no
			// other service on the same host.
			cfg.Username, cfg.Password = "", ""
		}
		u, from = next, r.by
	}
	return source.Fail(source.Refused, "too_many_redirects", "The device redirects in circles.", nil, nil)
}

// hostPort is where a URL leads, the default port filled in (RFC 2326 3.2, RFC
// 7826 4.2).
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "rtsps":
		port = "322"
	default:
		port = "554"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

func target(from *url.URL, location string) (*url.URL, error) {
	to, err := url.Parse(location)
	if err != nil {
		return nil, source.Fail(source.Refused, "redirect_invalid", "The device redirects to an address that cannot be read.", nil, nil)
	}
	to = from.ResolveReference(to)
	to.User = nil
	if from.Scheme == "rtsps" && to.Scheme != "rtsps" || to.Scheme != "rtsp" && to.Scheme != "rtsps" {
		return nil, source.Fail(source.Refused, "redirect_invalid", "The device redirects to an address that is not allowed.",
			map[string]any{"scheme": to.Scheme}, nil)
	}
	return to, nil
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, source.Fail(source.Unsupported, "url_invalid", "The address cannot be read.", nil, nil)
	}
	u.User = nil
	if u.Scheme != "rtsp" && u.Scheme != "rtsps" {
		return nil, source.Fail(source.Unsupported, "url_scheme_unsupported", "The address must begin with rtsp:// or rtsps://.",
			map[string]any{"scheme": u.Scheme}, nil)
	}
	if u.Hostname() == "" {
		return nil, source.Fail(source.Unsupported, "url_invalid", "The address names no host.", nil, nil)
	}
	return u, nil
}
