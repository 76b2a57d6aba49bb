// Package stream sends what happens to every open screen, as server-sent events,
// to each person only what they may know.
package stream

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/api/route"
)

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	r.Plain(route.Operation{
		ID: "streamEvents", Method: http.MethodGet, Path: "/api/v1/events", Tag: "Events", Demand: route.SignedIn().WhileLocked(),
		Summary: "Follow what happens",
		About: "Server-sent events, each with an id and JSON data: hello {serverTime, version} first; camera {id, state}; cameras {id, change} when the list changed; " +
			"alarm; system; parameter {proposal, state} when a rule is proposed or decided on; session {reason} before the stream ends because the session did; again {} when events were lost and everything should be read anew. " +
			"A comment every 15 seconds keeps the connection open. Last-Event-ID is accepted; the stream begins with a fresh hello in any case.",
		Parameters: []*huma.Param{{Name: "Last-Event-ID", In: "header", Schema: route.Text(), Description: "Sent by browsers that reconnect."}},
		Responses:  route.Answers("200", "Events until the client leaves.", "text/event-stream"),
	}, x.events)
}
