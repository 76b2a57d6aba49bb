package system

import (
	"cmp"
	"context"
	"errors"
	"time"

	"watchroom/internal/access"
	capacityapi "watchroom/internal/api/capacity"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/retention"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// Sources tell how the parts are doing. None of them may block on a camera or a disk.
type Sources interface {
	// Storage is the state of the recording disks, without outlook and removal.
	Storage() Storage
	// Cameras counts the cameras in service that are within.
	Cameras(within func(camera string) bool) CameraCounts
	// Alarms lists what wants a hand now, the oldest first.
	Alarms() []Alarm
	// Time is how the machine's clock stands.
	Time() Time
}

// Routes are what the system's state needs.
type Routes struct {
	DB      *db.DB
	Sources Sources
	// Capacity and Removal tell what becomes of the storage; nil: nobody does.
	Capacity *capacity.Keeper
	Removal  interface{ Last() retention.Report }
	FFmpeg   func() string // its version, "" where there is none
	Clock    clock.Clock
	Started  time.Time
	Version  string
	Listen   string
	// Certificate tells of the web server's own; nil, or nil from it: it has none.
	Certificate func() *Certificate
}

func (x *Routes) overview(ctx context.Context, _ *struct{}) (*route.Answer[Overview], error) {
	now, version := x.Clock.Now(), x.FFmpeg()
	reach := access.ReachOf(route.Actor(ctx), access.SystemRead)
	o := Overview{
		Version: x.Version, StartedAt: x.Started.UTC().Truncate(time.Microsecond), UptimeSeconds: now.Sub(x.Started).Seconds(), Listen: x.Listen,
		Database: Database{Engine: string(x.DB.Engine()), OK: x.DB.Healthy(ctx) == nil},
		Storage:  x.Sources.Storage(), Cameras: x.Sources.Cameras(reach.Has), Process: processNow(),
		FFmpeg: FFmpeg{Available: version != "", Version: version},
		Alarms: ForAll(route.Actor(ctx), x.Sources.Alarms()), Time: x.Sources.Time(),
	}
	o.Storage.Outlook, o.Storage.Removal = x.outlook(ctx), x.removal(o.Time)
	if x.Certificate != nil {
		o.Certificate = x.Certificate()
	}
	o.discreet(route.Actor(ctx))
	return route.Reply(o), nil
}

// outlook is the forecast of the storage, as its own page tells it. Where the database
// cannot be asked there is none.
func (x *Routes) outlook(ctx context.Context) *capacityapi.CapacityOutlook {
	if x.Capacity == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	f, err := x.Capacity.Recent(ctx)
	if err != nil || f == nil {
		return nil
	}
	return capacityapi.Outlook(capacityapi.Unnamed(route.Actor(ctx), f))
}

// removal is what the engine said after its latest pass. A clock that is not trusted since
// says the same a minute earlier, and why.
func (x *Routes) removal(t Time) Removal {
	var last retention.Report
	if x.Removal != nil {
		last = x.Removal.Last()
	}
	switch blocked := last.Blocked; {
	case errors.Is(blocked, retention.ErrUntrusted) && t.Trusted:
		return Removal{State: "unknown"} // until the next pass
	case blocked != nil && !errors.Is(blocked, retention.ErrUntrusted):
		return Removal{State: "blocked", Reason: problem.Of(blocked).Code}
	case !t.Trusted:
		return Removal{State: "blocked", Reason: cmp.Or(t.Distrust, retention.ErrUntrusted.Code)}
	case last.At == 0:
		return Removal{State: "unknown"}
	}
	return Removal{State: "allowed"}
}
