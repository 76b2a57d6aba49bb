// Package capacity answers whether the storage holds what must be kept.
package capacity

import (
	"context"
	"math"
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/capacity"
)

const tag = "Capacity"

// Routes are what capacity needs.
type Routes struct {
	Capacity *capacity.Keeper
}

type checkInput struct{ Body CapacityChange }

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getCapacity", Method: http.MethodGet, Path: "/api/v1/capacity", Tag: tag, Demand: route.Needs(access.SystemRead),
		Summary: "Read how long recordings can be kept and when each volume is full",
	}, x.forecast)
	route.Do(r, route.Operation{
		ID: "checkCapacity", Method: http.MethodPost, Path: "/api/v1/capacity/check", Tag: tag, Demand: route.Needs(access.CameraConfigure, access.SystemRead),
		Summary: "Ask what becomes of the storage with a camera more, or more of one",
		About:   "Nothing is changed. It answers with figure and date; capacity_short refuses only where the installation wants that.",
	}, x.check)
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Floor(v*p) / p
}

func (x *Routes) forecast(ctx context.Context, _ *struct{}) (*route.Answer[CapacityForecast], error) {
	f, err := x.Capacity.Forecast(ctx)
	if err != nil {
		return nil, err
	}
	out := CapacityForecast{At: route.Time(f.At), Used: f.Used, Usable: f.Usable, Reserved: f.Reserved, Held: f.Held.Bytes, HeldSegments: f.Held.Segments, Boundless: f.Boundless, Frees: f.Frees, BytesPerDay: round(f.BytesPerDay, 0), KeepsDays: round(f.Keeps, 1), MinimumDays: f.Of,
		ShortOn: route.TimeOrNil(f.ShortOn), FullOn: route.TimeOrNil(f.FullOn), RefuseOnShort: x.Capacity.Refuse, Cameras: make([]CapacityCamera, len(f.Cameras)), Volumes: make([]CapacityVolume, len(f.Volumes))}
	for i, c := range f.Cameras {
		out.Cameras[i] = CapacityCamera{Camera: c.Camera, BytesPerDay: round(c.BytesPerDay, 0), Bitrate: round(c.BytesPerDay*8/86400, 0), Basis: string(c.Basis),
			MinimumDays: c.Minimum, KeepsDays: round(c.Keeps, 1), Reserved: round(c.Reserved, 0)}
	}
	for i, v := range f.Volumes {
		out.Volumes[i] = CapacityVolume{ID: v.ID, Name: v.Name, Total: v.Total, Free: v.Free, Reserve: v.Reserve, Tier: v.Tier, Boundless: v.Boundless, BytesPerDay: round(v.BytesPerDay, 0),
			FullOn: route.TimeOrNil(v.FullOn), Held: v.Held, Past: points(v.Past), Ahead: points(v.Ahead)}
	}
	return route.Reply(out), nil
}

func points(list []capacity.Point) []CapacityPoint {
	out := make([]CapacityPoint, len(list))
	for i, p := range list {
		out[i] = CapacityPoint(p)
	}
	return out
}

func (x *Routes) check(ctx context.Context, in *checkInput) (*route.Answer[CapacityAnswer], error) {
	b := in.Body
	a, err := x.Capacity.Check(ctx, capacity.Change{Camera: b.Camera, Bitrate: b.Bitrate, Minimum: b.MinimumDays,
		Sight: capacity.Sight{Width: b.Width, Height: b.Height, FPS: b.FPS}})
	if err != nil {
		return nil, err
	}
	return route.Reply(face(a)), nil
}

func face(a *capacity.Answer) CapacityAnswer {
	return CapacityAnswer{OK: a.OK, KeepsDays: round(a.Keeps, 1), MinimumDays: a.Of, ShortOn: route.TimeOrNil(a.ShortOn), FullOn: route.TimeOrNil(a.FullOn),
		BytesPerDay: round(a.BytesPerDay, 0), Basis: string(a.Basis), Needs: a.Needs, Reserved: a.Reserved, Usable: a.Usable}
}
