package playback

import (
	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/playback/flac"
)

// derivedFrom is the coding of what streams make of recorded sound, empty where
// that is sent as recorded.
func derivedFrom(audio string) string {
	if c := media.Codec(audio); c == media.PCMA || c == media.PCMU {
		return string(fmp4.FLAC)
	}
	return ""
}

// derivable tells whether a track is G.711, which no browser plays out of MP4, and
// FLAC can hold it.
func derivable(t fmp4.Track) bool {
	return derivedFrom(string(t.Codec)) != "" &&
		t.Channels >= 1 && t.Channels <= flac.MaxChannels && t.SampleRate >= 1 && t.SampleRate <= flac.MaxRate
}

// derive adds the track of FLAC that stands for one of G.711.
func (s *Stream) derive(t fmp4.Track) {
	if s.voices == nil {
		s.voices = map[int]*voice{}
	}
	s.voices[t.ID] = &voice{
		law:     flac.Law(t.Codec == fmp4.PCMU),
		Encoder: flac.Encoder{Rate: t.SampleRate, Channels: t.Channels},
	}
	s.Derived = media.Codec(t.Codec)
	t.Codec, t.Config = fmp4.FLAC, flac.StreamInfo(t.SampleRate, t.Channels)
	s.tracks = append(s.tracks, t)
}

// voice turns the sound of one track from G.711 into FLAC.
type voice struct {
	flac.Encoder
	law flac.Law
	pcm []int16
}

// recode puts frames in the place of a fragment's samples. Each sample gives one
// frame that lasts as long, or some that do together; the time of one without sound
// goes to the one before.
func (v *voice) recode(f *fmp4.TrackFragment) {
	out := make([]fmp4.Sample, 0, len(f.Samples))
	var b []byte
	for _, r := range f.Samples {
		v.pcm = v.law.Expand(v.pcm[:0], r.Data)
		total, last := len(v.pcm)/v.Channels, uint64(0)
		switch {
		case total == 0 && len(out) == 0:
			f.BaseTime += uint64(r.Duration)
		case total == 0:
			out[len(out)-1].Duration += r.Duration
		}
		for at := 0; at < total; {
			end := min(at+flac.MaxBlock, total)
			until := uint64(r.Duration) * uint64(end) / uint64(total)
			n := len(b)
			b = v.AppendFrame(b, v.pcm[at*v.Channels:end*v.Channels])
			out = append(out, fmp4.Sample{Duration: uint32(until - last), Key: true, Data: b[n:len(b):len(b)]})
			at, last = end, until
		}
	}
	f.Samples = out
}
