package system

import (
	"time"

	"watchroom/internal/api/capacity"
)

// Overview is how the system is doing.
type Overview struct {
	Version       string       `json:"version"`
	StartedAt     time.Time    `json:"startedAt"`
	UptimeSeconds float64      `json:"uptimeSeconds"`
	Listen        string       `json:"listen" example:"127.0.0.1:8080"`
	Database      Database     `json:"database"`
	Storage       Storage      `json:"storage"`
	Cameras       CameraCounts `json:"cameras"`
	Process       Process      `json:"process"`
	FFmpeg        FFmpeg       `json:"ffmpeg"`
	Time          Time         `json:"time"`
	Alarms        []Alarm      `json:"alarms"`
	Certificate   *Certificate `json:"certificate,omitempty" doc:"Of the web server; absent where it speaks plain HTTP itself."`
}

// Certificate is the web server's own.
type Certificate struct {
	Mode      string     `json:"mode" enum:"files,acme,generated"`
	Names     []string   `json:"names" nullable:"false" doc:"Host names and addresses that it is for; empty while there is none."`
	Issuer    string     `json:"issuer"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty" doc:"Absent while there is none."`
	Authority string     `json:"authority,omitempty" doc:"SHA-256 fingerprint of the server's own authority, for comparison where it is installed."`
	Problem   string     `json:"problem,omitempty" enum:"certificate_unreadable,certificate_refused" doc:"Why the latest attempt to read or renew it failed, as the code of an alarm."`
}

// Database is the state of the records.
type Database struct {
	Engine string `json:"engine" enum:"sqlite,postgresql"`
	OK     bool   `json:"ok"`
}

// Storage is the state of the recording disks, all together; archive tiers are not in it
// but for the outlook.
type Storage struct {
	Path                string  `json:"path,omitempty"`
	TotalBytes          int64   `json:"totalBytes"`
	FreeBytes           int64   `json:"freeBytes"`
	UsedByRecordings    int64   `json:"usedByRecordings" doc:"On these disks."`
	State               string  `json:"state" enum:"ok,low,full,failing,away"`
	WriteBytesPerSecond float64 `json:"writeBytesPerSecond"`

	Outlook *capacity.CapacityOutlook `json:"outlook,omitempty" doc:"As the forecast of the storage has it, archive tiers included; absent where nothing can be said."`
	Removal Removal                   `json:"removal"`
}

// Removal tells whether footage is removed when that is due.
type Removal struct {
	State  string `json:"state" enum:"allowed,blocked,unknown" doc:"unknown: nothing has been looked at since the start."`
	Reason string `json:"reason,omitempty" example:"removal_frozen" doc:"Why nothing is removed, as the code of a problem."`
}

// CameraCounts counts cameras in service.
type CameraCounts struct {
	Total     int `json:"total"`
	Live      int `json:"live"`
	Recording int `json:"recording"`
	Problems  int `json:"problems" doc:"Switched on, and not live or not recorded."`
}

// Process is what the program takes of the machine.
type Process struct {
	CPUSeconds float64 `json:"cpuSeconds" doc:"User and system time since the start."`
	RSSBytes   int64   `json:"rssBytes"`
	Goroutines int     `json:"goroutines"`
	OpenFiles  int     `json:"openFiles"`
}

// FFmpeg tells whether still pictures can be made.
type FFmpeg struct {
	Available bool   `json:"available"`
	Version   string `json:"version"`
}

// Time is how the recorder's clock stands.
type Time struct {
	State         string     `json:"state" enum:"synchronised,unsynchronised,unknown"`
	Reason        string     `json:"reason,omitempty" enum:"kernel_unsynchronised,sources_disagree,offset_too_large,servers_silent,no_reference"`
	Since         time.Time  `json:"since"`
	OffsetSeconds *float64   `json:"offsetSeconds" doc:"Seconds by which the clock is ahead of its reference; null while nobody tells."`
	ErrorSeconds  float64    `json:"errorSeconds" doc:"By how much that may be wrong."`
	Source        string     `json:"source,omitempty" example:"kernel" doc:"The kernel, or the time server's address."`
	Stratum       int        `json:"stratum,omitempty" doc:"Of the time server."`
	Level         string     `json:"level" enum:"ok,warning,alarm" doc:"Of the offset, by the configured limits."`
	CheckedAt     time.Time  `json:"checkedAt"`
	Servers       []Server   `json:"servers"`
	SetAt         *time.Time `json:"setAt,omitempty" doc:"When the clock was last set since the start, by the clock as it then was."`
	SetBySeconds  float64    `json:"setBySeconds,omitempty" doc:"Forward if positive."`
	Trusted       bool       `json:"trusted" doc:"Footage may be removed by this time; whether any is, storage.removal says."`
	Distrust      string     `json:"distrust,omitempty" example:"time_stepped" doc:"Otherwise why not, as the code of a problem."`
}

// Server is what a time server said.
type Server struct {
	Address       string   `json:"address"`
	OffsetSeconds *float64 `json:"offsetSeconds" doc:"null while it does not answer."`
	Stratum       int      `json:"stratum,omitempty"`
}

// Alarm is something that wants a hand.
type Alarm struct {
	ID     string         `json:"id"`
	Code   string         `json:"code" example:"storage_low"`
	Params map[string]any `json:"params,omitempty"`
	Detail string         `json:"detail"`
	Since  time.Time      `json:"since"`
	Camera string         `json:"camera,omitempty"`
}
