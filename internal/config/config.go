// Package config reads what an installation is told: a strict YAML file, a few
// environment variables and the flags of the command line, in that order of
// growing weight, over a default for everything.
//
// One table, made from the struct below, serves reading, checking, the commented
// default file, the redacted dump and the environment, so that they cannot drift.
package config

import "time"

// Config is everything that can be set. The tags: yaml is the key, doc the
// comment in the default file, env the environment variable, secret marks what
// is never printed nor taken from a command line.
type Config struct {
	Data           string   `yaml:"data" env:"WATCHROOM_DATA" doc:"Folder of the database, the keys, the journals and, unless recording.folder says otherwise, the footage. Made when missing."`
	Listen         string   `yaml:"listen" env:"WATCHROOM_LISTEN" doc:"Address of the web application and the API, host:port. Loopback until told otherwise; port 0 takes any free port."`
	PublicURL      string   `yaml:"public_url" env:"WATCHROOM_PUBLIC_URL" doc:"Address under which browsers reach this server, such as https://watch.example.org. Needed behind a reverse proxy; empty means the address of the request."`
	TrustedProxies []string `yaml:"trusted_proxies" doc:"Networks of reverse proxies, such as 127.0.0.1/32 or 10.1.0.0/16, whose X-Forwarded-For and X-Forwarded-Proto are believed. Without it every request counts as coming from the proxy itself."`

	SecondFactor []string `yaml:"second_factor" env:"WATCHROOM_SECOND_FACTOR" doc:"Positions whose people must have a second factor in any case, such as [administrator, supervisor], besides those of the parameter second_factor.positions. Who lacks it may do nothing but add one."`

	TLS       TLS       `yaml:"tls" doc:"Certificate of the web server. With one it speaks HTTPS only."`
	SignIn    SignIn    `yaml:"sign_in" doc:"Directories through which people sign in, beside the accounts of this system."`
	Database  Database  `yaml:"database" doc:"Where registers, people, acts and the catalogue are kept."`
	Log       Log       `yaml:"log" doc:"What the program says of itself, on standard error."`
	Site      Site      `yaml:"site" doc:"The place that is watched."`
	Recording Recording `yaml:"recording" doc:"How footage is written."`
	Ledger    Ledger    `yaml:"ledger" doc:"The transparency log: what was recorded and done, so that an outsider can check it."`
	Archive   Archive   `yaml:"archive" doc:"Where footage goes when it is older."`
	Coverage  Coverage  `yaml:"coverage" doc:"When missing footage and failing storage are made known."`
	Capacity  Capacity  `yaml:"capacity" doc:"How the storage is reckoned."`
	Time      Time      `yaml:"time" doc:"How this machine's clock is watched. Nothing here sets it: that is the work of a time daemon such as chrony."`
	Source    Source    `yaml:"source" doc:"How cameras are reached."`
	Live      Live      `yaml:"live" doc:"How moving pictures reach browsers."`
	FFmpeg    FFmpeg    `yaml:"ffmpeg" doc:"Still pictures are decoded by ffmpeg. Recording, live view and playback do not need it."`
	Metrics   Metrics   `yaml:"metrics" doc:"Figures for Prometheus."`
}

// Database names the database.
type Database struct {
	URL string `yaml:"url" env:"WATCHROOM_DATABASE" secret:"url" doc:"Empty keeps a SQLite file in the data folder. postgres://user:password@host:port/name uses PostgreSQL. A password belongs here, in the environment or in a PGPASSFILE, never on the command line."`
}

// Log shapes the log.
type Log struct {
	Level  string `yaml:"level" env:"WATCHROOM_LOG_LEVEL" doc:"debug, info, warn or error."`
	Format string `yaml:"format" env:"WATCHROOM_LOG_FORMAT" doc:"text for people, json for machines."`
}

// Site describes the place.
type Site struct {
	Name     string `yaml:"name" doc:"Name shown in the title bar and on prints; at most 100 characters."`
	TimeZone string `yaml:"time_zone" env:"WATCHROOM_TIME_ZONE" doc:"IANA name such as Asia/Shanghai, in which times are shown. Records are kept in UTC whatever stands here. Empty means the zone of this machine."`
}

// Recording shapes the footage on disk.
type Recording struct {
	Folder          string        `yaml:"folder" doc:"Folder of the footage. Empty means the folder recordings inside the data folder. It must be a local file system."`
	SegmentLength   time.Duration `yaml:"segment_length" doc:"A file is closed at the first key frame at or after every multiple of this on the clock, 10s to 1h."`
	PartLength      time.Duration `yaml:"part_length" doc:"Footage reaches the file in parts of at most this length; a killed program loses no more than one. 100ms to 700ms."`
	SyncInterval    time.Duration `yaml:"sync_interval" doc:"Written parts are forced to the disk at least this often; a power cut loses no more than this and one group of pictures. 1s to 1m."`
	Spool           Bytes         `yaml:"spool" doc:"Memory that may hold the frames of one camera while the disk stalls. What does not fit is lost, and is recorded as a gap."`
	SpoolTotal      Bytes         `yaml:"spool_total" doc:"Memory that may hold the frames of all cameras together while the disk stalls. Once it is used up, each camera still has 1MiB."`
	LowSpacePercent int           `yaml:"low_space_percent" doc:"An alarm is raised when less than this part of the volume is free, 1 to 50."`
	StopSpace       Bytes         `yaml:"stop_space" doc:"Recording stops, with an alarm and a gap, when less than this is free. Nothing is deleted to make room."`
	Volumes         []Volume      `yaml:"volumes" doc:"Further disks to record onto, such as [{name: disk2, folder: /mnt/disk2}]. The folder must be there, none may lie inside another, and a name is never given to another disk. A camera stays on one volume; when that is full, fails or hangs, its next file is begun on another."`
	WhenFull        string        `yaml:"when_full" doc:"What happens when no volume has room, until the institution has set the parameter recording.when_full: ask stops all cameras and asks somebody which go on; priority stops the cameras of lowest priority first, at 5 times stop_space for priority 1 down to stop_space for priority 9. Nothing is deleted in either case."`
}

// Volume is a further disk to record onto.
type Volume struct {
	Name   string `yaml:"name" doc:"Lower-case letters, digits and dashes."`
	Folder string `yaml:"folder" doc:"Folder on the disk."`
}

// Archive shapes what becomes of older footage.
type Archive struct {
	Tiers     []Tier `yaml:"tiers" doc:"Where footage is moved to, in order, such as [{name: vault, folder: /mnt/vault, move_after: 168h}] or [{name: cloud, endpoint: \"https://s3.example.org\", region: eu-1, bucket: footage, prefix: site1, move_after: 720h, keys: /etc/watchroom/s3.keys}]. Footage older than move_after is moved, and earlier, the oldest first, where less than low_space_percent is free before. Of a folder: min_free is left free (default 10GiB). Of a bucket: prefix, path_style (default true), ca (PEM file), object_lock (none, governance or compliance) with lock_for, size (how much footage it is reckoned to hold; none means no end). Its keys are two lines, access key and secret key, in the file keys, or stand in WATCHROOM_TIER_NAME_ACCESS_KEY and WATCHROOM_TIER_NAME_SECRET_KEY."`
	AtOnce    int    `yaml:"at_once" doc:"How many files are moved at the same time, 1 to 16."`
	RateLimit Bytes  `yaml:"rate_limit" doc:"Bytes a second that moving reads at most, all files together; 0B means no limit."`
}

// Tier is a place for older footage: a folder, or a bucket of an S3 server.
type Tier struct {
	Name      string        `yaml:"name" doc:"Lower-case letters, digits and dashes."`
	MoveAfter time.Duration `yaml:"move_after" doc:"Age at which footage is moved here."`

	Folder  string `yaml:"folder" doc:"Of a disk tier: its folder."`
	MinFree Bytes  `yaml:"min_free" doc:"Of a disk tier: space that is left free."`

	Endpoint   string        `yaml:"endpoint" doc:"Of a bucket: the address of the S3 server."`
	Region     string        `yaml:"region" doc:"Of a bucket: its region."`
	Bucket     string        `yaml:"bucket" doc:"Of a bucket: its name."`
	Prefix     string        `yaml:"prefix" doc:"Of a bucket: what the names of objects begin with."`
	PathStyle  bool          `yaml:"path_style" doc:"Of a bucket: its name stands in the path rather than in the host."`
	CA         string        `yaml:"ca" doc:"Of a bucket: PEM file of the certificates that the server is known by."`
	Keys       string        `yaml:"keys" doc:"Of a bucket: file with the access key and the secret key, a line each."`
	ObjectLock string        `yaml:"object_lock" doc:"Of a bucket: whether objects are locked, and in which mode."`
	LockFor    time.Duration `yaml:"lock_for" doc:"Of a bucket: how long from the end of the footage on."`
	Size       Bytes         `yaml:"size" doc:"Of a bucket: how much footage it is reckoned to hold. 0B means no end."`
}

func defaultTier() Tier {
	return Tier{MoveAfter: 7 * 24 * time.Hour, MinFree: 10 << 30, PathStyle: true, ObjectLock: "none"}
}

// Ledger shapes the transparency log.
type Ledger struct {
	Node            string   `yaml:"node" doc:"Name of this recorder in its log, such as example.org/gate; no spaces, no plus. Empty means the name of the machine. It counts when the log is made."`
	Guard           string   `yaml:"guard" doc:"File that remembers the last signed checkpoint. On another disk it also tells that a whole data folder was set back. Empty keeps it beside the log. When this is changed on a recorder that has a log, move the file along, with the server stopped; one that was left in its default place and agrees with the log is copied by the next start. Never restore it from a copy."`
	SignUnwitnessed bool     `yaml:"sign_unwitnessed" doc:"Sign the log after a start although its witnesses do not answer; an alarm stands until they agree. Otherwise nothing is signed before more than half of them (of two, both) have said how far they know the log, or somebody lets it go on: else a recorder that was set back to a copy while its witness is cut off would sign another past."`
	Witnesses       []string `yaml:"witnesses" doc:"Second machines that cosign the log (watchroom witness), each its address, a space and its verifier key, such as http://audit.local:8470 audit.local/watchroom+12345678+AbCd."`
}

// Coverage shapes how losses are told.
type Coverage struct {
	StatementAfter time.Duration `yaml:"statement_after" doc:"An unplanned gap as long as this has a footage-loss statement, which three people sign, until the institution has set the parameter coverage.statement_after. 1m to 24h."`
	ShiftLength    time.Duration `yaml:"shift_length" doc:"A storage fault is signalled again after each shift, until it is proved right; until the institution has set the parameter coverage.shift_length. 1h to 24h."`
	LeadersAfter   time.Duration `yaml:"leaders_after" doc:"A storage fault that is as old reaches leaders, until the institution has set the parameter coverage.leaders_after. 1h to 168h."`
}

// Capacity shapes the reckoning of the storage.
type Capacity struct {
	WarnDays int  `yaml:"warn_days" doc:"An alarm is raised so many days before the minimum cannot be kept any more, 1 to 365, until the institution has set the parameter capacity.warn_days."`
	Refuse   bool `yaml:"refuse" doc:"Refuse cameras and minimums that the storage cannot hold, until the institution has set the parameter capacity.refuse. Otherwise the answer says what becomes of it, with figure and date."`
}

// Time says what the machine's clock is compared with.
type Time struct {
	Servers      []string      `yaml:"servers" doc:"Time servers (NTP) that the clock is compared with, beside what the kernel tells, host or host:port. Two or three, so that a wrong one is found out."`
	WarnOffset   time.Duration `yaml:"warn_offset" doc:"From this difference on, of this clock or a camera's, there is a warning, until the institution has set the parameter time.warn_offset. 100ms to 1h."`
	AlarmOffset  time.Duration `yaml:"alarm_offset" doc:"From this difference on there is an alarm, and this clock counts as not synchronised, until the institution has set the parameter time.alarm_offset. More than warn_offset, to 24h."`
	StepHold     time.Duration `yaml:"step_hold" doc:"For so long after the clock was set no footage is removed. 1m to 24h."`
	TrustUnknown bool          `yaml:"trust_unknown" doc:"Let the clock count as right where nothing can tell, as in some containers without time servers. Otherwise no footage is removed there."`
}

// Source shapes the connections to cameras.
type Source struct {
	NoFrameTimeout    time.Duration `yaml:"no_frame_timeout" doc:"A connected camera that sends no frame for this long is called stalled and connected anew. 1s to 1m."`
	NoKeyFrameTimeout time.Duration `yaml:"no_key_frame_timeout" doc:"A camera that sends frames but for this long none that decoding can begin with is treated likewise. 5s to 10m."`
	DialAtOnce        int           `yaml:"dial_at_once" doc:"How many cameras are being connected at the same time, 1 to 1000."`
}

// Live shapes live view.
type Live struct {
	UDPPort     int      `yaml:"udp_port" doc:"The one UDP port of WebRTC. 0 takes any free port."`
	TCPPort     int      `yaml:"tcp_port" doc:"The TCP port of WebRTC for networks without UDP. 0 takes any free port."`
	ExtraIPs    []string `yaml:"extra_ips" doc:"Further addresses under which browsers reach these ports, such as the outer side of a NAT."`
	MaxSessions int      `yaml:"max_sessions" doc:"How many live pictures may be open at once, 1 to 10000."`
}

// FFmpeg names the program.
type FFmpeg struct {
	Path string `yaml:"path" env:"WATCHROOM_FFMPEG" doc:"Name or path of the program. Empty switches still pictures off."`
}

// Metrics shapes /metrics.
type Metrics struct {
	Enabled bool `yaml:"enabled" doc:"Serve /metrics to loopback and to tokens with the right metrics.read."`
}

// Default is the configuration of an installation that was told nothing.
func Default() *Config {
	return &Config{
		Data:   "data",
		Listen: "127.0.0.1:8080",
		TLS:    TLS{WarnDays: 30},
		SignIn: SignIn{Recheck: 15 * time.Minute, Unchecked: 12 * time.Hour},
		Log:    Log{Level: "info", Format: "text"},
		Site:   Site{Name: "Watchroom"},
		Recording: Recording{
			SegmentLength:   5 * time.Minute,
			PartLength:      500 * time.Millisecond,
			SyncInterval:    5 * time.Second,
			Spool:           64 << 20,
			SpoolTotal:      1 << 30,
			LowSpacePercent: 10,
			StopSpace:       512 << 20,
			WhenFull:        "ask",
		},
		Archive:  Archive{AtOnce: 2},
		Coverage: Coverage{StatementAfter: 10 * time.Minute, ShiftLength: 8 * time.Hour, LeadersAfter: 24 * time.Hour},
		Capacity: Capacity{WarnDays: 28},
		Time:     Time{WarnOffset: time.Second, AlarmOffset: 5 * time.Second, StepHold: 10 * time.Minute},
		Source: Source{
			NoFrameTimeout:    5 * time.Second,
			NoKeyFrameTimeout: time.Minute,
			DialAtOnce:        32,
		},
		Live:    Live{UDPPort: 8189, TCPPort: 8189, MaxSessions: 256},
		FFmpeg:  FFmpeg{Path: "ffmpeg"},
		Metrics: Metrics{Enabled: true},
	}
}
