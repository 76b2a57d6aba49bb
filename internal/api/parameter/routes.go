// Package parameter answers for the parameters of the institution: what is in force and
// since when, and proposals to change it. One proposes, another approves.
package parameter

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/api/route"
	"watchroom/internal/regime"
)

const tag = "Parameters"

// Routes are what parameters need.
type Routes struct {
	Parameters *regime.Parameters
}

type listInput struct {
	Key   string `query:"key" maxLength:"100" doc:"Only proposals that change this parameter: its history."`
	State string `query:"state" enum:"proposed,approved,rejected,withdrawn"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type proposeInput struct{ Body NewParameterProposal }

type previewInput struct{ Body PackChoice }

type chooseInput struct{ Body NewPackProposal }

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body route.Note
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const (
		all       = "/api/v1/parameters"
		proposals = all + "/proposals"
		one       = proposals + "/{id}"
	)
	route.Do(r, route.Operation{
		ID: "getParameters", Method: http.MethodGet, Path: all, Tag: tag, Demand: route.Needs(access.ParameterRead),
		Summary: "Read what is in force, where it comes from, and what waits",
	}, x.read)
	route.Do(r, route.Operation{
		ID: "listParameterProposals", Method: http.MethodGet, Path: proposals, Tag: tag, Demand: route.Needs(access.ParameterRead),
		Summary: "List proposals, the latest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "proposeParameters", Method: http.MethodPost, Path: proposals, Tag: tag, Demand: route.Needs(access.ParameterPropose), Status: http.StatusCreated,
		Summary: "Propose values",
		About:   "Nothing changes before somebody else approves; where less would be protected afterwards, two must.",
	}, x.propose)
	route.Do(r, route.Operation{
		ID: "approveParameters", Method: http.MethodPost, Path: one + "/approve", Tag: tag, Demand: route.Needs(access.ParameterApprove),
		Summary: "Approve a proposal that somebody else made",
		About:   "With the last approval that is needed the values are in force at once, all of them or none.",
	}, x.decide(true))
	route.Do(r, route.Operation{
		ID: "rejectParameters", Method: http.MethodPost, Path: one + "/reject", Tag: tag, Demand: route.Needs(access.ParameterApprove),
		Summary: "Reject a proposal that somebody else made",
	}, x.decide(false))
	route.Do(r, route.Operation{
		ID: "withdrawParameters", Method: http.MethodPost, Path: one + "/withdraw", Tag: tag, Demand: route.Needs(access.ParameterPropose),
		Summary: "Take back a proposal of one's own",
	}, x.withdraw)
	route.Do(r, route.Operation{
		ID: "previewPack", Method: http.MethodPost, Path: all + "/packs/preview", Tag: tag, Demand: route.Needs(access.ParameterRead),
		Summary: "Tell what choosing a pack would change",
		About:   "What is wrong with a pack of one's own is told line by line.",
	}, x.preview)
	route.Do(r, route.Operation{
		ID: "choosePack", Method: http.MethodPost, Path: all + "/packs/choose", Tag: tag, Demand: route.Needs(access.ParameterPropose), Status: http.StatusCreated,
		Summary: "Propose a pack",
		About:   "Once approved, every parameter has the pack's value, or the default where the pack has none.",
	}, x.choose)
}

func (x *Routes) read(ctx context.Context, _ *struct{}) (*route.Answer[Parameters], error) {
	whole, err := x.Parameters.Read(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	out := Parameters{Pack: whole.Pack, Chosen: whole.Chosen, Packs: x.Parameters.Packs(), Version: whole.Version, Parameters: make([]Parameter, len(whole.Parameters)),
		Gone: make([]ParameterGone, len(whole.Gone)), Open: make([]ParameterProposal, len(whole.Open)), Names: map[string][]string{}}
	for i, s := range whole.Parameters {
		out.Parameters[i] = face(s)
	}
	for i, g := range whole.Gone {
		out.Gone[i] = ParameterGone{Key: g.Key, Value: Value(g.Value), Since: route.Time(g.Since)}
	}
	for i, p := range whole.Open {
		out.Open[i] = proposed(p)
	}
	for _, register := range slices.Sorted(maps.Keys(x.Parameters.Registers)) {
		names, err := x.Parameters.Registers[register](ctx)
		if err != nil {
			return nil, err
		}
		out.Names[register] = list(names)
	}
	return route.Reply(out), nil
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[route.List[ParameterProposal]], error) {
	all, err := x.Parameters.Proposals(ctx, route.Actor(ctx), in.Key, proposal.State(in.State), in.Limit)
	if err != nil {
		return nil, err
	}
	return route.Items(all, proposed), nil
}

var answer = route.Answering(proposed)

func (x *Routes) propose(ctx context.Context, in *proposeInput) (*route.Answer[ParameterProposal], error) {
	wishes := make([]regime.Wish, len(in.Body.Changes))
	for i, c := range in.Body.Changes {
		wishes[i] = regime.Wish{Key: c.Key, Value: json.RawMessage(c.Value), Clause: c.Clause}
	}
	return answer(x.Parameters.Propose(ctx, route.Actor(ctx), wishes, in.Body.Reason))
}

func (x *Routes) decide(approve bool) func(context.Context, *noteInput) (*route.Answer[ParameterProposal], error) {
	return func(ctx context.Context, in *noteInput) (*route.Answer[ParameterProposal], error) {
		return answer(x.Parameters.Decide(ctx, route.Actor(ctx), in.ID, approve, in.Body.Note))
	}
}

func (x *Routes) withdraw(ctx context.Context, in *noteInput) (*route.Answer[ParameterProposal], error) {
	return answer(x.Parameters.Withdraw(ctx, route.Actor(ctx), in.ID, in.Body.Note))
}

func (c PackChoice) choice() regime.Choice {
	return regime.Choice{Name: c.Pack, File: []byte(c.File)}
}

func (x *Routes) preview(ctx context.Context, in *previewInput) (*route.Answer[PackEffect], error) {
	e, err := x.Parameters.Preview(ctx, route.Actor(ctx), in.Body.choice())
	if err != nil {
		return nil, err
	}
	return route.Reply(PackEffect{Pack: e.Name, Needs: e.Needs, Changes: steps(e.Steps), Own: list(e.Own), Faults: faults(e.Faults)}), nil
}

func (x *Routes) choose(ctx context.Context, in *chooseInput) (*route.Answer[ParameterProposal], error) {
	return answer(x.Parameters.Choose(ctx, route.Actor(ctx), in.Body.choice(), in.Body.Reason))
}
