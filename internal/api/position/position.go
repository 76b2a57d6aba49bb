// Package position answers for the register of positions: what they are called, and those that
// the house has added.
package position

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/api/route"
)

const tag = "Rights"

// Routes are what the register needs.
type Routes struct {
	Positions *position.Register
}

// PositionName is what people read, in both languages.
type PositionName struct {
	ZH string `json:"zh" minLength:"1" maxLength:"80"`
	EN string `json:"en" minLength:"1" maxLength:"80"`
}

// PositionEntry is a position of the register.
type PositionEntry struct {
	Code      string       `json:"code" example:"gate_guard" doc:"What rules, acts and accounts name. It never changes."`
	Name      PositionName `json:"name"`
	Basis     string       `json:"basis,omitempty" doc:"The position of the program whose rights it has by itself; left out: none of its own."`
	BuiltIn   bool         `json:"builtIn" doc:"It comes with the program: it can be renamed, and stays."`
	CreatedAt *time.Time   `json:"createdAt,omitempty"`
	RetiredAt *time.Time   `json:"retiredAt,omitempty"`
}

// NewPosition is a position as it is typed.
type NewPosition struct {
	Code  string       `json:"code" maxLength:"60" example:"gate_guard"`
	Name  PositionName `json:"name"`
	Basis string       `json:"basis,omitempty" maxLength:"40" doc:"A position of the program, but the administrator's and the contractor's; left out: it may nothing before a rule of the house says so."`
}

// PositionRename is another name.
type PositionRename struct {
	Name PositionName `json:"name"`
}

// PositionStep says why a position goes out of use, or comes back.
type PositionStep struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

type addInput struct{ Body NewPosition }

type renameInput struct {
	Code string `path:"code" maxLength:"60"`
	Body PositionRename
}

type stepInput struct {
	Code string `path:"code" maxLength:"60"`
	Body PositionStep
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listPositions", Method: http.MethodGet, Path: "/api/v1/positions", Tag: tag, Demand: route.SignedIn(),
		Summary: "List all positions by their names",
		About:   "Retired ones too: acts name them.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "addPosition", Method: http.MethodPost, Path: "/api/v1/positions", Tag: tag, Demand: route.Needs(access.RightsPropose), Status: http.StatusCreated,
		Summary: "Add a position of the house",
		About:   "It begins with the rights of the one that it is based on, or with none. What it may do besides is said by rules of the house, which another person approves. It never runs the system, and is not held together with the administrator's.",
	}, x.add)
	route.Do(r, route.Operation{
		ID: "renamePosition", Method: http.MethodPatch, Path: "/api/v1/positions/{code}", Tag: tag, Demand: route.Needs(access.RightsPropose),
		Summary: "Give a position another name",
		About:   "One of the program too. 409 position_named or position_lookalike where another has that name, or one that looks like it.",
	}, x.rename)
	route.Do(r, route.Operation{
		ID: "retirePosition", Method: http.MethodPost, Path: "/api/v1/positions/{code}/retire", Tag: tag, Demand: route.Needs(access.RightsPropose),
		Summary: "Take a position of the house out of use",
		About:   "409 position_held, with how many, while somebody holds it.",
	}, x.retire)
	route.Do(r, route.Operation{
		ID: "restorePosition", Method: http.MethodPost, Path: "/api/v1/positions/{code}/restore", Tag: tag, Demand: route.Needs(access.RightsPropose),
		Summary: "Take a retired position into use again",
		About:   "With what rules of the house say of it; nobody holds it yet. 409 position_named or position_lookalike where another has its name by now.",
	}, x.restore)
}

func face(p position.Position) PositionEntry {
	return PositionEntry{Code: string(p.Code), Name: PositionName(p.Name), Basis: string(p.Basis), BuiltIn: p.Code.BuiltIn(),
		CreatedAt: route.TimeOrNil(p.CreatedAt), RetiredAt: route.TimeOf(p.RetiredAt)}
}

var answer = route.Answering(face)

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[PositionEntry]], error) {
	all, err := x.Positions.List(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, face), nil
}

func (x *Routes) add(ctx context.Context, in *addInput) (*route.Answer[PositionEntry], error) {
	b := &in.Body
	return answer(x.Positions.Add(ctx, route.Actor(ctx), position.New{Code: access.Position(b.Code), Name: position.Words(b.Name), Basis: access.Position(b.Basis)}))
}

func (x *Routes) rename(ctx context.Context, in *renameInput) (*route.Answer[PositionEntry], error) {
	return answer(x.Positions.Rename(ctx, route.Actor(ctx), access.Position(in.Code), position.Words(in.Body.Name)))
}

func (x *Routes) retire(ctx context.Context, in *stepInput) (*route.Answer[PositionEntry], error) {
	return answer(x.Positions.Retire(ctx, route.Actor(ctx), access.Position(in.Code), in.Body.Reason))
}

func (x *Routes) restore(ctx context.Context, in *stepInput) (*route.Answer[PositionEntry], error) {
	return answer(x.Positions.Restore(ctx, route.Actor(ctx), access.Position(in.Code), in.Body.Reason))
}
