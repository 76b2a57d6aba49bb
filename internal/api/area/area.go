// Package area answers for the tree of areas.
package area

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/area"
	"watchroom/internal/api/route"
)

const tag = "Areas"

// Routes are what the areas need.
type Routes struct {
	Areas *area.Areas
}

// Area is a site, a building, a floor or a zone.
type Area struct {
	ID            string     `json:"id"`
	Parent        string     `json:"parent" doc:"Id of the area that it lies in; empty: none is above it."`
	Kind          string     `json:"kind" enum:"site,building,floor,zone"`
	Name          string     `json:"name" example:"一号楼"`
	Importance    string     `json:"importance,omitempty" enum:"ordinary,important,vital" doc:"Left out of an area in which one reads no cameras: it is there since one's own lie in it, with name and place alone."`
	Unit          string     `json:"unit" doc:"Id of the unit that answers for it; empty: nobody has said."`
	Note          string     `json:"note"`
	CreatedAt     time.Time  `json:"createdAt"`
	RetiredAt     *time.Time `json:"retiredAt,omitempty"`
	ParentWaiting *string    `json:"parentWaiting,omitempty" doc:"In the answer to a change: id of the area, empty for none, that it is to lie in once another person has confirmed that; see listProposals. So it is where cameras hang in it and positions or rules tell the two places apart."`
	AddCameras    bool       `json:"addCameras,omitempty" doc:"In the list: whoever asks may add cameras here."`
}

// NewArea is an area as it is typed.
type NewArea struct {
	Parent     string `json:"parent,omitempty" maxLength:"40"`
	Kind       string `json:"kind" enum:"site,building,floor,zone"`
	Name       string `json:"name" minLength:"1" maxLength:"200"`
	Importance string `json:"importance,omitempty" enum:"ordinary,important,vital"`
	Unit       string `json:"unit,omitempty" maxLength:"40"`
	Note       string `json:"note,omitempty" maxLength:"2000"`
}

// AreaChange changes some of an area; what is left out stays.
type AreaChange struct {
	Parent     *string `json:"parent,omitempty" maxLength:"40" doc:"Moves it with everything in it; empty: nothing is above it."`
	Kind       *string `json:"kind,omitempty" enum:"site,building,floor,zone"`
	Name       *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Importance *string `json:"importance,omitempty" enum:"ordinary,important,vital"`
	Unit       *string `json:"unit,omitempty" maxLength:"40"`
	Note       *string `json:"note,omitempty" maxLength:"2000"`
}

// AreaRetirement says why an area goes out of use.
type AreaRetirement struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

type createInput struct{ Body NewArea }

type changeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body AreaChange
}

type retireInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body AreaRetirement
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listAreas", Method: http.MethodGet, Path: "/api/v1/areas", Tag: tag, Demand: route.Needs(access.CameraRead),
		Summary: "List the areas in which one reads cameras, and what they lie in",
		About:   "All of them to who reads cameras everywhere. Retired ones too: cameras that were taken down hang in them.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "createArea", Method: http.MethodPost, Path: "/api/v1/areas", Tag: tag, Demand: route.Needs(access.AreaConfigure), Status: http.StatusCreated,
		Summary: "Add an area",
		About:   "A site holds buildings, a building holds floors, a floor holds zones; each may also hold the smaller ones at once, and zones may lie in zones, at most 12 deep.",
	}, x.create)
	route.Do(r, route.Operation{
		ID: "changeArea", Method: http.MethodPatch, Path: "/api/v1/areas/{id}", Tag: tag, Demand: route.Needs(access.AreaConfigure),
		Summary: "Change or move an area",
		About:   "It moves with everything in it. 422 area_circle where it would lie in itself.",
	}, x.change)
	route.Do(r, route.Operation{
		ID: "retireArea", Method: http.MethodPost, Path: "/api/v1/areas/{id}/retire", Tag: tag, Demand: route.Needs(access.AreaConfigure),
		Summary: "Take an area out of use for good",
		About:   "409 area_in_use, with how many, while areas or cameras are in it.",
	}, x.retire)
}

func face(a area.Area) Area {
	return Area{ID: a.ID, Parent: a.Parent, Kind: string(a.Kind), Name: a.Name, Importance: string(a.Importance), Unit: a.Unit, Note: a.Note,
		CreatedAt: route.Time(a.CreatedAt), RetiredAt: route.TimeOf(a.RetiredAt)}
}

var answer = route.Answering(face)

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Area]], error) {
	all, err := x.Areas.List(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := x.Areas.Tree(ctx)
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	return route.Items(area.Known(actor, access.CameraRead, all), func(a area.Area) Area {
		out := face(a)
		out.AddCameras = a.RetiredAt == nil && access.At(actor, access.CameraConfigure, access.Place{Areas: tree.Chain(a.ID), Grade: access.LowestGrade}) == nil
		return out
	}), nil
}

func (x *Routes) create(ctx context.Context, in *createInput) (*route.Answer[Area], error) {
	b := &in.Body
	return answer(x.Areas.Create(ctx, route.Actor(ctx), area.New{Parent: b.Parent, Kind: area.Kind(b.Kind), Name: b.Name,
		Importance: area.Importance(b.Importance), Unit: b.Unit, Note: b.Note}))
}

func (x *Routes) change(ctx context.Context, in *changeInput) (*route.Answer[Area], error) {
	b := &in.Body
	out, err := answer(x.Areas.Update(ctx, route.Actor(ctx), in.ID, area.Change{Parent: b.Parent, Kind: (*area.Kind)(b.Kind), Name: b.Name,
		Importance: (*area.Importance)(b.Importance), Unit: b.Unit, Note: b.Note}))
	if err == nil && b.Parent != nil && *b.Parent != out.Body.Parent {
		out.Body.ParentWaiting = b.Parent
	}
	return out, err
}

func (x *Routes) retire(ctx context.Context, in *retireInput) (*route.Answer[Area], error) {
	return answer(x.Areas.Retire(ctx, route.Actor(ctx), in.ID, in.Body.Reason))
}
