// Package system answers how the server is doing.
package system

import (
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "System"

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getSystem", Method: http.MethodGet, Path: "/api/v1/system", Tag: tag, Demand: route.Needs(access.SystemRead).WhileLocked(),
		Summary: "Read how the system is doing",
	}, x.overview)
}
