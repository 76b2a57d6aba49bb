// Package capacity answers whether the storage holds what must be kept.
package capacity

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"

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
		About:   "What disks and archive tiers are called, and where they lie, is told to who may read storage (storage.read); to others they are numbered, and have no name.",
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
	f = Unnamed(route.Actor(ctx), f)
	reach := access.ReachOf(route.Actor(ctx), access.SystemRead)
	f.Cameras = slices.DeleteFunc(slices.Clone(f.Cameras), func(c capacity.CameraRate) bool { return !reach.Has(c.Camera) })
	o := Outlook(f)
	out := CapacityForecast{At: o.At, Unknown: o.Unknown, Away: o.Away, Used: o.Used, Usable: o.Usable, Reserved: f.Reserved, Held: f.Held.Bytes, HeldSegments: f.Held.Segments, Boundless: o.Boundless, Frees: f.Frees,
		BytesPerDay: told(f, f.BytesPerDay, 0), KeepsDays: o.KeepsDays, MinimumDays: o.MinimumDays, ShortOn: o.ShortOn, FullOn: o.FullOn, RefuseOnShort: x.Capacity.Refuses(),
		Cameras: make([]CapacityCamera, len(f.Cameras)), Volumes: make([]CapacityVolume, len(f.Volumes))}
	for i, c := range f.Cameras {
		out.Cameras[i] = CapacityCamera{Camera: c.Camera, BytesPerDay: round(c.BytesPerDay, 0), Bitrate: round(c.BytesPerDay*8/86400, 0), Basis: string(c.Basis),
			MinimumDays: c.Minimum, KeepsDays: told(f, c.Keeps, 1), Reserved: round(c.Reserved, 0), Off: c.Off}
	}
	for i, v := range f.Volumes {
		one := CapacityVolume{ID: v.ID, Name: v.Name, Total: v.Total, Free: v.Free, Reserve: v.Reserve, Tier: v.Tier, Boundless: v.Boundless, BytesPerDay: told(f, v.BytesPerDay, 0),
			Fills: v.Fills && f.Unknown == capacity.Known, Waiting: v.Waiting, Held: v.Held, Past: points(v.Past), Ahead: []CapacityPoint{}}
		if f.Unknown == capacity.Known {
			one.FullOn, one.Ahead = route.TimeOrNil(v.FullOn), points(v.Ahead)
		}
		out.Volumes[i] = one
	}
	return route.Reply(out), nil
}

// Unnamed is a forecast as somebody may read it: who may not read storage everywhere learns how
// full disks and archive tiers are, and neither what they are called nor where they lie.
func Unnamed(actor access.Actor, f *capacity.Forecast) *capacity.Forecast {
	if access.Throughout(actor, access.StorageRead, "") == nil {
		return f
	}
	bare := *f // which others read, too
	bare.Volumes, bare.Away = slices.Clone(f.Volumes), slices.Clone(f.Away)
	numbers := map[string]string{}
	for i := range bare.Volumes {
		v := &bare.Volumes[i]
		numbers[v.ID] = strconv.Itoa(i + 1)
		v.ID, v.Name = numbers[v.ID], ""
	}
	for i, id := range bare.Away {
		if numbers[id] == "" { // it is in no forecast, and counts all the same
			numbers[id] = strconv.Itoa(len(numbers) + 1)
		}
		bare.Away[i] = numbers[id]
	}
	return &bare
}

// Outlook is a forecast in short. What is not known yet is not told.
func Outlook(f *capacity.Forecast) *CapacityOutlook {
	o := &CapacityOutlook{At: route.Time(f.At), Unknown: string(f.Unknown), Away: append([]string{}, f.Away...), Used: f.Used, Usable: f.Usable, Boundless: f.Boundless,
		KeepsDays: told(f, f.Keeps, 1), MinimumDays: f.Of}
	if f.Unknown == capacity.Known {
		o.ShortOn, o.FullOn = route.TimeOrNil(f.ShortOn), route.TimeOrNil(f.FullOn)
	}
	return o
}

// told is a figure of a forecast, nil where it is not known yet.
func told(f *capacity.Forecast, v float64, digits int) *float64 {
	if f.Unknown != capacity.Known {
		return nil
	}
	v = round(v, digits)
	return &v
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
	if actor := route.Actor(ctx); access.Can(actor, access.SystemRead, b.Camera) != nil {
		if err := access.Can(actor, access.CameraConfigure, b.Camera); err != nil {
			return nil, err
		}
	}
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
