package whep

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"watchroom/internal/db"
	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Request is a client's wish to watch. The caller has decided that it may.
type Request struct {
	Camera  string
	Which   media.Which
	Person  string
	Session string // sign-in or token under which it is watched
	Offer   string // SDP
}

// Answer is what goes back.
type Answer struct {
	ID    string // of the live session, for Patch and Delete
	SDP   string
	Audio string // the codec, or "none: " and a reason (header Watchroom-Audio)
}

// ErrBadOffer means that the offer is no SDP that can be answered.
var ErrBadOffer = problem.New(problem.Invalid, "bad_offer", "The offer is not a usable session description.")

// session is one viewer.
type session struct {
	server *Server
	id     string
	seat   *live.Seat
	feed   live.Feed
	reader *media.Reader
	prime  func() ([]*media.Unit, error)
	pc     *webrtc.PeerConnection
	close  func() // closes pc and waits for its goroutines; may be called often
	ufrag  string // of the offer

	connected chan struct{}
	video     *track
	audio     *track // nil without sound

	// Below: the session's goroutine only.
	started *media.Run // that the tracks follow
	pace    pacer
	report  time.Time // of the last sender report
	dropped uint64
	last    int64 // PTS of the newest video unit
	fresh   bool  // no video unit of this run was sent yet
	needKey bool  // decoding can only start at a key frame
}

// Create opens a session. ctx bounds only the opening; the session lasts until
// Delete, until its seat ends, or until the client has gone. Errors are problems:
// camera_not_live, codec_not_offered, b_frames_need_mse, too_many_viewers,
// bad_offer, mjpeg_needs_mse and those of Streams.Open.
func (s *Server) Create(ctx context.Context, r Request) (*Answer, error) {
	o, err := readOffer(r.Offer)
	if err != nil {
		return nil, ErrBadOffer.Because(err)
	}
	if len(o.video) == 0 {
		return nil, live.ErrCodecNotOffered
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, live.ErrStopping
	}
	s.running.Add(1)
	s.mu.Unlock()

	one := &session{server: s, id: db.NewID(), ufrag: o.ufrag, connected: make(chan struct{})}
	one.pace = pacer{bits: s.PaceBits}
	answer, err := one.open(ctx, r, o)
	if err != nil {
		one.end()
		s.running.Done()
		return nil, err
	}
	s.mu.Lock()
	s.sessions[one.id] = one
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		one.run()
	}()
	return answer, nil
}

// open takes everything a session needs; end gives back what it took.
func (s *session) open(ctx context.Context, r Request, o offer) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.server.timeout())
	defer cancel()
	seat, err := s.server.Viewers.Enter(s.server.ctx, live.Viewer{
		Person: r.Person, Session: r.Session, Camera: r.Camera, Which: r.Which, Transport: "whep",
	})
	if err != nil {
		return nil, err
	}
	s.seat = seat
	defer context.AfterFunc(seat.Context(), cancel)()
	feed, err := s.server.Streams.Open(ctx, r.Camera, r.Which)
	if err != nil {
		return nil, err
	}
	s.feed = feed
	queue := s.server.Queue
	if queue == 0 {
		queue = 256
	}
	reader, run, prime := feed.Stream.Join(queue, feed.Primer)
	s.reader, s.prime = reader, prime
	if run, err = live.FirstRun(ctx, reader, run, feed.Coming); err != nil {
		return nil, err
	}
	s.started, s.fresh = run, true
	audio, err := s.choose(run, o)
	if err != nil {
		return nil, err
	}
	sdp, err := s.connect(ctx, r.Offer)
	if err != nil {
		return nil, err
	}
	return &Answer{ID: s.id, SDP: sdp, Audio: audio}, nil
}

// choose makes the tracks for a run out of what the client offers, and says what
// becomes of the sound.
func (s *session) choose(run *media.Run, o offer) (audio string, err error) {
	video, sound := live.Pick(run.Tracks)
	switch {
	case video == nil:
		return "", live.ErrCodecNotOffered.With("codec", "")
	case video.Codec == media.MJPEG:
		return "", problem.New(problem.Unacceptable, string(live.ReasonMJPEG), "Motion JPEG goes over the WebSocket only.")
	case live.Reorders(*video):
		return "", live.ErrReordered
	}
	of, ok := pickVideo(*video, o.video)
	if !ok {
		return "", live.ErrCodecNotOffered.With("codec", string(video.Codec))
	}
	mime := webrtc.MimeTypeH264
	if video.Codec == media.H265 {
		mime = webrtc.MimeTypeH265
	}
	s.video = newTrack("video", run, video, of.parameters(mime, []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}}))
	s.video.packets = &packetiser{codec: video.Codec, scratch: make([]byte, 0, payloadSize)}

	if reason := live.WHEPAudio(sound); reason != live.ReasonNone {
		return "none: " + string(reason), nil
	}
	of, ok = pickAudio(*sound, o.audio)
	if !ok {
		return "none: audio_not_offered", nil
	}
	s.audio = newTrack("audio", run, sound, of.parameters("audio/"+of.name, nil))
	return string(sound.Codec), nil
}

func newTrack(id string, run *media.Run, t *media.Track, codec webrtc.RTPCodecParameters) *track {
	// Each track is a stream of its own: a browser would hold the picture back
	// to keep step with the sound's jitter buffer.
	made := &track{id: id, stream: "watchroom-" + id, codec: codec, timeline: newTimeline(codec.ClockRate)}
	made.follow(run, t)
	return made
}

// follow points the track at its counterpart in another run; nil silences it.
func (t *track) follow(run *media.Run, counterpart *media.Track) {
	t.index = -1
	for i := range run.Tracks {
		if &run.Tracks[i] == counterpart {
			t.index, t.media = i, *counterpart
		}
	}
}

// connect makes the peer connection and the answer to the offer.
func (s *session) connect(ctx context.Context, offer string) (string, error) {
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterCodec(s.video.codec, webrtc.RTPCodecTypeVideo); err != nil {
		return "", problem.Wrap(err, "whep: register video")
	}
	if s.audio != nil {
		if err := engine.RegisterCodec(s.audio.codec, webrtc.RTPCodecTypeAudio); err != nil {
			return "", problem.Wrap(err, "whep: register audio")
		}
	}
	if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: playoutDelayURI},
		webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverDirectionSendonly); err != nil {
		return "", problem.Wrap(err, "whep: register extension")
	}
	registry := &interceptor.Registry{}
	responder, err := nack.NewResponderInterceptor(nack.ResponderSize(1024),
		nack.WithResponderLoggerFactory(s.server.setting.LoggerFactory))
	if err != nil {
		return "", problem.Wrap(err, "whep: retransmission")
	}
	registry.Add(responder)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry),
		webrtc.WithSettingEngine(s.server.setting))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", problem.Wrap(err, "whep: peer connection")
	}
	s.pc = pc
	s.close = sync.OnceFunc(func() { _ = pc.GracefulClose() })
	opened := sync.OnceFunc(func() { close(s.connected) })
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			opened()
		case webrtc.PeerConnectionStateFailed:
			s.seat.End(live.ErrConnectionLost)
		case webrtc.PeerConnectionStateClosed: // the client said good-bye
			s.seat.End(live.ErrLeft)
		}
	})
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: withoutCandidates(offer)}); err != nil {
		return "", ErrBadOffer.Because(err)
	}
	for _, t := range []*track{s.video, s.audio} {
		if t == nil {
			continue
		}
		sender, err := pc.AddTrack(t)
		if err != nil {
			return "", problem.Wrap(err, "whep: add track")
		}
		s.server.running.Go(func() { s.feedback(sender) })
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", ErrBadOffer.Because(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", ErrBadOffer.Because(err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return pc.LocalDescription().SDP, nil
}

// feedback counts what the viewer complains of. Lost packets are sent again by
// the responder; a key frame only the camera can make.
func (s *session) feedback(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p := p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				s.server.pli.Add(1)
			case *rtcp.TransportLayerNack:
				for _, n := range p.Nacks {
					s.server.nack.Add(uint64(len(n.PacketList())))
				}
			}
		}
	}
}

// end gives everything back and remembers why the session is over.
func (s *session) end() {
	if s.reader != nil {
		s.reader.Close()
	}
	if s.close != nil {
		s.close()
	}
	if s.feed.Release != nil {
		s.feed.Release()
	}
	if s.seat == nil {
		return
	}
	s.server.forget(s)
	s.seat.Leave()
}

// forget takes a session off the list and keeps the reason of its end for a while.
func (s *Server) forget(one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.sessions[one.id]; !ok {
		return
	}
	delete(s.sessions, one.id)
	s.ended[one.id] = one.seat.Reason()
	s.order = append(s.order, one.id)
	if len(s.order) > rememberEnded {
		delete(s.ended, s.order[0])
		s.order = s.order[1:]
	}
}

// Viewer says whose session it is, so that the caller can decide who may change
// it. A session that has ended yields the reason as the error.
func (s *Server) Viewer(id string) (live.Viewer, error) {
	one, err := s.find(id)
	if err != nil {
		return live.Viewer{}, err
	}
	return one.seat.Viewer, nil
}

func (s *Server) find(id string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.sessions[id]; one != nil {
		return one, nil
	}
	if why := s.ended[id]; why != nil {
		return nil, live.ErrNoSession.With("reason", why.Code)
	}
	return nil, live.ErrNoSession
}

// Delete ends a session at the client's wish.
func (s *Server) Delete(_ context.Context, id string) error {
	one, err := s.find(id)
	if err != nil {
		return err
	}
	one.seat.End(live.ErrLeft)
	return nil
}

// ErrICERestart refuses what the fragment asks; the client posts a new offer.
var ErrICERestart = problem.New(problem.Unacceptable, "ice_restart_unsupported",
	"This server does not restart ICE; post a new offer.")

// Patch takes further candidates of the client (RFC 8840 fragment). They are
// checked for form and not used: the client reaches us, not we the client.
func (s *Server) Patch(_ context.Context, id, fragment string) error {
	one, err := s.find(id)
	if err != nil {
		return err
	}
	for line := range strings.Lines(fragment) {
		line = strings.TrimSpace(line)
		if ufrag, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok && ufrag != one.ufrag {
			return ErrICERestart
		}
		if text, ok := strings.CutPrefix(line, "a=candidate:"); ok {
			if _, err := ice.UnmarshalCandidate(text); err != nil {
				return problem.New(problem.Invalid, "bad_candidate",
					"The fragment holds a candidate that cannot be read.").Because(err)
			}
		}
	}
	return nil
}
