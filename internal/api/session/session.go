package session

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/console"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/federation"
	"watchroom/internal/access/password"
	"watchroom/internal/access/sessions"
	"watchroom/internal/access/staff"
	"watchroom/internal/api/people"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Routes are what signing in needs.
type Routes struct {
	Access   *account.Control
	Sessions *sessions.Sessions
	Factors  *factor.Factors
	Party    func(ctx context.Context) (passkey.Party, error) // as which a request may use passkeys
	// Directory opens a session with a password of a directory; nil: there is none.
	Directory func(ctx context.Context, name, username string, password secret.Text, from access.Origin) (account.SignedIn, error)
	Consoles  *console.Consoles
	Touched   func(ctx context.Context) // after input was noted; may be nil
	// Papers gives those of a person that end before long; nil: none counts.
	Papers   func(ctx context.Context, person string, held []access.Holding) ([]staff.Ending, error)
	Files    *staff.Files // of people who sign; nil: none do
	Clock    clock.Clock
	TimeZone string // IANA name of the site's zone
	SiteName string
	Version  string
	Demo     bool
}

// errNoDirectory says of a body what is a missing address elsewhere.
var errNoDirectory = problem.New(problem.Invalid, federation.ErrDirectoryUnknown.Code, federation.ErrDirectoryUnknown.Detail).On("directory")

// Cookie carries a session. It has no expiry of its own: it ends with the browser,
// or with the session.
func Cookie(ctx context.Context, value secret.Text) http.Cookie {
	return http.Cookie{
		Name: route.Cookie, Value: value.Reveal(), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: route.RequestOf(ctx).Secure,
	}
}

// ofTheHouse are the rights to what holds for the whole house (decision 0101), and to read all of
// it, of which a browser must know whether it may offer them.
var ofTheHouse = []access.Action{access.ActRead, access.AreaConfigure, access.CameraConfigure, access.CameraSwitch, access.EmergencyReview,
	access.ParameterApprove, access.ParameterPropose, access.PurposeConfigure, access.RetentionConfigure, access.RightsApprove,
	access.RightsPropose, access.RightsReview, access.SharedLoginJudge}

func (x *Routes) face(id account.Identity) Session {
	s := Session{
		Person: people.Of(id.Person), Actions: []string{}, Unplaced: []string{}, Throughout: []string{},
		ServerTime: x.Clock.Now().Truncate(time.Microsecond), SiteTimeZone: x.TimeZone, SiteName: x.SiteName,
		Version: x.Version, Demo: x.Demo, FactorMissing: id.FactorMissing,
	}
	for _, a := range id.Actor.Actions() {
		s.Actions = append(s.Actions, string(a))
		if access.At(id.Actor, a, access.Place{Grade: access.LowestGrade}) == nil {
			s.Unplaced = append(s.Unplaced, string(a))
		}
		if slices.Contains(ofTheHouse, a) && access.Throughout(id.Actor, a, "") == nil {
			s.Throughout = append(s.Throughout, string(a))
		}
	}
	switch {
	case id.Session != nil:
		s.ExpiresAt, s.EndsAt = route.TimeOrNil(id.Session.ExpiresAt), route.TimeOrNil(id.Session.EndsAt)
	case id.Token != nil && id.Token.ExpiresAt != nil:
		s.ExpiresAt = route.TimeOrNil(*id.Token.ExpiresAt)
	}
	return s
}

// whole is the face of an identity with who made its password.
func (x *Routes) whole(ctx context.Context, id account.Identity) (Session, error) {
	s := x.face(id)
	if err := x.besides(ctx, &s, id); err != nil {
		return s, err
	}
	if id.Session == nil || id.Person.PasswordAt == nil {
		return s, nil
	}
	s.PasswordMade = &PasswordMade{By: id.Person.PasswordBy, At: route.Time(*id.Person.PasswordAt)}
	maker, err := x.Access.Person(ctx, id.Person.PasswordBy)
	s.PasswordMade.ByName = maker.DisplayName
	return s, err
}

func (x *Routes) enter(ctx context.Context, in account.SignedIn, err error) (*entered, error) {
	if err != nil {
		return nil, half(ctx, err)
	}
	s, err := x.whole(ctx, in.Identity)
	if err != nil {
		return nil, err
	}
	return &entered{SetCookie: []http.Cookie{Cookie(ctx, in.Secret), route.Device(ctx)}, Body: s}, nil
}

// origin is where a sign-in comes from, and in which browser: one that is new is noted with
// the session and given its cookie by enter.
func origin(ctx context.Context) access.Origin {
	route.Device(ctx)
	return route.Origin(ctx)
}

func (x *Routes) setupState(ctx context.Context, _ *struct{}) (*route.Answer[SetupState], error) {
	needed, err := x.Access.SetupNeeded(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(SetupState{Needed: needed, PasswordLeast: password.Least.Get(x.Access.Rules)}), nil
}

func (x *Routes) setUp(ctx context.Context, in *setupInput) (*entered, error) {
	first, err := x.Access.Setup(ctx, secret.Text(in.Body.Token), account.NewPerson{
		Username: in.Body.Username, DisplayName: in.Body.DisplayName, Password: secret.Text(in.Body.Password),
	}, origin(ctx))
	if errors.Is(err, account.ErrSetupToken) { // somebody tries to become the administrator
		if err := x.Access.Refused(ctx, "", problem.Of(err).Code, route.Origin(ctx)); err != nil {
			return nil, err
		}
	}
	return x.enter(ctx, first, err)
}

func (x *Routes) signIn(ctx context.Context, in *signInInput) (*entered, error) {
	if in.Body.Directory != "" {
		if x.Directory == nil {
			return nil, errNoDirectory
		}
		who, err := x.Directory(ctx, in.Body.Directory, in.Body.Username, secret.Text(in.Body.Password), origin(ctx))
		if errors.Is(err, federation.ErrDirectoryUnknown) {
			err = errNoDirectory
		}
		return x.enter(ctx, who, err)
	}
	who, err := x.Access.SignIn(ctx, in.Body.Username, secret.Text(in.Body.Password), origin(ctx))
	return x.enter(ctx, who, err)
}

func (x *Routes) read(ctx context.Context, _ *struct{}) (*route.Answer[Session], error) {
	s, err := x.whole(ctx, route.Identity(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(s), nil
}

func (x *Routes) signOut(ctx context.Context, _ *struct{}) (*left, error) {
	actor := route.Actor(ctx)
	if err := x.Sessions.End(ctx, actor, actor.Session); err != nil {
		return nil, err
	}
	gone := Cookie(ctx, "")
	gone.MaxAge = -1
	return &left{SetCookie: gone}, nil
}

func (x *Routes) changePassword(ctx context.Context, in *passwordInput) (*route.Nothing, error) {
	actor := route.Actor(ctx)
	if actor.Session == "" {
		return nil, sessions.ErrToken
	}
	err := x.Access.ChangePassword(ctx, actor, secret.Text(in.Body.Current), secret.Text(in.Body.New))
	return route.Done(x.Factors.Proved(ctx, route.Identity(ctx), "password", err))
}
