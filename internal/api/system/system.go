package system

import (
	"context"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
)

// Sources tell how the parts are doing. None of them may block on a camera or a disk.
type Sources interface {
	// Storage is the state of the volume that footage is written to.
	Storage() Storage
	// Cameras counts the cameras in service.
	Cameras() CameraCounts
	// Alarms lists what wants a hand now, the oldest first.
	Alarms() []Alarm
	// Time is how the machine's clock stands.
	Time() Time
}

// Routes are what the system's state and the acts need.
type Routes struct {
	DB      *db.DB
	Sources Sources
	// Names gives the display names of all people by id.
	Names   func(context.Context) (map[string]string, error)
	FFmpeg  func() string // its version, "" where there is none
	Clock   clock.Clock
	Started time.Time
	Version string
	Listen  string
}

func (x *Routes) overview(ctx context.Context, _ *struct{}) (*route.Answer[Overview], error) {
	now, version := x.Clock.Now(), x.FFmpeg()
	o := Overview{
		Version: x.Version, StartedAt: x.Started.UTC().Truncate(time.Microsecond), UptimeSeconds: now.Sub(x.Started).Seconds(), Listen: x.Listen,
		Database: Database{Engine: string(x.DB.Engine()), OK: x.DB.Healthy(ctx) == nil},
		Storage:  x.Sources.Storage(), Cameras: x.Sources.Cameras(), Process: processNow(),
		FFmpeg: FFmpeg{Available: version != "", Version: version},
		Alarms: x.Sources.Alarms(), Time: x.Sources.Time(),
	}
	if o.Alarms == nil {
		o.Alarms = []Alarm{}
	}
	return route.Reply(o), nil
}

func (x *Routes) acts(ctx context.Context, in *actsInput) (*route.Answer[Acts], error) {
	acts, next, err := ledger.List(ctx, x.DB.Read(), ledger.Filter{
		Before: in.Before, Limit: in.Limit, Kind: in.Kind, Person: in.Person, Camera: in.Camera,
	})
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	out := Acts{Items: make([]Act, len(acts)), Next: next}
	for i, a := range acts {
		if a.Detail == nil {
			a.Detail = map[string]any{}
		}
		out.Items[i] = Act{
			ID: a.ID, At: route.Time(a.At), Person: a.Person, PersonName: names[a.Person],
			Kind: a.Kind, Subject: a.Subject, Camera: a.Camera, Detail: a.Detail,
		}
	}
	return route.Reply(out), nil
}
