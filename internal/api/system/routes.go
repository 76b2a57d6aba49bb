// Package system answers how the server is doing, and who did what.
package system

import (
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "System"

type actsInput struct {
	Before string `query:"before" maxLength:"40" doc:"Id of an act: only older ones."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Kind   string `query:"kind" maxLength:"100" doc:"A whole kind, or a chapter with its dot: camera."`
	Person string `query:"person" maxLength:"40"`
	Camera string `query:"camera" maxLength:"40"`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getSystem", Method: http.MethodGet, Path: "/api/v1/system", Tag: tag, Demand: route.Needs(access.SystemRead),
		Summary: "Read how the system is doing",
	}, x.overview)
	route.Do(r, route.Operation{
		ID: "listActs", Method: http.MethodGet, Path: "/api/v1/acts", Tag: tag, Demand: route.Needs(access.ActRead),
		Summary: "Read who did what, the newest first",
	}, x.acts)
}
