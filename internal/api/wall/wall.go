package wall

import (
	"context"

	"watchroom/internal/api/route"
	"watchroom/internal/camera/wall"
)

// Routes are what layouts need.
type Routes struct {
	Layouts *wall.Layouts
}

func face(l wall.Layout) Layout {
	cells := l.Cells
	if cells == nil {
		cells = []*string{}
	}
	return Layout{
		ID: l.ID, Name: l.Name, Size: l.Size, Cells: cells, Shared: l.Shared, Person: l.Person,
		UpdatedAt: route.Time(l.UpdatedAt),
	}
}

func (in LayoutInput) input() wall.Input {
	return wall.Input{Name: in.Name, Size: in.Size, Cells: in.Cells, Shared: in.Shared}
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Layout]], error) {
	all, err := x.Layouts.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return route.Items(all, face), nil
}

func (x *Routes) create(ctx context.Context, in *createInput) (*route.Answer[Layout], error) {
	l, err := x.Layouts.Create(ctx, route.Actor(ctx), in.Body.input())
	if err != nil {
		return nil, err
	}
	return route.Reply(face(l)), nil
}

func (x *Routes) replace(ctx context.Context, in *replaceInput) (*route.Answer[Layout], error) {
	l, err := x.Layouts.Update(ctx, route.Actor(ctx), in.ID, in.Body.input())
	if err != nil {
		return nil, err
	}
	return route.Reply(face(l)), nil
}

func (x *Routes) remove(ctx context.Context, in *byID) (*route.Nothing, error) {
	return route.Done(x.Layouts.Delete(ctx, route.Actor(ctx), in.ID))
}
