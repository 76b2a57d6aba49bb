// Package certificate gives out the certificate of this server's own authority, which
// consoles install so that their browsers trust the server.
package certificate

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/api/route"
	"watchroom/internal/problem"
)

// Routes are what that needs.
type Routes struct {
	// Authority gives the certificate in DER, or nil where the server makes none itself; may
	// be nil.
	Authority func() []byte
}

var errNone = problem.New(problem.NotFound, "no_authority", "The certificate of this server is not its own making; there is nothing to install.")

// Register adds the route.
func (x *Routes) Register(r *route.Router) {
	r.Plain(route.Operation{
		ID: "getAuthority", Method: http.MethodGet, Path: "/api/v1/certificate/ca.crt", Tag: "System", Demand: route.Open(),
		Summary: "Fetch the certificate of the server's own authority",
		About:   "To be installed on consoles where tls.mode is generated. Compare its fingerprint with the one that the system page and the log of the server show.",
		Responses: map[string]*huma.Response{"200": {Description: "The certificate, DER.", Content: map[string]*huma.MediaType{
			"application/x-x509-ca-cert": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}},
	}, func(w http.ResponseWriter, _ *http.Request) error {
		var der []byte
		if x.Authority != nil {
			der = x.Authority()
		}
		if der == nil {
			return errNone
		}
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		w.Header().Set("Content-Disposition", `attachment; filename="watchroom-ca.crt"`)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(der) // the client has gone; nobody to tell
		return nil
	})
}
