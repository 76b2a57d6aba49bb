// Package timeline answers what was recorded when, for many cameras at once.
package timeline

import (
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

type readInput struct {
	Camera     []string  `query:"camera,explode" required:"true" minItems:"1" maxItems:"500" doc:"Ids of cameras; give the parameter once for each."`
	From       time.Time `query:"from" required:"true"`
	To         time.Time `query:"to" required:"true"`
	Resolution int64     `query:"resolution" minimum:"0" maximum:"86400000" doc:"Milliseconds; recordings shorter than this are taken into the gaps beside them. No gap vanishes, however short: each is told with its cause, at most one resolution away." example:"60000"`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getTimeline", Method: http.MethodGet, Path: "/api/v1/timeline", Tag: "Timeline", Demand: route.Needs(access.CameraRead),
		Summary: "Read what was recorded of some cameras, and every gap with its cause",
	}, x.read)
}
