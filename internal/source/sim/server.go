package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"watchroom/internal/media"
)

// Range is a run of frame counters, both ends included.
type Range struct{ First, Last uint64 }

// Session is one client's reception of a stream, still going or over.
type Session struct {
	Remote    string
	Transport string // "tcp" or "udp"
	Since     time.Time
	Open      bool
	// Handed are the pictures that were given to the session's connection since
	// PLAY was answered. The very first may have been given before the answer left.
	Handed []Range
	// Dropped counts RTP packets that did not fit the session's queue because the
	// client read too slowly.
	Dropped uint64
}

// keepSessions bounds what is remembered of sessions that are over.
const keepSessions = 64

// reader is a session that has been set up.
type reader struct {
	stream  *stream
	session *gortsplib.ServerSession
	playing bool
	log     Session
	dropped atomic.Uint64
}

// readers knows every session of every stream.
type readers struct {
	mu   sync.Mutex // guards all below; never held while packets are written
	open map[*gortsplib.ServerSession]*reader
	by   map[*stream][]*reader // open and, up to keepSessions, over
}

// add notes a session; ok is false where the camera gives the stream to nobody else.
func (r *readers) add(s *stream, ss *gortsplib.ServerSession, remote, transport string) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open, r.by = map[*gortsplib.ServerSession]*reader{}, map[*stream][]*reader{}
	}
	if r.open[ss] != nil {
		return true // a further track of the same session
	}
	if s.cam.conf.OneSession && slices.ContainsFunc(r.by[s], func(rd *reader) bool { return rd.log.Open }) {
		return false
	}
	rd := &reader{stream: s, session: ss, log: Session{Remote: remote, Transport: transport, Since: time.Now(), Open: true}}
	r.open[ss] = rd
	list := append(r.by[s], rd)
	for i := 0; len(list) > keepSessions && i < len(list); {
		if list[i].log.Open {
			i++
			continue
		}
		list = append(list[:i:i], list[i+1:]...)
	}
	r.by[s] = list
	return true
}

func (r *readers) play(ss *gortsplib.ServerSession) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rd := r.open[ss]; rd != nil {
		rd.playing = true
	}
}

func (r *readers) remove(ss *gortsplib.ServerSession) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rd := r.open[ss]; rd != nil {
		rd.log.Open, rd.playing = false, false
		delete(r.open, ss)
	}
}

// any tells whether somebody has set the stream up.
func (r *readers) any(s *stream) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rd := range r.by[s] {
		if rd.log.Open {
			return true
		}
	}
	return false
}

// offer notes that a picture is about to be handed to the stream's sessions, and
// tells whether there are any.
func (r *readers) offer(s *stream, counter uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	some := false
	for _, rd := range r.by[s] {
		some = some || rd.log.Open
		if !rd.playing {
			continue
		}
		h := rd.log.Handed
		if n := len(h); n > 0 && h[n-1].Last+1 == counter {
			h[n-1].Last = counter
		} else {
			rd.log.Handed = append(h, Range{counter, counter})
		}
	}
	return some
}

// cut closes every session of a camera.
func (r *readers) cut(c *camera) {
	r.mu.Lock()
	var list []*gortsplib.ServerSession
	for ss, rd := range r.open {
		if rd.stream.cam == c {
			list = append(list, ss)
		}
	}
	r.mu.Unlock()
	for _, ss := range list {
		conns := ss.Conns()
		ss.Close()
		for _, conn := range conns {
			conn.Close()
		}
	}
}

// Sessions lists a stream's sessions, the oldest first: all that are open and the
// last that are over.
func (s *Sim) Sessions(n int, which media.Which) []Session {
	st := s.stream(n, which)
	if st == nil {
		return nil
	}
	s.readers.mu.Lock()
	defer s.readers.mu.Unlock()
	var out []Session
	for _, rd := range s.readers.by[st] {
		l := rd.log
		l.Handed = append([]Range(nil), l.Handed...)
		l.Dropped = rd.dropped.Load()
		out = append(out, l)
	}
	return out
}

// handler answers RTSP requests.
type handler struct{ sim *Sim }

var (
	errRefused  = errors.New("refused by a fault")
	errOccupied = errors.New("another client has the stream")
)

// admit finds the stream of a path and lets the request through or not.
func (h *handler) admit(conn *gortsplib.ServerConn, req *base.Request, path string) (*stream, *base.Response, error) {
	var n int
	var which string
	if _, err := fmt.Sscanf(strings.Trim(path, "/"), "cam%d/%s", &n, &which); err != nil || (which != "main" && which != "sub") {
		return nil, &base.Response{StatusCode: base.StatusNotFound}, fmt.Errorf("no such path")
	}
	st := h.sim.stream(n, media.Which(which))
	if st == nil {
		return nil, &base.Response{StatusCode: base.StatusNotFound}, fmt.Errorf("no such camera")
	}
	c, now := st.cam, time.Now()
	if _, ok := c.fault(Cut, now); ok {
		conn.Close()
		return nil, &base.Response{StatusCode: base.StatusServiceUnavailable}, errRefused
	}
	if f, ok := c.fault(Refuse, now); ok {
		return nil, &base.Response{StatusCode: base.StatusCode(f.Value)}, errRefused
	}
	user, password := c.conf.Username, c.conf.Password
	if _, ok := c.fault(BadCredentials, now); ok {
		// No client sends a NUL, so nothing matches.
		user, password = "\x00", "\x00"
	}
	if user != "" && !conn.VerifyCredentials(req, user, password) {
		return nil, &base.Response{StatusCode: base.StatusUnauthorized}, liberrors.ErrServerAuth{}
	}
	return st, &base.Response{StatusCode: base.StatusOK}, nil
}

// OnDescribe implements gortsplib.ServerHandlerOnDescribe.
func (h *handler) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	st, res, err := h.admit(ctx.Conn, ctx.Request, ctx.Path)
	if err != nil {
		return res, nil, err
	}
	return res, st.server, nil
}

// OnSetup implements gortsplib.ServerHandlerOnSetup.
func (h *handler) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	st, res, err := h.admit(ctx.Conn, ctx.Request, ctx.Path)
	if err != nil {
		return res, nil, err
	}
	transport := "tcp"
	if ctx.Transport.Protocol == gortsplib.ProtocolUDP {
		transport = "udp"
	}
	if !h.sim.readers.add(st, ctx.Session, ctx.Conn.NetConn().RemoteAddr().String(), transport) {
		return &base.Response{StatusCode: base.StatusNotEnoughBandwidth}, nil, errOccupied
	}
	return res, st.server, nil
}

// OnPlay implements gortsplib.ServerHandlerOnPlay.
func (h *handler) OnPlay(ctx *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	h.sim.readers.play(ctx.Session)
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// OnSessionClose implements gortsplib.ServerHandlerOnSessionClose.
func (h *handler) OnSessionClose(ctx *gortsplib.ServerHandlerOnSessionCloseCtx) {
	h.sim.readers.remove(ctx.Session)
	h.sim.log.Debug("session over", "err", ctx.Error)
}

// OnStreamWriteError implements gortsplib.ServerHandlerOnStreamWriteError: a
// client reads too slowly.
func (h *handler) OnStreamWriteError(ctx *gortsplib.ServerHandlerOnStreamWriteErrorCtx) {
	h.sim.readers.mu.Lock()
	rd := h.sim.readers.open[ctx.Session]
	h.sim.readers.mu.Unlock()
	if rd != nil {
		rd.dropped.Add(1)
	}
}
