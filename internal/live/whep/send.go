package whep

import (
	"context"
	"errors"
	"time"

	"github.com/pion/rtcp"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

const (
	// reportEvery is the interval of sender reports (RFC 3550 6.4.1), which tie
	// the RTP clocks to the wall clock.
	reportEvery = time.Second
	// stepping is how far apart the pictures of the first burst are stamped, in
	// parts of a second. A browser that plays by the stamps alone would otherwise
	// stay as far behind as the burst reaches back.
	stepping = 1000
)

// run is the session's goroutine from the answer to the end.
func (s *session) run() {
	defer s.end()
	ctx := s.seat.Context()
	// A write to a viewer that stopped reading is woken by closing under it.
	defer context.AfterFunc(ctx, s.close)()
	err := s.serve(ctx)
	var why *problem.Error
	switch {
	case ctx.Err() != nil: // ended by somebody; that reason stands
	case errors.As(err, &why):
		s.seat.End(why)
	default:
		s.seat.End(live.ErrConnectionLost.Because(err))
	}
	s.server.Log.Debug("live session ended", "session", s.id, "camera", s.seat.Viewer.Camera,
		"reason", s.seat.Reason().Code, "dropped", s.dropped)
}

func (s *session) serve(ctx context.Context) error {
	backlog := s.primed()
	timer := time.NewTimer(s.server.timeout())
	defer timer.Stop()
	select {
	case <-s.connected:
	case <-timer.C:
		return live.ErrConnectionLost
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.burst(backlog); err != nil {
		return err
	}
	for {
		item, err := s.reader.Next(ctx)
		if err != nil {
			return err
		}
		if d := s.reader.Dropped(); d > s.dropped {
			s.seat.Dropped(d - s.dropped)
			s.dropped = d
		}
		if err := s.item(item); err != nil {
			return err
		}
	}
}

// primed reads what precedes the reader's first unit, while the browser connects.
func (s *session) primed() []*media.Unit {
	if s.prime == nil {
		return nil
	}
	units, err := s.prime()
	if err != nil {
		s.server.Log.Warn("the pictures since the last key frame cannot be read",
			"camera", s.seat.Viewer.Camera, "error", err)
		units = nil
	}
	pictures := make([]*media.Unit, 0, len(units))
	for _, u := range units {
		// Sound of the past would only fill the browser's jitter buffer.
		if u.Track == s.video.index {
			pictures = append(pictures, u)
		}
	}
	s.needKey = len(pictures) == 0
	return pictures
}

// burst sends the pictures since the last key frame as fast as the pace allows,
// stamped closely before the newest of them.
func (s *session) burst(units []*media.Unit) error {
	if len(units) == 0 {
		return nil
	}
	newest := s.video.timeline.at(s.started, s.video.media, units[len(units)-1])
	step := s.video.timeline.clock / stepping
	for i, u := range units {
		if err := s.ordered(u); err != nil {
			return err
		}
		if err := s.picture(u, newest-int64(len(units)-1-i)*step); err != nil {
			return err
		}
	}
	return s.sendReport(units[len(units)-1])
}

func (s *session) item(item media.Item) error {
	switch {
	case item.Ended:
		return nil // the next run, if it comes, goes on in the same session
	case item.Unit == nil:
		return s.begin(item.Run)
	}
	u := item.Unit
	switch {
	case u.Track == s.video.index:
		if s.needKey && !u.Key {
			return nil
		}
		s.needKey = false
		if err := s.ordered(u); err != nil {
			return err
		}
		if err := s.picture(u, s.video.timeline.at(item.Run, s.video.media, u)); err != nil {
			return err
		}
		return s.sendReport(u)
	case s.audio != nil && u.Track == s.audio.index:
		return s.sound(item.Run, u)
	}
	return nil
}

// begin goes on with another run, if it fits what was agreed with the client.
func (s *session) begin(run *media.Run) error {
	video, sound := live.Pick(run.Tracks)
	switch {
	case video == nil || video.Codec != s.video.media.Codec:
		return live.ErrCodecChanged
	case live.Reorders(*video):
		return live.ErrReordered
	case s.audio != nil && sound != nil && (sound.Codec != s.audio.media.Codec || sound.Timescale != s.audio.media.Timescale):
		return live.ErrCodecChanged
	}
	s.started, s.fresh = run, true
	s.video.follow(run, video)
	if s.audio != nil {
		s.audio.follow(run, sound)
	}
	return nil
}

// ordered refuses pictures that are shown before one that was decoded earlier.
func (s *session) ordered(u *media.Unit) error {
	if !s.fresh && u.PTS < s.last {
		return live.ErrReordered
	}
	s.last, s.fresh = u.PTS, false
	return nil
}

func (s *session) picture(u *media.Unit, stamp int64) error {
	t := s.video
	return t.packets.unit(&t.media, u, func(payload []byte, last bool) error {
		s.pace.wait(len(payload))
		n, err := t.write(payload, uint32(stamp), last, true)
		s.seat.Sent(n)
		return err
	})
}

// sound sends one frame of audio. G.711 is cut where a camera's frames are
// longer than a packet: one byte is one tick.
func (s *session) sound(run *media.Run, u *media.Unit) error {
	stamp := s.audio.timeline.at(run, s.audio.media, u)
	for data := u.Data; len(data) > 0; {
		n := len(data)
		if s.audio.media.Codec != media.Opus {
			n = min(n, payloadSize)
		}
		sent, err := s.audio.write(data[:n], uint32(stamp), false, false)
		s.seat.Sent(sent)
		if err != nil {
			return err
		}
		data = data[n:]
		stamp += int64(n)
	}
	return nil
}

// sendReport sends sender reports when they are due. newest is the unit that the
// RTP clock was last tied to.
func (s *session) sendReport(newest *media.Unit) error {
	now := s.server.Clock.Now()
	if now.Sub(s.report) < reportEvery && !now.Before(s.report) {
		return nil
	}
	s.report = now
	var reports []rtcp.Packet
	for _, t := range []*track{s.video, s.audio} {
		if t == nil || t.sent == 0 {
			continue
		}
		reports = append(reports, t.senderReport(newest.Wall))
	}
	if err := s.pc.WriteRTCP(reports); err != nil {
		return err
	}
	return nil
}

// senderReport ties the track's RTP clock to the wall clock at the instant wall.
func (t *track) senderReport(wall int64) *rtcp.SenderReport {
	stamp := t.timeline.last + (wall-t.timeline.wall)*t.timeline.clock/1e6
	t.mu.Lock()
	ssrc := t.ssrc
	t.mu.Unlock()
	const to1970 = 2208988800 // seconds from 1900
	seconds, micros := uint64(wall/1e6), uint64(wall%1e6)
	return &rtcp.SenderReport{
		SSRC: ssrc, NTPTime: (seconds+to1970)<<32 | micros<<32/1e6,
		RTPTime: uint32(stamp), PacketCount: t.sent, OctetCount: t.octets,
	}
}

// pacer spreads bursts so that no socket or switch on the way overflows.
type pacer struct {
	bits int       // a second
	free time.Time // when the line will have carried what was sent
}

// slack is the burst that goes out unspread.
const slack = 2 * time.Millisecond

func (p *pacer) wait(bytes int) {
	if p.bits == 0 {
		p.bits = 150e6
	}
	now := time.Now()
	if idle := now.Add(-slack); p.free.Before(idle) {
		p.free = idle
	}
	p.free = p.free.Add(time.Duration(bytes) * 8 * time.Second / time.Duration(p.bits))
	// Shorter sleeps than a millisecond take one anyway.
	if d := p.free.Sub(now); d >= time.Millisecond {
		time.Sleep(d)
	}
}
