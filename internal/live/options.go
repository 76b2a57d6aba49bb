package live

import (
	"strings"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"watchroom/internal/media"
)

// Reason is why something cannot be used, as a stable code; empty means it can.
type Reason string

// Reasons of the options.
const (
	ReasonNone        Reason = ""
	ReasonNotLive     Reason = "camera_not_live"
	ReasonNoVideo     Reason = "no_video"
	ReasonH264        Reason = "h264_not_supported_by_client"
	ReasonH265        Reason = "h265_not_supported_by_client"
	ReasonBFrames     Reason = "b_frames_need_mse"
	ReasonMJPEG       Reason = "mjpeg_needs_mse"
	ReasonAACNeedsMSE Reason = "aac_needs_mse"
	ReasonG711Needs   Reason = "g711_needs_whep"
	ReasonOpus        Reason = "opus_not_supported_by_client"
	ReasonAAC         Reason = "aac_not_supported_by_client"
	ReasonNoAudio     Reason = "no_audio"
)

// Capabilities is what a client says it can decode, by way of transport. Nil
// sets mean that it did not say: then everything but H.265 is taken as given,
// because only some machines decode H.265.
type Capabilities struct {
	WHEP []media.Codec
	MSE  []media.Codec
}

func (c Capabilities) can(set []media.Codec, codec media.Codec) bool {
	if set == nil {
		return codec != media.H265
	}
	for _, s := range set {
		if s == codec {
			return true
		}
	}
	return false
}

// StreamState is what is known of one of a camera's streams.
type StreamState struct {
	Which  media.Which
	Status string        // as the camera's state says
	Live   bool          // pictures are coming, or would come if it were pulled
	Tracks []media.Track // of the present or the last run; empty if it was never pulled
}

// Transport is one way to watch a stream.
type Transport struct {
	Kind        string `json:"kind"` // "whep" or "mse"
	Usable      bool   `json:"usable"`
	Reason      Reason `json:"reason,omitempty"`      // why it is not
	Audio       bool   `json:"audio"`                 // sound comes with it
	AudioReason Reason `json:"audioReason,omitempty"` // why none does
}

// StreamOption is one stream with the ways to watch it, the better way first.
type StreamOption struct {
	Stream     media.Which `json:"stream"`
	Available  bool        `json:"available"` // some transport is usable
	Status     string      `json:"status"`
	Codec      media.Codec `json:"codec,omitempty"`
	MIME       string      `json:"mime,omitempty"` // for MSE, with the codecs of what it would send
	Width      int         `json:"width,omitempty"`
	Height     int         `json:"height,omitempty"`
	AudioCodec media.Codec `json:"audioCodec,omitempty"`
	Transports []Transport `json:"transports"`
}

// Options says how a client can watch a camera.
type Options struct {
	Streams []StreamOption `json:"streams"`
	// Preferred are the stream and transport to begin with, empty when none is
	// usable. It is the stream that was asked for unless only the other one can
	// be shown, as with H.265 and a client that cannot decode it.
	Stream    media.Which `json:"preferredStream,omitempty"`
	Transport string      `json:"preferredTransport,omitempty"`
}

// Decide works out the options for one camera. want is the stream that the
// client would rather have.
func Decide(streams []StreamState, client Capabilities, want media.Which) Options {
	var o Options
	for _, s := range streams {
		o.Streams = append(o.Streams, decideStream(s, client))
	}
	pick := func(which func(media.Which) bool) bool {
		for _, s := range o.Streams {
			for _, t := range s.Transports {
				if t.Usable && which(s.Stream) {
					o.Stream, o.Transport = s.Stream, t.Kind
					return true
				}
			}
		}
		return false
	}
	if !pick(func(w media.Which) bool { return w == want }) {
		pick(func(media.Which) bool { return true })
	}
	return o
}

func decideStream(s StreamState, client Capabilities) StreamOption {
	o := StreamOption{Stream: s.Which, Status: s.Status}
	video, audio := Pick(s.Tracks)
	if video != nil {
		o.Codec, o.Width, o.Height = video.Codec, video.Width, video.Height
		o.MIME = MIME(s.Tracks, client.can(client.MSE, media.AAC), client.can(client.MSE, media.Opus))
	}
	if audio != nil {
		o.AudioCodec = audio.Codec
	}
	whep := Transport{Kind: "whep", Reason: whepReason(s, video, client)}
	mse := Transport{Kind: "mse", Reason: mseReason(s, video, client)}
	whep.Usable, mse.Usable = whep.Reason == ReasonNone, mse.Reason == ReasonNone
	whep.AudioReason, mse.AudioReason = WHEPAudio(audio), mseAudio(audio, client)
	whep.Audio, mse.Audio = whep.AudioReason == ReasonNone, mse.AudioReason == ReasonNone
	o.Transports = []Transport{whep, mse}
	o.Available = whep.Usable || mse.Usable
	return o
}

func whepReason(s StreamState, video *media.Track, client Capabilities) Reason {
	switch {
	case video == nil && len(s.Tracks) > 0:
		return ReasonNoVideo
	case !s.Live:
		return ReasonNotLive
	case video == nil: // never pulled yet: opening it will tell
		return ReasonNone
	case video.Codec == media.MJPEG:
		return ReasonMJPEG
	case !client.can(client.WHEP, video.Codec):
		return notSupported(video.Codec)
	case Reorders(*video):
		return ReasonBFrames
	}
	return ReasonNone
}

func mseReason(s StreamState, video *media.Track, client Capabilities) Reason {
	switch {
	case video == nil && len(s.Tracks) > 0:
		return ReasonNoVideo
	case !s.Live:
		return ReasonNotLive
	case video == nil:
		return ReasonNone
	case video.Codec != media.MJPEG && !client.can(client.MSE, video.Codec):
		return notSupported(video.Codec)
	}
	return ReasonNone
}

func notSupported(c media.Codec) Reason {
	if c == media.H265 {
		return ReasonH265
	}
	return ReasonH264
}

// WHEPAudio says why WebRTC does not carry a camera's sound; nil means that
// there is none.
func WHEPAudio(audio *media.Track) Reason {
	switch {
	case audio == nil:
		return ReasonNoAudio
	case audio.Codec == media.AAC:
		return ReasonAACNeedsMSE
	}
	return ReasonNone
}

func mseAudio(audio *media.Track, client Capabilities) Reason {
	switch {
	case audio == nil:
		return ReasonNoAudio
	case audio.Codec == media.PCMA || audio.Codec == media.PCMU:
		return ReasonG711Needs
	case audio.Codec == media.AAC && !client.can(client.MSE, media.AAC):
		return ReasonAAC
	case audio.Codec == media.Opus && !client.can(client.MSE, media.Opus):
		return ReasonOpus
	}
	return ReasonNone
}

// Pick is the first video and the first audio track, nil where there is none.
func Pick(tracks []media.Track) (video, audio *media.Track) {
	for i := range tracks {
		t := &tracks[i]
		switch {
		case t.Codec.Video() && video == nil:
			video = t
		case !t.Codec.Video() && audio == nil:
			audio = t
		}
	}
	return video, audio
}

// MIME is the type of what MSE sends of these tracks: video/mp4 with its codecs
// parameter (RFC 6381), or image/jpeg. aac and opus say whether that kind of
// sound is wanted.
func MIME(tracks []media.Track, aac, opus bool) string {
	video, audio := Pick(tracks)
	if video == nil {
		return ""
	}
	if video.Codec == media.MJPEG {
		return "image/jpeg"
	}
	codecs := []string{video.MIME()}
	if audio != nil && (audio.Codec == media.AAC && aac || audio.Codec == media.Opus && opus) {
		codecs = append(codecs, audio.MIME())
	}
	return `video/mp4; codecs="` + strings.Join(codecs, ",") + `"`
}

// Reorders tells whether the parameter sets announce pictures that are decoded
// before and shown after others (B-frames). A stream may reorder without saying
// so; that shows only when its pictures come.
func Reorders(t media.Track) bool {
	if len(t.SPS) == 0 {
		return false
	}
	switch t.Codec {
	case media.H264:
		var sps h264.SPS
		if sps.Unmarshal(t.SPS[0]) != nil || sps.VUI == nil || sps.VUI.BitstreamRestriction == nil {
			return false
		}
		return sps.VUI.BitstreamRestriction.MaxNumReorderFrames > 0
	case media.H265:
		var sps h265.SPS
		if sps.Unmarshal(t.SPS[0]) != nil {
			return false
		}
		for _, n := range sps.MaxNumReorderPics {
			if n > 0 {
				return true
			}
		}
	}
	return false
}
