// Package coverage answers how much of each day was recorded, and keeps what is
// demanded: schedules and maintenance windows.
package coverage

import (
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "Coverage"

type mapInput struct {
	Camera []string `query:"camera,explode" maxItems:"500" doc:"Ids of cameras; give the parameter once for each. Absent: all in service then."`
	From   string   `query:"from" required:"true" minLength:"10" maxLength:"10" doc:"First day, in the site's zone." example:"2026-08-01"`
	To     string   `query:"to" required:"true" minLength:"10" maxLength:"10" doc:"Last day; at most 120 days." example:"2026-11-22"`
}

type monthInput struct {
	Camera []string `query:"camera,explode" maxItems:"500"`
	Month  string   `query:"month" required:"true" minLength:"7" maxLength:"7" example:"2026-11"`
}

type scheduleInput struct{ Body ScheduleInput }

type windowsInput struct {
	All bool `query:"all" doc:"Also those that are over."`
}

type windowInput struct{ Body WindowInput }

type endInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getCoverageMap", Method: http.MethodGet, Path: "/api/v1/coverage/map", Tag: tag, Demand: route.Needs(access.CameraRead),
		Summary: "Read how much of each day each camera was recorded",
		About:   "The gaps of one camera and day are those of the timeline between the day's start and end.",
	}, x.days)
	route.Do(r, route.Operation{
		ID: "getCoverageMonth", Method: http.MethodGet, Path: "/api/v1/coverage/month", Tag: tag, Demand: route.Needs(access.CameraRead),
		Summary: "Read the availability of each camera in a month",
	}, x.month)
	route.Do(r, route.Operation{
		ID: "listSchedules", Method: http.MethodGet, Path: "/api/v1/schedules", Tag: tag, Demand: route.Needs(access.CameraRead),
		Summary: "List all schedules that were ever set, the newest first",
	}, x.schedules)
	route.Do(r, route.Operation{
		ID: "setSchedule", Method: http.MethodPost, Path: "/api/v1/schedules", Tag: tag, Demand: route.Needs(access.ScheduleConfigure), Status: http.StatusCreated,
		Summary: "Set when recording is demanded, from now on",
		About:   "One by which less is recorded, or asked for, than by the one in force becomes a proposal that another person decides on.",
	}, x.set)
	route.Do(r, route.Operation{
		ID: "listMaintenance", Method: http.MethodGet, Path: "/api/v1/maintenance", Tag: tag, Demand: route.Needs(access.CameraRead),
		Summary: "List maintenance windows, the newest first",
	}, x.windows)
	route.Do(r, route.Operation{
		ID: "placeMaintenance", Method: http.MethodPost, Path: "/api/v1/maintenance", Tag: tag, Demand: route.Needs(access.MaintenancePlace), Status: http.StatusCreated,
		Summary: "Tell that cameras may be without recording, before they are",
	}, x.place)
	route.Do(r, route.Operation{
		ID: "endMaintenance", Method: http.MethodPost, Path: "/api/v1/maintenance/{id}/end", Tag: tag, Demand: route.Needs(access.MaintenancePlace),
		Summary: "End a maintenance window before its time",
	}, x.end)
}
