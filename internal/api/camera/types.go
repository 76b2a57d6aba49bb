package camera

import (
	"time"

	"watchroom/internal/api/mask"
	"watchroom/internal/api/route"
)

// Camera is a camera with its state at this moment.
type Camera struct {
	ID           string       `json:"id" example:"0l3k9vqf5r2ta"`
	Name         string       `json:"name" example:"东门"`
	Place        string       `json:"place" example:"一号楼门厅"`
	Note         string       `json:"note"`
	Enabled      bool         `json:"enabled" doc:"False while switched off on purpose."`
	Provisional  bool         `json:"provisional" doc:"True until owner, approval and file are on record."`
	CreatedAt    time.Time    `json:"createdAt"`
	RetiredAt    *time.Time   `json:"retiredAt,omitempty"`
	Main         Stream       `json:"main"`
	Sub          *Stream      `json:"sub,omitempty"`
	RecordAudio  bool         `json:"recordAudio"`
	AudioPurpose string       `json:"audioPurpose" doc:"Why sound is recorded; empty where it is not."`
	Priority     int          `json:"priority" doc:"1 to 9. Where all disks are full and recording.when_full is priority, cameras of the lowest stop first."`
	Area         string       `json:"area" doc:"Id of the area that it hangs in; empty: it hangs above all of them."`
	Grade        int          `json:"grade" minimum:"1" maximum:"4" doc:"Security grade, 1 ordinary to 4 best guarded."`
	GradeWaiting int          `json:"gradeWaiting,omitempty" doc:"In the answer to a change, or to a new camera at the address of one that is guarded better: the lower security grade that it is to have once another person has confirmed it; see listProposals."`
	AreaWaiting  *string      `json:"areaWaiting,omitempty" doc:"In the answer to a change, or to a new camera whose device has one elsewhere: id of the area, empty for none, that it is to hang in once another person has confirmed that; see listProposals. So it is where positions or rules tell the two areas apart."`
	ControlRoom  string       `json:"controlRoom,omitempty" example:"一号楼监控室" doc:"Name of the control room that it watches; see listControlRooms."`
	Aside        bool         `json:"aside,omitempty" doc:"The person holds a position whose people sit in control rooms, and this camera watches one: they play nothing back of it and change nothing about it."`
	Masks        []mask.Shape `json:"masks" nullable:"false" doc:"What covers its pictures, live and recorded. Players draw it over moving pictures, which are sent as the camera sent them; it is burnt into still ones."`
	State        State        `json:"state"`

	Reservation *Reservation `json:"reservation,omitempty" doc:"In the answer to adding the camera or to changing its main stream alone: whether the storage holds it."`
}

// Stream is where one stream of a camera comes from. Passwords never leave the server.
type Stream struct {
	URL            string `json:"url,omitempty" example:"rtsp://10.0.0.21/stream1" doc:"For those who set up the camera; left out for everybody else, as username is."`
	Transport      string `json:"transport" enum:"auto,tcp,udp"`
	SkipVerify     bool   `json:"skipVerify" doc:"Accept any certificate of an rtsps:// camera."`
	Username       string `json:"username,omitempty"`
	HasCredentials bool   `json:"hasCredentials" doc:"A password is kept for it."`

	PasswordDropped bool `json:"passwordDropped,omitempty" doc:"In the answer to a change: the kept password was forgotten, since the address names another host or port. It must be typed again if the camera wants one."`
}

// StreamInput is a stream as it is typed. Credentials inside the address are
// taken out of it.
type StreamInput struct {
	URL        string  `json:"url" minLength:"1" maxLength:"2000" example:"rtsp://10.0.0.21/stream1"`
	Username   *string `json:"username,omitempty" maxLength:"200"`
	Password   *string `json:"password,omitempty" maxLength:"500"`
	Transport  string  `json:"transport,omitempty" enum:"auto,tcp,udp"`
	SkipVerify bool    `json:"skipVerify,omitempty"`
}

// StreamChange changes some of a stream; what is left out stays.
type StreamChange struct {
	URL        *string `json:"url,omitempty" minLength:"1" maxLength:"2000" example:"rtsp://10.0.0.21/stream1"`
	Username   *string `json:"username,omitempty" maxLength:"200"`
	Password   *string `json:"password,omitempty" maxLength:"500" doc:"Left out, the kept one stays, unless the address names another host."`
	Transport  *string `json:"transport,omitempty" enum:"auto,tcp,udp"`
	SkipVerify *bool   `json:"skipVerify,omitempty"`
}

// State is where a camera stands now.
type State struct {
	Status    string    `json:"status" enum:"connecting,live,stalled,unreachable,wrong_credentials,refused,unsupported,off,retired"`
	Reason    *Reason   `json:"reason,omitempty" doc:"Why, where there is something to say."`
	Since     time.Time `json:"since"`
	Recording bool      `json:"recording"`
	MainLive  bool      `json:"mainLive"`
	SubLive   bool      `json:"subLive"`
	Viewers   int       `json:"viewers" doc:"Live viewers of both streams."`
	Figures   Figures   `json:"figures"`
}

// Reason says why in a word with values for the translated text, and in English.
type Reason struct {
	Code   string         `json:"code" example:"connection_refused"`
	Params map[string]any `json:"params,omitempty"`
	Detail string         `json:"detail" example:"The host is there, but nothing listens on that port."`
}

// Figures are measured on the main stream. Rates are 0 when nothing comes.
type Figures struct {
	Bitrate     float64    `json:"bitrate" doc:"bit/s"`
	FPS         float64    `json:"fps" doc:"Pictures a second."`
	Width       int        `json:"width"`
	Height      int        `json:"height"`
	Codec       string     `json:"codec" example:"h264"`
	AudioCodec  string     `json:"audioCodec" example:"aac"`
	KeyInterval float64    `json:"keyInterval" doc:"Seconds between the last two key frames, 0 until known."`
	Frames      uint64     `json:"frames" doc:"Pictures received since the server started."`
	Dropped     uint64     `json:"dropped" doc:"Pictures given up: damaged or oversized. Those before the first key frame do not count."`
	Lost        uint64     `json:"lost" doc:"Packets missing."`
	ClockOffset *float64   `json:"clockOffset" doc:"Seconds by which the camera's clock is ahead of the server's; null while unknown."`
	ClockSource string     `json:"clockSource,omitempty" enum:"rtcp,date" doc:"How that was measured: RTCP sender reports, or the Date of RTSP answers, which may be wrong by a second."`
	LastFrameAt *time.Time `json:"lastFrameAt,omitempty"`
	ConnectedAt *time.Time `json:"connectedAt,omitempty"`
	Reconnects  uint64     `json:"reconnects"`
	Transport   string     `json:"transport" example:"tcp"`
}

// NewCamera registers a camera.
type NewCamera struct {
	Name         string       `json:"name" minLength:"1" maxLength:"300" example:"东门"`
	Place        string       `json:"place,omitempty" maxLength:"300"`
	Note         string       `json:"note,omitempty" maxLength:"2000"`
	Main         StreamInput  `json:"main"`
	Sub          *StreamInput `json:"sub,omitempty"`
	RecordAudio  bool         `json:"recordAudio,omitempty"`
	AudioPurpose string       `json:"audioPurpose,omitempty" maxLength:"500"`
	Priority     int          `json:"priority,omitempty" minimum:"1" maximum:"9" doc:"5 where it is left out."`
	Area         string       `json:"area,omitempty" maxLength:"40"`
	Grade        int          `json:"grade,omitempty" minimum:"1" maximum:"4" doc:"1 where it is left out."`
	Seen         *Seen        `json:"seen,omitempty" doc:"What a connection test of the main stream saw. The reservation goes by what the server's own test of this address saw in the last minutes, or by 4 Mbit/s, and by this where it is more."`
}

// Seen is what a connection test saw of a main stream. The bit rate counts, and where there
// is none the size of the pictures.
type Seen struct {
	Bitrate float64 `json:"bitrate,omitempty" minimum:"0" maximum:"1000000000" doc:"bit/s"`
	Width   int     `json:"width,omitempty" minimum:"0" maximum:"20000"`
	Height  int     `json:"height,omitempty" minimum:"0" maximum:"20000"`
	FPS     float64 `json:"fps,omitempty" minimum:"0" maximum:"1000"`
}

// Wish is what a reservation is asked for.
type Wish struct {
	Camera string   // empty: a new one
	Stream bool     // its main stream becomes another one
	Seen   Seen     // of that stream, by the server's own connection test; zero: there was none lately
	Claim  Seen     // likewise, as somebody says
	On     bool     // it is switched on, or taken back
	Also   []string // others that are taken back with it
}

// CameraChange changes some of a camera; what is left out stays.
type CameraChange struct {
	Name         *string                      `json:"name,omitempty" minLength:"1" maxLength:"300"`
	Place        *string                      `json:"place,omitempty" maxLength:"300"`
	Note         *string                      `json:"note,omitempty" maxLength:"2000"`
	Main         *StreamChange                `json:"main,omitempty"`
	Sub          route.Nullable[StreamChange] `json:"sub,omitempty" doc:"null removes the sub-stream."`
	RecordAudio  *bool                        `json:"recordAudio,omitempty"`
	AudioPurpose *string                      `json:"audioPurpose,omitempty" maxLength:"500"`
	Priority     *int                         `json:"priority,omitempty" minimum:"1" maximum:"9"`
	Area         *string                      `json:"area,omitempty" maxLength:"40" doc:"Empty takes it out of its area."`
	Grade        *int                         `json:"grade,omitempty" minimum:"1" maximum:"4" doc:"Raising it takes effect at once. Lowering it needs gradeReason, and waits for another person to confirm it, see listProposals; before anybody can it takes effect at once."`
	GradeReason  string                       `json:"gradeReason,omitempty" maxLength:"500"`
	Seen         *Seen                        `json:"seen,omitempty" doc:"What the connection test of the main stream saw."`
}

// Switch turns a camera on or off.
type Switch struct {
	Enabled bool   `json:"enabled"`
	Reason  string `json:"reason" minLength:"1" maxLength:"500" example:"施工期间停用"`
}

// Retirement takes a camera out of service for good; its footage stays.
type Retirement struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// Probe asks for a connection test before anything is saved.
type Probe struct {
	StreamInput
	Camera string `json:"camera,omitempty" maxLength:"40" doc:"Whose kept password is used when none is typed."`
	Which  string `json:"which,omitempty" enum:"main,sub" doc:"Which of that camera's passwords; main if left out."`
}

// ProbeResult is what the test found.
type ProbeResult struct {
	OK                 bool    `json:"ok"`
	Status             string  `json:"status" enum:"live,connecting,stalled,unreachable,wrong_credentials,refused,unsupported" doc:"Where ok: live, or connecting when pictures come and the first key frame is still awaited."`
	Reason             *Reason `json:"reason,omitempty"`
	Tracks             []Track `json:"tracks"`
	Bitrate            float64 `json:"bitrate" doc:"bit/s"`
	FPS                float64 `json:"fps"`
	KeyInterval        float64 `json:"keyInterval" doc:"Seconds, 0 if no second key frame came within five seconds."`
	KeyLonger          float64 `json:"keyLonger" doc:"Then the seconds of pictures in which none came, or no second one: the interval is longer."`
	Transport          string  `json:"transport"`
	Picture            *string `json:"picture" doc:"A JPEG as data: address, or null."`
	PictureUnavailable *Reason `json:"pictureUnavailable,omitempty" doc:"Why there is no picture although the test succeeded."`
}

// Track is one elementary stream that a camera offers.
type Track struct {
	Codec      string `json:"codec" example:"h264"`
	Width      int    `json:"width,omitempty"`
	Height     int    `json:"height,omitempty"`
	SampleRate int    `json:"sampleRate,omitempty" doc:"Hz"`
	Channels   int    `json:"channels,omitempty"`
	MIME       string `json:"mime,omitempty" doc:"RFC 6381 codecs parameter." example:"avc1.64001F"`
}

// Reservation is what becomes of the storage with a camera that was added or changed.
type Reservation struct {
	Whole       bool       `json:"whole" doc:"The figures of the house are told. Who sets up cameras of some areas only is told whether there is room, and from when on there is none."`
	OK          bool       `json:"ok" doc:"Everything is kept for its minimum."`
	KeepsDays   int        `json:"keepsDays" doc:"For how long everything is kept, at most minimumDays."`
	MinimumDays int        `json:"minimumDays"`
	ShortOn     *time.Time `json:"shortOn" doc:"When the minimum cannot be kept any more; null: not within 400 days."`
	FullOn      *time.Time `json:"fullOn" doc:"When the disks are full if nothing is removed; null likewise."`
	Bitrate     float64    `json:"bitrate" doc:"bit/s that the camera is reckoned with; 0 where the question is about all of them."`
	Basis       string     `json:"basis,omitempty" enum:"measured,recorded,live,resolution,guess" doc:"Where that comes from: what was measured or recorded of it, what it sends or sent to the connection test, the size of its pictures, or nothing is known."`
}
