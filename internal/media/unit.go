package media

import "time"

// Unit is one access unit: a coded picture with everything that belongs to it
// (parameter sets, SEI, in the order sent), or one frame of audio.
//
// A unit is shared by every reader and is never changed after Stream.Write.
type Unit struct {
	Track int   // index into Run.Tracks
	PTS   int64 // ticks of the track's Timescale since the run began
	DTS   int64 // likewise; never decreases within a track
	Wall  int64 // the picture's instant on this machine's clock, µs since 1970 UTC
	Key   bool  // decoding can start here; true for every audio frame and JPEG
	// Data is the sample as MP4 stores it: for H.264 and H.265 every NAL unit
	// behind a 4-byte big-endian length, otherwise the bare frame.
	Data []byte
}

// Time is the unit's wall clock as a time in UTC.
func (u *Unit) Time() time.Time { return time.UnixMicro(u.Wall).UTC() }

// Run is one unbroken session with one set of tracks. Reconnecting, a change of
// codec or resolution, or a jump of the camera's timestamps begins a new one.
type Run struct {
	ID     string // lower-case letters and digits, unique within the camera; see LaterRun
	Tracks []Track
	Start  int64 // wall clock of the first unit, µs since 1970 UTC
}

// LaterRun tells whether run a began after run b. Ids grow in the order in which runs
// began, also where the clock was set back in between and the later one's pictures
// bear earlier times.
func LaterRun(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

// Video is the index of the first video track, or -1.
func (r *Run) Video() int {
	for i, t := range r.Tracks {
		if t.Codec.Video() {
			return i
		}
	}
	return -1
}

// Which names one of a camera's two streams.
type Which string

// The main stream is recorded; the sub-stream is small and pulled on demand.
const (
	Main Which = "main"
	Sub  Which = "sub"
)

// Cause says why there is no picture. It is written into journals and coverage
// rows and never changes its meaning.
type Cause string

// Causes of a gap (C076). CauseNone stands for "no gap".
const (
	CauseNone        Cause = ""
	CauseConnecting  Cause = "connecting"         // the first connection is being made
	CauseUnreachable Cause = "camera_unreachable" // no connection could be made
	CauseCredentials Cause = "credentials_refused"
	CauseRefused     Cause = "camera_refused" // the camera answered with an error
	CauseNoFrames    Cause = "no_frames"      // connected, nothing came
	CauseNoKeyFrame  Cause = "no_key_frame"   // pictures came, but none yet that decoding could begin with
	CauseNetwork     Cause = "network"        // a running connection broke
	CauseUnsupported Cause = "unsupported"    // nothing recordable is offered
	CauseStopped     Cause = "recorder_stopped"
	CauseRestart     Cause = "restart"
	CauseDiskFull    Cause = "disk_full"
	CauseDiskFault   Cause = "disk_fault"
	CauseDiskSlow    Cause = "disk_slow" // the spool overflowed
	CauseSwitchedOff Cause = "switched_off"
	CauseClockStep   Cause = "clock_step"
	CauseTimestamps  Cause = "timestamp_jump"
	CauseDied        Cause = "recorder_died" // the recorder ended without a word: killed, or the power failed
	CauseUnknown     Cause = "unknown"       // nothing tells
	// There was footage, and it was removed: its time was over, or by a lawful order.
	CauseDeletedRetention Cause = "deleted_retention"
	CauseDeletedOrder     Cause = "deleted_order"

	// What was recorded and is no more what it was; see archive/damage. No journal tells them.
	CauseFootageMissing Cause = "footage_missing"
	CauseFootageDamaged Cause = "footage_damaged"

	CauseOffHours    Cause = "planned_off_hours"  // nothing is demanded at these hours
	CauseMaintenance Cause = "maintenance_window" // told before it began, with a reason and a name
	CauseStuck       Cause = "stuck"              // source or recorder claimed to run and stood still
)
