package viewing

import (
	"time"

	"watchroom/internal/api/company"
	"watchroom/internal/api/marked"
)

// Viewing is the act that comes before recorded pictures: who looks at which
// cameras' past, and why.
type Viewing struct {
	ID        string            `json:"id"`
	Cameras   []string          `json:"cameras"`
	From      time.Time         `json:"from"`
	To        time.Time         `json:"to"`
	Purpose   string            `json:"purpose" doc:"Code of one of the register." example:"incident"`
	Reason    string            `json:"reason"`
	Person    string            `json:"person"`
	Present   []company.Present `json:"present" nullable:"false" doc:"Who else was at the screen."`
	Second    *Second           `json:"second,omitempty" doc:"Who agreed to it, where the rules demand a second person."`
	OpenedAt  time.Time         `json:"openedAt"`
	ExpiresAt time.Time         `json:"expiresAt"`
	ClosedAt  *time.Time        `json:"closedAt,omitempty"`

	Owed *Owed `json:"owed,omitempty" doc:"The reason that is due afterwards, or was; the reason beside it is then empty."`

	Marks []CameraMark `json:"marks,omitempty" doc:"What the player draws over the footage, in the answer to who opened the viewing; cameras without one are absent."`
}

// Owed is a reason that is given after the viewing.
type Owed struct {
	DueAt        time.Time  `json:"dueAt"`
	Reason       string     `json:"reason,omitempty"`
	GivenAt      *time.Time `json:"givenAt,omitempty"`
	MissingSince *time.Time `json:"missingSince,omitempty" doc:"When it was put on record that it is missing: a breach, also where it came late."`
}

// GivenReason says afterwards why somebody looked.
type GivenReason struct {
	Reason string `json:"reason" maxLength:"1000" example:"两车刮擦，已记下车牌"`
}

// Second is the second person of an act.
type Second struct {
	Ask      string    `json:"ask" doc:"Id of the ask."`
	Person   string    `json:"person" doc:"Id."`
	Position string    `json:"position" doc:"In which they agreed; who asked does not hold it." example:"duty_lead"`
	Way      string    `json:"way" enum:"here,apart" doc:"How they showed who they are: at the screen of who asked, or in a session of their own."`
	At       time.Time `json:"at" doc:"When they agreed."`
}

// CameraMark is the mark of one camera.
type CameraMark struct {
	Camera string           `json:"camera"`
	Mark   marked.Watermark `json:"mark"`
}

// NewViewing states the reason before anything is shown.
type NewViewing struct {
	Cameras []string          `json:"cameras" minItems:"1" maxItems:"64"`
	From    time.Time         `json:"from"`
	To      time.Time         `json:"to"`
	Purpose string            `json:"purpose,omitempty" maxLength:"60" doc:"Code of one of the register. Left out, the program writes duty_review where that suffices: for the newest footage of the own area." example:"incident"`
	Reason  string            `json:"reason,omitempty" maxLength:"1000" doc:"Where the purpose needs one. Of a purpose with reasonAfter it may be left out for the newest footage, and is due afterwards." example:"核对 8 时交接班前的巡查情况"`
	Present []company.Present `json:"present,omitempty" maxItems:"50" doc:"Who else is at the screen."`
	Second  string            `json:"second,omitempty" maxLength:"40" doc:"Id of the ask to which a second person has agreed, for just this."`
}

// Playlist says what can be played in an interval.
type Playlist struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Pieces []Piece   `json:"pieces" doc:"Footage without a break and with one set of tracks each, in order of time."`
	Gaps   []Gap     `json:"gaps" doc:"What lies between."`
}

// Piece is footage that one decoder can play without being set up anew.
type Piece struct {
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Run        string    `json:"run" doc:"Id of the connection to the camera it came over."`
	MIME       string    `json:"mime" example:"video/mp4; codecs=\"avc1.64001F\""`
	Codec      string    `json:"codec" example:"h264"`
	Width      int       `json:"width"`
	Height     int       `json:"height"`
	FPS        float64   `json:"fps" doc:"Pictures a second, 0 if unknown."`
	AudioCodec string    `json:"audioCodec,omitempty" example:"aac"`
	Derived    string    `json:"derivedAudio,omitempty" example:"flac" doc:"What stream.mp4 makes of the sound, without loss, because browsers do not play audioCodec out of MP4. mime and video.mp4 name and hold it as sent."`
	Open       bool      `json:"open,omitempty" doc:"Still being recorded."`
}

// Gap is time without footage, and why.
type Gap struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Cause  string    `json:"cause" example:"unreachable"`
	Detail string    `json:"detail,omitempty"`
}

// Snapshot is a still picture that somebody kept.
type Snapshot struct {
	ID      string    `json:"id"`
	Camera  string    `json:"camera"`
	At      time.Time `json:"at" doc:"The instant the picture shows."`
	TakenAt time.Time `json:"takenAt"`
	Person  string    `json:"person"`
	Viewing string    `json:"viewing,omitempty"`
	Width   int       `json:"width"`
	Height  int       `json:"height"`
	SHA256  string    `json:"sha256" doc:"Of the JPEG as it was kept, hexadecimal. What is given out bears a mark and is another."`
	Bytes   int64     `json:"bytes"`
	Note    string    `json:"note"`

	RemovedAt *time.Time `json:"removedAt,omitempty" doc:"Its picture was removed."`
	RemovedBy string     `json:"removedBy,omitempty" enum:"main,snapshot" doc:"By whose rule: that of the footage that it shows, with which it went, or its own."`
	Ground    string     `json:"ground,omitempty" enum:"maximum,space,order" doc:"Of that removal."`
}

// NewSnapshot takes a picture: of the past with a viewing and an instant, else
// of now.
type NewSnapshot struct {
	Camera  string     `json:"camera" minLength:"1" maxLength:"40"`
	Viewing string     `json:"viewing,omitempty" maxLength:"40"`
	At      *time.Time `json:"at,omitempty"`
	Note    string     `json:"note,omitempty" maxLength:"1000"`
	Second  string     `json:"second,omitempty" maxLength:"40" doc:"Id of the ask to which a second person has agreed, for just this."`
}

// Bookmark marks an instant or an interval of a camera.
type Bookmark struct {
	ID            string     `json:"id"`
	Camera        string     `json:"camera"`
	At            time.Time  `json:"at"`
	End           *time.Time `json:"end,omitempty"`
	Title         string     `json:"title"`
	Note          string     `json:"note"`
	Person        string     `json:"person"`
	CreatedAt     time.Time  `json:"createdAt"`
	RetractedAt   *time.Time `json:"retractedAt,omitempty"`
	RetractReason string     `json:"retractReason,omitempty"`
}

// NewBookmark marks an instant or an interval.
type NewBookmark struct {
	Camera string     `json:"camera" minLength:"1" maxLength:"40"`
	At     time.Time  `json:"at"`
	End    *time.Time `json:"end,omitempty"`
	Title  string     `json:"title" minLength:"1" maxLength:"200"`
	Note   string     `json:"note,omitempty" maxLength:"2000"`
}

// Retraction takes a bookmark back; the entry stays and says so.
type Retraction struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}
