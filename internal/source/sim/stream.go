package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/ntp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/clip"
)

// Sent is what a stream has done. Counters begin at 1 and go up by one with
// every picture the camera takes, whether or not somebody watches.
type Sent struct {
	Counter  uint64    // of the newest picture
	LoopPos  int       // its place in the clip, which is also the number of its bar code
	At       time.Time // when it was taken, on this machine's clock
	Frames   uint64    // pictures handed to at least one session
	Withheld uint64    // pictures taken but not sent while stalled
	Damaged  uint64    // pictures that packets were left out of
}

// stream is one RTSP mount: it paces pictures and sound and hands them to the server.
type stream struct {
	cam   *camera
	which media.Which
	clip  *clip.Clip // tells codec, size and rate
	sound *clip.Sound
	fps   float64

	video, audio *description.Media
	server       *gortsplib.ServerStream

	// Only the goroutine that sends uses these.
	reel        *reel
	shown       Kind   // fault of the picture that reel is for
	origin      uint64 // counter at which reel began
	base        uint32 // first RTP timestamp
	seq, aseq   uint16
	first       []byte // the stamped payload, reused
	random      *rand.Rand
	clockOffset time.Duration // as last told to the readers

	mu   sync.Mutex // guards sent
	sent Sent
}

func newStream(c *camera, which media.Which, cl *clip.Clip, sound *clip.Sound) *stream {
	return &stream{
		cam: c, which: which, clip: cl, sound: sound, fps: cl.FPS(),
		base: rand.Uint32(), seq: uint16(rand.Uint32()), aseq: uint16(rand.Uint32()),
		random: rand.New(rand.NewPCG(uint64(c.n), uint64(len(which)))),
	}
}

const (
	videoType = 96
	audioType = 97
)

// mount makes the stream known to the server.
func (s *stream) mount(srv *gortsplib.Server) error {
	var f format.Format = &format.H264{PayloadTyp: videoType, PacketizationMode: 1, SPS: s.clip.SPS, PPS: s.clip.PPS}
	if s.clip.Codec == media.H265 {
		f = &format.H265{PayloadTyp: videoType, VPS: s.clip.VPS, SPS: s.clip.SPS, PPS: s.clip.PPS}
	}
	s.video = &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{f}}
	desc := &description.Session{Title: s.cam.name, Medias: []*description.Media{s.video}}
	if s.sound != nil {
		var f format.Format = &format.G711{PayloadTyp: 8, SampleRate: 8000, ChannelCount: 1}
		switch s.sound.Codec {
		case media.PCMU:
			f = &format.G711{PayloadTyp: 0, MULaw: true, SampleRate: 8000, ChannelCount: 1}
		case media.AAC:
			f = &format.MPEG4Audio{
				PayloadTyp: audioType, ProfileLevelID: 1, Config: s.sound.AAC,
				SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3,
			}
		}
		s.audio = &description.Media{Type: description.MediaTypeAudio, Formats: []format.Format{f}}
		desc.Medias = append(desc.Medias, s.audio)
	}
	s.server = &gortsplib.ServerStream{Server: srv, Desc: desc}
	if err := s.server.Initialize(); err != nil {
		s.server = nil
		return fmt.Errorf("mount: %w", err)
	}
	return nil
}

func (s *stream) unmount() {
	if s.server != nil {
		s.server.Close()
	}
}

// run sends a looped clip until ctx ends. Frame k is due at start plus k frame
// times; a late wake-up catches up, so that no frame is ever skipped.
func (s *stream) run(ctx context.Context, start time.Time) {
	timer := time.NewTimer(time.Until(start))
	defer timer.Stop()
	due := func(k uint64, ticks int64, rate int) time.Time {
		return start.Add(time.Duration(float64(k) * float64(ticks) / float64(rate) * float64(time.Second)))
	}
	var frames, sounds uint64
	for {
		next := due(frames, s.clip.Ticks, clip.Clock)
		audio := false
		if s.sound != nil {
			if a := due(sounds, s.sound.Ticks, s.sound.Rate); a.Before(next) {
				next, audio = a, true
			}
		}
		if wait := time.Until(next); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
		} else if ctx.Err() != nil {
			return
		}
		if audio {
			s.sendSound(sounds, next)
			sounds++
			continue
		}
		frames++
		if !s.cam.conf.Silent {
			s.sendLoop(frames, next)
		}
	}
}

// sendLoop sends picture number counter (from 1) of a looped clip.
func (s *stream) sendLoop(counter uint64, due time.Time) {
	if want := s.cam.picture(due); want != s.shown || s.reel == nil {
		// canShow has made sure of every clip a fault can ask for.
		if r, err := s.cam.reel(s.which, want); err == nil {
			first := s.reel == nil
			s.reel, s.shown, s.origin = r, want, counter
			if first {
				s.origin -= s.ahead()
			}
		}
	}
	pos := int((counter - s.origin) % uint64(len(s.reel.frames)))
	ts := s.base + uint32(int64(counter)*s.clip.Ticks)
	s.send(&s.reel.frames[pos], counter, ts, due, pos)
}

// ahead is how many frames into its clip a camera begins, so that cameras with
// one clip do not show the same thing and files' key frames do not leave together.
func (s *stream) ahead() uint64 {
	n, frames := s.cam.n-1, len(s.reel.frames)
	switch {
	case s.cam.conf.File != "":
		return uint64(n * frames / len(s.cam.sim.cams))
	case s.cam.conf.Scene == "":
		return uint64(n / 6 * 48 % frames)
	}
	return 0
}

// send hands one picture to the sessions, as the camera's faults let it.
func (s *stream) send(p *clip.Packed, counter uint64, ts uint32, taken time.Time, pos int) {
	now := time.Now()
	_, stalled := s.cam.fault(Stall, now)
	watched := !stalled && s.cam.sim.readers.offer(s, counter)
	damaged := false
	if watched {
		damaged = s.write(p, counter, ts, taken, now)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent.Counter, s.sent.LoopPos, s.sent.At = counter, pos, taken
	switch {
	case stalled:
		s.sent.Withheld++
	case watched:
		s.sent.Frames++
	}
	if damaged {
		s.sent.Damaged++
	}
}

func (s *stream) write(p *clip.Packed, counter uint64, ts uint32, taken, now time.Time) (damaged bool) {
	jump, clock := s.skew(now)
	ts += uint32(int64(jump.Seconds()*clip.Clock)) + uint32(p.Shift)
	at := taken.Add(clock + time.Duration(p.Shift)*time.Second/clip.Clock)
	loss, lossy := s.cam.fault(PacketLoss, now)
	s.first = p.Stamp(s.first, counter, now.UnixMicro())
	var ssrc uint32
	for i, payload := range p.Payloads {
		if i == 0 {
			payload = s.first
		}
		pkt := rtp.Packet{
			Header: rtp.Header{
				Version: 2, PayloadType: videoType, SequenceNumber: s.seq, Timestamp: ts,
				Marker: i == len(p.Payloads)-1,
			},
			Payload: payload,
		}
		s.seq++
		if lossy && s.random.Float64()*100 < loss.Value {
			damaged = true
			continue
		}
		if err := s.server.WritePacketRTPWithNTP(s.video, &pkt, at); err != nil {
			return damaged
		}
		ssrc = pkt.SSRC
	}
	if clock != s.clockOffset && ssrc != 0 {
		// The server reports the clock every 10 s; a change of it is told at once.
		s.clockOffset = clock
		st := s.server.Stats().Medias[s.video].Formats[s.video.Formats[0]]
		_ = s.server.WritePacketRTCP(s.video, &rtcp.SenderReport{
			SSRC: ssrc, NTPTime: ntp.Encode(at), RTPTime: ts, PacketCount: uint32(st.OutboundRTPPackets),
		})
	}
	return damaged
}

// skew is how far the RTP timestamps and the camera's clock are off.
func (s *stream) skew(now time.Time) (timestamps, clock time.Duration) {
	sec := func(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
	if f, ok := s.cam.fault(TimestampJump, now); ok {
		if f.Timeline != "ntp" {
			timestamps = sec(f.Value)
		}
		if f.Timeline == "ntp" || f.Timeline == "both" {
			clock = sec(f.Value)
		}
	}
	if f, ok := s.cam.fault(ClockOffset, now); ok {
		clock += sec(f.Value)
	}
	return timestamps, clock
}

// sendSound sends one packet of the room's sound.
func (s *stream) sendSound(k uint64, due time.Time) {
	now := time.Now()
	if _, stalled := s.cam.fault(Stall, now); stalled || s.cam.conf.Silent || !s.cam.sim.readers.any(s) {
		return
	}
	jump, clock := s.skew(now)
	pkt := rtp.Packet{
		Header: rtp.Header{
			Version: 2, PayloadType: s.audio.Formats[0].PayloadType(), SequenceNumber: s.aseq, Marker: s.sound.Codec == media.AAC,
			Timestamp: s.base/8 + uint32(int64(k)*s.sound.Ticks) + uint32(int64(jump.Seconds()*float64(s.sound.Rate))),
		},
		Payload: s.sound.Frames[k%uint64(len(s.sound.Frames))],
	}
	s.aseq++
	if loss, ok := s.cam.fault(PacketLoss, now); ok && s.random.Float64()*100 < loss.Value {
		return
	}
	// The only error is a closed stream, after which nothing is sent anyway.
	_ = s.server.WritePacketRTPWithNTP(s.audio, &pkt, due.Add(clock))
}
