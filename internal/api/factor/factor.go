// Package factor answers for second factors: one's own on the account page, and those
// that other people have lost.
package factor

import (
	"context"
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/api/route"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

const tag = "Second factors"

// Routes are what second factors need.
type Routes struct {
	Factors *factor.Factors
	Account *account.Control
	Party   func(ctx context.Context) (passkey.Party, error) // as which a request may use passkeys
}

type confirmInput struct{ Body Confirmation }

type codeInput struct{ Body TOTPCode }

type madeInput struct{ Body PasskeyMade }

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type renameInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body FactorName
}

type removeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Confirmation
}

type cardInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body NewCard
}

type unlockInput struct {
	ID     string `path:"id" maxLength:"40"`
	Factor string `path:"factor" maxLength:"40"`
	Body   CardUnlock
}

type pinInput struct{ Body CardPIN }

type lostInput struct {
	ID     string `path:"id" maxLength:"40"`
	Factor string `path:"factor" maxLength:"40"`
	Body   LostFactor
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getFactors", Method: http.MethodGet, Path: "/api/v1/session/factors", Tag: tag, Demand: route.Enrolling(),
		Summary: "Read one's own second factors",
	}, x.own)
	route.Do(r, route.Operation{
		ID: "beginTOTP", Method: http.MethodPost, Path: "/api/v1/session/factors/totp", Tag: tag, Demand: route.Enrolling(),
		Summary: "Make a key for an authenticator app",
		About:   "Nothing is kept before the first code of the app was shown.",
	}, x.beginTOTP)
	route.Do(r, route.Operation{
		ID: "enrolTOTP", Method: http.MethodPost, Path: "/api/v1/session/factors/totp/confirm", Tag: tag, Demand: route.Enrolling(), Status: http.StatusCreated,
		Summary: "Show the first code of an authenticator app, which makes it count",
		About:   "It takes the place of an app that was there. 422 totp_clock_ahead or totp_clock_behind with params.minutes where the clock of the device is off by up to ten minutes.",
	}, x.enrolTOTP)
	route.Do(r, route.Operation{
		ID: "beginPasskey", Method: http.MethodPost, Path: "/api/v1/session/factors/passkeys", Tag: tag, Demand: route.Enrolling(),
		Summary: "Ask the browser for a new passkey",
	}, x.beginPasskey)
	route.Do(r, route.Operation{
		ID: "enrolPasskey", Method: http.MethodPost, Path: "/api/v1/session/factors/passkeys/confirm", Tag: tag, Demand: route.Enrolling(), Status: http.StatusCreated,
		Summary: "Keep the passkey that the browser made",
		About:   "Its public key and the model of its authenticator go on record.",
	}, x.enrolPasskey)
	route.Do(r, route.Operation{
		ID: "chooseCardPIN", Method: http.MethodPost, Path: "/api/v1/session/factors/card/pin", Tag: tag, Demand: route.Enrolling(), Status: http.StatusCreated,
		Summary: "Choose the PIN of one's own card, which makes it count, or another one",
		About:   "The card is held to the reader. 422 card_pin_weak with params.reason; 401 second_factor_refused for another card or a wrong old PIN; 404 card_none. A PIN that is forgotten is found by nobody: the card is issued anew.",
	}, x.choosePIN)
	route.Do(r, route.Operation{
		ID: "renameFactor", Method: http.MethodPatch, Path: "/api/v1/session/factors/{id}", Tag: tag, Demand: route.Enrolling(),
		Summary: "Rename one of one's own factors",
	}, x.rename)
	route.Do(r, route.Operation{
		ID: "removeFactor", Method: http.MethodPost, Path: "/api/v1/session/factors/{id}/remove", Tag: tag, Demand: route.Enrolling(), Status: http.StatusNoContent,
		Summary: "Remove one of one's own factors",
		About:   "409 factor_last for the last one while a position must have one.",
	}, x.remove)
	route.Do(r, route.Operation{
		ID: "makeRecoveryCodes", Method: http.MethodPost, Path: "/api/v1/session/factors/codes", Tag: tag, Demand: route.Enrolling(), Status: http.StatusCreated,
		Summary: "Replace one's recovery codes",
		About:   "The codes before are good for nothing any more.",
	}, x.codes)
	route.Do(r, route.Operation{
		ID: "seeFactorNotice", Method: http.MethodPost, Path: "/api/v1/session/factors/notices/{id}/seen", Tag: tag, Demand: route.Enrolling(), Status: http.StatusNoContent,
		Summary: "Say that one has seen a notice",
	}, x.seen)
	route.Do(r, route.Operation{
		ID: "getPersonFactors", Method: http.MethodGet, Path: "/api/v1/people/{id}/factors", Tag: tag, Demand: route.Needs(access.PeopleManage),
		Summary: "Read which second factors somebody has",
	}, x.ofPerson)
	route.Do(r, route.Operation{
		ID: "issueCard", Method: http.MethodPost, Path: "/api/v1/people/{id}/card", Tag: tag, Demand: route.Needs(access.PeopleManage), Status: http.StatusCreated,
		Summary: "Give somebody a staff card",
		About:   "It counts once its owner has chosen a PIN. 409 card_there where the person has a card and no reason was given: with one, this takes its place, and the person's sessions end. 409 card_taken with params.person. Not for oneself: 403 factor_own.",
	}, x.issueCard)
	route.Do(r, route.Operation{
		ID: "unlockCard", Method: http.MethodPost, Path: "/api/v1/people/{id}/factors/{factor}/unlock", Tag: tag, Demand: route.Needs(access.PeopleManage),
		Summary: "Let a card be used again that wrong PINs have locked",
		About:   "With the PIN that it has. 409 card_not_locked. Not one's own: 403 factor_own.",
	}, x.unlockCard)
	route.Do(r, route.Operation{
		ID: "removeLostFactor", Method: http.MethodPost, Path: "/api/v1/people/{id}/factors/{factor}/remove", Tag: tag, Demand: route.Needs(access.PeopleManage), Status: http.StatusNoContent,
		Summary: "Remove a factor that somebody has lost",
		About:   "The person's sessions end, and the person is told. Not for one's own: 403 factor_own.",
	}, x.removeLost)
}

func faceOf(f factor.Factor) Factor {
	return Factor{ID: f.ID, Kind: f.Kind, Name: f.Name, CreatedAt: route.Time(f.CreatedAt), UsedAt: route.TimeOrNil(f.UsedAt), AAGUID: f.AAGUID, Party: f.Party,
		Tail: f.Tail, State: f.State}
}

func facesOf(own factor.Own) Factors {
	out := Factors{Items: []Factor{}, Codes: own.Codes, CodesAt: route.TimeOrNil(own.CodesAt), Required: own.Required}
	for _, f := range own.Factors {
		out.Items = append(out.Items, faceOf(f))
	}
	return out
}

func revealed(list []secret.Text) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, s.Reveal())
	}
	return out
}

func (x *Routes) own(ctx context.Context, _ *struct{}) (*route.Answer[OwnFactors], error) {
	own, err := x.Factors.Of(ctx, route.Identity(ctx))
	if err != nil {
		return nil, err
	}
	out := OwnFactors{Factors: facesOf(own), Notices: []FactorNotice{}}
	if p, err := x.Party(ctx); err != nil {
		out.Passkeys.Code = problem.Of(err).Code
	} else {
		out.Passkeys = PasskeyUse{Usable: true, Origin: p.Origin}
	}
	for _, n := range own.Notices {
		face := FactorNotice{ID: n.ID, Kind: n.Kind, At: route.Time(n.At), By: n.By, Address: n.Address, Name: n.Name, Codes: n.Codes, Session: n.Session}
		if n.By != "" {
			by, err := x.Account.Person(ctx, n.By)
			if err != nil {
				return nil, err
			}
			face.ByName = by.DisplayName
		}
		out.Notices = append(out.Notices, face)
	}
	return route.Reply(out), nil
}

func (x *Routes) beginTOTP(ctx context.Context, in *confirmInput) (*route.Answer[TOTPBeginning], error) {
	b, err := x.Factors.BeginTOTP(ctx, route.Identity(ctx), secret.Text(in.Body.Password), route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(TOTPBeginning{Ticket: b.Ticket.Reveal(), Secret: b.Secret.Reveal(), URI: b.URI.Reveal(),
		QR: QRCode{Size: b.QR.Size, Path: b.QR.Path.Reveal()}, ExpiresAt: route.Time(b.Until)}), nil
}

func (x *Routes) enrolTOTP(ctx context.Context, in *codeInput) (*route.Answer[Enrolled], error) {
	made, err := x.Factors.EnrolTOTP(ctx, route.Identity(ctx), secret.Text(in.Body.Ticket), in.Body.Code, in.Body.Name, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(Enrolled{faceOf(made.Factor), revealed(made.Codes)}), nil
}

func (x *Routes) beginPasskey(ctx context.Context, in *confirmInput) (*route.Answer[PasskeyBeginning], error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	ticket, options, err := x.Factors.BeginPasskey(ctx, route.Identity(ctx), secret.Text(in.Body.Password), p, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(PasskeyBeginning{ticket.Reveal(), options}), nil
}

func (x *Routes) enrolPasskey(ctx context.Context, in *madeInput) (*route.Answer[Enrolled], error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := in.Body.Credential.wire()
	if err != nil {
		return nil, err
	}
	made, err := x.Factors.EnrolPasskey(ctx, route.Identity(ctx), secret.Text(in.Body.Ticket), answer, in.Body.Name, p, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(Enrolled{faceOf(made.Factor), revealed(made.Codes)}), nil
}

func (x *Routes) choosePIN(ctx context.Context, in *pinInput) (*route.Answer[Enrolled], error) {
	made, err := x.Factors.ChoosePIN(ctx, route.Identity(ctx), secret.Text(in.Body.Password), secret.Text(in.Body.Card), secret.Text(in.Body.Old),
		secret.Text(in.Body.PIN), route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(Enrolled{faceOf(made.Factor), revealed(made.Codes)}), nil
}

func (x *Routes) issueCard(ctx context.Context, in *cardInput) (*route.Answer[Factor], error) {
	f, err := x.Factors.IssueCard(ctx, route.Actor(ctx), in.ID, secret.Text(in.Body.Card), in.Body.Name, in.Body.Reason, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(faceOf(f)), nil
}

func (x *Routes) unlockCard(ctx context.Context, in *unlockInput) (*route.Answer[Factor], error) {
	f, err := x.Factors.UnlockCard(ctx, route.Actor(ctx), in.ID, in.Factor, in.Body.Reason, route.Origin(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(faceOf(f)), nil
}

func (x *Routes) rename(ctx context.Context, in *renameInput) (*route.Answer[Factor], error) {
	f, err := x.Factors.Rename(ctx, route.Identity(ctx), in.ID, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return route.Reply(faceOf(f)), nil
}

func (x *Routes) remove(ctx context.Context, in *removeInput) (*route.Nothing, error) {
	return route.Done(x.Factors.Remove(ctx, route.Identity(ctx), in.ID, secret.Text(in.Body.Password), route.Origin(ctx)))
}

func (x *Routes) codes(ctx context.Context, in *confirmInput) (*route.Answer[RecoveryCodes], error) {
	codes, err := x.Factors.NewCodes(ctx, route.Identity(ctx), secret.Text(in.Body.Password))
	if err != nil {
		return nil, err
	}
	return route.Reply(RecoveryCodes{revealed(codes)}), nil
}

func (x *Routes) seen(ctx context.Context, in *byID) (*route.Nothing, error) {
	return route.Done(x.Factors.Seen(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) ofPerson(ctx context.Context, in *byID) (*route.Answer[Factors], error) {
	own, err := x.Factors.OfPerson(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return route.Reply(facesOf(own)), nil
}

func (x *Routes) removeLost(ctx context.Context, in *lostInput) (*route.Nothing, error) {
	return route.Done(x.Factors.RemoveLost(ctx, route.Actor(ctx), in.ID, in.Factor, in.Body.Reason, route.Origin(ctx)))
}
