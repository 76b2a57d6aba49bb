// Package signin answers for signing in through a directory: which there are, the way to a
// provider and back, and whose account an identity is.
package signin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "Session"

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type linkInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Link
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listDirectories", Method: http.MethodGet, Path: "/api/v1/sign-in", Tag: tag, Demand: route.Open(),
		Summary: "List the directories through which people sign in, beside accounts of this system",
		About:   "Through one of kind ldap one signs in with signIn, naming it; through one of kind oidc the browser goes to /api/v1/sign-in/oidc/{name}.",
	}, x.ways)
	name := &huma.Param{Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}
	r.Plain(route.Operation{
		ID: "beginSignIn", Method: http.MethodGet, Path: "/api/v1/sign-in/oidc/{name}", Tag: tag, Demand: route.Open(), Status: http.StatusSeeOther,
		Summary:    "Go to a provider to sign in",
		About:      "For browsers: answers with the way to the provider (OpenID Connect, authorization code with PKCE) and a cookie that only this browser has. What goes wrong is told on the sign-in page.",
		Parameters: []*huma.Param{name, {Name: "return", In: "query", Schema: &huma.Schema{Type: "string"}, Description: "Page of this system to see afterwards, such as /wall."}},
		Responses:  map[string]*huma.Response{"303": {Description: "The way to the provider."}},
	}, x.begin)
	r.Plain(route.Operation{
		ID: "finishSignIn", Method: http.MethodGet, Path: "/api/v1/sign-in/oidc/{name}/callback", Tag: tag, Demand: route.Open(), Status: http.StatusSeeOther,
		Summary:    "Come back from a provider",
		About:      "The redirect address that the provider must know. Sets the cookie that carries the session and goes on to the page that was asked for; a refusal goes there too, with its code in the fragment.",
		Parameters: []*huma.Param{name},
		Responses:  map[string]*huma.Response{"303": {Description: "The page to see."}},
	}, x.finish)
	route.Do(r, route.Operation{
		ID: "listIdentities", Method: http.MethodGet, Path: "/api/v1/identities", Tag: "People", Demand: route.Needs(access.PeopleManage),
		Summary: "List who came from directories",
		About:   "First those who wait for an administrator to say whose account it is, then the newest; at most 1000.",
	}, x.identities)
	route.Do(r, route.Operation{
		ID: "linkIdentity", Method: http.MethodPost, Path: "/api/v1/identities/{id}/link", Tag: "People", Demand: route.Needs(access.PeopleManage), Status: http.StatusNoContent,
		Summary: "Say whose account an identity of a directory is",
		About:   "The account loses its password and its sessions end: from now on the directory opens it and says what positions it holds. 403 own_identity; 409 identity_linked.",
	}, x.link)
	route.Do(r, route.Operation{
		ID: "unlinkIdentity", Method: http.MethodDelete, Path: "/api/v1/identities/{id}", Tag: "People", Demand: route.Needs(access.PeopleManage), Status: http.StatusNoContent,
		Summary: "Take an account from its directory, or forget an identity that waits",
		About:   "The sessions of the account end. It has no password then; reset it.",
	}, x.unlink)
}
