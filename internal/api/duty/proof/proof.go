// Package proof lets somebody sign at a console with what is their own: the password and, where
// they have one, a second factor, by the steps of a sign-in and without a session. Several people
// so act one after the other at one screen (practice P6).
package proof

import (
	"context"
	"errors"
	"net/http"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/api/route"
	"watchroom/internal/api/session"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// stepCookie carries somebody from the first step to the second. It opens nothing.
const stepCookie = "watchroom_proof"

// Prover is where people show who they are.
type Prover struct {
	Factors *factor.Factors
	Party   func(ctx context.Context) (passkey.Party, error) // as which a request may use passkeys
}

// Act is something that people do by showing who they are: B is what they say with it, O what is
// answered.
type Act[B, O any] struct {
	ID      string // of the operations
	Path    string // below which they stand, with {id}
	Summary string
	Demand  route.Demand // of who is signed in at the console
	Tag     string
	Prover  *Prover

	// Sees is nil where whoever is signed in at the console may know of what the act is about; nil:
	// they always may.
	Sees func(ctx context.Context, id string) error
	// Do is the act, in the transaction in which what was shown is used up.
	Do func(ctx context.Context, tx bun.Tx, who access.Actor, id string, body B) error
	// Done answers after it.
	Done func(ctx context.Context, who access.Actor, id string) (O, error)
}

// Known is who somebody says they are, with what they do.
type Known[B any] struct {
	Username string `json:"username" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
	What     B      `json:"what"`
}

// Coded is a code of theirs, or a card with its PIN.
type Coded[B any] struct {
	session.SecondCode
	What B `json:"what"`
}

// Keyed is the answer of a passkey.
type Keyed[B any] struct {
	session.Assertion
	What B `json:"what"`
}

type knownInput[B any] struct {
	ID   string `path:"id" maxLength:"40"`
	Body Known[B]
}

type codedInput[B any] struct {
	ID   string `path:"id" maxLength:"40"`
	Step string `cookie:"watchroom_proof"`
	Body Coded[B]
}

type keyedInput[B any] struct {
	ID   string `path:"id" maxLength:"40"`
	Step string `cookie:"watchroom_proof"`
	Body Keyed[B]
}

type stepInput struct {
	ID   string `path:"id" maxLength:"40"`
	Step string `cookie:"watchroom_proof"`
}

type asked struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   passkey.KeyRequest
}

// Register adds the routes of an act.
func Register[B, O any](r *route.Router, a Act[B, O]) {
	about := func(id string) string { return a.ID + " " + id }
	route.Do(r, route.Operation{
		ID: a.ID + "Password", Method: http.MethodPost, Path: a.Path + "/password", Tag: a.Tag, Demand: a.Demand, Summary: a.Summary,
		About: "With user name and password of who does it, at the screen of whoever is signed in. Who has a second factor is asked for it next.",
	}, func(ctx context.Context, in *knownInput[B]) (*route.Answer[O], error) {
		if _, err := text.Line("username", in.Body.Username, 1, 200); err != nil {
			return nil, err
		}
		return a.run(ctx, in.ID, in.Body.What, func(do factor.Deed) error {
			return a.Prover.Factors.Vouch(ctx, in.Body.Username, secret.Text(in.Body.Password), about(in.ID), route.Origin(ctx), do)
		})
	})
	route.Do(r, route.Operation{
		ID: a.ID + "Code", Method: http.MethodPost, Path: a.Path + "/code", Tag: a.Tag, Demand: a.Demand,
		Summary: a.Summary + ": with a code, or a card and its PIN",
	}, func(ctx context.Context, in *codedInput[B]) (*route.Answer[O], error) {
		b := &in.Body
		return a.run(ctx, in.ID, b.What, func(do factor.Deed) error {
			if b.Kind == factor.Card {
				return a.Prover.Factors.VouchByCard(ctx, secret.Text(in.Step), about(in.ID), secret.Text(b.Card), secret.Text(b.Code), route.Origin(ctx), do)
			}
			return a.Prover.Factors.VouchByCode(ctx, secret.Text(in.Step), about(in.ID), b.Kind, secret.Text(b.Code), route.Origin(ctx), do)
		})
	})
	route.Do(r, route.Operation{
		ID: a.ID + "PasskeyOptions", Method: http.MethodPost, Path: a.Path + "/passkey/options", Tag: a.Tag, Demand: a.Demand,
		Summary: a.Summary + ": ask for a passkey",
	}, func(ctx context.Context, in *stepInput) (*asked, error) {
		if err := a.sees(ctx, in.ID); err != nil {
			return nil, err
		}
		p, err := a.Prover.Party(ctx)
		if err != nil {
			return nil, err
		}
		ticket, options, err := a.Prover.Factors.AskToVouch(ctx, secret.Text(in.Step), about(in.ID), p, route.Origin(ctx))
		if err != nil {
			return nil, err
		}
		return &asked{cookie(ctx, ticket), options}, nil
	})
	route.Do(r, route.Operation{
		ID: a.ID + "Passkey", Method: http.MethodPost, Path: a.Path + "/passkey", Tag: a.Tag, Demand: a.Demand,
		Summary: a.Summary + ": with a passkey",
	}, func(ctx context.Context, in *keyedInput[B]) (*route.Answer[O], error) {
		p, err := a.Prover.Party(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := in.Body.Wire()
		if err != nil {
			return nil, err
		}
		return a.run(ctx, in.ID, in.Body.What, func(do factor.Deed) error {
			return a.Prover.Factors.VouchByPasskey(ctx, secret.Text(in.Step), about(in.ID), answer, p, route.Origin(ctx), do)
		})
	})
}

func (a *Act[B, O]) sees(ctx context.Context, id string) error {
	if a.Sees == nil {
		return nil
	}
	return a.Sees(ctx, id)
}

// run takes one step of somebody.
func (a *Act[B, O]) run(ctx context.Context, id string, body B, step func(do factor.Deed) error) (*route.Answer[O], error) {
	if err := a.sees(ctx, id); err != nil {
		return nil, err
	}
	var who access.Actor
	err := step(func(ctx context.Context, tx bun.Tx, it access.Actor) error {
		who = it
		return a.Do(ctx, tx, it, id, body)
	})
	var need *account.SecondNeeded
	switch {
	case errors.As(err, &need):
		c := cookie(ctx, need.Ticket)
		return nil, route.Of(err).WithHeader("Set-Cookie", c.String())
	case err != nil:
		return nil, problem.Wrap(route.By(who, err), a.ID)
	}
	out, err := a.Done(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return route.Reply(out), nil
}

func cookie(ctx context.Context, value secret.Text) http.Cookie {
	c := session.Cookie(ctx, value)
	c.Name, c.Path, c.MaxAge = stepCookie, "/api/v1", int(factor.StepFor.Seconds())
	return c
}
