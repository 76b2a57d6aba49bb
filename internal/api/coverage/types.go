package coverage

import "time"

// CoverageMap is cameras by days: how much of each day was recorded, and why not the rest.
type CoverageMap struct {
	Zone    string         `json:"zone" doc:"IANA name of the site's zone, in which the days are." example:"Asia/Shanghai"`
	Dates   []CoverageDate `json:"dates"`
	Cameras []CoverageRow  `json:"cameras"`
	Pending int            `json:"pending" doc:"Cells that are being made; ask again in a minute."`
}

// CoverageDate is one day; where the clocks change it has 23 or 25 hours.
type CoverageDate struct {
	Day   string    `json:"day" example:"2026-11-22"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// CoverageRow is one camera.
type CoverageRow struct {
	Camera string         `json:"camera"`
	Cells  []CoverageCell `json:"cells" doc:"As the dates."`
}

// CoverageCell is one day of one camera. Lengths are seconds.
type CoverageCell struct {
	Share     *float64           `json:"share" doc:"Recorded part of the time in which recording was demanded, 0 to 1; footage that was lawfully removed since counts as recorded. Null where nothing was demanded or the cell is pending."`
	Recorded  float64            `json:"recorded"`
	Planned   float64            `json:"planned,omitempty" doc:"Gaps at hours or in maintenance windows in which nothing was demanded."`
	Unplanned map[string]float64 `json:"unplanned,omitempty" doc:"All other gaps by cause."`
	Removed   float64            `json:"removed,omitempty"`
	Gaps      int                `json:"gaps,omitempty" doc:"Unplanned gaps that touch the day."`
	Flags     []string           `json:"flags,omitempty" doc:"none: the camera was not in service then. pending: the day is being made. partial: it is not over. short: segments lack packets or pictures. damaged: footage is missing, or is not what was recorded."`
}

// CoverageMonth is what a calendar month of a camera was. Lengths are seconds.
type CoverageMonth struct {
	Camera       string   `json:"camera"`
	Availability *float64 `json:"availability" doc:"Recorded by the time in service without the planned gaps, 0 to 1; null where nothing was demanded."`
	Recorded     float64  `json:"recorded"`
	Planned      float64  `json:"planned"`
	Unplanned    float64  `json:"unplanned"`
	Removed      float64  `json:"removed"`
	Gaps         int      `json:"gaps"`
	Partial      bool     `json:"partial" doc:"The month is not over, or days of it are being made."`
}

// Hours is a stretch of civil time that comes again every week.
type Hours struct {
	Days []int  `json:"days" minItems:"1" maxItems:"7" doc:"ISO 8601: 1 is Monday, 7 Sunday; of the beginning."`
	From string `json:"from" minLength:"5" maxLength:"5" example:"08:00"`
	To   string `json:"to" minLength:"5" maxLength:"5" doc:"Not later than from: on the next day. 24:00 is the end of the day." example:"18:00"`
}

// Schedule says when recording is demanded, from at on.
type Schedule struct {
	ID         string    `json:"id"`
	Camera     string    `json:"camera,omitempty" doc:"Absent: the site, for cameras without a schedule of their own."`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind" enum:"always,business_hours,site"`
	Hours      []Hours   `json:"hours"`
	Stops      bool      `json:"stops" doc:"Nothing is recorded outside the hours. Otherwise it is, and nobody asks for it."`
	Reason     string    `json:"reason"`
	Person     string    `json:"person"`
	PersonName string    `json:"personName"`
	InForce    bool      `json:"inForce" doc:"It is the newest of its camera, or of the site."`
	Waits      string    `json:"waits,omitempty" doc:"Id of the proposal that it is: less would be recorded, or asked for, than before, and another person decides on that. Until then it has no id and is in no list."`
}

// ScheduleInput is a schedule as it is set.
type ScheduleInput struct {
	Camera string  `json:"camera,omitempty" maxLength:"40"`
	Kind   string  `json:"kind" enum:"always,business_hours,site" doc:"site: a camera does as the site."`
	Hours  []Hours `json:"hours,omitempty" maxItems:"50"`
	Stops  bool    `json:"stops,omitempty"`
	Reason string  `json:"reason" minLength:"1" maxLength:"500"`
}

// Window is time in which cameras may be without recording, told before it began.
type Window struct {
	ID         string     `json:"id"`
	Cameras    []string   `json:"cameras"`
	From       time.Time  `json:"from"`
	To         time.Time  `json:"to"`
	Until      time.Time  `json:"until" doc:"When it is over: to, or when a person ended it."`
	State      string     `json:"state" enum:"coming,running,over"`
	Reason     string     `json:"reason"`
	Person     string     `json:"person"`
	PersonName string     `json:"personName"`
	PlacedAt   time.Time  `json:"placedAt"`
	EndedAt    *time.Time `json:"endedAt,omitempty"`
	EndedBy    string     `json:"endedBy,omitempty"`
	EndReason  string     `json:"endReason,omitempty"`
}

// WindowInput is a window as it is placed.
type WindowInput struct {
	Cameras []string   `json:"cameras" minItems:"1" maxItems:"500"`
	From    *time.Time `json:"from,omitempty" doc:"Absent: at once. It cannot lie in the past."`
	To      time.Time  `json:"to"`
	Reason  string     `json:"reason" minLength:"1" maxLength:"500"`
}
