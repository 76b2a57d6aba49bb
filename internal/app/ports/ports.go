// Package ports opens the ports of live view: those of the configuration, those of the
// process before where this one succeeds it, or free ones where they are taken.
package ports

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"watchroom/internal/app/succession"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/live"
	"watchroom/internal/live/whep"
)

// Names of what is passed on.
const (
	heldUDP = "whep-udp"
	heldTCP = "whep-tcp"
)

// Opener opens them.
type Opener struct {
	Config  *config.Config
	Streams live.Streams
	Viewers *live.Viewers
	Clock   clock.Clock
	Log     *slog.Logger
	Before  *succession.Inheritance // what was passed on; nil: nothing
	Next    *succession.Incumbent   // for the process that comes next
	// Alarm is told that others than those of the configuration are used.
	Alarm func(code, detail string, params map[string]any)
}

// Open opens the ports of WebRTC. Where they are taken it uses free ones and
// says so: a second installation on the machine must not keep this one from recording.
func (o *Opener) Open(ctx context.Context) (*whep.Server, error) {
	host, _, err := net.SplitHostPort(o.Config.Listen)
	if err != nil {
		return nil, err
	}
	inherited := o.sockets()
	server := func(udp, tcp int) *whep.Server {
		return &whep.Server{
			Sockets: inherited,
			Streams: o.Streams, Viewers: o.Viewers, Log: o.Log, Clock: o.Clock, Announce: o.Config.Live.ExtraIPs,
			UDP: net.JoinHostPort(host, strconv.Itoa(udp)), TCP: net.JoinHostPort(host, strconv.Itoa(tcp)),
		}
	}
	s := server(o.Config.Live.UDPPort, o.Config.Live.TCPPort)
	if err = s.Start(ctx); err == nil {
		o.Next.Add(o.held(s))
		return s, nil
	}
	o.Log.Warn("the ports of live view are taken; free ones are used", "err", err)
	o.Alarm("live_ports_taken", "The ports of live view are taken by another program; others are used, which a firewall may not let through.",
		map[string]any{"udp": o.Config.Live.UDPPort, "tcp": o.Config.Live.TCPPort})
	s = server(0, 0)
	if err := s.Start(ctx); err != nil {
		return nil, fmt.Errorf("ports of live view: %w", err)
	}
	return s, nil
}

// sockets are the predecessor's. Those for other addresses stay behind.
func (o *Opener) sockets() (out whep.Sockets) {
	if o.Before == nil {
		return out
	}
	for n := 0; ; n++ {
		pc, err := o.Before.Packets(heldUDP+strconv.Itoa(n), o.udp())
		if pc == nil || err != nil {
			break
		}
		if u, ok := pc.(*net.UDPConn); ok {
			out.UDP = append(out.UDP, u)
		}
	}
	if l, err := o.Before.Listener(heldTCP, o.tcp()); l != nil && err == nil {
		out.TCP, _ = l.(*net.TCPListener)
	}
	return out
}

// udp and tcp are the addresses as they are configured.
func (o *Opener) udp() string { return fmt.Sprint(o.Config.Listen, " ", o.Config.Live.UDPPort) }
func (o *Opener) tcp() string { return fmt.Sprint(o.Config.Listen, " ", o.Config.Live.TCPPort) }

// held is what the next process may take over of a server.
func (o *Opener) held(s *whep.Server) (out []succession.Held) {
	open := s.Open()
	for n, u := range open.UDP {
		out = append(out, succession.Held{Name: heldUDP + strconv.Itoa(n), Address: o.udp(), Of: u})
	}
	if open.TCP != nil {
		out = append(out, succession.Held{Name: heldTCP, Address: o.tcp(), Of: open.TCP})
	}
	return out
}
