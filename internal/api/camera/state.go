package camera

import (
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/capture"
	"watchroom/internal/media"
	"watchroom/internal/source"
)

// stateOf is the face of a camera's status.
func stateOf(s capture.Status) State {
	out := State{
		Status: string(s.Main.State), Reason: reasonOf(s.Main.Reason), Since: route.Time(s.Main.Since.UnixMicro()),
		Recording: s.State.Recording, MainLive: s.Main.State == source.Live,
		SubLive: s.Sub != nil && s.Sub.State == source.Live,
		Viewers: s.Viewers, Figures: figuresOf(s.Main.Figures),
	}
	if !s.Enabled {
		out.Status = string(source.Off)
	}
	// The stream is there and the footage is not: that outweighs a live picture.
	if s.Enabled && s.Main.State == source.Live && !s.State.Recording && s.State.Cause != media.CauseNone {
		out.Reason = &Reason{
			Code: "not_recording", Params: map[string]any{"cause": string(s.State.Cause)},
			Detail: "Pictures come, but they are not recorded: " + inWords(s.State.Cause) + ".",
		}
	}
	return out
}

// inWords is why pictures that come are not recorded.
func inWords(c media.Cause) string {
	switch c {
	case media.CauseDiskFull:
		return "the disk is full"
	case media.CauseDiskFault:
		return "the disk answers with errors"
	case media.CauseDiskSlow:
		return "the disk is too slow"
	case media.CauseClockStep:
		return "the clock was set"
	case media.CauseTimestamps:
		return "the camera's time has jumped"
	case media.CauseUnsupported:
		return "the camera sends nothing that can be recorded"
	case media.CauseNone, media.CauseConnecting, media.CauseUnreachable, media.CauseCredentials, media.CauseRefused, media.CauseNoFrames, media.CauseNoKeyFrame,
		media.CauseNetwork, media.CauseStopped, media.CauseRestart, media.CauseSwitchedOff, media.CauseDied, media.CauseUnknown, media.CauseOffHours,
		media.CauseMaintenance, media.CauseStuck:
	}
	return "the server's log says why"
}

func reasonOf(r source.Reason) *Reason {
	if r.Code == "" {
		return nil
	}
	return &Reason{Code: r.Code, Params: r.Params, Detail: r.Detail}
}

func figuresOf(f source.Figures) Figures {
	return Figures{
		Bitrate: f.Bitrate, FPS: f.FPS, Width: f.Width, Height: f.Height,
		Codec: string(f.Codec), AudioCodec: string(f.AudioCodec), KeyInterval: f.KeyInterval,
		Frames: f.Frames, Dropped: f.Dropped, Lost: f.Lost, ClockOffset: f.ClockOffset, ClockSource: f.ClockSource,
		LastFrameAt: instant(f.LastFrame), ConnectedAt: instant(f.ConnectedAt),
		Reconnects: f.Reconnects, Transport: f.Transport,
	}
}

// instant shows a time with the precision of records, nil where there is none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return route.TimeOrNil(t.UnixMicro())
}
