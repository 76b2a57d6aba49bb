// Package session answers for signing in and out, for the first account, for one's own
// password and for where people are signed in.
package session

import (
	"net/http"

	"watchroom/internal/api/route"
)

const tag = "Session"

type setupInput struct{ Body Setup }

type signInInput struct{ Body SignIn }

type passwordInput struct{ Body PasswordChange }

// entered is a session with the cookie that carries it, and the end of the cookie of the
// step before it.
type entered struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      Session
}

type left struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getSetup", Method: http.MethodGet, Path: "/api/v1/setup", Tag: tag, Demand: route.Open(),
		Summary: "Tell whether the first account is missing",
	}, x.setupState)
	route.Do(r, route.Operation{
		ID: "setUp", Method: http.MethodPost, Path: "/api/v1/setup", Tag: tag, Demand: route.Open(), Status: http.StatusCreated,
		Summary: "Make the first account and sign in",
		About:   "The account is an administrator's: it manages people and cameras and cannot watch. The token comes from the link that the server prints at its first start, and works once.",
	}, x.setUp)
	route.Do(r, route.Operation{
		ID: "signIn", Method: http.MethodPost, Path: "/api/v1/session", Tag: tag, Demand: route.Open(), Status: http.StatusCreated,
		Summary: "Sign in",
		About:   "Sets the cookie that carries the session. With a password that somebody else made every other operation answers 403 password_change_required until the person has chosen one of their own; passwordMade says who made it. 401 second_factor_needed with params.kinds where the person has a second factor: nothing is open before POST /api/v1/session/second. 401 sign_in_failed; 409 sessions_full with params.most where the rules refuse one session more; 429 too_many_attempts with params.retryAfterSeconds. Through a directory also 403 directory_no_account, directory_no_position or account_disabled, 422 positions_conflict, 503 directory_away.",
	}, x.signIn)
	route.Do(r, route.Operation{
		ID: "getSession", Method: http.MethodGet, Path: "/api/v1/session", Tag: tag, Demand: route.Entering().WhileLocked(),
		Summary: "Read who is signed in and what they may do",
	}, x.read)
	route.Do(r, route.Operation{
		ID: "signOut", Method: http.MethodDelete, Path: "/api/v1/session", Tag: tag, Demand: route.Entering().WhileLocked(), Status: http.StatusNoContent,
		Summary: "Sign out",
		About:   "Ends everything that was being watched in this session within a second.",
	}, x.signOut)
	route.Do(r, route.Operation{
		ID: "changePassword", Method: http.MethodPut, Path: "/api/v1/session/password", Tag: tag, Demand: route.Entering(), Status: http.StatusNoContent,
		Summary: "Change one's own password",
		About:   "The other sessions of the person end. 422 password_same if it is the current one.",
	}, x.changePassword)
	x.registerSecond(r)
	x.registerConsole(r)
	x.registerPledge(r)
	x.registerBriefing(r)
	x.registerSessions(r)
}
