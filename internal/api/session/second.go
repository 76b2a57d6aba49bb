package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/api/route"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// StepCookie carries a sign-in from its first step to its second. It opens nothing.
const StepCookie = "watchroom_step"

// SecondCode is a second factor that is typed.
type SecondCode struct {
	Kind string `json:"kind" enum:"totp,recovery,card"`
	Code string `json:"code" maxLength:"200" doc:"Of a card, its PIN."`
	Card string `json:"card,omitempty" maxLength:"200" doc:"What the reader of cards types, with kind card."`
}

// Assertion is the answer of a passkey, all bytes as base64url (WebAuthn, 5.1).
type Assertion struct {
	ID       string            `json:"id" maxLength:"2000"`
	Type     string            `json:"type" enum:"public-key"`
	Response AssertionResponse `json:"response"`
}

// AssertionResponse is what the authenticator signed, and how.
type AssertionResponse struct {
	ClientData        string `json:"clientDataJSON" maxLength:"8000"`
	AuthenticatorData string `json:"authenticatorData" maxLength:"8000"`
	Signature         string `json:"signature" maxLength:"8000"`
	UserHandle        string `json:"userHandle,omitempty" maxLength:"200"`
}

// Wire is the answer as the library reads it.
func (a Assertion) Wire() ([]byte, error) {
	type full struct {
		Assertion
		RawID string `json:"rawId"`
	}
	b, err := json.Marshal(full{a, a.ID})
	return b, problem.Wrap(err, "read a passkey's answer")
}

type codeInput struct {
	Step string `cookie:"watchroom_step"`
	Body SecondCode
}

type stepInput struct {
	Step string `cookie:"watchroom_step"`
}

type assertionInput struct {
	Step string `cookie:"watchroom_step"`
	Body Assertion
}

// asked is a question for the browser, with the cookie that goes with its answer.
type asked struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      passkey.KeyRequest
}

func (x *Routes) registerSecond(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "signInSecond", Method: http.MethodPost, Path: "/api/v1/session/second", Tag: tag, Demand: route.Open(), Status: http.StatusCreated,
		Summary: "Take the second step of signing in with a code, or with a card and its PIN",
		About:   "After POST /api/v1/session answered 401 second_factor_needed; its cookie watchroom_step holds for five minutes, for one address and one sign-in. 401 second_factor_refused, or second_factor_clock_ahead and second_factor_clock_behind with params.minutes for the second code in a row that is right for another time; 409 step_expired; 429 too_many_attempts with params.retryAfterSeconds.",
	}, x.second)
	route.Do(r, route.Operation{
		ID: "askSecondPasskey", Method: http.MethodPost, Path: "/api/v1/session/second/passkey/options", Tag: tag, Demand: route.Open(),
		Summary: "Ask for one of the person's passkeys at the second step",
	}, x.askSecond)
	route.Do(r, route.Operation{
		ID: "signInSecondPasskey", Method: http.MethodPost, Path: "/api/v1/session/second/passkey", Tag: tag, Demand: route.Open(), Status: http.StatusCreated,
		Summary: "Take the second step of signing in with a passkey",
	}, x.secondPasskey)
	route.Do(r, route.Operation{
		ID: "askPasskey", Method: http.MethodPost, Path: "/api/v1/session/passkey/options", Tag: tag, Demand: route.Open(),
		Summary: "Ask for a passkey, before it is known who sits there",
		About:   "409 passkey_needs_address, passkey_needs_https or passkey_needs_name where browsers give no passkeys to the address of this server.",
	}, x.askAlone)
	route.Do(r, route.Operation{
		ID: "signInPasskey", Method: http.MethodPost, Path: "/api/v1/session/passkey", Tag: tag, Demand: route.Open(), Status: http.StatusCreated,
		Summary: "Sign in with a passkey alone",
	}, x.alone)
}

func stepCookie(ctx context.Context, value secret.Text) http.Cookie {
	c := Cookie(ctx, value)
	c.Name, c.Path, c.MaxAge = StepCookie, "/api/v1/session", int(factor.StepFor.Seconds())
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// arrive is enter at the end of a step, whose cookie has done its work.
func (x *Routes) arrive(ctx context.Context, in account.SignedIn, err error) (*entered, error) {
	out, err := x.enter(ctx, in, err)
	if err == nil {
		out.SetCookie = append(out.SetCookie, stepCookie(ctx, ""))
	}
	return out, err
}

// half answers the first step of who has a second factor: a refusal with the cookie that
// the second step needs.
func half(ctx context.Context, err error) error {
	var need *account.SecondNeeded
	if !errors.As(err, &need) {
		return err
	}
	c := stepCookie(ctx, need.Ticket)
	return route.Of(err).WithHeader("Set-Cookie", c.String())
}

func (x *Routes) second(ctx context.Context, in *codeInput) (*entered, error) {
	if in.Body.Kind == factor.Card {
		who, err := x.Factors.ByCard(ctx, secret.Text(in.Step), secret.Text(in.Body.Card), secret.Text(in.Body.Code), origin(ctx))
		return x.arrive(ctx, who, err)
	}
	who, err := x.Factors.ByCode(ctx, secret.Text(in.Step), in.Body.Kind, secret.Text(in.Body.Code), origin(ctx))
	return x.arrive(ctx, who, err)
}

func (x *Routes) askSecond(ctx context.Context, in *stepInput) (*asked, error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	ticket, options, err := x.Factors.AskPasskey(ctx, secret.Text(in.Step), p, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return &asked{stepCookie(ctx, ticket), options}, nil
}

func (x *Routes) askAlone(ctx context.Context, _ *struct{}) (*asked, error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	ticket, options, err := x.Factors.AskAlone(ctx, p, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return &asked{stepCookie(ctx, ticket), options}, nil
}

func (x *Routes) secondPasskey(ctx context.Context, in *assertionInput) (*entered, error) {
	return x.byPasskey(ctx, in, x.Factors.ByPasskey)
}

func (x *Routes) alone(ctx context.Context, in *assertionInput) (*entered, error) {
	return x.byPasskey(ctx, in, x.Factors.Alone)
}

type signIn func(ctx context.Context, ticket secret.Text, answer []byte, p passkey.Party, from access.Origin) (account.SignedIn, error)

func (x *Routes) byPasskey(ctx context.Context, in *assertionInput, by signIn) (*entered, error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := in.Body.Wire()
	if err != nil {
		return nil, err
	}
	who, err := by(ctx, secret.Text(in.Step), answer, p, origin(ctx))
	return x.arrive(ctx, who, err)
}
