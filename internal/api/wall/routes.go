// Package wall answers for saved wall layouts.
package wall

import (
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "Wall layouts"

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type createInput struct{ Body LayoutInput }

type replaceInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body LayoutInput
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listLayouts", Method: http.MethodGet, Path: "/api/v1/layouts", Tag: tag, Demand: route.Needs(access.LiveView).WhileLocked(),
		Summary: "List one's own and the shared layouts",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "createLayout", Method: http.MethodPost, Path: "/api/v1/layouts", Tag: tag, Demand: route.Needs(access.LiveView), Status: http.StatusCreated,
		Summary: "Save a layout",
	}, x.create)
	route.Do(r, route.Operation{
		ID: "replaceLayout", Method: http.MethodPut, Path: "/api/v1/layouts/{id}", Tag: tag, Demand: route.Needs(access.LiveView),
		Summary: "Replace one's own layout",
	}, x.replace)
	route.Do(r, route.Operation{
		ID: "deleteLayout", Method: http.MethodDelete, Path: "/api/v1/layouts/{id}", Tag: tag, Demand: route.Needs(access.LiveView), Status: http.StatusNoContent,
		Summary: "Delete one's own layout",
	}, x.remove)
}
