package camera

import (
	"context"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/camera"
	"watchroom/internal/camera/streamurl"
)

// Lost finds and takes back cameras that the database does not know.
type Lost interface {
	List(ctx context.Context) ([]camera.Remembered, error)
	TakeBack(ctx context.Context, actor access.Actor) ([]camera.Camera, error)
}

// LostCamera is one that the database does not know.
type LostCamera struct {
	ID        string     `json:"id"`
	Name      string     `json:"name" doc:"Empty where only its footage is left."`
	Place     string     `json:"place"`
	URL       string     `json:"url" doc:"Of the main stream, without credentials; empty where only its footage is left."`
	Enabled   bool       `json:"enabled"`
	CreatedAt *time.Time `json:"createdAt" doc:"Or when its footage begins; null: not known."`
	RetiredAt *time.Time `json:"retiredAt" doc:"Or when its footage ends, where only that is left; null: it is in service."`
}

func (x *Routes) lost(ctx context.Context, _ *struct{}) (*route.Answer[route.List[LostCamera]], error) {
	if x.Lost == nil {
		return route.Items([]camera.Remembered(nil), lostFace), nil
	}
	if err := access.Throughout(route.Actor(ctx), access.CameraConfigure, ""); err != nil {
		return nil, err // nobody knows where they hang
	}
	all, err := x.Lost.List(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, lostFace), nil
}

func lostFace(m camera.Remembered) LostCamera {
	out := LostCamera{ID: m.ID, Name: m.Name, Place: m.Place, Enabled: m.Enabled && m.RetiredAt == nil, CreatedAt: route.TimeOrNil(m.CreatedAt)}
	out.RetiredAt = route.TimeOf(m.RetiredAt)
	if m.Main.URL != nil {
		// The copy holds passwords where the camera wants them inside the address.
		if clean, _, _, err := streamurl.Typed(*m.Main.URL, nil, nil); err == nil {
			out.URL = clean
		}
	}
	return out
}

func (x *Routes) recover(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Camera]], error) {
	if x.Lost == nil {
		return route.Items([]camera.Camera(nil), x.face), nil
	}
	actor := route.Actor(ctx)
	if err := access.Throughout(actor, access.CameraConfigure, ""); err != nil {
		return nil, err
	}
	all, err := x.Lost.List(ctx)
	if err != nil {
		return nil, err
	}
	var on []string // that will be recorded
	for _, m := range all {
		if m.Enabled && m.RetiredAt == nil {
			on = append(on, m.ID)
		}
	}
	if len(on) > 0 {
		if _, err := onlyShort(x.room(ctx, actor, access.CameraConfigure, Wish{Camera: on[0], Also: on[1:], On: true})); err != nil {
			return nil, err
		}
	}
	taken, err := x.Lost.TakeBack(ctx, actor)
	if err != nil {
		return nil, err
	}
	face, err := x.open(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(taken, face), nil
}
