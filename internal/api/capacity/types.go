package capacity

import "time"

// CapacityForecast is what becomes of the storage at the rates of now. Sizes are bytes.
type CapacityForecast struct {
	At            time.Time        `json:"at"`
	Unknown       string           `json:"unknown,omitempty" enum:"rates,places" doc:"What is not known yet: what cameras send, or how much room there is. Rates, days and dates are null then."`
	Away          []string         `json:"away" doc:"Disks and archive tiers, by id, that do not answer: they do not count."`
	Used          int64            `json:"used" doc:"By recordings."`
	Usable        int64            `json:"usable" doc:"What recordings may take, with what they have taken."`
	Reserved      int64            `json:"reserved" doc:"What the minimums of all cameras need, and what holds keep beyond them."`
	Held          int64            `json:"held" doc:"What holds keep of what there is."`
	HeldSegments  int64            `json:"heldSegments"`
	BytesPerDay   *float64         `json:"bytesPerDay" doc:"Of the cameras that are switched on."`
	KeepsDays     *float64         `json:"keepsDays" doc:"For how long everything can be kept, at most minimumDays."`
	MinimumDays   int              `json:"minimumDays" doc:"The largest minimum of a camera."`
	Boundless     bool             `json:"boundless" doc:"An archive tier has no end that anybody knows of: usable is not all."`
	Frees         bool             `json:"frees" doc:"What is older than its minimum is removed when room is needed; false while removal is blocked."`
	ShortOn       *time.Time       `json:"shortOn" doc:"When the minimum cannot be kept any more; null: not within 400 days."`
	FullOn        *time.Time       `json:"fullOn" doc:"When all volumes are full if nothing is removed; null likewise."`
	RefuseOnShort bool             `json:"refuseOnShort" doc:"What cannot be kept is refused."`
	Cameras       []CapacityCamera `json:"cameras" doc:"The largest first."`
	Volumes       []CapacityVolume `json:"volumes"`
}

// CapacityOutlook is a forecast in short, as of some seconds ago.
type CapacityOutlook struct {
	At          time.Time  `json:"at"`
	Unknown     string     `json:"unknown,omitempty" enum:"rates,places" doc:"What is not known yet: what cameras send, or how much room there is. Days and dates are null then."`
	Away        []string   `json:"away" doc:"Disks and archive tiers, by id, that do not answer: they do not count."`
	Used        int64      `json:"used" doc:"By recordings, on disks and archive tiers."`
	Usable      int64      `json:"usable" doc:"What recordings may take, with what they have taken."`
	Boundless   bool       `json:"boundless" doc:"An archive tier has no end that anybody knows of: usable is not all."`
	KeepsDays   *float64   `json:"keepsDays" doc:"For how long everything can be kept, at most minimumDays."`
	MinimumDays int        `json:"minimumDays" doc:"The largest minimum of a camera; 0 without a camera."`
	ShortOn     *time.Time `json:"shortOn" doc:"When the minimum cannot be kept any more; null: not within 400 days."`
	FullOn      *time.Time `json:"fullOn" doc:"When all volumes are full if nothing is removed; null likewise."`
}

// CapacityCamera is how fast one fills the storage.
type CapacityCamera struct {
	Camera      string   `json:"camera"`
	BytesPerDay float64  `json:"bytesPerDay"`
	Bitrate     float64  `json:"bitrate" doc:"bit/s."`
	Basis       string   `json:"basis" enum:"measured,recorded,live,resolution,guess" doc:"From segments of the last days; from less than an hour of them, or from older ones; from what it sends at present; from the size of its pictures; nothing is known."`
	MinimumDays int      `json:"minimumDays" doc:"By the rule of retention in force."`
	KeepsDays   *float64 `json:"keepsDays" doc:"For how long it can be kept, at most minimumDays."`
	Reserved    float64  `json:"reserved" doc:"What its minimum needs; of one that is switched off, what there is of it and must be kept."`
	Off         bool     `json:"off" doc:"Somebody has switched it off: nothing comes from it, and bytesPerDay is what it sent."`
}

// CapacityVolume is one place for recordings: a disk, or an archive tier.
type CapacityVolume struct {
	ID          string          `json:"id" doc:"A number to who may not read storage."`
	Name        string          `json:"name" doc:"Empty to who may not read storage."`
	Total       int64           `json:"total"`
	Free        int64           `json:"free"`
	Reserve     int64           `json:"reserve" doc:"Below so much free space nothing is recorded on it."`
	Tier        bool            `json:"tier" doc:"An archive tier, to which footage moves by its age."`
	Boundless   bool            `json:"boundless" doc:"It has no end that anybody knows of."`
	BytesPerDay *float64        `json:"bytesPerDay"`
	FullOn      *time.Time      `json:"fullOn"`
	Fills       bool            `json:"fills" doc:"It becomes full although an archive tier stands behind it: that takes less than what comes, or nothing."`
	Waiting     int64           `json:"waiting" doc:"What is old enough for a tier behind it and still lies there."`
	Held        int64           `json:"held" doc:"What holds keep on it."`
	Past        []CapacityPoint `json:"past" doc:"One a day, the last 90 days."`
	Ahead       []CapacityPoint `json:"ahead" doc:"One a day if nothing is removed, until it is full or for 90 days."`
}

// CapacityPoint is how full a volume was, or will be.
type CapacityPoint struct {
	Day   string `json:"day" example:"2026-11-22"`
	Used  int64  `json:"used"`
	Total int64  `json:"total"`
}

// CapacityChange is what somebody wants: a camera more, or more of one.
type CapacityChange struct {
	Camera      string  `json:"camera,omitempty" maxLength:"40" doc:"Absent: a new one."`
	Bitrate     float64 `json:"bitrate,omitempty" minimum:"0" maximum:"1000000000" doc:"bit/s; absent: as it is."`
	MinimumDays int     `json:"minimumDays,omitempty" minimum:"0" maximum:"3650" doc:"Absent: as it is."`
	Width       int     `json:"width,omitempty" minimum:"0" maximum:"20000" doc:"Of a new camera whose bit rate is not known."`
	Height      int     `json:"height,omitempty" minimum:"0" maximum:"20000"`
	FPS         float64 `json:"fps,omitempty" minimum:"0" maximum:"1000"`
}

// CapacityAnswer says what becomes of the storage with the change.
type CapacityAnswer struct {
	OK          bool       `json:"ok" doc:"Everything is kept for its minimum."`
	KeepsDays   float64    `json:"keepsDays"`
	MinimumDays int        `json:"minimumDays"`
	ShortOn     *time.Time `json:"shortOn"`
	FullOn      *time.Time `json:"fullOn"`
	BytesPerDay float64    `json:"bytesPerDay" doc:"Of the camera."`
	Basis       string     `json:"basis" enum:"measured,recorded,live,resolution,guess,given" doc:"given: the bit rate of the question."`
	Needs       int64      `json:"needs" doc:"What the camera's minimum needs."`
	Reserved    int64      `json:"reserved" doc:"What all need, holds included."`
	Usable      int64      `json:"usable"`
}
