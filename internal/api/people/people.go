package people

import (
	"context"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/proposal"
	"watchroom/internal/api/route"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Routes are what accounts and tokens need.
type Routes struct {
	Access       *account.Control
	Appointments *appointment.Appointments
}

// Of is the face of an account.
func Of(p account.Person) Person {
	return Person{
		ID: p.ID, Username: p.Username, DisplayName: p.DisplayName, Positions: words(p.Positions()),
		Holdings: HoldingsOf(p.Holdings),
		Disabled: p.Disabled, CreatedAt: route.Time(p.CreatedAt), Directory: p.Directory, LeftAt: route.TimeOf(p.LeftAt),
	}
}

// faces is Of, with what waits to be confirmed and what one person gave alone.
func (x *Routes) faces(ctx context.Context, all ...account.Person) ([]Person, error) {
	waiting, err := x.Appointments.List(ctx, proposal.Proposed)
	if err != nil {
		return nil, err
	}
	alone, err := holding.Alone(ctx, x.Access.DB.Read())
	if err != nil {
		return nil, err
	}
	faces := make([]Person, len(all))
	for i, p := range all {
		faces[i] = Of(p)
		for _, w := range waiting {
			if w.Subject == p.ID {
				faces[i].Waiting = HoldingsOf(w.After)
			}
		}
		for k, h := range p.Holdings {
			faces[i].Holdings[k].Alone = slices.Contains(alone[p.ID], h.Position)
		}
	}
	return faces, nil
}

// HoldingsOf is the face of positions that somebody holds.
func HoldingsOf(held []access.Holding) []Holding {
	all := make([]Holding, len(held))
	for i, h := range held {
		all[i] = Holding{Position: string(h.Position), Areas: h.Areas, From: route.TimeOrNil(h.From), Until: route.TimeOrNil(h.Until)}
	}
	return all
}

// held reads what somebody is to hold: plain positions, or with where and how long.
func held(positions []string, holdings []Holding) ([]access.Holding, error) {
	if len(holdings) == 0 {
		return access.Everywhere(typed[access.Position](positions)...), nil
	}
	if len(positions) > 0 {
		return nil, errBoth
	}
	all := make([]access.Holding, len(holdings))
	for i, h := range holdings {
		all[i] = access.Holding{Position: access.Position(h.Position), Areas: h.Areas}
		for _, at := range []struct {
			said *time.Time
			into *int64
		}{{h.From, &all[i].From}, {h.Until, &all[i].Until}} {
			if at.said == nil {
				continue
			}
			if err := route.Instants(*at.said); err != nil {
				return nil, problem.Of(err).On("holdings")
			}
			*at.into = at.said.UnixMicro()
		}
	}
	return all, nil
}

// errBoth keeps one of two contradicting lists from being dropped in silence.
var errBoth = problem.New(problem.Invalid, "positions_or_holdings", "Name either positions or holdings, not both.").On("holdings")

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func deref[T any](list *[]T) []T {
	if list == nil {
		return nil
	}
	return *list
}

func typed[T ~string](list []string) []T {
	out := make([]T, len(list))
	for i, w := range list {
		out[i] = T(w)
	}
	return out
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Person]], error) {
	all, err := x.Access.People(ctx)
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx, all...)
	if err != nil {
		return nil, err
	}
	return route.Items(faces, func(p Person) Person { return p }), nil
}

func (x *Routes) create(ctx context.Context, in *createInput) (*route.Answer[MadePerson], error) {
	holdings, err := held(in.Body.Positions, in.Body.Holdings)
	if err != nil {
		return nil, err
	}
	p, initial, err := x.Access.CreatePerson(ctx, route.Actor(ctx), account.NewPerson{
		Username: in.Body.Username, DisplayName: in.Body.DisplayName,
		Holdings: holdings, Password: secret.Text(in.Body.Password), Reason: in.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx, p)
	if err != nil {
		return nil, err
	}
	return route.Reply(MadePerson{Person: faces[0], InitialPassword: initial.Reveal()}), nil
}

func (x *Routes) change(ctx context.Context, in *changeInput) (*route.Answer[Person], error) {
	change := account.PersonChange{DisplayName: in.Body.DisplayName, Disabled: in.Body.Disabled, Reason: in.Body.Reason}
	if in.Body.Positions != nil || in.Body.Holdings != nil {
		holdings, err := held(deref(in.Body.Positions), deref(in.Body.Holdings))
		if err != nil {
			return nil, err
		}
		change.Holdings = &holdings
	}
	p, err := x.Access.ChangePerson(ctx, route.Actor(ctx), in.ID, change)
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx, p)
	if err != nil {
		return nil, err
	}
	return route.Reply(faces[0]), nil
}

func (x *Routes) resetPassword(ctx context.Context, in *byID) (*route.Answer[PasswordReset], error) {
	initial, err := x.Access.ResetPassword(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return route.Reply(PasswordReset{InitialPassword: initial.Reveal()}), nil
}

func tokenOf(t account.Token, names map[string]string) Token {
	return Token{
		ID: t.ID, Name: t.Name, Actions: words(t.Actions), Person: t.Person, Owner: names[t.Person],
		CreatedAt: route.Time(t.CreatedAt), ExpiresAt: route.TimeOf(t.ExpiresAt), UsedOn: route.TimeOf(t.UsedOn),
	}
}

func (x *Routes) listTokens(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Token]], error) {
	all, err := x.Access.Tokens(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	names, err := x.Access.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(t account.Token) Token { return tokenOf(t, names) }), nil
}

func (x *Routes) createToken(ctx context.Context, in *createTokenInput) (*route.Answer[MadeToken], error) {
	n := account.NewToken{Name: in.Body.Name, Actions: typed[access.Action](in.Body.Actions)}
	if at := in.Body.ExpiresAt; at != nil {
		if err := route.Instants(*at); err != nil {
			return nil, problem.Of(err).On("expiresAt")
		}
		us := at.UnixMicro()
		n.ExpiresAt = &us
	}
	t, value, err := x.Access.CreateToken(ctx, route.Actor(ctx), n)
	if err != nil {
		return nil, err
	}
	names, err := x.Access.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(MadeToken{Token: tokenOf(t, names), Secret: value.Reveal()}), nil
}

func (x *Routes) revokeToken(ctx context.Context, in *byID) (*route.Nothing, error) {
	return route.Done(x.Access.RevokeToken(ctx, route.Actor(ctx), in.ID))
}
