package signin

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"watchroom/internal/access/account"
	"watchroom/internal/access/federation"
	"watchroom/internal/access/identity"
	"watchroom/internal/api/route"
	"watchroom/internal/api/session"
)

// Routes are what signing in through directories needs.
type Routes struct {
	Access *account.Control
	Desk   *federation.Desk // nil: there are no directories
	Log    *slog.Logger     // of what is our own fault; nil: nothing is logged
}

// Directory is a way to sign in.
type Directory struct {
	Name  string `json:"name" example:"campus"`
	Title string `json:"title" example:"统一身份认证"`
	Kind  string `json:"kind" enum:"oidc,ldap"`
}

// Identity is who somebody is in a directory.
type Identity struct {
	ID          string    `json:"id"`
	Directory   string    `json:"directory" example:"campus"`
	Person      string    `json:"person,omitempty" doc:"Id of the account; absent while it waits for an administrator."`
	Username    string    `json:"username" doc:"In the directory."`
	DisplayName string    `json:"displayName"`
	Subject     string    `json:"subject" doc:"Who it is there, for good."`
	FirstAt     time.Time `json:"firstAt"`
	CheckedAt   time.Time `json:"checkedAt" doc:"When the directory last vouched for the person."`
}

// Link names an account.
type Link struct {
	Person string `json:"person" minLength:"1" maxLength:"40" pattern:"^[0-9a-z]+$" doc:"Id."`
}

func (x *Routes) ways(context.Context, *struct{}) (*route.Answer[route.List[Directory]], error) {
	var ways []federation.Way
	if x.Desk != nil {
		ways = x.Desk.Ways()
	}
	return route.Items(ways, func(w federation.Way) Directory { return Directory(w) }), nil
}

// flowCookie keeps a sign-in that was begun. The provider sends the browser back from
// another site, so it is Lax, and nothing but a redirect gets it.
func flowCookie(ctx context.Context, value string, age time.Duration) *http.Cookie {
	return &http.Cookie{Name: "watchroom_sign_in", Value: value, Path: "/api/v1/sign-in/", MaxAge: int(age / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: route.RequestOf(ctx).Secure}
}

func (x *Routes) begin(w http.ResponseWriter, r *http.Request) error {
	if x.Desk == nil {
		return federation.ErrDirectoryUnknown
	}
	address, kept, err := x.Desk.Begin(r.Context(), r.PathValue("name"), r.URL.Query().Get("return"), route.Origin(r.Context()))
	if err != nil {
		return x.tell(w, r, "/", err)
	}
	http.SetCookie(w, flowCookie(r.Context(), base64.RawURLEncoding.EncodeToString(kept), federation.FlowLasts))
	goTo(w, address)
	return nil
}

func (x *Routes) finish(w http.ResponseWriter, r *http.Request) error {
	if x.Desk == nil {
		return federation.ErrDirectoryUnknown
	}
	var kept []byte
	if c, err := r.Cookie("watchroom_sign_in"); err == nil {
		kept, _ = base64.RawURLEncoding.DecodeString(c.Value) // what is no such text opens nothing
	}
	http.SetCookie(w, flowCookie(r.Context(), "", -time.Second))
	device := route.Device(r.Context())
	in, back, err := x.Desk.Finish(r.Context(), r.PathValue("name"), kept, r.URL.Query(), route.Origin(r.Context()))
	if err != nil {
		return x.tell(w, r, back, err)
	}
	c := session.Cookie(r.Context(), in.Secret)
	http.SetCookie(w, &c)
	http.SetCookie(w, &device)
	goTo(w, back)
	return nil
}

// tell sends a browser to a page that tells what is wrong: it did not come by a script that
// could show a problem. Of a problem only its code goes there, which the page has words for.
func (x *Routes) tell(w http.ResponseWriter, r *http.Request, page string, err error) error {
	p := route.Of(err)
	if p.Status == http.StatusNotFound || r.Context().Err() != nil {
		return err
	}
	if x.Log != nil && p.Status >= http.StatusInternalServerError {
		x.Log.ErrorContext(r.Context(), "a sign-in through a directory failed", "request", route.RequestID(r.Context()), "error", err)
	}
	page, _, _ = strings.Cut(page, "#")
	said := url.Values{"sign-in": {p.Code}}
	if wait, ok := p.Params["retryAfterSeconds"].(int); ok {
		said.Set("wait", strconv.Itoa(wait))
	}
	goTo(w, page+"#"+said.Encode())
	return nil
}

func goTo(w http.ResponseWriter, address string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

func (x *Routes) identities(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Identity]], error) {
	all, err := x.Access.Identities(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(i identity.Row) Identity {
		return Identity{ID: i.ID, Directory: i.Directory, Person: i.Whose(), Username: i.Username, DisplayName: i.DisplayName,
			Subject: i.Subject, FirstAt: route.Time(i.FirstAt), CheckedAt: route.Time(i.CheckedAt)}
	}), nil
}

func (x *Routes) link(ctx context.Context, in *linkInput) (*route.Nothing, error) {
	return route.Done(x.Access.LinkIdentity(ctx, route.Actor(ctx), in.ID, in.Body.Person))
}

func (x *Routes) unlink(ctx context.Context, in *idInput) (*route.Nothing, error) {
	return route.Done(x.Access.UnlinkIdentity(ctx, route.Actor(ctx), in.ID))
}
