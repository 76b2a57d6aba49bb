package route

import (
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/problem"
)

var errParameter = problem.New(problem.Invalid, "parameter_unknown", "This operation has no such parameter.") // parameter

// known refuses query parameters that the operation does not have: one that is
// mistyped would else be a filter that lets everything through.
func known(op *huma.Operation, req *http.Request) error {
	for name := range req.URL.Query() {
		if !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name }) {
			return errParameter.With("parameter", trim(name)).On("query." + trim(name))
		}
	}
	return nil
}
