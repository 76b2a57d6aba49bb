package route

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Cookie is the name of the session cookie.
const Cookie = "watchroom_session"

// Gate finds out who is behind a secret; *account.Control is one. A secret that
// nobody has gives a problem of kind NotSignedIn.
type Gate interface {
	BySession(ctx context.Context, value secret.Text) (account.Identity, error)
	ByToken(ctx context.Context, value secret.Text) (account.Identity, error)
	// Renew asks again for somebody whose request goes on for long.
	Renew(ctx context.Context, actor access.Actor) (account.Identity, error)
}

type identityKey struct{}

// Identity is who makes the request; the zero Identity on open routes.
func Identity(ctx context.Context) account.Identity {
	id, _ := ctx.Value(identityKey{}).(account.Identity)
	return id
}

// Actor is who makes the request; the zero Actor on open routes.
func Actor(ctx context.Context) access.Actor { return Identity(ctx).Actor }

// Origin says where the request comes from.
func Origin(ctx context.Context) access.Origin {
	r := RequestOf(ctx)
	from := access.Origin{Address: r.Remote.String(), Agent: r.Agent}
	if r.Device != "" {
		from.Device = hex.EncodeToString(secret.HashOf(r.Device))
	}
	return from
}

// DeviceCookie is the name of the cookie by which a browser is known again in which somebody
// has signed in before. It opens nothing: attempts to sign in from there count apart.
const DeviceCookie = "watchroom_device"

// deviceFor is as long as browsers keep a cookie.
const deviceFor = 400 * 24 * time.Hour

// Device gives the cookie by which the browser that makes the request is known again. Origin
// says the same device from then on, also where there was none before.
func Device(ctx context.Context) http.Cookie {
	r := RequestOf(ctx)
	if r.Device == "" {
		r.Device = secret.Random()
	}
	return http.Cookie{Name: DeviceCookie, Value: r.Device.Reveal(), Path: "/api/v1", MaxAge: int(deviceFor.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.Secure}
}

// Keys are the ids that decide whether what an actor began may go on.
func Keys(a access.Actor, more ...string) []string {
	var keys []string
	for _, k := range append([]string{a.Session, a.Token, a.Person, a.Hosted()}, more...) {
		if k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// identify finds out who makes the request, by token or by cookie.
func identify(gate Gate, r *http.Request) (account.Identity, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, value, ok := strings.Cut(header, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return account.Identity{}, account.ErrNotSignedIn
		}
		return gate.ByToken(r.Context(), secret.Text(strings.TrimSpace(value)))
	}
	c, err := r.Cookie(Cookie)
	if err != nil || c.Value == "" {
		return account.Identity{}, account.ErrNotSignedIn
	}
	return gate.BySession(r.Context(), secret.Text(c.Value))
}

// guard stands before every registered route.
func (r *Router) guard(route Route, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		about := RequestOf(req.Context())
		about.Pattern, about.Locked, about.Demand = route.Method+" "+route.Path, route.Demand.Locked(), route.Demand
		id, err := r.admit(route.Demand, about, req)
		if err != nil {
			r.refused(req.Context(), id.Actor.From(Origin(req.Context())), err)
			Refuse(w, req, r.log, err)
			return
		}
		if err := r.paced(route, id.Actor); err != nil {
			Refuse(w, req, r.log, err)
			return
		}
		about.Person = id.Actor.Person
		id.Actor = id.Actor.From(Origin(req.Context()))
		next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), identityKey{}, id)))
	})
}

// Refusals is told what was refused; *refusal.Refusals is one.
type Refusals interface {
	// Note tells of somebody signed in: what they wanted to do, empty where that is no matter
	// of a right, on which camera, the code of the refusal and the route.
	Note(actor access.Actor, action access.Action, camera, code, route string)
	// Spurn tells of a token that opened nothing: its id and person, where they are known,
	// from where it was shown, why it opened nothing, and the route.
	Spurn(actor access.Actor, why, route string)
}

// by is a refusal of somebody else than whoever is signed in.
type by struct {
	error
	actor access.Actor
}

func (b *by) Unwrap() error { return b.error }

// By names who was refused where that is not whoever is signed in, but who signed at their screen.
func By(actor access.Actor, err error) error {
	if err == nil || actor.Person == "" {
		return err
	}
	return &by{error: err, actor: actor}
}

// refused tells of what a rule refused somebody, and of tokens that open nothing. Nothing
// that becomes of it changes the answer.
func (r *Router) refused(ctx context.Context, actor access.Actor, err error) {
	if r.tell == nil {
		return
	}
	var spurned *account.Spurned
	if errors.As(err, &spurned) {
		r.tell.Spurn(access.Actor{Person: spurned.Person, Token: spurned.Token}.From(Origin(ctx)), spurned.Why, RequestOf(ctx).Pattern)
		return
	}
	var p *problem.Error
	if !errors.As(err, &p) || !p.Refused() {
		return
	}
	var other *by
	if errors.As(err, &other) {
		actor = other.actor
	}
	camera, _ := p.Params["camera"].(string)
	r.tell.Note(actor, asked(RequestOf(ctx).Demand, actor, p), camera, p.Code, RequestOf(ctx).Pattern)
}

// asked is the action that a refusal is about: the one that it bears, else of those that the
// route demands the first that the actor has, else the first.
func asked(d Demand, actor access.Actor, p *problem.Error) access.Action {
	if action, ok := p.Params["action"].(string); ok && p.Kind == problem.Forbidden {
		return access.Action(action)
	}
	for _, action := range d.actions {
		if access.Can(actor, action, "") == nil {
			return action
		}
	}
	if len(d.actions) == 0 {
		return ""
	}
	return d.actions[0]
}

func (r *Router) admit(d Demand, about *Request, req *http.Request) (account.Identity, error) {
	switch d.kind {
	case open:
		return account.Identity{}, nil
	case loopbackOr:
		if about.FromHere() {
			return account.Identity{}, nil
		}
	case undeclared:
		return account.Identity{}, problem.New(problem.Forbidden, "right_undeclared", "This address has no declared right and lets nobody in.")
	case signedIn, entering, enrolling, anyAction:
	}
	id, err := identify(r.gate, req)
	if err == nil {
		err = unlocked(id, d.Locked())
	}
	switch {
	case err != nil || d.kind == entering:
		return id, err
	case d.kind == signedIn:
		return id, access.Settled(id.Actor)
	case d.kind == enrolling:
		return id, access.Enrolling(id.Actor)
	}
	if d.kind == loopbackOr { // figures of the program are about all cameras
		return id, access.Throughout(id.Actor, d.actions[0], "")
	}
	return id, may(id.Actor, d.actions)
}

// ErrConsoleLocked refuses everything but what Demand.WhileLocked marks.
var ErrConsoleLocked = problem.New(problem.Forbidden, "console_locked", "This console is locked. Unlock it to go on.")

// unlocked is nil unless the console of a session is locked and may not do this meanwhile.
func unlocked(id account.Identity, meanwhile bool) error {
	if id.Session != nil && id.Session.Locked && !meanwhile {
		return ErrConsoleLocked
	}
	return nil
}

// may is nil when one of the actions is allowed, else the refusal of the first.
func may(actor access.Actor, actions []access.Action) error {
	var refusal error
	for _, action := range actions {
		err := access.Can(actor, action, "")
		if err == nil {
			return nil
		}
		if refusal == nil {
			refusal = err
		}
	}
	return refusal
}

// Still gives the question that Running puts again about an answer to ctx's
// request that goes on: is whoever asked for it still signed in, may they still do
// action (any if empty) on that camera (whichever if empty), and what does check say?
// check may be nil. The earlier of both instants counts.
func Still(ctx context.Context, gate Gate, action access.Action, camera string, check func(ctx context.Context, a access.Actor) (until time.Time, err error)) func(context.Context) (time.Time, error) {
	actor, meanwhile := Actor(ctx), RequestOf(ctx).Locked
	return func(ctx context.Context) (time.Time, error) {
		id, err := gate.Renew(ctx, actor)
		if err == nil {
			err = unlocked(id, meanwhile)
		}
		if err != nil {
			return time.Time{}, err
		}
		id.Actor = id.Actor.From(actor.Origin)
		if err := access.Settled(id.Actor); err != nil {
			return time.Time{}, err
		}
		if action != "" {
			if err := access.Can(id.Actor, action, camera); err != nil {
				return time.Time{}, err
			}
		}
		until := lasts(id, meanwhile)
		if check == nil {
			return until, nil
		}
		also, err := check(ctx, id.Actor)
		if err != nil {
			return time.Time{}, err
		}
		if until.IsZero() || !also.IsZero() && also.Before(until) {
			until = also
		}
		return until, nil
	}
}

// lasts is when an identity must be asked for again at the latest, zero for never; for what
// a locked console may do as well, the lock is no reason to.
func lasts(id account.Identity, meanwhile bool) time.Time {
	until := id.Actor.Until()
	switch {
	case id.Session != nil:
		until = earlier(until, id.Session.ExpiresAt)
		if !meanwhile {
			until = earlier(until, id.Session.LocksAt)
		}
	case id.Token != nil && id.Token.ExpiresAt != nil:
		until = earlier(until, *id.Token.ExpiresAt)
	}
	if end := id.Person.ValidUntil; end != nil {
		until = earlier(until, *end)
	}
	if until == 0 {
		return time.Time{}
	}
	return Time(until)
}

// earlier is the earlier of two instants, of which 0 is never.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
