package session

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access/signing"
	"watchroom/internal/access/staff"
	"watchroom/internal/api/route"
	"watchroom/internal/secret"
)

// BriefingState is how the briefing of a stand-in stands.
type BriefingState struct {
	BegunAt  *time.Time `json:"begunAt,omitempty" doc:"Absent: it was not opened yet."`
	OpenAt   *time.Time `json:"openAt,omitempty" doc:"From when on it may be signed."`
	SignedAt *time.Time `json:"signedAt,omitempty" doc:"Absent: no picture is shown yet."`
}

// SignedWords are what somebody reads and signs.
type SignedWords struct {
	Version int      `json:"version" doc:"Of these words."`
	Points  []string `json:"points" nullable:"false" doc:"That are read first; of a pledge alone there are none."`
	Pledge  string   `json:"pledge"`
}

// Briefing is the briefing of a stand-in with its words in both languages.
type Briefing struct {
	BriefingState
	ZH SignedWords `json:"zh"`
	EN SignedWords `json:"en"`
}

// BriefingSignature signs briefing and pledge.
type BriefingSignature struct {
	Language string `json:"language" enum:"zh,en" doc:"In which the words were shown; they stand in the act."`
	Password string `json:"password" maxLength:"1000"`
}

type signInputBriefing struct{ Body BriefingSignature }

func (x *Routes) registerBriefing(r *route.Router) {
	const path = "/api/v1/session/briefing"
	route.Do(r, route.Operation{
		ID: "getBriefing", Method: http.MethodGet, Path: path, Tag: tag, Demand: route.SignedIn(),
		Summary: "Read the briefing of a stand-in",
		About:   "404 briefing_none for everybody else.",
	}, x.briefing)
	route.Do(r, route.Operation{
		ID: "openBriefing", Method: http.MethodPost, Path: path, Tag: tag, Demand: route.SignedIn(),
		Summary: "Note that one has opened the briefing",
		About:   "The time of stand_in.briefing runs from the first.",
	}, x.brief)
	route.Do(r, route.Operation{
		ID: "signBriefing", Method: http.MethodPost, Path: path + "/sign", Tag: tag, Demand: route.SignedIn(),
		Summary: "Sign briefing and pledge with the own password",
		About:   "Before it a stand-in sees no picture. 409 briefing_not_read with params.seconds before its time is over; 403 wrong_password.",
	}, x.sign)
}

func words(kind signing.Kind, language string) SignedWords {
	t, _ := signing.Current(kind, language)
	return SignedWords{Version: t.Version, Points: append([]string{}, t.Points...), Pledge: t.Pledge}
}

func stateOf(b staff.Briefing) BriefingState {
	return BriefingState{route.TimeOf(b.BegunAt), route.TimeOf(b.OpenAt), route.TimeOf(b.SignedAt)}
}

func (x *Routes) briefing(ctx context.Context, _ *struct{}) (*route.Answer[Briefing], error) {
	id := route.Identity(ctx)
	b, err := x.Files.Briefing(ctx, id.Actor.Person, id.Person.Holdings)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, staff.ErrNoBriefing
	}
	return route.Reply(Briefing{stateOf(*b), words(signing.Briefing, "zh"), words(signing.Briefing, "en")}), nil
}

func (x *Routes) brief(ctx context.Context, _ *struct{}) (*route.Answer[BriefingState], error) {
	b, err := x.Files.Brief(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(stateOf(b)), nil
}

func (x *Routes) sign(ctx context.Context, in *signInputBriefing) (*route.Answer[BriefingState], error) {
	b, err := x.Files.Sign(ctx, route.Actor(ctx), in.Body.Language, secret.Text(in.Body.Password))
	if err = x.Factors.Proved(ctx, route.Identity(ctx), "briefing", err); err != nil {
		return nil, err
	}
	return route.Reply(stateOf(b)), nil
}
