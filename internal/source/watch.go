package source

import (
	"math/bits"
	"strings"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

// A session's watch is what the watchdog goes by. Everything is judged by what
// has come, for a device that answers politely and sends nothing useful looks
// healthy to every other test.
type watch struct {
	quiet    time.Duration // since the last picture, or since PLAY
	pictures int           // that have come, decodable or not
	pace     time.Duration // from one picture to the next, 0 while unknown
	waiting  time.Duration // units come, but no run could begin
	garbled  bool          // what comes has stopped being pictures
	hint     *Reason
	obstacle Reason // why no run could begin
	hopeful  bool   // nothing is wrong with what comes: only a key frame is awaited
}

const (
	garbledMore  = 2   // a picture that makes no sense outweighs so many that do
	garbledHint  = 25  // so much of it is a reason why no run could begin,
	garbledLimit = 150 // and so much ends one: three seconds of nothing else
	unknownIDs   = 3   // so many different ids are no camera that forgot a set

	badLimit = 20               // packets that cannot be understood, before any picture
	slowest  = 60 * time.Second // between two pictures; anything slower counts as silence
	paces    = 3                // silence of so many times the camera's own pace is tolerated
)

// allowed is how long a camera of this pace may be silent: one that sends a
// picture every ten seconds is not silent after five.
func (w watch) allowed() time.Duration { return paces * min(w.pace, slowest) }

// watch looks at the session as it is now.
func (s *Session) watch() watch {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	w := watch{
		quiet: s.since(s.lastUnit, now), pictures: s.pictures, pace: s.pace(),
		hint: s.hint, garbled: s.garbled > garbledLimit, obstacle: s.obstacle(),
	}
	if s.run == nil && s.started != 0 {
		w.waiting = s.since(s.first, now)
		w.hopeful = s.sane > 0 && s.garbled == 0 && w.obstacle.Code == noKeyFrame
	}
	return w
}

const noKeyFrame = "no_key_frame" // the obstacle's code

// awaited is the reason while a key frame may still come.
func awaited() Reason {
	return Reason{Code: "waiting_for_key_frame", Detail: "Pictures come; recording begins with the first key frame."}
}

// since is the true time between two instants.
func (s *Session) since(from, to time.Time) time.Duration {
	if s.elapsed != nil {
		return s.elapsed(from, to)
	}
	return to.Sub(from)
}

// Announce tells the pictures a second that the device says it sends; 0 if it
// does not say.
func (s *Session) Announce(fps float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announced = 0
	if fps > 0 {
		s.announced = time.Duration(min(1/fps, slowest.Seconds()) * float64(time.Second))
	}
}

// picture notes the arrival of a picture. s.mu is held.
func (s *Session) picture(arrival time.Time) {
	if s.pictures > 0 {
		s.spacings[s.pictures%len(s.spacings)] = s.since(s.lastUnit, arrival)
	}
	s.pictures++
	s.lastUnit = arrival
}

// pace is the smaller of the last two spacings, so that one pause does not make a
// camera slow. Before there are any, it is what the device has announced. s.mu is
// held.
func (s *Session) pace() time.Duration {
	switch s.pictures {
	case 0, 1:
		return s.announced
	case 2:
		return s.spacings[1]
	}
	return max(min(s.spacings[0], s.spacings[1]), 0)
}

// sensible weighs whether the unit is a picture at all. Random bytes, and slices
// that are encrypted, look right now and then by chance: hence no run begins
// while they prevail. s.mu is held.
func (s *Session) sensible(t *sessionTrack, sum nal.Summary) bool {
	broken := sum.Broken*2 > sum.Slices
	if !broken && sum.Slices > 0 && !t.sets.Has(sum.PPS) {
		s.unknown |= 1 << (sum.PPS % 64)
		broken = bits.OnesCount64(s.unknown) >= unknownIDs
	}
	if broken {
		s.garbled = min(s.garbled+garbledMore, 2*garbledLimit)
	} else if sum.Slices > 0 {
		s.sane++
		s.garbled = max(s.garbled-1, 0)
	}
	return s.garbled == 0
}

// obstacle says what keeps pictures from being recorded. s.mu is held.
func (s *Session) obstacle() Reason {
	if len(s.tracks) == 0 {
		return Reason{}
	}
	lead := &s.tracks[s.lead]
	coded := lead.Codec == media.H264 || lead.Codec == media.H265
	switch missing := lead.sets.Missing(); {
	case s.garbled > garbledHint, s.bad >= badLimit && s.pictures == 0:
		return Reason{Code: "not_decodable", Params: map[string]any{"codec": string(lead.Codec)},
			Detail: "What the device sends is not what it announced, or is encrypted."}
	case coded && s.keys > 0:
		if len(missing) == 0 {
			missing = []string{"PPS"} // the pictures refer to one that never came
		}
		names := strings.Join(missing, ", ")
		return Reason{Code: "no_parameter_sets", Params: map[string]any{"missing": names},
			Detail: "Pictures come, but parameter sets are missing without which they cannot be decoded: " + names + "."}
	}
	return Reason{Code: noKeyFrame, Detail: "Pictures come, but none that decoding could start with."}
}
