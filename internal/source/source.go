// Package source turns devices into media streams: it connects, keeps watch,
// reconnects, and gives every picture its place in time. How a device speaks is
// the business of the packages below it (rtsp and its like), which report into a
// Session.
package source

import (
	"time"

	"watchroom/internal/media"
)

// Config says where one stream of one camera comes from. It holds a secret and
// is never logged.
type Config struct {
	Camera      string
	Which       media.Which
	URL         string // rtsp:// or rtsps://, without user information
	Username    string
	Password    string
	Transport   string // "auto", "tcp" or "udp"; empty means "auto"
	InsecureTLS bool   // accept any certificate
	Audio       bool   // ask for the audio track too
}

// State is where a stream stands. The words are part of the API.
type State string

// States. Off is the state before Start and after Close.
const (
	Connecting       State = "connecting"
	Live             State = "live"
	Stalled          State = "stalled"           // connected, no pictures
	Unreachable      State = "unreachable"       // no connection, or no answer
	WrongCredentials State = "wrong_credentials" //
	Refused          State = "refused"           // answered, but not with a stream
	Unsupported      State = "unsupported"       // offers nothing that can be recorded
	Off              State = "off"
)

// Ways to learn a camera's clock. The words are part of the API and of the journal.
const (
	BySenderReport = "rtcp" // RTCP sender reports, RFC 3550 6.4.1
	ByDate         = "date" // Date headers of RTSP answers, RFC 2326 12.18: to within DateError
)

// DateError is by how many seconds an offset ByDate may be wrong.
const DateError = 1.0

// Reason says why, for the screens' texts in both languages.
type Reason struct {
	Code   string         // stable snake_case word
	Params map[string]any // values for the texts; safe to show
	Detail string         // one English sentence; safe to show
}

// Status is a stream's state with its reason and live figures.
type Status struct {
	State   State
	Reason  Reason
	Since   time.Time
	Cause   media.Cause // the cause of the gap while State is not Live
	Figures Figures
}

// Figures are measured while a stream is live. Counters run since Start, rates
// cover the last seconds and are 0 when nothing comes.
type Figures struct {
	Bitrate     float64 // bit/s, all tracks, as units
	FPS         float64 // pictures a second, by the camera's own timestamps
	Width       int     // luma samples
	Height      int     //
	Codec       media.Codec
	AudioCodec  media.Codec
	KeyInterval float64  // seconds between the last two key frames, 0 until known
	Frames      uint64   // pictures received
	Bytes       uint64   // bytes of all units received
	Lost        uint64   // RTP packets missing, by sequence number
	Dropped     uint64   // units given up: damaged or oversized; not those before a session's first key frame
	ClockOffset *float64 // seconds: camera's clock minus ours
	ClockSource string   // how that was measured, BySenderReport or ByDate
	LastFrame   time.Time
	Transport   string // "tcp", "udp", "tls"
	ConnectedAt time.Time
	Reconnects  uint64 // sessions that were live and ended

	DTSFallbacks   uint64 // decoding times that could not be computed
	TimestampJumps uint64 // jumps that were clamped
	ClockSteps     uint64 // steps of this machine's clock
	BadPackets     uint64 // RTP packets that could not be understood
}
