package trail

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "Audit trail"

type listInput struct {
	Conditions
	Before string `query:"before" maxLength:"40" doc:"Id of an act: only older ones."`
	After  string `query:"after" maxLength:"40" doc:"Id of an act: only newer ones, the nearest of them."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type exportInput struct {
	Conditions
	Body Export
}

type saveInput struct{ Body SearchInput }

type replaceInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SearchInput
}

func fileOf(kinds ...string) map[string]*huma.Response {
	content := map[string]*huma.MediaType{}
	for _, kind := range kinds {
		schema := &huma.Schema{Type: huma.TypeString, Format: "binary"}
		if kind == "application/json" { // evidence/act.File
			schema = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
		}
		content[kind] = &huma.MediaType{Schema: schema}
	}
	return map[string]*huma.Response{"200": {Description: "The file.", Content: content}}
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	read, out := route.Needs(access.ActRead), route.Needs(access.ActExport)
	route.Do(r, route.Operation{
		ID: "listActs", Method: http.MethodGet, Path: "/api/v1/acts", Tag: tag, Demand: read,
		Summary: "Read who did what, the newest first",
		About:   "Every condition narrows; of several values of one, any suffices.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "getAct", Method: http.MethodGet, Path: "/api/v1/acts/{id}", Tag: tag, Demand: read,
		Summary: "Read one act",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "getActProof", Method: http.MethodGet, Path: "/api/v1/acts/{id}/proof", Tag: tag, Demand: out,
		Summary:   "Take out the proof of one act",
		About:     "A file that watchroom ledger act checks without this server. Giving it out is an act on record.",
		Responses: fileOf("application/json"),
	}, x.proof)
	route.Do(r, route.Operation{
		ID: "exportActs", Method: http.MethodPost, Path: "/api/v1/acts/export", Tag: tag, Demand: out, Status: http.StatusOK,
		Summary:   "Take out acts as a file",
		About:     "The conditions are those of the list. It is an act on record with reason, conditions, number and SHA-256 before anything is sent. A PDF is for reading and filing: it says who took it out and why, bears the highest security grade among the cameras that it names on every page, and closes with the checkpoint of the log against which its entries are proved. 429 print_busy while several wait for one.",
		Responses: fileOf("text/csv", "application/pdf"),
	}, x.export)
	route.Do(r, route.Operation{
		ID: "listSearches", Method: http.MethodGet, Path: "/api/v1/act-searches", Tag: tag, Demand: read,
		Summary: "List one's own and the shared saved searches",
	}, x.searches)
	route.Do(r, route.Operation{
		ID: "saveSearch", Method: http.MethodPost, Path: "/api/v1/act-searches", Tag: tag, Demand: read, Status: http.StatusCreated,
		Summary: "Save a search",
	}, x.save)
	route.Do(r, route.Operation{
		ID: "replaceSearch", Method: http.MethodPut, Path: "/api/v1/act-searches/{id}", Tag: tag, Demand: read,
		Summary: "Replace one's own saved search",
	}, x.replace)
	route.Do(r, route.Operation{
		ID: "removeSearch", Method: http.MethodDelete, Path: "/api/v1/act-searches/{id}", Tag: tag, Demand: read, Status: http.StatusNoContent,
		Summary: "Remove one's own saved search",
	}, x.remove)
}
