// Package people answers for accounts and for the tokens of programs.
package people

import (
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const (
	tag      = "People"
	tokenTag = "Tokens"
)

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type createInput struct{ Body NewPerson }

type changeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body PersonChange
}

type createTokenInput struct{ Body NewToken }

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listPeople", Method: http.MethodGet, Path: "/api/v1/people", Tag: tag, Demand: route.Needs(access.PeopleRead),
		Summary: "List all accounts",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "createPerson", Method: http.MethodPost, Path: "/api/v1/people", Tag: tag, Demand: route.Needs(access.PeopleManage), Status: http.StatusCreated,
		Summary: "Make an account",
		About:   "The password opens nothing until the person has chosen one of their own. An account is either an administrator's or may watch: 422 positions_conflict. Positions other than the administrator's wait for another person, see listProposals: until then waiting names them, and positions does not. Before anybody can confirm they are held at once, and marked alone.",
	}, x.create)
	route.Do(r, route.Operation{
		ID: "changePerson", Method: http.MethodPatch, Path: "/api/v1/people/{id}", Tag: tag, Demand: route.Needs(access.PeopleManage),
		Summary: "Change name, positions or state of an account",
		About:   "Disabling ends the person's sessions and what runs in them within a second. The last administrator can be neither disabled nor moved. An administrator's account holds no position that watches: 422 positions_conflict. A change that takes positions away, or narrows them, holds at once; one that gives some waits as a whole for another person, see listProposals, and so does what an account holds that is enabled again.",
	}, x.change)
	route.Do(r, route.Operation{
		ID: "resetPassword", Method: http.MethodPost, Path: "/api/v1/people/{id}/password-reset", Tag: tag, Demand: route.Needs(access.PeopleManage),
		Summary: "Replace a forgotten password by a new one, shown once",
		About:   "It opens nothing until the person has chosen one of their own.",
	}, x.resetPassword)
	route.Do(r, route.Operation{
		ID: "listTokens", Method: http.MethodGet, Path: "/api/v1/tokens", Tag: tokenTag, Demand: route.Needs(access.TokenManage),
		Summary: "List tokens",
	}, x.listTokens)
	route.Do(r, route.Operation{
		ID: "createToken", Method: http.MethodPost, Path: "/api/v1/tokens", Tag: tokenTag, Demand: route.Needs(access.TokenManage), Status: http.StatusCreated,
		Summary: "Make a token with some rights",
		About:   "A token never holds more rights than whoever makes it.",
	}, x.createToken)
	route.Do(r, route.Operation{
		ID: "revokeToken", Method: http.MethodDelete, Path: "/api/v1/tokens/{id}", Tag: tokenTag, Demand: route.Needs(access.TokenManage), Status: http.StatusNoContent,
		Summary: "Revoke a token",
	}, x.revokeToken)
}
