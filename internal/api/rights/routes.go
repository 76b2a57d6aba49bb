// Package rights answers for what positions may do: the rules in force and their changes,
// what a change would do, and why somebody may do something on a camera or not.
package rights

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/position"
	"watchroom/internal/api/route"
	"watchroom/internal/camera"
	"watchroom/internal/clock"
	"watchroom/internal/ledger"
)

const tag = "Rights"

// Routes are what rights need.
type Routes struct {
	Policies  *policy.Policies
	Positions *position.Register
	Access    *account.Control
	Cameras   func(ctx context.Context) ([]string, error)          // ids of those in service
	Areas     func(ctx context.Context) (map[string]string, error) // their ways in the tree, by id
	Clock     clock.Clock
	Journal   Journal
}

// Journal puts an act on record before it returns; *ledger.Journal is one.
type Journal interface {
	Record(a ledger.Act) error
}

type proposeInput struct{ Body NewVersion }

type trialInput struct{ Body Trial }

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body route.Note
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type explainInput struct {
	Person string `query:"person" required:"true" maxLength:"40"`
	Camera string `query:"camera" maxLength:"40" doc:"Left out: whether there is any camera on which they may."`
	Action string `query:"action" maxLength:"60" doc:"Left out: all rights."`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const version = "/api/v1/rights/versions/{id}"
	route.Do(r, route.Operation{
		ID: "getRights", Method: http.MethodGet, Path: "/api/v1/rights", Tag: tag, Demand: route.Needs(access.RightsRead),
		Summary: "Read what positions may do: by themselves and by the rules of the house",
	}, x.current)
	route.Do(r, route.Operation{
		ID: "listRights", Method: http.MethodGet, Path: "/api/v1/rights/versions", Tag: tag, Demand: route.Needs(access.RightsRead),
		Summary: "List all versions of the rules, the latest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "proposeRights", Method: http.MethodPost, Path: "/api/v1/rights/versions", Tag: tag, Demand: route.Needs(access.RightsPropose), Status: http.StatusCreated,
		Summary: "Ask for other rules",
		About:   "They are in force when another person has approved them whose own position they do not touch. One change waits at a time.",
	}, x.propose)
	route.Do(r, route.Operation{
		ID: "previewRights", Method: http.MethodPost, Path: "/api/v1/rights/preview", Tag: tag, Demand: route.Needs(access.RightsRead),
		Summary: "Tell what other rules would give and take",
		About:   "For every position as if it were held everywhere, on watch or not. Nothing is changed.",
	}, x.preview)
	route.Do(r, route.Operation{
		ID: "approveRights", Method: http.MethodPost, Path: version + "/approve", Tag: tag, Demand: route.Needs(access.RightsApprove),
		Summary: "Approve rules that somebody else asked for",
	}, x.decide(true))
	route.Do(r, route.Operation{
		ID: "rejectRights", Method: http.MethodPost, Path: version + "/reject", Tag: tag, Demand: route.Needs(access.RightsApprove),
		Summary: "Reject rules that somebody else asked for",
	}, x.decide(false))
	route.Do(r, route.Operation{
		ID: "withdrawRights", Method: http.MethodPost, Path: version + "/withdraw", Tag: tag, Demand: route.Needs(access.RightsPropose),
		Summary: "Take one's own change back while it waits",
	}, x.withdraw)
	route.Do(r, route.Operation{
		ID: "explainRights", Method: http.MethodGet, Path: "/api/v1/rights/explain", Tag: tag, Demand: route.SignedIn(),
		Summary: "Tell what a person may do on a camera, and why",
		About: "Anybody asks about themselves; about others whoever has rights.read. Who must choose a password, or add a second factor, before anything else " +
			"may nothing until then.",
	}, x.explain)
	r.Plain(route.Operation{
		ID: "getRightsAsCedar", Method: http.MethodGet, Path: "/api/v1/rights/cedar", Tag: tag, Demand: route.Needs(access.RightsRead),
		Summary: "Read what positions may do as policies in the Cedar language",
		About: "A mirror for who audits it with tools of their own; it decides nothing. Every policy names its rule in @id and the demands that it serves in @clause. " +
			"The entities are areas and, for who may read people, who holds what now; for who holds camera.export the cameras within reach as well. Giving them out is on record before the first byte.",
		Parameters: []*huma.Param{route.Query("version", "Left out: the one in force.", route.Text()), route.Query("part", "Left out: the policies.", route.Word(parts...))},
		Responses:  route.Answers("200", "Cedar text; for the entities JSON, still as text.", "text/plain"),
	}, x.cedar)
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func faces(rules []policy.Rule) []Rule {
	out := make([]Rule, len(rules))
	for i, r := range rules {
		out[i] = Rule{ID: r.ID, Position: string(r.Position), Actions: words(r.Actions), Deny: r.Deny, Areas: r.Areas, FromGrade: int(r.FromGrade), ToGrade: int(r.ToGrade),
			OnDuty: r.OnDuty, BackMinutes: r.BackMinutes, Request: r.Request, Second: r.Second, Note: r.Note}
	}
	return out
}

func typed(rules []Rule) []policy.Rule {
	out := make([]policy.Rule, len(rules))
	for i, r := range rules {
		actions := make([]access.Action, len(r.Actions))
		for k, a := range r.Actions {
			actions[k] = access.Action(a)
		}
		out[i] = policy.Rule{ID: r.ID, Position: access.Position(r.Position), Actions: actions, Deny: r.Deny, Areas: r.Areas, FromGrade: access.Grade(r.FromGrade), ToGrade: access.Grade(r.ToGrade),
			OnDuty: r.OnDuty, BackMinutes: r.BackMinutes, Request: r.Request, Second: r.Second, Note: r.Note}
	}
	return out
}

func face(v policy.Version) Version {
	return Version{ID: v.ID, Rules: faces(v.Rules), Base: v.Base, Reason: v.Reason, AskedBy: v.AskedBy, AskedAt: route.TimeOrNil(v.AskedAt), DecidedBy: v.DecidedBy,
		DecidedAt: route.TimeOrNil(v.DecidedAt), Decision: v.Decision, Note: v.Note, InForceAt: route.TimeOrNil(v.InForceAt)}
}

func (x *Routes) current(ctx context.Context, _ *struct{}) (*route.Answer[Rights], error) {
	v, err := x.Policies.InForce(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	all, err := x.Policies.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	now, err := x.Policies.Current(ctx)
	if err != nil {
		return nil, err
	}
	d := now.Demands()
	out := Rights{Version: face(v), Actions: words(access.Actions()), Unproved: !now.Proved(),
		Demands: Demands{RequestFrom: int(d.Request), SecondFrom: int(d.Second), ReviewMinutes: int(d.Review / time.Minute), ReviewOnDuty: d.OnDuty}}
	register, err := x.Positions.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range register {
		if !p.InUse() {
			continue
		}
		by := p.Code.Rights()
		if p.Basis != "" {
			by = p.Basis.Rights()
		}
		out.Positions = append(out.Positions, Position{Position: string(p.Code), Basis: string(p.Basis), Actions: append([]string{}, words(by)...), Never: words(policy.Never(p.Code))})
	}
	if i := slices.IndexFunc(all, func(v policy.Version) bool { return v.DecidedAt == 0 }); i >= 0 {
		waiting := face(all[i])
		waiting.Touches = words(policy.Touched(v.Rules, all[i].Rules))
		out.Waiting = &waiting
	}
	return route.Reply(out), nil
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Version]], error) {
	all, err := x.Policies.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return route.Items(all, face), nil
}

func (x *Routes) propose(ctx context.Context, in *proposeInput) (*route.Answer[Version], error) {
	v, err := x.Policies.Propose(ctx, route.Actor(ctx), in.Body.Base, typed(in.Body.Rules), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(v)), nil
}

func (x *Routes) decide(approve bool) func(context.Context, *noteInput) (*route.Answer[Version], error) {
	return func(ctx context.Context, in *noteInput) (*route.Answer[Version], error) {
		v, err := x.Policies.Decide(ctx, route.Actor(ctx), in.ID, approve, in.Body.Note)
		if err != nil {
			return nil, err
		}
		return route.Reply(face(v)), nil
	}
}

func (x *Routes) withdraw(ctx context.Context, in *byID) (*route.Answer[Version], error) {
	v, err := x.Policies.Withdraw(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(v)), nil
}

func (x *Routes) explain(ctx context.Context, in *explainInput) (*route.Answer[Explanation], error) {
	asks := route.Actor(ctx)
	if in.Person != asks.Person {
		if err := access.Can(asks, access.RightsRead, ""); err != nil {
			return nil, err
		}
	}
	actor, person, err := x.Access.Stands(ctx, in.Person)
	if err != nil {
		return nil, err
	}
	actions := access.Actions()
	if in.Action != "" {
		actions = []access.Action{access.Action(in.Action)}
		if !slices.Contains(access.Actions(), actions[0]) {
			return nil, account.ErrActionUnknown.With("action", in.Action)
		}
	}
	current, err := x.Policies.Current(ctx)
	if err != nil {
		return nil, err
	}
	now := x.Clock.Now()
	shut := person.Shut(now.UnixMicro())
	if shut == "" {
		first, err := x.first(ctx, &person)
		if err != nil {
			return nil, err
		}
		shut = string(first)
	}
	out := Explanation{Person: in.Person, Camera: in.Camera, Policy: current.Version(), At: now.UTC(), Decisions: []RightsDecision{}}
	about := in.Camera
	switch {
	case about == "":
	case access.Can(asks, access.CameraRead, about) != nil:
		about = hidden // or the answer would tell that there is one, where it hangs and how it is graded
	case !current.Knows(about):
		return nil, camera.ErrUnknown
	default:
		place := current.Place(about)
		out.Areas, out.Grade = place.Areas, int(place.Grade)
	}
	for _, a := range actions {
		one := RightsDecision{Action: string(a), Steps: []Step{}}
		d := access.Decide(actor, a, about, func(s access.Step) {
			one.Steps = append(one.Steps, Step{Position: string(s.Holding.Position), Areas: s.Holding.Areas, From: route.TimeOrNil(s.Holding.From),
				Until: route.TimeOrNil(s.Holding.Until), Rule: s.Rule, Lack: string(s.Lack)})
		})
		one.Allowed, one.Lack, one.Position, one.Rule = d.Allowed, string(d.Lack), string(d.Position), d.Rule
		if shut != "" {
			one.Allowed, one.Lack, d.Terms = false, shut, nil
		}
		one.Terms = ways(d.Terms)
		if !one.Allowed && shut == "" {
			one.Deciders = codes(access.Deciders(actor, d.Lack))
			if d.Lack == access.LackRight {
				one.Holders = codes(access.Holders(actor, a))
			}
		}
		out.Decisions = append(out.Decisions, one)
	}
	return route.Reply(out), nil
}

// hidden stands for every camera that whoever asks may not see, and for those that do not exist.
const hidden = "?"

// codes are positions as the API writes them.
func codes(all []access.Position) []string {
	var out []string
	for _, p := range all {
		out = append(out, string(p))
	}
	return out
}

// first tells what a person must do before anything else: choose a password of their own, or
// add a second factor; empty: nothing.
func (x *Routes) first(ctx context.Context, p *account.Person) (access.Lack, error) {
	if p.PasswordAt != nil {
		return access.LackPassword, nil
	}
	if x.Access.Second == nil {
		return "", nil
	}
	gone, err := x.Access.GoneBy(ctx, p.Positions())
	if err != nil {
		return "", err
	}
	lacks, err := x.Access.Second.Lacks(ctx, x.Access.DB.Read(), p.ID, gone)
	if err == nil && lacks {
		return access.LackFactor, nil
	}
	return "", err
}
