package session

import (
	"context"
	"net/http"

	"watchroom/internal/access/signing"
	"watchroom/internal/access/staff"
	"watchroom/internal/api/route"
	"watchroom/internal/secret"
)

// PledgeState is how the pledge of secrecy of a person stands.
type PledgeState struct {
	Until  string `json:"until" doc:"Its last day; empty: none is on file." example:"2027-11-21"`
	Signed string `json:"signed" doc:"The last day of one that is signed today."`
	Counts bool   `json:"counts" doc:"Without it the person sees no pictures."`
}

// Pledge is the pledge with its words in both languages.
type Pledge struct {
	PledgeState
	ZH SignedWords `json:"zh"`
	EN SignedWords `json:"en"`
}

// PledgeSignature signs the pledge.
type PledgeSignature struct {
	Language string `json:"language" enum:"zh,en" doc:"In which the words were shown; they stand in the act."`
	Password string `json:"password,omitempty" maxLength:"1000" doc:"Left out by who has none here and has just signed in."`
}

type pledgeInput struct{ Body PledgeSignature }

func (x *Routes) registerPledge(r *route.Router) {
	const path = "/api/v1/session/pledge"
	route.Do(r, route.Operation{
		ID: "getPledge", Method: http.MethodGet, Path: path, Tag: tag, Demand: route.SignedIn(),
		Summary: "Read the pledge of secrecy and until when one's own is good",
		About:   "404 pledge_none for who stands in for a shift: their pledge goes with the briefing.",
	}, x.pledge)
	route.Do(r, route.Operation{
		ID: "signPledge", Method: http.MethodPost, Path: path, Tag: tag, Demand: route.SignedIn(),
		Summary: "Sign the pledge of secrecy",
		About:   "By the person alone, with the own password. It is good from today for the months of pledge.months. 403 wrong_password; 409 pledge_stands where it was signed today already.",
	}, x.signPledge)
}

func pledgeState(p staff.Pledge) PledgeState {
	return PledgeState{string(p.Until), string(p.Signed), p.Counts}
}

func (x *Routes) pledge(ctx context.Context, _ *struct{}) (*route.Answer[Pledge], error) {
	id := route.Identity(ctx)
	p, err := x.Files.Pledge(ctx, id.Actor.Person, id.Person.Positions())
	if err != nil {
		return nil, err
	}
	return route.Reply(Pledge{pledgeState(p), words(signing.Pledge, "zh"), words(signing.Pledge, "en")}), nil
}

func (x *Routes) signPledge(ctx context.Context, in *pledgeInput) (*route.Answer[PledgeState], error) {
	id := route.Identity(ctx)
	if id.Session != nil { // a token is refused for what it is
		if err := x.Factors.Proved(ctx, id, "pledge", x.Access.Confirm(ctx, id, secret.Text(in.Body.Password))); err != nil {
			return nil, err
		}
	}
	p, err := x.Files.SignPledge(ctx, id, in.Body.Language)
	if err != nil {
		return nil, err
	}
	return route.Reply(pledgeState(p)), nil
}
