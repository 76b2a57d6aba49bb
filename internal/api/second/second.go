// Package second answers for asks for a second person: asking, agreeing to it in a session
// of one's own or at the screen of who asked, refusing.
package second

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/api/company"
	"watchroom/internal/api/route"
	"watchroom/internal/api/session"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

const tag = "Second persons"

// stepCookie carries the second person from the first step to the second. It opens nothing.
const stepCookie = "watchroom_second"

const all = "/api/v1/second-asks"

// Routes are what this needs.
type Routes struct {
	Viewings *disclosure.Viewings
	Factors  *factor.Factors
	Party    func(ctx context.Context) (passkey.Party, error)     // as which a request may use passkeys
	Names    func(ctx context.Context) (map[string]string, error) // of people, by id
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type askInput struct{ Body NewSecondAsk }

type refuseInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SecondRefusal
}

type vouchInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Vouching
}

type codeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Step string `cookie:"watchroom_second"`
	Body session.SecondCode
}

type stepInput struct {
	ID   string `path:"id" maxLength:"40"`
	Step string `cookie:"watchroom_second"`
}

type assertionInput struct {
	ID   string `path:"id" maxLength:"40"`
	Step string `cookie:"watchroom_second"`
	Body session.Assertion
}

type asked struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      passkey.KeyRequest
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	looks := route.Needs(access.PlaybackView, access.LiveView, access.SnapshotTake)
	agrees := route.Needs(access.SecondAgree)
	one := all + "/{id}"
	route.Do(r, route.Operation{
		ID: "listSecondAsks", Method: http.MethodGet, Path: all, Tag: tag, Demand: route.Needs(access.PlaybackView, access.LiveView, access.SnapshotTake, access.SecondAgree),
		Summary: "Read one's own asks and answers of the last day, and the asks that one may answer",
		About:   "The newest first.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "askSecond", Method: http.MethodPost, Path: all, Tag: tag, Demand: looks, Status: http.StatusCreated,
		Summary: "Ask for a second person to one act",
		About:   "After viewing_second. What would be refused for another reason is refused now; 409 second_not_needed where nobody else is needed. The agreement counts once, for just this, at this client.",
	}, x.ask)
	route.Do(r, route.Operation{
		ID: "getSecondAsk", Method: http.MethodGet, Path: one, Tag: tag, Demand: route.Needs(access.PlaybackView, access.LiveView, access.SnapshotTake, access.SecondAgree),
		Summary: "Read one ask",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "withdrawSecondAsk", Method: http.MethodPost, Path: one + "/withdraw", Tag: tag, Demand: looks,
		Summary: "Withdraw an ask of one's own that nobody has answered",
	}, x.withdraw)
	route.Do(r, route.Operation{
		ID: "agreeSecond", Method: http.MethodPost, Path: one + "/agree", Tag: tag, Demand: agrees,
		Summary: "Agree to what somebody of another position wants to do",
		About:   "403 second_self, second_position; 409 second_over.",
	}, x.agree)
	route.Do(r, route.Operation{
		ID: "refuseSecond", Method: http.MethodPost, Path: one + "/refuse", Tag: tag, Demand: agrees,
		Summary: "Refuse it, with a reason",
	}, x.refuse)
	route.Do(r, route.Operation{
		ID: "vouchSecond", Method: http.MethodPost, Path: one + "/vouch", Tag: tag, Demand: looks,
		Summary: "Let the second person agree at the screen of who asked",
		About:   "They show who they are as at a sign-in, under its limits, and get no session: 401 sign_in_failed; 401 second_factor_needed with params.kinds, whose cookie watchroom_second holds for five minutes and for this ask; 429 too_many_attempts. 403 second_self, second_position, second_unfit.",
	}, x.vouch)
	route.Do(r, route.Operation{
		ID: "vouchSecondCode", Method: http.MethodPost, Path: one + "/vouch/second", Tag: tag, Demand: looks,
		Summary: "Take the second step of it with a code, or with a card and its PIN",
	}, x.vouchCode)
	route.Do(r, route.Operation{
		ID: "askVouchPasskey", Method: http.MethodPost, Path: one + "/vouch/passkey/options", Tag: tag, Demand: looks,
		Summary: "Ask for one of the second person's passkeys",
	}, x.askPasskey)
	route.Do(r, route.Operation{
		ID: "vouchSecondPasskey", Method: http.MethodPost, Path: one + "/vouch/passkey", Tag: tag, Demand: looks,
		Summary: "Take the second step of it with a passkey",
	}, x.vouchPasskey)
}

func (x *Routes) asks() *second.Asks { return x.Viewings.Seconds }

func face(a *second.Ask, actor access.Actor, names map[string]string, answerable bool) SecondAsk {
	out := SecondAsk{ID: a.ID, Kind: string(a.Kind), Cameras: a.Cameras, Purpose: a.Purpose, Reason: a.Reason, Viewing: a.Viewing, Person: a.Person,
		PersonName: names[a.Person], Positions: make([]string, len(a.Positions)), AskedAt: route.Time(a.AskedAt), ExpiresAt: route.Time(a.ExpiresAt),
		State: string(a.State), UsedAt: route.TimeOrNil(a.UsedAt), Mine: a.Here(actor), Answerable: answerable}
	if out.Cameras == nil {
		out.Cameras = []string{}
	}
	for i, p := range a.Positions {
		out.Positions[i] = string(p)
	}
	if a.From != 0 || a.To != 0 {
		out.From, out.To = route.TimeOrNil(a.From), route.TimeOrNil(a.To)
	}
	for _, p := range company.Faces(a.Present) {
		if p.Person != "" {
			p.Name = names[p.Person]
		}
		out.Present = append(out.Present, p)
	}
	if a.Second != "" {
		out.Answer = &AskAnswer{Person: a.Second, Name: names[a.Second], Position: string(a.Position), Way: string(a.Way), Note: a.Note, At: route.Time(a.AnsweredAt)}
	}
	return out
}

func (x *Routes) answer(ctx context.Context, a second.Ask, err error) (*route.Answer[SecondAsk], error) {
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	return route.Reply(face(&a, actor, names, x.asks().Answers(actor, &a))), nil
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[SecondAsk]], error) {
	actor := route.Actor(ctx)
	list, err := x.asks().List(ctx, actor)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(list, func(a second.Ask) SecondAsk { return face(&a, actor, names, x.asks().Answers(actor, &a)) }), nil
}

func (x *Routes) get(ctx context.Context, in *byID) (*route.Answer[SecondAsk], error) {
	a, err := x.asks().Get(ctx, route.Actor(ctx), in.ID)
	return x.answer(ctx, a, err)
}

var errOneCamera = problem.New(problem.Invalid, "second_camera", "This is about one camera.").On("cameras")

func (x *Routes) ask(ctx context.Context, in *askInput) (*route.Answer[SecondAsk], error) {
	b, actor := &in.Body, route.Actor(ctx)
	if b.Kind == string(second.Viewing) {
		var from, to time.Time
		if b.From != nil && b.To != nil {
			from, to = *b.From, *b.To
		}
		if err := route.Interval(from, to, 400*24*time.Hour); err != nil {
			return nil, err
		}
		a, err := x.Viewings.AskToOpen(ctx, actor, disclosure.Opening{Cameras: b.Cameras, From: from.UnixMicro(), To: to.UnixMicro(),
			Purpose: disclosure.Purpose(b.Purpose), Reason: b.Reason, Present: company.People(b.Present)})
		return x.answer(ctx, a, err)
	}
	if len(b.Cameras) != 1 {
		return nil, errOneCamera
	}
	if b.Kind == string(second.Live) {
		a, err := x.Viewings.AskToWatch(ctx, actor, b.Cameras[0])
		return x.answer(ctx, a, err)
	}
	p := disclosure.Picture{Camera: b.Cameras[0], Viewing: b.Viewing, Note: b.Reason}
	if b.At != nil {
		if err := route.Instants(*b.At); err != nil {
			return nil, err
		}
		p.At = b.At.UnixMicro()
	}
	a, err := x.Viewings.AskToKeep(ctx, actor, p)
	return x.answer(ctx, a, err)
}

func (x *Routes) withdraw(ctx context.Context, in *byID) (*route.Answer[SecondAsk], error) {
	a, err := x.asks().Withdraw(ctx, route.Actor(ctx), in.ID)
	return x.answer(ctx, a, err)
}

// asRight names the right that somebody lacked in a session of their own, so that the
// refusal is on record.
func asRight(err error) error {
	if p := problem.Of(err); p.Kind == problem.Forbidden && p.Params["action"] == nil {
		return p.With("action", string(access.SecondAgree))
	}
	return err
}

func (x *Routes) agree(ctx context.Context, in *byID) (*route.Answer[SecondAsk], error) {
	a, err := x.asks().AgreeApart(ctx, route.Actor(ctx), in.ID)
	return x.answer(ctx, a, asRight(err))
}

func (x *Routes) refuse(ctx context.Context, in *refuseInput) (*route.Answer[SecondAsk], error) {
	a, err := x.asks().Refuse(ctx, route.Actor(ctx), in.ID, in.Body.Note)
	return x.answer(ctx, a, asRight(err))
}

// waiting gives an ask that was made at this client and waits.
func (x *Routes) waiting(ctx context.Context, id string) (second.Ask, error) {
	actor := route.Actor(ctx)
	a, err := x.asks().Get(ctx, actor, id)
	switch {
	case err != nil:
	case a.Person != actor.Person:
		err = second.ErrUnknown
	case !a.Here(actor):
		err = second.ErrClient
	case a.State != second.Waiting:
		err = second.ErrOver.With("state", string(a.State))
	}
	return a, err
}

// vouched runs one step of the second person at the screen of who asked.
func (x *Routes) vouched(ctx context.Context, id string, step func(do factor.Deed) error) (*route.Answer[SecondAsk], error) {
	a, err := x.waiting(ctx, id)
	if err != nil {
		return nil, err
	}
	var who access.Actor
	err = step(func(ctx context.Context, tx bun.Tx, it access.Actor) (err error) {
		who = it
		a, err = x.asks().Agree(ctx, tx, it, id, second.Here)
		return err
	})
	if err == nil {
		x.asks().Tell(a)
		return x.answer(ctx, a, nil)
	}
	if who.Person != "" && problem.Of(err).Kind == problem.Forbidden {
		why := problem.Of(err)
		if err := x.asks().Unfit(ctx, who, id, why.Code); err != nil {
			return nil, err
		}
		if why.Code != second.ErrSelf.Code && why.Code != second.ErrPosition.Code {
			return nil, second.ErrUnfit.Because(why) // what they may not otherwise is not for this screen
		}
	}
	var need *account.SecondNeeded
	if errors.As(err, &need) {
		c := cookie(ctx, need.Ticket)
		return nil, route.Of(err).WithHeader("Set-Cookie", c.String())
	}
	return nil, err
}

func cookie(ctx context.Context, value secret.Text) http.Cookie {
	c := session.Cookie(ctx, value)
	c.Name, c.Path, c.MaxAge = stepCookie, all, int(factor.StepFor.Seconds())
	return c
}

func (x *Routes) vouch(ctx context.Context, in *vouchInput) (*route.Answer[SecondAsk], error) {
	if _, err := text.Line("username", in.Body.Username, 1, 200); err != nil {
		return nil, err
	}
	return x.vouched(ctx, in.ID, func(do factor.Deed) error {
		return x.Factors.Vouch(ctx, in.Body.Username, secret.Text(in.Body.Password), in.ID, route.Origin(ctx), do)
	})
}

func (x *Routes) vouchCode(ctx context.Context, in *codeInput) (*route.Answer[SecondAsk], error) {
	return x.vouched(ctx, in.ID, func(do factor.Deed) error {
		if in.Body.Kind == factor.Card {
			return x.Factors.VouchByCard(ctx, secret.Text(in.Step), in.ID, secret.Text(in.Body.Card), secret.Text(in.Body.Code), route.Origin(ctx), do)
		}
		return x.Factors.VouchByCode(ctx, secret.Text(in.Step), in.ID, in.Body.Kind, secret.Text(in.Body.Code), route.Origin(ctx), do)
	})
}

func (x *Routes) askPasskey(ctx context.Context, in *stepInput) (*asked, error) {
	if _, err := x.waiting(ctx, in.ID); err != nil {
		return nil, err
	}
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	ticket, options, err := x.Factors.AskToVouch(ctx, secret.Text(in.Step), in.ID, p, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return &asked{cookie(ctx, ticket), options}, nil
}

func (x *Routes) vouchPasskey(ctx context.Context, in *assertionInput) (*route.Answer[SecondAsk], error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := in.Body.Wire()
	if err != nil {
		return nil, err
	}
	return x.vouched(ctx, in.ID, func(do factor.Deed) error {
		return x.Factors.VouchByPasskey(ctx, secret.Text(in.Step), in.ID, answer, p, route.Origin(ctx), do)
	})
}
